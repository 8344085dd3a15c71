"""The organisation's own scale of grades."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from workbench.database import db
from workbench.findings.models import Grade


def all_grades(*, withdrawn: bool = True) -> Sequence[Grade]:
    """Every grade in the organisation's order; without the withdrawn ones where they are not wanted."""
    wanted = select(Grade).order_by(Grade.position, Grade.id)
    return db.session.scalars(wanted if withdrawn else wanted.where(Grade.withdrawn_at.is_(None))).all()


def grade(grade_id: int | None) -> Grade | None:
    """One grade."""
    return None if grade_id is None else db.session.get(Grade, grade_id)


def grade_with_code(code: str) -> Grade | None:
    """The grade with this code, whatever its case."""
    return db.session.scalar(select(Grade).where(func.lower(Grade.code) == code.lower()))


def grade_choices(language: str) -> list[tuple[int, str]]:
    """The grades in use as a list to choose from: (id, code and label)."""
    return [(each.id, f"{each.code} – {each.label_in(language)}") for each in all_grades(withdrawn=False)]
