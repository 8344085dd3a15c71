"""A live table in the child process, typed as its target says, from the Parquet of a mirror or from an export."""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from sandbox.errors import InputRefused
from sandbox.formula.sql import quoted, reading, sql_type
from sandbox.formula.types import Kind
from sandbox.naming import nearest
from sandbox.plan.values import type_of
from sandbox.receiving.received import LINE


def said(written: str, column: str) -> str:
    """SQL of a typed column as a plan holds its value: whole numbers and true or false as they are, the rest as text."""
    kind = type_of(written)
    if kind.kind is Kind.TEXT:
        return f"nullif(CAST({column} AS VARCHAR), '')"
    if kind.kind in {Kind.INT, Kind.BOOL}:
        return column
    return f"CAST(CAST({column} AS {stored_type(written)}) AS VARCHAR)"


def stored_type(written: str) -> str:
    """The SQL type of a column of that type."""
    return sql_type(type_of(written))


def work_folder(out: Path) -> Path:
    """A folder beside `out` for what a task needs on its way and does not leave behind."""
    work = out.with_name("work")
    work.mkdir(exist_ok=True)
    return work


def load_live(connection: duckdb.DuckDBPyConnection, name: str, target: Mapping[str, Any], folder: Path) -> None:
    """The table `name` with the key, the compared columns and `_line`. A cell that does not convert is refused."""
    given = target["live"]
    path, settings = Path(given["path"]), given["settings"]
    if path.suffix.lower() != ".parquet":
        from sandbox.connectors import receive_file  # noqa: PLC0415 – a table of the mirror needs no connector

        received = receive_file(path, settings, folder, given["name"])
        if received.refused_count:
            first = received.refused[0]
            raise InputRefused(f"{given['name']}: row {first.row}, {first.field}: {first.message}; "
                               "a live table is read whole or not at all")
        path, settings = received.path, {**received.settings, **settings}  # the decimal mark as found, where nobody said
    source = "read_parquet('" + str(path).replace("'", "''") + "')"
    held = {row[0]: row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}  # noqa: S608
    columns = [*target["key"], *target["compare"]]
    for column in columns:
        if column not in held:
            near = nearest(column, held)
            raise InputRefused(f'{given["name"]}: column "{column}" of {target["table"]} is missing'
                               + (f'; the nearest is "{near}"' if near else ""))
    mark = str(settings.get("decimal", "."))
    parts = {column: _part(column, held[column], target["types"][column], mark) for column in columns}
    line = quoted(LINE) if LINE in held else "CAST(NULL AS BIGINT)"
    failing = {column: failed for column, (_, failed) in parts.items() if failed}
    _refuse_unread(connection, source, failing, target, (line, mark))
    select = ", ".join(f"{value} AS {quoted(column)}" for column, (value, _) in parts.items())
    # Fake rows of an overlay, whose lines are negative, stand in no tool.
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT {select}, {line} AS _line FROM {source} "  # noqa: S608
                       f"WHERE {line} IS NULL OR {line} >= 0")


def _part(column: str, held: str, written: str, mark: str) -> tuple[str, str]:
    """SQL of the value, and of whether the cell fails; a column that is typed already fails where it would be rounded."""
    kind = type_of(written)
    if kind.kind is Kind.TEXT:
        return f"nullif(CAST({quoted(column)} AS VARCHAR), '')", ""
    if held != "VARCHAR":
        given, kept = quoted(column), f"TRY_CAST({quoted(column)} AS {stored_type(written)})"
        # A number of another type is only the same where nothing of it is rounded away.
        return kept, f"{given} IS NOT NULL AND ({kept} IS NULL OR CAST({kept} AS {held}) IS DISTINCT FROM {given})"
    sql = reading(kind, quoted(column), mark)
    return sql.value, sql.failed


def _refuse_unread(connection: duckdb.DuckDBPyConnection, source: str, failed: Mapping[str, str],
                   target: Mapping[str, Any], written: tuple[str, str]) -> None:
    """Refuses the first cell that fails; `written` has the SQL of a row's line, and the decimal mark."""
    line, mark = written
    for column, condition in failed.items():
        bad = connection.execute(f"SELECT {line}, {quoted(column)} FROM {source} WHERE {condition} "  # noqa: S608
                                 "ORDER BY 1 LIMIT 1").fetchall()
        if bad:
            row = "" if bad[0][0] is None else f"row {bad[0][0]}, "
            kind, place = target["types"][column], f"{target['live']['name']}: {row}column \"{column}\""
            if type_of(kind).kind is Kind.DECIMAL and isinstance(bad[0][1], str):
                raise InputRefused(f"{place}: {_shown(bad[0][1])} is not of type {kind} with the decimal mark {mark}")
            raise InputRefused(f"{place}: {_shown(bad[0][1])} is not of type {kind}")


def _shown(cell: object) -> str:
    return repr(cell) if isinstance(cell, str) else str(cell)
