"""The pure rules: offers at a usage, who has practised, how much was read, how old a question is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from workbench.practices import rules
from workbench.practices.rules import Done, Practice, QuestionState, RoleNamed


@pytest.mark.parametrize(
    ("typed", "read"),
    [("2.50", D("2.50")), ("2,50", D("2.50")), ("1 000", D(1000)), ("0", D(0)), ("-1", None), ("NaN", None), ("two", None),
     ("1e17", D("1e17")), ("1e18", None), ("1e999999999", None), ("1e-999999999", None)],
)
def test_amount_reads_point_and_comma_and_nothing_below_zero(typed: str, read: D | None) -> None:
    assert rules.amount(typed) == read


def test_user_has_practised_after_every_task_and_one_in_the_sandbox() -> None:
    both = [Practice(1, in_sandbox=True), Practice(2, in_sandbox=False)]
    first, outside, second = Done(7, 1, True), Done(7, 1, False), Done(7, 2, False)
    assert [
        rules.has_practised(7, tasks, dones)
        for tasks, dones in (
            (both, [first, second]), (both, [first]), (both, [outside, second]), (both[1:], [second]), ([], []),
            (both, [Done(8, 1, True), second]),
        )
    ] == [True, False, False, False, False, False]


@pytest.mark.parametrize(
    ("part", "whole", "answer"), [(19, 20, True), (94, 100, False), (95, 100, True), (0, 0, False), (1, 1, True)]
)
def test_share_is_reached_exactly(part: int, whole: int, answer: bool) -> None:
    assert rules.reaches(part, whole, 95) is answer


def test_percentage_is_rounded_down() -> None:
    assert (rules.percentage(949, 1000), rules.percentage(2, 3), rules.percentage(0, 0)) == (94, 66, 0)


def test_question_is_old_the_day_after_its_last() -> None:
    asked = date(2026, 1, 1)
    assert [rules.is_old(asked, None, date(2026, 1, day), 14) for day in (15, 16)] == [False, True]
    assert rules.is_old(asked, date(2026, 3, 1), date(2026, 3, 2), 14) is False
    assert [rules.question_state(asked, answered, date(2026, 1, 16)) for answered in (None, date(2026, 1, 16))] == [
        QuestionState.OVERDUE, QuestionState.ANSWERED,
    ]


def test_role_is_meant_by_number_else_by_name() -> None:
    role = RoleNamed(3, "Billing clerk")
    assert [role.is_meant_by(*asked) for asked in ((3, "x"), (4, "Billing clerk"), (None, " billing  CLERK "), (None, ""))] == [
        True, False, True, False,
    ]
