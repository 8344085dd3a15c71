"""The product's tables mapped as people do at first: every relation loads itself when it is touched."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """A base of its own, so that nothing is shared with the product."""


db = SQLAlchemy(model_class=Base)


class Person(Base):
    """Somebody who signs in."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]


class Project(Base):
    """A project; how far it is must be asked of its answers."""

    __tablename__ = "project"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    name: Mapped[str]
    purpose: Mapped[str]
    scope: Mapped[str]
    state: Mapped[str]
    current_step: Mapped[int]
    checklists: Mapped[list[Checklist]] = relationship(back_populates="project", order_by="Checklist.id")

    @property
    def progress(self) -> tuple[int, int]:
        """How many items of the gates are answered, of how many."""
        gates = self.checklists[0]
        return len([answer for answer in gates.answers if answer.state != "not_checked"]), gates.total


class Checklist(Base):
    """A pack put to a project."""

    __tablename__ = "checklist"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    pack_id: Mapped[str]
    total: Mapped[int]
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    project: Mapped[Project] = relationship(back_populates="checklists")
    answers: Mapped[list[Answer]] = relationship(back_populates="checklist", order_by="Answer.id")


class Answer(Base):
    """The reply to one item."""

    __tablename__ = "answer"
    id: Mapped[int] = mapped_column(primary_key=True)
    checklist_id: Mapped[int] = mapped_column(ForeignKey("checklist.id"))
    item_key: Mapped[str]
    step: Mapped[int]
    state: Mapped[str]
    note: Mapped[str] = mapped_column(Text)
    answered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime] = mapped_column(DateTime)
    version: Mapped[int]
    checklist: Mapped[Checklist] = relationship(back_populates="answers")
    answered_by: Mapped[Person] = relationship()
    links: Mapped[list[Link]] = relationship()


class Link(Base):
    """Evidence bearing on an answer."""

    __tablename__ = "answer_evidence"
    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"))
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"))
    evidence: Mapped[Evidence] = relationship()


class Evidence(Base):
    """A piece of evidence."""

    __tablename__ = "evidence"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    title: Mapped[str]
    state: Mapped[str]


class Entry(Base):
    """One entry of the trail, as a row of columns."""

    __tablename__ = "trail_entry"
    seq: Mapped[int] = mapped_column(primary_key=True)
    leaf: Mapped[bytes] = mapped_column(LargeBinary)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    act: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[int]
    project: Mapped[str]


class Log(Base):
    """A chained log as it is usually made: each line holds the hash of the one before."""

    __tablename__ = "naive_log"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(DateTime)
