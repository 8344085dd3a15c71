"""A pack put to one project, and the answers to its items."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench.checklists.rules import AnswerState, AssignmentState, ImportState
from workbench.database import Base, UTCDateTime, Versioned
from workbench.evidence.models import Evidence
from workbench.people.models import Person
from workbench.registers.models import Record


class Checklist(Base):
    """A pack pinned by version and digest. `counts` holds the number of answers by state, kept with each answer.

    `occasion` is "" for the project's standing checklist; an audit's or a repeated one carries the code of its audit or run.
    `reserved_for` holds the numbers of the only persons who may answer it, None where everybody with the right may. After
    `closed_at` nothing is answered any more. `parts` names the chapters (of the gates: the steps) it asks; None asks all.
    `excluded` is {clause: reason} of the clauses that are switched off now, kept with each Exclusion.
    """

    __tablename__ = "checklist"
    __table_args__ = (UniqueConstraint("project_id", "pack_id", "pack_digest", "occasion"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    pack_id: Mapped[str] = mapped_column(String(60))
    pack_version: Mapped[str] = mapped_column(String(20))
    pack_digest: Mapped[str] = mapped_column(String(64))
    occasion: Mapped[str] = mapped_column(String(40), default="", server_default="")
    title: Mapped[str] = mapped_column(String(200), default="", server_default="")
    reserved_for: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    parts: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    excluded: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True), info={"derived": True})
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
    item_key: Mapped[str] = mapped_column(String(60))
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


class Assignment(Versioned, Base):
    """One item of a checklist asked of one person until a day; asked anew, the same row names the next person."""

    __tablename__ = "assignment"
    __table_args__ = (
        UniqueConstraint("checklist_id", "item_key"),
        Index("ix_assignment_person_state", "person_id", "state"),
    )
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    checklist_id: Mapped[int] = mapped_column(ForeignKey("checklist.id"))
    item_key: Mapped[str] = mapped_column(String(60))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20), default=AssignmentState.ASKED)
    reason: Mapped[str] = mapped_column(Text, default="")  # why it was sent back
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    judged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Comment(Base):
    """What was said about an item. A row that `strikes_id` names another one strikes that one through; its text is why."""

    __tablename__ = "item_comment"
    __table_args__ = (Index("ix_item_comment_checklist_item", "checklist_id", "item_key"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    checklist_id: Mapped[int] = mapped_column(ForeignKey("checklist.id"))
    item_key: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)
    strikes_id: Mapped[int | None] = mapped_column(ForeignKey("item_comment.id"), unique=True)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Recurrence(Record, Base):
    """A checklist that comes again: every so many weeks or months a new one is made and asked of one person.

    `part` is the chapter (of the gates: the step) that is asked, "" for all. A run is a Checklist whose occasion is
    R<id>:<date>.
    """

    __tablename__ = "recurrence"

    title: Mapped[str] = mapped_column(String(150))
    pack_id: Mapped[str] = mapped_column(String(60))
    part: Mapped[str] = mapped_column(String(60), default="")
    every: Mapped[int] = mapped_column(Integer)
    unit: Mapped[str] = mapped_column(String(10))
    starts_on: Mapped[date] = mapped_column(Date)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    days_to_answer: Mapped[int] = mapped_column(Integer)


class Exclusion(Versioned, Base):
    """A clause switched off for one checklist, with all below it. `before` keeps what was answered until then.

    `before` is {item key: [state, note, number of the person, time, version of the answer when it was switched off]}.
    """

    __tablename__ = "exclusion"
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    checklist_id: Mapped[int] = mapped_column(ForeignKey("checklist.id"), index=True)
    clause: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(Text)
    before: Mapped[dict[str, list[Any]]] = mapped_column(JSON)
    excluded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    excluded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Transition(Base):
    """A checklist taken over into the next edition of its standard, with the report of what became of each question."""

    __tablename__ = "transition"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("checklist.id"), unique=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("checklist.id"), unique=True)
    report: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class AnswerImport(Base):
    """A spreadsheet of answers as it was read: what it would change, until somebody takes it over or discards it.

    `rows` are the lines that differ from what was exported, `faults` those that cannot be read with the reason of each,
    `remarks` what was altered though it is locked. `outcome` says what became of each item once it was taken over.
    """

    __tablename__ = "answer_import"
    __trailed__ = False  # reading a file changes nothing; taking it over is recorded

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    checklist_id: Mapped[int] = mapped_column(ForeignKey("checklist.id"), index=True)
    filename: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(20), default=ImportState.PREVIEWED)
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    remarks: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    unchanged: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    read_at: Mapped[datetime] = mapped_column(UTCDateTime)
    read_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    applied_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PackEdition(Base):
    """One published version of a pack of our own: made here, adapted from another one, or imported. It never changes.

    `body` is its pack.toml, whose SHA-256 is `digest`. `remarks` tells what an import could not take over. `clauses`,
    `items` and `kinds` count what is in it, so that lists need not read it.
    """

    __tablename__ = "pack_edition"
    __table_args__ = (UniqueConstraint("pack_id", "version"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    pack_id: Mapped[str] = mapped_column(String(60))
    version: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    title_en: Mapped[str] = mapped_column(String(300))
    title_fr: Mapped[str] = mapped_column(String(300))
    edition: Mapped[str] = mapped_column(String(100))
    languages: Mapped[list[str]] = mapped_column(JSON)
    notice_en: Mapped[str] = mapped_column(Text)
    notice_fr: Mapped[str] = mapped_column(Text)
    clauses: Mapped[int] = mapped_column(Integer)
    items: Mapped[int] = mapped_column(Integer)
    kinds: Mapped[dict[str, int]] = mapped_column(JSON)
    body: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(String(20))  # made | adapted | imported
    from_pack: Mapped[str] = mapped_column(String(60), default="")
    source_name: Mapped[str] = mapped_column(String(200), default="")
    remarks: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
