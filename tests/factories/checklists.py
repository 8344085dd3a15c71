"""Checklists and answers, plainly made."""

from __future__ import annotations

from workbench.checklists import actions
from workbench.checklists.models import Answer, Checklist
from workbench.checklists.rules import GATES_PACK, AnswerState
from workbench.people.models import Person
from workbench.projects.models import Project


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
