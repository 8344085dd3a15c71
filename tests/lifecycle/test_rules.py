"""The nine steps, walked on paper: which decisions lead where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workbench.checklists.library import pack
from workbench.checklists.rules import GATES_PACK
from workbench.lifecycle.gates import CHECKS
from workbench.lifecycle.models import GateDecision
from workbench.lifecycle.queries import StepLine, current_step, passed_steps, walked
from workbench.lifecycle.rules import ALSO, PASSING, Outcome, may_start
from workbench.lifecycle.steps import STEPS, step

OPENED = datetime(2026, 1, 1, tzinfo=UTC)
LETTERS = {"upcoming": "-", "current": "c", "passed": "P", "held": "h", "stopped": "X"}


def decisions(text: str) -> list[GateDecision]:
    """“1P 2h 2<1”: gate 1 passed, gate 2 held, from gate 2 back to 1; C is a pass with conditions, X a stop."""
    outcomes = {"P": "pass", "C": "pass_with_conditions", "h": "hold", "<": "back", "X": "stop"}
    return [
        GateDecision(
            number=number,
            step=int(each[0]),
            outcome=outcomes[each[1]],
            back_to=int(each[2]) if each[1] == "<" else None,
            decided_at=OPENED + timedelta(days=number),
        )
        for number, each in enumerate(text.split(), start=1)
    ]


def states(steps: list[StepLine]) -> str:
    return "".join(LETTERS[each.state.value] for each in steps)


def passes(steps: list[StepLine]) -> str:
    return "".join(str(each.pass_number) for each in steps)


@pytest.mark.parametrize(
    ("taken", "state", "pass_numbers", "current"),
    [
        ("", "c--------", "111111111", 1),
        ("1P", "Pc-------", "111111111", 2),
        ("1C", "Pc-------", "111111111", 2),
        ("1h", "h--------", "111111111", 1),
        ("1h 1P", "Pc-------", "111111111", 2),
        ("1h 1h 1X", "X--------", "111111111", 1),
        ("1P 2P 3X", "PPX------", "111111111", 3),
        ("1P 2<1", "c--------", "221111111", 1),
        ("1P 2<1 1P", "Pc-------", "221111111", 2),
        ("1P 2P 3P 4P 5<4", "PPPc-----", "111221111", 4),
        ("1P 2P 3P 4P 5h 5<4", "PPPc-----", "111221111", 4),
        ("1P 2P 3P 4P 5<4 4P 5<3", "PPc------", "112331111", 3),
        ("1P 2P 3P 4P 5<3 3P", "PPPc-----", "112221111", 4),
        ("1P 2P 3P 4P 5P 6P", "PPPPPPcc-", "111111111", 7),
        ("1P 2P 3P 4P 5P 6P 8P", "PPPPPPcP-", "111111111", 7),
        ("1P 2P 3P 4P 5P 6P 7P", "PPPPPPPc-", "111111111", 8),
        ("1P 2P 3P 4P 5P 6P 8P 7P", "PPPPPPPPc", "111111111", 9),
        ("1P 2P 3P 4P 5P 6P 7P 8P 9P", "PPPPPPPPP", "111111111", 9),
        ("1P 2P 3P 4P 5P 6P 7P 8<7", "PPPPPPcc-", "111111221", 7),
        ("1P 2P 3P 4P 5P 6P 7P 8P 9<8", "PPPPPPPc-", "111111122", 8),
        ("1P 2P 3P 4P 5P 6P 7P 8P 9<7", "PPPPPPcc-", "111111222", 7),
        ("1P 2P 3P 4P 5P 6P 8P 7<6", "PPPPPc---", "111112221", 6),
        ("1P 2P 3P 4P 5P 6P 7P 8P 9<1", "c--------", "222222222", 1),
    ],
)
def test_steps_stand_where_the_decisions_leave_them(taken: str, state: str, pass_numbers: str, current: int) -> None:
    steps = walked(decisions(taken), OPENED)
    assert (states(steps), passes(steps), current_step(steps)) == (state, pass_numbers, current)
    assert passed_steps(steps) == {number for number, letter in enumerate(state, start=1) if letter == "P"}


def test_loop_back_keeps_both_passes_with_their_decisions_and_times() -> None:
    steps = walked(decisions("1P 2P 3P 4P 5<4 4P 5P"), OPENED)
    first, second = steps[3].passes
    assert [[each.number for each in one.decisions] for one in (first, second)] == [[4], [6]]
    assert (first.opened_at, first.closed_at) == (OPENED + timedelta(days=3), OPENED + timedelta(days=4))
    assert (second.opened_at, second.closed_at) == (OPENED + timedelta(days=5), OPENED + timedelta(days=6))
    assert [[each.number for each in one.decisions] for one in steps[4].passes] == [[5], [7]]
    assert steps[4].last_decision.number == 7


def test_seven_and_eight_may_overlap_and_nine_needs_both() -> None:
    six = frozenset(range(1, 7))
    assert [number for number in range(1, 10) if may_start(number, six) and number not in six] == [7, 8]
    assert [may_start(9, six | {7}), may_start(9, six | {8}), may_start(9, six | {7, 8})] == [False, False, True]


@pytest.mark.parametrize("number", range(1, 10))
def test_step_may_not_start_before_those_it_needs(number: int) -> None:
    needed = set(range(1, number)) - ({7} if number == 8 else set())
    for left_out in needed:
        assert may_start(number, frozenset(needed - {left_out})) is False
    assert may_start(number, frozenset(needed)) is True


def test_every_condition_of_a_step_is_a_function_of_the_gates() -> None:
    assert {name for each in STEPS for name in each.conditions} == set(CHECKS)


def test_steps_have_the_numbers_and_keys_of_the_pack() -> None:
    gates = pack(GATES_PACK)
    assert [(each.number, each.key) for each in STEPS] == [(each.number, each.key) for each in gates.steps]


def test_further_outcomes_of_the_pack_are_all_known() -> None:
    named = {outcome for each in pack(GATES_PACK).steps for outcome in each.decisions}
    others = {each for each in named if not each.startswith("back_to_S")}
    assert others - {*Outcome, *ALSO} == set()


@pytest.mark.parametrize("number", [0, 10, -1])
def test_step_that_is_not_there(number: int) -> None:
    with pytest.raises(IndexError):
        step(number)


def test_two_outcomes_pass() -> None:
    assert {Outcome.PASS, Outcome.PASS_WITH_CONDITIONS} == PASSING
