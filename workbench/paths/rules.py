"""Where a path stands, which verb leads where, and the arithmetic of the decision matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from workbench.flow import Flow, Transition
from workbench.people.rules import Permission as P

HIGHEST = 5  # scores go from 0 to this


class PathState(StrEnum):
    """A path is open until it is chosen, rejected, or killed by a limitation; step 5 confirms the chosen one."""

    OPEN = "open"
    CHOSEN = "chosen"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    KILLED = "killed"
    WITHDRAWN = "withdrawn"


FLOW = Flow(
    Transition("change", PathState.OPEN, PathState.OPEN, needs=P.RECORD_WRITE),
    Transition("change", PathState.CHOSEN, PathState.CHOSEN, needs=P.RECORD_WRITE),
    Transition("choose", PathState.OPEN, PathState.CHOSEN, needs=P.RECORD_WRITE),
    Transition("choose", PathState.KILLED, PathState.CHOSEN, needs=P.GATE_WAIVE),
    Transition("confirm", PathState.CHOSEN, PathState.CONFIRMED, needs=P.RECORD_WRITE),
    Transition("reject", PathState.OPEN, PathState.REJECTED, needs=P.RECORD_WRITE),
    Transition("reject", PathState.CHOSEN, PathState.REJECTED, needs=P.RECORD_WRITE),
    Transition("reject", PathState.CONFIRMED, PathState.REJECTED, needs=P.RECORD_WRITE),
    Transition("kill", PathState.OPEN, PathState.KILLED, needs=P.RECORD_WRITE),
    Transition("kill", PathState.CHOSEN, PathState.KILLED, needs=P.RECORD_WRITE),
    Transition("kill", PathState.CONFIRMED, PathState.KILLED, needs=P.RECORD_WRITE),
    Transition("reopen", PathState.CHOSEN, PathState.OPEN, needs=P.RECORD_WRITE),
    Transition("reopen", PathState.CONFIRMED, PathState.OPEN, needs=P.RECORD_WRITE),
    Transition("reopen", PathState.REJECTED, PathState.OPEN, needs=P.RECORD_WRITE),
    Transition("reopen", PathState.KILLED, PathState.OPEN, needs=P.RECORD_WRITE),
    Transition("withdraw", PathState.OPEN, PathState.WITHDRAWN, needs=P.RECORD_WRITE),
    Transition("put_back", PathState.WITHDRAWN, PathState.OPEN, needs=P.RECORD_WRITE),
)
TAKEN = frozenset({PathState.CHOSEN, PathState.CONFIRMED})  # the way forward of the project
STANDING = frozenset({PathState.OPEN, *TAKEN})  # those that are ranked
NEVER_ON_THE_PRESENT_WAY = frozenset({"kill", "reject", "withdraw"})


class Reversibility(StrEnum):
    """How a path can be left again."""

    EASY = "easy"
    HARD = "hard"
    NONE = "none"


class Verdict(StrEnum):
    """What the trial said about a hypothesis."""

    OPEN = "open"
    HELD = "held"
    REFUTED = "refuted"
    DROPPED = "dropped"


class Purpose(StrEnum):
    """What a meeting was held for."""

    DECISION = "decision"
    PRESENTATION = "presentation"
    BRIEFING = "briefing"


def capability(tool_id: int, kind: str) -> str:
    """A capability as forms and hypotheses name it: "7:export"."""
    return f"{tool_id}:{kind}"


def tool_and_kind(name: str) -> tuple[int, str]:
    """The reverse of `capability`. Raises ValueError for what is none."""
    number, colon, kind = name.partition(":")
    if not (colon and kind and number.isascii() and number.isdigit()):
        raise ValueError(name)
    return int(number), kind


Weights = Mapping[int, int]  # {criterion: weight}
Scores = Mapping[int, Mapping[int, int]]  # {path: {criterion: score}}


def total(weights: Weights, scores: Mapping[int, int]) -> int | None:
    """The weighted sum of one path; None while a criterion has no score, or where there is no criterion."""
    if not weights or any(each not in scores for each in weights):
        return None
    return sum(weight * scores[each] for each, weight in weights.items())


def totals(weights: Weights, table: Scores) -> dict[int, int]:
    """{path: weighted sum} of the paths that are scored on every criterion."""
    found = {path: total(weights, scores) for path, scores in table.items()}
    return {path: value for path, value in found.items() if value is not None}


def ranks(sums: Mapping[int, int]) -> dict[int, int]:
    """{path: place}; equal sums share a place, and the next one is left out (1, 1, 3)."""
    return {path: 1 + sum(other > value for other in sums.values()) for path, value in sums.items()}


def winners(weights: Weights, table: Scores) -> frozenset[int]:
    """The path with the highest sum, or all of those that share it."""
    sums = totals(weights, table)
    return frozenset(path for path, value in sums.items() if value == max(sums.values()))


@dataclass(frozen=True)
class Shift:
    """What comes first when one weight moves by a tenth; `tenths` is 11 for more and 9 for less."""

    criterion: int
    tenths: int
    first: frozenset[int]
    is_changed: bool


def sensitivity(weights: Weights, table: Scores) -> list[Shift]:
    """For each criterion, ten per cent less and ten per cent more: who comes first then. Whole numbers throughout."""
    now = winners(weights, table)
    found = []
    for moved in weights if now else ():
        for tenths in (9, 11):
            tried = {each: weight * (tenths if each == moved else 10) for each, weight in weights.items()}
            first = winners(tried, table)
            found.append(Shift(moved, tenths, first, first != now))
    return found


def in_order(codes: Sequence[str]) -> list[str]:
    """Codes in the order of their numbers: P2 before P10."""
    return sorted(codes, key=lambda code: (int("".join(each for each in code if each.isdigit()) or 0), code))
