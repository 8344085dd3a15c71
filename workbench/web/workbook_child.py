"""The child process of `workbooks`: a spreadsheet on standard input, its cells as JSON on standard output.

It limits its memory and computing time before it looks at a byte. XLSX is read by calamine; ODS is read here, since calamine
drops tabs. Numbers and dates become the text that says the same; a formula is only named, with the cell it stands in.
"""

from __future__ import annotations

import datetime
import io
import json
import posixpath
import resource
import sys
import zipfile
from collections.abc import Callable
from typing import Any
from xml.parsers import expat  # a document type, and with it every entity, is refused

from python_calamine import CalamineError, CalamineWorkbook

MEMORY, SECONDS = 1_000_000_000, 30
SHEETS, COLUMNS, LETTERS = 20, 200, 40_000
MOST_SAID = 40_000_000  # letters in all cells together: what repeats itself in the file does not grow without end here
Start = Callable[[str, dict[str, str]], None]
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_T, _O = "urn:oasis:names:tc:opendocument:xmlns:table:1.0", "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_X = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"


class Refused(Exception):
    """The file is not read; the word says why."""


def main() -> int:
    """Read, answer."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer: dict[str, Any] = {"sheets": _bounded(sheets_of(sys.stdin.buffer.read(), int(sys.argv[1])))}
    except Refused as refusal:
        answer = {"refused": str(refusal)}
    except (CalamineError, zipfile.BadZipFile, expat.ExpatError, KeyError, ValueError, OSError):
        answer = {"refused": "broken"}
    sys.stdout.write(json.dumps(answer))
    return 0


def _bounded(sheets: dict[str, Any]) -> dict[str, Any]:
    """The same sheets; refused where their cells hold more than the caller should take in."""
    said = 0
    for table in sheets.values():
        for row in table["rows"]:
            said += sum(map(len, row)) + 4 * len(row)
            if said > MOST_SAID:
                raise Refused("too_large")
    return sheets


def sheets_of(data: bytes, rows: int) -> dict[str, Any]:
    """{sheet: {rows, formulas}}; the file says itself of which kind it is."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "content.xml" in archive.namelist():
            return OpenDocument(rows).read(archive.read("content.xml"))
        formulas = _formulas(archive)
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    found = {}
    for name in book.sheet_names[:SHEETS]:
        table = book.get_sheet_by_name(name)
        cells = table.to_python(skip_empty_area=False, nrows=rows + 1) if table.end is not None else []
        found[name] = {"rows": _trimmed([_row(row) for row in cells], rows), "formulas": formulas.get(name, [])}
    return found


def _row(row: list[Any]) -> list[str]:
    return [_text(cell) for cell in row[:COLUMNS]]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _trimmed(rows: list[list[str]], most: int) -> list[list[str]]:
    """The rows without the empty ones at the end."""
    while rows and not any(rows[-1]):
        rows.pop()
    if len(rows) > most:
        raise Refused("too_many_rows")
    return rows


def _parse(data: bytes, start: Start, end: Callable[[str], None] | None = None, text: Any = None) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.Parse(data, True)


def _no_doctype(*args: Any) -> None:
    raise Refused("broken")


def _formulas(archive: zipfile.ZipFile) -> dict[str, list[str]]:
    """{sheet: cells with a formula} of an XLSX file, since calamine gives only what a formula resulted in."""
    targets: dict[str, str] = {}
    names: list[tuple[str, str]] = []

    def relation(tag: str, facts: dict[str, str]) -> None:
        if tag.endswith(" Relationship"):
            targets[facts["Id"]] = posixpath.normpath(posixpath.join("/xl", facts["Target"])).lstrip("/")

    def sheet(tag: str, facts: dict[str, str]) -> None:
        if tag == f"{_S} sheet":
            names.append((facts["name"], facts.get(f"{_R} id", "")))

    _parse(archive.read("xl/_rels/workbook.xml.rels"), relation)
    _parse(archive.read("xl/workbook.xml"), sheet)
    parts = set(archive.namelist())
    return {name: _of_sheet(archive.read(targets[number])) for name, number in names if targets.get(number) in parts}


