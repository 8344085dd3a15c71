"""Reads delimited text as it stands: sniffs how it is written, keeps physical line numbers, names what does not fit."""
from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from sandbox.connectors.csv.sniffing import decoded, sniffed_decimal, sniffed_delimiter
from sandbox.errors import InputRefused
from sandbox.tables import Record, Refusal, Table, plain_text

NAME = "csv"
READS = (".csv", ".tsv", ".txt")
MAX_BYTES = 200_000_000
_MAX_CELL = 1_000_000


def read(path: Path, settings: Mapping[str, str | int] | None = None) -> tuple[Table, ...]:
    """The one table of the file; what `settings` does not say is sniffed, and stands in the table's own settings."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputRefused(f"{path.name}: {size} bytes; at most {MAX_BYTES} are read")
        data = path.read_bytes()
    except OSError as error:
        raise InputRefused(f"{path.name}: cannot be read ({error.strerror})") from error
    return (parse(data, path.name, settings),)


def parse(data: bytes, name: str, settings: Mapping[str, str | int] | None = None) -> Table:
    """The table in these bytes; `name` is what messages call the file."""
    given = dict(settings or {})
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise InputRefused(f"{name}: the file is empty")
    text, encoding = decoded(data, name, str(given.get("encoding", "")))
    header_row = int(given.get("header_row", 1))
    lines = list(io.StringIO(text, newline=""))[header_row - 1:]
    if not lines:
        raise InputRefused(f"{name}: the header should stand on line {header_row}, but the file ends before it")
    delimiter = str(given.get("delimiter", "")) or sniffed_delimiter(lines[0])
    rows = _rows(lines, delimiter, header_row, name)
    columns = _columns(next(rows, (header_row, []))[1], header_row, name)
    records, refused = _records(rows, columns, name)
    decimal = str(given.get("decimal", "")) or sniffed_decimal(records)
    used: dict[str, str | int] = {
        "delimiter": delimiter, "decimal": decimal, "encoding": encoding, "header_row": header_row,
    }
    return Table(name, columns, tuple(records), used, tuple(refused))


def _rows(lines: list[str], delimiter: str, first_line: int, name: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the physical line on which it starts; a quoted newline makes a row longer, the count goes on."""
    csv.field_size_limit(_MAX_CELL)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
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


def _records(rows: Iterator[tuple[int, list[str]]], columns: tuple[str, ...],
             name: str) -> tuple[list[Record], list[Refusal]]:
    records: list[Record] = []
    refused: list[Refusal] = []
    width = len(columns)
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            shown = ";".join(row)[:200]
            refused.append(Refusal(name, line, "", shown, f"{len(row)} cells where the header has {width}"))
            continue
        records.append(Record(line, {column: plain_text(cell) for column, cell in zip(columns, row, strict=False)}))
    return records, refused
