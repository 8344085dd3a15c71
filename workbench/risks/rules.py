"""How risks are rated: likelihood × impact on scales of five, the levels that follow, and who may accept which."""

from __future__ import annotations

from enum import StrEnum

from workbench.people.rules import Function

LIKELIHOODS = (1, 2, 3, 4, 5)
IMPACTS = (1, 2, 3, 4, 5)
SEVERE = 5  # an impact of this size is never rated below high, however unlikely


class Level(StrEnum):
    """How heavy a risk is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


LEVELS = tuple(Level)
# The lowest score of each level, the heaviest first.
FROM: dict[Level, int] = {Level.CRITICAL: 15, Level.HIGH: 10, Level.MEDIUM: 5, Level.LOW: 1}


class Treatment(StrEnum):
    """What is done about a risk."""

    AVOID = "avoid"
    REDUCE = "reduce"
    SHARE = "share"
    ACCEPT = "accept"


class Acceptance(StrEnum):
    """Whether somebody accepted what remains of a risk."""

    NONE = "none"
    ACCEPTED = "accepted"
    CHANGED = "changed"  # accepted, and the risk was changed since
    OVER = "over"  # accepted until a day that has passed


# Who may accept what remains of a risk; whoever answers for more may also accept less.
ACCEPTORS: dict[Level, frozenset[Function]] = {
    Level.LOW: frozenset({Function.PROCESS_OWNER, Function.PROJECT_MANAGER, Function.SPONSOR}),
    Level.MEDIUM: frozenset({Function.PROJECT_MANAGER, Function.SPONSOR}),
    Level.HIGH: frozenset({Function.SPONSOR}),
    Level.CRITICAL: frozenset({Function.SPONSOR}),
}
HEAVY = frozenset({Level.HIGH, Level.CRITICAL})  # what a gate asks an acceptance for


def score(likelihood: int, impact: int) -> int:
    """The product of both."""
    return likelihood * impact


def level(likelihood: int, impact: int) -> Level:
    """The level of the score; an impact of 5 is never below high."""
    found = next(each for each, least in FROM.items() if score(likelihood, impact) >= least)
    return Level.HIGH if impact >= SEVERE and found in (Level.LOW, Level.MEDIUM) else found


def remaining(likelihood: int, impact: int, residual_likelihood: int | None, residual_impact: int | None) -> tuple[int, int]:
    """(likelihood, impact) after the measures; what is not rated anew stays as it was."""
    return residual_likelihood or likelihood, residual_impact or impact
