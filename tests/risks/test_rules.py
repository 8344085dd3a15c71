"""The scales and levels of risks."""

from __future__ import annotations

import pytest

from workbench.risks.rules import IMPACTS, LIKELIHOODS, Level, level, remaining, score


def test_score_is_the_product() -> None:
    assert [score(3, 4), score(1, 5), score(5, 5)] == [12, 5, 25]


@pytest.mark.parametrize(
    ("likelihood", "expected"),
    [
        (1, ["low", "low", "low", "low", "high"]),
        (2, ["low", "low", "medium", "medium", "high"]),
        (3, ["low", "medium", "medium", "high", "critical"]),
        (4, ["low", "medium", "high", "critical", "critical"]),
        (5, ["medium", "high", "critical", "critical", "critical"]),
    ],
)
def test_level_of_every_cell(likelihood: int, expected: list[str]) -> None:
    assert [level(likelihood, impact).value for impact in IMPACTS] == expected


def test_severe_impact_is_never_below_high() -> None:
    assert {level(each, 5) for each in LIKELIHOODS} == {Level.HIGH, Level.CRITICAL}


def test_what_is_not_rated_anew_stays() -> None:
    assert [remaining(4, 3, None, None), remaining(4, 3, 1, None), remaining(4, 3, 1, 2)] == [(4, 3), (1, 3), (1, 2)]
