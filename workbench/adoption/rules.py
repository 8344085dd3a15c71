"""When a practice counts as a habit, the rungs of the ladder, and what a survey's answers come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum

WINDOW_WEEKS, NEEDED_WEEKS = 8, 6
MONDAY = 0
LARGEST_COUNT = 1_000_000_000
SMALLEST_GROUP = 4  # what fewer people answered is not shown


class CountSource(StrEnum):
    """Where the weekly counts come from."""

    TYPED = "typed"
    CSV = "csv"
    MIRROR = "mirror"


class Cadence(StrEnum):
    """How often the team looks at the counts together."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"


class Level(StrEnum):
    """The rungs of the ladder, lowest first."""

    INFORMED = "informed"
    TRAINED = "trained"
    PRACTISED = "practised"
    USING = "using"
    HABIT = "habit"


OBSERVED = (Level.USING, Level.HABIT)  # the rungs that somebody sees; the lower ones follow from steps 7 and 8


class Stage(StrEnum):
    """What the statements of the survey are about."""

    AWARENESS = "awareness"
    WILLINGNESS = "willingness"
    KNOW_HOW = "know_how"
    ABILITY = "ability"
    HABIT = "habit"


ITEMS = {
    "A1": Stage.AWARENESS, "A2": Stage.AWARENESS, "A3": Stage.WILLINGNESS, "A4": Stage.WILLINGNESS,
    "A5": Stage.KNOW_HOW, "A6": Stage.KNOW_HOW, "A7": Stage.ABILITY, "A8": Stage.ABILITY, "A9": Stage.ABILITY,
    "A10": Stage.HABIT, "A11": Stage.HABIT, "A12": Stage.HABIT,
}


class Perspective(StrEnum):
    """From where somebody judges the new practice (thesis: the four perspectives of an evaluation)."""

    MANAGEMENT = "management"
    TECHNOLOGY = "technology"
    USERS = "users"
    IT_EMPLOYEES = "it_employees"


class Criterion(StrEnum):
    """By what they judge it."""

    EFFECTIVENESS = "effectiveness"
    CAPABILITY = "capability"
    EFFICIENCY = "efficiency"


@dataclass(frozen=True)
class Week:
    """One week's count, judged against the limit."""

    reading_id: int
    week_of: date
    new_way: int
    old_way: int
    limit_percent: int
    errors: int | None = None
    minutes: int | None = None
    source: str = CountSource.TYPED

    @property
    def share(self) -> Decimal | None:
        """The old way in percent of all cases, to one decimal; None for a week without a case."""
        cases = self.new_way + self.old_way
        if not cases:
            return None
        return (Decimal(self.old_way * 100) / cases).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def is_within(self) -> bool:
        """Whether the old way stays within the limit, compared exactly; a week without a case shows nothing."""
        cases = self.new_way + self.old_way
        return cases > 0 and self.old_way * 100 <= self.limit_percent * cases


@dataclass(frozen=True)
class Verdict:
    """How many of the last weeks were within the limit. A week nobody counted lies in the window and is not within."""

    limit_percent: int
    within: int
    weeks: int
    needed: int = NEEDED_WEEKS
    window: int = WINDOW_WEEKS

    @property
    def is_habit(self) -> bool:
        """Whether enough of the last weeks were within the limit."""
        return self.within >= self.needed


def verdict(
    limit_percent: int, weeks: Sequence[Week], *, needed: int = NEEDED_WEEKS, window: int = WINDOW_WEEKS
) -> Verdict | None:
    """The verdict over the window that ends with the last week counted; None before the first count."""
    if not weeks:
        return None
    last, first = max(each.week_of for each in weeks), min(each.week_of for each in weeks)
    length = min(window, (last - first).days // 7 + 1)
    within = sum(1 for each in weeks if each.is_within and (last - each.week_of).days < length * 7)
    return Verdict(limit_percent, within, length, needed, window)


def monday_of(day: date) -> date:
    """The Monday of the week in which a day lies."""
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True)
class Count:
    """One week as a file or a mirror gives it; `line` says where it stands."""

    line: int
    week_of: date
    new_way: int
    old_way: int
    errors: int | None = None
    minutes: int | None = None


@dataclass(frozen=True)
class Fault:
    """A record that cannot be taken, and why."""

    line: int
    text: str
    why: str


@dataclass(frozen=True)
class Plan:
    """What an import would do: weeks to add, weeks that are noted already, records that cannot be taken."""

    fresh: tuple[Count, ...]
    known: tuple[Count, ...]
    faults: tuple[Fault, ...]


def plan(counts: Iterable[Count], faults: Iterable[Fault], noted: Iterable[date], twice: str) -> Plan:
    """Sort the counts of a file by what would become of them; a week that stands twice is refused the second time."""
    known, seen, wrong = set(noted), set[date](), list(faults)
    fresh: list[Count] = []
    again: list[Count] = []
    for each in counts:
        if each.week_of in seen:
            wrong.append(Fault(each.line, each.week_of.isoformat(), twice))
            continue
        seen.add(each.week_of)
        (again if each.week_of in known else fresh).append(each)
    in_order = sorted(wrong, key=lambda fault: fault.line)
    return Plan(tuple(_by_week(fresh)), tuple(_by_week(again)), tuple(in_order))


def _by_week(counts: Iterable[Count]) -> list[Count]:
    return sorted(counts, key=lambda each: each.week_of)


