"""The tool register: tools, how they are connected, what they cannot do, and which project touches which."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench.database import Base, Versioned
from workbench.people.models import Person
from workbench.projects.rules import Layer
from workbench.tools.rules import ConnectionKind, Sensitivity, Standing


class Tool(Versioned, Base):
    """A tool the company uses or tries. `layer` says through whom it is bought; `trial_ends_on` ends a trial licence."""

    __tablename__ = "tool"

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


class Limitation(Versioned, Base):
    """What a tool cannot do, at which layer, since when it is known, and what was promised (thesis §4.5)."""

    __tablename__ = "limitation"
    __table_args__ = (UniqueConstraint("project_id", "code"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"), index=True)
    code: Mapped[str] = mapped_column(String(10))
    statement: Mapped[str] = mapped_column(Text)
    layer: Mapped[str] = mapped_column(String(20))
    first_reported_on: Mapped[date] = mapped_column(Date)
    promise: Mapped[str] = mapped_column(String(500), default="")
    promised_on: Mapped[date | None] = mapped_column(Date)
    disposition: Mapped[str] = mapped_column(Text, default="")
    tool: Mapped[Tool] = relationship(lazy="raise")
