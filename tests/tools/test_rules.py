"""The age of a limitation in whole months."""

from __future__ import annotations

from datetime import date

import pytest

from workbench.tools.rules import whole_months


@pytest.mark.parametrize(
    ("since", "months"),
    [
        (date(2026, 3, 10), 0), (date(2026, 2, 10), 1), (date(2026, 2, 11), 0), (date(2023, 1, 10), 38),
        (date(2023, 1, 11), 37), (date(2026, 4, 1), 0),
    ],
)
def test_whole_months_count_only_full_ones(since: date, months: int) -> None:
    assert whole_months(since, date(2026, 3, 10)) == months
