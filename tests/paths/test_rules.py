"""The arithmetic of the decision matrix."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.paths import rules

WEIGHTS = st.dictionaries(st.integers(1, 6), st.integers(1, 100), min_size=1, max_size=6)


@st.composite
def matrices(draw: st.DrawFn) -> tuple[dict[int, int], dict[int, dict[int, int]]]:
    """Weights, and one to six paths scored on every criterion."""
    weights = draw(WEIGHTS)
    scores = st.fixed_dictionaries({each: st.integers(0, rules.HIGHEST) for each in weights})
    return weights, draw(st.dictionaries(st.integers(1, 9), scores, min_size=1, max_size=6))


def test_total_weighs_each_score() -> None:
    assert rules.total({1: 40, 2: 10}, {1: 3, 2: 5}) == 170


@pytest.mark.parametrize(("weights", "scores"), [({1: 40, 2: 10}, {1: 3}), ({}, {}), ({}, {1: 5})])
def test_total_waits_for_every_criterion(weights: dict[int, int], scores: dict[int, int]) -> None:
    assert rules.total(weights, scores) is None


def test_ranks_share_a_place() -> None:
    assert rules.ranks({1: 170, 2: 200, 3: 170, 4: 90}) == {2: 1, 1: 2, 3: 2, 4: 4}


def test_winners_name_a_tie() -> None:
    assert rules.winners({1: 10, 2: 10}, {1: {1: 5, 2: 0}, 2: {1: 0, 2: 5}, 3: {1: 2, 2: 2}}) == {1, 2}


def test_sensitivity_finds_the_weight_that_decides() -> None:
    table = {1: {1: 5, 2: 0}, 2: {1: 0, 2: 5}}
    assert rules.sensitivity({1: 52, 2: 50}, table) == [
        rules.Shift(1, 9, frozenset({2}), True), rules.Shift(1, 11, frozenset({1}), False),
        rules.Shift(2, 9, frozenset({1}), False), rules.Shift(2, 11, frozenset({2}), True),
    ]


def test_sensitivity_names_a_tie_that_a_shift_makes() -> None:
    table = {1: {1: 5, 2: 0}, 2: {1: 0, 2: 5}}
    less = rules.sensitivity({1: 100, 2: 90}, table)[0]
    assert (less.first, less.is_changed) == ({1, 2}, True)


def test_sensitivity_of_nothing_scored_is_empty() -> None:
    assert rules.sensitivity({1: 10}, {1: {}}) == []


@given(matrices())
def test_sum_stays_within_its_bounds(found: tuple[dict[int, int], dict[int, dict[int, int]]]) -> None:
    weights, table = found
    assert all(0 <= each <= rules.HIGHEST * sum(weights.values()) for each in rules.totals(weights, table).values())


@given(matrices(), st.integers(1, 9))
def test_winners_do_not_hang_on_the_unit_of_the_weights(
    found: tuple[dict[int, int], dict[int, dict[int, int]]], factor: int
) -> None:
    weights, table = found
    assert rules.winners({each: weight * factor for each, weight in weights.items()}, table) == rules.winners(weights, table)


@given(matrices())
def test_first_place_is_held_by_the_winners(found: tuple[dict[int, int], dict[int, dict[int, int]]]) -> None:
    weights, table = found
    places = rules.ranks(rules.totals(weights, table))
    assert {path for path, place in places.items() if place == 1} == rules.winners(weights, table)


@given(matrices())
def test_sensitivity_agrees_with_exact_fractions(found: tuple[dict[int, int], dict[int, dict[int, int]]]) -> None:
    weights, table = found
    now = rules.winners(weights, table)
    for shift in rules.sensitivity(weights, table):
        moved = {each: Fraction(weight) for each, weight in weights.items()}
        moved[shift.criterion] *= Fraction(shift.tenths, 10)
        sums = {path: sum(moved[each] * value for each, value in scores.items()) for path, scores in table.items()}
        first = {path for path, value in sums.items() if value == max(sums.values())}
        assert (shift.first, shift.is_changed) == (first, first != now)


@given(matrices())
def test_better_score_never_lowers_a_path(found: tuple[dict[int, int], dict[int, dict[int, int]]]) -> None:
    weights, table = found
    path, criterion = next(iter(table)), next(iter(weights))
    before = rules.ranks(rules.totals(weights, table))[path]
    better = {**table, path: {**table[path], criterion: rules.HIGHEST}}
    assert rules.ranks(rules.totals(weights, better))[path] <= before


@pytest.mark.parametrize("name", ["", "7", "7:", ":export", "x:export", "-1:export", "²:export"])
def test_name_of_no_capability_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        rules.tool_and_kind(name)


def test_capability_is_named_and_read_back() -> None:
    assert rules.tool_and_kind(rules.capability(7, "export")) == (7, "export")


def test_codes_stand_in_the_order_of_their_numbers() -> None:
    assert rules.in_order(["P10", "P2", "P0"]) == ["P0", "P2", "P10"]
