"""Kinds of finding, the way from raising to proven cure, and what still stands in the way of closing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from workbench.flow import Flow, Transition
from workbench.people.rules import Permission as P

USUAL_DELAY = 30  # days between the last action and the judgement whether it worked, unless the finding says otherwise
LONGEST_DELAY = 365
MOST_WHYS = 20
BEST_SCORE = 100


class FindingKind(StrEnum):
    """What a finding is. An opportunity never softens a nonconformity."""

    MAJOR = "major"
    MINOR = "minor"
    OPPORTUNITY = "opportunity"
    OBSERVATION = "observation"
    CONFORMITY = "conformity"


NONCONFORMITIES = frozenset({FindingKind.MAJOR, FindingKind.MINOR})


class FindingState(StrEnum):
    """Where a finding stands."""

    RAISED = "raised"
    CORRECTED = "corrected"
    CAUSE_KNOWN = "cause_known"
    ACTED = "acted"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


S = FindingState
OPEN = (S.RAISED, S.CORRECTED, S.CAUSE_KNOWN, S.ACTED)

FLOW = Flow(
    Transition("correct", S.RAISED, S.CORRECTED, needs=P.FINDING_TREAT),
    Transition("explain", S.CORRECTED, S.CAUSE_KNOWN, needs=P.FINDING_TREAT),
    Transition("act", S.CAUSE_KNOWN, S.ACTED, needs=P.FINDING_TREAT),
    Transition("resume", S.ACTED, S.CAUSE_KNOWN, needs=P.FINDING_TREAT),
    Transition("send_back", S.ACTED, S.CAUSE_KNOWN, needs=P.FINDING_CHECK),
    Transition("close", S.ACTED, S.CLOSED, needs=P.FINDING_CHECK),
    Transition("dispose", S.RAISED, S.CLOSED, needs=P.FINDING_CHECK),
    Transition("reopen", S.CLOSED, S.RAISED, needs=P.FINDING_CHECK),
    *(Transition("withdraw", each, S.WITHDRAWN, needs=P.FINDING_CHECK) for each in OPEN),
)


class Source(StrEnum):
    """Where a finding comes from."""

    AUDIT = "audit"
    CHECKLIST = "checklist"
    TRIAL = "trial"
    COMPLAINT = "complaint"
    SUPPLIER = "supplier"
    PROCESS = "process"
    REVIEW = "review"
    OTHER = "other"


class ActionKind(StrEnum):
    """What an action is for: the effect, the thing itself, its cause, the same elsewhere, something better."""

    CONTAINMENT = "containment"
    CORRECTION = "correction"
    CORRECTIVE = "corrective"
    PREVENTIVE = "preventive"
    IMPROVEMENT = "improvement"


AT_ONCE = frozenset({ActionKind.CONTAINMENT, ActionKind.CORRECTION})


class ActionState(StrEnum):
    """Where an action stands."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class CauseKind(StrEnum):
    """The families of causes; also the bones of the fishbone."""

    PEOPLE = "people"
    METHOD = "method"
    TOOL = "tool"
    SUPPLIER = "supplier"
    INFORMATION = "information"
    ENVIRONMENT = "environment"
    MANAGEMENT = "management"


class CauseMethod(StrEnum):
    """How the cause was looked for."""

    LIST = "list"
    FIVE_WHYS = "five_whys"
    FISHBONE = "fishbone"


class Verdict(StrEnum):
    """Whether the actions worked."""

    EFFECTIVE = "effective"
    NOT_EFFECTIVE = "not_effective"


class Disposition(StrEnum):
    """What becomes of a finding that is no nonconformity."""

    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True)
class Treatment:
    """What was done about a finding so far. Only what was done since it was last raised or sent back counts.

    What is planned is open still: it is told as an open action, not as missing.
    """

    kind: FindingKind
    corrections_done: int = 0
    is_cause_stated: bool = False
    correctives_done: int = 0
    actions_open: int = 0
    corrections_planned: int = 0
    correctives_planned: int = 0
    is_effective: bool = False
    is_disposed: bool = False


