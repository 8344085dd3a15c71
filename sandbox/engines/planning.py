"""Plans in the child process: choosing rows of a diff, finding their live rows, and rehearsing a plan on a copy."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from sandbox.engines.live_tables import load_live, said, stored_type, work_folder
from sandbox.formula.sql import quoted, text_literal
from sandbox.locked import locked_connection
from sandbox.plan.values import MOST_ROWS, is_number, type_of
from sandbox.receiving.received import LINE

Report = Callable[[int, str], None]
_MEMORY_MB = 512
_KEPT = 1000
_CHANGES = ("create", "update", "withdraw")


def choose(task: Mapping[str, Any], folder: Path, report: Report) -> dict[str, Any]:
    """Rows of the diffs that were chosen and may enter, those that may not, and the totals of the live tables."""
    files = [Path(path) for one in task["targets"] for path in (one["diff"], one["live"])]
    with locked_connection(work_folder(folder), None, files, memory_mb=_MEMORY_MB) as connection:
        targets = [_chosen(connection, {**one, "flagged": task.get("flagged", "")}, number)
                   for number, one in enumerate(task["targets"])]
    return {"targets": targets}


def _chosen(connection: duckdb.DuckDBPyConnection, target: Mapping[str, Any], number: int) -> dict[str, Any]:
    types, key = target["types"], target["key"]
    picked, dropped = f"picked_{number}", f"dropped_{number}"
    _load(connection, picked, types, key, target["picked"], ["decision"])
    _load(connection, dropped, types, key, target["without"], ["dropped"])
    diff = f"read_parquet({text_literal(target['diff'])})"
    condition, values = _condition(target)
    # Here and below: every name is quoted and every value bound; nothing a person wrote is SQL.
    joined = (f"{diff} AS d LEFT JOIN {picked} AS p ON {_same('d', 'p', key)} "
              f"LEFT JOIN {dropped} AS x ON {_same('d', 'x', key)} "
              f"WHERE x.dropped IS NULL AND (p.decision IS NOT NULL OR ({condition}))")
    decision = "CASE WHEN d._kind = 'flagged' THEN coalesce(p.decision, CAST(? AS VARCHAR)) ELSE p.decision END"
    edited = _edited(connection, diff)
    reason = (f"CASE WHEN d._kind = 'refused' THEN 'refused' WHEN d._fake THEN 'fake' {edited} "
              "WHEN d._masked THEN 'masked' "
              f"WHEN d._kind = 'flagged' AND {decision} NOT IN ('withdraw', 'keep') THEN 'flagged' "
              "WHEN p.decision IS NULL AND list_contains(CAST(? AS VARCHAR[]), d._kind) THEN 'doubtful' ELSE '' END")
    connection.execute(
        f"CREATE TEMP TABLE chosen_{number} AS SELECT {reason} AS reason, {decision} AS decision, d.* "  # noqa: S608
        f"FROM {joined}", [target["flagged"], target.get("doubtful", []), target["flagged"], *values])
    order = ", ".join(quoted(column) for column in key)
    columns = [said(types[column], quoted(column)) for column in key]
    pairs = [said(types[column], quoted(f"{side}.{column}")) for side in ("live", "trial")
             for column in target["compare"]]
    select = ", ".join(["reason", "_kind", "coalesce(decision, '')", "coalesce(_why, '')", "_from", "_changed",
                        *columns, *pairs])
    source = f"FROM chosen_{number}"
    rows = connection.execute(f"SELECT {select} {source} WHERE reason = '' ORDER BY {order} "
                              f"LIMIT {MOST_ROWS + 1}").fetchall()
    out = connection.execute(f"SELECT {select} {source} WHERE reason <> '' "
                             f"ORDER BY reason, {order} LIMIT {_KEPT}").fetchall()
    counts = dict(connection.execute(f"SELECT reason, count(*) {source} WHERE reason <> '' GROUP BY ALL").fetchall())
    lost = connection.execute(f"SELECT {', '.join(columns)} FROM {picked} AS p ANTI JOIN {diff} AS d "  # noqa: S608
                              f"ON {_same('d', 'p', key)} ORDER BY {order} LIMIT {_KEPT}").fetchall()
    live = f"read_parquet({text_literal(target['live'])})"
    return {"rows": rows, "left_out": out, "counts": counts, "lost": lost, **_totals(connection, live, target)}


def _edited(connection: duckdb.DuckDBPyConnection, diff: str) -> str:
    """The case of a row that an edited value made; a run of an earlier version does not tell."""
    names = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {diff}").fetchall()}  # noqa: S608
    return "WHEN d._edited THEN 'edited'" if "_edited" in names else ""


def _condition(target: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The filters as SQL: any of the values of one column, and all of the columns; rows one by one pass none."""
    if not target["filtered"]:
        return "false", []
    parts, values = ["true"], []
    for column, wanted in target["only"].items():
        if column == "kind":
            place, written = "d._kind", "VARCHAR"
        elif column in target["key"]:
            place, written = f"d.{quoted(column)}", stored_type(target["types"][column])
        else:
            live, trial = (f"d.{quoted(f'{side}.{column}')}" for side in ("live", "trial"))
            place = f"CASE WHEN d._kind IN ('withdraw', 'flagged') THEN {live} ELSE {trial} END"
            written = stored_type(target["types"][column])
        if written == "VARCHAR":
            place = f"nullif({place}, '')"
        parts.append("(" + " OR ".join(f"{place} IS NOT DISTINCT FROM CAST(? AS {written})" for _ in wanted) + ")")
        values += wanted
    return " AND ".join(parts), values


