"""Named reads about the checklists of one occasion, such as an audit."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from workbench.checklists.models import Checklist
from workbench.database import db


def checklists_of_occasion(project_id: int, occasion: str) -> Sequence[Checklist]:
    """The checklists of a project that were started for an occasion, oldest first."""
    wanted = select(Checklist).where(Checklist.project_id == project_id, Checklist.occasion == occasion)
    return db.session.scalars(wanted.order_by(Checklist.id)).all()
