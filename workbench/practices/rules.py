"""Words and pure rules of steps 7 and 8: levels, states, who has practised, how much was read, what an offer costs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum

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


@dataclass(frozen=True)
class Offer:
    """What one line costs a month: the price shown, the fee beside it, and what use beyond the allowance costs.

    `allowance` None: as much as one likes.
    """

    name: str
    price: Decimal
    fee: Decimal = Decimal(0)
    allowance: Decimal | None = None
    overage: Decimal = Decimal(0)

    def over(self, usage: Decimal) -> Decimal:
        """How much of the usage lies beyond the allowance."""
        return Decimal(0) if self.allowance is None else max(Decimal(0), usage - self.allowance)

    def cost(self, usage: Decimal) -> Decimal:
        """What a line costs in a month of this usage."""
        return self.price + self.hidden(usage)

    def hidden(self, usage: Decimal) -> Decimal:
        """The part of the cost that the price shown does not tell."""
        return self.fee + self.overage * self.over(usage)


def amount(text: str) -> Decimal | None:
    """A sum typed with a point or a comma; None where it is none, or below zero."""
    try:
        value = Decimal(text.strip().replace(" ", "").replace("\u00a0", "").replace(",", "."))
    except InvalidOperation:
        return None
    return value if value.is_finite() and value >= 0 else None


def ranked(offers: Collection[Offer], usage: Decimal) -> list[Offer]:
    """The offers, cheapest first at this usage; equals keep their order."""
    return sorted(offers, key=lambda each: each.cost(usage))


def saving(cheap: Offer, dear: Offer, usage: Decimal) -> Decimal:
    """By how much a line of the first offer is cheaper a month than one of the second."""
    return dear.cost(usage) - cheap.cost(usage)


def break_even_fee(offer: Offer, other: Offer, usage: Decimal) -> Decimal | None:
    """The fee at which `offer` costs as much as `other` at this usage; None where no fee could."""
    found = other.cost(usage) - offer.price - offer.overage * offer.over(usage)
    return found if found >= 0 else None


def break_even_usage(first: Offer, second: Offer) -> Decimal | None:
    """The smallest usage at which both cost the same; None where one is cheaper whatever the usage.

    Between two allowances both costs run straight, so the difference is looked at from one bend to the next.
    """
    bends = sorted({Decimal(0), *(each.allowance for each in (first, second) if each.allowance is not None)})
    for start, end in zip(bends, [*bends[1:], None], strict=True):
        gap = saving(first, second, start)
        if gap == 0:
            return start
        slope = saving(first, second, start + 1 if end is None else end) - gap
        if slope and gap / slope < 0:
            met = start - gap / slope * (1 if end is None else end - start)
            if end is None or met <= end:
                return met
    return None
