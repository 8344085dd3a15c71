"""Control totals of a plan: what to count in the live tool before and after, derived from its rows."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sandbox.plan.values import Value, difference, is_number, total

if TYPE_CHECKING:
    from sandbox.plan.model import Control, Plan, PlanRow, PlanTarget

_GROWS = {"create": 1, "update": 0, "withdraw": -1}


def control_json(plan: Plan) -> dict[str, Any]:
    """By table: rows by kind, rows and sums of the whole live table before and after, and the sums of the plan."""
    return control_of(plan.targets, plan.rows, plan.control)


def control_of(targets: Sequence[PlanTarget], moved: Sequence[PlanRow], counted: Mapping[str, Control]) -> dict[str, Any]:
    """The same of these rows on tables that were counted so."""
    rows: dict[str, list[PlanRow]] = {one.table: [] for one in targets}
    for row in moved:
        rows[row.table].append(row)
    return {one.table: _of_table(one, rows[one.table], counted[one.table]) for one in targets}


def _of_table(target: PlanTarget, rows: list[PlanRow], before: Control) -> dict[str, Any]:
    kinds = {kind: sum(row.kind == kind for row in rows) for kind in _GROWS}
    grown = sum(_GROWS[kind] * count for kind, count in kinds.items())
    chosen = {column: _moved(rows, column) for column in target.compare if is_number(target.kinds[column])}
    sums = {column: {"before": said, "after": total([said, difference(chosen[column]["after"],
                                                                       chosen[column]["before"])])}
            for column, said in before.sums_before.items() if column in chosen}
    return {**kinds, "rows": {"before": before.rows_before, "after": before.rows_before + grown},
            "sums": sums, "plan_sums": chosen}


def _moved(rows: list[PlanRow], column: str) -> dict[str, str]:
    moves = [row.fields[column] for row in rows if column in row.fields]
    return {"before": total(_number(move.live) for move in moves), "after": total(_number(move.trial) for move in moves)}


def _number(value: Value) -> str | int:
    return 0 if value is None else value
