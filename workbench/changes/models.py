"""Step 6: the request for change."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workbench.changes.rules import ChangeType
from workbench.database import Base, Versioned


class RequestForChange(Versioned, Base):
    """What is to be changed live, why, with what effect, when, and how to go back."""

    __tablename__ = "request_for_change"
    __table_args__ = (UniqueConstraint("project_id", "code"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    code: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    change_type: Mapped[str] = mapped_column(String(20), default=ChangeType.NORMAL)
    reason: Mapped[str] = mapped_column(Text, default="")
    impact: Mapped[str] = mapped_column(Text, default="")
    planned_on: Mapped[date | None] = mapped_column(Date)
    back_out_plan: Mapped[str] = mapped_column(Text, default="")
