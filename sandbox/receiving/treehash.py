"""The hash of a table's content: the same for the same rows, however the Parquet file is written."""
# ruff: noqa: S608 – names in SQL are quoted and texts escaped; nothing a person types is SQL
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from sandbox.receiving.received import LINE
from sandbox.receiving.writing import OWN_COLUMNS, literal, locked, quoted

VERSION = 2
_LEAF = 4096  # lines of one leaf


def tree_hash(path: Path, columns: Sequence[str]) -> str:
    """SHA-256 (64 hexadecimal digits) over the columns and the leaves of the table at `path`, computed by DuckDB.

    A row is its line and its cells, each as its length in characters, `:` and the text (`-` for nothing). A leaf is the
    SHA-256 of the rows whose line divided by 4096 is the same, by line. Marks of an overlay count as columns.
    """
    source = f"read_parquet({literal(str(path.resolve()))})"
    with locked(path.parent) as connection:
        present = [str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
        counted = [*columns, *(mark for mark in OWN_COLUMNS[1:] if mark in present)]
        row = " || ".join([f"CAST({LINE} AS VARCHAR)", *(_cell(quoted(column)) for column in counted)])
        leaves = connection.execute(
            f"SELECT {LINE} // {_LEAF} AS leaf, sha256(string_agg(said, chr(10) ORDER BY {LINE}, said)) "
            f"FROM (SELECT {LINE}, {row} AS said FROM {source}) GROUP BY leaf ORDER BY leaf")
        return _root(counted, leaves.fetchall())


def tree_hash_of_rows(columns: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> str:
    """The same hash in plain Python: what `tree_hash` must give. Each row is its line and its cells."""
    leaves: dict[int, list[tuple[int, str]]] = {}
    for line, *cells in rows:
        number = int(line or 0)
        said = str(number) + "".join("-" if cell is None else f"{len(str(cell))}:{cell}" for cell in cells)
        leaves.setdefault(number // _LEAF, []).append((number, said))
    hashed = [(leaf, hashlib.sha256("\n".join(said for _line, said in sorted(found)).encode()).hexdigest())
              for leaf, found in sorted(leaves.items())]
    return _root(columns, hashed)


def _cell(name: str) -> str:
    text = f"CAST({name} AS VARCHAR)"
    return f"coalesce(CAST(length({text}) AS VARCHAR) || ':' || {text}, '-')"


def _root(columns: Sequence[str], leaves: Iterable[tuple[int, str]]) -> str:
    head = json.dumps([f"table {VERSION}", *columns], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256("\n".join([head, *(f"{leaf} {digest}" for leaf, digest in leaves)]).encode()).hexdigest()
