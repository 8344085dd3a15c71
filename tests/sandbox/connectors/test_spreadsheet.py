"""Workbooks: every cell as text that says exactly the same, both ways alike, and hostile archives refused by name."""
from __future__ import annotations

import datetime
import os
import random
import time
import zipfile

import duckdb
import openpyxl
import pytest
import xlsxwriter

from sandbox.connectors import proposed, receive_file
from sandbox.connectors.spreadsheet import connector
from sandbox.connectors.spreadsheet.cells import cell_text, number_text, time_text
from sandbox.errors import InputRefused

DAY, MOMENT = datetime.date(2026, 1, 31), datetime.datetime(2026, 1, 31, 13, 5, 7)  # noqa: DTZ001


def book_with(path, rows, name="Data"):
    with xlsxwriter.Workbook(path) as book:
        day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, datetime.datetime | datetime.date):
                    sheet.write_datetime(number, column, value, moment if isinstance(value, datetime.datetime) else day)
                elif isinstance(value, str):
                    sheet.write_string(number, column, value)
                elif value is not None:
                    sheet.write(number, column, value)
    return path


def rows_of(received):
    return duckdb.execute("SELECT * FROM read_parquet(?)", [str(received.path)]).fetchall()


def received_from(tmp_path, path, settings=None):
    (tmp_path / "out").mkdir(exist_ok=True)
    return receive_file(path, settings or {}, tmp_path / "out")


ROWS = [("id", "qty", "price", "on", "at", "ok", "note"), ("007", 3, 12.5, DAY, MOMENT, True, " a  b "),
        (None, None, None, None, None, None, "  "), ("008", -4, 0.1, DAY, MOMENT, False, None)]
PLAIN = [(2, "007", "3", "12.5", "2026-01-31", "2026-01-31T13:05:07", "true", " a  b "),
         (4, "008", "-4", "0.1", "2026-01-31", "2026-01-31T13:05:07", "false", "")]


def test_plain_sheets_go_by_columns_and_others_cell_by_cell_alike(tmp_path, monkeypatch):
    ways = []
    fast = connector.received_by_columns
    monkeypatch.setattr(connector, "received_by_columns", lambda *given: ways.append(fast(*given)) or ways[-1])
    path = book_with(tmp_path / "b.xlsx", ROWS)
    received = received_from(tmp_path, path)
    assert ([way is None for way in ways], rows_of(received)) == ([False], PLAIN)
    mixed = book_with(tmp_path / "m.xlsx", [*ROWS, ("x", "many", 1e-7, DAY, DAY, 1, "'=1")])
    again = received_from(tmp_path, mixed)
    assert ([way is None for way in ways], rows_of(again)) == (
        [False, True], [*PLAIN, (5, "x", "many", "0.0000001", "2026-01-31", "2026-01-31", "1", "=1")])
    assert (received.settings, again.settings) == ({"sheet": "Data", "header_row": 1},) * 2


@pytest.mark.parametrize("seed", range(4))
def test_random_sheets_are_the_same_both_ways(tmp_path, seed, monkeypatch):
    chance = random.Random(seed)  # noqa: S311
    kinds = [lambda: chance.choice(["", "x", "007", " ", "é", "'t", "true", "1.0"]),
             lambda: chance.choice([None, chance.randint(-9, 10**12), chance.random(), 1 / 3, 100.25, 0]),
             lambda: chance.choice([None, True, False]), lambda: chance.choice([None, DAY]),
             lambda: chance.choice([MOMENT, DAY, None])]
    columns = [chance.choice(kinds) for _ in range(5)]
    path = book_with(tmp_path / "r.xlsx", [tuple("abcde"), *(tuple(one() for one in columns) for _ in range(60))])
    first = rows_of(received_from(tmp_path, path))
    monkeypatch.setattr(connector, "received_by_columns", lambda *given: None)
    assert rows_of(received_from(tmp_path, path)) == first


@pytest.mark.parametrize(("value", "text"), [
    (7.0, "7"), (0.1, "0.1"), (1 / 3, "0.3333333333333333"), (1e22, "10000000000000000000000"), (-0.0, "0"),
    (1e-7, "0.0000001"), (True, "true"), (DAY, "2026-01-31"), (MOMENT, "2026-01-31T13:05:07"),
    (datetime.time(13, 5, 7), "13:05:07"), (datetime.timedelta(days=1, hours=12), "36:00:00"), ("007", "007")])
def test_a_value_becomes_the_text_that_says_the_same(value, text):
    assert cell_text(value) == text


@pytest.mark.parametrize(("written", "text"), [("1.50", "1.5"), ("1E3", "1000"), ("x", "x"), ("NaN", "NaN"), ("-0.0", "0")])
def test_a_written_number_is_plain(written, text):
    assert number_text(written) == text


