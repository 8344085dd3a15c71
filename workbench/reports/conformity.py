"""Findings with their cure, audits and hand-overs as the audit report prints them: a fixed number of queries each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from workbench.audits.models import Audit, AuditMember, Disagreement
from workbench.audits.rules import HELD, AuditState, MemberRole
from workbench.checklists.models import Checklist
from workbench.database import db
from workbench.findings.models import EffectivenessCheck, Finding, FindingAction
from workbench.findings.rules import NONCONFORMITIES, OPEN, ActionState, FindingState, Source
from workbench.reports.rules import Period
from workbench.trail.queries import Event, histories


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

    def is_told(self, period: Period) -> bool:
        """Whether it was open at some time in a period; one that was withdrawn belongs to the day it was raised."""
        row = self.row
        return period.meets(row.raised_at, None if self.is_open else row.closed_at or row.raised_at)

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
    """One audit of the project, who leads it, and the findings raised on its checklists or in its name."""

    row: Audit
    lead: str
    findings: tuple[Treated, ...]

    @property
    def still_open(self) -> list[str]:
        """The codes of those that are open."""
        return [each.row.code for each in self.findings if each.is_open]

    @property
    def is_ahead(self) -> bool:
        """Whether it is planned or agreed and has not begun."""
        return self.row.standing in (AuditState.PLANNED, AuditState.AGREED)

    @property
    def none_told(self) -> str:
        """Why no finding stands beside it."""
        if self.row.standing == AuditState.CANCELLED:
            return str(_("none: it was cancelled"))
        if self.row.standing in HELD:
            return str(_("none was raised"))
        return str(_("none yet") if self.row.standing == AuditState.UNDER_WAY else _("not held yet"))


@dataclass(frozen=True)
class Differing:
    """A point on which the two sides of an audit still differ; the day it was noted where the trail tells it."""

    number: str
    row: Disagreement
    noted_on: date | None


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
    """“closed after 20 days” or “open for 20 days”, counted to the day of the report; “–” for one that was withdrawn."""
    if row.state == FindingState.WITHDRAWN:
        return "–"
    if row.state == FindingState.CLOSED and row.closed_at is not None:
        days = (row.closed_at.date() - row.raised_at.date()).days
        return str(ngettext("closed after %(num)s day", "closed after %(num)s days", days))
    days = (on - row.raised_at.date()).days
    return str(ngettext("open for %(num)s day", "open for %(num)s days", days))


def audited(project_id: int, found: Iterable[Treated]) -> tuple[Audited, ...]:
    """The audits of a project, first first, cancelled ones too, with those of the findings that come from them. Three queries."""
    wanted = select(Audit).where(Audit.project_id == project_id)
    rows = db.session.scalars(wanted.order_by(Audit.planned_from, Audit.id)).all()
    lead = select(AuditMember.audit_id, AuditMember.name).where(
        AuditMember.audit_id.in_([each.id for each in rows]), AuditMember.role == MemberRole.LEAD,
        AuditMember.removed_at.is_(None),
    )
    leads = {audit_id: name for audit_id, name in db.session.execute(lead)}
    started = select(Checklist.id, Checklist.occasion).where(
        Checklist.project_id == project_id, Checklist.occasion.in_([each.number for each in rows])
    )
    occasions = {checklist_id: occasion for checklist_id, occasion in db.session.execute(started)}
    raised: dict[str, list[Treated]] = {}
    for each in found:
        raised.setdefault(raised_in(each, occasions), []).append(each)
    return tuple(Audited(row, leads.get(row.id, ""), tuple(raised.get(row.number, ()))) for row in rows)


def raised_in(found: Treated, occasions: Mapping[int, str]) -> str:
    """The number of the audit that a finding comes from, "" for none. `occasions` are those of the checklists by their ids."""
    by_checklist = occasions.get(found.row.checklist_id or 0, "")
    return by_checklist or (found.row.source_ref or "" if found.row.source == Source.AUDIT else "")


def differing(project_id: int) -> tuple[Differing, ...]:
    """The points of the project's audits that are not settled. Two queries."""
    wanted = (
        select(Audit.number, Disagreement)
        .join(Audit, Audit.id == Disagreement.audit_id)
        .where(Disagreement.project_id == project_id, Disagreement.is_settled.is_(False))
        .where(Disagreement.withdrawn_at.is_(None))
        .order_by(Disagreement.id)
    )
    found = [(number, row) for number, row in db.session.execute(wanted)]
    days = disagreed_on([row for _number, row in found])
    return tuple(Differing(number, row, days[row.id][0]) for number, row in found)


def disagreed_on(rows: Sequence[Disagreement]) -> dict[int, tuple[date | None, date | None]]:
    """{disagreement: (the day it was noted, the day it was settled)} as the trail tells it; None where it does not. One query."""
    told = histories(Disagreement.__tablename__, [each.id for each in rows])
    return {each.id: _noted_and_settled(told.get(each.id, []), is_settled=each.is_settled) for each in rows}


def _noted_and_settled(told: Sequence[Event], *, is_settled: bool) -> tuple[date | None, date | None]:
    settled = [each.at.date() for each in told if each.new.get("is_settled")]
    return told[0].at.date() if told else None, settled[-1] if settled and is_settled else None


def open_majors(found: Iterable[Treated]) -> int:
    """How many major nonconformities are to be corrected still."""
    return sum(each.is_open and each.row.kind == "major" for each in found)
