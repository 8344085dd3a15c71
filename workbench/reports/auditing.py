"""The audits of a project with all that was written down about them: as many queries for one audit as for thirty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from workbench.audits.models import (
    AgendaLine,
    Audit,
    AuditMeeting,
    AuditMember,
    AuditNote,
    AuditSample,
    AuditSignature,
    Disagreement,
    Distribution,
    PersonMet,
)
from workbench.audits.rules import AUDITS, HELD, OPEN, AuditState, MemberRole
from workbench.checklists.queries import MatrixRow, checklists_of_occasions
from workbench.database import db
from workbench.evidence.queries import File
from workbench.findings.rules import FindingKind
from workbench.reports.conformity import Treated, disagreed_on, raised_in, treated
from workbench.reports.judging import Judged, judged_of
from workbench.reports.rules import Options

PARTS: tuple[Any, ...] = (
    AgendaLine, PersonMet, AuditSample, AuditNote, Disagreement, Distribution, AuditMember, AuditMeeting, AuditSignature,
)


@dataclass(frozen=True)
class Told:
    """One audit: its team, what was signed and said, its lines, checklists and findings, and those of the audits before."""

    row: Audit
    follows: str  # the number of the audit that it follows up, "" where it follows none
    team: tuple[AuditMember, ...]
    removed: tuple[AuditMember, ...]
    signatures: Mapping[str, AuditSignature]
    meetings: Mapping[str, AuditMeeting]
    agenda: tuple[AgendaLine, ...]
    met: tuple[PersonMet, ...]
    samples: tuple[AuditSample, ...]
    notes: tuple[AuditNote, ...]
    disagreements: tuple[Disagreement, ...]
    disagreed_on: Mapping[int, tuple[date | None, date | None]]  # of a disagreement: noted, settled
    distribution: tuple[Distribution, ...]
    judged: tuple[Judged, ...]
    findings: tuple[Treated, ...]
    earlier: tuple[tuple[str, Treated], ...]  # (number of the audit, finding), the newest audit first
    evidence: tuple[File, ...]

    @property
    def is_held(self) -> bool:
        """Whether it came to a conclusion."""
        return self.row.standing in HELD

    @property
    def lead(self) -> str:
        """Who leads it."""
        return ", ".join(each.name for each in self.team if each.role == MemberRole.LEAD)

    @property
    def auditors(self) -> str:
        """Who audits, the lead first."""
        found = sorted((each for each in self.team if each.role in AUDITS), key=lambda each: each.role != MemberRole.LEAD)
        return ", ".join(each.name for each in found)

    @property
    def is_ahead(self) -> bool:
        """Whether it was planned and nothing of it was done yet."""
        return self.row.standing in (AuditState.PLANNED, AuditState.AGREED) and not self.findings

    def of_kind(self, *kinds: str) -> list[Treated]:
        """The findings of these kinds, in the order of raising."""
        return [each for each in self.findings if each.row.kind in kinds]

    @property
    def nonconformities(self) -> list[Treated]:
        """The major and the minor ones."""
        return self.of_kind(FindingKind.MAJOR, FindingKind.MINOR)

    @property
    def unsettled(self) -> list[Disagreement]:
        """The points on which both sides still differ."""
        return [each for each in self.disagreements if not each.is_settled]

    @property
    def answered(self) -> int:
        """How many items of its checklists have an answer."""
        return sum(each.answered for each in self.judged)

    @property
    def items(self) -> int:
        """How many items its checklists ask."""
        return sum(len(each.answers) or each.checklist.total for each in self.judged)

    @property
    def unseen(self) -> list[str]:
        """The clauses of which nothing was answered; one that is wholly unseen stands for all below it."""
        return [ref for each in self.judged for ref in _unseen(each.rows)]


def _unseen(rows: Sequence[MatrixRow]) -> list[str]:
    found: list[str] = []
    within: int | None = None  # the depth of the unseen clause whose parts are at hand
    for place, row in enumerate(rows):
        if within is not None and row.depth > within:
            continue
        after = (number for number, each in enumerate(rows) if number > place and each.depth <= row.depth)
        whole = rows[place : next(after, len(rows))]
        is_unseen = any(each.total for each in whole) and not any(each.answered for each in whole)
        within = row.depth if is_unseen else None
        found += [row.ref] if is_unseen else []
    return found


def audits_told(project_id: int, on: date, options: Options, evidence: Sequence[File]) -> tuple[Told, ...]:
    """The audits of a project that the options take, first first; cancelled ones only where they are asked for by code."""
    everyone = db.session.scalars(select(Audit).where(Audit.project_id == project_id).order_by(Audit.planned_from, Audit.id)).all()
    rows = [each for each in everyone if _takes(options, each)]
    ids, numbers = [each.id for each in rows], {each.id: each.number for each in everyone}
    parts = {model: _by_audit(model, ids) for model in PARTS}
    started = checklists_of_occasions(project_id, [each.number for each in everyone]) if everyone else []
    judged = judged_of([each for each in started if options.takes_pack(each.checklist.pack_id)], on)
    occasions = {each.checklist.id: each.checklist.occasion for each in started}
    findings = [(raised_in(each, occasions), each) for each in treated(project_id, on)]
    days = disagreed_on([each for found in parts[Disagreement].values() for each in found])
    return tuple(
        _told(each, numbers, {model: found.get(each.id, []) for model, found in parts.items()}, judged, findings, evidence, days)
        for each in rows
    )


def _takes(options: Options, row: Audit) -> bool:
    if options.subjects:
        return row.number in options.subjects
    if row.state == "cancelled":
        return False
    has_pack = not options.packs or any(pack in options.packs for pack in row.packs)
    return has_pack and options.period.meets(row.planned_from, None if row.state in OPEN else row.planned_to)


def _by_audit(model: Any, ids: Sequence[int]) -> dict[int, list[Any]]:
    """What stands in one of the tables of these audits, withdrawn lines left out. One query."""
    wanted = select(model).where(model.audit_id.in_(ids))
    if hasattr(model, "withdrawn_at"):
        wanted = wanted.where(model.withdrawn_at.is_(None))
    order = (model.day, model.starts, model.id) if hasattr(model, "day") else (model.id,)
    found: dict[int, list[Any]] = {}
    for each in db.session.scalars(wanted.order_by(*order)):
        found.setdefault(each.audit_id, []).append(each)
    return found


def _told(
    row: Audit,
    numbers: Mapping[int, str],
    parts: Mapping[Any, list[Any]],
    judged: Iterable[Judged],
    findings: Sequence[tuple[str, Treated]],
    evidence: Sequence[File],
    days: Mapping[int, tuple[date | None, date | None]],
) -> Told:
    mine = tuple(each for each in judged if each.checklist.occasion == row.number)
    raised = tuple(each for number, each in findings if number == row.number)
    before = {number: audit_id for audit_id, number in numbers.items() if audit_id < row.id}
    earlier = sorted(
        ((number, each) for number, each in findings if number in before), key=lambda pair: (-before[pair[0]], pair[1].row.number)
    )
    used = _evidence_of(mine, raised, parts[AuditNote])
    return Told(
        row=row,
        follows=numbers.get(row.follows_id or 0, ""),
        team=tuple(each for each in parts[AuditMember] if each.removed_at is None),
        removed=tuple(each for each in parts[AuditMember] if each.removed_at is not None),
        signatures={each.meaning: each for each in parts[AuditSignature]},
        meetings={each.kind: each for each in parts[AuditMeeting]},
        agenda=tuple(parts[AgendaLine]),
        met=tuple(parts[PersonMet]),
        samples=tuple(parts[AuditSample]),
        notes=tuple(parts[AuditNote]),
        disagreements=tuple(parts[Disagreement]),
        disagreed_on=days,
        distribution=tuple(parts[Distribution]),
        judged=mine,
        findings=raised,
        earlier=tuple(earlier),
        evidence=tuple(each for each in evidence if each.id in used),
    )


def _evidence_of(judged: Iterable[Judged], findings: Iterable[Treated], notes: Iterable[AuditNote]) -> frozenset[int]:
    """What the audit rests on: evidence of its answers and notes, and of what was done about its findings."""
    found = {piece.id for each in judged for answer in each.answers for piece in answer.evidence}
    found |= {each.evidence_id for each in notes if each.evidence_id is not None}
    for each in findings:
        found |= {one.evidence_id for one in each.actions if one.evidence_id is not None}
        found |= {one.evidence_id for one in each.checks if one.evidence_id is not None}
    return frozenset(found)
