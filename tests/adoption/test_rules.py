"""The share of the old way, and when a practice counts as a habit."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from workbench.adoption.rules import (
    ITEMS,
    MOST_BARS,
    SHARE_BAND,
    Answered,
    Count,
    Criterion,
    Fault,
    Perspective,
    Plan,
    Stage,
    Verdict,
    Week,
    chart,
    difference,
    plan,
    results,
    verdict,
)

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


def test_verdict_holds_a_window_of_its_own() -> None:
    found = verdict(5, weeks(*[(80, 20)] * 2, *[(100, 0)] * 2), needed=2, window=3)
    assert found == Verdict(limit_percent=5, within=2, weeks=3, needed=2, window=3)
    assert found.is_habit


def test_plan_sorts_the_weeks_of_a_file() -> None:
    first, second = MONDAY, MONDAY + timedelta(weeks=1)
    counts = [Count(4, second, 1, 0), Count(2, first, 9, 1), Count(3, first, 8, 2)]
    found = plan(counts, [Fault(5, "x", "no")], [second], "twice")
    assert found == Plan(
        (Count(2, first, 9, 1),), (Count(4, second, 1, 0),), (Fault(3, "2026-01-05", "twice"), Fault(5, "x", "no"))
    )


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [("40", "12.5", "-27.5"), ("1,5", "2", "0.5"), ("a day", "2", None), ("1", "NaN", None), ("1 000", "900", "-100")],
)
def test_difference_is_exact_or_none(before: str, now: str, found: str | None) -> None:
    assert difference(before, now) == (None if found is None else Decimal(found))


def test_chart_before_the_first_week_is_none() -> None:
    assert chart([], 5, 8) is None


@pytest.mark.parametrize("limit", [0, 1, 5, 33, 100])
def test_bar_crosses_the_line_exactly_where_the_week_is_above_the_limit(limit: int) -> None:
    counts = [(1000 - old, old) for old in range(0, 1001, 40)] + [(0, 0)]
    for start in range(0, len(counts), MOST_BARS):
        drawn = chart(weeks(*counts[start : start + MOST_BARS], limit=limit), limit, 8)
        assert drawn is not None
        for bar in drawn.bars:
            assert (bar.share_y >= drawn.limit_y) == (bar.week.is_within or bar.week.share is None)
            assert 0 <= bar.share_height <= SHARE_BAND
            assert bar.new_y + bar.new_height == bar.old_y
            assert bar.old_y + bar.old_height == drawn.count_base


def test_chart_marks_a_return_and_shades_the_window() -> None:
    drawn = chart(weeks((90, 10), (98, 2), (80, 20), (70, 30), (99, 1), limit=5), 5, 3)
    assert drawn is not None
    assert [each.is_return for each in drawn.bars] == [False, False, True, False, False]
    shaded = [drawn.window_x < each.x < drawn.window_x + drawn.window_width for each in drawn.bars]
    assert shaded == [False, False, True, True, True]


def test_chart_leaves_a_gap_for_a_week_nobody_counted_and_shows_half_a_year() -> None:
    seen = weeks(*[(10, 0)] * 60)
    del seen[57]
    drawn = chart(seen, 5, 8)
    assert drawn is not None
    steps = [later.x - each.x for each, later in zip(drawn.bars, drawn.bars[1:], strict=False)]
    assert (len(drawn.bars), steps.count(28), steps.count(56)) == (25, 23, 1)


def answers(count: int, *, score: int = 4, perspective: Perspective = Perspective.USERS) -> list[Answered]:
    return [Answered(perspective, dict.fromkeys(ITEMS, score), dict.fromkeys(Criterion, score)) for _each in range(count)]


def test_results_of_fewer_than_four_answers_are_not_shown() -> None:
    found = results(answers(3))
    assert (found.answers, found.stages, found.index, found.weakest) == (3, None, None, None)
    assert set(found.grid.values()) == {None}


def test_results_give_stage_scores_index_and_the_weakest_stage() -> None:
    given = answers(4)
    given[0] = Answered(Perspective.USERS, {**given[0].scores, "A5": 1, "A6": 2}, given[0].ratings)
    found = results(given)
    assert found.stages == {**dict.fromkeys(Stage, Decimal("4.0")), Stage.KNOW_HOW: Decimal("3.4")}
    assert (found.index, found.weakest) == (96, Stage.KNOW_HOW)


def test_grid_shows_groups_of_four_only() -> None:
    found = results([*answers(4, score=2), *answers(3, score=5, perspective=Perspective.MANAGEMENT)])
    assert found.grid == {
        Perspective.MANAGEMENT: None, Perspective.TECHNOLOGY: None, Perspective.IT_EMPLOYEES: None,
        Perspective.USERS: dict.fromkeys(Criterion, Decimal("2.0")),
    }
