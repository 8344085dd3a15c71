"""Reads one sheet of a workbook, every cell as the text that says exactly the same; names each cell that has no value."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from sandbox.connectors.spreadsheet.archive import MAX_BYTES, Place, SheetParts, cell_name, checked_archive
from sandbox.connectors.spreadsheet.cells import cell_text, doubt_of
from sandbox.connectors.spreadsheet.columns import received_by_columns
from sandbox.connectors.spreadsheet.legacy import error_cells
from sandbox.connectors.spreadsheet.opendocument import OpenDocument
from sandbox.errors import InputRefused
from sandbox.naming import nearest
from sandbox.receiving.given import settings_schema
from sandbox.receiving.received import Received, Report, Settings
from sandbox.receiving.writing import TableWriter, checked_columns
from sandbox.tables import plain_text

NAME = "spreadsheet"
READS = (".xlsx", ".xlsm", ".xls", ".ods")
SETTINGS = settings_schema({
    "sheet": {"type": "string", "minLength": 1, "description": "the name of the sheet to read"},
    "header_row": {"type": "integer", "minimum": 1, "maximum": 1000,
                   "description": "the sheet row of the header, a whole number from 1 to 1000"},
})
_BEGINNING = 1_000_000
_GARBLED = "holds text that is stored in a way that is not known here; save the workbook once in a spreadsheet program"
_LEGACY = b"\xd0\xcf\x11\xe0"
Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Book:
    """A workbook that was judged: its kind (xlsx, xls or ods) and its sheets, the hidden ones apart."""

    path: Path
    name: str
    kind: str
    sheets: tuple[str, ...]
    hidden: frozenset[str]


def receive(path: Path, settings: Settings, folder: Path, *, name: str = "",
            report: Report = lambda percent, doing: None) -> tuple[Received, ...]:
    """The sheet that `sheet` names, else the first that is shown and holds something, as Parquet in `folder`."""
    report(0, "opening the workbook")
    book = _opened(path, name or path.name)
    sheet = _chosen(book, str(settings.get("sheet", "")))
    report(20, f"reading sheet {sheet}")
    received = _received(book, sheet, int(str(settings.get("header_row", 0))), folder)
    report(100, "received")
    return (received,)


def proposed(path: Path, settings: Settings, name: str = "") -> dict[str, Any]:
    """The sheets, the one that would be read, its likely header row, columns and first rows."""
    book = _opened(path, name or path.name)
    sheet = _chosen(book, str(settings.get("sheet", "")))
    rows = list(islice(_rows(book, sheet, {}), 200))
    usual = max((len(row) for _line, row in rows), default=0)
    likely = next((line for line, row in rows if len(row) == usual and all(cell.strip() for cell in row)), 1)
    header_row = int(str(settings.get("header_row", likely)))
    header = next((row for line, row in rows if line == header_row), [])
    return {"settings": {"sheet": sheet, "header_row": header_row}, "sheets": list(book.sheets),
            "hidden": sorted(book.hidden), "columns": [plain_text(cell.strip()) for cell in header],
            "rows": [row for line, row in rows if line > header_row][:10]}


def _opened(path: Path, name: str) -> Book:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise InputRefused(f"{name}: cannot be read ({error.strerror})") from error
    if size > MAX_BYTES:
        raise InputRefused(f"{name}: {size} bytes; at most {MAX_BYTES} are read; export it as CSV")
    kind = "xls" if start == _LEGACY else "ods" if "content.xml" in checked_archive(path, name) else "xlsx"
    if kind == "ods":
        sheets, hidden = OpenDocument(path, name).names()
    else:
        found = _calamine(path, name).sheets_metadata
        sheets = [one.name for one in found if one.typ == SheetTypeEnum.WorkSheet]
        hidden = {one.name for one in found if one.visible != SheetVisibleEnum.Visible}
    if not sheets:
        raise InputRefused(f"{name}: the workbook has no sheet")
    return Book(path, name, kind, tuple(sheets), frozenset(hidden))


def _calamine(path: Path, name: str) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        raise InputRefused(f"{name}: the workbook is damaged or has a password; export it again") from error


def _chosen(book: Book, wanted: str) -> str:
    if wanted:
        if wanted in book.sheets:
            return wanted
        near = nearest(wanted, book.sheets, least=0.4)
        hint = f'; the nearest is "{near}"' if near else ""
        raise InputRefused(f'{book.name}: no sheet "{wanted}"{hint}; sheets: {", ".join(book.sheets)}')
    shown = [sheet for sheet in book.sheets if sheet not in book.hidden]
    found = shown[0] if len(shown) == 1 else next((sheet for sheet in shown if _holds_something(book, sheet)), None)
    if found is None:
        raise InputRefused(f"{book.name}: no shown sheet of the workbook holds anything")
    return found


def _holds_something(book: Book, sheet: str) -> bool:
    if book.kind == "xlsx":  # looking at the beginning is much faster than reading the sheet
        return SheetParts(book.path, book.name, sheet, _BEGINNING).first_place() != (0, 0)
    return next(_rows(book, sheet, {}), None) is not None


def _received(book: Book, sheet: str, header_row: int, folder: Path) -> Received:
    faults: dict[Place, str] = {}
    if book.kind == "xls":
        try:
            faults = error_cells(book.path, sheet)
        except ValueError as error:
            raise InputRefused(f"{book.name}: {error}; save it as XLSX") from error
    if book.kind == "xlsx":
        parts = SheetParts(book.path, book.name, sheet)
        faults = parts.faults()
        is_plain = header_row in (0, 1) and parts.first_place()[0] == 1 and not faults
        del parts  # its XML may be long
        received = received_by_columns(book.path, book.name, sheet, folder) if is_plain else None
        if received is not None:
            return received
    return _received_by_rows(book, sheet, header_row, faults, folder)


def _received_by_rows(book: Book, sheet: str, header_row: int, faults: dict[Place, str], folder: Path) -> Received:
    rows = _rows(book, sheet, faults)
    stands, header = next((one for one in rows if one[0] >= (header_row or 1)), (0, []))
    header_row = header_row or stands or 1
    if not stands:
        raise InputRefused(f'{book.name}: sheet "{sheet}" holds nothing from row {header_row} on')
    if stands != header_row:
        raise InputRefused(f'{book.name}: sheet "{sheet}", row {header_row} should hold the header, but it is empty')
    where = f'{book.name}: sheet "{sheet}", row {header_row}'
    columns = checked_columns([plain_text(cell.strip()) for cell in header], where)
    if any("\x00" in column for column in columns):
        raise InputRefused(f"{where}: the header is stored in a way that is not known here; save the workbook once in a "
                           "spreadsheet program")
    with TableWriter(folder, book.name, columns) as writer:
        for line, row in rows:
            _take(writer, line, row, faults)
        return writer.finish({"sheet": sheet, "header_row": header_row})


def _take(writer: TableWriter, line: int, row: list[str], faults: dict[Place, str]) -> None:
    width = len(writer.columns)
    bad = [(column, faults[line, column]) for column in range(1, width + 1) if (line, column) in faults] if faults else []
    if bad:
        column, what = bad[0]
        for each, _what in bad:  # doubted numbers may be many
            del faults[line, each]
        writer.refuse(line, writer.columns[column - 1], "", f"cell {cell_name(line, column)} {what}")
    elif any("\x00" in cell for cell in row):
        column = next(number for number, cell in enumerate(row, start=1) if "\x00" in cell)
        writer.refuse(line, writer.columns[column - 1] if column <= width else "", "",
                      f"cell {cell_name(line, column)} {_GARBLED}")
    elif any(cell.strip() for cell in row[width:]):
        writer.refuse(line, "", ";".join(row), f"{len(row)} cells where the header has {width}")
    elif any(cell.strip() for cell in row):
        writer.add(line, [plain_text(cell) for cell in row[:width]] + [""] * (width - len(row)))


def _rows(book: Book, sheet: str, faults: dict[Place, str]) -> Iterator[Row]:
    """(sheet row, cells as text) of the rows that hold something; an ODS names its faulty cells on the way."""
    if book.kind == "ods":
        document = OpenDocument(book.path, book.name)
        document.faults = faults
        yield from document.rows(sheet)
        return
    try:
        table = _calamine(book.path, book.name).get_sheet_by_name(sheet)
        if table.start is None:
            return
        # Leading empty rows come with iter_rows, leading empty columns do not.
        before, faulty = [""] * table.start[1], {row for row, _column in faults}
        line = 0
        for line, row in enumerate(table.iter_rows(), start=1):
            cells = before + [cell_text(value) for value in row]
            _note_doubts(row, line, len(before) + 1, faults)
            while cells and not cells[-1]:
                cells.pop()
            if cells or line in faulty:
                yield line, cells
        # The reader's table ends where values end; a row of formulas that nobody computed may stand below.
        yield from ((below, []) for below in sorted(faulty) if below > line)
    except (CalamineError, ValueError) as error:
        raise _unread(book, sheet, str(error), faults) from error


def _note_doubts(row: Sequence[Any], line: int, first: int, faults: dict[Place, str]) -> None:
    """Adds what is doubtful about the values of a row; `first` is the column of the first of them."""
    for column, value in enumerate(row, start=first):
        if not isinstance(value, str) and (what := doubt_of(value)):
            faults.setdefault((line, column), what)


def _unread(book: Book, sheet: str, said: str, faults: Mapping[Place, str]) -> InputRefused:
    """Why the reader gave the sheet up: at an error that it does not know, which the XML places."""
    held = ((place, what) for place, what in faults.items() if "#" in what and what.split()[-1] in said)
    place, what = next(held, ((0, 0), ""))
    if not what:
        return InputRefused(f'{book.name}: sheet "{sheet}" cannot be read ({said})')
    return InputRefused(f'{book.name}: sheet "{sheet}", cell {cell_name(*place)} {what}; correct it in a spreadsheet program, '
                        "or remove the row")
