"""The integration project and the parties around it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workbench.database import Base, UTCDateTime, Versioned
from workbench.projects.rules import Confidentiality, Layer, ProjectKind, ProjectState


class Project(Versioned, Base):
    """An integration project walking the nine steps, or the standing management system, which has none.

    `current_step` is derived from the gate decisions.
    """

    __tablename__ = "project"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(
        String(20), default=ProjectKind.INTEGRATION, server_default=ProjectKind.INTEGRATION
    )
    name: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str] = mapped_column(Text, default="")
    scope: Mapped[str] = mapped_column(Text, default="")
    out_of_scope: Mapped[str] = mapped_column(Text, default="")
    confidentiality: Mapped[str] = mapped_column(String(20), default=Confidentiality.INTERNAL)
    state: Mapped[str] = mapped_column(String(20), default=ProjectState.OPEN)
    current_step: Mapped[int] = mapped_column(Integer, default=1)
    steps_passed: Mapped[int] = mapped_column(Integer, default=0)
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Participant(Versioned, Base):
    """A party outside the team that is affected or heard: a reseller, a supplier, an editor, or somebody inside."""

    __tablename__ = "participant"
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    organisation: Mapped[str] = mapped_column(String(200), default="")
    layer: Mapped[str] = mapped_column(String(20), default=Layer.INTERNAL)
    expects: Mapped[str] = mapped_column(Text, default="")
    is_confidential: Mapped[bool] = mapped_column(Boolean, default=False)


class Threshold(Versioned, Base):
    """A value that a project's conditions compare with, where it is not the usual one of rules.THRESHOLDS."""

    __tablename__ = "threshold"
    __table_args__ = (UniqueConstraint("project_id", "name"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    name: Mapped[str] = mapped_column(String(30))
    value: Mapped[int] = mapped_column(Integer)
