"""What was learnt about a tool from its description or its data, and waits to be confirmed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from workbench.database import Base, UTCDateTime, Versioned


class CapabilityProposal(Versioned, Base):
    """What a description or a sample suggests a tool can do; a person confirms it into the capability matrix, or does not."""

    __tablename__ = "capability_proposal"
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"))
    kind: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(10))  # yes, no, unknown
    because: Mapped[str] = mapped_column(Text)
    found_in: Mapped[str] = mapped_column(String(300))
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    outcome: Mapped[str] = mapped_column(String(20), default="open")  # open, confirmed, dismissed, replaced
    reason: Mapped[str | None] = mapped_column(Text)  # of the decision
    proposed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
