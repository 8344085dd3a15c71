"""Steps 1 to 3: baselines, needs, criteria, objectives, sources, consultations, and the links by which outsiders answer."""

from __future__ import annotations

import secrets
from datetime import date, datetime

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench import clock
from workbench.database import Base, UTCDateTime, Versioned
from workbench.inquiry.rules import ContributionKind, ObjectiveState, Priority, SourceKind, link_state
from workbench.people.models import Person
from workbench.projects.rules import Layer
from workbench.registers.models import Record


class Baseline(Record, Base):
    """A measure of the present way, taken before anything changes: step 9 compares with it. `value` holds a number."""

    __tablename__ = "baseline"

    measure: Mapped[str] = mapped_column(String(300))
    unit: Mapped[str] = mapped_column(String(40), default="")
    value: Mapped[str] = mapped_column(String(40))
    method: Mapped[str] = mapped_column(Text, default="")
    measured_on: Mapped[date | None] = mapped_column(Date)
    measured_by: Mapped[str] = mapped_column(String(200), default="")
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))


class Need(Record, Base):
    """What is needed, by whom it was said, how much it weighs, and how to tell that it is met."""

    __tablename__ = "need"

    statement: Mapped[str] = mapped_column(Text)
    priority: Mapped[str] = mapped_column(String(10), default=Priority.MUST)
    source: Mapped[str] = mapped_column(String(300), default="")
    acceptance: Mapped[str] = mapped_column(Text, default="")


class Criterion(Record, Base):
    """What the specification judges paths by, and how much it weighs; step 4 scores every path on it."""

    __tablename__ = "criterion"

    name: Mapped[str] = mapped_column(String(200))
    weight: Mapped[int] = mapped_column(Integer)
    judged: Mapped[str] = mapped_column(Text, default="")


class Objective(Record, Base):
    """An aim with its measure, baseline and target. Its statement never changes: a revision is a new objective.

    Of a missed one `cause` and `limitation_codes` say why; of one that follows it, `revises_id` names the missed one,
    and decider, day and savings are told.
    """

    __tablename__ = "objective"

    statement: Mapped[str] = mapped_column(Text)
    measure: Mapped[str] = mapped_column(String(300))
    unit: Mapped[str] = mapped_column(String(40), default="")
    baseline: Mapped[str] = mapped_column(String(80), default="")
    target: Mapped[str] = mapped_column(String(80), default="")
    due_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20), default=ObjectiveState.SET)
    state_reason: Mapped[str] = mapped_column(Text, default="")
    cause: Mapped[str | None] = mapped_column(Text)
    limitation_codes: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    revises_id: Mapped[int | None] = mapped_column(ForeignKey("objective.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_on: Mapped[date | None] = mapped_column(Date)
    savings: Mapped[str | None] = mapped_column(Text)
    follow_up_on: Mapped[date | None] = mapped_column(Date)
    decided_by: Mapped[Person | None] = relationship(lazy="joined", viewonly=True)
    followers: Mapped[list[Objective]] = relationship(
        lazy="selectin", join_depth=1, viewonly=True, order_by="Objective.id"
    )

    @property
    def follower(self) -> Objective | None:
        """The objective that follows this one, where one was decided and stands."""
        return next((each for each in self.followers if each.withdrawn_at is None), None)


class Source(Record, Base):
    """Something read in step 2: where, when, what it claims, how close it is to our case, on which need it bears."""

    __tablename__ = "source"

    reference: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(20), default=SourceKind.CASE)
    dated_on: Mapped[date | None] = mapped_column(Date)
    claim: Mapped[str] = mapped_column(Text, default="")
    fit: Mapped[str] = mapped_column(String(300), default="")
    is_independent: Mapped[bool] = mapped_column(Boolean, default=True)
    market: Mapped[str | None] = mapped_column(String(200))
    country: Mapped[str | None] = mapped_column(String(80))
    credibility: Mapped[str | None] = mapped_column(String(10))
    need_id: Mapped[int | None] = mapped_column(ForeignKey("need.id"))
    search_terms: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(String(500))


class Consultation(Record, Base):
    """What somebody said in step 3, from which layer, with their consent; a caution carries its disposition.

    `salt` is told to nobody: with it the hash of the row that the trail pins cannot be matched against guessed names.
    """

    __tablename__ = "consultation"

    said_by: Mapped[str] = mapped_column(String(200))
    layer: Mapped[str] = mapped_column(String(20), default=Layer.INTERNAL)
    hub: Mapped[str] = mapped_column(String(30), default="")
    held_on: Mapped[date] = mapped_column(Date)
    channel: Mapped[str | None] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20), default=ContributionKind.OPINION)
    statement: Mapped[str] = mapped_column(Text)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))
    need_id: Mapped[int | None] = mapped_column(ForeignKey("need.id"))
    tool_id: Mapped[int | None] = mapped_column(ForeignKey("tool.id"))
    has_consent: Mapped[bool] = mapped_column(Boolean, default=False)
    is_confidential: Mapped[bool] = mapped_column(Boolean, default=False)
    disposition_kind: Mapped[str | None] = mapped_column(String(20))
    disposition: Mapped[str] = mapped_column(Text, default="")
    accepted_by: Mapped[str | None] = mapped_column(String(200))
    salt: Mapped[str | None] = mapped_column(String(32), default=lambda: secrets.token_hex(16))

    @property
    def is_guarded(self) -> bool:
        """Whether name and words stay with those who write the records: confidential, or nobody agreed to a quotation."""
        return self.is_confidential or not self.has_consent

    @property
    def answer_state(self) -> str:
        """Of a caution whether it is answered ("open", "answered"); "" for anything else."""
        if self.kind != ContributionKind.CAUTION:
            return ""
        return "answered" if self.disposition else "open"


class GuestLink(Versioned, Base):
    """An address by which somebody outside answers exactly what they are asked, once. Its token is kept as a hash."""

    __tablename__ = "guest_link"
    __table_args__ = (UniqueConstraint("project_id", "code"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    code: Mapped[str] = mapped_column(String(10))
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))
    addressee: Mapped[str] = mapped_column(String(200))
    organisation: Mapped[str] = mapped_column(String(200), default="")
    layer: Mapped[str] = mapped_column(String(20))
    questions: Mapped[str] = mapped_column(Text)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    expires_on: Mapped[date] = mapped_column(Date)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @property
    def state(self) -> str:
        """open | answered | closed | expired, as of today."""
        return link_state(self.answered_at is not None, self.closed_at is not None, self.expires_on, clock.today())
