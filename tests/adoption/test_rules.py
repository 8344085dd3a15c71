"""The share of the old way, and when a practice counts as a habit."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from workbench.adoption.rules import Verdict, Week, verdict

MONDAY = date(2026, 1, 5)


def weeks(*counts: tuple[int, int], limit: int = 5) -> list[Week]:
    return [Week(at, MONDAY + timedelta(weeks=at), new, old, limit) for at, (new, old) in enumerate(counts)]


@pytest.mark.parametrize(
    ("new_way", "old_way", "share", "is_within"),
    [
        (95, 5, Decimal("5.0"), True), (94, 5, Decimal("5.1"), False), (0, 0, None, False), (40, 0, Decimal("0.0"), True),
        (0, 3, Decimal("100.0"), False), (19, 1, Decimal("5.0"), True), (1999, 105, Decimal("5.0"), True),
        (1999, 106, Decimal("5.0"), False),
    ],
)
def test_week_is_compared_exactly_with_the_limit(
    new_way: int, old_way: int, share: Decimal | None, is_within: bool
) -> None:
    (week,) = weeks((new_way, old_way))
    assert (week.share, week.is_within) == (share, is_within)


def test_verdict_before_the_first_week_is_none() -> None:
    assert verdict(5, []) is None


def test_verdict_looks_at_the_last_eight_weeks() -> None:
    found = verdict(5, weeks(*[(100, 0)] * 4, *[(50, 50)] * 5, *[(100, 0)] * 3))
    assert found == Verdict(limit_percent=5, within=3, weeks=8)


def test_verdict_counts_a_missing_week_as_not_within() -> None:
    seen = weeks(*[(100, 0)] * 8)
    del seen[2:5]
    assert verdict(5, seen) == Verdict(limit_percent=5, within=5, weeks=8)


def test_one_relapse_week_flips_the_verdict() -> None:
    good, bad = (100, 0), (80, 20)
    habit, relapse = verdict(5, weeks(*[bad] * 2, *[good] * 6)), verdict(5, weeks(*[bad] * 2, *[good] * 5, bad))
    assert habit is not None
    assert relapse is not None
    assert (habit.is_habit, relapse.is_habit) == (True, False)
