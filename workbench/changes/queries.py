"""Named reads about requests for change."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from workbench.changes.models import RequestForChange
from workbench.database import db


def requests_for_change(project_id: int) -> Sequence[RequestForChange]:
    """The requests for change of a project in the order in which they were drafted."""
    wanted = select(RequestForChange).where(RequestForChange.project_id == project_id)
    return db.session.scalars(wanted.order_by(RequestForChange.id)).all()


def request_for_change(project_id: int, request_id: int) -> RequestForChange | None:
    """One request for change of this project."""
    return db.session.scalar(
        select(RequestForChange).where(RequestForChange.project_id == project_id, RequestForChange.id == request_id)
    )
