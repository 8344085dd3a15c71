"""What tests of the gates ask again and again."""

from __future__ import annotations

from datetime import date
from typing import Any

from workbench import clock
from workbench.checklists.actions import answer_item
from workbench.checklists.queries import gates_checklist
from workbench.checklists.rules import AnswerState
from workbench.lifecycle.gates import gate_of
from workbench.people.models import Person
from workbench.projects.models import Project

TODAY = date(2026, 3, 2)


def answer(project: Project, item: str, state: AnswerState, *, by: Person, note: str = "why") -> None:
    checklist = gates_checklist(project.id)
    assert checklist is not None
    answer_item(project=project, checklist=checklist, item_key=item, state=state, note=note, by=by)


def gate(project: Project, step: int = 1) -> Any:
    return gate_of(project_id=project.id, key=project.key, step=step, on=clock.today(), language="en")


def missing(project: Project, step: int = 1) -> list[str]:
    return [each.key for each in gate(project, step).missing]
