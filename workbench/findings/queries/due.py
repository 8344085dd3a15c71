"""Whose judgement a finding waits for; My work asks it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, String, cast, false, or_, select, true

from workbench.findings.models import Finding, FindingAction
from workbench.findings.rules import ActionState, FindingState
from workbench.people.models import Membership, Person
from workbench.people.rules import EVERYWHERE, FUNCTION_GRANTS, GRANTS, ON_PROJECTS, Permission


def checks_waiting(person: Person, today: date) -> tuple[ColumnElement[bool], ...]:
    """What is true of a finding that this person may judge from a day on and had no part in."""
    mine = select(FindingAction.id).where(
        FindingAction.finding_id == Finding.id, FindingAction.state != ActionState.CANCELLED,
        (FindingAction.owner_id == person.id) | (FindingAction.done_by_id == person.id)
        | (FindingAction.overseen_by_id == person.id),
    )
    return (
        Finding.state == FindingState.ACTED, Finding.check_due_on <= today, ~mine.exists(),
        (Finding.owner_id.is_(None)) | (Finding.owner_id != person.id), may_check(person),
    )


# Who may judge on a project where their access role does not say so everywhere: those with such a role or function there.
_ROLES = [each.value for each in ON_PROJECTS if Permission.FINDING_CHECK in GRANTS[each]]
_FUNCTIONS = [each.value for each, grants in FUNCTION_GRANTS.items() if Permission.FINDING_CHECK in grants]


def may_check(person: Person) -> ColumnElement[bool]:
    """The findings of the projects on which this person may judge."""
    if person.access in EVERYWHERE:
        return true() if Permission.FINDING_CHECK in GRANTS[person.access] else false()
    held = cast(Membership.functions, String)  # a JSON list; the names of functions hold no quotes
    able = or_(Membership.role.in_(_ROLES), *(held.contains(f'"{each}"') for each in _FUNCTIONS))
    seats = select(Membership.id).where(Membership.person_id == person.id, Membership.project_id == Finding.project_id, able)
    return seats.exists()
