"""The only place that asks the time: UTC, with a fixed clock for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime

_fixed: datetime | None = None
_looked_from: ContextVar[datetime | None] = ContextVar("looked_from", default=None)


def fix(moment: datetime | None) -> None:
    """Hold the clock at `moment` (aware, UTC); `None` lets it run again. Only the settings of a
    testing app call this, and the demo while it tells its story of ten weeks."""
    global _fixed
    _fixed = moment


@contextmanager
def as_of(moment: datetime) -> Iterator[None]:
    """Read as it was at `moment`: a report counts every age from its checkpoint, whenever it is built."""
    before = _looked_from.set(moment)
    try:
        yield
    finally:
        _looked_from.reset(before)


def now() -> datetime:
    """The time now, aware, in UTC, to the microsecond."""
    held = _looked_from.get() or _fixed
    return held if held is not None else datetime.now(UTC)  # noqa: TID251 - the one place


def today() -> date:
    """Today's date in UTC."""
    return now().date()
