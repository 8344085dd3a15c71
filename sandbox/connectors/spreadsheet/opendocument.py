"""Reads ODS from its content.xml, value by value as it was written: other readers lose tabs and turn true into 1."""
from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from sandbox.connectors.spreadsheet.archive import NOT_COMPUTED, Place, safe_parser
from sandbox.connectors.spreadsheet.cells import doubt_of, number_text, time_text
from sandbox.errors import InputRefused

_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_STYLE = "urn:oasis:names:tc:opendocument:xmlns:style:1.0"
_CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
_MOST_COLUMNS, _MOST_SPACES, _BLOCK = 2000, 40_000, 1 << 20
_NUMBERS = ("float", "percentage", "currency")
Row = tuple[int, list[str]]


class OpenDocument:
    """The sheets of one ODS file. `faults` fills while `rows` are read."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.faults: dict[Place, str] = {}
        self.hidden_styles: set[str] = set()
        self.sheets: dict[str, str] = {}  # name: style
        self._wanted: str | None = None
        self._is_inside = False
        self._done: list[Row] = []
        self._row: list[str] = []
        self._row_number, self._row_times = 1, 1
        self._cell: list[str] | None = None
        self._facts: dict[str, str] = {}
        self._paragraphs = self._comment = 0
        self._style, self._has_fault = "", False

    def names(self) -> tuple[list[str], set[str]]:
        """(all sheets, those that are hidden)."""
        for _row in self._read(None):
            pass
        return list(self.sheets), {name for name, style in self.sheets.items() if style in self.hidden_styles}

    def rows(self, sheet: str) -> Iterator[Row]:
        """(sheet row, cells as text) of every row that is not empty."""
        yield from self._read(sheet)

    def _read(self, sheet: str | None) -> Iterator[Row]:
        self._wanted = sheet
        parser = safe_parser()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._letters
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open("content.xml") as part:
                while block := part.read(_BLOCK):
                    parser.Parse(block)
                    yield from self._done
                    self._done = []
                parser.Parse(b"", True)
        except (zipfile.BadZipFile, expat.ExpatError, KeyError, ValueError, OSError, RuntimeError) as error:
            raise InputRefused(f"{self.name}: the workbook is damaged; export it again") from error
        yield from self._done

    def _start(self, tag: str, facts: dict[str, str]) -> None:
        if tag == f"{_TABLE} table" and self._is_inside:
            raise ValueError("a table inside a cell")
        if tag == f"{_TABLE} table":
            name = facts.get(f"{_TABLE} name", "")
            self.sheets.setdefault(name, facts.get(f"{_TABLE} style-name", ""))
            self._is_inside, self._row_number = name == self._wanted, 1
        elif tag == f"{_STYLE} style":
            self._style = facts.get(f"{_STYLE} name", "")
        elif tag == f"{_STYLE} table-properties" and facts.get(f"{_TABLE} display") == "false":
            self.hidden_styles.add(self._style)
        elif self._is_inside:
            self._start_inside(tag, facts)

    def _start_inside(self, tag: str, facts: dict[str, str]) -> None:
        if tag == f"{_TABLE} table-row":
            self._row, self._row_times = [], _times(facts.get(f"{_TABLE} number-rows-repeated", "1"))
        elif tag in (f"{_TABLE} table-cell", f"{_TABLE} covered-table-cell"):
            self._cell, self._facts, self._paragraphs = [], facts, 0
        elif tag == f"{_OFFICE} annotation":
            self._comment += 1
        elif self._cell is not None and not self._comment:
            self._start_text(tag, facts, self._cell)

    def _start_text(self, tag: str, facts: dict[str, str], cell: list[str]) -> None:
        if tag == f"{_TEXT} p":
            self._paragraphs += 1
            if self._paragraphs > 1:
                cell.append("\n")
        elif tag == f"{_TEXT} s":
            cell.append(" " * min(int(facts.get(f"{_TEXT} c", "1")), _MOST_SPACES))
        elif tag == f"{_TEXT} tab":
            cell.append("\t")
        elif tag == f"{_TEXT} line-break":
            cell.append("\n")

    def _letters(self, letters: str) -> None:
        if self._cell is not None and not self._comment and self._paragraphs:
            self._cell.append(letters)

    def _end(self, tag: str) -> None:
        if not self._is_inside:
            return
        if tag == f"{_OFFICE} annotation":
            self._comment -= 1
        elif tag in (f"{_TABLE} table-cell", f"{_TABLE} covered-table-cell"):
            self._end_cell()
        elif tag == f"{_TABLE} table-row":
            self._end_row()
        elif tag == f"{_TABLE} table":
            self._is_inside = False

    def _end_cell(self) -> None:
        shown = "".join(self._cell or [])
        times, value = _times(self._facts.get(f"{_TABLE} number-columns-repeated", "1")), self._value(shown)
        if value and len(self._row) + times > _MOST_COLUMNS:
            raise InputRefused(f"{self.name}: sheet row {self._row_number} has more than {_MOST_COLUMNS} columns; export it as CSV")
        times = min(times, _MOST_COLUMNS - len(self._row))
        place = (self._row_number, len(self._row) + 1)
        if self._facts.get(f"{_CALC} value-type") == "error":
            self.faults[place] = f"holds the error {shown}"
            self._has_fault = True
        elif f"{_TABLE} formula" in self._facts and f"{_OFFICE} value-type" not in self._facts:
            self.faults[place] = NOT_COMPUTED
            self._has_fault = True
        elif doubt := self._doubt():
            self.faults[place] = doubt
            self._has_fault = True
        self._row.extend([value] * times)
        self._cell = None

    def _doubt(self) -> str:
        """What is doubtful about a number; days are written in full."""
        if self._facts.get(f"{_OFFICE} value-type", "") not in _NUMBERS:
            return ""
        try:
            return doubt_of(float(self._facts.get(f"{_OFFICE} value", "")))
        except ValueError:
            return ""

    def _value(self, shown: str) -> str:
        kind = self._facts.get(f"{_OFFICE} value-type", "")
        if kind == "float" and f"{_TABLE} formula" in self._facts and shown in ("TRUE", "FALSE"):
            return shown.lower()  # LibreOffice has no booleans of its own, it shows 1 as TRUE
        if kind in _NUMBERS:
            return number_text(self._facts.get(f"{_OFFICE} value", ""))
        if kind == "boolean":
            return self._facts.get(f"{_OFFICE} boolean-value", "")
        if kind == "date":
            return self._facts.get(f"{_OFFICE} date-value", shown).removesuffix("T00:00:00")
        if kind == "time":
            return time_text(self._facts.get(f"{_OFFICE} time-value", shown))
        return self._facts.get(f"{_OFFICE} string-value", shown)

    def _end_row(self) -> None:
        while self._row and not self._row[-1]:
            self._row.pop()
        if self._row or self._has_fault:
            if self._row_times > 1 << 20:
                raise ValueError("rows without end")
            self._done.extend((self._row_number + extra, self._row) for extra in range(self._row_times))
            if self._has_fault and self._row_times > 1:
                self._repeat_faults()
        self._row_number += self._row_times
        self._has_fault = False

    def _repeat_faults(self) -> None:
        """What is wrong with a cell is wrong in every row that repeats it."""
        here = {column: what for (row, column), what in self.faults.items() if row == self._row_number}
        for extra in range(1, self._row_times):
            self.faults |= {(self._row_number + extra, column): what for column, what in here.items()}


def _times(written: str) -> int:
    """How often a row or a cell is repeated; less than once is no workbook."""
    times = int(written)
    if times < 1:
        raise ValueError("repeated less than once")
    return times
