"""Management reviews with what they decided, and the records of work handed over."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench.database import Base, UTCDateTime, Versioned
from workbench.oversight.rules.reviews import ReviewActionState, ReviewState
from workbench.people.models import Person


class ManagementReview(Versioned, Base):
    """A review of everything by those who lead: `number` is MR-<year>-<serial>, the period includes both days.

    `project_ids` limits it to some projects, None takes them all; `notes` is {input: what was said about it};
    `next_on` is the day of the one after it.
    """

    __tablename__ = "management_review"
    __table_args__ = (UniqueConstraint("year", "serial"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    year: Mapped[int] = mapped_column(Integer)
    serial: Mapped[int] = mapped_column(Integer)
    period_from: Mapped[date] = mapped_column(Date)
    period_to: Mapped[date] = mapped_column(Date)
    planned_on: Mapped[date] = mapped_column(Date)
    held_on: Mapped[date | None] = mapped_column(Date)
    next_on: Mapped[date | None] = mapped_column(Date)
    chair_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    participants: Mapped[str] = mapped_column(Text, default="")
    project_ids: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    notes: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(20), default=ReviewState.PLANNED)
    planned_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    chair: Mapped[Person] = relationship(lazy="raise", foreign_keys=[chair_id])

    @property
    def standing(self) -> ReviewState:
        """The state as the flow knows it."""
        return ReviewState(self.state)


class ReviewSnapshot(Base):
    """The inputs of a review as they were when it was held, with notes, and the signature under them. Never changes."""

    __tablename__ = "review_snapshot"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("management_review.id"), unique=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))
    meaning: Mapped[str] = mapped_column(String(300))
    signed_name: Mapped[str] = mapped_column(String(120))
    signed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ReviewDecision(Base):
    """What a review decided: to improve something, to change something, to give means. Never changes; `code` is D1, D2 …"""

    __tablename__ = "review_decision"
    __table_args__ = (UniqueConstraint("review_id", "number"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("management_review.id"))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    noted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    noted_at: Mapped[datetime] = mapped_column(UTCDateTime)

    @property
    def code(self) -> str:
        """How people name it within its review."""
        return f"D{self.number}"


class ReviewAction(Versioned, Base):
    """Something to do that a review decided, by whom and until when. `code` is A1, A2 … within its review."""

    __tablename__ = "review_action"
    __table_args__ = (
        UniqueConstraint("review_id", "number"),
        Index("ix_review_action_owner_state", "owner_id", "state"),
    )
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("management_review.id"))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("review_decision.id"))
    number: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20), default=ReviewActionState.OPEN)
    done_on: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text, default="")
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    owner: Mapped[Person] = relationship(lazy="raise", foreign_keys=[owner_id])

    @property
    def code(self) -> str:
        """How people name it within its review."""
        return f"A{self.number}"


class HandOver(Base):
    """All that was handed over by one act: from whom, to whom, why. Never changes.

    `items` and `left` are lists of {holding, id, project, code, text, due_on, endpoint, args, to, to_name}; items also say
    the number of the row they live on in (`now`), what was left the `reason`.
    """

    __tablename__ = "hand_over"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    from_name: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Text)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    left: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    held_before: Mapped[int] = mapped_column(Integer)
    held_after: Mapped[int] = mapped_column(Integer)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_by_name: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)


class HandOverShare(Base):
    """How many things of one project (None: of no project) one person got by a hand-over. Never changes."""

    __tablename__ = "hand_over_share"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    hand_over_id: Mapped[int] = mapped_column(ForeignKey("hand_over.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    to_name: Mapped[str] = mapped_column(String(120))
    count: Mapped[int] = mapped_column(Integer)


class PassedApproval(Base):
    """An approval asked for that another person was asked for instead, by a hand-over. Never changes."""

    __tablename__ = "passed_approval"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    hand_over_id: Mapped[int] = mapped_column(ForeignKey("hand_over.id"))
    asked_id: Mapped[int] = mapped_column(ForeignKey("approval_asked.id"), unique=True)
    instead_id: Mapped[int] = mapped_column(ForeignKey("approval_asked.id"))