def find(task: Mapping[str, Any], folder: Path, report: Report) -> dict[str, Any]:
    """The live rows of the keys of a plan as they are now, with their lines, and the totals of the live tables."""
    work = work_folder(folder)
    with locked_connection(work, None, _files(task), memory_mb=_MEMORY_MB) as connection:
        return {"targets": [_found(connection, one, number, work) for number, one in enumerate(task["targets"])]}


def _found(connection: duckdb.DuckDBPyConnection, target: Mapping[str, Any], number: int, folder: Path
           ) -> dict[str, Any]:
    types, key = target["types"], target["key"]
    load_live(connection, f"live_{number}", target, folder)
    _load(connection, f"keys_{number}", types, key, target["keys"], ["place"])
    columns = ", ".join(said(types[column], f"l.{quoted(column)}") for column in target["compare"])
    rows = connection.execute(
        f"SELECT CAST(p.place AS BIGINT), l._line{', ' if columns else ''}{columns} FROM keys_{number} AS p "  # noqa: S608
        f"JOIN live_{number} AS l ON {_same('l', 'p', key)} ORDER BY 1, 2").fetchall()
    return {"rows": rows, **_totals(connection, f"live_{number}", target)}


def rehearse(task: Mapping[str, Any], folder: Path, report: Report) -> dict[str, Any]:
    """By target: the hash of the live copy before, with the plan, with its inverse after that, and what differs."""
    work = work_folder(folder)
    with locked_connection(work, None, _files(task), memory_mb=_MEMORY_MB) as connection:
        return {"targets": [_rehearsed(connection, one, number, work)
                            for number, one in enumerate(task["targets"])]}


def _rehearsed(connection: duckdb.DuckDBPyConnection, target: Mapping[str, Any], number: int, folder: Path
               ) -> dict[str, Any]:
    load_live(connection, f"live_{number}", target, folder)
    names = ", ".join(quoted(column) for column in (*target["key"], *target["compare"]))
    states = [f"{state}_{number}" for state in ("before", "applied", "reverted")]
    connection.execute(f"CREATE TEMP TABLE {states[0]} AS SELECT {names} FROM live_{number}")  # noqa: S608
    for first, second, moves in ((states[0], states[1], "plan"), (states[1], states[2], "inverse")):
        _load_moves(connection, f"{moves}_{number}", target, target[moves])
        _apply(connection, target, first, second, f"{moves}_{number}")
    hashes = [_state_hash(connection, target, state) for state in states]
    differences = [] if hashes[0] == hashes[2] else _unlike(connection, target, states[0], states[2], "")
    return {"hashes": hashes, "differences": differences,
            "wrong": _wrong(connection, target, states[1], f"plan_{number}"),
            "touched": _unlike(connection, target, states[0], states[1],
                               f"ANTI JOIN plan_{number} AS p ON {_same('s', 'p', target['key'])}")}


def _load_moves(connection: duckdb.DuckDBPyConnection, name: str, target: Mapping[str, Any], rows: Sequence[Any]
                ) -> None:
    """Rows [key…, value…, kind, moved columns] as a table with a column `to.<c>` and a flag `set.<c>` a field."""
    types = {**target["types"], **{f"to.{column}": target["types"][column] for column in target["compare"]}}
    values = [f"to.{column}" for column in target["compare"]]
    _load(connection, name, types, [*target["key"], *values], rows, ["kind", *(f"set.{c}" for c in target["compare"])])


def _apply(connection: duckdb.DuckDBPyConnection, target: Mapping[str, Any], before: str, after: str, moves: str
           ) -> None:
    key = ", ".join(f"s.{quoted(column)}" for column in target["key"])
    own = ", ".join(f"p.{quoted(column)}" for column in target["key"])
    kept = "".join(f", CASE WHEN p.{quoted(f'set.{column}')} = 'true' THEN p.{quoted(f'to.{column}')} "
                   f"ELSE s.{quoted(column)} END AS {quoted(column)}" for column in target["compare"])
    new = "".join(f", p.{quoted(f'to.{column}')}" for column in target["compare"])
    connection.execute(
        f"CREATE TEMP TABLE {after} AS SELECT {key}{kept} FROM {before} AS s LEFT JOIN {moves} AS p "  # noqa: S608
        f"ON {_same('s', 'p', target['key'])} WHERE p.kind IS DISTINCT FROM 'withdraw' "
        f"UNION ALL SELECT {own}{new} FROM {moves} AS p WHERE p.kind = 'create'")


