"""Delimited text into Parquet: the fast way and the careful way give the very same table."""
from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.connectors import proposed, receive_file
from sandbox.connectors.csv import bulk
from sandbox.connectors.csv.connector import read_csv
from sandbox.errors import InputRefused


def rows_of(received):
    return duckdb.execute("SELECT * FROM read_parquet(?)", [str(received.path)]).fetchall()


def outcome_of_parse(data, given_settings):
    try:
        table = read_csv(data, "t.csv", given_settings)
    except InputRefused as refusal:
        return str(refusal).replace(" in the header on line 1", "").replace("of the header on line 1 ", "")
    return (table.columns, [(record.line, *table.values(record)) for record in table.records], table.refused,
            dict(table.settings))


def outcome_of_receive(data, given_settings):
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "t.csv").write_bytes(data)
        (folder / "out").mkdir()
        try:
            received = receive_file(folder / "t.csv", given_settings, folder / "out")
        except InputRefused as refusal:
            return str(refusal).replace(": line 1: column", ": column").replace("of the header ", "")
        assert [path.suffix for path in (folder / "out").iterdir() if path.is_file()] == [".parquet"]
        return received.columns, rows_of(received), received.refused, dict(received.settings)


BODY = st.text(alphabet="ab=-+',;\n\r \t\x0b\xa0é\u3000＝0", max_size=80)


