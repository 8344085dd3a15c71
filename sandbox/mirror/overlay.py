"""The overlay: fake records and edits on top of a mirrored table, marked in every row; the mirrored table stays as it is."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from jsonschema import Draft202012Validator

from sandbox.errors import InputRefused
from sandbox.formats import schema
from sandbox.naming import nearest
from sandbox.receiving.received import LINE
from sandbox.receiving.writing import literal, locked, quoted

FAKE_MARK = "[FAKE]"


@dataclass(frozen=True)
class FakeRow:
    """A record that stands in no tool; columns that `cells` leaves out are empty. `number` counts them from 1."""

    cells: Mapping[str, str]
    number: int


@dataclass(frozen=True)
class CellEdit:
    """One cell of the mirrored row with this key: `value` in the place of `was`."""

    key: Mapping[str, str]
    column: str
    value: str
    was: str


@dataclass(frozen=True)
class Withdrawn:
    """The mirrored row with this key is left out."""

    key: Mapping[str, str]


Edit = FakeRow | CellEdit | Withdrawn


@dataclass(frozen=True)
class Orphan:
    """An edit that no longer fits, by its place in the sequence (from 0), and why."""

    number: int
    edit: Edit
    why: str


@dataclass(frozen=True)
class Overlaid:
    """The table with its overlay: `_line`, the columns, `_fake` and `_edited`; fake rows have negative lines."""

    path: Path
    fakes: int
    edits: int
    withdrawn: int
    orphaned: tuple[Orphan, ...]


@dataclass
class _State:
    """The rows that edits name, as they are after each edit; None where the row was withdrawn."""

    columns: tuple[str, ...]
    rows: dict[int, list[str] | None] = field(default_factory=dict)
    edited: set[int] = field(default_factory=set)
    fakes: list[tuple[int, list[str]]] = field(default_factory=list)


def applied(parquet: Path, columns: Sequence[str], edits: Sequence[Edit], out: Path, *, key: Sequence[str] = (),
            name_column: str = "") -> Overlaid:
    """Writes the table at `parquet` with the edits, in their order, to the new file `out`.

    An edit whose row is gone, or no longer holds what it was made on, is not applied and is listed in `orphaned`; so
    is a fake row whose `key`, where one is given, now stands in the mirrored table. Raises InputRefused for a fake
    row without the mark [FAKE] in its `name_column`, and for two fake rows of one number.
    """
    _check_fakes(edits, name_column)
    state = _State(tuple(columns))
    with locked(out.parent, parquet.parent, threads=1) as connection:
        shown = ", ".join(f"coalesce({quoted(column)}, '') AS {quoted(column)}" for column in columns)
        source = literal(str(parquet.resolve()))
        connection.execute(f"CREATE VIEW mirrored AS SELECT {LINE}, {shown} FROM read_parquet({source})")  # noqa: S608 – names and texts are quoted
        lines = _found(connection, state, edits, tuple(key))
        orphaned = []
        for number, edit in enumerate(edits):
            why = _apply(state, edit, lines[number])
            if why:
                orphaned.append(Orphan(number, edit, why))
        _write(connection, state, out)
    gone = sum(row is None for row in state.rows.values())
    lost = {orphan.number for orphan in orphaned}
    changed = sum(isinstance(edit, CellEdit) and number not in lost for number, edit in enumerate(edits))
    return Overlaid(out, len(state.fakes), changed, gone, tuple(orphaned))


def marked(name: str) -> str:
    """The name of a fake record, with the mark it must carry."""
    return name if FAKE_MARK in name else f"{FAKE_MARK} {name}".rstrip()


def edits_from(document: Mapping[str, Any]) -> tuple[Edit, ...]:
    """The edits of a document in the overlay format; raises InputRefused with the first fault."""
    fault = next(iter(Draft202012Validator(schema("overlay")).iter_errors(document)), None)
    if fault is not None:
        where = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in fault.path).lstrip(".")
        raise InputRefused(f"overlay: {where or 'the document'}: {fault.message[:300]}")
    return tuple(_edit(one) for one in document["edits"])


def edits_as_json(edits: Sequence[Edit]) -> dict[str, Any]:
    """The document in the overlay format."""
    return {"overlay": 1, "edits": [_as_json(edit) for edit in edits]}


def _edit(one: Mapping[str, Any]) -> Edit:
    if one["kind"] == "fake":
        return FakeRow(one["cells"], one["number"])
    if one["kind"] == "edit":
        return CellEdit(one["key"], one["column"], one["value"], one["was"])
    return Withdrawn(one["key"])


def _as_json(edit: Edit) -> dict[str, Any]:
    if isinstance(edit, FakeRow):
        return {"kind": "fake", "number": edit.number, "cells": dict(edit.cells)}
    if isinstance(edit, CellEdit):
        return {"kind": "edit", "key": dict(edit.key), "column": edit.column, "value": edit.value, "was": edit.was}
    return {"kind": "withdrawn", "key": dict(edit.key)}


def _check_fakes(edits: Sequence[Edit], name_column: str) -> None:
    seen: set[int] = set()
    for edit in edits:
        if not isinstance(edit, FakeRow):
            continue
        if edit.number < 1 or edit.number in seen:
            raise InputRefused(f"fake record {edit.number}: each has a number of its own, 1 or more")
        seen.add(edit.number)
        if name_column and FAKE_MARK not in edit.cells.get(name_column, ""):
            raise InputRefused(f'fake record {edit.number}: its {name_column} "{edit.cells.get(name_column, "")}" must carry '
                               f"the mark {FAKE_MARK}, so that nobody takes it for real")


def _key_of(edit: Edit, key: tuple[str, ...]) -> dict[str, str]:
    """The cells by which the mirrored row of an edit is found; for a fake row, the one it must not meet."""
    if isinstance(edit, FakeRow):
        return {column: edit.cells.get(column, "") for column in key}
    return dict(edit.key)


def _found(connection: duckdb.DuckDBPyConnection, state: _State, edits: Sequence[Edit],
           key: tuple[str, ...]) -> list[list[int]]:
    """The lines of the mirrored rows that each edit means; the rows themselves go into the state."""
    found: list[list[int]] = [[] for _ in edits]
    groups: dict[tuple[str, ...], list[tuple[int, dict[str, str]]]] = {}
    for number, edit in enumerate(edits):
        cells = _key_of(edit, key)
        if cells and set(cells) <= set(state.columns):
            groups.setdefault(tuple(sorted(cells)), []).append((number, cells))
    for names, group in groups.items():
        lists = ", ".join(["unnest(?::BIGINT[]) AS n", *(f"unnest(?::VARCHAR[]) AS k{i}" for i in range(len(names)))])
        held = " AND ".join(f"m.{quoted(name)} = e.k{i}" for i, name in enumerate(names))
        values = [[number for number, _ in group], *([cells[name] for _, cells in group] for name in names)]
        query = f"SELECT e.n, m.* FROM (SELECT {lists}) e JOIN mirrored m ON {held} ORDER BY e.n, m.{LINE}"  # noqa: S608 – names are quoted
        for number, line, *row in connection.execute(query, values).fetchall():
            found[number].append(line)
            if not isinstance(edits[number], FakeRow):
                state.rows[line] = row
    return found


def _apply(state: _State, edit: Edit, lines: list[int]) -> str:
    """Applies one edit to the state; why it could not be, or nothing."""
    unknown = sorted({*_key_of(edit, ()), *_named(edit)} - set(state.columns))
    if unknown:
        near = nearest(unknown[0], state.columns)
        return f'the table has no column "{unknown[0]}"' + (f"; the nearest is {near}" if near else "")
    if isinstance(edit, FakeRow):
        if lines:
            return f"a mirrored row has its key now (line {lines[0]})"
        state.fakes.append((-edit.number, [edit.cells.get(column, "") for column in state.columns]))
        return ""
    if not edit.key:
        return "it names no row"
    if len(lines) != 1:
        shown = ", ".join(f"{column} = {value}" for column, value in edit.key.items())
        return f"{len(lines)} rows have the key {shown}" if lines else f"the row with {shown} is gone"
    row = state.rows[lines[0]]
    if row is None:
        return "an earlier edit withdrew the row"
    if isinstance(edit, Withdrawn):
        state.rows[lines[0]] = None
        return ""
    return _set_cell(state, edit, lines[0], row)


def _named(edit: Edit) -> set[str]:
    if isinstance(edit, CellEdit):
        return {edit.column}
    return set(edit.cells) if isinstance(edit, FakeRow) else set()


def _set_cell(state: _State, edit: CellEdit, line: int, row: list[str]) -> str:
    place = state.columns.index(edit.column)
    if row[place] != edit.was:
        return f'{edit.column} is "{row[place]}" now, and the edit was made on "{edit.was}"'
    row[place] = edit.value
    state.edited.add(line)
    return ""


def _write(connection: duckdb.DuckDBPyConnection, state: _State, out: Path) -> None:
    fields = ", ".join([f"{LINE} BIGINT", *(f"{quoted(column)} VARCHAR" for column in state.columns),
                        "_fake BOOLEAN", "_edited BOOLEAN"])
    connection.execute(f"CREATE TABLE changed ({fields})")
    rows = [[line, *cells, False, line in state.edited] for line, cells in state.rows.items() if cells is not None]
    rows += [[line, *cells, True, False] for line, cells in state.fakes]
    if rows:
        kinds = ["BIGINT", *["VARCHAR"] * len(state.columns), "BOOLEAN", "BOOLEAN"]
        lists = ", ".join(f"unnest(?::{kind}[])" for kind in kinds)
        connection.execute(f"INSERT INTO changed SELECT {lists}", [list(column) for column in zip(*rows, strict=True)])
    connection.execute("CREATE TABLE touched AS SELECT unnest(?::BIGINT[]) AS line", [list(state.rows)])
    connection.execute(f"CREATE VIEW overlaid AS SELECT *, false AS _fake, false AS _edited FROM mirrored "  # noqa: S608 – our own names
                       f"WHERE {LINE} NOT IN (SELECT line FROM touched) UNION ALL SELECT * FROM changed")
    connection.execute(f"COPY (FROM overlaid ORDER BY {LINE}) TO {literal(str(out.resolve()))} (FORMAT parquet)")
