"""Named reads of what was learnt about tools and waits to be confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from workbench.database import db
from workbench.evidence.models import Evidence
from workbench.people.models import Person
from workbench.tools.models import Capability, Limitation, Tool
from workbench.trials.models import CapabilityProposal, MirrorSnapshot, MirrorSource
from workbench.web.paging import Page

OUTCOMES = ("open", "confirmed", "dismissed", "replaced")


@dataclass(frozen=True)
class ProposalLine:
    """One proposal with the names around it, and what the register says of the same today (None: nothing)."""

    proposal: CapabilityProposal
    tool: str
    evidence: int | None
    proposed_by: str
    decided_by: str | None
    known: str | None


def _lines(project_id: int, tool_id: int | None, outcome: str) -> Any:
    decider = aliased(Person)
    wanted = (
        select(CapabilityProposal, Tool.name, Evidence.number, Person.name, decider.name, Capability.state, func.count().over())
        .join(Tool, Tool.id == CapabilityProposal.tool_id)
        .join(Person, Person.id == CapabilityProposal.proposed_by_id)
        .outerjoin(Evidence, Evidence.id == CapabilityProposal.evidence_id)
        .outerjoin(decider, decider.id == CapabilityProposal.decided_by_id)
        .outerjoin(
            Capability, (Capability.tool_id == CapabilityProposal.tool_id) & (Capability.kind == CapabilityProposal.kind)
        )
        .where(CapabilityProposal.project_id == project_id)
    )
    if tool_id is not None:
        wanted = wanted.where(CapabilityProposal.tool_id == tool_id)
    if outcome:
        wanted = wanted.where(CapabilityProposal.outcome == outcome)
    return wanted.order_by(CapabilityProposal.id.desc())


def proposals(
    project_id: int, *, tool_id: int | None = None, outcome: str = "", page: int = 1, per_page: int = 50
) -> Page[ProposalLine]:
    """A page of the project's proposals, newest first. One query."""
    found = db.session.execute(_lines(project_id, tool_id, outcome).limit(per_page).offset((page - 1) * per_page)).all()
    return Page([ProposalLine(*row[:6]) for row in found], page, found[0][6] if found else 0, per_page)


def all_proposals(project_id: int, *, tool_id: int | None = None, outcome: str = "") -> list[ProposalLine]:
    """Every proposal that the filter lets through."""
    return [ProposalLine(*row[:6]) for row in db.session.execute(_lines(project_id, tool_id, outcome))]


def proposal(project_id: int, proposal_id: int) -> CapabilityProposal | None:
    """One proposal of this project."""
    found = db.session.get(CapabilityProposal, proposal_id)
    return found if found is not None and found.project_id == project_id else None


def open_proposals(project_id: int, tool_id: int) -> list[CapabilityProposal]:
    """The proposals about a tool that wait for a decision."""
    same = (CapabilityProposal.project_id == project_id, CapabilityProposal.tool_id == tool_id)
    wanted = select(CapabilityProposal).where(*same, CapabilityProposal.outcome == "open")
    return list(db.session.scalars(wanted.order_by(CapabilityProposal.id)))


@dataclass(frozen=True)
class Standing:
    """What the register of tools says today: the entry, who checked it, and its evidence and limitation in this project."""

    entry: Capability
    checked_by: str
    evidence: int | None
    limitation: Limitation | None


def standing(project_id: int, tool_id: int, kind: str) -> Standing | None:
    """What confirming a proposal replaces; None where nothing is known yet. One query."""
    wanted = (
        select(Capability, Person.name, Evidence.number, Limitation)
        .join(Person, Person.id == Capability.checked_by_id)
        .outerjoin(Evidence, (Evidence.id == Capability.evidence_id) & (Evidence.project_id == project_id))
        .outerjoin(Limitation, (Limitation.id == Capability.limitation_id) & (Limitation.project_id == project_id))
        .where(Capability.tool_id == tool_id, Capability.kind == kind)
    )
    found = db.session.execute(wanted).first()
    return Standing(*found) if found else None


def snapshot_of(project_id: int, snapshot_id: int) -> tuple[MirrorSnapshot, MirrorSource] | None:
    """A snapshot of this project that is still kept, with its source."""
    wanted = select(MirrorSnapshot, MirrorSource).join(MirrorSource, MirrorSource.id == MirrorSnapshot.source_id)
    same = (MirrorSnapshot.id == snapshot_id, MirrorSnapshot.project_id == project_id, MirrorSnapshot.removed_at.is_(None))
    found = db.session.execute(wanted.where(*same)).first()
    return (found[0], found[1]) if found else None
