"""Reads a workbook that sheet.py wrote, changed or not, as the tables of a pack; every fault names sheet, row and column."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from workbench.standards.formats import cells, rows, sheet
from workbench.standards.formats.base import Document, Faults, Imported, Remarks, finished
from workbench.standards.formats.rows import BadCell, Column

MOST_PARTS, LARGEST_OPEN, HIGHEST_RATIO = 2_000, 200_000_000, 100
_WAIT = 45
Sheets = dict[str, list[list[Any]]]


def read(data: bytes, name: str, *, pack_id: str = "", version: str = "") -> Imported:
    """The pack of a workbook. PackInvalid with every fault."""
    faults, remarks = Faults(name), Remarks()
    sheets = _opened(data, faults)
    document = _document(sheets, faults, remarks)
    faults.check()
    document["pack"] |= {key: value for key, value in (("id", pack_id), ("version", version)) if value}
    return finished(document, name=name, kind="xlsx", nodes=len(document.get("clauses", ())), remarks=remarks)


def _opened(data: bytes, faults: Faults) -> Sheets:
    _check_parts(data, faults)
    faults.check()
    try:
        child = subprocess.run(  # noqa: S603 - our own file, by its path, and nothing of the user's in the words
            [sys.executable, "-I", str(Path(cells.__file__))],
            input=data,
            capture_output=True,
            timeout=_WAIT,
            check=False,
            env={},
        )
    except subprocess.TimeoutExpired:
        raise faults.stop("", "could not be opened within the time allowed", "save the workbook anew") from None
    if child.returncode == cells.NO_WORKBOOK:
        raise faults.stop("", "is no workbook that can be read", "save it as .xlsx, without a password")
    if child.returncode != 0:
        limits = f"{cells.MOST_SHEETS} sheets of {cells.MOST_ROWS:,} rows and {cells.MOST_COLUMNS} columns"
        raise faults.stop("", f"is larger than {limits}", "remove what does not belong to the pack")
    found: Sheets = json.loads(child.stdout)
    return found


def _check_parts(data: bytes, faults: Faults) -> None:
    """The table of contents of the archive, before anything in it is unpacked."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        faults.add("", "is no .xlsx file", "save the workbook as .xlsx")
        return
    names = [part.filename for part in parts]
    size = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if len(names) > MOST_PARTS or len(set(names)) != len(names):
        faults.add("", "holds too many parts, or one twice", "save the workbook anew")
    if any(each.startswith(("/", "\\")) or ".." in each.split("/") for each in names):
        faults.add("", "holds a part that leads out of the archive", "save the workbook anew")
    if size > LARGEST_OPEN or size > HIGHEST_RATIO * max(packed, 1):
        faults.add("", f"would grow from {packed:,} to {size:,} bytes when opened", "save the workbook anew")


def _document(sheets: Sheets, faults: Faults, remarks: Remarks) -> Document:
    if "pack" not in sheets:
        raise faults.stop("", 'has no sheet "pack"', "start from a workbook that was exported here")
    heads = _tables(sheets, "pack", rows.HEAD, faults)
    if len(heads) != 1:
        raise faults.stop(
            "sheet pack", f"has {len(heads)} rows below its head, expected 1", "describe one pack in row 2"
        )
    document: Document = {"pack": heads[0]}
    if heads[0].get("kind") == "gates":
        document["vocabularies"] = _vocabularies(_tables(sheets, "vocabularies", rows.VOCABULARIES, faults))
        document["steps"] = _tables(sheets, "steps", rows.STEPS, faults)
        document["items"] = _tables(sheets, "items", rows.GATE_ITEMS, faults)
    else:
        document["clauses"] = _tables(sheets, "clauses", rows.CLAUSES, faults)
        document["items"] = _tables(sheets, "items", rows.ITEMS, faults)
    if groupings := _groupings(_tables(sheets, "groupings", rows.GROUPINGS, faults, required=False)):
        document["groupings"] = groupings
    known = {"pack", "clauses", "items", "groupings", "crosswalks", "steps", "vocabularies", "read-me"}
    for each in sheets:
        if each not in known:
            remarks.add("sheet", each)
    if links := len(sheets.get("crosswalks", [])[1:]):
        remarks.add("crosswalk_rows", count=links)
    return document


def _vocabularies(tables: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for table in tables:
        found.setdefault(table.get("vocabulary", ""), {})[table.get("key", "")] = table.get("words", {})
    return found


def _groupings(tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for table in tables:
        key = table.get("grouping", "")
        grouping = found.setdefault(key, {"key": key, "title": table.get("title", {}), "groups": []})
        if table.get("group"):
            group = {"key": table["group"], "title": table.get("group_title", {}), "refs": table["refs"]}
            grouping["groups"].append(group)
    return list(found.values())


def _tables(
    sheets: Sheets, name: str, columns: Sequence[Column], faults: Faults, *, required: bool = True
) -> list[dict[str, Any]]:
    """The rows of a sheet as tables; empty rows are passed over."""
    if name not in sheets:
        if required:
            faults.add("", f'has no sheet "{name}"', "start from a workbook that was exported here")
        return []
    lines = sheets[name]
    places = _places(lines[0] if lines else [], name, columns, faults)
    found = []
    for number, line in enumerate(lines[1:], start=2):
        fields = dict(_fields(line, number, name, places, faults))
        if fields:
            found.append(rows.nested(fields, columns))
    return found


def _places(head: list[Any], name: str, columns: Sequence[Column], faults: Faults) -> dict[int, Column]:
    known = {column.path: column for column in columns}
    places: dict[int, Column] = {}
    for place, cell in enumerate(head):
        title = str(cell).strip()
        if title in known and known[title] not in places.values():
            places[place] = known[title]
        elif title:
            where = f"sheet {name}, row 1, column {letters(place)}"
            problem = f'"{title[:40]}" stands twice' if title in known else f'"{title[:40]}" is no column of this sheet'
            faults.add(where, problem, f"use: {', '.join(known)}")
    if columns[0] not in places.values():
        faults.add(
            f"sheet {name}, row 1", f'the column "{columns[0].path}" is missing', "put its title back into row 1"
        )
    return places


def _fields(
    line: list[Any], number: int, name: str, places: dict[int, Column], faults: Faults
) -> Iterator[tuple[str, Any]]:
    for place, cell in enumerate(line):
        if cell == "" or (place not in places and str(cell).strip() == ""):
            continue
        where = f"sheet {name}, row {number}, column {letters(place)}"
        if place not in places:
            faults.add(where, "a value stands in a column without title", "give row 1 a title or remove the value")
            continue
        column = places[place]
        try:
            yield column.path, rows.meant(_text(cell), column.kind)
        except BadCell as bad:
            faults.add(f"{where} ({column.path})", bad.problem, bad.remedy)


def _text(cell: Any) -> str:
    """A cell as text. A number with decimals is refused: 4.10 and 4.1 are the same number, but not the same clause."""
    if isinstance(cell, str):
        return sheet.of_cell(cell)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, list):
        raise BadCell(f"is the date or time {cell[0]}", "format the cell as text and write it again")
    if isinstance(cell, float) and not cell.is_integer():
        raise BadCell(f"is the number {cell}", "format the cell as text and write it again")
    return str(int(cell))


def letters(place: int) -> str:
    """The name of a column: 0 is A, 26 is AA."""
    name, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
