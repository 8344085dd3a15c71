"""Gates made ready and decided, plainly made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_link
from tests.factories.gates import MEASURED
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.projects import a_project
from workbench.checklists.actions import attach_evidence
from workbench.checklists.library import pack
from workbench.checklists.queries import gates_checklist
from workbench.checklists.rules import GATES_PACK
from workbench.lifecycle.actions import Asked, decide_gate
from workbench.lifecycle.models import GateDecision
from workbench.lifecycle.rules import Outcome
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.projects.models import Project


def a_sponsor(project: Project, *, name: str = "Sam Sponsor") -> Person:
    """A member who may decide gates, with a password to sign."""
    person = a_person(name=name, password=PASSWORD)
    a_member(project, person, role=Role.CONTRIBUTOR, functions=[Function.SPONSOR])
    return person


def proven_items(project: Project, step: int, *, by: Person, but: Sequence[str] = ()) -> None:
    """Every item of a gate conform, with one link as evidence; `but` names those left alone."""
    checklist = gates_checklist(project.id) or a_checklist(project, by=by)
    proof = a_link(project, by=by)
    for item in pack(GATES_PACK).items_of_step(step):
        if item.key not in but:
            an_answer(project, checklist, item.key, by=by)
            attach_evidence(project=project, checklist=checklist, item_key=item.key, evidence=proof, by=by)


def a_decision(
    project: Project,
    step: int,
    *,
    by: Person,
    keys: Path,
    outcome: Outcome = Outcome.PASS,
    reason: str = "As agreed in the meeting.",
    password: str = PASSWORD,
    conditions: Sequence[Asked] = (),
    **more: Any,
) -> GateDecision:
    """A signed decision."""
    return decide_gate(
        project=project,
        step=step,
        outcome=outcome,
        reason=reason,
        by=by,
        password=password,
        keys=keys,
        conditions=conditions,
        **more,
    )


def a_ready_gate(project: Project, step: int, *, by: Person, home: Path | None = None) -> None:
    """Every item of one gate proven and everything it measures made true, by `by`; `home` is needed from step 5 on.

    The steps before are neither made ready nor decided. Steps 6, 8 and 9 stand on the records of 5, 7 and 1.
    """
    MEASURED[step](project, by=by, home=home)
    proven_items(project, step, by=by)


def a_project_at_gate_one() -> tuple[Project, Person, Person]:
    """(project, its contributor, its sponsor): gate 1 ready in every part, its items proven by the contributor."""
    project, contributor = a_project(), a_person(name="Cleo Contributor")
    a_member(project, contributor)
    sponsor = a_sponsor(project)
    a_ready_gate(project, 1, by=contributor)
    return project, contributor, sponsor
