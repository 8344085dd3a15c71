"""Two finished runs side by side: which inputs and rules differ, and what that moved, row by row."""
from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.child import Limits, run_task
from sandbox.mapping.difference import difference
from sandbox.mapping.reading import read
from sandbox.plan.runs import RunTarget, StoredRun, stored_run
from sandbox.tables import csv_text

_LIMITS = Limits(memory_mb=4096, cpu_seconds=300, wall_seconds=300, answer_mb=4000)
SHOWN = 1000
STATES = ("only_first", "only_second", "moved")


@dataclass(frozen=True)
class RunComparison:
    """What `as_json` writes: see docs/formats/comparison.md. `targets` holds counts and the first rows of each table."""

    first: str
    second: str
    inputs: tuple[Mapping[str, Any], ...]
    mapping: Mapping[str, Any]
    targets: tuple[Mapping[str, Any], ...]

    @property
    def is_same(self) -> bool:
        """Whether no row of any table moved."""
        return not any(sum(one["counts"].values()) or one["not_compared"] for one in self.targets)

    def as_json(self) -> dict[str, Any]:
        return {"first": self.first, "second": self.second, "inputs": list(self.inputs), "mapping": dict(self.mapping),
                "targets": list(self.targets)}


def compare_runs(first: Path, second: Path, *, out: Path | None = None, shown: int = SHOWN) -> RunComparison:
    """What the second run has otherwise than the first. Both are folders that `trial run --out` wrote.

    A row moved when it stands in one diff only, is of another kind, or has another trial value. With `out`, a new
    folder with `comparison.json` and, of each table compared, every row that moved (`moved-<n>.parquet`).
    """
    one, other = stored_run(first), stored_run(second)
    pairs = _pairs(one, other)
    task = {"shown": shown, "keeps": out is not None,
            "targets": [_task(a, b) for a, b in pairs if a and b and not _reason(a, b)]}
    answers = iter(run_task("compare", task, out=out, limits=_LIMITS)["targets"])
    targets, number = [], 0
    for a, b in pairs:
        reason = _reason(a, b)
        number += not reason
        file = f"moved-{number}.parquet" if out and not reason else ""
        targets.append(_target(a, b, reason, {} if reason else next(answers), file))
    found = RunComparison(one.run, other.run, _inputs(one, other), _mapping(one, other), tuple(targets))
    if out is not None:
        (out / "comparison.json").write_text(
            json.dumps(found.as_json(), ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    return found


Pair = tuple[RunTarget | None, RunTarget | None]


def _pairs(one: StoredRun, other: StoredRun) -> list[Pair]:
    """Targets of the two runs by table, in the order of the first."""
    seconds = {target.columns.table: target for target in other.targets}
    pairs: list[Pair] = [(target, seconds.pop(target.columns.table, None)) for target in one.targets]
    return [*pairs, *((None, target) for target in seconds.values())]


def _reason(first: RunTarget | None, second: RunTarget | None) -> str:
    """Why two targets cannot be compared row by row; empty where they can."""
    if first is None or second is None:
        return f"only the {'second' if first is None else 'first'} run has this table"
    a, b = first.columns, second.columns
    if a.key != b.key:
        return f"the key is {', '.join(a.key)} in the first run and {', '.join(b.key)} in the second"
    for column in (*a.key, *(name for name in a.compare if name in b.compare)):
        if a.types[column] != b.types[column]:
            return f'column "{column}" is {a.types[column]} in the first run and {b.types[column]} in the second'
    return ""


def _task(first: RunTarget, second: RunTarget) -> dict[str, Any]:
    own = first.columns
    return {"table": own.table, "key": own.key, "types": dict(own.types), "compare": _common(first, second),
            "first": str(first.diff.resolve()), "second": str(second.diff.resolve())}


def _common(first: RunTarget, second: RunTarget) -> list[str]:
    return [column for column in first.columns.compare if column in second.columns.compare]


def _target(first: RunTarget | None, second: RunTarget | None, reason: str, answer: Mapping[str, Any], file: str
            ) -> dict[str, Any]:
    sides = [list(side.columns.compare) if side else [] for side in (first, second)]
    own = next(side.columns for side in (first, second) if side)
    compared = [column for column in sides[0] if column in sides[1]]
    counted, sizes = answer.get("counts", ()), answer.get("sizes", (0, 0))
    return {
        "table": own.table, "key": list(own.key), "compare": compared, "not_compared": reason,
        "columns": {word: [column for column in side if column not in compared]
                    for word, side in zip(("only_first", "only_second"), sides, strict=True)},
        "diff_rows": {"first": sizes[0], "second": sizes[1]},
        "counts": {state: sum(row[3] for row in counted if row[0] == state) for state in STATES},
        "kinds": [{"first": was, "second": now, "count": count} for _, was, now, count, *_ in counted],
        "fields": {column: sum(row[4 + place] for row in counted) for place, column in enumerate(compared)},
        "file": file, "rows": [_row(own.key, compared, row) for row in answer.get("rows", ())],
    }


def _row(key: Sequence[str], compare: Sequence[str], given: Sequence[Any]) -> dict[str, Any]:
    state, was, now, why_was, why_now, moved = given[:6]
    values = given[6 + len(key):]
    pairs = zip(compare, values[:len(compare)], values[len(compare):], strict=True)
    return {"state": state, "kind": {"first": was, "second": now}, "key": dict(zip(key, given[6:], strict=False)),
            "fields": {column: {"first": a, "second": b} for column, a, b in pairs if state != "moved" or column in moved},
            "why": {"first": why_was or "", "second": why_now or ""}}


def _inputs(one: StoredRun, other: StoredRun) -> tuple[Mapping[str, Any], ...]:
    names = dict.fromkeys([*one.inputs, *other.inputs])
    return tuple({"name": name, "first": one.inputs.get(name, ""), "second": other.inputs.get(name, ""),
                  "same": one.inputs.get(name) == other.inputs.get(name)} for name in names)


def _mapping(one: StoredRun, other: StoredRun) -> dict[str, Any]:
    """The hashes of both mappings, and in words what the second has otherwise."""
    same = one.mapping == other.mapping
    changes = [] if same else difference(read(one.mapping_text).spec, read(other.mapping_text).spec)
    return {"first": one.mapping, "second": other.mapping, "same": same, "changes": [one.words for one in changes]}


def comparison_csv(found: RunComparison) -> str:
    """One line a field that moved (or a row without fields), safe to open in a spreadsheet."""
    lines = []
    for target in found.targets:
        for row in target["rows"]:
            key = "; ".join(f"{name}={'' if value is None else value}" for name, value in row["key"].items())
            head = [target["table"], key, row["state"], row["kind"]["first"] or "", row["kind"]["second"] or ""]
            lines += [[*head, name, move["first"], move["second"], row["why"]["second"] or row["why"]["first"]]
                      for name, move in row["fields"].items()] or [[*head, "", "", "", row["why"]["second"]]]
    return csv_text(["table", "key", "state", "kind_first", "kind_second", "field", "first", "second", "why"], lines)
