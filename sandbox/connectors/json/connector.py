"""Reads JSON and JSON Lines: nested records become columns such as `address.city`, numbers stay as they were written."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from sandbox.errors import InputRefused
from sandbox.receiving.flattening import flat, inside, parsed
from sandbox.receiving.given import settings_schema
from sandbox.receiving.received import Received, Report, Settings
from sandbox.receiving.writing import TableWriter, start_of

NAME = "json"
READS = (".json", ".jsonl", ".ndjson")
SETTINGS = settings_schema({
    "at": {"type": "string", "description": "the path to the list of records, such as data.items"},
    "lines": {"type": "boolean", "description": "true where each line is a record of its own, else false"},
})
MAX_BYTES = 200_000_000  # of a document, which is held in memory; JSON Lines are read line by line
MAX_LINES_BYTES = 8_000_000_000
_MAX_LINE = 10_000_000
_SHOWN, _LOOKED_AT = 10, 100_000  # records of a proposal: those shown, those whose columns are told
Item = tuple[int, Any, str]  # line or number, the record, what is wrong with it


def receive(path: Path, settings: Settings, folder: Path, *, name: str = "",
            report: Report = lambda percent, doing: None) -> tuple[Received, ...]:
    """The records as one table; `_line` is the physical line of JSON Lines, else the number of the record."""
    shown = name or path.name
    has_lines = _has_lines(path, settings, shown)
    report(0, "reading the records")
    with TableWriter(folder, shown, ()) as writer:
        known: set[str] = set()
        for number, record, complaint in _items(path, settings, shown, has_lines):
            _take(writer, known, number, record, complaint)
        if not writer.columns:
            first = next(iter(writer.refused), None)
            raise InputRefused(f"{shown}: record {first.row}: {first.message}" if first else
                               f"{shown}: no record with a field was found")
        report(100, "received")
        return (writer.finish({"at": str(settings.get("at", "")), "lines": has_lines}),)


def proposed(path: Path, settings: Settings, name: str = "") -> dict[str, Any]:
    """Whether each line is a record, where the records stand, their columns and first rows."""
    shown = name or path.name
    has_lines = _has_lines(path, settings, shown)
    at = str(settings.get("at", ""))
    if not has_lines and not at:
        document = _document(path, shown)
        at = "" if isinstance(document, list) else next(iter(_lists(document)), "")
    rows: list[dict[str, str | None]] = []
    known: dict[str, None] = {}  # a column may come late
    refused = ""
    for number, record, complaint in islice(_items(path, {"at": at}, shown, has_lines), _LOOKED_AT):
        cells, complaint = _cells(record, complaint)
        known.update(dict.fromkeys(cells))
        refused = refused or (complaint and f"record {number}: {complaint}")
        if len(rows) < _SHOWN and cells:
            rows.append(cells)
    columns = list(known)
    if not columns:
        raise InputRefused(f"{shown}: {refused}" if refused else f"{shown}: no record with a field was found")
    return {"settings": {"at": at, "lines": has_lines}, "columns": columns,
            "rows": [[row.get(column) or "" for column in columns] for row in rows]}


def _cells(record: Any, complaint: str) -> tuple[dict[str, str | None], str]:
    """The cells of a record, or none and why a reading refuses it."""
    if complaint or not isinstance(record, Mapping):
        return {}, complaint or "a record is an object such as {\"id\": 1}"
    try:
        return flat(record), ""
    except InputRefused as refusal:
        return {}, str(refusal)


def _take(writer: TableWriter, known: set[str], number: int, record: Any, complaint: str) -> None:
    cells, complaint = _cells(record, complaint)
    if complaint:
        writer.refuse(number, "", str(record), complaint)
        return
    fresh = [column for column in cells if column not in known]
    if fresh:
        writer.widen(fresh)
        known.update(fresh)
    writer.add(number, [cells.get(column) or "" for column in writer.columns])


def _items(path: Path, settings: Settings, name: str, has_lines: bool) -> Iterator[Item]:
    if has_lines:
        yield from _from_lines(path, name)
        return
    document, at = _document(path, name), str(settings.get("at", ""))
    records = inside(document, at)
    if not isinstance(records, list):
        near = _lists(document)
        said = f"; set `at`, lists stand at {', '.join(near)}" if near else ""
        where = f"at {at} stands no list of records" if at else "the document is no list of records"
        raise InputRefused(f"{name}: {where}{said}")
    for number, record in enumerate(records, start=1):
        yield number, record, ""


def _from_lines(path: Path, name: str) -> Iterator[Item]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(_MAX_LINE):
            number += 1
            if len(line) == _MAX_LINE:
                raise InputRefused(f"{name}: line {number} is longer than {_MAX_LINE} bytes")
            if not line.strip(b" \t\r\n\xef\xbb\xbf"):
                continue
            try:
                yield number, parsed(line, "the line"), ""
            except InputRefused as refusal:
                yield number, line.decode("utf-8", "replace").strip(), str(refusal)


def _document(path: Path, name: str) -> Any:
    start_of(path, name, MAX_BYTES)
    return parsed(path.read_bytes(), name)


def _lists(document: Any, prefix: str = "", depth: int = 0) -> list[str]:
    """The paths at which lists of records stand, the nearest first."""
    if not isinstance(document, Mapping) or depth > 3:
        return []
    found = [prefix + key for key, value in document.items()
             if isinstance(value, list) and value and isinstance(value[0], Mapping)]
    for key, value in document.items():
        found += _lists(value, f"{prefix}{key}.", depth + 1)
    return found[:5]


def _has_lines(path: Path, settings: Settings, name: str) -> bool:
    """Said, told by the ending, or seen: the first line is a whole record and the next one begins another."""
    start_of(path, name, MAX_LINES_BYTES)
    if "lines" in settings:
        return bool(settings["lines"])
    if Path(name).suffix.lower() in (".jsonl", ".ndjson"):
        return True
    with path.open("rb") as file:
        first, second = (file.readline(_MAX_LINE).strip(b" \t\r\n\xef\xbb\xbf") for _line in range(2))
    return first.startswith(b"{") and first.endswith(b"}") and second.startswith(b"{")
