"""Reads delimited text as it stands: sniffs how it is written, keeps physical line numbers, names what does not fit."""
from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from sandbox.connectors.csv import bulk
from sandbox.connectors.csv.scanning import Scan, opened, scanned
from sandbox.connectors.csv.sniffing import (
    Doubt,
    decoded,
    head,
    holds_mark,
    likely_header,
    mixed_marks,
    sniffed_decimal,
    sniffed_delimiter,
)
from sandbox.errors import InputRefused
from sandbox.receiving.given import settings_schema
from sandbox.receiving.received import Received, Report, Settings
from sandbox.receiving.writing import TableWriter, checked_columns, first_cells
from sandbox.tables import Record, Refusal, Table, plain_text

NAME = "csv"
READS = (".csv", ".tsv", ".txt", ".tab")
SETTINGS = settings_schema({
    "delimiter": {"enum": [",", ";", "\t", "|"], "description": "what stands between two cells"},
    "encoding": {"enum": ["utf-8", "utf-8-sig", "cp1252", "iso-8859-1", "iso-8859-15", "cp1251", "cp850", "mac-roman",
                          "utf-16"],
                 "description": "how the text is stored"},
    "header_row": {"type": "integer", "minimum": 1, "maximum": 1000,
                   "description": "the physical line of the header, a whole number from 1 to 1000"},
})
MAX_BYTES = 200_000_000  # of a file that is held in memory by `read`; `receive` reads as a stream
_MAX_CELL = 1_000_000
_GUESSED = ("cp1252", "iso-8859-15")  # nothing but likelihood speaks for these
_BLOCK = 4_000_000
_HEAD = 1000  # lines among which a header may stand
_SHOWN = 200  # rows that are looked at for a proposal


def receive(path: Path, settings: Settings, folder: Path, *, name: str = "",
            report: Report = lambda percent, doing: None) -> tuple[Received, ...]:
    """The one table of the file, as Parquet in `folder`; large clean files go through DuckDB's own reader."""
    shown = name or path.name
    report(0, "reading how the file is written")
    scan = scanned(path, shown, str(settings.get("encoding", "")), folder)
    try:
        header_row, delimiter = _written(scan, settings, shown)
        columns = _header(scan, header_row, delimiter, shown)
        if scan.doubt and scan.doubt.is_open:
            raise scan.doubt.refusal(shown, columns, delimiter)
        report(20, "reading the rows")
        received = bulk.received(scan, header_row, delimiter, columns, folder, shown) if scan.is_clean else None
        if received is None:
            received = _received_row_by_row(scan, header_row, delimiter, columns, folder, shown)
    finally:
        scan.forget()
    decimal = str(settings.get("decimal", "")) or sniffed_decimal(first_cells(received))
    used: Settings = {"delimiter": delimiter, "decimal": decimal, "encoding": scan.encoding, "header_row": header_row}
    report(100, "received")
    return (Received(shown, received.path, received.columns, received.rows, received.refused,
                     received.refused_count, used),)


def proposed(path: Path, settings: Settings, name: str = "") -> dict[str, Any]:
    """What was sniffed, with the columns and the first rows; title rows above the header are proposed to be skipped.

    Where nothing tells the encoding, the likelier one is proposed and `doubt` says why a person has to look; `mixed` names
    the columns that hold both decimal marks in the beginning of the file.
    """
    shown = name or path.name
    text, encoding = _beginning(path, shown, str(settings.get("encoding", "")))
    doubt = Doubt() if settings.get("encoding") else _doubt(path, encoding)
    if doubt.is_older or doubt.is_cyrillic:
        text, encoding = _beginning(path, shown, doubt.other)
    whole = text.splitlines(keepends=True)
    lines = whole[:_SHOWN]
    first, named = head(lines)
    delimiter = str(settings.get("delimiter", "")) or named or _likeliest_delimiter(lines)
    rows = [(line, row) for line, row in _rows(lines[first - 1:], delimiter, first, shown, strict=False)
            if any(cell.strip() for cell in row)]
    header_row = int(str(settings.get("header_row", 0) or likely_header(rows)))
    below = [row for line, row in rows if line > header_row]
    header = next((row for line, row in rows if line == header_row), [])
    decimal = str(settings.get("decimal", "")) or sniffed_decimal(cell for row in below for cell in row)
    columns = [plain_text(cell.strip()) for cell in header]
    told: dict[str, Any] = {"doubt": str(doubt.refusal(shown, columns, delimiter))} if doubt.is_open else {}
    mixed = mixed_marks(columns, _rows(whole[header_row:], delimiter, header_row + 1, shown, strict=False))
    told |= {"mixed": mixed} if mixed else {}
    return {"settings": {"delimiter": delimiter, "decimal": decimal, "encoding": encoding, "header_row": header_row},
            "columns": columns, "rows": below[:10], **told}


