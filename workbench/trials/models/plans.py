"""Promotion plans: a chosen part of a run's difference, held against live, rehearsed back, handed over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workbench.database import Base, UTCDateTime


class PromotionPlan(Base):
    """The rows chosen from a run's difference, as canonical JSON (docs/formats/plan.md). Never changes.

    A plan whose conflicts were resolved is a new plan that names the earlier one in `replaces_id`; the way back is the plan
    that names this one in `inverse_of_id`. `evidence_id` is the plan's file among the evidence.
    """

    __tablename__ = "promotion_plan"
    __table_args__ = (UniqueConstraint("project_id", "number"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    run_id: Mapped[int] = mapped_column(ForeignKey("mapping_run.id"), index=True)
    chosen: Mapped[dict[str, Any]] = mapped_column(JSON)  # the filter and the rows it was made with
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    inverse_of_id: Mapped[int | None] = mapped_column(ForeignKey("promotion_plan.id"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("promotion_plan.id"))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class PlanCheck(Base):
    """A plan held against live data as they were at one time: fresh, or stale with what moved. Never changes."""

    __tablename__ = "plan_check"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("promotion_plan.id"), index=True)
    live: Mapped[dict[str, Any]] = mapped_column(JSON)  # {table: {"snapshot" or "file", "sha256"}}
    is_stale: Mapped[bool] = mapped_column(Boolean)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    checked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    checked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class PlanRehearsal(Base):
    """A plan and its inverse applied to the mirror: whether the table came back the same. Never changes."""

    __tablename__ = "plan_rehearsal"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("promotion_plan.id"), index=True)
    is_equal: Mapped[bool] = mapped_column(Boolean)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    rehearsed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    rehearsed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
