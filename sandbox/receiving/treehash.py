"""The hash of a table's content: the same for the same rows, however the Parquet file is written."""
# ruff: noqa: S608 – names in SQL are quoted and texts escaped; nothing a person types is SQL
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from sandbox.errors import InputRefused, RunStopped
from sandbox.receiving.received import LINE
from sandbox.receiving.writing import OWN_COLUMNS, literal, locked, quoted

VERSION = 2
_LEAF = 4096  # lines of one leaf
_HEAVIEST = 200_000_000  # bytes of text in one leaf, which is put together to be hashed
_AT_ONCE = 100_000_000  # bytes of text of the leaves that are hashed at once


def tree_hash(path: Path, columns: Sequence[str]) -> str:
    """SHA-256 (64 hexadecimal digits) over the columns and the leaves of the table at `path`, computed by DuckDB.

    A row is its line and its cells, each as its length in characters, `:` and the text (`-` for nothing). A leaf is the
    SHA-256 of the rows whose line divided by 4096 is the same, by line. Marks of an overlay count as columns. Raises
    RunStopped where the table needs more memory than there is.
    """
    source = f"read_parquet({literal(str(path.resolve()))})"
    with locked(path.parent) as connection:
        present = [str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
        counted = [*columns, *(mark for mark in OWN_COLUMNS[1:] if mark in present)]
        row = ", ".join([f"CAST({LINE} AS VARCHAR)", *(_cell(quoted(column)) for column in counted)])
        said = f"SELECT {LINE}, concat({row}) AS said FROM {source}"
        leaves: list[tuple[int | None, str | None]] = []
        try:
            for within in _batches(_weights(connection, source, counted)):
                leaves += connection.execute(
                    f"SELECT {LINE} // {_LEAF} AS leaf, sha256(string_agg(said, chr(10) ORDER BY {LINE}, said)) "
                    f"FROM ({said} WHERE {within}) GROUP BY leaf ORDER BY leaf").fetchall()
        except duckdb.OutOfMemoryException as error:
            raise RunStopped("the table needs more memory to be hashed than there is") from error
        return _root(counted, leaves)


def check_weight(path: Path, columns: Sequence[str], name: str) -> None:
    """Refuses a table of which a few thousand rows are too large to be hashed: a small file can unpack to that."""
    with locked(path.parent) as connection:
        weights = _weights(connection, f"read_parquet({literal(str(path.resolve()))})", columns)
    for leaf, weight in weights:
        if weight > _HEAVIEST:
            first = (leaf or 0) * _LEAF
            raise InputRefused(f"{name}: rows {max(first, 1)} to {first + _LEAF - 1} hold {weight // 1_000_000} MB of text; "
                               f"at most {_HEAVIEST // 1_000_000} MB are kept of so few rows")


def _weights(connection: duckdb.DuckDBPyConnection, source: str, columns: Sequence[str]) -> list[tuple[int | None, int]]:
    """(leaf, bytes of its cells) in the order of the leaves."""
    sizes = ", ".join(f"sum(strlen(CAST({quoted(column)} AS VARCHAR)))" for column in columns) or "0"
    found = connection.execute(f"SELECT {LINE} // {_LEAF} AS leaf, {sizes} FROM {source} GROUP BY leaf ORDER BY leaf")
    return [(row[0], int(sum(size or 0 for size in row[1:]))) for row in found.fetchall()]


def _batches(weights: Sequence[tuple[int | None, int]]) -> list[str]:
    """The rows of leaves that are put together at once, as conditions: all of them, unless they are too much for that."""
    if sum(weight for _leaf, weight in weights) <= _AT_ONCE:
        return ["true"]
    batches, held = list[list[int]](), _AT_ONCE
    for leaf, weight in weights:
        if leaf is not None:
            held += weight
            if held > _AT_ONCE:
                batches.append([leaf, leaf])
                held = weight
            batches[-1][1] = leaf
    # By lines too, of which the file tells in advance where they stand.
    conditions = [f"{LINE} // {_LEAF} BETWEEN {first} AND {last} AND "
                  f"{LINE} BETWEEN {(first - 1) * _LEAF} AND {(last + 1) * _LEAF}" for first, last in batches]
    return conditions + [f"{LINE} IS NULL"] * any(leaf is None for leaf, _weight in weights)


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
    return f"CASE WHEN {name} IS NULL THEN '-' ELSE concat(length({text}), ':', {text}) END"


def _root(columns: Sequence[str], leaves: Iterable[tuple[int | None, str | None]]) -> str:
    head = json.dumps([f"table {VERSION}", *columns], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256("\n".join([head, *(f"{leaf} {digest}" for leaf, digest in leaves)]).encode()).hexdigest()
