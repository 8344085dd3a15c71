"""Named reads about work instructions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from workbench.database import db
from workbench.practices.models import WorkInstruction


def instructions(project_id: int) -> Sequence[WorkInstruction]:
    """The work instructions of a project in the order in which they were written."""
    wanted = select(WorkInstruction).where(WorkInstruction.project_id == project_id)
    return db.session.scalars(wanted.order_by(WorkInstruction.id)).all()


def instruction(project_id: int, instruction_id: int) -> WorkInstruction | None:
    """One work instruction of this project."""
    return db.session.scalar(
        select(WorkInstruction).where(WorkInstruction.project_id == project_id, WorkInstruction.id == instruction_id)
    )