def difference(before: str, now: str) -> Decimal | None:
    """Now less before, exactly; None where either is no number. A comma may be the decimal mark."""
    try:
        first, second = (Decimal(value.strip().replace(",", ".").replace(" ", "")) for value in (before, now))
        found = second - first
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


@dataclass(frozen=True)
class Results:
    """What a closed survey shows. None stands for what too few people answered."""

    answers: int
    stages: Mapping[Stage, Decimal] | None
    index: int | None  # the share of 4 and 5 among all answers, in percent
    weakest: Stage | None
    grid: Mapping[Perspective, Mapping[Criterion, Decimal] | None]


@dataclass(frozen=True)
class Answered:
    """One answer, without anything about who gave it."""

    perspective: Perspective
    scores: Mapping[str, int]
    ratings: Mapping[str, int]


def results(answers: Sequence[Answered]) -> Results:
    """Stage scores, the adoption index, the weakest stage, and the grid of perspectives and criteria."""
    grid = {each: _rated([one for one in answers if one.perspective == each]) for each in Perspective}
    if len(answers) < SMALLEST_GROUP:
        return Results(len(answers), None, None, None, grid)
    stages = {
        stage: _mean([one.scores[item] for one in answers for item, of in ITEMS.items() if of == stage])
        for stage in Stage
    }
    scores = [one.scores[item] for one in answers for item in ITEMS]
    share = Decimal(100 * sum(1 for each in scores if each >= 4)) / len(scores)
    index = int(share.quantize(Decimal(1), ROUND_HALF_UP))
    return Results(len(answers), stages, index, min(Stage, key=lambda stage: stages[stage]), grid)


def _rated(group: Sequence[Answered]) -> Mapping[Criterion, Decimal] | None:
    if len(group) < SMALLEST_GROUP:
        return None
    return {each: _mean([one.ratings[each] for one in group]) for each in Criterion}


def _mean(values: Sequence[int]) -> Decimal:
    return (Decimal(sum(values)) / len(values)).quantize(Decimal("0.1"), ROUND_HALF_UP)


# The chart: two bands over the same weeks, above the cases of each week, below the share of the old way with the limit.

STEP, BAR, LEFT, RIGHT, TOP = 28, 18, 52, 12, 18
COUNT_BAND, GAP, SHARE_BAND, FOOT = 120, 26, 90, 26
MOST_BARS = 26


@dataclass(frozen=True)
class Bar:
    """One week of the chart, in pixels from the top left."""

    x: int
    week: Week
    new_y: int
    new_height: int
    old_y: int
    old_height: int
    share_y: int
    share_height: int
    is_return: bool  # above the limit after a week within it
    is_named: bool  # whether its date is written below


@dataclass(frozen=True)
class Chart:
    """Where everything of the chart stands; the same for page and paper."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    most_cases: int
    most_percent: int
    count_base: int
    share_base: int
    limit_y: int
    window_x: int
    window_width: int


def chart(weeks: Sequence[Week], limit_percent: int, window: int) -> Chart | None:
    """Lay out the last half year of weeks; None before the first count."""
    if not weeks:
        return None
    last = max(each.week_of for each in weeks)
    shown = [each for each in sorted(weeks, key=lambda week: week.week_of) if (last - each.week_of).days < MOST_BARS * 7]
    first = shown[0].week_of
    slots = (last - first).days // 7 + 1
    most_cases = max([1, *(each.new_way + each.old_way for each in shown)])
    percents = [-(-each.old_way * 100 // (each.new_way + each.old_way)) for each in shown if each.share is not None]
    most_percent = min(100, max([10, 2 * limit_percent, *percents]))
    count_base, share_base = TOP + COUNT_BAND, TOP + COUNT_BAND + GAP + SHARE_BAND
    limit_y = share_base - limit_percent * SHARE_BAND // most_percent
    bars, before = [], None
    for week in shown:
        slot = (week.week_of - first).days // 7
        is_return = before is not None and before.is_within and week.share is not None and not week.is_within
        is_named = (slots - 1 - slot) % 4 == 0
        bars.append(_bar(week, LEFT + slot * STEP, most_cases, most_percent, limit_y, is_return=is_return, is_named=is_named))
        before = week if week.share is not None else before
    inside = min(window, slots)
    return Chart(
        LEFT + max(slots, 8) * STEP + RIGHT, share_base + FOOT, tuple(bars), most_cases, most_percent, count_base, share_base,
        limit_y, LEFT + (slots - inside) * STEP - (STEP - BAR) // 2, inside * STEP,
    )


def _bar(
    week: Week, x: int, most_cases: int, most_percent: int, limit_y: int, *, is_return: bool, is_named: bool
) -> Bar:
    """Heights are rounded so that a bar crosses the limit's line exactly where the week is above the limit."""
    count_base, share_base = TOP + COUNT_BAND, TOP + COUNT_BAND + GAP + SHARE_BAND
    cases = week.new_way + week.old_way
    old = max(week.old_way * COUNT_BAND // most_cases, min(week.old_way, 1))
    new = max(week.new_way * COUNT_BAND // most_cases, min(week.new_way, 1))
    new = min(new, COUNT_BAND - old)
    share = week.old_way * 100 * SHARE_BAND // (cases * most_percent) if cases else 0
    if cases and not week.is_within:
        share = min(max(share, share_base - limit_y + 1), SHARE_BAND)
    return Bar(x, week, count_base - old - new, new, count_base - old, old, share_base - share, share, is_return, is_named)
