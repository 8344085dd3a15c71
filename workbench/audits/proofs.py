"""What an audit still lacks before its next step: codes, in words in forms.LACKING; [] means in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import exists, select

from workbench.audits import queries
from workbench.audits.models import AgendaLine, Audit, AuditMember, Distribution, PersonMet
from workbench.audits.queries import Conflict
from workbench.audits.rules import AUDITS, MemberRole, missing_words
from workbench.checklists.models import Checklist
from workbench.checklists.rules import AnswerState
from workbench.database import db
from workbench.findings.models import Finding
from workbench.findings.rules import OPEN as OPEN_FINDINGS
from workbench.findings.rules import FindingKind
from workbench.projects.models import Project

ASKED = ("objectives", "scope", "method", "sampling", "client")


def auditing(team: Collection[AuditMember]) -> list[int]:
    """The persons of a team who audit: its lead and its auditors, outsiders left out."""
    return [each.person_id for each in team if each.role in AUDITS and each.person_id is not None]


def conflicts_of(project: Project, row: Audit, team: Collection[AuditMember]) -> Mapping[int, list[Conflict]]:
    """{person: what speaks against their auditing here}, those without any left out."""
    found = queries.conflicts(project, auditing(team), since=row.period_from, until=row.period_to)
    return {person_id: each for person_id, each in found.items() if each}


def lacking_to_agree(
    row: Audit, team: Sequence[AuditMember], against: Mapping[int, list[Conflict]], *, has_agenda: bool | None = None
) -> list[str]:
    """What the plan lacks before its lead auditor can sign it: fields, criteria, lead, agenda, independence."""
    lacks = missing_words({name: getattr(row, name) for name in ASKED}, ASKED)
    if not row.packs and not row.criteria:
        lacks.append("criteria")
    if not _has_one_lead(team):
        lacks.append("lead")
    if not (_has(AgendaLine, row) if has_agenda is None else has_agenda):
        lacks.append("agenda")
    if against:
        lacks.append("independence")
    return lacks


def lacking_to_open(team: Collection[AuditMember], against: Mapping[int, list[Conflict]]) -> list[str]:
    """What stands against the opening meeting: a lead who has left, or somebody who would audit their own work."""
    return [*([] if _has_one_lead(team) else ["lead"]), *(["independence"] if against else [])]


def lacking_to_conclude(row: Audit) -> list[str]:
    """What the conclusion would lack: nobody met, or a checklist without a single answer. Two queries.

    A checklist of a pack that a later plan left out asks nothing any more.
    """
    lacks = [] if _has(PersonMet, row) else ["met"]
    wanted = select(Checklist.total, Checklist.counts).where(
        Checklist.project_id == row.project_id, Checklist.occasion == row.number, Checklist.pack_id.in_(row.packs or [])
    )
    if any(counts.get(AnswerState.NOT_CHECKED.value, total) == total for total, counts in db.session.execute(wanted)):
        lacks.append("answers")
    return lacks


def lacking_to_report(row: Audit) -> list[str]:
    """Whether anybody is named who gets the report."""
    return [] if _has(Distribution, row) else ["distribution"]


def open_findings_of(row: Audit) -> list[str]:
    """The codes of the findings of an audit that are still open; conformity noted needs no cure. One query."""
    wanted = (
        select(Finding)
        .join(Checklist, Checklist.id == Finding.checklist_id)
        .where(Checklist.project_id == row.project_id, Checklist.occasion == row.number)
        .where(Finding.state.in_(OPEN_FINDINGS), Finding.kind != FindingKind.CONFORMITY)
    )
    return [each.code for each in db.session.scalars(wanted.order_by(Finding.number))]


def lacking_to_close(row: Audit) -> list[str]:
    """The open findings, unless another audit follows this one up. Two queries."""
    return open_findings_of(row) if not queries.follow_ups(row) else []


def _has_one_lead(team: Collection[AuditMember]) -> bool:
    return sum(each.role == MemberRole.LEAD for each in team) == 1


def _has(model: type[AgendaLine] | type[PersonMet] | type[Distribution], row: Audit) -> bool:
    found = exists().where(model.audit_id == row.id, model.withdrawn_at.is_(None))
    return bool(db.session.scalar(select(found)))
