"""Files that other programs wrote: `tests/sandbox/files`, whose README says where each comes from."""
from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from sandbox.connectors import receive_file

FILES = Path(__file__).parents[1] / "files"
GERMAN = [
    (2, "Bäckerei Weiß", "007", "3", "1.234,50", "31.01.2026", "erste Zeile\nzweite; Zeile"),
    (4, "Café Noé", "008", "12", "0,75", "31.01.2026", 'sagt "ja"'),
    (5, "Müller & Söhne", "009", "1", "19,99", "01.02.2026", ""),
]
SECOND = (3, "008", "x\ny", "0.1", "2026-02-01", "2026-02-01", "false", "2")


def received_from(tmp_path, name):
    received = receive_file(FILES / name, {}, tmp_path)
    return received, duckdb.execute("SELECT * FROM read_parquet(?)", [str(received.path)]).fetchall()


@pytest.mark.parametrize(("name", "settings"), [
    ("libreoffice-de-cp1252.csv", {"delimiter": ";", "decimal": ",", "encoding": "cp1252", "header_row": 1}),
    ("libreoffice-fr-utf8-quoted.csv", {"delimiter": ";", "decimal": ",", "encoding": "utf-8", "header_row": 1}),
    ("libreoffice-utf16-tab.csv", {"delimiter": "\t", "decimal": ",", "encoding": "utf-16", "header_row": 1}),
])
def test_exports_of_libreoffice_are_read_right(tmp_path, name, settings):
    received, rows = received_from(tmp_path, name)
    assert (rows, dict(received.settings), received.refused_count) == (GERMAN, settings, 0)


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_workbooks_of_libreoffice_name_the_cell_with_an_error(tmp_path, kind):
    received, rows = received_from(tmp_path, f"libreoffice-cells.{kind}")
    assert [(*row[:8],) for row in rows] == [SECOND]
    assert [(one.row, one.field, one.message) for one in received.refused] == [
        (2, "err", "cell G2 holds the error #DIV/0!")]


@pytest.mark.parametrize("name", ["top-economies.csv", "country-codes-beginning.csv"])
def test_published_data_is_read_cell_by_cell_as_the_standard_reader_reads_it(tmp_path, name):
    received, rows = received_from(tmp_path, name)
    with (FILES / name).open(encoding="utf-8", newline="") as file:
        header, *records = csv.reader(file)
    assert (received.columns, received.refused_count) == (tuple(header), 0)
    assert [list(row[1:]) for row in rows] == records
    assert [row[0] for row in rows] == list(range(2, len(records) + 2))
