"""The conformance suite: mappings with edge rows, and what a run of each must give; an engine passes all or is not offered."""
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from sandbox.engines.oracle import OracleResult, run
from sandbox.errors import InputRefused
from sandbox.formula.tree import Value
from sandbox.mapping.check import checked

FIRST_LINE = 2  # the header stands on line 1


@dataclass(frozen=True)
class Case:
    """One case. `tables` are received rows by source: text cells or None, `_line`, and `_fake` where any row is fake.

    `expected` is what `plain_result` makes of a run; of a run that must stop it is `{"stops": message}`.
    """

    name: str
    says: str
    mapping: str
    tables: Mapping[str, list[dict[str, Any]]]
    parameters: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    masked: Mapping[str, list[str]] = field(default_factory=dict)
    expected: Mapping[str, Any] = field(default_factory=dict)


def cases() -> list[Case]:
    """All cases, by name."""
    folder = files("sandbox.conformance")
    names = sorted(one.name.removesuffix(".yaml") for one in folder.iterdir() if one.name.endswith(".yaml"))
    return [_case(folder, name) for name in names]


def _case(folder: Traversable, name: str) -> Case:
    given = yaml.safe_load(folder.joinpath(f"{name}.yaml").read_text(encoding="utf-8"))
    expected = folder.joinpath(f"{name}.json")
    tables = {source: _rows(table) for source, table in given["tables"].items()}
    return Case(name, given["says"], given["mapping"], tables, given.get("parameters", {}), given.get("marks", {}),
                given.get("masked", {}),
                json.loads(expected.read_text(encoding="utf-8")) if expected.is_file() else {})


def _rows(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows with their lines; `fake` lists the lines of fake rows."""
    found = []
    for line, cells in enumerate(table["rows"], start=FIRST_LINE):
        row: dict[str, Any] = dict(zip(table["columns"], cells, strict=True))
        row["_line"] = line
        if "fake" in table:
            row["_fake"] = line in table["fake"]
        found.append(row)
    return found


def expected_of(case: Case) -> dict[str, Any]:
    """What the oracle makes of the case: the content of its JSON file."""
    try:
        result = run(checked(case.mapping), case.tables, case.parameters, marks=case.marks, masked=case.masked)
    except InputRefused as refusal:
        return {"stops": str(refusal)}
    return plain_result(result)


def plain(value: Value) -> str | int | bool | None:
    """A value as JSON holds it: decimals in plain notation with all their places, dates in ISO form."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def plain_result(result: OracleResult) -> dict[str, Any]:
    """The whole result as JSON. Rows whose order means nothing are sorted; `refused` is [step, item, kind, origin]."""
    return {
        "targets": [{
            "table": target.table, "counts": dict(target.counts),
            "staged": in_order([{**_row(row.values), "_fake": row.fake, **_edited(row.edited)} for row in target.staged]),
            "diff": [{
                "_kind": row.kind, "key": [plain(value) for value in row.key],
                "live": None if row.live is None else _row(row.live),
                "trial": None if row.trial is None else _row(row.trial),
                "_changed": list(row.changed), "_why": row.why, "_from": [f"{name}:{line}" for name, line in row.origins],
                "_fake": row.fake, "_masked": row.masked, **_edited(row.edited),
            } for row in target.diff],
        } for target in result.targets],
        "refused": in_order([[one.step, one.item, one.kind, f"{one.line[0]}:{one.line[1]}" if one.line else None]
                             for one in result.refused]),
        "coverage": {name: {"matched": counts[0], "unmatched": counts[1]} for name, counts in result.coverage.items()},
        "warnings": {f"{step}.{check}": count for (step, check), count in sorted(result.warnings.items())},
    }


def _row(values: Mapping[str, Value]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def _edited(is_edited: bool) -> dict[str, bool]:
    """The mark of an edited value: written only where there is one."""
    return {"_edited": True} if is_edited else {}


def in_order(rows: list[Any]) -> list[Any]:
    """Rows of JSON in an order of their own, so that two lists of the same rows are equal."""
    return sorted(rows, key=lambda row: json.dumps(row, ensure_ascii=False))
