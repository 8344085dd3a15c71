"""Management reviews: states, inputs with their figures, kinds of decision, and the days between two reviews."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from workbench.flow import Flow, Transition
from workbench.people.rules import Permission as P
from workbench.trail.rules import plain

MONTHS_BETWEEN = 4  # from one review to the next, unless the review says otherwise
REMINDED = timedelta(days=14)  # before the next review is due
A_YEAR = timedelta(days=365)
TRIAL_ENDS = timedelta(days=60)


class ReviewState(StrEnum):
    """Where a review stands; from the moment it is held its inputs are frozen."""

    PLANNED = "planned"
    PREPARED = "prepared"
    HELD = "held"
    CLOSED = "closed"


S = ReviewState
FLOW = Flow(
    Transition("prepare", S.PLANNED, S.PREPARED, needs=P.REVIEW_HOLD),
    Transition("change", S.PLANNED, S.PLANNED, needs=P.REVIEW_HOLD),
    Transition("change", S.PREPARED, S.PREPARED, needs=P.REVIEW_HOLD),
    Transition("note", S.PLANNED, S.PLANNED, needs=P.REVIEW_HOLD),
    Transition("note", S.PREPARED, S.PREPARED, needs=P.REVIEW_HOLD),
    Transition("decide", S.PREPARED, S.PREPARED, needs=P.REVIEW_HOLD),
    Transition("decide", S.HELD, S.HELD, needs=P.REVIEW_HOLD),
    Transition("hold", S.PREPARED, S.HELD, needs=P.REVIEW_HOLD),
    Transition("close", S.HELD, S.CLOSED, needs=P.REVIEW_HOLD),
)
AHEAD = (S.PLANNED, S.PREPARED)


class ReviewActionState(StrEnum):
    """Where an action of a review stands."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class DecisionKind(StrEnum):
    """What a review decides (9001, 9.3.3)."""

    IMPROVEMENT = "improvement"
    CHANGE = "change"
    RESOURCES = "resources"


# The inputs (9001, 9.3.2) with their figures. Each figure counts the rows behind it.
INPUTS: dict[str, tuple[str, ...]] = {
    "earlier": ("actions_done", "actions_open", "actions_overdue"),
    "context": ("projects_opened", "changes_live", "risks_accepted", "risks_heavy"),
    "climate": (),
    "objectives": ("objectives_met", "objectives_missed", "objectives_due"),
    "gates": ("gates_passed", "gates_held", "conditions_open", "conditions_overdue", "waivers_granted"),
    "adoption": ("habits", "relapses"),
    "findings": ("findings_raised", "findings_closed", "findings_open", "findings_overdue"),
    "audits": ("audits_concluded", "audits_open", "audits_late"),
    "suppliers": ("limitations_old", "promises_overdue", "supplier_findings"),
    "competence": ("readings", "practised", "assessed"),
    "clients": ("questions_asked", "questions_open", "complaints"),
    "resources": ("finding_actions_overdue", "items_overdue", "trials_ending"),
    "risks": ("checks_effective", "checks_not_effective", "risks_review_late", "acceptances_over"),
    "improvement": ("opportunities", "improvements_open"),
}


@dataclass(frozen=True)
class Row:
    """One row behind a figure: of which project, what it is called and says, its day, what is to be said of it, where it is.

    `note` is a word of the forms with `value` in it, such as ("days_to_close", 12).
    """

    project: str
    code: str
    text: str
    on: str = ""
    note: str = ""
    value: str = ""
    endpoint: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """A figure with the rows that it counts; `sums` are further numbers about the same rows."""

    key: str
    rows: tuple[Row, ...]
    sums: Mapping[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """The figure itself."""
        return len(self.rows)


@dataclass(frozen=True)
class Input:
    """One input of a review."""

    key: str
    figures: tuple[Figure, ...]
    note: str = ""


def frozen(inputs: tuple[Input, ...]) -> dict[str, Any]:
    """Inputs as JSON keeps them."""
    return dict(plain({"inputs": [asdict(each) for each in inputs]}))


def thawed(content: Mapping[str, Any]) -> tuple[Input, ...]:
    """Inputs as they were frozen."""
    return tuple(
        Input(
            each["key"],
            tuple(
                Figure(one["key"], tuple(Row(**row) for row in one["rows"]), one["sums"]) for one in each["figures"]
            ),
            each["note"],
        )
        for each in content["inputs"]
    )


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of what was frozen, as canonical JSON."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month."""
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    after = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=day.day - 1), after - timedelta(days=1))
