"""A plan held against the live tables of today, three ways: as they were, as the trial has them, and as they are now."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.child import Limits, run_task
from sandbox.plan.control import control_of
from sandbox.plan.model import Control, Move, Plan, PlanRefused, PlanRow, PlanTarget, named, numbered, several
from sandbox.plan.values import Value, shown, value_from
from sandbox.reconciliation.run import Source

_LIMITS = Limits(memory_mb=3072, cpu_seconds=300, wall_seconds=300, answer_mb=1000)
TAKE_TRIAL, KEEP_LIVE, NEW_VALUE = "trial", "live", "value"


@dataclass(frozen=True)
class FieldState:
    """One field of a row: `ok`, `done` (live already has the trial's value) or `conflict` (live is neither)."""

    name: str
    original: Value
    trial: Value
    now: Value
    state: str


@dataclass(frozen=True)
class RowState:
    """One row of a plan as live stands: `ok`, `done`, `conflict`, or `gone` where an update has no row any more.

    `name` is what messages call it (`contract C-007`); `in_words` holds the two values of each field in conflict.
    """

    number: int
    table: str
    name: str
    state: str
    fields: tuple[FieldState, ...]
    in_words: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlanCheck:
    """Every row of a plan against live; `live` holds the totals of the live tables now.

    `control`: the control totals over live as it is now, where only what is not done yet still moves.
    """

    plan: str
    rows: tuple[RowState, ...]
    live: Mapping[str, Control]
    control: Mapping[str, Any]

    @property
    def is_stale(self) -> bool:
        return any(row.state in {"conflict", "gone"} for row in self.rows)

    def messages(self) -> tuple[str, ...]:
        """One sentence for each field that moved: `stale: contract C-007 price 12.00 → 12.50`."""
        return tuple(f"stale: {said}" for row in self.rows for said in row.in_words)

    def as_json(self) -> dict[str, Any]:
        counts = {state: sum(row.state == state for row in self.rows) for state in ("ok", "done", "conflict", "gone")}
        moved = [{"number": row.number, "table": row.table, "row": row.name, "state": row.state,
                  "fields": [{"field": one.name, "original": one.original, "trial": one.trial, "now": one.now,
                              "state": one.state} for one in row.fields]} for row in self.rows if row.state != "ok"]
        return {"plan": self.plan, "stale": self.is_stale, "counts": counts, "messages": list(self.messages()),
                "control": dict(self.control), "rows": moved}


@dataclass(frozen=True)
class Decision:
    """How a conflict ends: take the `trial`, keep `live`, or a new `value` typed by a person (text, as for a filter)."""

    taken: str
    value: str = ""


def check_plan(plan: Plan, live: Mapping[str, Source]) -> PlanCheck:
    """The plan against the live tables, by table name: Parquet of the mirror or any export a connector reads."""
    missing = [one.table for one in plan.targets if one.table not in live]
    if missing:
        raise PlanRefused(f"the plan changes {missing[0]}; name the file of this live table as it is now")
    own = {one.table: [row for row in plan.rows if row.table == one.table] for one in plan.targets}
    task = {"targets": [{**live_task(one, live),
                         "keys": [[*(row.key[column] for column in one.key), place]
                                  for place, row in enumerate(own[one.table])]} for one in plan.targets]}
    answer = run_task("plan_find", task, limits=_LIMITS)["targets"]
    states = [state for target, found in zip(plan.targets, answer, strict=True)
              for state in _states(target, own[target.table], found["rows"], live[target.table].shown_name)]
    totals = {target.table: Control(found["count"], found["sums"])
              for target, found in zip(plan.targets, answer, strict=True)}
    states.sort(key=lambda state: state.number)
    return PlanCheck(plan.sha256, tuple(states), totals, control_of(plan.targets, _waiting(plan, states), totals))


def _waiting(plan: Plan, states: Sequence[RowState]) -> list[PlanRow]:
    """The rows with the fields that live does not have yet."""
    done = {state.number: {one.name for one in state.fields if one.state == "done"} for state in states}
    waiting = {state.number for state in states if state.state != "done"}
    return [replace(row, fields={name: move for name, move in row.fields.items() if name not in done[row.number]})
            for row in plan.rows if row.number in waiting]


def live_task(target: PlanTarget, live: Mapping[str, Source]) -> dict[str, Any]:
    """What the child needs to read one live table."""
    source = live[target.table]
    return {"table": target.table, "key": target.key, "compare": target.compare, "types": dict(target.types),
            "live": {"path": str(source.path.resolve()), "name": source.shown_name, "settings": dict(source.settings)}}


def _states(target: PlanTarget, rows: Sequence[PlanRow], found: Sequence[Sequence[Any]], name: str) -> list[RowState]:
    now: dict[int, Sequence[Any]] = {}
    for place, line, *values in found:
        if place in now:
            raise PlanRefused(f"{name}: {named(target, rows[place].key)} stands twice, in rows {now[place][0]} and "
                              f"{line}; a key stands for one row")
        now[place] = (line, values)
    return [_state(target, row, dict(zip(target.compare, now[place][1], strict=True)) if place in now else None)
            for place, row in enumerate(rows)]


def _state(target: PlanTarget, row: PlanRow, now: Mapping[str, Value] | None) -> RowState:
    name = named(target, row.key)
    if now is None:
        state = {"create": "ok", "withdraw": "done", "update": "gone"}[row.kind]
        return RowState(row.number, row.table, name, state, (), (f"{name} is gone",) if state == "gone" else ())
    fields = tuple(_field(row, column, move, now[column]) for column, move in row.fields.items())
    states = {field.state for field in fields}
    state = next((one for one in ("conflict", "ok", "done") if one in states), "done" if row.kind == "create" else "ok")
    words = [f"{name} {field.name} {shown(field.original, target.kinds[field.name])} → "
             f"{shown(field.now, target.kinds[field.name])}" for field in fields if field.state == "conflict"]
    return RowState(row.number, row.table, name, state, fields, tuple(words))


def _field(row: PlanRow, column: str, move: Move, now: Value) -> FieldState:
    # A row to create has no original, and one to withdraw has no trial: only the other two can agree.
    if row.kind != "create" and now == move.live:
        state = "ok"
    else:
        state = "done" if row.kind != "withdraw" and now == move.trial else "conflict"
    return FieldState(column, move.live, move.trial, now, state)


def resolve_plan(plan: Plan, found: PlanCheck, decisions: Mapping[tuple[int, str], Decision]) -> Plan:
    """A new plan over live as it is now. `decisions`: by row number and field; every conflict needs one.

    A row that is gone, or to withdraw, is decided as a whole, with an empty field name: take the trial (withdraw it as
    it is now) or keep live (leave it out). Fields that live has already are left out. A row to create that exists by
    now becomes an update. Raises PlanRefused naming each conflict without a decision.
    """
    if found.plan != plan.sha256:
        raise PlanRefused("the check is of another plan; check this plan again")
    states = {state.number: state for state in found.rows}
    faults: list[str] = []
    rows: list[PlanRow] = []
    notes: list[Mapping[str, Any]] = []
    for row in plan.rows:
        kept = _resolved(plan.target(row.table), row, states[row.number], decisions, faults, notes)
        if kept is not None:
            rows.append(kept)
    known = {(note["number"], note["field"]) for note in notes}
    if not faults:
        faults = [f"row {number}{field and f', field {field}'}: there is no conflict to decide"
                  for number, field in decisions if (number, field) not in known]
    if faults:
        raise PlanRefused(several(faults))
    return Plan(plan.mapping, plan.run, plan.targets, numbered(rows), found.live, inverse_of=plan.inverse_of,
                based_on=plan.sha256, decisions=tuple(notes))


def _resolved(target: PlanTarget, row: PlanRow, state: RowState, decisions: Mapping[tuple[int, str], Decision],
              faults: list[str], notes: list[Mapping[str, Any]]) -> PlanRow | None:
    if state.state == "ok" and all(field.state == "ok" for field in state.fields):
        return row
    if state.state == "done":
        return None
    if state.state == "gone" or row.kind == "withdraw":
        return _whole_row(row, state, decisions, faults, notes)
    moves = {}
    for field in state.fields:
        taken: Value = field.trial
        if field.state == "conflict":
            given = decisions.get((row.number, field.name))
            taken = _taken(target, state, field, given, faults)
            if given is not None:
                notes.append({"number": row.number, "row": state.name, "field": field.name, "taken": given.taken,
                              "value": taken})
        if taken != field.now:
            moves[field.name] = Move(field.now, taken)
    return PlanRow(0, "update", row.table, row.key, moves, row.why, row.origins, row.decision) if moves else None


def _whole_row(row: PlanRow, state: RowState, decisions: Mapping[tuple[int, str], Decision], faults: list[str],
               notes: list[Mapping[str, Any]]) -> PlanRow | None:
    given = decisions.get((row.number, ""))
    allowed = (KEEP_LIVE,) if state.state == "gone" else (KEEP_LIVE, TAKE_TRIAL)
    if given is None or given.taken not in allowed:
        faults.append(f"row {row.number}, {state.name}: say {' or '.join(allowed)} for the whole row")
        return None
    notes.append({"number": row.number, "row": state.name, "field": "", "taken": given.taken, "value": None})
    if given.taken == KEEP_LIVE:
        return None
    moves = {field.name: Move(field.now, None) for field in state.fields}
    return PlanRow(0, row.kind, row.table, row.key, moves, row.why, row.origins, row.decision)


def _taken(target: PlanTarget, state: RowState, field: FieldState, given: Decision | None, faults: list[str]) -> Value:
    """The value a conflict ends with; a fault is added where no decision says it."""
    kind = target.kinds[field.name]
    if given is not None and given.taken in {TAKE_TRIAL, KEEP_LIVE}:
        return field.trial if given.taken == TAKE_TRIAL else field.now
    if given is not None and given.taken == NEW_VALUE:
        try:
            return value_from(given.value, kind)
        except ValueError as error:
            faults.append(f"row {state.number}, {state.name} {field.name}: {given.value!r}: {error}")
            return field.now
    faults.append(f"row {state.number}, {state.name} {field.name}: original {shown(field.original, kind)}, trial "
                  f"{shown(field.trial, kind)}, live now {shown(field.now, kind)}: say trial, live or a new value")
    return field.now
