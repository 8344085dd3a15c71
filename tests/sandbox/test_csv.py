"""Delimited text as tools really write it: encodings, delimiters, line numbers, and exact words for what is wrong."""
from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.connectors.csv.connector import read, read_csv
from sandbox.errors import InputRefused
from sandbox.tables import csv_text, plain_text, safe_cell


def cells(table):
    return [(record.line, *table.values(record)) for record in table.records]


def test_physical_lines_count_through_quoted_newlines_and_blank_lines():
    table = read_csv(b'a,b\n1,"x\ny\r\nz"\n\n2,w\n', "t.csv")
    assert cells(table) == [(2, "1", "x\ny\r\nz"), (6, "2", "w")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_sniffed(encoding, delimiter):
    text = f"client{delimiter}price\nBoulangerie Noé à Liège{delimiter}30.00\nCafé de la Gare{delimiter}4.50\n"
    table = read_csv(text.encode(encoding), "t.csv")
    assert cells(table) == [(2, "Boulangerie Noé à Liège", "30.00"), (3, "Café de la Gare", "4.50")]
    assert dict(table.settings) == {"delimiter": delimiter, "decimal": ".", "encoding": encoding, "header_row": 1}


@pytest.mark.parametrize(("amounts", "mark"), [
    (("-10,7", "-12,34", "0"), ","), (("-8.673,51",), ","), (("1.234,50",), ","), (("9,90-",), ","),
    (("-10.7", "+4.00"), "."), (("1,234.50",), "."), (("31.12.2024", "1.234"), "."),
])
def test_a_decimal_mark_is_sniffed_of_amounts_with_signs_and_thousands(amounts, mark):
    data = "day;amount\n" + "".join(f"a;{amount}\n" for amount in amounts)
    assert read_csv(data.encode(), "t.csv").settings["decimal"] == mark


def test_a_decimal_comma_is_sniffed_and_settings_win():
    data = b"service;unit_price\nS1;5,00\nS2;4,50\n"
    assert read_csv(data, "t.csv").settings["decimal"] == ","
    assert read_csv(data, "t.csv", {"decimal": "."}).settings["decimal"] == "."


def test_blank_lines_and_the_line_of_excel_may_stand_above_the_header():
    table = read_csv(b"sep=;\r\n\r\na;b,c\r\n1;2,5\r\n", "t.csv")
    assert (table.columns, cells(table), table.settings["header_row"]) == (("a", "b,c"), [(4, "1", "2,5")], 3)


def test_the_header_may_stand_lower():
    table = read_csv(b"Export of 2026-01-31\n\na;b\n1;2\n", "t.csv", {"header_row": 3})
    assert (table.columns, cells(table)) == (("a", "b"), [(4, "1", "2")])


def test_a_trailing_delimiter_adds_no_column():
    table = read_csv(b"a;b;\n1;2;\n;;\n", "t.csv")
    assert (table.columns, cells(table), table.refused) == (("a", "b"), [(2, "1", "2")], ())


def test_ragged_records_are_refused_by_themselves():
    table = read_csv(b"a,b\n1\n1,2,3\n1,2\n", "t.csv")
    assert [(one.row, one.value, one.message) for one in table.refused] == [
        (2, "1", "1 cells where the header has 2"), (3, "1;2;3", "3 cells where the header has 2")]
    assert cells(table) == [(4, "1", "2")]


@pytest.mark.parametrize(("data", "settings", "message"), [
    (b"", {}, "t.csv: the file is empty"),
    (b"\xef\xbb\xbf \r\n", {}, "t.csv: the file is empty"),
    (b"a,b\n1,\x00\n", {}, "t.csv: line 2 holds a NUL byte; this is not a text file"),
    (b"a,a\n1,2\n", {}, 't.csv: column "a" stands twice in the header on line 1 (columns 1 and 2)'),
    (b"a,A\n1,2\n", {}, 't.csv: column "A" stands twice in the header on line 1 (columns 1 and 2)'),
    (b"a,,b\n1,2,3\n", {}, "t.csv: column 2 of the header on line 1 has no name"),
    (b'a,b\n1,"2\n', {}, "t.csv: a quotation mark opened in the record of line 2 is never closed"),
    (b'a,b\n1,"2" x\n', {},
     "t.csv: the record of line 2 has text after a closing quotation mark; double the marks inside a quoted cell"),
    (b"a,b\n1,\xe9\n", {"encoding": "utf-8"},
     "t.csv: line 2 holds byte 0xE9, which is not utf-8; set the file's encoding"),
    (b"a,b\n", {"header_row": 5}, "t.csv: the header should stand on line 5, but the file ends before it"),
    (b"\na,b\n", {"header_row": 1}, "t.csv: line 1 should hold the header, but it is empty"),
])
def test_what_cannot_be_read_is_said_exactly(data, settings, message):
    with pytest.raises(InputRefused) as refusal:
        read_csv(data, "t.csv", settings)
    assert str(refusal.value) == message


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputRefused) as refusal:
        read(tmp_path / "absent.csv")
    assert str(refusal.value) == "absent.csv: cannot be read (No such file or directory)"


@pytest.mark.parametrize(
    "text", ["=1+1", "+33 1", "-3", "@x", "\t=x", "\r", "\x00", "  =x", "＝1", "－1", "'=1", "''@"])
def test_a_formula_is_stored_as_text(text):
    assert (safe_cell(text), plain_text(safe_cell(text))) == (f"'{text}", text)


@given(st.text())
def test_every_cell_comes_back_unchanged(text):
    safe = safe_cell(text)
    assert plain_text(safe) == text
    assert safe.lstrip()[:1] not in set("=+-@\x00＝＋－＠")


cell_texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1)


@given(st.lists(st.tuples(cell_texts, cell_texts), min_size=1))
def test_a_written_file_reads_back_as_it_was(rows):
    table = read_csv(csv_text(("one", "two"), rows).encode(), "t.csv", {"encoding": "utf-8", "delimiter": ","})
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert [tuple(table.values(record)) for record in table.records] == kept


@given(st.text(alphabet='ab,;"\n\r é', max_size=60))
def test_line_numbers_agree_with_the_standard_reader(text):
    data = ("x,y\n" + text).encode()
    try:
        table = read_csv(data, "t.csv", {"delimiter": ","})
    except InputRefused:
        return
    lines = list(io.StringIO(data.decode(), newline=""))
    for record in table.records:
        rest = csv.reader(lines[record.line - 1:], strict=True)
        assert next(rest)[:2] == list(record.cells.values())
