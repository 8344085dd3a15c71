"""Run folders made from rows, in the format that `trial run --out` writes, without the engine."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

SQL = {"text": "VARCHAR", "int": "BIGINT", "date": "DATE", "bool": "BOOLEAN"}
Rows = Sequence[Sequence[Any]]


def sql_type(written: str) -> str:
    """The column type of a run folder."""
    return SQL.get(written) or f"DECIMAL(18,{written[8:-1] or 4})"


def put(path: Path, columns: Mapping[str, str], rows: Rows, order: int = 0) -> None:
    """Rows of texts (None for nothing) as Parquet of these SQL types, ordered by the first `order` columns."""
    with duckdb.connect() as connection:
        names = list(columns)
        parts = ", ".join(f'CAST(c{number} AS {columns[name]}) AS "{name}"' for number, name in enumerate(names))
        given = ", ".join(f"unnest($c{number}) AS c{number}" for number in range(len(names)))
        values = {f"c{number}": [row[number] for row in rows] or [None] for number in range(len(names))}
        asked = f"SELECT {parts} FROM (SELECT {given}) {'' if rows else 'WHERE false'}"
        by = f" ORDER BY {', '.join(str(number + 1) for number in range(order))}" if order else ""
        # A prepared COPY takes no parameters; a temporary table does.
        connection.execute(f"CREATE TEMP TABLE made AS {asked}", values)
        connection.execute(f"COPY (FROM made{by}) TO '{path}' (FORMAT parquet)")


def live_file(path: Path, types: Mapping[str, str], rows: Rows) -> Path:
    """A live table as the mirror holds it typed: its columns and `_line` from 2 on."""
    put(path, {**{name: sql_type(written) for name, written in types.items()}, "_line": "BIGINT"},
        [[*row, number] for number, row in enumerate(rows, start=2)])
    return path


def diff_rows(key: int, names: Sequence[str], live: Rows, staged: Rows, missing: str,
              fake: Sequence[Any], masked: Sequence[Any]) -> list[list[Any]]:
    """[kind, key…, live…, trial…, changed, why, from, fake, masked] of each row that is not unchanged."""
    was, now = ({tuple(row[:key]): list(row[key:]) for row in rows} for rows in (live, staged))
    none = [None] * len(names)
    found = []
    for one in sorted({*was, *now}):
        kind = "update" if one in was and one in now else "create" if one in now else missing
        changed = [name for name, before, after in zip(names, was.get(one, none), now.get(one, none), strict=True)
                   if kind == "update" and before != after]
        if (kind == "update" and not changed) or kind == "keep":
            continue
        found.append([kind, *one, *was.get(one, none), *now.get(one, none), changed, f"rule of {kind}",
                      [f"usage:{2 + len(found)}"], one in fake, one in masked])
    return found


def run_folder(
    folder: Path, types: Mapping[str, str], key: int, live: Rows, staged: Rows, *, table: str = "psa.contracts",
    missing: str = "withdraw", fake: Sequence[Any] = (), masked: Sequence[Any] = (), mapping: str = "mapping: 1\n",
) -> Path:
    """A finished run of one target: `types` are its columns, the first `key` of them its key; cells are texts."""
    folder.mkdir(parents=True)
    names, compared = list(types), list(types)[key:]
    sql = {name: sql_type(written) for name, written in types.items()}
    missing_kind = {"flag": "flagged"}.get(missing, missing)
    rows = diff_rows(key, compared, live, staged, missing_kind, fake, masked)
    live_file(folder / "live-1.parquet", types, live)
    put(folder / "staged-1.parquet", {**sql, "_fake": "BOOLEAN", "_masked": "BOOLEAN"},
        [[*row, tuple(row[:key]) in fake, tuple(row[:key]) in masked] for row in staged], order=key)
    columns = {"_kind": "VARCHAR", **{name: sql[name] for name in names[:key]},
               **{f"live.{name}": sql[name] for name in compared},
               **{f"trial.{name}": sql[name] for name in compared}, "_changed": "VARCHAR[]", "_why": "VARCHAR",
               "_from": "VARCHAR[]", "_fake": "BOOLEAN", "_masked": "BOOLEAN"}
    ordered = [[row[0], *row[1:]] for row in rows]
    put(folder / "diff-1.parquet", columns, ordered)
    (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    counts = {kind: sum(row[0] == kind for row in rows)
              for kind in ("create", "update", "withdraw", "flagged", "refused")}
    sha = hashlib.sha256(mapping.encode()).hexdigest()
    inputs = {"lines": hashlib.sha256(repr(live).encode()).hexdigest(),
              "usage": hashlib.sha256(repr(staged).encode()).hexdigest()}
    target = {"table": table, "key": names[:key], "compare": compared, "types": dict(types), "missing": missing,
              "staged": "staged-1.parquet", "live": "live-1.parquet", "diff": "diff-1.parquet"}
    (folder / "run.json").write_text(json.dumps({
        "run": hashlib.sha256((sha + repr(inputs)).encode()).hexdigest(), "mapping": sha, "inputs": inputs,
        "targets": {table: {**counts, "unchanged": len(staged) - counts["create"] - counts["update"]}},
        "checks": [], "coverage": {}, "refused": [],
        "details": {"targets": [target], "inputs": {name: {"file": f"{name}.csv", "rows": 0, "settings": {},
                                                            "sha256": value, "after": value}
                                                     for name, value in inputs.items()}}}), encoding="utf-8")
    return folder
