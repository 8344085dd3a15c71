"""Reads figures that a person read off a screen; each row names the screenshot that shows it, by its SHA-256."""
from __future__ import annotations

import csv
import datetime
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.errors import InputRefused
from sandbox.receiving.given import settings_schema
from sandbox.receiving.received import Received, Report, Settings
from sandbox.receiving.writing import TableWriter, start_of
from sandbox.tables import plain_text

NAME = "hand"
READS = (".toml",)
EVIDENCE = ("read_on", "read_by", "screenshot", "sha256")
SETTINGS = settings_schema({
    "read_on": {"type": "string", "description": "the day of reading for rows that do not say it, such as 2026-01-31"},
    "read_by": {"type": "string", "description": "who read the rows that do not say it"},
    "screenshot": {"type": "string", "description": "the name of the screenshot of rows that name none"},
    "sha256": {"type": "string", "description": "the SHA-256 of that screenshot, 64 hexadecimal digits"},
})
MAX_BYTES = 10_000_000
_HASH, _HEADING = re.compile(r"[0-9a-f]{64}"), re.compile(r"^\s*\[\[\s*row\s*\]\]", re.MULTILINE)
_SAYS = {"read_on": "the day it was read, such as 2026-01-31", "read_by": "the person who read it",
         "screenshot": "the name of the screenshot that shows it", "sha256": "the SHA-256 of the screenshot"}


def receive(path: Path, settings: Settings, folder: Path, *, name: str = "",
            report: Report = lambda percent, doing: None) -> tuple[Received, ...]:
    """The rows with their evidence in the columns read_on, read_by, screenshot and sha256; rows without it are refused."""
    shown = name or path.name
    start_of(path, shown, MAX_BYTES)
    common = {key: str(settings[key]) for key in EVIDENCE if key in settings}
    rows = list(_from_csv(path, shown) if Path(shown).suffix.lower() == ".csv" else _from_toml(path, shown))
    columns = list(dict.fromkeys(key for _line, row in rows for key in row if key not in EVIDENCE))
    if not columns:
        raise InputRefused(f"{shown}: no row with a figure was found")
    with TableWriter(folder, shown, ()) as writer:
        writer.widen([*columns, *EVIDENCE])
        for line, row in rows:
            _take(writer, line, {**common, **{key: value for key, value in row.items() if _is_said(key, value)}})
        report(100, "received")
        return (writer.finish({"connector": NAME, **common}),)


def proposed(path: Path, settings: Settings, name: str = "") -> dict[str, Any]:
    """The columns and the first rows."""
    shown = name or path.name
    start_of(path, shown, MAX_BYTES)
    rows = list(_from_csv(path, shown) if Path(shown).suffix.lower() == ".csv" else _from_toml(path, shown))
    columns = list(dict.fromkeys(key for _line, row in rows for key in row))
    return {"settings": {"connector": NAME}, "columns": columns,
            "rows": [[str(row.get(column, "")) for column in columns] for _line, row in rows[:10]]}


def _is_said(key: str, value: Any) -> bool:
    return key not in EVIDENCE or value != ""


def _take(writer: TableWriter, line: int, row: Mapping[str, Any]) -> None:
    for key in EVIDENCE:
        fault = _fault(key, _plain(row.get(key, "")))
        if fault:
            writer.refuse(line, key, str(row.get(key, "")), fault)
            return
    for key, value in row.items():
        if isinstance(value, dict | list):
            writer.refuse(line, key, str(value), "a figure is one value, not a list or a table")
            return
    writer.add(line, [_plain(row.get(column, "")) for column in writer.columns])


def _fault(key: str, value: str) -> str:
    if not value:
        return f"a figure read by hand needs {key}: {_SAYS[key]}"
    if key == "sha256" and not _HASH.fullmatch(value):
        return "a SHA-256 has 64 hexadecimal digits, in small letters"
    if key == "read_on":
        try:
            datetime.date.fromisoformat(value)
        except ValueError:
            return "read_on is a day such as 2026-01-31"
    return ""


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)


def _from_toml(path: Path, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8")
        loaded = tomllib.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise InputRefused(f"{name}: not a TOML file: {error}") from error
    rows = loaded.pop("row", None)
    unknown = [key for key in loaded if key not in EVIDENCE]
    if unknown:
        raise InputRefused(f"{name}: unknown key {unknown[0]}; known: row, {', '.join(EVIDENCE)}")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputRefused(f"{name}: each figure stands under a heading [[row]]")
    lines = [text.count("\n", 0, found.end()) + 1 for found in _HEADING.finditer(text)]
    numbers = lines if len(lines) == len(rows) else range(1, len(rows) + 1)
    for number, row in zip(numbers, rows, strict=True):
        yield number, {**loaded, **row}


def _from_csv(path: Path, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [plain_text(cell.strip()) for cell in next(reader, [])]
            while True:
                line = reader.line_num + 1
                row = next(reader, None)
                if row is None:
                    return
                if any(cell.strip() for cell in row):
                    if len(row) != len(header):
                        raise InputRefused(f"{name}: line {line} has {len(row)} cells where the header has {len(header)}")
                    yield line, dict(zip(header, map(plain_text, row), strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputRefused(f"{name}: not a CSV file in UTF-8 ({error})") from error
