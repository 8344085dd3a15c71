"""The log's tables: entries, the log's head, signed checkpoints, and erasable personal values beside the log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workbench.database import Base, UTCDateTime
from workbench.trail.rules import LONGEST_REASON


class Entry(Base):
    """One entry. `leaf` holds the canonical JSON as written; the other columns repeat parts of it for look-ups."""

    __tablename__ = "trail_entry"
    __trailed__ = False
    __sealed__ = True
    __table_args__ = (
        Index("ix_trail_entry_object", "object_type", "object_id", "seq"),
        Index("ix_trail_entry_project", "project", "seq"),
    )

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    leaf: Mapped[bytes] = mapped_column(LargeBinary)
    root: Mapped[bytes] = mapped_column(LargeBinary)  # of the log up to and with this entry: names the first broken one
    act: Mapped[str] = mapped_column(String(80))
    object_type: Mapped[str] = mapped_column(String(60))
    object_id: Mapped[int] = mapped_column(Integer, default=0)
    project: Mapped[str] = mapped_column(String(30), default="")

    @property
    def id(self) -> int:
        """The sequence number, under the name that every table uses."""
        return self.seq


class Head(Base):
    """The right edge of the log, one row: all that is needed to append the next entry."""

    __tablename__ = "trail_head"
    __trailed__ = False

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(Integer, default=0)
    frontier: Mapped[bytes] = mapped_column(LargeBinary)


class Checkpoint(Base):
    """A signed checkpoint (C2SP signed note) of the log at `size`."""

    __tablename__ = "trail_checkpoint"
    __trailed__ = False
    __sealed__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(Integer, index=True)
    note: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class PrivateValue(Base):
    """A personal value that the log holds only as a salted hash; deleting this row erases the value."""

    __tablename__ = "trail_private_value"
    __trailed__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(ForeignKey("trail_entry.seq"), index=True)
    field: Mapped[str] = mapped_column(String(60))
    salt: Mapped[str] = mapped_column(String(64))
    value: Mapped[str] = mapped_column(Text)


class EarlierLog(Base):
    """What another installation's log says of a project that was moved here, with the checkpoint that covers it.

    `log` and `vkey` name that log and its key, `project` the key the project had there; `entries_sha256` is over the
    entries as written, a line each. Verified when the project was taken in; it is no part of this installation's log.
    """

    __tablename__ = "trail_earlier_log"
    __table_args__ = (UniqueConstraint("project_id", "number"),)
    __watched__ = True
    __sealed__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    number: Mapped[int] = mapped_column(Integer)  # in the order of the moves
    project: Mapped[str] = mapped_column(String(30))
    log: Mapped[str] = mapped_column(String(200))
    vkey: Mapped[str] = mapped_column(String(300))
    checkpoint: Mapped[str] = mapped_column(Text)
    entries_sha256: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime] = mapped_column(UTCDateTime)


class EarlierEntry(Base):
    """One entry of an earlier log: its leaf as written and the hashes that lead from it to the checkpoint's root.

    `object_id` and `person_id` are the numbers that record and person have here, 0 and None where they did not come along.
    """

    __tablename__ = "trail_earlier_entry"
    __table_args__ = (
        UniqueConstraint("earlier_id", "seq"),
        Index("ix_trail_earlier_entry_object", "object_type", "object_id"),
    )
    __trailed__ = False
    __sealed__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    earlier_id: Mapped[int] = mapped_column(ForeignKey("trail_earlier_log.id"))
    seq: Mapped[int] = mapped_column(Integer)
    act: Mapped[str] = mapped_column(String(80))
    object_type: Mapped[str] = mapped_column(String(60))
    object_id: Mapped[int] = mapped_column(Integer, default=0)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    leaf: Mapped[bytes] = mapped_column(LargeBinary)
    proof: Mapped[str] = mapped_column(Text)
