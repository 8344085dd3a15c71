"""Findings: the result of holding evidence against a criterion, and everything that is done about it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench.database import Base, UTCDateTime, Versioned
from workbench.evidence.models import Evidence
from workbench.findings.rules import USUAL_DELAY, ActionState, FindingState
from workbench.people.models import Person


class Grade(Versioned, Base):
    """A word of the organisation's own scale, such as PS, standing for one of the kinds. It is withdrawn, never deleted."""

    __tablename__ = "finding_grade"
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    label_en: Mapped[str] = mapped_column(String(120))
    label_fr: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))
    position: Mapped[int] = mapped_column(Integer)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    def label_in(self, language: str) -> str:
        """What it means, in a language."""
        return self.label_fr if language == "fr" else self.label_en


class Finding(Versioned, Base):
    """What was found, in three parts: requirement, evidence, statement. `code` is F-1, F-2 …

    `round` counts how often it was treated: it rises when it is opened again and when its actions did not work. Corrective
    actions and judgements count for the round they belong to, corrections and the cause since `opened_round`, the round of
    the last opening. Columns added after the first release are NULL in older rows, which `rounds` reads as the first round.
    """

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("project_id", "number"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default=FindingState.RAISED)
    requirement: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)
    statement: Mapped[str] = mapped_column(Text)
    checklist_id: Mapped[int | None] = mapped_column(ForeignKey("checklist.id"))
    item_key: Mapped[str] = mapped_column(String(60), default="")
    raised_at: Mapped[datetime] = mapped_column(UTCDateTime)
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    grade_id: Mapped[int | None] = mapped_column(ForeignKey("finding_grade.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    due_on: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str | None] = mapped_column(String(20))
    source_ref: Mapped[str | None] = mapped_column(String(40))
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))
    tool_id: Mapped[int | None] = mapped_column(ForeignKey("tool.id"))
    recurrence_of_id: Mapped[int | None] = mapped_column(ForeignKey("finding.id"))
    round: Mapped[int | None] = mapped_column(Integer)
    opened_round: Mapped[int | None] = mapped_column(Integer)
    cause_kind: Mapped[str | None] = mapped_column(String(20))
    cause_method: Mapped[str | None] = mapped_column(String(20))
    cause: Mapped[str | None] = mapped_column(Text)
    whys: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    fishbone: Mapped[dict[str, list[str]] | None] = mapped_column(JSON(none_as_null=True))
    cause_round: Mapped[int | None] = mapped_column(Integer)
    effectiveness_after_days: Mapped[int | None] = mapped_column(Integer)
    check_due_on: Mapped[date | None] = mapped_column(Date)
    disposition: Mapped[str | None] = mapped_column(String(20))
    disposition_reason: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reopened_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    raised_by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[raised_by_id])
    owner: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[owner_id])
    grade: Mapped[Grade | None] = relationship(lazy="raise")

    @property
    def code(self) -> str:
        """How people name it."""
        return f"F-{self.number}"

    @property
    def rounds(self) -> tuple[int, int]:
        """(the round at hand, the round of the last opening)."""
        return self.round or 1, self.opened_round or 1

    @property
    def delay(self) -> int:
        """Days from the last action to the judgement whether it worked."""
        return USUAL_DELAY if self.effectiveness_after_days is None else self.effectiveness_after_days


class FindingAction(Versioned, Base):
    """Something to do about a finding, by whom and by when. `code` is F-3.2: the second action on F-3."""

    __tablename__ = "finding_action"
    __table_args__ = (UniqueConstraint("finding_id", "number"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"))
    number: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(String(20))
    round: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(20))
    what: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20), default=ActionState.OPEN)
    done_on: Mapped[date | None] = mapped_column(Date)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    overseen_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # who owned the finding when it was done
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    cancelled_reason: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[Person] = relationship(lazy="raise", foreign_keys=[owner_id])
    evidence: Mapped[Evidence | None] = relationship(lazy="raise")


class EffectivenessCheck(Base):
    """A judgement whether the actions of a round worked, by somebody who had no part in them. It never changes."""

    __tablename__ = "effectiveness_check"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), index=True)
    round: Mapped[int] = mapped_column(Integer)
    score: Mapped[int] = mapped_column(Integer)
    verdict: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text)
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    checked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    checked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    checked_by: Mapped[Person] = relationship(lazy="raise")
    evidence: Mapped[Evidence | None] = relationship(lazy="raise")
