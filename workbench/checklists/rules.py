"""The seven answers and what each one needs; the way of a question asked of a person; when a checklist comes again."""

from __future__ import annotations

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from workbench.flow import Flow, Transition


class AnswerState(StrEnum):
    """How a criterion was answered. The order is the keyboard's: 1 to 6, and 0 for not checked."""

    NOT_CHECKED = "not_checked"
    CONFORM = "conform"
    PARTLY = "partly"
    MINOR = "minor"
    MAJOR = "major"
    OPPORTUNITY = "opportunity"
    NOT_APPLICABLE = "not_applicable"


# What lets a gate pass: conform (with evidence) or not applicable (with a reason). An opportunity breaks no requirement.
SATISFYING = frozenset({AnswerState.CONFORM, AnswerState.OPPORTUNITY, AnswerState.NOT_APPLICABLE})
NEEDS_EVIDENCE = frozenset({AnswerState.CONFORM, AnswerState.OPPORTUNITY})
NEEDS_NOTE = frozenset({AnswerState.PARTLY, AnswerState.MINOR, AnswerState.MAJOR, AnswerState.NOT_APPLICABLE})
GATES_PACK = "lifecycle_gates"
SHORTEST_REASON = 10  # characters of the reason why a clause does not apply


# How strong a tie between two clauses must be for an answer to one to be taken over to the other without a warning.
STRONG = frozenset({"identical", "equivalent", "direct"})


@dataclass(frozen=True)
class Also:
    """A clause of another standard that an answer also speaks to; `checklist_id` is 0 where the project has not started it."""

    pack_id: str
    ref: str
    strength: str
    checklist_id: int


@dataclass(frozen=True)
class Proposal:
    """What answers to a clause of another standard (or to a criterion of a gate) propose for a question not checked yet."""

    item_key: str
    checklist_id: int
    pack_id: str
    ref: str
    strength: str
    answer_state: AnswerState  # the worst of the answers there
    notes: tuple[str, ...]
    evidence: tuple[tuple[int, str], ...]  # number and code
    answered: int
    total: int

    @property
    def pick(self) -> str:
        """The proposal's name in a form."""
        return f"{self.item_key}|{self.checklist_id}|{self.ref}"

    @property
    def is_sure(self) -> bool:
        """Whether it may be taken over as it is; otherwise it is a hint where to look."""
        whole = self.answered == self.total and self.answer_state is not AnswerState.NOT_APPLICABLE
        return whole and self.strength in STRONG


class AssignmentState(StrEnum):
    """Where a question stands that was asked of one person."""

    ASKED = "asked"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    SENT_BACK = "sent_back"
    TAKEN_BACK = "taken_back"


A = AssignmentState
ASSIGNMENT = Flow(
    Transition("submit", A.ASKED, A.SUBMITTED),
    Transition("submit", A.SENT_BACK, A.SUBMITTED),
    Transition("accept", A.SUBMITTED, A.ACCEPTED),
    Transition("send_back", A.SUBMITTED, A.SENT_BACK),
    Transition("take_back", A.ASKED, A.TAKEN_BACK),
    Transition("take_back", A.SENT_BACK, A.TAKEN_BACK),
    Transition("ask", A.ASKED, A.ASKED),
    Transition("ask", A.SENT_BACK, A.ASKED),
    Transition("ask", A.ACCEPTED, A.ASKED),
    Transition("ask", A.TAKEN_BACK, A.ASKED),
)
WAITING = frozenset({A.ASKED, A.SENT_BACK})  # the person asked is to act


class Barred(StrEnum):
    """Why somebody may not answer a checklist, or one item of it."""

    CLOSED = "closed"
    RESERVED = "reserved"
    NO_RIGHT = "no_right"
    ASKED_OF_ANOTHER = "asked_of_another"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"


def barred(*, is_closed: bool, reserved_for: Collection[int] | None, person_id: int, may_answer: bool) -> Barred | None:
    """Why a person may not answer a checklist at all; None where they may. `may_answer` counts where none is named."""
    if is_closed:
        return Barred.CLOSED
    if reserved_for is not None:
        return None if person_id in reserved_for else Barred.RESERVED
    return None if may_answer else Barred.NO_RIGHT


def locked(state: AssignmentState, *, respondent_id: int, person_id: int, may_assign: bool) -> Barred | None:
    """Why a person may not answer an item that was asked of somebody; those who ask may always."""
    if may_assign or state is A.TAKEN_BACK:
        return None
    if state is A.SUBMITTED:
        return Barred.SUBMITTED
    if state is A.ACCEPTED:
        return Barred.ACCEPTED
    return None if person_id == respondent_id else Barred.ASKED_OF_ANOTHER


class Unit(StrEnum):
    """In what the time between two runs is counted."""

    WEEKS = "weeks"
    MONTHS = "months"


def run_on(starts_on: date, every: int, unit: Unit, number: int) -> date:
    """The day of a run; 0 is the first. In a month without that day it is the month's last."""
    if unit is Unit.WEEKS:
        return starts_on + timedelta(weeks=every * number)
    years, month = divmod(starts_on.month - 1 + every * number, 12)
    year = starts_on.year + years
    return date(year, month + 1, min(starts_on.day, calendar.monthrange(year, month + 1)[1]))


def due_run(starts_on: date, every: int, unit: Unit, today: date) -> date | None:
    """The day of the run that is due: the last one not after today, None before the first."""
    if today < starts_on:
        return None
    if unit is Unit.WEEKS:
        return run_on(starts_on, every, unit, (today - starts_on).days // 7 // every)
    months = (today.year - starts_on.year) * 12 + today.month - starts_on.month
    found = run_on(starts_on, every, unit, months // every)
    return found if found <= today else run_on(starts_on, every, unit, months // every - 1)


def next_run(starts_on: date, every: int, unit: Unit, today: date) -> date:
    """The first day of a run after today."""
    number = 0
    due = due_run(starts_on, every, unit, today)
    if due is None:
        return starts_on
    while run_on(starts_on, every, unit, number) <= due:
        number += 1
    return run_on(starts_on, every, unit, number)


class ImportState(StrEnum):
    """Where a spreadsheet of answers stands that was read."""

    PREVIEWED = "previewed"
    APPLIED = "applied"
    DISCARDED = "discarded"
