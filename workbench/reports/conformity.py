"""Findings with their cure, audits and hand-overs as the audit report prints them: a fixed number of queries each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from workbench.audits.models import Audit, AuditMember, Disagreement
from workbench.audits.rules import MemberRole
from workbench.checklists.models import Checklist
from workbench.database import db
from workbench.findings.models import EffectivenessCheck, Finding, FindingAction
from workbench.findings.rules import NONCONFORMITIES, OPEN, ActionState, FindingState


@dataclass(frozen=True)
class Treated:
    """A finding with what was done about it. `age` counts to the day it was closed, else to that of the report."""

    row: Finding
    actions: tuple[FindingAction, ...]
    checks: tuple[EffectivenessCheck, ...]
    age: str

    @property
    def is_open(self) -> bool:
        """Whether it waits for something still."""
        return self.row.state in OPEN

    @property
    def is_nonconformity(self) -> bool:
        """Whether a criterion is not met."""
        return self.row.kind in NONCONFORMITIES

    @property
    def open_actions(self) -> list[FindingAction]:
        """What is still to be done."""
        return [each for each in self.actions if each.state == ActionState.OPEN]


@dataclass(frozen=True)
class Audited:
    """One audit of the project, who leads it, and the findings raised on its checklists."""

    row: Audit
    lead: str
    findings: tuple[Finding, ...]

    @property
    def still_open(self) -> list[str]:
        """The codes of those that are open."""
        return [each.code for each in self.findings if each.state in OPEN]


@dataclass(frozen=True)
class Differing:
    """A point on which the two sides of an audit still differ."""

    number: str
    row: Disagreement


def treated(project_id: int, on: date, *, withdrawn: bool = False) -> tuple[Treated, ...]:
    """Every finding of a project in the order of raising, the withdrawn ones where they are wanted. Three queries."""
    wanted = select(Finding).options(
        joinedload(Finding.raised_by), joinedload(Finding.owner), joinedload(Finding.grade)
    )
    mine = wanted.where(Finding.project_id == project_id)
    standing = mine if withdrawn else mine.where(Finding.state != FindingState.WITHDRAWN)
    rows = db.session.scalars(standing.order_by(Finding.number)).all()
    actions = _by_finding(
        select(FindingAction)
        .options(joinedload(FindingAction.owner), joinedload(FindingAction.evidence))
        .join(Finding, Finding.id == FindingAction.finding_id)
        .where(Finding.project_id == project_id)
        .order_by(FindingAction.number)
    )
    checks = _by_finding(
        select(EffectivenessCheck)
        .options(joinedload(EffectivenessCheck.checked_by), joinedload(EffectivenessCheck.evidence))
        .join(Finding, Finding.id == EffectivenessCheck.finding_id)
        .where(Finding.project_id == project_id)
        .order_by(EffectivenessCheck.id)
    )
    return tuple(
        Treated(row, tuple(actions.get(row.id, ())), tuple(checks.get(row.id, ())), _age(row, on)) for row in rows
    )


def _by_finding(wanted: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for each in db.session.scalars(wanted):
        found.setdefault(each.finding_id, []).append(each)
    return found


def _age(row: Finding, on: date) -> str:
    """“closed after 20 days” or “open for 20 days”, counted to the day of the report."""
    if row.state == FindingState.CLOSED and row.closed_at is not None:
        days = (row.closed_at.date() - row.raised_at.date()).days
        return str(ngettext("closed after %(num)s day", "closed after %(num)s days", days))
    days = (on - row.raised_at.date()).days
    return str(ngettext("open for %(num)s day", "open for %(num)s days", days))


def audited(project_id: int) -> tuple[Audited, ...]:
    """The audits of a project, first first, cancelled ones too. Three queries."""
    wanted = select(Audit).where(Audit.project_id == project_id)
    rows = db.session.scalars(wanted.order_by(Audit.planned_from, Audit.id)).all()
    lead = select(AuditMember.audit_id, AuditMember.name).where(
        AuditMember.audit_id.in_([each.id for each in rows]), AuditMember.role == MemberRole.LEAD,
        AuditMember.removed_at.is_(None),
    )
    leads = {audit_id: name for audit_id, name in db.session.execute(lead)}
    raised = (
        select(Checklist.occasion, Finding)
        .join(Finding, Finding.checklist_id == Checklist.id)
        .where(Checklist.project_id == project_id, Finding.state != FindingState.WITHDRAWN)
        .where(Checklist.occasion.in_([each.number for each in rows]))
        .order_by(Finding.number)
    )
    found: dict[str, list[Finding]] = {}
    for occasion, finding in db.session.execute(raised):
        found.setdefault(occasion, []).append(finding)
    return tuple(Audited(row, leads.get(row.id, ""), tuple(found.get(row.number, ()))) for row in rows)


def differing(project_id: int) -> tuple[Differing, ...]:
    """The points of the project's audits that are not settled. One query."""
    wanted = (
        select(Audit.number, Disagreement)
        .join(Audit, Audit.id == Disagreement.audit_id)
        .where(Disagreement.project_id == project_id, Disagreement.is_settled.is_(False))
        .where(Disagreement.withdrawn_at.is_(None))
        .order_by(Disagreement.id)
    )
    return tuple(Differing(number, row) for number, row in db.session.execute(wanted))


def open_majors(found: Iterable[Treated]) -> int:
    """How many major nonconformities are to be corrected still."""
    return sum(each.is_open and each.row.kind == "major" for each in found)


def raised_codes(findings: Sequence[Finding], still_open: Sequence[str]) -> str:
    """The codes of an audit's findings, and which of them are open: “F-1, F-2; open: F-2”."""
    codes = ", ".join(each.code for each in findings)
    if not findings:
        return "–"
    return codes if not still_open else str(_("%(codes)s; open: %(open)s", codes=codes, open=", ".join(still_open)))
