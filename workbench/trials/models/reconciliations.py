"""Step 5: trial runs of the sandbox, what was decided about their unexplained rows, weaknesses found inside."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench.database import Base, UTCDateTime
from workbench.people.models import Person
from workbench.registers.models import Record


class TrialRun(Base):
    """One reconciliation: the hashes of its inputs before and after, and its whole result. Never changes.

    `inputs` is {role: {"name", "sha256", "after", "rows"}}; `result` is the JSON of docs/formats (sandbox.md §4).
    """

    __tablename__ = "trial_run"
    __table_args__ = (UniqueConstraint("project_id", "number"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    period_on: Mapped[date | None] = mapped_column(Date)  # first day of the month that was reconciled
    inputs: Mapped[dict[str, Any]] = mapped_column(JSON)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    result_sha256: Mapped[str] = mapped_column(String(64))
    is_live_unchanged: Mapped[bool] = mapped_column(Boolean)
    run_at: Mapped[datetime] = mapped_column(UTCDateTime)
    run_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    run_by: Mapped[Person] = relationship(lazy="raise")


class Disposition(Base):
    """What a person decided about one unexplained row of one run, and why. A later one takes its place; none is erased."""

    __tablename__ = "disposition"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("trial_run.id"), index=True)
    row_key: Mapped[str] = mapped_column(String(300))  # "row|client|service", "client|name", "refused|file|row"
    decision: Mapped[str] = mapped_column(String(30))
    reason: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_by: Mapped[Person] = relationship(lazy="raise")


class Weakness(Record, Base):
    """A weakness of the company's own that the trial brought to light (thesis §4.3), and what becomes of it."""

    __tablename__ = "weakness"

    statement: Mapped[str] = mapped_column(Text)
    hub: Mapped[str] = mapped_column(String(30), default="")
    run_number: Mapped[int | None] = mapped_column(Integer)
    mapping_run_number: Mapped[int | None] = mapped_column(Integer)
    consequence: Mapped[str] = mapped_column(Text, default="")
    disposition: Mapped[str] = mapped_column(Text, default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    finding: Mapped[str] = mapped_column(String(40), default="")
