"""Checks of what was decided and is still owed: conditions, waivers, approvals, risks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import and_, func, literal, or_, select

from workbench.changes.models import ApprovalAsked, RequestForChange
from workbench.checklists.models import Answer, Checklist
from workbench.checklists.rules import GATES_PACK, SATISFYING
from workbench.lifecycle.models import Waiver
from workbench.lifecycle.rules import criterion_code
from workbench.oversight.checks.base import STANDS, Check, Look, Severity
from workbench.oversight.queries import figures_of_projects as projects
from workbench.oversight.queries.holdings import BY_KEY
from workbench.oversight.queries.spans import found, iso
from workbench.oversight.rules.reviews import Row
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.projects.rules import ProjectState
from workbench.risks.models import Risk
from workbench.risks.rules import HEAVY, Acceptance

ENDS_IN = timedelta(days=10)
WAITS = timedelta(days=14)
ITEM = "item:"  # how the criterion of a waiver names an item of the checklist


def condition_overdue(look: Look) -> Iterator[Row]:
    """A condition of a gate whose day has passed."""
    return projects.conditions_overdue(look.span)


def _waivers(look: Look) -> Iterator[tuple[str, Waiver]]:
    """The newest waiver of each criterion that is still owed: an item that is not satisfied by now, whatever became of its
    gate, or anything else while its gate is not passed (after that the records it was measured on may be long gone).
    """
    newest = select(func.max(Waiver.id)).group_by(Waiver.project_id, Waiver.step, Waiver.condition_key)
    answered = (
        select(Answer.id)
        .join(Checklist, Checklist.id == Answer.checklist_id)
        .where(Checklist.project_id == Waiver.project_id, Checklist.pack_id == GATES_PACK, Checklist.occasion == "", STANDS)
        .where(literal(ITEM).concat(Answer.item_key) == Waiver.condition_key, Answer.state.in_(sorted(SATISFYING)))
    )
    ahead = and_(Waiver.step >= Project.current_step, Project.state != ProjectState.CLOSED)
    owed = or_(and_(Waiver.condition_key.startswith(ITEM), ~answered.exists()), and_(~Waiver.condition_key.startswith(ITEM), ahead))
    chosen = look.of(Waiver, Waiver).where(Waiver.id.in_(newest), owed)
    yield from found(chosen.where(Waiver.ends_on <= look.today + ENDS_IN).order_by(Waiver.id))


def waiver_ended(look: Look) -> Iterator[Row]:
    """A criterion was set aside until a day that has passed, and is still not satisfied."""
    for key, each in _waivers(look):
        if each.ends_on < look.today:
            yield _waiver(key, each, "days_late", (look.today - each.ends_on).days)


def waiver_ends(look: Look) -> Iterator[Row]:
    """A criterion is set aside for ten days more at most."""
    for key, each in _waivers(look):
        if each.ends_on >= look.today:
            yield _waiver(key, each, "days_left", (each.ends_on - look.today).days)


def _waiver(key: str, row: Waiver, note: str, days: int) -> Row:
    args, code = {"key": key, "number": row.step}, criterion_code(row.step, row.condition_key)
    return Row(key, code, row.reason, iso(row.ends_on), note, str(days), "lifecycle.gate", args)


def approval_waiting(look: Look) -> Iterator[Row]:
    """Somebody was asked to approve a change more than two weeks ago and has not answered."""
    asked, request = ApprovalAsked, RequestForChange
    wanted = look.of(asked, request.id, request.code, request.title, request.submitted_at, Person.name,
                     project_id=request.project_id)  # fmt: skip
    joined = (
        wanted.join(request, request.id == asked.request_id)
        .join(Project, Project.id == request.project_id)
        .join(Person, Person.id == asked.person_id)
    )
    waits = (BY_KEY["approvals"].is_open, request.submitted_at < look.span.start - WAITS)
    for key, number, code, title, at, name in found(joined.where(*waits).order_by(asked.id)):
        yield Row(key, code, title, iso(at), "name", name, "changes.show", {"key": key, "request_id": number})


def risk_untreated(look: Look) -> Iterator[Row]:
    """A risk rated high or critical, without measures, that nobody accepted as it is."""
    bare = (Risk.withdrawn_at.is_(None), func.trim(Risk.measures) == "")
    for key, each in found(look.of(Risk, Risk).where(*bare).order_by(Risk.id)):
        if each.residual_level in HEAVY and each.acceptance is not Acceptance.ACCEPTED:
            args = {"key": key, "register": "risks", "record_id": each.id}
            yield Row(key, each.code, each.statement, iso(each.review_on), "level", each.level.value, "risks.record", args)


CHECKS = (
    Check("condition_overdue", Severity.SEVERE, condition_overdue),
    Check("waiver_ended", Severity.SEVERE, waiver_ended),
    Check("risk_untreated", Severity.SEVERE, risk_untreated),
    Check("approval_waiting", Severity.WARNING, approval_waiting),
    Check("waiver_ends", Severity.SOON, waiver_ends),
)
