"""Words and pure rules of steps 7 and 8: levels, states, who has practised, how much was read, what an offer costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction

OLD_AFTER_DAYS = 14  # our default; the gate has a setting of its own
NOTHING = "…"  # what a proof answers where not even one record is there
SANDBOX = "sandbox"


class InstructionKind(StrEnum):
    """What a work instruction governs: how work is done, or what may be sold."""

    INSTRUCTION = "instruction"
    SELLING_POLICY = "selling_policy"


class Level(StrEnum):
    """How far a skill goes."""

    SHOWN = "shown"
    WITH_HELP = "with_help"
    ALONE = "alone"
    CAN_TEACH = "can_teach"


class TestResult(StrEnum):
    """How the test of a support contact and its failure procedure ended."""

    __test__ = False

    WORKED = "worked"
    FAILED = "failed"


class QuestionState(StrEnum):
    """Where a question stands."""

    ANSWERED = "answered"
    OPEN = "open"
    OVERDUE = "overdue"


def is_old(asked_on: date, answered_on: date | None, on: date, days: int) -> bool:
    """Whether a question waits for longer than so many days."""
    return answered_on is None and asked_on + timedelta(days=days) < on


def question_state(asked_on: date, answered_on: date | None, on: date) -> QuestionState:
    """Where a question stands on a day."""
    if answered_on is not None:
        return QuestionState.ANSWERED
    return QuestionState.OVERDUE if is_old(asked_on, None, on, OLD_AFTER_DAYS) else QuestionState.OPEN


def words_of(text: str) -> str:
    """A text for comparing: without regard to case and spacing."""
    return " ".join(text.split()).casefold()


@dataclass(frozen=True)
class RoleNamed:
    """A role by its number and name."""

    id: int
    name: str

    def is_meant_by(self, role_id: int | None, role: str) -> bool:
        """Whether an instruction is for this role: by its number where it has one, else by the name."""
        return role_id == self.id if role_id is not None else words_of(role) == words_of(self.name)


@dataclass(frozen=True)
class Practice:
    """A practice task and whether it has to be done in the sandbox."""

    id: int
    in_sandbox: bool


@dataclass(frozen=True)
class Done:
    """One practice task, done by a user and seen by somebody else."""

    user_id: int
    task_id: int
    in_sandbox: bool


def has_practised(user_id: int, tasks: Sequence[Practice], dones: Iterable[Done]) -> bool:
    """Whether a user did every task of the role as it asks, at least one of them in the sandbox."""
    mine = {(each.task_id, each.in_sandbox) for each in dones if each.user_id == user_id}
    each_done = all((task.id, True) in mine or (not task.in_sandbox and (task.id, False) in mine) for task in tasks)
    return each_done and any((task.id, True) in mine for task in tasks)


def reaches(part: int, whole: int, share: int) -> bool:
    """Whether `part` of `whole` is at least `share` per cent; nothing of nothing is not."""
    return whole > 0 and part * 100 >= share * whole


def percentage(part: int, whole: int) -> int:
    """The share in whole per cent, rounded down: 94.9 % is not 95 %."""
    return part * 100 // whole if whole else 0


@dataclass(frozen=True)
class UserLine:
    """One person in one role."""

    id: int
    code: str
    name: str
    role_id: int
    role: str
    is_critical: bool
    hub: str
    person_id: int | None
    is_occasional: bool
    is_champion: bool


@dataclass(frozen=True)
class InForce:
    """The edition of an instruction that is in force, and the numbers of the users who have read it."""

    id: int
    instruction_id: int
    code: str
    number: int
    title: str
    role_id: int | None
    role: str
    readers: set[int] = field(default_factory=set)

    def concerns(self, user: UserLine) -> bool:
        """Whether this user works by it."""
        return RoleNamed(user.role_id, user.role).is_meant_by(self.role_id, self.role)


@dataclass(frozen=True)
class DoneLine:
    """When a task was done, where, and who saw it."""

    on: date
    observer: str
    in_sandbox: bool


# Offers ---------------------------------------------------------------------------------------------------------------


_DIGITS = 18  # before the point, and after it: 1e999999999 would fill the memory as a whole number


def amount(text: str) -> Decimal | None:
    """A sum typed with a point or a comma; None where it is none, below zero, or of more than 18 digits on one side."""
    try:
        value = Decimal(text.strip().replace(" ", "").replace("\u00a0", "").replace(",", "."))
    except InvalidOperation:
        return None
    if not value.is_finite() or value < 0 or value.adjusted() >= _DIGITS:
        return None
    return value if int(value.as_tuple().exponent) >= -_DIGITS else None


def cells_of(text: str | None, width: int) -> list[tuple[str, ...]]:
    """The rows of a field in which each row holds cells with semicolons between them; a row of another width is as it is."""
    rows = [tuple(cell.strip() for cell in row.split(";")) for row in (text or "").splitlines() if row.strip()]
    return [(*row, *[""] * (width - len(row))) for row in rows]


# The chart of offers ----------------------------------------------------------------------------------------------------

Points = Sequence[tuple[Fraction, Fraction]]
LEFT, RIGHT, TOP, BASE, WIDTH, HEIGHT = 70, 470, 14, 250, 640, 306
_DASHES = ("", "8 4", "2 3", "10 3 2 3", "5 5", "1 4")


@dataclass(frozen=True)
class OfferPath:
    """The line of one offer: what it is called, where it runs, where its name stands, and its dashes."""

    name: str
    points: str
    end_y: float
    label_y: float
    dash: str
    place: int


@dataclass(frozen=True)
class OfferChart:
    """Costs over use, laid out: lines, marks of both axes, the points of equal cost, and which offer is cheapest where."""

    paths: tuple[OfferPath, ...]
    uses: tuple[tuple[float, Fraction], ...]
    costs: tuple[tuple[float, Fraction], ...]
    equal: tuple[tuple[float, float], ...]
    bands: tuple[tuple[float, float, int], ...]  # x, width, place of the offer; -1 where several are cheapest
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    base: int = BASE


def offer_chart(
    points: Mapping[str, Points], equal: Points, cheapest: Sequence[tuple[Fraction, Fraction, Sequence[str]]]
) -> OfferChart:
    """Lay out the lines of the offers (by name, corners as use and cost), the points of equal cost and the cheapest ones."""
    names = list(points)
    uses = [use for line in points.values() for use, _cost in line]
    costs = [cost for line in points.values() for _use, cost in line]
    first, last = min(uses), max(uses)
    marks = _marks(min(costs), max(costs))

    def x(use: Fraction) -> float:
        return round(LEFT + float((use - first) / (last - first)) * (RIGHT - LEFT), 1)

    def y(cost: Fraction) -> float:
        return round(BASE - float((cost - marks[0]) / (marks[-1] - marks[0])) * (BASE - TOP), 1)

    ends = {name: y(line[-1][1]) for name, line in points.items()}
    labels = _apart(ends)
    paths = [
        OfferPath(
            name, " ".join(f"{x(use)},{y(cost)}" for use, cost in points[name]), ends[name], labels[name],
            _DASHES[place % len(_DASHES)], place,
        )
        for place, name in enumerate(names)
    ]
    bands = [
        (x(start), round(x(end) - x(start), 1), names.index(best[0]) if len(best) == 1 else -1)
        for start, end, best in cheapest
    ]
    return OfferChart(
        tuple(paths), tuple((x(use), use) for use in _between(first, last)), tuple((y(cost), cost) for cost in marks),
        tuple((x(use), y(cost)) for use, cost in equal), tuple(bands),
    )


def _marks(low: Fraction, high: Fraction) -> list[Fraction]:
    """Round amounts that hold all costs between them, from nothing where that is not far away."""
    low = Fraction(0) if low * 2 < high else low
    span = (high - low) or max(high, Fraction(1))
    step = Fraction(10) ** (len(str(int(span * 1000))) - 5)
    step *= next(each for each in (1, 2, 5, 10, 20, 50) if span / (step * each) <= 5)
    start = low // step * step
    count = int(-((start - high) // step)) or 1
    return [start + step * number for number in range(count + 1)]


def _between(first: Fraction, last: Fraction) -> list[Fraction]:
    return [first + (last - first) * number / 5 for number in range(6)]


def _apart(ends: Mapping[str, float]) -> dict[str, float]:
    """Where each name stands beside the end of its line, at least 15 away from the next, in their order."""
    placed: dict[str, float] = {}
    lowest = float(TOP)
    for name, at in sorted(ends.items(), key=lambda each: each[1]):
        placed[name] = max(at + 4, lowest)
        lowest = placed[name] + 15
    over = max(0.0, lowest - 15 - BASE)
    return {name: round(at - over, 1) for name, at in placed.items()}
