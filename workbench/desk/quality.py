"""What waits for a person in checklists, findings, audits and management reviews, as parts of My work's one query."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Select, String, cast, func, literal, or_, select

from workbench.audits.models import Audit, AuditMember
from workbench.audits.rules import OPEN as AUDITS_OPEN
from workbench.checklists.models import Assignment, Checklist
from workbench.checklists.rules import WAITING
from workbench.desk.waiting import Eyes, Kind, line
from workbench.findings.models import Finding, FindingAction
from workbench.findings.queries import checks_waiting
from workbench.findings.rules import OPEN, ActionState
from workbench.oversight.models import ManagementReview, ReviewAction
from workbench.oversight.rules.reviews import ReviewActionState
from workbench.people.models import Person


def waiting(eyes: Eyes, person: Person) -> list[Select[Any]]:
    """The parts, each with the columns of a task."""
    return [_asked(eyes), _actions(eyes), _findings(eyes), _checks(eyes, person), _audits(eyes), _review_actions(eyes)]


def _asked(eyes: Eyes) -> Select[Any]:
    """The checklists in which questions wait for the person's answer: one line each, with their number in `place`."""
    mine = (
        Assignment.checklist_id == Checklist.id,
        Assignment.person_id == eyes.person_id,
        Assignment.state.in_(WAITING),
    )
    due, many = (select(what).where(*mine) for what in (func.min(Assignment.due_on), func.count(Assignment.id)))
    found = line(
        Kind.ASKED, Checklist, eyes, code=Checklist.pack_id, text=Checklist.title,
        due=due.scalar_subquery(), place=cast(many.scalar_subquery(), Integer),
    )  # fmt: skip
    return found.where(Checklist.closed_at.is_(None), select(Assignment.id).where(*mine).exists())


def _actions(eyes: Eyes) -> Select[Any]:
    found = line(
        Kind.ACTION, Finding, eyes, code=FindingAction.code, text=FindingAction.what, due=FindingAction.due_on,
        record_id=Finding.number,
    )  # fmt: skip
    mine = (FindingAction.owner_id == eyes.person_id, FindingAction.state == ActionState.OPEN, Finding.state.in_(OPEN))
    return found.join(FindingAction, FindingAction.finding_id == Finding.id).where(*mine)


def _coded() -> Any:
    return literal("F-", String).concat(cast(Finding.number, String))


def _findings(eyes: Eyes) -> Select[Any]:
    """The person's open findings that are due soon or have no day yet."""
    found = line(
        Kind.FINDING, Finding, eyes, code=_coded(), text=Finding.statement, due=Finding.due_on, record_id=Finding.number
    )
    soon = or_(Finding.due_on.is_(None), Finding.due_on <= eyes.horizon)
    return found.where(Finding.owner_id == eyes.person_id, Finding.state.in_(OPEN), soon)


def _checks(eyes: Eyes, person: Person) -> Select[Any]:
    found = line(
        Kind.CHECK, Finding, eyes, code=_coded(), text=Finding.statement, due=Finding.check_due_on,
        record_id=Finding.number,
    )  # fmt: skip
    return found.where(*checks_waiting(person, eyes.today))


def _audits(eyes: Eyes) -> Select[Any]:
    found = line(Kind.AUDIT, Audit, eyes, code=Audit.number, text=Audit.title, due=Audit.planned_from)
    return found.join(AuditMember, AuditMember.audit_id == Audit.id).where(
        AuditMember.person_id == eyes.person_id, AuditMember.removed_at.is_(None), Audit.state.in_(sorted(AUDITS_OPEN))
    )


def _review_actions(eyes: Eyes) -> Select[Any]:
    """Actions of management reviews: they belong to no project."""
    shown: Any = (
        literal(Kind.REVIEW_ACTION.value, String).label("kind"),
        literal("", String).label("project"),
        ManagementReview.number.label("code"),
        ReviewAction.text.label("text"),
        ReviewAction.due_on.label("due_on"),
        ReviewAction.review_id.label("record_id"),
        ReviewAction.number.label("place"),
    )
    wanted: Select[Any] = select(*shown).select_from(ReviewAction)
    joined = wanted.join(ManagementReview, ManagementReview.id == ReviewAction.review_id)
    return joined.where(ReviewAction.owner_id == eyes.person_id, ReviewAction.state == ReviewActionState.OPEN)