def test_a_time_of_an_opendocument_goes_on_past_a_day():
    assert [time_text(one) for one in ("PT36H05M07S", "PT1H2M3.5S", "odd")] == ["36:05:07", "01:02:03.5", "odd"]


def open_document(path, rows):
    """An ODS file as other programs than LibreOffice write it; `rows` are XML."""
    spaces = "".join(f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    table = f'<table:table table:name="Data">{"".join(f"<table:table-row>{row}</table:table-row>" for row in rows)}</table:table>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", f"<office:document-content{spaces}><office:body><office:spreadsheet>{table}"
                                        "</office:spreadsheet></office:body></office:document-content>")
    return path


def test_a_text_of_an_opendocument_may_stand_in_its_attribute(tmp_path):
    cell = '<table:table-cell office:value-type="string" office:string-value="{}"/>'
    path = open_document(tmp_path / "b.ods", [cell.format("id") + cell.format("name"), cell.format("007") + cell.format("Noé")])
    assert rows_of(received_from(tmp_path, path)) == [(2, "007", "Noé")]


def test_an_opendocument_is_not_cut_at_its_last_columns(tmp_path):
    wide = '<table:table-cell table:number-columns-repeated="{}"><text:p>{}</text:p></table:table-cell>'
    path = open_document(tmp_path / "b.ods", ["<table:table-cell><text:p>id</text:p></table:table-cell>" + wide.format(2000, "x")])
    with pytest.raises(InputRefused) as refusal:
        received_from(tmp_path, path)
    assert str(refusal.value) == "b.ods: sheet row 1 has more than 2000 columns; export it as CSV"
    filled = wide.format(1, "id") + wide.format(16383, "")
    assert rows_of(received_from(tmp_path, open_document(tmp_path / "e.ods", [filled, wide.format(1, "7")]))) == [(2, "7")]


