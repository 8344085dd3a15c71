"""Findings, their actions, causes and grades, plainly made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from tests.factories.evidence import a_link
from workbench import clock
from workbench.findings import actions
from workbench.findings.models import EffectivenessCheck, Finding, FindingAction, Grade
from workbench.findings.rules import ActionKind, CauseKind, CauseMethod, FindingKind, Verdict
from workbench.people.models import Person
from workbench.projects.models import Project


@contextmanager
def later(days: int) -> Iterator[datetime]:
    """So many days from now, for what happens inside."""
    before = clock.now()
    clock.fix(before + timedelta(days=days))
    try:
        yield clock.now()
    finally:
        clock.fix(before)


def a_finding(project: Project, *, by: Person, **facts: Any) -> Finding:
    """A minor nonconformity that stands."""
    known = {
        "kind": FindingKind.MINOR, "requirement": "own procedure: quantities are read from the export",
        "evidence": "the February invoices, typed by hand", "statement": "Quantities are typed instead of read.", **facts,
    }
    return actions.raise_finding(project=project, by=by, **known)


def a_finding_action(
    project: Project, finding: Finding, *, by: Person, kind: ActionKind = ActionKind.CORRECTION, owner: Person | None = None,
    due_on: date | None = None, what: str = "Read the quantities of the month again.",
) -> FindingAction:
    """A correction that its owner is to do within a week."""
    return actions.add_action(
        project=project, finding=finding, kind=kind, what=what, owner_id=(owner or by).id,
        due_on=due_on or clock.today() + timedelta(days=7), by=by,
    )


def done(project: Project, finding: Finding, action: FindingAction, *, by: Person) -> FindingAction:
    """The action, done today."""
    actions.finish_action(project=project, finding=finding, action=action, done_on=clock.today(), by=by)
    return action


def a_cause(project: Project, finding: Finding, *, by: Person, **facts: Any) -> None:
    """A cause found by asking why."""
    known = {
        "kind": CauseKind.METHOD, "method": CauseMethod.FIVE_WHYS, "cause": "Nobody was shown the export.",
        "whys": ["The export is not opened.", "It is not known."], **facts,
    }
    actions.state_cause(project=project, finding=finding, by=by, **known)


def a_treated_finding(project: Project, *, by: Person, **facts: Any) -> Finding:
    """A finding whose correction and corrective action are done and whose cause is stated: it waits to be judged."""
    made = a_finding(project, by=by, **facts)
    done(project, made, a_finding_action(project, made, by=by), by=by)
    a_cause(project, made, by=by)
    done(project, made, a_finding_action(project, made, by=by, kind=ActionKind.CORRECTIVE), by=by)
    return made


def a_check(
    project: Project, finding: Finding, *, by: Person, verdict: Verdict = Verdict.EFFECTIVE, score: int = 100
) -> EffectivenessCheck:
    """A judgement on a link."""
    return actions.check_effectiveness(
        project=project, finding=finding, score=score, verdict=verdict, note="The March invoices, all read.", by=by,
        evidence_id=a_link(project, by=by).id,
    )


def a_grade(*, by: Person, **facts: Any) -> Grade:
    """PS, which stands for a minor nonconformity."""
    known = {
        "code": "PS", "label_en": "sensitive point", "label_fr": "point sensible", "kind": FindingKind.MINOR, **facts
    }
    return actions.add_grade(by=by, **known)
