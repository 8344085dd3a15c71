"""Tables as CSV and as workbooks that spreadsheets open, and in which nothing is run as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from flask import Response, request
from flask_babel import gettext as _

from workbench import clock
from workbench.web.refusals import Refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ALL = 100_000  # rows of one list that are exported at most
MOST_ROWS = 1_048_575  # below the head; a sheet has no more
NARROWEST, WIDEST, LOOKED_AT = 8, 60, 500  # characters, characters, rows
LONGEST = 32767  # characters of a cell
LONGEST_NAME = 31  # characters of a sheet's name
DIGITS = 15  # a spreadsheet keeps no more of a number
# What a spreadsheet may take for a formula, also after spaces or in full-width letters (trust.md §4).
_FORMULA = re.compile(r"'*[\s\u200b\ufeff]*[=+\-@\t\r\x00\uff1d\uff0b\uff0d\uff20]")


class Told(NamedTuple):
    """A cell that a CSV holds as it is shown, and a workbook as the number, date or time it is."""

    text: str
    value: Any


def measured(value: Any) -> Told:
    """A text that says a number, as both; any other text as it is."""
    text = "" if value is None else str(value)
    try:
        return Told(text, Decimal(text))
    except InvalidOperation:
        return Told(text, text)


def safe_cell(value: str) -> str:
    """The cell as text: what a spreadsheet could run as a formula gets an apostrophe before it."""
    return f"'{value}" if _FORMULA.match(value) else value


def plain_cell(cell: str) -> str:
    """The value that `safe_cell` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def as_text(cell: Any) -> str:
    """A cell in a CSV: days and times as ISO 8601 writes them, yes and no in words, nothing as nothing."""
    if isinstance(cell, Told):
        return cell.text
    if isinstance(cell, bool):
        return str(_("yes") if cell else _("no"))
    if isinstance(cell, date):  # a datetime is one too
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return "" if cell is None else str(cell)


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV with a byte order mark."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows([safe_cell(as_text(cell)) for cell in row] for row in rows)
    return "\ufeff" + stream.getvalue()


def csv_answer(rows: Iterable[Sequence[Any]], filename: str, *, text: str | None = None) -> Response:
    """Rows as a file to download: as CSV, or where the address says `format=xlsx` the same rows as a workbook.

    `text` is the CSV where another writes it. So every list that exports CSV exports a workbook too.
    """
    if request.args.get("format") == "xlsx":
        return xlsx_answer(rows, f"{filename.removesuffix('.csv')}.xlsx")
    response = Response(csv_text(rows) if text is None else text, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def xlsx_bytes(rows: Iterable[Sequence[Any]], *, sheet: str = "Ninefold") -> bytes:
    """Rows as a workbook with one sheet: the first row is its head, which stays in sight and filters the others.

    Texts are written as texts whatever they begin with, so that none is run as a formula; numbers, days and times as such,
    yes and no in words. Raises Refused for more rows than a sheet has.
    """
    return _book({sheet[:LONGEST_NAME]: rows}, title=sheet)


def workbook_bytes(
    tables: Mapping[str, Sequence[Sequence[Any]]], *, title: str, told: Callable[[str], str] = lambda path: ""
) -> bytes:
    """{path of a CSV: its rows} as a workbook with a sheet each, in their order, behind a sheet that leads to each.

    `told(path)` says in words what a table holds.

    The same tables at the same time give the same bytes. Raises Refused for more rows than a sheet has.
    """
    wanted = [str(_("Contents")), *(PurePosixPath(each).stem for each in tables)]
    names = dict(zip(tables, _sheet_names(wanted)[1:], strict=True))
    listed = [
        [_("Sheet"), _("What it holds"), _("The same as CSV"), _("Rows")],
        *([names[each], told(each), each, len(rows) - 1] for each, rows in tables.items()),
    ]
    return _book({str(_("Contents")): listed, **{names[each]: rows for each, rows in tables.items()}}, title=title)


def _sheet_names(wanted: Sequence[str]) -> list[str]:
    """Names as sheets may have them: of 31 characters at most, without a few characters, none twice whatever its case."""
    found: list[str] = []
    for each in wanted:
        plain, number = re.sub(r"[\[\]:*?/\\']", "-", each), 1
        name = plain[:LONGEST_NAME]
        while name.casefold() in {other.casefold() for other in found}:
            number += 1
            name = f"{plain[: LONGEST_NAME - len(str(number)) - 1]}-{number}"
        found.append(name)
    return found


def _book(sheets: Mapping[str, Iterable[Sequence[Any]]], *, title: str) -> bytes:
    """The workbook; where it has several sheets, the first column of the first leads to the others."""
    import xlsxwriter  # noqa: PLC0415 - cold start: only exports need it

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"title": title[:255], "author": "Ninefold", "created": clock.now().replace(tzinfo=None)})
    formats = _Formats(book)
    pages = {name: _Page(formats, book.add_worksheet(name)) for name in sheets}
    for name, rows in sheets.items():
        for row in rows:
            pages[name].add(row)
        pages[name].finish()
    first, *others = sheets
    for line, name in enumerate(others, 1):
        pages[first].sheet.write_url(line, 0, f"internal:'{name}'!A1", string=name)
    book.close()
    return stream.getvalue()


