"""JSON, Parquet and figures read by hand: exact texts, and what does not fit refused by name."""
from __future__ import annotations

import duckdb
import pytest

from sandbox.connectors import proposed, receive_file
from sandbox.errors import InputRefused
from sandbox.mirror.mirror import receive_export

HASH = "ab" * 32


def received_from(tmp_path, name, data, settings=None):
    (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    (tmp_path / "out").mkdir(exist_ok=True)
    return receive_file(tmp_path / name, settings or {}, tmp_path / "out")


def rows_of(received):
    return duckdb.execute("SELECT * FROM read_parquet(?)", [str(received.path)]).fetchall()


def refusal_of(tmp_path, name, data, settings=None):
    with pytest.raises(InputRefused) as refusal:
        received_from(tmp_path, name, data, settings)
    return str(refusal.value)


def test_a_list_of_records_becomes_a_table_with_numbers_as_they_were_written(tmp_path):
    data = '[{"id": 007e0, "a": {"b": "é", "c": null}}]'.replace("007e0", "12345678901234567890.10")
    received = received_from(tmp_path, "a.json", data)
    assert (received.columns, rows_of(received)) == (("id", "a.b", "a.c"), [(1, "12345678901234567890.10", "é", "")])


def test_columns_that_come_late_are_empty_before(tmp_path):
    (tmp_path / "late.jsonl").write_text('{"a": 1}\n' * 20 + '{"a": 1, "b": 2}\n')
    assert proposed(tmp_path / "late.jsonl", {})["columns"] == ["a", "b"]
    rows = "".join(f'{{"a": {number}}}\n' for number in range(10_001)) + '\n{"b": [1, {"c": true}], "a": 1.0}\n'
    received = received_from(tmp_path, "a.jsonl", rows)
    assert (received.columns, received.rows) == (("a", "b"), 10_002)
    assert rows_of(received)[-2:] == [(10_001, "10000", ""), (10_003, "1.0", '[1,{"c":true}]')]


def test_a_line_that_is_no_record_is_refused_by_itself(tmp_path):
    received = received_from(tmp_path, "a.jsonl", '{"a": 1}\n[2]\n{"a": 1, "a": 2}\n{"a": \n"x"\n{"a": 3}')
    assert rows_of(received) == [(1, "1"), (6, "3")]
    assert [(one.row, one.message) for one in received.refused][:2] == [
        (2, 'a record is an object such as {"id": 1}'), (3, 'the line: the field "a" stands twice in one record')]
    assert [one.row for one in received.refused] == [2, 3, 4, 5]


def test_where_the_records_stand_is_proposed(tmp_path):
    data = '{"meta": {"n": 1}, "data": {"items": [{"a": 1}]}}'
    assert refusal_of(tmp_path, "a.json", data) == (
        "a.json: the document is no list of records; set `at`, lists stand at data.items")
    said = proposed(tmp_path / "a.json")
    assert said == {"connector": "json", "settings": {"at": "data.items", "lines": False}, "columns": ["a"], "rows": [["1"]]}
    assert rows_of(received_from(tmp_path, "a.json", data, said["settings"])) == [(1, "1")]


@pytest.mark.parametrize(("data", "message"), [
    ("", "a.json: the file is empty"),
    ("[]", "a.json: no record with a field was found"),
    ('[{"a": {"b": 1}, "a.b": 2}]', 'a.json: record 1: the field "a.b" stands twice in a record'),
    ("[{" + "".join(f'"c{n}": 1, ' for n in range(100_000)) + '"c99999": 2}]',
     'a.json: the field "c99999" stands twice in one record'),
    ("[{]", "a.json: not JSON at line 1, column 3 (Expecting property name enclosed in double quotes)"),
    ('[{"a": 1, "A": 2}]', 'a.json: column "A" stands twice (columns 1 and 2)'),
    ('[{"_line": 1}]', 'a.json: the column name "_line" is kept for marks of our own; rename it'),
    ("[" * 100_000, "a.json: nested deeper than 64 levels"),
])
def test_json_that_cannot_be_read_is_refused(tmp_path, data, message):
    assert refusal_of(tmp_path, "a.json", data) == message


def parquet(tmp_path, query):
    duckdb.execute(f"COPY ({query}) TO '{tmp_path}/made.parquet'")
    return (tmp_path / "made.parquet").read_bytes()


@pytest.mark.parametrize(("value", "text"), [
    ("'007'", "007"), ("NULL::VARCHAR", ""), ("9223372036854775807", "9223372036854775807"), ("1.50::DECIMAL(9,2)", "1.50"),
    ("0.1::DOUBLE", "0.1"), ("2::DOUBLE", "2"), ("1e22::DOUBLE", "10000000000000000000000"), ("1e-7::DOUBLE", "0.0000001"),
    ("0.1::FLOAT", "0.1"), ("true", "true"), ("DATE '2026-01-31'", "2026-01-31"), ("TIME '13:05:07'", "13:05:07"),
    ("TIMESTAMP '2026-01-31 13:05:07.25'", "2026-01-31T13:05:07.25"),
    ("TIMESTAMPTZ '2026-01-31 13:05:07+02'", "2026-01-31T11:05:07Z"), ("[1, 2]", "[1,2]"), ("{'a': 'é'}", '{"a":"é"}'),
    ("'\\x00\\xFF'::BLOB", "AP8="), ("12345678901234567890123456789.5::DECIMAL(38,1)", "12345678901234567890123456789.5"),
])
def test_a_value_of_parquet_becomes_its_exact_text(tmp_path, value, text):
    received = received_from(tmp_path, "a.parquet", parquet(tmp_path, f"SELECT {value} AS v"))
    assert rows_of(received) == [(1, text)]


def test_a_table_of_a_mirror_keeps_its_lines_and_marks(tmp_path):
    query = "SELECT * FROM (VALUES (5::BIGINT, 'x', true), (9, 'y', false)) t(_line, a, _fake)"
    received = received_from(tmp_path, "a.parquet", parquet(tmp_path, query))
    assert (received.columns, rows_of(received)) == (("a",), [(5, "x", True), (9, "y", False)])


def test_a_damaged_parquet_is_refused(tmp_path):
    data = parquet(tmp_path, "SELECT 1 AS a")
    assert refusal_of(tmp_path, "a.parquet", data[:-20]).startswith("a.parquet: the Parquet file is damaged (") is True
    assert refusal_of(tmp_path, "b.parquet", b"nothing") == (
        "b.parquet: its content is not what the ending .parquet says; export it again")


def test_a_parquet_that_unpacks_to_more_than_can_be_kept_is_refused(tmp_path):
    deep = parquet(tmp_path, f"SELECT {'[' * 13}1{']' * 13} AS a")
    assert refusal_of(tmp_path, "a.parquet", deep) == 'a.parquet: column "a" is nested 13 levels deep; at most 12 are read'
    wide = parquet(tmp_path, f"SELECT {', '.join(f'1 AS c{number}' for number in range(2001))}")
    assert refusal_of(tmp_path, "b.parquet", wide) == "b.parquet: the schema: 2001 columns; at most 2000 are read"
    (tmp_path / "c.parquet").write_bytes(parquet(tmp_path, "SELECT repeat('x', 50_000_000) AS a FROM range(5)"))
    with pytest.raises(InputRefused, match=r"^c\.parquet: rows 1 to 4095 hold 250 MB of text; at most 200 MB are kept of so few"):
        receive_export(tmp_path, tmp_path / "c.parquet")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def by_hand(rows, head=""):
    return f'read_on = 2026-01-31\nread_by = "C. Dupont"\n{head}\n' + "".join(f"[[row]]\n{row}\n" for row in rows)


def test_figures_by_hand_carry_their_evidence(tmp_path):
    data = by_hand([f'client = "Noé"\nunits = 12.50\nscreenshot = "a.png"\nsha256 = "{HASH}"', 'client = "B"\nunits = 3',
                    f'client = "C"\nscreenshot = "c.png"\nsha256 = "{HASH.upper()}"',
                    f'units = [1]\nscreenshot = "c.png"\nsha256 = "{HASH}"'])
    received = received_from(tmp_path, "h.toml", data)
    assert received.columns == ("client", "units", "read_on", "read_by", "screenshot", "sha256")
    assert rows_of(received) == [(4, "Noé", "12.50", "2026-01-31", "C. Dupont", "a.png", HASH)]
    assert [(one.row, one.field, one.message) for one in received.refused] == [
        (9, "screenshot", "a figure read by hand needs screenshot: the name of the screenshot that shows it"),
        (12, "sha256", "a SHA-256 has 64 hexadecimal digits, in small letters"),
        (16, "units", "a figure is one value, not a list or a table")]


def test_figures_by_hand_may_come_as_csv(tmp_path):
    settings = {"connector": "hand", "read_by": "C. Dupont", "screenshot": "a.png", "sha256": HASH}
    received = received_from(tmp_path, "h.csv", "client,units,read_on\nNoé,3,2026-01-31\nB,4,31.01.2026\n", settings)
    assert rows_of(received) == [(2, "Noé", "3", "2026-01-31", "C. Dupont", "a.png", HASH)]
    assert [(one.row, one.message) for one in received.refused] == [(3, "read_on is a day such as 2026-01-31")]


@pytest.mark.parametrize(("data", "message"), [
    (f"x = {'9' * 5000}", "h.toml: not a TOML file: Exceeds the limit (4300 digits) for integer string conversion: value has 5000 "
                          "digits; use sys.set_int_max_str_digits() to increase the limit"),
    ("x = 1", "h.toml: unknown key x; known: row, read_on, read_by, screenshot, sha256"),
    ("read_by = 'x'", "h.toml: each figure stands under a heading [[row]]"),
])
def test_a_file_by_hand_that_cannot_be_read_is_refused(tmp_path, data, message):
    assert refusal_of(tmp_path, "h.toml", data) == message
