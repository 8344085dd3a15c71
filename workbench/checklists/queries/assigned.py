"""Named reads about what was asked of whom, what may be answered, and what was said about the items of a checklist."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from workbench import clock
from workbench.checklists.library import Item
from workbench.checklists.models import Answer, AnswerEvidence, Assignment, Checklist, Comment
from workbench.checklists.queries.items import ItemAnswer, answered
from workbench.checklists.rules import WAITING, AssignmentState, Barred, barred, locked
from workbench.database import db
from workbench.people.models import Person
from workbench.people.queries import Rights, team
from workbench.people.rules import Permission, Role, granted


@dataclass(frozen=True)
class Asked:
    """One item asked of a person, and how it stands."""

    id: int
    item_key: str
    person_id: int
    person_name: str
    due_on: date
    assignment_state: AssignmentState
    reason: str
    asked_by_name: str
    is_overdue: bool
    version: int

    @property
    def is_waiting(self) -> bool:
        """Whether the person asked is to act."""
        return self.assignment_state in WAITING


@dataclass(frozen=True)
class Said:
    """A comment on an item; `struck_reason` is None where it stands."""

    id: int
    text: str
    written_by_id: int
    written_by_name: str
    written_at: datetime
    struck_by_name: str
    struck_at: datetime | None
    struck_reason: str | None


def asked_of(checklist: Checklist, item_keys: Collection[str] | None = None) -> dict[str, Asked]:
    """{item key: what was asked of whom} of a checklist, without what was taken back. One query."""
    asker = aliased(Person)
    wanted = (
        select(Assignment, Person.name, asker.name)
        .join(Person, Person.id == Assignment.person_id)
        .join(asker, asker.id == Assignment.asked_by_id)
        .where(Assignment.checklist_id == checklist.id, Assignment.state != AssignmentState.TAKEN_BACK)
    )
    if item_keys is not None:
        wanted = wanted.where(Assignment.item_key.in_(item_keys))
    today = clock.today()
    found = db.session.execute(wanted.order_by(Assignment.due_on, Assignment.id))
    return {row.item_key: _asked(row, name, asker_name, today) for row, name, asker_name in found}


def _asked(row: Assignment, name: str, asker_name: str, today: date) -> Asked:
    state = AssignmentState(row.state)
    overdue = state in WAITING and row.due_on < today
    return Asked(
        row.id, row.item_key, row.person_id, name, row.due_on, state, row.reason, asker_name, overdue, row.version
    )


def assignments(checklist_id: int, item_keys: Collection[str]) -> dict[str, Assignment]:
    """{item key: stored assignment} of some items, those taken back too. One query."""
    wanted = select(Assignment).where(Assignment.checklist_id == checklist_id, Assignment.item_key.in_(item_keys))
    return {row.item_key: row for row in db.session.scalars(wanted)}


def respondents(checklist: Checklist) -> list[tuple[int, str]]:
    """The members of the team who may answer a checklist, as a list to choose from: (person id, name)."""
    found = [
        (each.person_id, each.person.name)
        for each in team(checklist.project_id)
        if each.person.active and _may_be_asked(checklist, each)
    ]
    return sorted(found, key=lambda each: each[1])


def _may_be_asked(checklist: Checklist, member: Any) -> bool:
    if checklist.reserved_for is not None:
        return member.person_id in checklist.reserved_for
    return Permission.CHECKLIST_ANSWER in granted(member.person.access, Role(member.role), member.held)


def why_not(checklist: Checklist, person: Person, rights: Rights) -> Barred | None:
    """Why a person may not answer a checklist at all; None where they may."""
    return barred(
        is_closed=checklist.closed_at is not None,
        reserved_for=checklist.reserved_for,
        person_id=person.id,
        may_answer=rights.may(Permission.CHECKLIST_ANSWER),
    )


def may_answer(checklist: Checklist, person: Person, rights: Rights) -> bool:
    """Whether a person may answer a checklist; single items may still be asked of somebody else."""
    return rights.may(Permission.ANSWER_GIVE) and why_not(checklist, person, rights) is None


def why_item_not(asked: Asked | None, person: Person, rights: Rights) -> Barred | None:
    """Why a person may not answer one item of a checklist that they may answer; None where they may."""
    if asked is None:
        return None
    return locked(
        asked.assignment_state,
        respondent_id=asked.person_id,
        person_id=person.id,
        may_assign=rights.may(Permission.CHECKLIST_ASSIGN),
    )


def answers_to(checklist: Checklist, items: Sequence[Item]) -> dict[str, ItemAnswer]:
    """{item key: answer} of some items, evidence left out. One query."""
    return {each.key: each for each in answered(checklist.id, items)}


def comment_counts(checklist_id: int, item_keys: Collection[str]) -> dict[str, int]:
    """{item key: number of comments that stand}. One query."""
    strike = aliased(Comment)
    wanted = (
        select(Comment.item_key, func.count())
        .outerjoin(strike, strike.strikes_id == Comment.id)
        .where(Comment.checklist_id == checklist_id, Comment.item_key.in_(item_keys))
        .where(Comment.strikes_id.is_(None), strike.id.is_(None))
        .group_by(Comment.item_key)
    )
    return {key: number for key, number in db.session.execute(wanted)}


def comments_on(checklist_id: int, item_key: str) -> list[Said]:
    """What was said about an item, oldest first, what was struck through too. One query."""
    strike, striker = aliased(Comment), aliased(Person)
    wanted = (
        select(Comment, Person.name, strike, striker.name)
        .join(Person, Person.id == Comment.written_by_id)
        .outerjoin(strike, strike.strikes_id == Comment.id)
        .outerjoin(striker, striker.id == strike.written_by_id)
        .where(Comment.checklist_id == checklist_id, Comment.item_key == item_key, Comment.strikes_id.is_(None))
        .order_by(Comment.id)
    )
    return [
        Said(
            row.id, row.text, row.written_by_id, name, row.written_at, by or "",
            struck.written_at if struck else None, struck.text if struck else None,
        )
        for row, name, struck, by in db.session.execute(wanted)
    ]


def comment_on(checklist_id: int, item_key: str, comment_id: int) -> Comment | None:
    """One comment on an item; none of the rows that strike one through."""
    return db.session.scalar(
        select(Comment).where(
            Comment.id == comment_id, Comment.checklist_id == checklist_id, Comment.item_key == item_key,
            Comment.strikes_id.is_(None),
        )
    )


def is_struck(comment: Comment) -> bool:
    """Whether a comment was struck through."""
    return db.session.scalar(select(Comment.id).where(Comment.strikes_id == comment.id)) is not None


def stored_answers(checklist_id: int, item_keys: Sequence[str]) -> dict[str, Answer]:
    """{item key: stored answer} of some items. One query."""
    wanted = select(Answer).where(Answer.checklist_id == checklist_id, Answer.item_key.in_(item_keys))
    return {row.item_key: row for row in db.session.scalars(wanted)}


def items_with(checklist_id: int, evidence_id: int) -> set[str]:
    """The items of a checklist that a piece of evidence bears on. One query."""
    wanted = select(Answer.item_key).join(AnswerEvidence, AnswerEvidence.answer_id == Answer.id)
    wanted = wanted.where(Answer.checklist_id == checklist_id, AnswerEvidence.evidence_id == evidence_id)
    return set(db.session.scalars(wanted))
