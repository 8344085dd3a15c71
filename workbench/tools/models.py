"""The tool register: tools, how they are connected, what they can and cannot do, and which project touches which."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench.database import Base, Versioned
from workbench.people.models import Person
from workbench.projects.rules import Layer
from workbench.registers.models import Record
from workbench.tools.rules import (
    Able,
    ConnectionKind,
    PromiseState,
    Retest,
    Sensitivity,
    Standing,
    retest_standing,
)


class Tool(Versioned, Base):
    """A tool the company uses or tries. `layer` says through whom it is bought; `trial_ends_on` ends a trial licence."""

    __tablename__ = "tool"
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    purpose: Mapped[str] = mapped_column(String(500), default="")
    vendor: Mapped[str] = mapped_column(String(200), default="")
    edition: Mapped[str] = mapped_column(String(80), default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    layer: Mapped[str] = mapped_column(String(20), default=Layer.EDITOR)
    sensitivity: Mapped[str] = mapped_column(String(20), default=Sensitivity.INTERNAL)
    data_held: Mapped[str] = mapped_column(Text, default="")
    standing: Mapped[str] = mapped_column(String(20), default=Standing.LIVE)
    trial_ends_on: Mapped[date | None] = mapped_column(Date)
    owner: Mapped[Person | None] = relationship(lazy="raise")


class ToolConnection(Versioned, Base):
    """Data that goes from one tool to another, and how."""

    __tablename__ = "tool_connection"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("tool.id"), index=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("tool.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default=ConnectionKind.HAND)
    carries: Mapped[str] = mapped_column(String(500), default="")
    source: Mapped[Tool] = relationship(foreign_keys=[source_id], lazy="raise")
    target: Mapped[Tool] = relationship(foreign_keys=[target_id], lazy="raise")


class ProjectTool(Base):
    """A tool in the scope of a project."""

    __tablename__ = "project_tool"
    __table_args__ = (UniqueConstraint("project_id", "tool_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"), index=True)


class Limitation(Record, Base):
    """What a tool cannot do, at which layer, since when it is known, what was promised (thesis §4.5) and what is done."""

    __tablename__ = "limitation"

    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"), index=True)
    statement: Mapped[str] = mapped_column(Text)
    layer: Mapped[str] = mapped_column(String(20))
    first_reported_on: Mapped[date] = mapped_column(Date)
    reported_by: Mapped[str | None] = mapped_column(String(200))
    promise: Mapped[str] = mapped_column(String(500), default="")
    promised_on: Mapped[date | None] = mapped_column(Date)
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    chaser_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    next_chase_on: Mapped[date | None] = mapped_column(Date)
    decision: Mapped[str | None] = mapped_column(String(20))
    temporary_solution: Mapped[str | None] = mapped_column(Text)
    disposition: Mapped[str] = mapped_column(Text, default="")  # why it was decided so
    decided_on: Mapped[date | None] = mapped_column(Date)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    tool: Mapped[Tool] = relationship(lazy="raise")


class Capability(Versioned, Base):
    """Whether a tool can do one of the things that paths need, and how that is known. No row: unknown."""

    __tablename__ = "capability"
    __table_args__ = (UniqueConstraint("tool_id", "kind"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"))
    kind: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(10), default=Able.UNKNOWN)
    note: Mapped[str] = mapped_column(Text, default="")
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    limitation_id: Mapped[int | None] = mapped_column(ForeignKey("limitation.id"))
    checked_on: Mapped[date] = mapped_column(Date)
    checked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Promise(Record, Base):
    """What somebody outside said a tool would be able to do, by when, and who asks again."""

    __tablename__ = "promise"

    feature: Mapped[str] = mapped_column(Text)
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"))
    layer: Mapped[str] = mapped_column(String(20))
    promised_by: Mapped[str] = mapped_column(String(200), default="")
    limitation_id: Mapped[int | None] = mapped_column(ForeignKey("limitation.id"))
    made_on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    next_chase_on: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(20), default=PromiseState.OPEN)
    outcome: Mapped[str | None] = mapped_column(Text)
    settled_on: Mapped[date | None] = mapped_column(Date)


class Customisation(Record, Base):
    """What the company added to a tool or set in it, and the version it was last tried with."""

    __tablename__ = "customisation"

    what: Mapped[str] = mapped_column(Text)
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"))
    version_tested: Mapped[str] = mapped_column(String(80), default="")
    tested_on: Mapped[date | None] = mapped_column(Date)
    retest_trigger: Mapped[str] = mapped_column(Text, default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    result: Mapped[str | None] = mapped_column(String(20))
    result_note: Mapped[str | None] = mapped_column(Text)
    tool: Mapped[Tool] = relationship(lazy="joined", innerjoin=True, viewonly=True)

    @property
    def retest(self) -> Retest:
        """Whether it must be tried again."""
        return retest_standing(self.tool.edition, self.version_tested, self.tested_on, self.result or "")
