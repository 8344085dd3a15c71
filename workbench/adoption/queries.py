"""Named reads about adoption measures and their weekly readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from workbench.adoption.models import AdoptionMeasure, Reading
from workbench.adoption.rules import Verdict, Week, verdict
from workbench.database import db


@dataclass(frozen=True)
class Counted:
    """A measure with its weeks, oldest first, and what they show."""

    measure: AdoptionMeasure
    weeks: tuple[Week, ...]
    verdict: Verdict | None


def measures(project_id: int) -> Sequence[AdoptionMeasure]:
    """The measures of a project in the order in which they were set."""
    wanted = select(AdoptionMeasure).where(AdoptionMeasure.project_id == project_id)
    return db.session.scalars(wanted.order_by(AdoptionMeasure.id)).all()


def counted(project_id: int) -> list[Counted]:
    """The measures with all their weeks and verdicts. Two queries whatever the number."""
    rows = measures(project_id)
    wanted = select(Reading).where(Reading.measure_id.in_([each.id for each in rows])).order_by(Reading.week_of)
    readings = db.session.scalars(wanted).all() if rows else []
    found = []
    for row in rows:
        weeks = tuple(
            Week(each.id, each.week_of, each.new_way, each.old_way, row.limit_percent)
            for each in readings
            if each.measure_id == row.id
        )
        found.append(Counted(row, weeks, verdict(row.limit_percent, weeks)))
    return found


def measure(project_id: int, measure_id: int) -> AdoptionMeasure | None:
    """One measure of this project."""
    return db.session.scalar(
        select(AdoptionMeasure).where(AdoptionMeasure.project_id == project_id, AdoptionMeasure.id == measure_id)
    )


def reading(measure_id: int, reading_id: int) -> Reading | None:
    """One week's count of this measure."""
    return db.session.scalar(select(Reading).where(Reading.measure_id == measure_id, Reading.id == reading_id))
