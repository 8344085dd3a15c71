"""Received tables for the tests of engines: Parquet of text cells, and a run in this process or in a child."""
from __future__ import annotations

from pathlib import Path

import duckdb

from sandbox.engines import running


def parquet(path: Path, rows: list[dict], columns: tuple[str, ...] = ()) -> Path:
    """The rows as a connector would leave them: `_line`, text columns, and `_fake`, `_edited` where rows say so."""
    columns = list(rows[0]) if rows else ["_line", *columns]
    kinds = {"_line": "BIGINT", "_fake": "BOOLEAN", "_edited": "BOOLEAN"}
    shape = ", ".join(f"c{number} {kinds.get(column, 'VARCHAR')}" for number, column in enumerate(columns))
    names = ", ".join(f'c{number} AS "{column.replace(chr(34), chr(34) * 2)}"' for number, column in enumerate(columns))
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({shape})")
        lists = ", ".join(f"unnest(${number}::{kinds.get(column, 'VARCHAR')}[])"
                          for number, column in enumerate(columns, 1))
        connection.execute(f"INSERT INTO t SELECT {lists}", [[row[column] for row in rows] for column in columns])
        connection.execute(f"COPY (SELECT {names} FROM t ORDER BY ALL) TO '{path}' (FORMAT parquet)")
    return path


def task(mapping: str, paths: dict[str, Path], settings: dict | None = None, parameters: dict | None = None) -> dict:
    """The task of a child, for a run in this process."""
    return {"mapping": mapping, "parameters": parameters or {}, "memory_mb": 512, "threads": 2,
            "inputs": {name: {"path": str(path), "name": path.name, "settings": (settings or {}).get(name, {})}
                       for name, path in paths.items()}}


def carried_out(folder: Path, given: dict, work=running.answer) -> dict:
    """The record of a run in this process; its files lie in `folder`/out."""
    (folder / "out").mkdir(parents=True)
    return work(given, folder / "out", lambda percent, doing: None)


def read(path: Path) -> list[dict]:
    """All rows of a Parquet file, in their order."""
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
        names = [one[0] for one in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