class _Formats:
    """How cells look, said once for a workbook."""

    def __init__(self, book: Any) -> None:
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#e3ebe8", "bottom": 1})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.plain = book.add_format({"valign": "top"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"})
        self.time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "valign": "top", "align": "left"})


class _Page:
    """The sheet of a workbook on its way."""

    def __init__(self, looks: _Formats, sheet: Any) -> None:
        self.sheet, self.looks, self.count, self.widths = sheet, looks, 0, list[int]()

    def add(self, row: Sequence[Any]) -> None:
        """Write one row below the last."""
        if self.count > MOST_ROWS:
            raise Refused(_("These are more than %(count)s rows: too many for a workbook. Filter them, or take the CSV.",
                            count=MOST_ROWS))
        self.widths += [NARROWEST] * (len(row) - len(self.widths))
        for column, cell in enumerate(row):
            width = self._write(column, cell)
            if self.count < LOOKED_AT:
                self.widths[column] = max(self.widths[column], min(WIDEST, width + 2))
        self.count += 1

    def finish(self) -> None:
        """Widths by what stands in the columns, the head in sight, a filter over all."""
        for column, width in enumerate(self.widths):
            self.sheet.set_column(column, column, width)
        self.sheet.freeze_panes(1, 0)
        self.sheet.repeat_rows(0)
        if self.widths:
            self.sheet.autofilter(0, 0, max(self.count - 1, 0), len(self.widths) - 1)

    def _write(self, column: int, cell: Any) -> int:
        """One cell by its type; returns how many characters wide it is."""
        value = cell.value if isinstance(cell, Told) and self.count else cell
        if isinstance(value, str) or not self.count:
            return self._write_text(column, as_text(value))
        if isinstance(value, int | Decimal) and not isinstance(value, bool) and _is_kept(value):
            self.sheet.write_number(self.count, column, value, self.looks.plain)
            return len(str(value))
        if isinstance(value, datetime) and value.year > 1900:
            moment = value.astimezone(UTC) if value.tzinfo else value
            self.sheet.write_datetime(self.count, column, moment.replace(tzinfo=None, microsecond=0), self.looks.time)
            return 19
        if isinstance(value, date) and value.year > 1900:
            self.sheet.write_datetime(self.count, column, value, self.looks.day)
            return 10
        return self._write_text(column, as_text(value))

    def _write_text(self, column: int, text: str) -> int:
        if not text:
            return 0
        self.sheet.write_string(self.count, column, _fitting(text), self.looks.text if self.count else self.looks.head)
        return max(len(line) for line in text.splitlines() or [""])


def _fitting(text: str) -> str:
    """The text as a cell holds it; a longer one says at its end that it was cut, and where the whole stands."""
    if len(text) <= LONGEST:
        return text
    ending = str(_("… [cut here: %(all)s characters, of which a cell holds %(most)s; the CSV has them all]",
                   all=len(text), most=LONGEST))
    return text[: LONGEST - len(ending)] + ending


def _is_kept(value: int | Decimal) -> bool:
    """Whether a spreadsheet keeps every digit of it."""
    number = Decimal(value)
    return number.is_finite() and len(number.normalize().as_tuple().digits) <= DIGITS and abs(number) < 10**DIGITS


def xlsx_answer(rows: Iterable[Sequence[Any]], filename: str, *, sheet: str = "Ninefold") -> Response:
    """Rows as a workbook to download."""
    response = Response(xlsx_bytes(rows, sheet=sheet), mimetype=XLSX)
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response
