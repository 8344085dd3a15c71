"""Every item of several checklists with answers and evidence, for reports: as many queries for one as for thirty."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from workbench.checklists.models import Answer, Checklist
from workbench.checklists.queries.items import ItemAnswer, Started, started_with, with_evidence, within
from workbench.checklists.rules import AnswerState
from workbench.database import db
from workbench.people.models import Person


def checklists_of_occasions(project_id: int, occasions: Sequence[str]) -> list[Started]:
    """The checklists that a project started for these occasions, oldest first. A few queries whatever the number."""
    wanted = select(Checklist).where(Checklist.project_id == project_id, Checklist.occasion.in_(occasions))
    return started_with(db.session.scalars(wanted.order_by(Checklist.id)).all())


def full_answers(started: Sequence[Started]) -> dict[int, list[ItemAnswer]]:
    """{checklist id: every item it asks with its answer and evidence}, in the order of its pack. Two queries."""
    wanted = select(Answer, Person.name).join(Person, Person.id == Answer.answered_by_id)
    rows = db.session.execute(wanted.where(Answer.checklist_id.in_([each.checklist.id for each in started])))
    given = {(row.checklist_id, row.item_key): (row, name) for row, name in rows}
    places: list[int] = []
    found: list[ItemAnswer] = []
    for each in started:
        for item in within(each.pack, each.checklist.parts).items if each.pack is not None else ():
            row, name = given.get((each.checklist.id, item.key), (None, ""))
            places.append(each.checklist.id)
            found.append(
                ItemAnswer(item) if row is None else ItemAnswer(
                    item, row.id, AnswerState(row.state), row.note, row.answered_by_id, name, row.answered_at, version=row.version,
                )
            )
    answers: dict[int, list[ItemAnswer]] = {each.checklist.id: [] for each in started}
    for place, answer in zip(places, with_evidence(found), strict=True):
        answers[place].append(answer)
    return answers
