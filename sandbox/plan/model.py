"""A plan as data: rows to create, update and withdraw, its control totals, and its file with the hash of its content."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from sandbox.errors import SandboxError
from sandbox.formats import schema
from sandbox.formula.types import Type
from sandbox.plan.control import control_json
from sandbox.plan.values import MOST_ROWS, Value, is_value, shown, text_of, type_of

KINDS = ("create", "update", "withdraw")
RowKey = tuple[str, tuple[str, ...]]  # a table, and the values of its key as text, in the order of the key
_SAID = 20  # faults named in one message; the rest are counted


class PlanRefused(SandboxError):
    """A row or a file that cannot enter a plan; the text names it."""


class PlanStale(PlanRefused):
    """A plan whose rows are not in the live tables as they were; the text names each field that moved."""


@dataclass(frozen=True)
class Move:
    """One field: its value in the live tool when the run was made, and the one of the trial."""

    live: Value
    trial: Value


@dataclass(frozen=True)
class PlanTarget:
    """A live table: its key, the columns held against it, and the type of each as a mapping writes it."""

    table: str
    key: tuple[str, ...]
    compare: tuple[str, ...]
    types: Mapping[str, str]

    @cached_property
    def kinds(self) -> Mapping[str, Type]:
        return {column: type_of(written) for column, written in self.types.items()}


@dataclass(frozen=True)
class PlanRow:
    """One change. `fields` are those that move: of an update only these, of the others every compared column."""

    number: int
    kind: str
    table: str
    key: Mapping[str, Value]
    fields: Mapping[str, Move]
    why: str = ""
    origins: tuple[str, ...] = ()
    decision: str = ""

    @property
    def row_key(self) -> RowKey:
        return self.table, tuple(text_of(value) for value in self.key.values())


@dataclass(frozen=True)
class Control:
    """What to count before and after: rows of the whole live table, and the sum of each numeric compared column."""

    rows_before: int
    sums_before: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """A chosen subset of a diff. `left_out` counts, by reason, rows that were chosen and may not enter."""

    mapping: str
    run: str
    targets: tuple[PlanTarget, ...]
    rows: tuple[PlanRow, ...]
    control: Mapping[str, Control]
    left_out: Mapping[str, int] = field(default_factory=dict)
    left_out_sample: tuple[Mapping[str, Any], ...] = ()
    inverse_of: str = ""
    based_on: str = ""
    decisions: tuple[Mapping[str, Any], ...] = ()

    def target(self, table: str) -> PlanTarget:
        return next(one for one in self.targets if one.table == table)

    def part(self, first: int, count: int) -> tuple[PlanRow, ...]:
        """Rows `first` to `first + count - 1` by number; numbers begin at 1."""
        return self.rows[max(0, first - 1):max(0, first - 1 + count)]

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(_canonical(self._content)).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """The content of the plan file, with the hash of everything else in it."""
        return {**self._content, "sha256": self.sha256}

    def as_bytes(self) -> bytes:
        """The plan file: the same plan gives the same bytes."""
        return _canonical(self.as_json()) + b"\n"

    @cached_property
    def _content(self) -> dict[str, Any]:
        return {
            "plan": 1, "mapping": self.mapping, "run": self.run,
            "targets": [{"table": one.table, "key": list(one.key), "compare": list(one.compare),
                         "types": dict(one.types)} for one in self.targets],
            "rows": [_row_json(row) for row in self.rows], "control": control_json(self),
            "left_out": {"counts": dict(self.left_out), "sample": [dict(one) for one in self.left_out_sample]},
            "inverse_of": self.inverse_of, "based_on": self.based_on,
            "decisions": [dict(one) for one in self.decisions],
        }


def named(target: PlanTarget, key: Mapping[str, Value]) -> str:
    """A row as messages call it: the last part of its table in the singular, and its key: `contract C-007`."""
    return " ".join([_singular(target.table), *(shown(key[column], target.kinds[column]) for column in target.key)])


def _singular(table: str) -> str:
    word = table.rpartition(".")[2].replace("_", " ").replace("-", " ")
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word if word.endswith(("ss", "us", "is")) or not word.endswith("s") else word[:-1]


def read_plan(content: bytes, name: str = "plan.json") -> Plan:
    """The plan of that file. Raises PlanRefused where it is not one, or was altered after it was made."""
    try:
        given = json.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise PlanRefused(f"{name}: is not a JSON file in UTF-8") from error
    _check_shape(given, name)
    targets = _targets(given["targets"], name)
    order = {one.table: one for one in targets}
    plan = Plan(
        given["mapping"], given["run"], targets, tuple(_row(one, order.get(one["table"])) for one in given["rows"]),
        {table: Control(one["rows"]["before"], {column: sums["before"] for column, sums in one["sums"].items()})
         for table, one in given["control"].items()},
        given["left_out"]["counts"], tuple(given["left_out"]["sample"]),
        given["inverse_of"], given["based_on"], tuple(given["decisions"]))
    _check_rows(plan, name)
    if plan.as_json() != given:
        raise PlanRefused(f"{name}: its content is not what its hash {given['sha256'][:12]} stands for; "
                          "it was altered after it was made. Make the plan again.")
    return plan


def read_plan_file(path: Path) -> Plan:
    """The plan in that file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PlanRefused(f"{path.name}: cannot be read ({error.strerror})") from error
    return read_plan(content, path.name)


