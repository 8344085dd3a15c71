"""The only place that asks the time: UTC, with a fixed clock for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime

_fixed: datetime | None = None


def fix(moment: datetime | None) -> None:
    """Hold the clock at `moment` (aware, UTC); `None` lets it run again. Only the settings of a
    testing app call this, and the demo while it tells its story of ten weeks."""
    global _fixed
    _fixed = moment


def now() -> datetime:
    """The time now, aware, in UTC, to the microsecond."""
    return _fixed if _fixed is not None else datetime.now(UTC)  # noqa: TID251 - the one place


def today() -> date:
    """Today's date in UTC."""
    return now().date()
