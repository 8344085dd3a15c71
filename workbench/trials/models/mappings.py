"""Mappings with their versions, and the crosswalks of names that people decided."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workbench.database import Base, UTCDateTime, Versioned


class Mapping(Versioned, Base):
    """A mapping of a project under its name. `draft` is the text somebody is working on, with or without faults."""

    __tablename__ = "mapping"
    __table_args__ = (UniqueConstraint("project_id", "name"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    name: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(200))
    draft: Mapped[str] = mapped_column(Text, default="")
    draft_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    draft_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)


class MappingVersion(Base):
    """A version of a mapping as it was saved, without faults: runs are bound to it. Never changes."""

    __tablename__ = "mapping_version"
    __table_args__ = (UniqueConstraint("mapping_id", "number"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    mapping_id: Mapped[int] = mapped_column(ForeignKey("mapping.id"))
    number: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text)  # why it changed
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Crosswalk(Versioned, Base):
    """Two lists of names that a mapping needs joined, such as the supplier's accounts and the PSA's clients.

    `left_at` and `right_at` say where the names come from, as `source.table.column` of the mirror, or are empty.
    """

    __tablename__ = "crosswalk"
    __table_args__ = (UniqueConstraint("project_id", "name"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    name: Mapped[str] = mapped_column(String(63))
    title: Mapped[str] = mapped_column(String(200))
    left_column: Mapped[str] = mapped_column(String(200))  # what the columns are called in a mapping's lookup
    right_column: Mapped[str] = mapped_column(String(200))
    left_at: Mapped[str] = mapped_column(String(400), default="")
    right_at: Mapped[str] = mapped_column(String(400), default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)


class CrosswalkDecision(Base):
    """What a person decided about one name on the left. A later one takes its place; none is erased.

    `state` is mapped, ignored or unmapped; `rights` holds one name, several where it was split, none where not mapped.
    """

    __tablename__ = "crosswalk_decision"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    crosswalk_id: Mapped[int] = mapped_column(ForeignKey("crosswalk.id"), index=True)
    left: Mapped[str] = mapped_column(Text)
    rights: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(20))
    score: Mapped[int | None] = mapped_column(Integer)  # of the suggestion, 0 to 100
    is_suggested: Mapped[bool] = mapped_column(Boolean, default=False)
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
