"""The audit programme, audits with their teams, and what is written down while auditing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench.audits.rules import AuditState
from workbench.database import Base, UTCDateTime, Versioned
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.registers.models import Record


class Programme(Versioned, Base):
    """The audits of one year as a whole: what they are for, what could go wrong, what they take."""

    __tablename__ = "audit_programme"
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    year: Mapped[int] = mapped_column(Integer, unique=True)
    objectives: Mapped[str] = mapped_column(Text, default="")
    risks_and_opportunities: Mapped[str] = mapped_column(Text, default="")
    resources: Mapped[str] = mapped_column(Text, default="")
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_reason: Mapped[str] = mapped_column(Text, default="")
    changed_reason: Mapped[str] = mapped_column(Text, default="")  # of the last change after approval
    approved_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[approved_by_id])


class AuditArea(Versioned, Base):
    """A project as an area of a year's programme: how much hangs on it, and the month foreseen."""

    __tablename__ = "audit_area"
    __table_args__ = (UniqueConstraint("programme_id", "project_id"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("audit_programme.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    importance: Mapped[int] = mapped_column(Integer, default=3)
    planned_month: Mapped[int | None] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Text, default="")


class Audit(Versioned, Base):
    """One audit of one project. `packs` are the standards it is held against; its checklists carry its number."""

    __tablename__ = "audit"
    __table_args__ = (UniqueConstraint("programme_id", "serial"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    serial: Mapped[int] = mapped_column(Integer)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("audit_programme.id"))
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"))
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default=AuditState.PLANNED)
    objectives: Mapped[str] = mapped_column(Text, default="")
    scope: Mapped[str] = mapped_column(Text, default="")
    criteria: Mapped[str] = mapped_column(Text, default="")
    packs: Mapped[list[str]] = mapped_column(JSON, default=list)
    chapters: Mapped[str] = mapped_column(Text, default="")
    method: Mapped[str] = mapped_column(String(20), default="")
    method_note: Mapped[str] = mapped_column(Text, default="")
    sampling: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(2), default="en")
    client: Mapped[str] = mapped_column(String(200), default="")
    confidentiality_note: Mapped[str] = mapped_column(Text, default="")
    planned_from: Mapped[date] = mapped_column(Date)
    planned_to: Mapped[date] = mapped_column(Date)
    period_from: Mapped[date | None] = mapped_column(Date)
    period_to: Mapped[date | None] = mapped_column(Date)
    told: Mapped[str] = mapped_column(String(200), default="")  # who of the audited area was told of the plan
    told_on: Mapped[date | None] = mapped_column(Date)
    limits: Mapped[str] = mapped_column(Text, default="")
    not_seen: Mapped[str] = mapped_column(Text, default="")
    conclusion: Mapped[str] = mapped_column(Text, default="")
    recommendation: Mapped[str] = mapped_column(String(30), default="")
    follow_up_on: Mapped[date | None] = mapped_column(Date)
    concluded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reported_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_note: Mapped[str] = mapped_column(Text, default="")
    cancelled_reason: Mapped[str] = mapped_column(Text, default="")
    planned_at: Mapped[datetime] = mapped_column(UTCDateTime)
    planned_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    project: Mapped[Project] = relationship(lazy="raise")

    @property
    def standing(self) -> AuditState:
        """The state as the flow knows it."""
        return AuditState(self.state)


class AuditMember(Versioned, Base):
    """Somebody in an audit team: a person of this installation, or an outsider by name."""

    __tablename__ = "audit_member"
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    organisation: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str] = mapped_column(String(20))
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    removed_reason: Mapped[str] = mapped_column(Text, default="")


class AuditSignature(Base):
    """The lead auditor's signature under a plan or a conclusion, with what was signed. Never changes."""

    __tablename__ = "audit_signature"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    meaning: Mapped[str] = mapped_column(String(20))  # plan | conclusion
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    signed_name: Mapped[str] = mapped_column(String(120))
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))


class AuditMeeting(Base):
    """An opening or closing meeting as it was held. Never changes; what is to be put right is a note."""

    __tablename__ = "audit_meeting"
    __sealed__ = True
    __watched__ = True
    __table_args__ = (UniqueConstraint("audit_id", "kind"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"))
    kind: Mapped[str] = mapped_column(String(20))
    held_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attendees: Mapped[str] = mapped_column(Text)
    points: Mapped[str] = mapped_column(Text, default="")
    questions: Mapped[str] = mapped_column(Text, default="")
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_name: Mapped[str] = mapped_column(String(120))


class AgendaLine(Record, Base):
    """One line of an audit's agenda: when, what, by whom, with whom, where."""

    __tablename__ = "audit_agenda"

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    day: Mapped[date] = mapped_column(Date)
    starts: Mapped[str] = mapped_column(String(5), default="")
    ends: Mapped[str] = mapped_column(String(5), default="")
    subject: Mapped[str] = mapped_column(String(300))
    clauses: Mapped[str] = mapped_column(String(200), default="")
    auditor: Mapped[str] = mapped_column(String(200), default="")
    auditees: Mapped[str] = mapped_column(String(300), default="")
    place: Mapped[str] = mapped_column(String(200), default="")


class AuditSample(Record, Base):
    """A sample: from how many, how many, how they were drawn, which ones, what they showed."""

    __tablename__ = "audit_sample"

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    population: Mapped[str] = mapped_column(String(300))
    out_of: Mapped[int | None] = mapped_column(Integer)
    drawn: Mapped[int] = mapped_column(Integer)
    method: Mapped[str] = mapped_column(String(20))
    which: Mapped[str] = mapped_column(Text, default="")
    result: Mapped[str] = mapped_column(Text, default="")
    clause: Mapped[str] = mapped_column(String(60), default="")


class AuditNote(Record, Base):
    """A note taken while auditing."""

    __tablename__ = "audit_note"

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    clause: Mapped[str] = mapped_column(String(60), default="")
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))


class PersonMet(Record, Base):
    """Somebody whom the auditors met."""

    __tablename__ = "audit_person_met"

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(200), default="")
    about: Mapped[str] = mapped_column(String(300), default="")


class Disagreement(Record, Base):
    """A point on which the auditor and the audited differ, and whether it was settled."""

    __tablename__ = "audit_disagreement"

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    point: Mapped[str] = mapped_column(String(300))
    auditor_view: Mapped[str] = mapped_column(Text)
    auditee_view: Mapped[str] = mapped_column(Text)
    is_settled: Mapped[bool] = mapped_column(Boolean, default=False)
    settlement: Mapped[str] = mapped_column(Text, default="")


class Distribution(Record, Base):
    """Somebody who gets the report of an audit."""

    __tablename__ = "audit_distribution"

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(200), default="")
    sent_on: Mapped[date | None] = mapped_column(Date)
    how: Mapped[str] = mapped_column(String(200), default="")
