"""Step 9: what is counted each week to see whether the new practice is a habit."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workbench.database import Base, Versioned


class AdoptionMeasure(Versioned, Base):
    """A behaviour that is counted, and the largest share of the old way that still counts as a habit (in percent)."""

    __tablename__ = "adoption_measure"
    __table_args__ = (UniqueConstraint("project_id", "code"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    code: Mapped[str] = mapped_column(String(10))
    behaviour: Mapped[str] = mapped_column(String(300))
    counted_from: Mapped[str] = mapped_column(String(300), default="")
    limit_percent: Mapped[int] = mapped_column(Integer, default=5)


class Reading(Versioned, Base):
    """One week's count: cases done the new way and the old way."""

    __tablename__ = "adoption_reading"
    __table_args__ = (UniqueConstraint("measure_id", "week_of"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("adoption_measure.id"))
    week_of: Mapped[date] = mapped_column(Date)
    new_way: Mapped[int] = mapped_column(Integer, default=0)
    old_way: Mapped[int] = mapped_column(Integer, default=0)
