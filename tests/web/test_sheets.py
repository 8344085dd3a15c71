"""The cells of an export."""

from __future__ import annotations

import csv
import io

import pytest

from workbench.web.sheets import csv_text, plain_cell, safe_cell

DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\x00=1",
    "  =1",
    "\n=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
    "'=1",
    "\u200b=1",
    "\ufeff=1",
    "\u00a0=1",
    "''-1",
]
HARMLESS = ["", "conform", "a = b", "'quoted'", "8.5.6", "1-2", "note; with, signs", "'"]


@pytest.mark.parametrize("value", DANGEROUS)
def test_a_cell_that_could_be_a_formula_is_kept_as_text(value: str) -> None:
    assert safe_cell(value) == "'" + value
    assert plain_cell(safe_cell(value)) == value


@pytest.mark.parametrize("value", HARMLESS)
def test_a_harmless_cell_stays_as_it_is(value: str) -> None:
    assert safe_cell(value) == value
    assert plain_cell(value) == value


def test_rows_come_back_unchanged() -> None:
    rows = [["item", "note"], ["G1-01", '=HYPERLINK("x")'], ["G1-02", 'two\nlines, "quoted"']]
    text = csv_text(rows)
    assert text.startswith("\ufeffitem,note\r\n")
    read = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert [[plain_cell(cell) for cell in row] for row in read] == rows
