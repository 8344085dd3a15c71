"""States and outcomes of steps and gates."""

from __future__ import annotations

from enum import StrEnum


class StepState(StrEnum):
    """How a step stands on the rail."""

    UPCOMING = "upcoming"
    CURRENT = "current"
    PASSED = "passed"
    HELD = "held"
    STOPPED = "stopped"
    REOPENED = "reopened"  # passed, then relapsed: to be decided again


class Outcome(StrEnum):
    """What a gate decision says."""

    PASS = "pass"
    PASS_WITH_CONDITIONS = "pass_with_conditions"
    HOLD = "hold"
    BACK = "back"
    STOP = "stop"


PASSING = frozenset({Outcome.PASS, Outcome.PASS_WITH_CONDITIONS})
# Outcomes of the gates pack that are noted beside the decision.
ALSO = ("wait_for_vendor", "skip_with_reason", "roll_back", "semi_automation", "close", "close_with_actions")


SKIPPABLE = (2,)  # steps an expert may skip, each failing criterion that may be waived set aside with one signature


class Result(StrEnum):
    """How one gate condition stands."""

    PASS = "pass"
    FAIL = "fail"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"


def may_start(step: int, passed: frozenset[int]) -> bool:
    """Whether a step may be decided: earlier ones passed; 7 and 8 may overlap; 9 needs both (product.md §6)."""
    return set(needed_before(step)) <= passed


def needed_before(step: int) -> tuple[int, ...]:
    """The steps that are passed before this one may be decided."""
    return tuple(each for each in range(1, step) if (step, each) != (8, 7))


def may_hold_up(of: int, at: int) -> bool:
    """Whether an overdue condition of one gate keeps another from passing: its own, earlier ones, and 8 beside 7."""
    return of <= at or (of, at) == (8, 7)


def criterion_code(step: int, key: str) -> str:
    """How people name a criterion of a gate: an item by its code, what the system measures by the gate, such as G3."""
    return key.removeprefix("item:") if key.startswith("item:") else f"G{step}"
