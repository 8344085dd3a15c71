"""Tables as CSV and as workbooks that spreadsheets open, and in which nothing is run as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask import Response

# What a spreadsheet may take for a formula, also after spaces or in full-width letters (trust.md §4).
_FORMULA = re.compile(r"'*[\s\u200b\ufeff]*[=+\-@\t\r\x00\uff1d\uff0b\uff0d\uff20]")


def safe_cell(value: str) -> str:
    """The cell as text: what a spreadsheet could run as a formula gets an apostrophe before it."""
    return f"'{value}" if _FORMULA.match(value) else value


def plain_cell(cell: str) -> str:
    """The value that `safe_cell` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV with a byte order mark."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows([safe_cell(cell) for cell in row] for row in rows)
    return "\ufeff" + stream.getvalue()


def csv_answer(rows: Iterable[Sequence[str]], filename: str) -> Response:
    """Rows as a file to download."""
    response = Response(csv_text(rows), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def xlsx_bytes(rows: Iterable[Sequence[Any]], *, sheet: str = "Ninefold") -> bytes:
    """Rows as a workbook with one sheet: the first row is its head, which stays in sight and filters the others.

    Texts are written as texts whatever they begin with, so that none is run as a formula; whole numbers and dates as such.
    """
    import xlsxwriter  # noqa: PLC0415 - cold start: only exports need it

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    page = book.add_worksheet(sheet[:31])
    bold, day = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    last = width = 0
    for place, row in enumerate(rows):
        last, width = place, max(width, len(row))
        for column, cell in enumerate(row):
            _write(page, place, column, cell, bold if place == 0 else None, day)
    page.freeze_panes(1, 0)
    if width:
        page.autofilter(0, 0, last, width - 1)
        page.set_column(0, width - 1, 18)
    book.close()
    return stream.getvalue()


def _write(page: Any, place: int, column: int, cell: Any, style: Any, day: Any) -> None:
    """One cell by its type; a text longer than a cell holds is cut."""
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        page.write_boolean(place, column, cell, style)
    elif isinstance(cell, int):
        page.write_number(place, column, cell, style)
    elif isinstance(cell, date):
        page.write_datetime(place, column, cell, day)
    else:
        page.write_string(place, column, str(cell)[:32767], style)


def xlsx_answer(rows: Iterable[Sequence[Any]], filename: str, *, sheet: str = "Ninefold") -> Response:
    """Rows as a workbook to download."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response = Response(xlsx_bytes(rows, sheet=sheet), mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response