def lacking(seen: Treatment) -> tuple[str, ...]:
    """What stands in the way of closing, in the order in which it is done; empty where nothing does."""
    asked: tuple[tuple[str, bool], ...]
    if seen.kind not in NONCONFORMITIES:
        asked = (("disposition", seen.is_disposed), ("open_actions", not seen.actions_open))
    else:
        asked = (
            ("correction", seen.corrections_done + seen.corrections_planned > 0),
            ("cause", seen.is_cause_stated),
            ("corrective", seen.correctives_done + seen.correctives_planned > 0),
            ("effectiveness", seen.is_effective),
            ("open_actions", not seen.actions_open),
        )
    return tuple(code for code, is_met in asked if not is_met)


def standing(seen: Treatment) -> FindingState:
    """Where an open finding stands by what was done about it; one that is no nonconformity waits for its disposition."""
    if seen.kind not in NONCONFORMITIES or not seen.corrections_done:
        return FindingState.RAISED
    if not seen.is_cause_stated:
        return FindingState.CORRECTED
    if not seen.correctives_done or seen.actions_open:
        return FindingState.CAUSE_KNOWN
    return FindingState.ACTED


FORWARD = {S.RAISED: "correct", S.CORRECTED: "explain", S.CAUSE_KNOWN: "act"}


def moved(state: FindingState, wanted: FindingState) -> FindingState:
    """Walk the arrows from where an open finding stands to where what was done puts it."""
    while state is not wanted:
        is_back = OPEN.index(wanted) < OPEN.index(state)
        state = FindingState(FLOW.target("resume" if is_back else FORWARD[state], state))
    return state


def check_day(last_done: date, delay: int) -> date:
    """The first day on which it can be judged whether the actions worked."""
    return last_done + timedelta(days=delay)


# Ageing: the last day of each band, and the band of whatever is older.
BANDS: tuple[tuple[str, int], ...] = (("0-30", 30), ("31-60", 60), ("61-90", 90))
OLDEST = ">90"
BAND_NAMES = (*(name for name, _last in BANDS), OLDEST)


def band(days: int) -> str:
    """The band of an age in days."""
    return next((name for name, last in BANDS if days <= last), OLDEST)


@dataclass(frozen=True)
class Bar:
    """One bar of the ageing chart, laid out: its kind, its number and its place in the drawing."""

    kind: str
    count: int
    x: int
    y: int
    height: int


@dataclass(frozen=True)
class Ageing:
    """The ageing chart: a group of bars for each band."""

    groups: tuple[tuple[str, int, tuple[Bar, ...]], ...]  # (band, middle of the group, its bars)
    width: int
    height: int
    base: int
    most: int


BAR, GAP, LEFT, TALL = 20, 26, 34, 120
NAME = 92  # the name of a band below its group


def ageing(counts: Mapping[tuple[str, str], int], kinds: Collection[str]) -> Ageing:
    """Lay out the chart of {(band, kind): how many are open}."""
    most = max([*counts.values(), 1])
    step, base = max(BAR * len(kinds) + GAP, NAME), TALL + 20
    groups = []
    for place, name in enumerate(BAND_NAMES):
        left = LEFT + place * step
        heights = [(kind, found := counts.get((name, kind), 0), TALL * found // most) for kind in kinds]
        bars = tuple(
            Bar(kind, found, left + number * BAR, base - high, high) for number, (kind, found, high) in enumerate(heights)
        )
        groups.append((name, left + BAR * len(kinds) // 2, bars))
    return Ageing(tuple(groups), LEFT + len(BAND_NAMES) * step, base + 26, base, most)


def median(days: Collection[int]) -> int | None:
    """The middle of a list of days, rounded down; None of an empty one."""
    ordered = sorted(days)
    if not ordered:
        return None
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) // 2
