"""Findings: the result of holding evidence against a criterion."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench.database import Base, UTCDateTime, Versioned
from workbench.findings.rules import FindingState
from workbench.people.models import Person


class Finding(Versioned, Base):
    """A nonconformity or an opportunity, in three parts: requirement, evidence, statement. `code` is F-1, F-2 …"""

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("project_id", "number"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default=FindingState.RAISED)
    requirement: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)
    statement: Mapped[str] = mapped_column(Text)
    checklist_id: Mapped[int | None] = mapped_column(ForeignKey("checklist.id"))
    item_key: Mapped[str] = mapped_column(String(40), default="")
    raised_at: Mapped[datetime] = mapped_column(UTCDateTime)
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    raised_by: Mapped[Person] = relationship(lazy="raise")

    @property
    def code(self) -> str:
        """How people name it."""
        return f"F-{self.number}"
