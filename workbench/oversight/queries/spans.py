"""The days and projects that a management review looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from workbench import clock
from workbench.database import db
from workbench.oversight.rules.reviews import Figure, Row
from workbench.projects.models import Project


@dataclass(frozen=True)
class Span:
    """The days a review looks at, both included, and the projects it takes in; None: all of them."""

    first: date
    last: date
    project_ids: tuple[int, ...] | None
    review_id: int

    @property
    def start(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.first, time(), tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), tzinfo=UTC)

    @property
    def today(self) -> date:
        """The day from which what stands now is looked at."""
        return clock.today()

    def holds(self, column: Any) -> ColumnElement[bool]:
        """That a moment lies in the period."""
        found: ColumnElement[bool] = (column >= self.start) & (column < self.end)
        return found

    def has_day(self, column: Any) -> ColumnElement[bool]:
        """That a day lies in the period."""
        found: ColumnElement[bool] = column.between(self.first, self.last)
        return found

    def of(self, model: Any, *columns: Any, project_id: Any = None) -> Select[Any]:
        """The key of the project and these columns, of the projects in scope.

        `project_id` is the column that names the project where the model has none of its own; the caller joins its table.
        """
        wanted = select(Project.key, *columns).select_from(model)
        if project_id is None:
            wanted = wanted.join(Project, Project.id == model.project_id)
        if self.project_ids is not None:
            wanted = wanted.where(Project.id.in_(self.project_ids))
        return wanted


Read = Callable[[Span], Iterable[Row] | Figure]


def found(wanted: Any) -> list[Any]:
    """The rows of a select."""
    return list(db.session.execute(wanted))


def iso(day: date | datetime | None) -> str:
    """A day as a snapshot keeps it."""
    if day is None:
        return ""
    return (day.date() if isinstance(day, datetime) else day).isoformat()
