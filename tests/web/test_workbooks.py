"""Workbooks: cells by their type, and none that is run as a formula."""

from __future__ import annotations

import io
from datetime import date

from python_calamine import CalamineWorkbook

from workbench.web.sheets import xlsx_bytes


def test_workbook_keeps_texts_numbers_and_dates_as_such() -> None:
    rows = [["item", "days", "due"], ["=1+1", 12, date(2026, 5, 1)], ["", True, None]]
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx_bytes(rows)))
    assert (book.sheet_names, book.get_sheet_by_index(0).to_python()) == (
        ["Ninefold"], [["item", "days", "due"], ["=1+1", 12.0, date(2026, 5, 1)], ["", "yes", ""]],
    )
