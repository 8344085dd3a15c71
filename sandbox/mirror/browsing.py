"""Reads a page of a received table: filtered, with the marks of an overlay where the file has them."""
# ruff: noqa: S608 – names in SQL are quoted and texts are parameters; nothing a person types is SQL
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from sandbox.errors import InputRefused
from sandbox.naming import field_name, nearest
from sandbox.receiving.received import LINE
from sandbox.receiving.writing import literal, locked, quoted

_MARKS = ("_fake", "_edited")
_MEASURES = set(" ".join(map(field_name, ("quantity", "price", "amount", "description"))).split())
_OFFERED, _LARGEST, _TRIED = 12, 3, 12  # columns that a key is sought among, its columns, and keys tried on the whole table


@dataclass(frozen=True)
class ShownRow:
    """One row: its line (negative of a fake record), its cells by column, and whether people made it or changed it."""

    line: int
    cells: Mapping[str, str]
    is_fake: bool = False
    is_edited: bool = False


@dataclass(frozen=True)
class RowPage:
    """Some rows of those that a filter lets through, and how many those are."""

    total: int
    rows: tuple[ShownRow, ...]


def table_rows(
    parquet: Path, columns: Sequence[str], *, contains: str = "", column: str = "", equal: Mapping[str, str] | None = None,
    line: int | None = None, marked_only: bool = False, offset: int = 0, limit: int = 50,
) -> RowPage:
    """The rows in the order of their lines: `contains` in any column or in `column`, whatever its case; cells `equal`
    to these; that `line` alone; or only fake and edited ones. Raises InputRefused for a column that is not there."""
    for name in (*(equal or {}), *([column] if column else [])):
        if name not in columns:
            near = nearest(name, columns)
            raise InputRefused(f'the table has no column "{name}"' + (f"; the nearest is {near}" if near else ""))
    source = f"read_parquet({literal(str(parquet.resolve()))})"
    with locked(parquet.parent, memory_mb=512, threads=1) as connection:
        present = {str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
        marks = [name if name in present else f"false AS {name}" for name in _MARKS]
        where, values = _where(columns, contains, column, equal or {}, line)
        if marked_only:
            where.append("(_fake OR _edited)" if set(_MARKS) <= present else "false")
        held = f" WHERE {' AND '.join(where)}" if where else ""
        total = connection.execute(f"SELECT count(*) FROM {source}{held}", values).fetchall()[0][0]
        cells = ", ".join(f"coalesce({quoted(name)}, '')" for name in columns)
        found = connection.execute(f"SELECT {LINE}, {', '.join(marks)}, {cells} FROM {source}{held} ORDER BY {LINE} "
                                   f"LIMIT {int(limit)} OFFSET {int(offset)}", values).fetchall()
    rows = (ShownRow(row[0], dict(zip(columns, row[3:], strict=True)), row[1], row[2]) for row in found)
    return RowPage(int(total), tuple(rows))


def identifying_columns(parquet: Path, columns: Sequence[str], line: int, *, masked: Sequence[str] = ()) -> tuple[str, ...]:
    """The fewest columns whose cells tell the row at that line from all others; none where another row is the same.

    Those that tell every row of the table apart come first: what is alone by chance is not alone next month. Quantities,
    prices and masked columns are only taken where nothing else will do.
    """
    names = [name for name in columns if name not in masked and not _MEASURES & set(field_name(name).split())]
    source = f"read_parquet({literal(str(parquet.resolve()))})"
    with locked(parquet.parent, memory_mb=512, threads=1) as connection:
        for offered in (names, list(columns)):
            alone = _alone(connection, source, offered[:_OFFERED], line)
            for some in alone[:_TRIED]:
                listed = ", ".join(f"coalesce({quoted(name)}, '')" for name in some)
                found = connection.execute(f"SELECT count(*), count(DISTINCT ({listed})) FROM {source}").fetchall()[0]
                if found[0] == found[1]:
                    return some
            if alone:
                return alone[0]
    return ()


def _alone(connection: DuckDBPyConnection, source: str, names: Sequence[str], line: int) -> list[tuple[str, ...]]:
    """The sets of up to three of these columns, the smallest first, that no other row has the cells of; else all of them."""
    if not names:
        return []
    same = " + ".join(f"CAST(coalesce(other.{quoted(name)}, '') = coalesce(this.{quoted(name)}, '') AS INTEGER) * {1 << place}"
                      for place, name in enumerate(names))
    rows = connection.execute(f"SELECT DISTINCT {same} FROM {source} AS other, (SELECT * FROM {source} WHERE {LINE} = ?) AS this "
                              f"WHERE other.{LINE} <> ?", [line, line]).fetchall()
    shared, places = [int(row[0]) for row in rows], range(len(names))
    sets = [some for size in range(1, _LARGEST + 1) for some in combinations(places, size)] + [tuple(places)]
    bits = {some: sum(1 << place for place in some) for some in sets}
    return [tuple(names[place] for place in some) for some in sets if all(one & bits[some] != bits[some] for one in shared)]


def _where(columns: Sequence[str], contains: str, column: str, equal: Mapping[str, str],
           line: int | None) -> tuple[list[str], list[Any]]:
    where, values = [], list[Any]()
    if contains:
        names = [column] if column else list(columns)
        where.append("(" + " OR ".join(f"contains(lower({quoted(name)}), lower(?))" for name in names) + ")")
        values += [contains] * len(names)
    for name, value in equal.items():
        where.append(f"coalesce({quoted(name)}, '') = ?")
        values.append(value)
    if line is not None:
        where.append(f"{LINE} = ?")
        values.append(line)
    return where, values
