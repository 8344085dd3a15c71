"""The pure rules: offers at a usage, who has practised, how much was read, how old a question is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from workbench.practices import rules
from workbench.practices.rules import Done, Offer, Practice, QuestionState, RoleNamed

PRICE = D("10.00")  # d: the price of data only; unlimited costs two more


def data_only(fee: str, over: str = "0") -> Offer:
    return Offer("data only", PRICE, D(fee), D(5), D(over))


UNLIMITED = Offer("unlimited", PRICE + 2)


@pytest.mark.parametrize(
    ("fee", "over", "beyond", "cheaper", "gap"),
    [
        ("2.50", "0", "0", "unlimited", "0.50"),
        ("1.50", "0", "0", "data only", "0.50"),
        ("1.50", "1", "1", "unlimited", "0.50"),
        ("2", "0", "0", "data only", "0"),  # break-even: both cost the same
    ],
)
def test_phone_bundle_is_reckoned_as_in_the_golden_case(fee: str, over: str, beyond: str, cheaper: str, gap: str) -> None:
    usage = D(5) + D(beyond)
    cheap, dear = rules.ranked([data_only(fee, over), UNLIMITED], usage)
    assert (cheap.name, rules.saving(cheap, dear, usage)) == (cheaper, D(gap))


@pytest.mark.parametrize("beyond", range(0, 40, 3))
@pytest.mark.parametrize("fee", ["2.01", "2.50", "9"])
def test_unlimited_is_cheaper_for_every_fee_above_two(fee: str, beyond: int) -> None:
    assert rules.ranked([data_only(fee, "1"), UNLIMITED], D(5 + beyond))[0] == UNLIMITED


def test_hidden_part_is_the_fee_and_the_use_over_the_allowance() -> None:
    offer = data_only("1.50", "1")
    assert (offer.hidden(D(4)), offer.hidden(D(7)), offer.cost(D(7))) == (D("1.50"), D("3.50"), D("13.50"))


def test_break_even_fee_is_two_at_the_allowance_and_none_where_the_overage_is_dearer() -> None:
    assert rules.break_even_fee(data_only("2.50", "1"), UNLIMITED, D(5)) == D(2)
    assert rules.break_even_fee(data_only("2.50", "1"), UNLIMITED, D(9)) is None


@pytest.mark.parametrize(
    ("fee", "over", "met"), [("2", "0", D(0)), ("1.50", "1", D("5.5")), ("2.50", "1", None), ("1.50", "0", None)]
)
def test_break_even_usage_is_where_both_cost_the_same(fee: str, over: str, met: D | None) -> None:
    assert rules.break_even_usage(data_only(fee, over), UNLIMITED) == met
    assert rules.break_even_usage(UNLIMITED, data_only(fee, over)) == met


def test_break_even_usage_lies_between_two_allowances() -> None:
    first, second = Offer("a", D(10), D(0), D(2), D(1)), Offer("b", D(12), D(0), D(10), D(3))
    assert rules.break_even_usage(first, second) == D(4)


@pytest.mark.parametrize(
    ("typed", "read"),
    [("2.50", D("2.50")), ("2,50", D("2.50")), ("1 000", D(1000)), ("0", D(0)), ("-1", None), ("NaN", None), ("two", None)],
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
