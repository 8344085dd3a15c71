"""A plan of the sandbox and the request that carries it: what an approval is asked for, and who carries a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g
from flask_babel import gettext as _

from workbench.changes import forms, queries, rules
from workbench.trials.queries.plans import Held, newest_check, plan_by_id
from workbench.trials.rules.plans import control_now
from workbench.trials.store import plans as store
from workbench.web.filters import at

SHOWN = 20  # rows of a plan that stand on the page of its request; the others stand on the page of the plan


@dataclass(frozen=True)
class Cell:
    """One field that changes: what is live, by the newest check where there is one, and what takes its place."""

    name: str
    type: str
    live: Any
    new: Any
    has_moved: bool


@dataclass(frozen=True)
class Line:
    """One row of a plan, as those who approve it read it."""

    kind: str
    table: str
    key: str
    why: str
    state: str  # as a word of ROW_STATES
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Told:
    """What an approval of a plan is asked for: how many rows, the first of them, and the control totals."""

    counts: Mapping[str, Any]
    control: Mapping[str, Any]
    is_counted: bool
    lines: tuple[Line, ...]
    state: str  # whether it is fresh, in a sentence

    @property
    def more(self) -> int:
        """How many rows are not shown."""
        return int(self.counts["rows"]) - len(self.lines)


def told_of(held: Held | None) -> Told | None:
    """What the attached plan does; None where no plan of the sandbox is attached. Two queries, however many rows."""
    plan = plan_by_id(held.plan_id) if held is not None else None
    if held is None or plan is None:
        return None
    check, given = newest_check(plan), store.read_plan(plan.text)
    control, is_counted = control_now(plan.counts, check.result if check else None)
    found = {row["number"]: row for row in check.result["rows"]} if check else {}
    lines = tuple(_line(row, given.target(row.table).types, found.get(row.number, {})) for row in given.rows[:SHOWN])
    return Told(plan.counts, control, is_counted, lines, _state_said(held))


def _line(row: Any, types: Mapping[str, str], checked: Mapping[str, Any]) -> Line:
    now = {one["field"]: one for one in checked.get("fields", ())}
    state = checked.get("state", "ok")
    cells = tuple(
        Cell(name, types[name], None if state == "gone" else now.get(name, {"now": move.live})["now"], move.trial,
             now.get(name, {}).get("state") == "conflict")
        for name, move in row.fields.items()
    )
    return Line(row.kind, row.table, ", ".join(row.row_key[1]), row.why or "", state, cells)


def _state_said(held: Held) -> str:
    if held.replaced_by:
        return str(_("Plan %(later)s takes the place of this one.", later=held.replaced_by))
    if held.checked_at is None:
        return str(_("A fresh check is needed before the plan can be exported."))
    when = at(held.checked_at)
    if held.state == "stale":
        return str(_("Live moved since the run, by the check of %(at)s: %(moved)s.", at=when, moved=", ".join(held.moved[:5])))
    if held.state == "outdated":
        return str(_("Received anew since the check of %(at)s: %(tables)s.", at=when, tables=", ".join(held.newer)))
    if held.state == "fresh":
        return str(_("No field of this plan moved live, by the check of %(at)s.", at=when))
    if held.state == "done":
        return str(_("Live is as this plan wanted it, by the check of %(at)s.", at=when))
    return str(_("Not every row is done live yet, by the check of %(at)s.", at=when))


def on_plans() -> dict[str, Any]:
    """For the page of a plan, which knows no requests: those that carry it, and whether each holds it still."""

    def requests_with(evidence_id: int) -> list[tuple[Any, bool]]:
        found = queries.carriers(g.rights.project_id, evidence_id)
        return [(row, row.standing not in rules.FREED) for row in found]

    return {"requests_with": requests_with, "request_words": forms}
