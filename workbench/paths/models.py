"""Step 4: the ways forward, their scores, the hypotheses to try, the meetings that decide."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench.database import Base, UTCDateTime, Versioned
from workbench.paths.rules import PathState, Purpose, Verdict
from workbench.registers.models import Record
from workbench.tools.models import Limitation


class Path(Versioned, Base):
    """A way forward, what it costs, how to go back, and why it was chosen, rejected or killed.

    `keeps_present` marks the path that keeps and improves the present way: it always stands among them. `in_spite_of`
    says why a killed path was chosen nevertheless, `waiver` by which waiver.
    """

    __tablename__ = "path"
    __table_args__ = (UniqueConstraint("project_id", "code"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    code: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    needs_covered: Mapped[str] = mapped_column(String(500), default="")
    cost: Mapped[str] = mapped_column(String(200), default="")
    way_back: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(20), default=PathState.OPEN)
    reason: Mapped[str] = mapped_column(Text, default="")
    tool_ids: Mapped[list[int] | None] = mapped_column(JSON)
    effort: Mapped[str | None] = mapped_column(String(200))
    reversibility: Mapped[str | None] = mapped_column(String(10))
    data_exposure: Mapped[str | None] = mapped_column(Text)
    keeps_present: Mapped[bool | None] = mapped_column(Boolean)
    killed_by_id: Mapped[int | None] = mapped_column(ForeignKey("limitation.id"))
    in_spite_of: Mapped[str | None] = mapped_column(Text)
    waiver: Mapped[str | None] = mapped_column(String(60))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    confirmed_reason: Mapped[str | None] = mapped_column(Text)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)
    killed_by: Mapped[Limitation | None] = relationship(lazy="raise")


class PathNeed(Base):
    """A capability that a path needs of a tool. The path's entries in the trail tell of it."""

    __tablename__ = "path_need"
    __table_args__ = (UniqueConstraint("path_id", "tool_id", "kind"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    path_id: Mapped[int] = mapped_column(ForeignKey("path.id"))
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))


class Score(Versioned, Base):
    """How well a path does on a criterion of the specification, 0 to 5, and why."""

    __tablename__ = "score"
    __table_args__ = (UniqueConstraint("path_id", "criterion_id"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    path_id: Mapped[int] = mapped_column(ForeignKey("path.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"), index=True)
    value: Mapped[int | None] = mapped_column(Integer)  # None: taken back
    note: Mapped[str] = mapped_column(String(300), default="")


class Hypothesis(Record, Base):
    """What the trial must show, and what it showed. `capability` is "tool:kind" where it stands for an unknown one.

    `run_number` is of the reconciliation, `mapping_run_number` of the run of a mapping that shows it.
    """

    __tablename__ = "hypothesis"

    statement: Mapped[str] = mapped_column(Text)
    success_measure: Mapped[str] = mapped_column(Text)
    expected: Mapped[str] = mapped_column(Text, default="")
    need_id: Mapped[int | None] = mapped_column(ForeignKey("need.id"))
    capability: Mapped[str] = mapped_column(String(80), default="")
    verdict: Mapped[str] = mapped_column(String(20), default=Verdict.OPEN)
    got: Mapped[str] = mapped_column(Text, default="")
    run_number: Mapped[int | None] = mapped_column(Integer)
    mapping_run_number: Mapped[int | None] = mapped_column(Integer)
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    judged_on: Mapped[date | None] = mapped_column(Date)
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Meeting(Record, Base):
    """A meeting of the project: what for, which hubs were there, what it brought up. Functions rather than names."""

    __tablename__ = "meeting"

    purpose: Mapped[str] = mapped_column(String(20), default=Purpose.DECISION)
    held_on: Mapped[date] = mapped_column(Date)
    hubs: Mapped[list[str]] = mapped_column(JSON)
    attendees: Mapped[str] = mapped_column(Text, default="")
    minutes: Mapped[str] = mapped_column(Text, default="")
    brought_up: Mapped[str] = mapped_column(Text, default="")
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