@given(BODY, st.sampled_from(["x,y\n", "x;y\r\n", "x,y,\n", "x\n", "'=x,y\n"]), st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
@settings(max_examples=30, deadline=None)
def test_both_ways_give_the_same_table(body, header, encoding):
    data = (header + body).encode(encoding)
    given_settings = {"delimiter": ";" if ";" in header else ","}
    assert outcome_of_receive(data, given_settings) == outcome_of_parse(data, given_settings)


@given(st.text(alphabet='ab,"\n\r é', max_size=60))
@settings(max_examples=12, deadline=None)
def test_quoted_text_is_the_same_too(body):
    data = ("x,y\n" + body).encode()
    assert outcome_of_receive(data, {"delimiter": ","}) == outcome_of_parse(data, {"delimiter": ","})


def received_from(tmp_path, data, given_settings=None, name="t.csv"):
    (tmp_path / name).write_bytes(data)
    (tmp_path / "out").mkdir(exist_ok=True)
    return receive_file(tmp_path / name, given_settings or {}, tmp_path / "out")


def test_plain_files_take_the_fast_way(tmp_path, monkeypatch):
    ways = []
    fast = bulk.received
    monkeypatch.setattr(bulk, "received", lambda *given: ways.append(fast(*given)) or ways[-1])
    data = "client;prix\r\nBoulangerie Noé;1\xa0234,50\r\n'=x;2,00\r\n;\r\nCafé;\r\n".encode("cp1252")
    received = received_from(tmp_path, data)
    assert [way.rows for way in ways] == [3]
    assert rows_of(received) == [(2, "Boulangerie Noé", "1\xa0234,50"), (3, "=x", "2,00"), (5, "Café", "")]
    assert received.settings == {"delimiter": ";", "decimal": ",", "encoding": "cp1252", "header_row": 1}


@pytest.mark.parametrize(("data", "rows"), [
    (b"\xef\xbb\xbfsep=;\r\na;b\r\n1;2,5\r\n", [(3, "1", "2,5")]),
    (b"\n\na,b\n1,2\n", [(4, "1", "2")]),
    (b'a,b\n1,"x\ny"\n2,z\n', [(2, "1", "x\ny"), (4, "2", "z")]),
    (b"a,b\r\n1,2\n3,4\r5,6", [(2, "1", "2"), (3, "3", "4"), (4, "5", "6")]),
    (b"a\n1\n\n 2\n", [(2, "1"), (4, " 2")]),
    (b"a,b\n\x27t Hooft,1\n\x27=1,2\n", [(2, "'t Hooft", "1"), (3, "=1", "2")]),
])
def test_polluted_files_are_read_right(tmp_path, data, rows):
    assert rows_of(received_from(tmp_path, data)) == rows


@pytest.mark.parametrize(("data", "given_settings", "message"), [
    (b"a,b\n1,\xff\xfe\n" + b"1,2\n" * 5, {"encoding": "utf-8"},
     "t.csv: line 2 holds byte 0xFF, which is not utf-8; set the file's encoding"),
    (b"a,b\n1,2\n3,\x81\n", {}, "t.csv: line 3 holds byte 0x81, which is not cp1252; set the file's encoding"),
    (b"a,b\n1,2\n\x00,1\n", {}, "t.csv: line 3 holds a NUL byte; this is not a text file"),
    # DuckDB passes over a line that is longer than 32 MB as if it were not there.
    (b"a,b\n1,2\n" + b"x" * 33_000_000 + b",2\n3,4\n", {},
     "t.csv: a cell in the record of line 3 is longer than 1000000 characters; is a mark left open?"),
    (b"," * 2000 + b"a\n", {}, "t.csv: line 1: 2001 columns; at most 2000 are read"),
    (b"a," + b"x" * 1001 + b"\n", {}, "t.csv: line 1: the name of column 2 has 1001 characters; at most 1000 are read"),
    (b"a,_line\n1,2\n", {}, 't.csv: line 1: the column name "_line" is kept for marks of our own; rename it'),
    (b"a,b\n1,2\n", {"header": 2},
     "t.csv: unknown setting header; the nearest is header_row; known: connector, decimal, delimiter, encoding, "
     "header_row, masked"),
    (b"a,b\n1,2\n", {"header_row": 0},
     "t.csv: setting header_row = 0 does not fit: it is the physical line of the header, a whole number from 1 to 1000"),
])
def test_what_cannot_be_read_is_said_exactly(tmp_path, data, given_settings, message):
    with pytest.raises(InputRefused) as refusal:
        received_from(tmp_path, data, given_settings)
    assert str(refusal.value) == message


def test_ragged_rows_of_a_long_file_are_counted_and_a_thousand_kept(tmp_path):
    received = received_from(tmp_path, b"a,b\n" + b"1\n" * 1500 + b"1,2\n")
    assert (received.rows, received.refused_count, len(received.refused)) == (1, 1500, 1000)
    assert (received.refused[999].row, received.refused[999].message) == (1001, "1 cells where the header has 2")


def test_column_with_both_decimal_marks_is_named_with_a_row_of_each(tmp_path):
    (tmp_path / "m.csv").write_text("id;qty;us;day;fr\n" + "a;8.5;1,008.00;31.01.2026;1 008,00\n" * 300 + "b;1.008,00;2;;8\n")
    assert proposed(tmp_path / "m.csv", {})["mixed"] == [
        'column "qty" holds numbers with a point (row 2) and with a comma (row 302); a run reads one decimal mark and refuses '
        "the rows with the other"]


def test_title_rows_are_proposed_to_be_skipped(tmp_path):
    data = "Export der Verträge\r\nStand;31.01.2026\r\n\r\nKunde;Menge;Preis\r\nMüller;2;1,50\r\nWeiß;3;2,25\r\n".encode("cp1252")
    (tmp_path / "t.csv").write_bytes(data)
    said = proposed(tmp_path / "t.csv")
    assert said == {
        "connector": "csv", "columns": ["Kunde", "Menge", "Preis"],
        "settings": {"delimiter": ";", "decimal": ",", "encoding": "cp1252", "header_row": 4},
        "rows": [["Müller", "2", "1,50"], ["Weiß", "3", "2,25"]]}
    assert rows_of(received_from(tmp_path, data, said["settings"])) == [(5, "Müller", "2", "1,50"), (6, "Weiß", "3", "2,25")]
