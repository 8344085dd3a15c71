"""The drafts of packs; what is published is an edition (checklists.models.PackEdition)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from workbench.database import Base, UTCDateTime, Versioned
from workbench.standards.rules import DraftState


class PackDraft(Versioned, Base):
    """A pack somebody writes: `body` holds the tables of its pack.toml. Ends published, or discarded with a reason."""

    __tablename__ = "pack_draft"
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    pack_id: Mapped[str] = mapped_column(String(60), index=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    origin: Mapped[str] = mapped_column(String(20))  # made | adapted
    from_pack: Mapped[str] = mapped_column(String(60), default="")
    state: Mapped[str] = mapped_column(String(20), default=DraftState.OPEN)
    reason: Mapped[str] = mapped_column(Text, default="")  # why it was discarded
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    started_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class PackMapping(Base):
    """An imported mapping between the clauses of two packs. Each link keeps the word of its source beside its strength."""

    __tablename__ = "pack_mapping"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
    from_pack: Mapped[str] = mapped_column(String(60), index=True)
    to_pack: Mapped[str] = mapped_column(String(60), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # of packs and links: the same mapping is kept once
    links: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    remarks: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # ends that are no clause
    source: Mapped[str] = mapped_column(Text)
    source_name: Mapped[str] = mapped_column(String(200))
    imported_at: Mapped[datetime] = mapped_column(UTCDateTime)
    imported_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
