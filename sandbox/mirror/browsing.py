"""Reads a page of a received table: filtered, with the marks of an overlay where the file has them."""
# ruff: noqa: S608 – names in SQL are quoted and texts are parameters; nothing a person types is SQL
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sandbox.errors import InputRefused
from sandbox.receiving.received import LINE
from sandbox.receiving.writing import literal, locked, quoted

_MARKS = ("_fake", "_edited")


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
            near = get_close_matches(name, columns, n=1)
            raise InputRefused(f'the table has no column "{name}"' + (f"; the nearest is {near[0]}" if near else ""))
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
