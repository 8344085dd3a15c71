"""Named reads about the ways forward."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from workbench.database import db
from workbench.paths.models import Path


def paths(project_id: int) -> Sequence[Path]:
    """The ways forward of a project in the order in which they were described."""
    return db.session.scalars(select(Path).where(Path.project_id == project_id).order_by(Path.id)).all()


def path(project_id: int, path_id: int) -> Path | None:
    """One way forward of this project."""
    return db.session.scalar(select(Path).where(Path.project_id == project_id, Path.id == path_id))
