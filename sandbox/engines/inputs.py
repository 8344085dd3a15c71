"""The inputs of a run as an engine gets them: Parquet of text cells, held against the mapping's columns, then typed."""
# ruff: noqa: S608 – names in SQL are ours or quoted, and values are escaped; nothing a person types is SQL
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from sandbox.engines.relations import EDITED_BIT, FAKE_BIT, MOST_LINES, Compiled, Frame, Item, bits, coded_line
from sandbox.errors import InputRefused
from sandbox.formula.duckdb import Sql, reading, text_literal
from sandbox.formula.types import Kind, Type
from sandbox.mapping.checked import Source
from sandbox.receiving.contracts import held

LINE, FAKE, EDITED = "_line", "_fake", "_edited"
OWN = (LINE, FAKE, EDITED)


@dataclass(frozen=True)
class Given:
    """One received table: `columns` are all columns of the file in their order, ours among them."""

    source: Source
    path: Path
    columns: tuple[str, ...]
    rows: int
    decimal: str = "."
    masked: frozenset[str] = frozenset()
    new: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


def given(connection: duckdb.DuckDBPyConnection, source: Source, path: Path, settings: Mapping[str, Any]) -> Given:
    """The table of that file, held against the source's contract: a missing column stops the run by name."""
    described = connection.execute("SELECT name, type, num_children FROM parquet_schema(?)", [str(path)]).fetchall()
    columns = tuple(str(name) for name, _, children in described if not children)
    if LINE not in columns:
        raise InputRefused(f"source {source.name}: the Parquet file has no column {LINE}; receive it by a connector first")
    rows = _counted(connection, source, path, FAKE in columns)
    theirs = [column for column in columns if column not in OWN]
    masked = {str(name) for name in settings.get("masked") or ()} | set(source.mask)
    new = _held(source, theirs)
    return Given(source, path, columns, int(rows), str(settings.get("decimal") or "."),
                 frozenset(masked) & set(source.schema), new, settings)


def _counted(connection: duckdb.DuckDBPyConnection, source: Source, path: Path, has_fakes_: bool) -> int:
    """How many rows there are, each with a line that can be one: a stranger may have written the file."""
    rows, lines, least, most = connection.execute(
        f"SELECT count(*), count({LINE}), min(CAST({LINE} AS BIGINT)), max(CAST({LINE} AS BIGINT)) FROM read_parquet(?)",
        [str(path)]).fetchall()[0]
    if lines < rows or (rows and not (-MOST_LINES if has_fakes_ else 0) <= least <= most < MOST_LINES):
        raise InputRefused(f"source {source.name}: the column {LINE} of the Parquet file should hold the line of each row, "
                           "a whole number from 0; receive the file by a connector again")
    return int(rows)


def _held(source: Source, columns: list[str]) -> tuple[str, ...]:
    """The new columns that the contract lets along; what is left out by the mask is neither new nor missing."""
    agreed = held([column for column in columns if column in source.schema or column not in source.mask],
                  list(source.schema), source.contract)
    if agreed.stops:
        raise InputRefused("\n".join(agreed.in_words(source.name)))
    return agreed.new if source.contract == "allow" else ()


def source_step(number: int, table: Given, fakes: bool, limit: int = 0, among: tuple[str, str] | None = None) -> Compiled:
    """The typed cells of a source, or of its first rows; each field that does not convert refuses its row.

    `among`, a column and a query, leaves the rows whose value there the query gives.
    """
    source = table.source
    places = {name: f"a{place}" for place, name in enumerate(table.columns)}
    aliases = ", ".join(places.values())
    frame = f"SELECT * FROM read_parquet({text_literal(str(table.path))}) AS t({aliases})"
    if limit:
        frame += f" LIMIT {int(limit)}"
    if among:
        column, wanted = among
        kind = source.schema[column]
        # The column as it lies, where that says the same: the file then gives only the groups of rows that may hold it.
        key = places[column] if kind.kind is Kind.TEXT else reading(kind, places[column], table.decimal).value
        frame = f"SELECT * FROM ({frame}) WHERE {key} IN ({wanted})"
    return typed_cells(number, table, fakes, frame, reading)


def typed_cells(number: int, table: Given, fakes: bool, frame: str,
                reading: Callable[[Type, str, str], Sql]) -> Compiled:
    """The typed cells of the query `frame`, which calls the columns of the file a0, a1 …"""
    source = table.source
    places = {name: f"a{place}" for place, name in enumerate(table.columns)}
    names = {name: places[name] for name in source.schema}
    marks = [f"(CASE WHEN coalesce(CAST({places[name]} AS BOOLEAN), FALSE) THEN {bit} ELSE 0 END)"
             for name, bit in ((FAKE, FAKE_BIT), (EDITED, EDITED_BIT)) if fakes and name in places]
    fake = " + ".join(marks) or "0"
    columns: list[str] = []
    items: list[Item] = []
    conditions: dict[int, str] = {}
    for place, (name, type_) in enumerate(source.schema.items()):
        value = reading(type_, names[name], table.decimal)
        columns.append(f"{value.value} AS c{place}")
        if value.failed != "FALSE":
            conditions[len(items)] = value.failed
            items.append(Item(name, "source", "error"))
    masks = [f"{bits(items, conditions, column)} AS _m{column}" for column in range(-(-len(items) // 60))]
    line = coded_line(places[LINE], number)
    sql = f"SELECT {', '.join([f'{line} AS _line', f'{fake} AS _fake', *columns, *masks])} FROM ({frame})"
    shown = f"SELECT {line} AS _line, * FROM ({frame})"
    return Compiled(source.name, source.schema, sql, tuple(items), Frame(shown, names, dict(source.schema)))


def has_fakes(table: Given) -> bool:
    """Whether an overlay wrote this file."""
    return FAKE in table.columns or EDITED in table.columns