def numbered(rows: Iterable[PlanRow]) -> tuple[PlanRow, ...]:
    """The same rows, numbered from 1."""
    return tuple(PlanRow(number, row.kind, row.table, row.key, row.fields, row.why, row.origins, row.decision)
                 for number, row in enumerate(rows, start=1))


def several(faults: Sequence[str]) -> str:
    """Faults one a line, the first twenty of them, then how many more there are."""
    more = [f"and {len(faults) - _SAID:,} more"] if len(faults) > _SAID else []
    return "\n".join([*faults[:_SAID], *more])


def _canonical(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def _row_json(row: PlanRow) -> dict[str, Any]:
    return {"number": row.number, "kind": row.kind, "table": row.table, "key": dict(row.key),
            "fields": {name: {"live": move.live, "trial": move.trial} for name, move in row.fields.items()},
            "why": row.why, "from": list(row.origins), "decision": row.decision}


def _row(given: Mapping[str, Any], target: PlanTarget | None) -> PlanRow:
    """The row, its columns in the order of its target: the file holds them in the order of the alphabet."""
    key = {column: given["key"].get(column) for column in target.key} if target else {}
    order = [*target.compare, *given["fields"]] if target else []
    moves = {name: Move(given["fields"][name]["live"], given["fields"][name]["trial"])
             for name in order if name in given["fields"]}
    return PlanRow(given["number"], given["kind"], given["table"], {**key, **given["key"]}, moves,
                   given["why"], tuple(given["from"]), given["decision"])


def _targets(given: Sequence[Mapping[str, Any]], name: str) -> tuple[PlanTarget, ...]:
    targets = tuple(PlanTarget(one["table"], tuple(one["key"]), tuple(one["compare"]), one["types"]) for one in given)
    for one in targets:
        untyped = [column for column in (*one.key, *one.compare) if column not in one.types]
        if untyped:
            raise PlanRefused(f'{name}: target {one.table}: column "{untyped[0]}" has no type under types')
    if len({one.table for one in targets}) != len(targets):
        raise PlanRefused(f"{name}: a table stands twice under targets")
    return targets


def _check_shape(given: Any, name: str) -> None:
    """Against the schema. Rows alike in names and types are checked once: the schema asks nothing more of them."""
    rows = given.get("rows") if isinstance(given, dict) else None
    if isinstance(rows, list) and len(rows) > MOST_ROWS:
        raise PlanRefused(f"{name}: has {len(rows):,} rows; a plan holds {MOST_ROWS:,} at most")
    alike = {_shape(row): row for row in rows} if isinstance(rows, list) else {}
    reduced = {**given, "rows": list(alike.values())} if isinstance(rows, list) else given
    fault = min(Draft202012Validator(schema("plan")).iter_errors(reduced), key=lambda one: list(map(str, one.path)),
                default=None)
    if fault is None:
        return
    place = list(fault.absolute_path)
    if place[:1] == ["rows"] and len(place) > 1 and rows:
        place = ["row", rows.index(reduced["rows"][place[1]]) + 1, *place[2:]]
    said = "a JSON object was expected" if not place and fault.validator == "type" else fault.message[-200:]
    if not place and fault.validator == "required":
        said = f"not a plan: {said}; the file that `plan make` wrote was expected"
    raise PlanRefused(f"{name}: {' '.join(map(str, place))}{': ' if place else ''}{said}")


def _shape(value: Any) -> Any:
    """What the schema can see of a row: names, types, the kind, and whether texts are empty."""
    if isinstance(value, dict):
        return tuple((name, inner if name in {"kind", "table", "decision"} and isinstance(inner, str)
                      else _shape(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return ("list", *sorted({repr(_shape(one)) for one in value}), len(value) > _SAID)
    return type(value).__name__, bool(value) if isinstance(value, str) else value == 0


def _check_rows(plan: Plan, name: str) -> None:
    """Numbers run from 1, tables and columns are those of the targets, each key stands once, each value is typed."""
    targets = {one.table: one for one in plan.targets}
    seen: dict[RowKey, int] = {}
    for expected, row in enumerate(plan.rows, start=1):
        fault = _row_fault(row, targets.get(row.table))
        if row.number != expected:
            fault = f"number {expected} was expected"
        if not fault and row.row_key in seen:
            fault = f"the row stands under number {seen[row.row_key]} already"
        if fault:
            raise PlanRefused(f"{name}: row {row.number}: {fault}")
        seen[row.row_key] = row.number
    if set(plan.control) != set(targets):
        raise PlanRefused(f"{name}: control must name each table of targets")


def _row_fault(row: PlanRow, target: PlanTarget | None) -> str:
    if target is None:
        return f"{row.table} is not among the targets"
    if set(row.key) != set(target.key) or None in row.key.values():
        return f"the key must have a value for each of {', '.join(target.key)}"
    wanted = set(target.compare)
    if not set(row.fields) <= wanted or (row.kind != "update" and set(row.fields) != wanted):
        return f"fields must be of {', '.join(target.compare) or 'no columns'}"
    if row.kind == "update" and not row.fields:
        return "an update without a field"
    values = [*row.key.items(), *((name, value) for name, move in row.fields.items()
                                  for value in (move.live, move.trial))]
    for column, value in values:
        if not is_value(value, target.kinds[column]):
            return f'column "{column}": {value!r} is not of type {target.types[column]}'
    return ""
