"""Two stored diffs of one target side by side: one full join, of which only what moved is kept."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from sandbox.engines.live_tables import said, work_folder
from sandbox.formula.sql import quoted, text_literal
from sandbox.locked import locked_connection

Report = Callable[[int, str], None]
_MEMORY_MB = 1024


def answer(task: Mapping[str, Any], folder: Path, report: Report) -> dict[str, Any]:
    """By target: counts by state, kinds and field, and the first rows that moved; all of them in `moved-<n>.parquet`."""
    files = [Path(one[side]) for one in task["targets"] for side in ("first", "second")]
    found = []
    with locked_connection(work_folder(folder), folder, files, memory_mb=_MEMORY_MB) as connection:
        for number, one in enumerate(task["targets"], start=1):
            report(100 * (number - 1) // len(task["targets"]), f"comparing {one['table']}")
            found.append(_compared(connection, one, number, folder, task["shown"], keeps=task["keeps"]))
    return {"targets": found}


def _compared(connection: duckdb.DuckDBPyConnection, target: Mapping[str, Any], number: int, folder: Path, shown: int,
              *, keeps: bool) -> dict[str, Any]:
    name, compare = f"moved_{number}", target["compare"]
    first, second = (f"read_parquet('{target[side].replace(chr(39), chr(39) * 2)}')" for side in ("first", "second"))
    connection.execute(f"CREATE TEMP TABLE {name} AS {_join(target, first, second)}")
    flags = [f"m{place}" for place in range(len(compare))]
    sums = "".join(f", count(*) FILTER ({flag})" for flag in flags)
    moved = "".join(f", CASE WHEN {flag} THEN {text_literal(column)} END"
                    for flag, column in zip(flags, compare, strict=True))
    # A list only where it is shown or kept: it costs more than all the rest of the row.
    listed = f"list_filter([NULL{moved}], lambda one: one IS NOT NULL)::VARCHAR[] AS _moved"
    counts = connection.execute(
        f"SELECT _state, coalesce(\"_kind.first\", ''), coalesce(\"_kind.second\", ''), count(*){sums} "  # noqa: S608
        f"FROM {name} GROUP BY ALL ORDER BY ALL").fetchall()
    [sizes] = connection.execute(f"SELECT (SELECT count(*) FROM {first}), (SELECT count(*) FROM {second})").fetchall()  # noqa: S608
    order = ", ".join(quoted(column) for column in target["key"])
    if keeps:
        path = str(folder / f"moved-{number}.parquet").replace("'", "''")
        columns = ", ".join(_kept(target, listed))
        connection.execute(f"COPY (SELECT {columns} FROM {name} ORDER BY {order}) TO '{path}' (FORMAT parquet)")  # noqa: S608
    keys = [said(target["types"][column], quoted(column)) for column in target["key"]]
    values = [said(target["types"][column], quoted(f"{side}.{column}")) for side in ("first", "second")
              for column in compare]
    select = ", ".join(["_state", '"_kind.first"', '"_kind.second"', '"_why.first"', '"_why.second"', listed, *keys,
                        *values])
    rows = connection.execute(f"SELECT {select} FROM {name} ORDER BY {order} LIMIT {int(shown)}").fetchall()  # noqa: S608
    return {"counts": counts, "sizes": sizes, "rows": rows}


def _kept(target: Mapping[str, Any], listed: str) -> list[str]:
    """The columns of the file of all rows that moved."""
    values = [quoted(f"{word}.{column}") for word in ("first", "second") for column in target["compare"]]
    return ["_state", '"_kind.first"', '"_kind.second"', *map(quoted, target["key"]), *values, listed, '"_why.first"',
            '"_why.second"']


def _join(target: Mapping[str, Any], first: str, second: str) -> str:
    """Rows of both diffs by key; a row in one of them only, of another kind, or with another trial value has moved."""
    key = ", ".join(f"coalesce(a.{quoted(column)}, b.{quoted(column)}) AS {quoted(column)}" for column in target["key"])
    same = " AND ".join(f"a.{quoted(column)} = b.{quoted(column)}" for column in target["key"])
    both = "a._kind IS NOT NULL AND b._kind IS NOT NULL"
    unlike = {column: f"(a.{quoted(f'trial.{column}')} IS DISTINCT FROM b.{quoted(f'trial.{column}')})"
              for column in target["compare"]}
    moved = "".join(f", {both} AND {condition} AS m{place}" for place, condition in enumerate(unlike.values()))
    values = "".join(f", {side}.{quoted(f'trial.{column}')} AS {quoted(f'{word}.{column}')}"
                     for side, word in (("a", "first"), ("b", "second")) for column in target["compare"])
    wanted = " OR ".join(["a._kind IS DISTINCT FROM b._kind", *unlike.values()])
    return (f"SELECT CASE WHEN b._kind IS NULL THEN 'only_first' WHEN a._kind IS NULL THEN 'only_second' "  # noqa: S608
            f"ELSE 'moved' END AS _state, a._kind AS \"_kind.first\", b._kind AS \"_kind.second\", {key}{values}{moved}, "
            f"a._why AS \"_why.first\", b._why AS \"_why.second\" "
            f"FROM {first} AS a FULL JOIN {second} AS b ON {same} WHERE {wanted}")
