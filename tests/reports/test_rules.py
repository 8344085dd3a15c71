"""Which days and spans a period tells of."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from workbench.reports.rules import Period

MAY = Period(date(2026, 5, 1), date(2026, 5, 31))


@pytest.mark.parametrize(
    ("first", "last", "is_told"),
    [
        (date(2026, 4, 1), date(2026, 6, 30), True),  # all through it
        (date(2026, 4, 1), datetime(2026, 5, 1, 8, tzinfo=UTC), True),
        (date(2026, 5, 31), None, True),
        (date(2026, 6, 1), None, False),
        (date(2026, 4, 1), date(2026, 4, 30), False),
    ],
)
def test_what_went_on_within_a_period_is_told(first: date, last: date | None, is_told: bool) -> None:
    assert MAY.meets(first, last) is is_told
