"""Objective evidence and its versions."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench.database import Base, UTCDateTime, Versioned
from workbench.evidence.rules import EvidenceKind, EvidenceState, check_media_type
from workbench.people.models import Person


class Evidence(Versioned, Base):
    """Data showing that something exists or is true: a file, a link, or a result of the system. `code` is E-1, E-2 …"""

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("project_id", "number"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(20), default=EvidenceKind.FILE)
    state: Mapped[str] = mapped_column(String(20), default=EvidenceState.CURRENT)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    valid_until: Mapped[date | None] = mapped_column(Date)
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")
    versions: Mapped[list[EvidenceVersion]] = relationship(
        order_by="EvidenceVersion.number", lazy="raise", viewonly=True
    )
    owner: Mapped[Person] = relationship(lazy="raise")

    @property
    def code(self) -> str:
        """How people name it."""
        return f"E-{self.number}"


class EvidenceVersion(Base):
    """One version of evidence: for a file its digest, size and type; for a link its address. Never changes."""

    __tablename__ = "evidence_version"
    __table_args__ = (UniqueConstraint("evidence_id", "number"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"))
    number: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(Integer, default=0)
    media_type: Mapped[str] = mapped_column(String(120), default="", info={"check": check_media_type})
    filename: Mapped[str] = mapped_column(String(255), default="")
    url: Mapped[str] = mapped_column(String(2000), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
