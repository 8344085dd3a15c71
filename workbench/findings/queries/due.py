"""What a person has to do about findings: actions, judgements, and the findings they own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, String, cast, false, or_, select, true

from workbench import clock
from workbench.database import db
from workbench.findings.models import Finding, FindingAction
from workbench.findings.rules import OPEN, ActionState, FindingState
from workbench.people.models import Membership, Person
from workbench.people.rules import EVERYWHERE, FUNCTION_GRANTS, GRANTS, ON_PROJECTS, Permission
from workbench.projects.models import Project

MOST = 100


@dataclass(frozen=True)
class Due:
    """One thing to do: its code and text, its day (None where none is set), and the finding it leads to."""

    code: str
    what: str
    due_on: date | None
    is_overdue: bool
    project_key: str
    number: int


def _due(code: str, what: str, due_on: date | None, project_key: str, number: int) -> Due:
    return Due(code, what, due_on, due_on is not None and due_on < clock.today(), project_key, number)


def actions_due(person_id: int) -> list[Due]:
    """The open actions this person is to do, the earliest due first."""
    wanted = (
        select(FindingAction.code, FindingAction.what, FindingAction.due_on, Project.key, Finding.number)
        .join(Finding, Finding.id == FindingAction.finding_id)
        .join(Project, Project.id == Finding.project_id)
        .where(
            FindingAction.owner_id == person_id, FindingAction.state == ActionState.OPEN, Finding.state.in_(OPEN)
        )
        .order_by(FindingAction.due_on, FindingAction.id)
        .limit(MOST)
    )
    return [_due(*row) for row in db.session.execute(wanted)]


def findings_owned(person_id: int) -> list[Due]:
    """The open findings this person owns, the earliest due first, those without a day last."""
    wanted = (
        select(Finding, Project.key)
        .join(Project, Project.id == Finding.project_id)
        .where(Finding.owner_id == person_id, Finding.state.in_(OPEN))
        .order_by(Finding.due_on.is_(None), Finding.due_on, Finding.id)
        .limit(MOST)
    )
    return [_due(row.code, row.statement, row.due_on, key, row.number) for row, key in db.session.execute(wanted)]


def checks_due(person_id: int) -> list[Due]:
    """The findings whose actions this person may judge from today on, the longest waiting first.

    Those are left out in which the person had a part: as owner, as owner of an action, or by marking one done.
    """
    person = db.session.get(Person, person_id)
    if person is None:
        return []
    wanted = (
        select(Finding, Project.key)
        .join(Project, Project.id == Finding.project_id)
        .where(*checks_waiting(person, clock.today()))
        .order_by(Finding.check_due_on, Finding.id)
        .limit(MOST)
    )
    return [_due(row.code, row.statement, row.check_due_on, key, row.number) for row, key in db.session.execute(wanted)]


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
