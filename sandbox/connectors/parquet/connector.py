"""Reads Parquet: every value as the text that says exactly the same, so that the mapping decides on types."""
# ruff: noqa: S608 – names in SQL are quoted and texts escaped; nothing a person types is SQL
from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from sandbox.errors import InputRefused
from sandbox.receiving.given import settings_schema
from sandbox.receiving.received import LINE, Received, Report, Settings
from sandbox.receiving.writing import (
    OWN_COLUMNS,
    PARQUET,
    checked_columns,
    fresh_path,
    literal,
    locked,
    quoted,
    start_of,
)

NAME = "parquet"
READS = (".parquet", ".pq")
SETTINGS = settings_schema({})
MAX_BYTES = 16_000_000_000
_MARKS = OWN_COLUMNS[1:]
_MOST_LINES, _DEEPEST = 1 << 38, 12


def receive(path: Path, settings: Settings, folder: Path, *, name: str = "",
            report: Report = lambda percent, doing: None) -> tuple[Received, ...]:
    """The table as text; `_line` is the number of the row, or the file's own where it was written by a mirror."""
    shown = name or path.name
    _check_kind(path, shown)
    report(0, "reading the columns")
    target = fresh_path(folder)
    with locked(folder, path) as connection:
        source = f"read_parquet({literal(str(path.resolve()))})"
        try:
            types = _types(connection, source)
            columns = [column for column in types if column not in OWN_COLUMNS]
            checked_columns(columns, f"{shown}: the schema")
            _check_depth(types, shown)
            marks = [mark for mark in _MARKS if types.get(mark) == "BOOLEAN"]
            line = LINE if _has_lines(connection, source, types) else f"row_number() OVER () AS {LINE}"
            texts = [f"coalesce({_text(connection, source, column, types[column])}, '') AS {quoted(column)}"
                     for column in columns]
            connection.execute(f"COPY (SELECT {', '.join([line, *texts, *marks])} FROM {source}) "
                               f"TO {literal(str(target.resolve()))} ({PARQUET})")
            [rows] = connection.execute(f"SELECT count(*) FROM {source}").fetchone() or (0,)
        except duckdb.OutOfMemoryException:
            raise  # the file may be sound; it is the limit that is passed
        except duckdb.Error as error:
            target.unlink(missing_ok=True)
            raise InputRefused(f"{shown}: the Parquet file is damaged ({str(error).splitlines()[0][:200]})") from error
    report(100, "received")
    return (Received(shown, target, tuple(columns), rows),)


def proposed(path: Path, settings: Settings, name: str = "") -> dict[str, Any]:
    """The columns and the types that the file itself gives them."""
    shown = name or path.name
    _check_kind(path, shown)
    with locked(path.parent, path) as connection:
        try:
            types = _types(connection, f"read_parquet({literal(str(path.resolve()))})")
        except duckdb.Error as error:
            raise InputRefused(f"{shown}: the Parquet file is damaged ({str(error).splitlines()[0][:200]})") from error
    return {"settings": {}, "columns": [column for column in types if column not in OWN_COLUMNS], "types": types}


def _check_kind(path: Path, name: str) -> None:
    start = start_of(path, name, MAX_BYTES)
    if start.startswith(b"ARROW1"):
        raise InputRefused(f"{name}: an Arrow file; Arrow is not read here, write the table as Parquet")
    if not start.startswith(b"PAR1"):
        raise InputRefused(f"{name}: its content is not Parquet; export it again")


def _types(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    return {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}


def _check_depth(types: dict[str, str], name: str) -> None:
    """Refuses lists in lists in lists: the text of each level takes twice as long as that of the one inside it."""
    for column, kind in types.items():
        depth = deepest = 0
        for bracket in re.findall(r"[()]", kind):
            depth += 1 if bracket == "(" else -1
            deepest = max(deepest, depth)
        deepest += max((len(run) // 2 for run in re.findall(r"(?:\[\])+", kind)), default=0)
        if deepest > _DEEPEST:
            raise InputRefused(f'{name}: column "{column}" is nested {deepest} levels deep; at most {_DEEPEST} are read')


def _has_lines(connection: duckdb.DuckDBPyConnection, source: str, types: dict[str, str]) -> bool:
    """Whether the file's own lines are lines: one for each row, and below zero only where rows may be fake."""
    if types.get(LINE) != "BIGINT":
        return False
    least = -_MOST_LINES if "_fake" in types else 0
    odd = connection.execute(f"SELECT 1 FROM {source} WHERE {LINE} IS NULL OR NOT {LINE} BETWEEN {least} AND {_MOST_LINES} LIMIT 1")
    return odd.fetchone() is None


def _text(connection: duckdb.DuckDBPyConnection, source: str, column: str, kind: str) -> str:
    """SQL for the text of one column of this DuckDB type."""
    name = quoted(column)
    if kind == "VARCHAR":
        return name
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION", "VARIANT")):
        return f"CAST(to_json({name}) AS VARCHAR)"
    if kind in ("FLOAT", "DOUBLE"):
        return _number(connection, source, name)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"replace(replace(CAST({name} AS VARCHAR), ' ', 'T'), '+00', 'Z')"
    if kind.startswith("TIMESTAMP"):
        return f"replace(CAST({name} AS VARCHAR), ' ', 'T')"
    return f"to_base64({name})" if kind == "BLOB" else f"CAST({name} AS VARCHAR)"


def _number(connection: duckdb.DuckDBPyConnection, source: str, name: str) -> str:
    """The shortest text that gives the same float again, without an exponent and without a needless .0."""
    shown = f"CAST({name} AS VARCHAR)"
    odd = connection.execute(f"SELECT DISTINCT {shown} FROM {source} WHERE contains({shown}, 'e')").fetchall()
    branches = " ".join(f"WHEN {literal(text)} THEN {literal(f'{Decimal(text):f}')}" for (text,) in odd)
    plain = f"CASE {shown} {branches} ELSE {shown} END" if branches else shown
    return f"regexp_replace({plain}, '\\.0$', '')"