def _of_sheet(data: bytes) -> list[str]:
    cell, found = "", []

    def start(tag: str, facts: dict[str, str]) -> None:
        nonlocal cell
        if tag == f"{_S} c":
            cell = facts.get("r", "")
        elif tag == f"{_S} f":
            found.append(cell)

    _parse(data, start)
    return found


class OpenDocument:
    """The tables of an ODS file, read from its content.xml as the text of each cell stands there."""

    def __init__(self, rows: int) -> None:
        self.most = rows
        self.tables: dict[str, Any] = {}
        self.rows: list[list[str]] = []
        self.formulas: list[str] = []
        self.row: list[str] = []
        self.cell: list[str] | None = None
        self.facts: dict[str, str] = {}
        self.repeat = 1
        self.paragraphs = 0
        self.hidden = 0  # depth inside a cell's comment, whose text is no text of the cell

    def read(self, data: bytes) -> dict[str, Any]:
        """{sheet: {rows, formulas}}."""
        _parse(data, self.start, self.end, self.text)
        return self.tables

    def start(self, tag: str, facts: dict[str, str]) -> None:
        """An element begins."""
        if tag == f"{_O} annotation":
            self.hidden += 1
        elif tag == f"{_T} table":
            self.rows, self.formulas = [], []
            self.tables[facts[f"{_T} name"]] = {"rows": self.rows, "formulas": self.formulas}
        elif tag == f"{_T} table-row":
            self.row, self.repeat = [], int(facts.get(f"{_T} number-rows-repeated", "1"))
        elif tag in (f"{_T} table-cell", f"{_T} covered-table-cell"):
            self.cell, self.facts, self.paragraphs = [], facts, 0
        elif self.cell is not None and not self.hidden:
            self._inside(tag, facts)

    def _inside(self, tag: str, facts: dict[str, str]) -> None:
        if tag == f"{_X} p":
            self.paragraphs += 1
            self.text("\n" if self.paragraphs > 1 else "")
        elif tag == f"{_X} s":
            self.text(" " * min(int(facts.get(f"{_X} c", "1")), LETTERS))
        elif tag in (f"{_X} tab", f"{_X} line-break"):
            self.text("\t" if tag.endswith("tab") else "\n")

    def text(self, letters: str) -> None:
        """Letters, of a cell or of nothing that counts."""
        if self.cell is not None and not self.hidden and self.paragraphs:
            self.cell.append(letters)

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag == f"{_O} annotation":
            self.hidden -= 1
        elif tag in (f"{_T} table-cell", f"{_T} covered-table-cell"):
            self._end_cell()
        elif tag == f"{_T} table-row":
            self._end_row()
        elif tag == f"{_T} table":
            _trimmed(self.rows, self.most)
            if len(self.tables) > SHEETS:
                raise Refused("too_large")

    def _end_cell(self) -> None:
        value = self._value()
        times = int(self.facts.get(f"{_T} number-columns-repeated", "1"))
        if f"{_T} formula" in self.facts:
            self.formulas.append(cell_name(len(self.rows), len(self.row)))
        self.row.extend([value] * min(times, COLUMNS - len(self.row)))
        self.cell = None

    def _value(self) -> str:
        kind, shown = self.facts.get(f"{_O} value-type", ""), "".join(self.cell or [])
        if kind in ("float", "percentage", "currency"):
            return _text(float(self.facts.get(f"{_O} value", "0")))
        if kind == "boolean":
            return self.facts.get(f"{_O} boolean-value", "").upper()
        if kind in ("date", "time"):
            return self.facts.get(f"{_O} {kind}-value", shown)
        return shown

    def _end_row(self) -> None:
        while self.row and not self.row[-1]:
            self.row.pop()
        if len(self.rows) <= self.most:
            times = self.repeat if self.row else min(self.repeat, self.most + 1 - len(self.rows))
            if times > self.most + 1:
                raise Refused("too_many_rows")
            self.rows.extend([self.row] * times)
        elif self.row:
            raise Refused("too_many_rows")


def cell_name(row: int, column: int) -> str:
    """The name of a cell, both counted from 0: A1, B7, AA3."""
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


if __name__ == "__main__":
    sys.exit(main())
