"""The task of a child process that reads a page of a stored difference; the folder may come from a stranger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sandbox.formula.duckdb import quoted, text_literal
from sandbox.locked import locked_connection


def answer(task: Mapping[str, Any], folder: Path, report: Callable[[int, str], None]) -> dict[str, Any]:
    """`{"total": n, "rows": [{column: value}]}` of one Parquet file, in the order it was written."""
    work = folder.parent / "work"
    work.mkdir()
    return page(Path(task["path"]), work, task)


def page(path: Path, work: Path, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The same in this process: for files that this installation wrote itself, at a third of the time."""
    conditions = _conditions(wanted)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    with locked_connection(work, files=[path], memory_mb=512, keeps_order=True) as connection:
        sql = f"FROM read_parquet({text_literal(str(path))}){where}"
        total = connection.execute(f"SELECT count(*) {sql}").fetchall()[0][0]
        found = connection.execute(f"SELECT * {sql} LIMIT {int(wanted['limit'])} OFFSET {int(wanted['offset'])}")
        names = [one[0] for one in found.description or ()]
        rows = [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in found.fetchall()]
    return {"total": int(total), "rows": rows}


def _conditions(wanted: Mapping[str, Any]) -> list[str]:
    """What rows must hold: names are quoted and values escaped."""
    kinds = ", ".join(text_literal(kind) for kind in wanted["kinds"])
    conditions = [f"_kind IN ({kinds})"] if kinds else []
    if wanted["changed"]:
        conditions.append(f"list_contains(_changed, {text_literal(wanted['changed'])})")
    for name, value in wanted["equal"].items():
        conditions.append(f"CAST({quoted(name)} AS VARCHAR) = {text_literal(value)}")
    if wanted.get("only_fake"):
        conditions.append("_fake")
    if wanted.get("holding"):
        plain = "".join(f"!{sign}" if sign in "!%_" else sign for sign in wanted["holding"])
        like = text_literal(f"%{plain}%")  # ILIKE takes half the time of lower() on both sides
        parts = [f"CAST({quoted(name)} AS VARCHAR) ILIKE {like} ESCAPE '!'" for name in wanted["key"]]
        conditions.append(f"({' OR '.join(parts)})")
    return conditions


def _plain(value: object) -> object:
    """Decimals in plain notation, dates in ISO form."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value
