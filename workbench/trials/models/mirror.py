"""What the sandbox may reach, which sources a project mirrors, what was received, and what people made up on top of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workbench.database import Base, UTCDateTime, Versioned


class ApprovedHost(Versioned, Base):
    """A host that an admin lets connectors read from: scheme, name and port exactly; private addresses only where ticked."""

    __tablename__ = "approved_host"
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    scheme: Mapped[str] = mapped_column(String(20))  # https, http, postgresql, mariadb
    host: Mapped[str] = mapped_column(String(253))
    port: Mapped[int] = mapped_column(Integer)
    allows_private: Mapped[bool] = mapped_column(Boolean, default=False)
    reason: Mapped[str] = mapped_column(Text)
    approved_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)


class ConnectorSecret(Versioned, Base):
    """That a secret of this name is kept among the keys, since when and by whom; the secret itself is never in a table.

    `scheme`, `host` and `port` say where alone it may be sent: whoever names it in a source cannot send it elsewhere.
    """

    __tablename__ = "connector_secret"
    __table_args__ = (UniqueConstraint("name"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    scheme: Mapped[str] = mapped_column(String(20))
    host: Mapped[str] = mapped_column(String(253))
    port: Mapped[int] = mapped_column(Integer)
    set_at: Mapped[datetime] = mapped_column(UTCDateTime)
    set_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class MirrorSource(Versioned, Base):
    """A tool's data as one project mirrors it: by which connector, with which settings, contracts and masks.

    `settings` follow the connector's JSON Schema and name a secret, never hold one. `contracts` is {table: freeze | allow |
    discard}, `masks` {table: {column: drop | hash | shape}}. A file connector has settings for how files are written.
    """

    __tablename__ = "mirror_source"
    __table_args__ = (UniqueConstraint("project_id", "name"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    name: Mapped[str] = mapped_column(String(63))
    title: Mapped[str] = mapped_column(String(200))
    connector: Mapped[str] = mapped_column(String(30))
    tool_id: Mapped[int | None] = mapped_column(ForeignKey("tool.id"))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    contracts: Mapped[dict[str, str]] = mapped_column(JSON)
    masks: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON)
    keep_days: Mapped[int | None] = mapped_column(Integer)  # how long snapshots are kept; None: until somebody removes them
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)


class Pull(Base):
    """One reading of a source: what it read with, the hash of the source before and after, each request. Never changes."""

    __tablename__ = "pull"
    __table_args__ = (UniqueConstraint("source_id", "number"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("mirror_source.id"))
    number: Mapped[int] = mapped_column(Integer)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    source_before: Mapped[str] = mapped_column(String(64))
    source_after: Mapped[str] = mapped_column(String(64))  # empty where it could not be read again
    requests: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    refused: Mapped[dict[str, list[dict[str, Any]]]] = mapped_column(JSON)  # {table: its first refused records}
    result_sha256: Mapped[str] = mapped_column(String(64))  # of the description filed among the evidence
    seconds: Mapped[int] = mapped_column(Integer)
    pulled_at: Mapped[datetime] = mapped_column(UTCDateTime)
    pulled_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class MirrorSnapshot(Versioned, Base):
    """One received table, kept in the store under `store_id`; removed by its retention or by a person, with an entry."""

    __tablename__ = "mirror_snapshot"
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("mirror_source.id"), index=True)
    pull_id: Mapped[int] = mapped_column(ForeignKey("pull.id"))
    table_name: Mapped[str] = mapped_column(String(120))
    store_id: Mapped[str] = mapped_column(String(64))
    content_sha256: Mapped[str] = mapped_column(String(64))
    original_sha256: Mapped[str] = mapped_column(String(64))
    row_count: Mapped[int] = mapped_column(Integer)
    refused_count: Mapped[int] = mapped_column(Integer)
    columns: Mapped[list[str]] = mapped_column(JSON)
    masked: Mapped[list[str]] = mapped_column(JSON)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    removed_reason: Mapped[str | None] = mapped_column(Text)


class OverlayEdit(Versioned, Base):
    """A fake record, or an edit of a mirrored one: on top of the snapshot, marked everywhere, never promoted where fake.

    `kind` is fake, edit or withdrawn; `key` names the mirrored row {column: text}, `cells` the new texts, `was` the ones
    they took the place of.
    """

    __tablename__ = "overlay_edit"
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("mirror_source.id"), index=True)
    table_name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[dict[str, str]] = mapped_column(JSON)
    cells: Mapped[dict[str, str]] = mapped_column(JSON)
    was: Mapped[dict[str, str]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
