"""Tables as CSV that spreadsheets open as UTF-8 and in which nothing is run as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

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
