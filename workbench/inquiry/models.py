"""Steps 1 to 3: needs, objectives, sources, consultations. Each has a code unique in its project, such as N-1."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Boolean, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workbench.database import Base, Versioned
from workbench.inquiry.rules import ContributionKind, ObjectiveState, Priority, SourceKind
from workbench.projects.rules import Layer
from workbench.registers.models import Record


class Need(Record, Base):
    """What is needed, by whom it was said, how much it weighs, and how to tell that it is met."""

    __tablename__ = "need"

    statement: Mapped[str] = mapped_column(Text)
    priority: Mapped[str] = mapped_column(String(10), default=Priority.MUST)
    source: Mapped[str] = mapped_column(String(300), default="")
    acceptance: Mapped[str] = mapped_column(Text, default="")


class Objective(Versioned, Base):
    """An aim with its measure, baseline and target. Its statement never changes: a revision is a new objective."""

    __tablename__ = "objective"
    __table_args__ = (UniqueConstraint("project_id", "code"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    code: Mapped[str] = mapped_column(String(10))
    statement: Mapped[str] = mapped_column(Text)
    measure: Mapped[str] = mapped_column(String(300))
    unit: Mapped[str] = mapped_column(String(40), default="")
    baseline: Mapped[str] = mapped_column(String(80), default="")
    target: Mapped[str] = mapped_column(String(80), default="")
    due_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20), default=ObjectiveState.SET)
    state_reason: Mapped[str] = mapped_column(Text, default="")


class Source(Versioned, Base):
    """Something read in step 2: where, when, what it claims, how close it is to our case."""

    __tablename__ = "source"
    __table_args__ = (UniqueConstraint("project_id", "code"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    code: Mapped[str] = mapped_column(String(10))
    reference: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(20), default=SourceKind.CASE)
    dated_on: Mapped[date | None] = mapped_column(Date)
    claim: Mapped[str] = mapped_column(Text, default="")
    fit: Mapped[str] = mapped_column(String(300), default="")
    is_independent: Mapped[bool] = mapped_column(Boolean, default=True)


class Consultation(Versioned, Base):
    """What somebody said in step 3, from which layer, with their consent; a caution carries its disposition."""

    __tablename__ = "consultation"
    __table_args__ = (UniqueConstraint("project_id", "code"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    code: Mapped[str] = mapped_column(String(10))
    said_by: Mapped[str] = mapped_column(String(200))
    layer: Mapped[str] = mapped_column(String(20), default=Layer.INTERNAL)
    hub: Mapped[str] = mapped_column(String(30), default="")
    held_on: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(20), default=ContributionKind.OPINION)
    statement: Mapped[str] = mapped_column(Text)
    has_consent: Mapped[bool] = mapped_column(Boolean, default=False)
    is_confidential: Mapped[bool] = mapped_column(Boolean, default=False)
    disposition: Mapped[str] = mapped_column(Text, default="")