def test_sheets_are_chosen_by_name_else_the_first_that_is_shown_and_filled(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Empty"
    hidden, shown = book.create_sheet("Hidden"), book.create_sheet("Shown")
    hidden.sheet_state = "hidden"
    for sheet, value in ((hidden, "h"), (shown, "s")):
        sheet.append(["id"])
        sheet.append([value])
    book.save(tmp_path / "b.xlsx")
    assert rows_of(received_from(tmp_path, tmp_path / "b.xlsx")) == [(2, "s")]
    assert rows_of(received_from(tmp_path, tmp_path / "b.xlsx", {"sheet": "Hidden"})) == [(2, "h")]
    with pytest.raises(InputRefused) as refusal:
        received_from(tmp_path, tmp_path / "b.xlsx", {"sheet": "Shwn"})
    assert str(refusal.value) == 'b.xlsx: no sheet "Shwn"; the nearest is "Shown"; sheets: Empty, Hidden, Shown'


def test_titles_merged_cells_and_formulas_that_nobody_computed(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Report of January"], [], ["id", "qty", "sum"], ["a", 1, "=1+1"], ["b", 2, 5], [None, 3, 4], ["c", 1, 1, "x"]):
        sheet.append(row)
    sheet.merge_cells("A5:A6")
    book.save(tmp_path / "b.xlsx")
    said = proposed(tmp_path / "b.xlsx", {"header_row": 3})
    assert (said["settings"], said["columns"]) == ({"sheet": "Sheet", "header_row": 3}, ["id", "qty", "sum"])
    received = received_from(tmp_path, tmp_path / "b.xlsx", said["settings"])
    assert rows_of(received) == [(5, "b", "2", "5"), (6, "", "3", "4")]
    assert [(one.row, one.field, one.message) for one in received.refused] == [
        (4, "sum", "cell C4 holds a formula without a stored value; open and save the workbook once in a spreadsheet program"),
        (7, "", "4 cells where the header has 3")]


def test_an_error_names_its_cell(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "b.xlsx") as book:
        sheet = book.add_worksheet("S")
        sheet.write_row(0, 0, ["id", "v"])
        sheet.write_row(1, 0, ["a", 1])
        sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(3, 1, "=1+1", None, 2)
        sheet.write_formula(4, 1, '=""', None, "")
    received = received_from(tmp_path, tmp_path / "b.xlsx")
    assert rows_of(received) == [(2, "a", "1"), (4, "", "2")]
    assert [(one.row, one.field, one.message) for one in received.refused] == [
        (3, "v", "cell B3 holds the error #DIV/0!"),
        (5, "v", "cell B5 holds a formula without a stored value; open and save the workbook once in a spreadsheet program")]


@pytest.mark.parametrize("is_slow", [False, True])
def test_a_value_that_a_spreadsheet_cannot_have_kept_refuses_its_row_both_ways(tmp_path, monkeypatch, is_slow):
    long = "holds a number of 18 digits, of which a spreadsheet keeps 15; store it as text"
    told = (f"cell B2 {long}", "cell B3 holds a number that is out of the range", "cell C4 holds a day before 1 March 1900")
    cells = [("1.23456789012345E+17", 0), ("1e400", 0), ("15", 1), ("0.5", 1), ("2.5E+15", 0), ("46053", 1)]
    with xlsxwriter.Workbook(tmp_path / "w.xlsx") as book:
        sheet, day = book.add_worksheet("S"), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["id", "long", "day"])
        for row, (_written, is_day) in enumerate(cells, start=1):
            sheet.write_string(row, 0, f"r{row}")
            sheet.write_number(row, 1 + is_day, 777000 + row, day if is_day else None)
    with zipfile.ZipFile(tmp_path / "w.xlsx") as made, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as book:
        for part in made.namelist():
            text = made.read(part)
            for row, (written, _is_day) in enumerate(cells, start=1):  # what no library writes
                text = text.replace(b"<v>%d</v>" % (777000 + row), b"<v>%s</v>" % written.encode())
            book.writestr(part, text)
    if is_slow:
        monkeypatch.setattr(connector, "received_by_columns", lambda *given: None)
    received = received_from(tmp_path, tmp_path / "b.xlsx")
    assert rows_of(received) == [(5, "r4", "", "12:00:00"), (6, "r5", "2500000000000000", ""), (7, "r6", "", "2026-01-31")]
    assert [(one.row, one.field, one.message[:len(start)]) for one, start in zip(received.refused, told, strict=True)] == [
        (2, "long", told[0]), (3, "long", told[1]), (4, "day", told[2])]
    cell = '<table:table-cell office:value-type="float" office:value="{}"><text:p>x</text:p></table:table-cell>'
    other = received_from(tmp_path, open_document(tmp_path / "b.ods", [
        "<table:table-cell><text:p>id</text:p></table:table-cell>", cell.format("123456789012345680"), cell.format("7")]))
    assert (rows_of(other), [one.message for one in other.refused]) == ([(3, "7")], [f"cell A2 {long}"])


@pytest.mark.parametrize(("rows", "message"), [
    ([("a", "a"), (1, 2)], 'b.xlsx: sheet "Data", row 1: column "a" stands twice (columns 1 and 2)'),
    ([("a", None, "b"), (1, 2, 3)], 'b.xlsx: sheet "Data", row 1: column 2 of the header has no name'),
    ([], 'b.xlsx: sheet "Data" holds nothing from row 1 on'),
])
def test_a_header_that_cannot_be_used_is_refused(tmp_path, rows, message):
    with pytest.raises(InputRefused) as refusal:
        received_from(tmp_path, book_with(tmp_path / "b.xlsx", rows))
    assert str(refusal.value) == message


def archive_with(path, *entries, data=b"x"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in entries:
            archive.writestr(entry, data)
    return path


def linked(name):
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o120777 << 16
    return entry


@pytest.mark.parametrize(("make", "message"), [
    (lambda path: archive_with(path, "../xl/a.xml"), "part ../xl/a.xml of the workbook has a path that leads out of it"),
    (lambda path: archive_with(path, "/etc/a"), "part /etc/a of the workbook has a path that leads out of it"),
    (lambda path: archive_with(path, linked("xl/a")), "part xl/a of the workbook is a link"),
    (lambda path: archive_with(path, "xl/a", "XL/A"), "part xl/a stands twice in the workbook"),
    (lambda path: archive_with(path, "xl/a", data=b"0" * 3_000_000),
     "part xl/a of the workbook unpacks to more than 100 times its size"),
    (lambda path: archive_with(path, *(f"xl/{number}" for number in range(2001))),
     "the workbook has 2001 parts; at most 2000 are read"),
    (lambda path: path.write_bytes(b"PK\x03\x04" + b"x" * 99), "the workbook is damaged; export it again"),
    (lambda path: archive_with(path, "xl/workbook.xml"), "the workbook is damaged or has a password; export it again"),
    (lambda path: archive_with(path, "content.xml", data=b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'),
     "the workbook is damaged; export it again"),
])
def test_a_hostile_archive_is_refused_before_it_is_opened(tmp_path, make, message):
    make(tmp_path / "b.xlsx")
    with pytest.raises(InputRefused) as refusal:
        received_from(tmp_path, tmp_path / "b.xlsx")
    assert str(refusal.value) == f"b.xlsx: {message}"


@pytest.mark.heavy
@pytest.mark.skipif(os.environ.get("NINEFOLD_HEAVY") != "1", reason="set NINEFOLD_HEAVY=1")
def test_fifty_thousand_rows_a_second(tmp_path):
    path = book_with(tmp_path / "b.xlsx", [tuple("abcdef"), *((f"{n:06d}", "client", n, n / 4, DAY, True) for n in range(100_000))])
    start = time.perf_counter()
    assert received_from(tmp_path, path).rows == 100_000
    assert 100_000 / (time.perf_counter() - start) > 50_000
