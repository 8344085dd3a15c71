"""Plans: a chosen subset of a run's diff, its inverse, and the rehearsal of both on a copy of the live tables."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.child import Limits, run_task
from sandbox.naming import nearest
from sandbox.plan.checking import check_plan, live_task
from sandbox.plan.model import (
    KINDS,
    Control,
    Move,
    Plan,
    PlanRefused,
    PlanRow,
    PlanStale,
    PlanTarget,
    RowKey,
    numbered,
    several,
)
from sandbox.plan.runs import RunTarget, StoredRun, stored_run
from sandbox.plan.values import MOST_ROWS, Value, shown, type_of, value_from
from sandbox.reconciliation.run import Source

DECISIONS = ("withdraw", "keep")
_OPPOSITE = {"create": "withdraw", "update": "update", "withdraw": "create"}
_LIMITS = Limits(memory_mb=3072, cpu_seconds=300, wall_seconds=300, answer_mb=1000)
_REASONS = {
    "fake": "a fake row never enters a plan",
    "edited": "a row that comes from an edited value never enters a plan: no tool holds that value",
    "masked": "a masked row never enters a plan: its true values are not known here",
    "flagged": "a flagged row enters only when it is chosen one by one with a decision: withdraw or keep",
    "doubtful": "rows were refused, edited or left out, and for that alone it may look new or gone: choose it by its kind "
                "(kind=withdraw, kind=create) or one by one",
    "refused": "a refused row never enters a plan; its check says why",
}


def make_plan(run: Path, *, only: Sequence[tuple[str, str]] = (), rows: Sequence[RowKey] | None = None,
              without: Sequence[RowKey] = (), flagged: Mapping[RowKey, str] | None = None,
              kinds: Sequence[str] = (), among: Sequence[str] = ()) -> Plan:
    """The plan of the rows chosen from that run folder: all of them, those that filters let pass, or one by one.

    `only`: (field, value) pairs over key and trial columns (live ones where a row is withdrawn), or `kind` and
    `table`; values of one field are alternatives. `rows`: exactly these. `without`: not these. `flagged`: a decision
    (withdraw or keep) for flagged rows. `kinds`: rows of these kinds; the kind flagged, which is chosen knowingly,
    withdraws them. Fake, edited, masked, flagged and refused rows that a filter chooses are left out and named in
    `left_out`; chosen one by one they raise PlanRefused. Rows that refused rows may have made (`doubtful` of the run)
    enter only one by one, or where `only` or `kinds` names their kind. `among`: a filter that names no kind passes rows of
    these kinds alone, those in doubt left out all the same.
    """
    decided = dict(flagged or {})
    only = [*only, *(("kind", kind) for kind in kinds)]
    stored = stored_run(run)
    _check_choice(only, rows, decided)
    filters = _filters(only, stored.targets)
    picked = {**dict.fromkeys(rows or (), "chosen"), **decided}
    task = {"flagged": "withdraw" if "flagged" in kinds else "",
            "targets": [_chosen_task(one, filters.get(one.columns.table), among, picked, without, by_filter=rows is None)
                        for one in stored.targets]}
    _known_tables([*picked, *without], stored.targets)
    answer = run_task("plan_choose", task, limits=_LIMITS)["targets"]
    found = list(zip(stored.targets, answer, strict=True))
    _refuse_lost(found)
    if rows is not None:
        _refuse_named(found)
    return _plan(stored, found)


def inverse_plan(plan: Plan) -> Plan:
    """The plan that takes that one back: created rows withdrawn, withdrawn ones created, fields as they were.

    Rows come in the opposite order. Nothing is erased: the inverse is a plan of its own, with its own hash.
    """
    rows = numbered(PlanRow(0, _OPPOSITE[row.kind], row.table, row.key,
                            {name: Move(move.trial, move.live) for name, move in row.fields.items()},
                            row.why, row.origins, row.decision) for row in reversed(plan.rows))
    after = {table: Control(one["rows"]["after"], {column: sums["after"] for column, sums in one["sums"].items()})
             for table, one in plan.as_json()["control"].items()}
    return Plan(plan.mapping, plan.run, plan.targets, rows, after, inverse_of=plan.sha256)


@dataclass(frozen=True)
class Rehearsal:
    """A plan and its inverse tried on a copy of the live tables; hashes stand for all rows of all tables.

    `equal`: the inverse gave the very table back. `as_planned`: with the plan every chosen row was as in the trial
    and no other row had moved. `differences` names rows that were not as they should be, the first thousand.
    """

    plan: str
    inverse: str
    before: str
    applied: str
    reverted: str
    equal: bool
    as_planned: bool
    differences: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {"plan": self.plan, "inverse": self.inverse, "before": self.before, "applied": self.applied,
                "reverted": self.reverted, "equal": self.equal, "as_planned": self.as_planned,
                "differences": list(self.differences)}


def rehearse_plan(plan: Plan, live: Mapping[str, Source]) -> Rehearsal:
    """Applies the plan, then its inverse, to copies of the live tables (by table name). Raises PlanStale."""
    found = check_plan(plan, live)
    waiting = [row for row in found.rows if row.state != "ok"]
    if waiting:
        raise PlanStale("the plan cannot be rehearsed on these tables:\n" + several(
            [*found.messages(), *(f"{row.name} is already as planned" for row in waiting if row.state == "done")]))
    back = inverse_plan(plan)
    task = {"targets": [{**live_task(target, live), "plan": _moves(target, plan), "inverse": _moves(target, back)}
                        for target in plan.targets]}
    answer = run_task("plan_rehearse", task, limits=_LIMITS)["targets"]
    before, applied, reverted = ("-".join(one["hashes"][place] for one in answer) for place in range(3))
    differences = [_in_words(target, key) for target, one in zip(plan.targets, answer, strict=True)
                   for key in [*one["differences"], *one["touched"]]]
    fine = all(not one["wrong"] and not one["touched"] for one in answer)
    return Rehearsal(plan.sha256, back.sha256, before, applied, reverted, before == reverted, fine,
                     tuple(differences[:1000]))


def run_live(run: Path) -> dict[str, Source]:
    """The live tables as they were when that run was made, by table name: what a plan is first rehearsed on."""
    return {one.columns.table: Source(one.live) for one in stored_run(run).targets}


def _moves(target: PlanTarget, plan: Plan) -> list[list[Any]]:
    return [[*(row.key[column] for column in target.key),
             *(row.fields[column].trial if column in row.fields else None for column in target.compare),
             row.kind, *("true" if column in row.fields else "false" for column in target.compare)]
            for row in plan.rows if row.table == target.table]


def _check_choice(only: Sequence[tuple[str, str]], rows: Sequence[RowKey] | None, decided: Mapping[RowKey, str]
                  ) -> None:
    if rows is not None and only:
        raise PlanRefused("rows are chosen by filter or one by one, not both")
    for (table, key), decision in decided.items():
        if decision not in DECISIONS:
            raise PlanRefused(f"{table} {', '.join(key)}: the decision {decision!r} is neither withdraw nor keep")


def _known_tables(keys: Iterable[RowKey], targets: Sequence[RunTarget]) -> None:
    known = {one.columns.table for one in targets}
    for table, _ in keys:
        if table not in known:
            raise PlanRefused(f"{table} is not a target of this run{_nearest(table, known)}")


def _filters(only: Sequence[tuple[str, str]], targets: Sequence[RunTarget]) -> dict[str, dict[str, list[Value]]]:
    """The wanted values by table and field; a table that cannot pass is missing."""
    fields = {name for one in targets for name in (*one.columns.key, *one.columns.compare)} | {"kind", "table"}
    for name, value in only:
        if name not in fields:
            raise PlanRefused(f'no target of this run has a field "{name}"{_nearest(name, fields)}')
        if name == "kind" and value not in {*KINDS, "flagged", "refused"}:
            raise PlanRefused(f"kind={value}: create, update or withdraw was expected{_nearest(value, KINDS)}")
    tables = {value for name, value in only if name == "table"}
    _known_tables([(table, ()) for table in sorted(tables)], targets)
    asked = {name for name, _ in only} - {"table", "kind"}
    return {one.columns.table: _wanted(only, one.columns) for one in targets
            if (not tables or one.columns.table in tables) and asked <= {*one.columns.key, *one.columns.compare}}


def _wanted(only: Sequence[tuple[str, str]], target: PlanTarget) -> dict[str, list[Value]]:
    wanted: dict[str, list[Value]] = {}
    for name, text in only:
        if name == "kind":
            wanted.setdefault(name, []).append(text)
        elif name != "table":
            wanted.setdefault(name, []).append(_typed(text, name, target))
    return wanted


def _typed(text: str, column: str, target: PlanTarget) -> Value:
    try:
        return value_from(text, type_of(target.types[column]))
    except ValueError as error:
        raise PlanRefused(f'{target.table}, column "{column}": {text!r}: {error}') from error


def _chosen_task(target: RunTarget, only: Mapping[str, list[Value]] | None, among: Sequence[str],
                 picked: Mapping[RowKey, str], without: Sequence[RowKey], *, by_filter: bool) -> dict[str, Any]:
    own, wanted = target.columns, dict(only or {})
    named = wanted.get("kind", [])
    if among:
        wanted.setdefault("kind", list(among))
    return {
        "table": own.table, "key": own.key, "compare": own.compare, "types": dict(own.types),
        "diff": str(target.diff.resolve()), "live": str(target.live.resolve()),
        "filtered": by_filter and only is not None, "only": wanted,
        # Named by its kind, a row in doubt is chosen knowingly.
        "doubtful": [kind for kind in target.doubtful if kind not in named],
        "picked": [[*_key_values(key, own), said] for (table, key), said in picked.items() if table == own.table],
        "without": [[*_key_values(key, own), "yes"] for table, key in dict.fromkeys(without) if table == own.table],
    }


def _key_values(key: tuple[str, ...], target: PlanTarget) -> list[Value]:
    if len(key) != len(target.key):
        raise PlanRefused(f"{target.table}: a row is named by {', '.join(target.key)}; {', '.join(key)!r} was given")
    return [_typed(text, column, target) for text, column in zip(key, target.key, strict=True)]


Found = Sequence[tuple[RunTarget, Mapping[str, Any]]]


def _refuse_lost(found: Found) -> None:
    lost = [f"{_in_words(target.columns, key)}: no changed row of this run has this key"
            for target, answer in found for key in answer["lost"]]
    if lost:
        raise PlanRefused(several(lost))


def _refuse_named(found: Found) -> None:
    refused = [f"{_in_words(target.columns, row[6:])}: {_REASONS[row[0]]}"
               for target, answer in found for row in answer["left_out"]]
    if refused:
        raise PlanRefused(several(refused))


def _in_words(target: PlanTarget, key: Sequence[Value]) -> str:
    said = (f"{column} {shown(value, target.kinds[column])}" for column, value in zip(target.key, key, strict=False))
    return f"{target.table} {', '.join(said)}"


def _plan(stored: StoredRun, found: Found) -> Plan:
    rows, control, counts, sample = [], {}, dict[str, int](), []
    for target, answer in found:
        own = target.columns
        rows += [_row(own, row) for row in answer["rows"] if row[2] != "keep"]
        control[own.table] = Control(answer["count"], answer["sums"])
        for reason, count in answer["counts"].items():
            counts[reason] = counts.get(reason, 0) + count
        sample += [{"row": _in_words(own, row[6:]), "reason": row[0]} for row in answer["left_out"]]
    if len(rows) > MOST_ROWS:
        raise PlanRefused(f"a plan holds {MOST_ROWS:,} rows at most; choose fewer with a filter")
    # A table without a chosen row is no part of the plan: nothing of it is counted, checked or asked for.
    changed = {row.table for row in rows} or set(control)
    targets = tuple(one.columns for one in stored.targets if one.columns.table in changed)
    counted = {table: one for table, one in control.items() if table in changed}
    return Plan(stored.mapping, stored.run, targets, numbered(rows), counted, dict(sorted(counts.items())),
                tuple(sample[:1000]))


def _row(target: PlanTarget, given: Sequence[Any]) -> PlanRow:
    """A row of the child's answer: reason, kind, decision, why, from, changed, then key, live and trial values."""
    _, kind, decision, why, origins, changed = given[:6]
    width, values = len(target.compare), given[6 + len(target.key):]
    moves = {column: Move(live, trial) for column, live, trial
             in zip(target.compare, values[:width], values[width:], strict=True)
             if kind != "update" or column in (changed or ())}
    return PlanRow(0, "withdraw" if kind == "flagged" else kind, target.table,
                   dict(zip(target.key, given[6:6 + len(target.key)], strict=True)), moves, why,
                   tuple(origins or ()), decision if kind == "flagged" else "")


def _nearest(name: str, known: Iterable[str]) -> str:
    near = nearest(name, sorted(known))
    return f'; the nearest is "{near}"' if near else ""
