"""A pack put to one project, and the answers to its items."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench.checklists.rules import AnswerState
from workbench.database import Base, UTCDateTime, Versioned
from workbench.evidence.models import Evidence
from workbench.people.models import Person


class Checklist(Base):
    """A pack pinned by version and digest. `counts` holds the number of answers by state, kept with each answer."""

    __tablename__ = "checklist"
    __table_args__ = (UniqueConstraint("project_id", "pack_id", "pack_digest"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    pack_id: Mapped[str] = mapped_column(String(60))
    pack_version: Mapped[str] = mapped_column(String(20))
    pack_digest: Mapped[str] = mapped_column(String(64))
    total: Mapped[int] = mapped_column(Integer)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict, info={"derived": True})
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    started_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Answer(Versioned, Base):
    """The reply to one item. An item without a row is not checked yet. `step` is 0 for a standard's items."""

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("checklist_id", "item_key"),
        Index("ix_answer_checklist_step", "checklist_id", "step"),
    )
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    checklist_id: Mapped[int] = mapped_column(ForeignKey("checklist.id"))
    item_key: Mapped[str] = mapped_column(String(40))
    step: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(String(20), default=AnswerState.NOT_CHECKED)
    note: Mapped[str] = mapped_column(Text, default="")
    answered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    answered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    evidence: Mapped[list[AnswerEvidence]] = relationship(lazy="raise", viewonly=True)
    answered_by: Mapped[Person] = relationship(lazy="raise")


class AnswerEvidence(Base):
    """Evidence bearing on a criterion: the link that ISO 19011 calls audit evidence."""

    __tablename__ = "answer_evidence"
    __table_args__ = (UniqueConstraint("answer_id", "evidence_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"))
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"), index=True)
    evidence: Mapped[Evidence] = relationship(lazy="raise")


class PackWording(Base):
    """The items of a pack as worded when a checklist was first pinned to it: what a later upgrade is compared with."""

    __tablename__ = "pack_wording"
    __sealed__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    pack_id: Mapped[str] = mapped_column(String(60))
    pack_version: Mapped[str] = mapped_column(String(20))
    pack_digest: Mapped[str] = mapped_column(String(64), unique=True)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    kept_at: Mapped[datetime] = mapped_column(UTCDateTime)
