"""The risks of a project, and who accepted what remains of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workbench import clock
from workbench.database import Base, UTCDateTime
from workbench.people.models import Person
from workbench.registers.models import Record
from workbench.risks.rules import Acceptance, Level, Treatment, level, remaining, score


class Risk(Record, Base):
    """What may happen, why, how likely and how bad it is before and after the measures."""

    __tablename__ = "risk"

    statement: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text, default="")
    likelihood: Mapped[int] = mapped_column(Integer)
    impact: Mapped[int] = mapped_column(Integer)
    treatment: Mapped[str] = mapped_column(String(20), default=Treatment.REDUCE)
    measures: Mapped[str] = mapped_column(Text, default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    review_on: Mapped[date | None] = mapped_column(Date)
    residual_likelihood: Mapped[int | None] = mapped_column(Integer)
    residual_impact: Mapped[int | None] = mapped_column(Integer)
    source: Mapped[str] = mapped_column(String(300), default="")
    acceptances: Mapped[list[RiskAcceptance]] = relationship(
        lazy="selectin", viewonly=True, order_by="RiskAcceptance.id"
    )

    @property
    def rated(self) -> int:
        """The score before the measures."""
        return score(self.likelihood, self.impact)

    @property
    def level(self) -> Level:
        """The level before the measures."""
        return level(self.likelihood, self.impact)

    @property
    def left(self) -> tuple[int, int]:
        """(likelihood, impact) after the measures."""
        return remaining(self.likelihood, self.impact, self.residual_likelihood, self.residual_impact)

    @property
    def residual_level(self) -> Level:
        """The level after the measures."""
        return level(*self.left)

    @property
    def newest_acceptance(self) -> RiskAcceptance | None:
        """The acceptance that counts, if there is one."""
        return self.acceptances[-1] if self.acceptances else None

    @property
    def acceptance(self) -> Acceptance:
        """Whether what remains is accepted."""
        newest = self.newest_acceptance
        if newest is None:
            return Acceptance.NONE
        if newest.until is not None and newest.until < clock.today():
            return Acceptance.OVER
        return Acceptance.ACCEPTED if newest.risk_version == self.version else Acceptance.CHANGED


class RiskAcceptance(Base):
    """Somebody accepted what remains of a risk as it was rated then. It never changes; another one may follow."""

    __tablename__ = "risk_acceptance"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    risk_id: Mapped[int] = mapped_column(ForeignKey("risk.id"), index=True)
    risk_version: Mapped[int] = mapped_column(Integer)
    likelihood: Mapped[int] = mapped_column(Integer)
    impact: Mapped[int] = mapped_column(Integer)
    score: Mapped[int] = mapped_column(Integer)
    level: Mapped[str] = mapped_column(String(10))
    function: Mapped[str] = mapped_column(String(30))
    reason: Mapped[str] = mapped_column(Text)
    until: Mapped[date | None] = mapped_column(Date)
    accepted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    accepted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    accepted_by: Mapped[Person] = relationship(lazy="raise")