def _wrong(connection: duckdb.DuckDBPyConnection, target: Mapping[str, Any], state: str, moves: str) -> int:
    """How many rows of the plan the table does not hold as the trial has them."""
    equal = "".join(f" AND (p.{quoted(f'set.{column}')} <> 'true' OR s.{quoted(column)} IS NOT DISTINCT FROM "
                    f"p.{quoted(f'to.{column}')})" for column in target["compare"])
    # One column of a key can never be nothing in a row that matched, so it says whether there was one.
    there = f"s.{quoted(target['key'][0])} IS NOT NULL"
    [found] = connection.execute(
        f"SELECT count(*) FROM {moves} AS p LEFT JOIN {state} AS s ON {_same('s', 'p', target['key'])} "  # noqa: S608
        f"WHERE NOT coalesce(CASE WHEN p.kind = 'withdraw' THEN NOT ({there}) ELSE {there}{equal} END, false)"
    ).fetchall()
    return int(found[0])


def _unlike(connection: duckdb.DuckDBPyConnection, target: Mapping[str, Any], first: str, second: str, less: str
            ) -> list[Any]:
    """Keys of rows that stand in one of two states only, `less` leaving some rows aside."""
    key = ", ".join(said(target["types"][column], quoted(column)) for column in target["key"])
    sides = [f"SELECT s.* FROM {state} AS s {less}" for state in (first, second)]  # noqa: S608
    found = " UNION ALL ".join(f"(({one}) EXCEPT ALL ({other}))" for one, other in (sides, sides[::-1]))
    return connection.execute(f"SELECT DISTINCT {key} FROM ({found}) ORDER BY ALL LIMIT {_KEPT}").fetchall()  # noqa: S608


def _state_hash(connection: duckdb.DuckDBPyConnection, target: Mapping[str, Any], state: str) -> str:
    """SHA-256 over the hashes of all rows in order, whatever the order in which they lie."""
    cells = [f"coalesce(length(CAST({quoted(column)} AS VARCHAR)) || ':' || CAST({quoted(column)} AS VARCHAR), '-')"
             for column in (*target["key"], *target["compare"])]
    # Hashes are gathered by their first two digits: one text of all of them would be too long for a large table.
    [found] = connection.execute(
        f"SELECT sha256(coalesce(string_agg(part, '' ORDER BY part), '')) FROM (SELECT sha256(string_agg(h, '' "  # noqa: S608
        f"ORDER BY h)) AS part FROM (SELECT sha256({' || '.join(cells)}) AS h FROM {state}) GROUP BY h[:2])"
    ).fetchall()
    return str(found[0])


def _totals(connection: duckdb.DuckDBPyConnection, table: str, target: Mapping[str, Any]) -> dict[str, Any]:
    columns = [column for column in target["compare"] if is_number(type_of(target["types"][column]))]
    sums = "".join(f", CAST(coalesce(sum({quoted(column)}), 0) AS VARCHAR)" for column in columns)
    # Fake rows, whose lines are negative, stand in no tool: nobody could count them there.
    [found] = connection.execute(
        f"SELECT count(*){sums} FROM {table} WHERE {LINE} IS NULL OR {LINE} >= 0").fetchall()  # noqa: S608
    return {"count": found[0], "sums": dict(zip(columns, found[1:], strict=True))}


def _load(connection: duckdb.DuckDBPyConnection, name: str, types: Mapping[str, str], typed: Sequence[str],
          rows: Sequence[Sequence[Any]], texts: Sequence[str]) -> None:
    """A table of values as a plan holds them: the typed columns, then text columns."""
    columns = [*((column, stored_type(types[column])) for column in typed), *((column, "VARCHAR") for column in texts)]
    select = ", ".join(f"CAST(c{place} AS {sql}) AS {quoted(column)}" for place, (column, sql) in enumerate(columns))
    given = ", ".join(f"unnest(CAST($c{place} AS VARCHAR[])) AS c{place}" for place in range(len(columns)))
    values = {f"c{place}": [_text(row[place]) for row in rows] for place in range(len(columns))}
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT {select} FROM (SELECT {given})", values)  # noqa: S608


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _same(first: str, second: str, key: Iterable[str]) -> str:
    return " AND ".join(f"{first}.{quoted(column)} = {second}.{quoted(column)}" for column in key)



def _files(task: Mapping[str, Any]) -> list[Path]:
    return [Path(one["live"]["path"]) for one in task["targets"]]