def read(path: Path, settings: Mapping[str, str | int] | None = None) -> tuple[Table, ...]:
    """The one table of the file; what `settings` does not say is sniffed, and stands in the table's own settings."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputRefused(f"{path.name}: {size} bytes; at most {MAX_BYTES} are read")
        data = path.read_bytes()
    except OSError as error:
        raise InputRefused(f"{path.name}: cannot be read ({error.strerror})") from error
    return (read_csv(data, path.name, settings),)


def read_csv(data: bytes, name: str, settings: Mapping[str, str | int] | None = None) -> Table:
    """The table in these bytes; `name` is what messages call the file."""
    given = dict(settings or {})
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise InputRefused(f"{name}: the file is empty")
    text, encoding = decoded(data, name, str(given.get("encoding", "")))
    lines = list(io.StringIO(text, newline=""))
    first, named = head(lines[:_HEAD])
    header_row = int(given.get("header_row", 0)) or first
    if len(lines) < header_row:
        raise _ends_before(header_row, name)
    delimiter = str(given.get("delimiter", "")) or named or sniffed_delimiter(lines[header_row - 1])
    rows = _rows(lines[header_row - 1:], delimiter, header_row, name)
    columns = _columns(next(rows, (header_row, []))[1], header_row, name)
    _check_signs(data, text, name, columns, delimiter, is_guessed=not given.get("encoding"), encoding=encoding)
    records: list[Record] = []
    refused: list[Refusal] = []
    for line, cells, complaint in _fitted(rows, len(columns)):
        if complaint:
            refused.append(Refusal(name, line, "", ";".join(cells)[:200], complaint))
        else:
            records.append(Record(line, dict(zip(columns, cells, strict=True))))
    decimal = str(given.get("decimal", "")) or sniffed_decimal(
        cell for record in records for cell in record.cells.values())
    used: dict[str, str | int] = {
        "delimiter": delimiter, "decimal": decimal, "encoding": encoding, "header_row": header_row,
    }
    return Table(name, columns, tuple(records), used, tuple(refused))


def _check_signs(data: bytes, text: str, name: str, columns: tuple[str, ...], delimiter: str, *, is_guessed: bool,
                 encoding: str) -> None:
    """Refuses a byte order mark inside, and a sign of which nothing says what it stands for."""
    if "\ufeff" in text:
        raise holds_mark(text.count("\n", 0, text.index("\ufeff")) + 1, name)
    if is_guessed and encoding in _GUESSED:
        doubt = Doubt()
        doubt.look(data)
        if doubt.is_open:
            raise doubt.refusal(name, columns, delimiter)


def _written(scan: Scan, settings: Settings, name: str) -> tuple[int, str]:
    """The header's line and the delimiter: what was given, else what the file's first lines say."""
    with opened(scan) as text:
        lines = list(islice(text, _HEAD))
    first, named = head(lines)
    header_row = int(str(settings.get("header_row", 0))) or first
    if len(lines) < header_row:
        raise _ends_before(header_row, name)
    return header_row, str(settings.get("delimiter", "")) or named or sniffed_delimiter(lines[header_row - 1])


def _header(scan: Scan, header_row: int, delimiter: str, name: str) -> tuple[str, ...]:
    with opened(scan) as text:
        row = next(_rows(islice(text, header_row - 1, None), delimiter, header_row, name), (header_row, []))[1]
    return checked_columns([plain_text(cell.strip()) for cell in row], f"{name}: line {header_row}")


def _received_row_by_row(scan: Scan, header_row: int, delimiter: str, columns: tuple[str, ...], folder: Path,
                         name: str) -> Received:
    with opened(scan) as text, TableWriter(folder, name, columns) as writer:
        rows = _rows(islice(text, header_row - 1, None), delimiter, header_row, name)
        next(rows, None)
        for line, cells, complaint in _fitted(rows, len(columns)):
            if complaint:
                writer.refuse(line, "", ";".join(cells), complaint)
            else:
                writer.add(line, cells)
        return writer.finish({})


def _beginning(path: Path, name: str, encoding: str) -> tuple[str, str]:
    """The text of the file's beginning without what a cut left incomplete, and its encoding."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_CELL)
            is_whole = not file.read(1)
    except OSError as error:
        raise InputRefused(f"{name}: cannot be read ({error.strerror})") from error
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise InputRefused(f"{name}: the file is empty")
    whole = data if is_whole else data[:data.rfind(b"\n") + 1] or data
    if not is_whole and whole.startswith((b"\xff\xfe", b"\xfe\xff")):
        whole = data[:len(data) // 2 * 2]
    return decoded(whole, name, encoding)


def _doubt(path: Path, encoding: str) -> Doubt:
    """What the file holds that leaves its guessed encoding open; what stands far below its beginning counts too."""
    doubt = Doubt()
    if encoding not in _GUESSED:
        return doubt
    with path.open("rb") as file:
        while (block := file.read(_BLOCK)) and file.tell() <= MAX_BYTES:
            doubt.look(block)
    return doubt


def _likeliest_delimiter(lines: list[str]) -> str:
    """The delimiter that stands in the most lines, so that a title above the header does not decide."""
    return max(",;\t|", key=lambda mark: (sum(mark in line for line in lines), sum(map(str.count, lines, mark * len(lines)))))


def _ends_before(header_row: int, name: str) -> InputRefused:
    return InputRefused(f"{name}: the header should stand on line {header_row}, but the file ends before it")


def _rows(lines: Iterable[str], delimiter: str, first_line: int, name: str, *,
          strict: bool = True) -> Iterator[tuple[int, list[str]]]:
    """Each row with the physical line on which it starts; a quoted newline makes a row longer, the count goes on."""
    csv.field_size_limit(_MAX_CELL)
    reader = csv.reader(lines, delimiter=delimiter, strict=strict)
    while True:
        start = first_line + reader.line_num
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputRefused(f"{name}: {_explained(str(error), start)}") from error
        yield start, row


def _explained(message: str, line: int) -> str:
    if "end of data" in message:
        return f"a quotation mark opened in the record of line {line} is never closed"
    if "field limit" in message:
        return f"a cell in the record of line {line} is longer than {_MAX_CELL} characters; is a mark left open?"
    return f"the record of line {line} has text after a closing quotation mark; double the marks inside a quoted cell"


def _columns(header: list[str], line: int, name: str) -> tuple[str, ...]:
    columns = [plain_text(cell.strip()) for cell in header]
    while columns and not columns[-1]:  # an export that ends each line with its delimiter
        columns.pop()
    if not columns:
        raise InputRefused(f"{name}: line {line} should hold the header, but it is empty")
    seen: dict[str, int] = {}
    for number, column in enumerate(columns, start=1):
        if not column:
            raise InputRefused(f"{name}: column {number} of the header on line {line} has no name")
        # Spelling that differs by case alone counts as the same: stored tables cannot hold both.
        earlier = seen.setdefault(column.casefold(), number)
        if earlier != number:
            raise InputRefused(f'{name}: column "{column}" stands twice in the header on line {line} '
                               f"(columns {earlier} and {number})")
    return tuple(columns)


def _fitted(rows: Iterator[tuple[int, list[str]]], width: int) -> Iterator[tuple[int, list[str], str]]:
    """(line, cells, complaint): the cells as a table keeps them, or as they stand with what is wrong."""
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            yield line, row, f"{len(row)} cells where the header has {width}"
        else:
            yield line, [plain_text(cell) for cell in row[:width]], ""
