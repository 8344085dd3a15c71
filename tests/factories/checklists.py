"""Checklists and answers, plainly made."""

from __future__ import annotations

from datetime import date
from typing import Any

from workbench.checklists import actions, queries
from workbench.checklists.models import Answer, AnswerImport, Checklist, Recurrence
from workbench.checklists.registers import RECURRENCES
from workbench.checklists.rules import GATES_PACK, AnswerState
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.registers.actions import add_record


def a_checklist(project: Project, *, by: Person, pack: str = GATES_PACK) -> Checklist:
    """The gates' criteria, started, unless another pack is named."""
    return actions.start_checklist(project=project, pack_id=pack, by=by)


def an_answer(
    project: Project,
    checklist: Checklist,
    item_key: str,
    *,
    by: Person,
    state: AnswerState = AnswerState.CONFORM,
    note: str = "Seen on site.",
) -> Answer:
    """One item answered."""
    return actions.answer_item(project=project, checklist=checklist, item_key=item_key, state=state, note=note, by=by)


def a_recurrence(project: Project, *, by: Person, answered_by: Person | None = None, **facts: Any) -> Recurrence:
    """Chapter 9 of ISO 9001:2015 each month from 31 January 2030, unless said otherwise."""
    usual = {
        "title": "Monthly look", "pack_id": "iso9001_2015", "part": "9", "every": 1, "unit": "months",
        "starts_on": date(2030, 1, 31), "person_id": (answered_by or by).id, "days_to_answer": 14,
    }
    made: Recurrence = add_record(RECURRENCES, project=project, facts={**usual, **facts}, by=by)
    return made


def an_import(project: Project, checklist: Checklist, *, by: Person) -> AnswerImport:
    """A workbook of answers sent back as it was exported."""
    pack = queries.exact_pack(checklist)
    rows = [] if pack is None else queries.checklist_page(checklist, pack, queries.Wanted(), language="en").rows
    data = actions.answers_workbook(checklist=checklist, answers=rows, language="en")
    return actions.read_answers(project=project, checklist=checklist, data=data, filename="answers.xlsx", by=by)
