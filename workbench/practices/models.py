"""Steps 7 and 8: roles and users, the instruction of each role, practice, channels, announcements, what was read, offers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench import clock
from workbench.database import Base, UTCDateTime, Versioned
from workbench.people.models import Person
from workbench.practices.rules import InstructionKind, QuestionState, question_state
from workbench.registers.models import Record


class PracticeRole(Record, Base):
    """Who works by the new practice, and what changes for them."""

    __tablename__ = "practice_role"

    name: Mapped[str] = mapped_column(String(120))
    is_critical: Mapped[bool] = mapped_column(Boolean, default=False)
    changes: Mapped[str] = mapped_column(Text, default="")
    headcount: Mapped[int | None] = mapped_column(Integer)


class PracticeUser(Record, Base):
    """One person in one role: a member of the team, or somebody by name."""

    __tablename__ = "practice_user"

    role_id: Mapped[int] = mapped_column(ForeignKey("practice_role.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(120), default="")
    hub: Mapped[str] = mapped_column(String(30), default="")
    is_occasional: Mapped[bool] = mapped_column(Boolean, default=False)
    is_champion: Mapped[bool] = mapped_column(Boolean, default=False)


class OfferComparison(Record, Base):
    """Two or more offers of one thing, compared at the usage expected of one line and over a range of use.

    `uses` names lines with the use of each, one a row: name; use. `lines` is how many lines the account has.
    """

    __tablename__ = "offer_comparison"

    title: Mapped[str] = mapped_column(String(200))
    usage: Mapped[str] = mapped_column(String(20), default="0")
    unit: Mapped[str] = mapped_column(String(40), default="")
    lines: Mapped[int | None] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Text, default="")
    currency: Mapped[str | None] = mapped_column(String(3))
    use_from: Mapped[str | None] = mapped_column(String(20))
    use_to: Mapped[str | None] = mapped_column(String(20))
    use_step: Mapped[str | None] = mapped_column(String(20))
    uses: Mapped[str | None] = mapped_column(Text)


class OfferLine(Record, Base):
    """One offer of a comparison; amounts are decimals kept as text, per line and month.

    `account_fee` is paid once for all lines; `fees` holds more of them, one a row: name; amount; line or account. `tiers`
    holds prices beyond the allowance, one a row: up to; price, the last one without an end.
    """

    __tablename__ = "offer_line"

    comparison_id: Mapped[int] = mapped_column(ForeignKey("offer_comparison.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    price: Mapped[str] = mapped_column(String(20))
    fee: Mapped[str] = mapped_column(String(20), default="")
    allowance: Mapped[str] = mapped_column(String(20), default="")
    overage: Mapped[str] = mapped_column(String(20), default="")
    seen_in: Mapped[str] = mapped_column(String(300), default="")
    account_fee: Mapped[str | None] = mapped_column(String(20))
    allowance_per: Mapped[str | None] = mapped_column(String(10))  # line or account; None as line
    fees: Mapped[str | None] = mapped_column(Text)
    tiers: Mapped[str | None] = mapped_column(Text)


class WorkInstruction(Versioned, Base):
    """How one role does the new practice, on one page; `edition` rises with each published text."""

    __tablename__ = "work_instruction"
    __table_args__ = (UniqueConstraint("project_id", "code"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    code: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(120), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    edition: Mapped[int] = mapped_column(Integer, default=1)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("practice_role.id"))
    kind: Mapped[str | None] = mapped_column(String(20))
    offer_comparison_id: Mapped[int | None] = mapped_column(ForeignKey("offer_comparison.id"))

    @property
    def is_policy(self) -> bool:
        """Whether it says what may be sold."""
        return self.kind == InstructionKind.SELLING_POLICY


class InstructionEdition(Base):
    """One published text of a work instruction. Never changes. The writer is not known of texts older than this table."""

    __tablename__ = "instruction_edition"
    __table_args__ = (UniqueConstraint("instruction_id", "number"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    instruction_id: Mapped[int] = mapped_column(ForeignKey("work_instruction.id"))
    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(120), default="")
    role_id: Mapped[int | None] = mapped_column(ForeignKey("practice_role.id"))
    body: Mapped[str] = mapped_column(Text, default="")
    what_changed: Mapped[str] = mapped_column(Text, default="")
    written_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    written_by: Mapped[Person | None] = relationship(lazy="raise")


class InstructionApproval(Base):
    """The signature under one edition, by somebody who did not write it. Never changes."""

    __tablename__ = "instruction_approval"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("instruction_edition.id"), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    signed_name: Mapped[str] = mapped_column(String(120))
    meaning: Mapped[str] = mapped_column(String(300))
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Acknowledgement(Base):
    """One user has read one edition: said by themselves, or recorded on their behalf with the reason. Never changes."""

    __tablename__ = "acknowledgement"
    __table_args__ = (UniqueConstraint("edition_id", "user_id"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("instruction_edition.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("practice_user.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    meaning: Mapped[str] = mapped_column(String(300))
    on_behalf: Mapped[bool] = mapped_column(Boolean, default=False)
    reason: Mapped[str] = mapped_column(Text, default="")
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))


class PracticeTask(Record, Base):
    """What a role does once, under the eyes of somebody else, before the new practice counts."""

    __tablename__ = "practice_task"

    role_id: Mapped[int] = mapped_column(ForeignKey("practice_role.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    steps: Mapped[str] = mapped_column(Text, default="")
    in_sandbox: Mapped[bool] = mapped_column(Boolean, default=True)
    instruction_id: Mapped[int | None] = mapped_column(ForeignKey("work_instruction.id"))


class TaskDone(Base):
    """A practice task done by a user and seen by somebody else. Never changes."""

    __tablename__ = "task_done"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("practice_task.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("practice_user.id"), index=True)
    done_on: Mapped[date] = mapped_column(Date)
    observer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    in_sandbox: Mapped[bool] = mapped_column(Boolean, default=True)
    note: Mapped[str] = mapped_column(Text, default="")
    observer: Mapped[Person] = relationship(lazy="raise")


class Competence(Record, Base):
    """How well a user masters one skill, seen by whom, shown by what."""

    __tablename__ = "competence"

    user_id: Mapped[int] = mapped_column(ForeignKey("practice_user.id"), index=True)
    skill: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(20))
    assessed_on: Mapped[date] = mapped_column(Date)
    assessed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))


class Question(Record, Base):
    """A question about the new practice and, once given, its answer; the useful ones are the FAQ."""

    __tablename__ = "question"

    asked_on: Mapped[date] = mapped_column(Date)
    asked_by: Mapped[str] = mapped_column(String(120), default="")
    hub: Mapped[str] = mapped_column(String(30), default="")
    question: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_on: Mapped[date | None] = mapped_column(Date)
    is_faq: Mapped[bool] = mapped_column(Boolean, default=False)

    @property
    def days(self) -> int:
        """How many days it waited for its answer, or waits by now."""
        return ((self.answered_on or clock.today()) - self.asked_on).days

    @property
    def state(self) -> QuestionState:
        """Answered, open, or open for too long."""
        return question_state(self.asked_on, self.answered_on, clock.today())


class SupportContact(Record, Base):
    """Whom to ask, when, and what to do when the new practice fails; tested once before it counts."""

    __tablename__ = "support_contact"

    who: Mapped[str] = mapped_column(String(200))
    channel: Mapped[str] = mapped_column(String(200), default="")
    hours: Mapped[str] = mapped_column(String(120), default="")
    procedure: Mapped[str] = mapped_column(Text, default="")
    tested_on: Mapped[date | None] = mapped_column(Date)
    tested_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    result: Mapped[str] = mapped_column(String(20), default="")


class Channel(Record, Base):
    """One way on which one message reaches one audience, why this one, and what sending it costs."""

    __tablename__ = "channel"

    message: Mapped[str] = mapped_column(String(200))
    audience: Mapped[str] = mapped_column(String(200))
    channel: Mapped[str] = mapped_column(String(120))
    criterion: Mapped[str] = mapped_column(String(300), default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    cadence: Mapped[str] = mapped_column(String(120), default="")
    minutes_per_month: Mapped[int | None] = mapped_column(Integer)
    is_primary: Mapped[bool] = mapped_column(Boolean, default=False)


class Announcement(Record, Base):
    """What was told to whom, on which way, and about which edition."""

    __tablename__ = "announcement"

    sent_on: Mapped[date] = mapped_column(Date)
    audience: Mapped[str] = mapped_column(String(200))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channel.id"))
    text: Mapped[str] = mapped_column(Text)
    instruction_id: Mapped[int | None] = mapped_column(ForeignKey("work_instruction.id"))
    edition_number: Mapped[int | None] = mapped_column(Integer)
    tells_old_way_stop: Mapped[bool] = mapped_column(Boolean, default=False)
    go_live_on: Mapped[date | None] = mapped_column(Date)


class Reminder(Record, Base):
    """What is called to mind again, to whom and when, until the habit is there."""

    __tablename__ = "reminder"

    due_on: Mapped[date] = mapped_column(Date)
    audience: Mapped[str] = mapped_column(String(200))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channel.id"))
    what: Mapped[str] = mapped_column(Text)
    done_on: Mapped[date | None] = mapped_column(Date)


class OldWay(Record, Base):
    """An old way of working: when it stops, what is disabled for that, and how it was told."""

    __tablename__ = "old_way"

    what: Mapped[str] = mapped_column(String(300))
    stops_on: Mapped[date | None] = mapped_column(Date)
    disabled: Mapped[str] = mapped_column(Text, default="")
    exceptions: Mapped[str] = mapped_column(Text, default="")
    told_on: Mapped[date | None] = mapped_column(Date)
    announcement_id: Mapped[int | None] = mapped_column(ForeignKey("announcement.id"))
    closed_on: Mapped[date | None] = mapped_column(Date)
