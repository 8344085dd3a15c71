"""Step 9: what is counted each week, what was seen and answered, and what came of it all."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench.adoption.rules import CountSource, Verdict, difference
from workbench.database import Base, UTCDateTime, Versioned
from workbench.inquiry.models import Baseline
from workbench.people.models import Person
from workbench.registers.models import Record


class AdoptionMeasure(Versioned, Base):
    """A behaviour that is counted, and the largest share of the old way that still counts as a habit (in percent).

    Without a window of its own the project's thresholds hold.
    """

    __tablename__ = "adoption_measure"
    __table_args__ = (UniqueConstraint("project_id", "code"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    code: Mapped[str] = mapped_column(String(10))
    behaviour: Mapped[str] = mapped_column(String(300))
    counted_from: Mapped[str] = mapped_column(String(300), default="")
    limit_percent: Mapped[int] = mapped_column(Integer, default=5)
    source: Mapped[str | None] = mapped_column(String(10))
    baseline_id: Mapped[int | None] = mapped_column(ForeignKey("baseline.id"))
    window_weeks: Mapped[int | None] = mapped_column(Integer)
    needed_weeks: Mapped[int | None] = mapped_column(Integer)
    cadence: Mapped[str | None] = mapped_column(String(20))
    population_of: Mapped[str | None] = mapped_column(String(200))  # the roles and hubs whose behaviour it is
    population: Mapped[int | None] = mapped_column(Integer)


class Reading(Versioned, Base):
    """One week's count: cases done the new way and the old way."""

    __tablename__ = "adoption_reading"
    __table_args__ = (UniqueConstraint("measure_id", "week_of"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("adoption_measure.id"))
    week_of: Mapped[date] = mapped_column(Date)
    new_way: Mapped[int] = mapped_column(Integer, default=0)
    old_way: Mapped[int] = mapped_column(Integer, default=0)
    errors: Mapped[int | None] = mapped_column(Integer)
    minutes: Mapped[int | None] = mapped_column(Integer)
    source: Mapped[str | None] = mapped_column(String(10), default=CountSource.TYPED)
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    corrected_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Relapse(Base):
    """The week in which a closed project's habit was lost again; step 9 is open from then on. Never changes."""

    __tablename__ = "relapse"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("adoption_measure.id"))
    week_of: Mapped[date] = mapped_column(Date)
    limit_percent: Mapped[int] = mapped_column(Integer)
    within: Mapped[int] = mapped_column(Integer)
    weeks: Mapped[int] = mapped_column(Integer)
    needed: Mapped[int] = mapped_column(Integer)
    window: Mapped[int] = mapped_column(Integer)
    sentence: Mapped[str] = mapped_column(Text)  # as it was told to the person who noted the count
    noted_at: Mapped[datetime] = mapped_column(UTCDateTime)

    @property
    def verdict(self) -> Verdict:
        """What was found then, so that it can be told in any language."""
        return Verdict(self.limit_percent, self.within, self.weeks, self.needed, self.window)


class LadderObservation(Base):
    """Somebody saw a user work the new way, or saw that it is a habit. Never changes; a later one counts beside it."""

    __tablename__ = "ladder_observation"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("practice_user.id"))
    level: Mapped[str] = mapped_column(String(20))
    seen_on: Mapped[date] = mapped_column(Date)
    seen_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(Text)


class Survey(Versioned, Base):
    """The twelve statements, and the four perspectives, put to a project's people once. The link is kept as a hash only."""

    __tablename__ = "survey"
    __table_args__ = (UniqueConstraint("project_id", "code"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    code: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    opened_on: Mapped[date] = mapped_column(Date)
    closed_on: Mapped[date | None] = mapped_column(Date)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)


class SurveyAnswer(Base):
    """One answer of nobody in particular: no person, no time, and a number drawn at random, so that no order shows.

    The number is the row's place on SQLite too; that needs the type INTEGER, hence 31 bits.
    """

    __tablename__ = "survey_answer"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"), index=True)
    perspective: Mapped[str] = mapped_column(String(20))
    scores: Mapped[dict[str, Any]] = mapped_column(JSON)
    ratings: Mapped[dict[str, Any]] = mapped_column(JSON)


class SurveyTicket(Base):
    """Who was asked, and whether they answered; not when, and not what."""

    __tablename__ = "survey_ticket"
    __table_args__ = (UniqueConstraint("survey_id", "person_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answered: Mapped[bool] = mapped_column(Boolean, default=False)


class Verification(Base):
    """A second person looked at the counts and signed for them; `readings_sha256` says which counts. Never changes."""

    __tablename__ = "adoption_verification"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    verified_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    verified_by: Mapped[Person] = relationship(lazy="raise")
    functions: Mapped[list[str]] = mapped_column(JSON)
    statement: Mapped[str] = mapped_column(Text)
    readings_sha256: Mapped[str] = mapped_column(String(64))
    verified_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Benefit(Record, Base):
    """What a baseline of step 1 measures now, and what that saves."""

    __tablename__ = "benefit"

    baseline_id: Mapped[int] = mapped_column(ForeignKey("baseline.id"))
    value_now: Mapped[str] = mapped_column(String(40))
    measured_on: Mapped[date] = mapped_column(Date)
    saving: Mapped[str] = mapped_column(Text, default="")
    baseline: Mapped[Baseline] = relationship(lazy="joined", innerjoin=True)

    @property
    def before(self) -> str:
        """What was measured before anything changed, with its unit."""
        return f"{self.baseline.value} {self.baseline.unit}".strip()

    @property
    def change(self) -> str:
        """Now less before, with its sign and unit; empty where either is no number."""
        found: Decimal | None = difference(self.baseline.value, self.value_now)
        return "" if found is None else f"{found:+f} {self.baseline.unit}".strip()


class Lesson(Record, Base):
    """What happened, what is kept and what is changed because of it, and for whom."""

    __tablename__ = "lesson"

    happened: Mapped[str] = mapped_column(Text)
    keep: Mapped[str] = mapped_column(Text, default="")
    change: Mapped[str] = mapped_column(Text, default="")
    for_whom: Mapped[str] = mapped_column(String(200), default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Reevaluation(Record, Base):
    """A day on which somebody looks again whether the practice still holds."""

    __tablename__ = "reevaluation"

    due_on: Mapped[date] = mapped_column(Date)
    who_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    look_at: Mapped[str] = mapped_column(Text)
    done_on: Mapped[date | None] = mapped_column(Date)
    found: Mapped[str] = mapped_column(Text, default="")
