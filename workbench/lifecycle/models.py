"""Gate decisions with what they were decided on, their conditions, waivers, artefacts. Steps derive from the decisions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench.database import Base, UTCDateTime, Versioned
from workbench.people.models import Person


class GateDecision(Base):
    """A signed decision at a gate, bound to the hash of the frozen snapshot. Never changes. `code` is D-1, D-2 …"""

    __tablename__ = "gate_decision"
    __table_args__ = (UniqueConstraint("project_id", "number"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    number: Mapped[int] = mapped_column(Integer)
    step: Mapped[int] = mapped_column(Integer)
    pass_number: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(String(30))
    back_to: Mapped[int | None] = mapped_column(Integer)
    also: Mapped[list[str]] = mapped_column(JSON, default=list)
    reason: Mapped[str] = mapped_column(Text)
    meaning: Mapped[str] = mapped_column(String(300))
    signed_name: Mapped[str] = mapped_column(String(120))
    signed_functions: Mapped[list[str]] = mapped_column(JSON, default=list)
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON)
    snapshot_sha256: Mapped[str] = mapped_column(String(64))
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    conditions: Mapped[list[DecisionCondition]] = relationship(
        lazy="raise", viewonly=True, order_by="DecisionCondition.id"
    )

    @property
    def code(self) -> str:
        """How people name it."""
        return f"D-{self.number}"


class DecisionCondition(Versioned, Base):
    """What a pass with conditions still asks for, by whom and until when."""

    __tablename__ = "decision_condition"
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("gate_decision.id"), index=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    step: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    due_on: Mapped[date] = mapped_column(Date)
    met_on: Mapped[date | None] = mapped_column(Date)
    met_note: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[Person] = relationship(lazy="raise")


class Waiver(Base):
    """A gate criterion set aside for a time: reason, risk accepted, approver, end date. Never changes."""

    __tablename__ = "waiver"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    step: Mapped[int] = mapped_column(Integer)
    condition_key: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(Text)
    risk_accepted: Mapped[str] = mapped_column(Text)
    ends_on: Mapped[date] = mapped_column(Date)
    granted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    granted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    granted_by: Mapped[Person] = relationship(lazy="raise")


class ArtefactRevision(Base):
    """One numbered text of an artefact: the JSON of its dataclass. Never changes; a new save is a new revision."""

    __tablename__ = "artefact_revision"
    __table_args__ = (UniqueConstraint("project_id", "kind", "number"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    kind: Mapped[str] = mapped_column(String(60))
    number: Mapped[int] = mapped_column(Integer)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    written_by: Mapped[Person] = relationship(lazy="raise")


class ArtefactSignature(Base):
    """Somebody stands by one revision of an artefact, bound to its text's hash. Never changes; a new revision has none."""

    __tablename__ = "artefact_signature"
    __table_args__ = (UniqueConstraint("revision_id", "signed_by_id"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("artefact_revision.id"))
    kind: Mapped[str] = mapped_column(String(60))
    meaning: Mapped[str] = mapped_column(String(300))
    body_sha256: Mapped[str] = mapped_column(String(64))
    hub: Mapped[str] = mapped_column(String(20))
    signed_name: Mapped[str] = mapped_column(String(120))
    signed_functions: Mapped[list[str]] = mapped_column(JSON, default=list)
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    signed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
