"""Tables as a workbook with typed cells, in which nothing is run as a formula."""
from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

Cell = str | int | bool | Decimal | None
_LONGEST = 32_767  # characters in a cell
_WIDEST = 60


def workbook_bytes(sheets: Mapping[str, Sequence[Sequence[Cell]]]) -> bytes:
    """XLSX with a sheet for each table: the first row is its head, which stays in sight and filters the others.

    Texts are written as texts whatever they begin with. A whole number or a decimal becomes a number where a
    spreadsheet holds it exactly, else a text. The same sheets give the same bytes.
    """
    import xlsxwriter  # noqa: PLC0415 - cold start: only an export needs it

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                        "strings_to_numbers": False})
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 – a fixed day, so that bytes are the same
    styles = {"head": book.add_format({"bold": True}), "decimal": book.add_format({"num_format": "0.00####"})}
    for name, rows in sheets.items():
        _write(book.add_worksheet(name), rows, styles)
    book.close()
    return stream.getvalue()


def _write(page: Any, rows: Sequence[Sequence[Cell]], styles: Mapping[str, Any]) -> None:
    widths = [max(8, min(_WIDEST, max(len(str(row[column])) for row in rows) + 2)) for column in range(len(rows[0]))]
    for place, row in enumerate(rows):
        for column, cell in enumerate(row):
            _put(page, place, column, cell, styles)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(len(rows) - 1, 1), len(rows[0]) - 1)
    for column, width in enumerate(widths):
        page.set_column(column, column, width)


def _put(page: Any, place: int, column: int, cell: Cell, styles: Mapping[str, Any]) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        page.write_boolean(place, column, cell)
    elif isinstance(cell, int | Decimal) and _is_exact(cell):
        page.write_number(place, column, cell, styles["decimal"] if isinstance(cell, Decimal) else None)
    else:
        page.write_string(place, column, _fitting(str(cell)), styles["head"] if place == 0 else None)


def _fitting(text: str) -> str:
    """The text as a cell holds it; a longer one says at its end that it was cut."""
    if len(text) <= _LONGEST:
        return text
    ending = f"… [cut here: {len(text)} characters, of which a cell holds {_LONGEST}; the CSV has them all]"
    return text[: _LONGEST - len(ending)] + ending


def _is_exact(number: int | Decimal) -> bool:
    """A spreadsheet keeps fifteen digits."""
    return len(Decimal(number).normalize().as_tuple().digits) <= 15 and abs(Decimal(number)) < 10**15
