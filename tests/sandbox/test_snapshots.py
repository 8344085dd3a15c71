"""Snapshots and the mirror: the same content has the same hash, nothing stored can change, no source is touched."""
from __future__ import annotations

import inspect
import stat

import duckdb
import pytest

from sandbox.connectors.csv.connector import parse
from sandbox.errors import InputRefused, SandboxError
from sandbox.mirror import Mirror
from sandbox.snapshots import SnapshotStore, _locked_connection
from sandbox.tables import Record, Table
from tests.sandbox.cases import DEMO

JANUARY = DEMO / "supplier" / "usage-2026-01.csv"


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_table_comes_back_as_received(tmp_path):
    store = SnapshotStore(tmp_path)
    table = parse(b'a,"b ""c"",d"\n1,"x\ny"\n,\'=1\n\xc3\xa9,2\n', "t.csv")
    snapshot = store.keep("t", table, b"bytes")
    back = store.table(snapshot)
    assert (back.columns, back.records, back.settings) == (table.columns, table.records, table.settings)
    assert (snapshot.row_count, snapshot.schema) == (3, {"_line": "bigint", "a": "text", 'b "c",d': "text"})
    assert store.original(snapshot).read_bytes() == b"bytes"


def test_the_hash_is_over_the_content_and_not_the_file(tmp_path):
    comma, semicolon = parse(b"a,b\n1,2\n", "one.csv"), parse(b"\xef\xbb\xbfa;b\r\n1;2\r\n", "two.csv")
    assert comma.content_hash() == semicolon.content_hash()
    assert comma.content_hash() != parse(b"a,b\n1,3\n", "one.csv").content_hash()
    assert comma.content_hash() != parse(b"a,b\n\n1,2\n", "one.csv").content_hash()


def test_keeping_the_same_twice_changes_nothing(tmp_path):
    store = SnapshotStore(tmp_path)
    table = parse(JANUARY.read_bytes(), JANUARY.name)
    first = store.keep("usage", table, JANUARY.read_bytes())
    before = files_of(tmp_path)
    assert store.keep("usage", table, JANUARY.read_bytes()) == first
    assert files_of(tmp_path) == before


def test_stored_files_are_read_only(tmp_path):
    SnapshotStore(tmp_path).keep("t", parse(b"a\n1\n", "t.csv"), b"a\n1\n")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_file()}
    assert modes == {0o444}


@pytest.mark.parametrize("part", ["originals", "snapshots", "tables"])
def test_an_altered_file_is_found(tmp_path, part):
    store = SnapshotStore(tmp_path)
    snapshot = store.keep("t", parse(b"a\n1\n", "t.csv"), b"a\n1\n")
    path = next((tmp_path / part).iterdir())
    path.chmod(0o644)
    if part == "tables":
        other = parse(b"a\n2\n", "t.csv")
        path.write_bytes(store._table_path(store.keep("o", other, b"").content_hash).read_bytes())
    else:
        path.write_bytes(path.read_bytes().replace(b"1", b"2"))
    with pytest.raises(SandboxError, match="altered"):
        {"originals": lambda: store.original(snapshot), "tables": lambda: store.table(snapshot),
         "snapshots": lambda: store.snapshot(snapshot.id)}[part]()


def test_many_rows_keep_their_order(tmp_path):
    store = SnapshotStore(tmp_path)
    records = tuple(Record(number, {"a": str(number)}) for number in range(2, 25_003))
    snapshot = store.keep("t", Table("t.csv", ("a",), records), b"")
    assert store.table(snapshot).records == records


def test_the_name_of_the_line_column_is_taken(tmp_path):
    with pytest.raises(InputRefused, match=r'^t\.csv: the column name "_line" is kept for line numbers$'):
        SnapshotStore(tmp_path).keep("t", parse(b"_Line\n1\n".lower(), "t.csv"), b"")


@pytest.mark.parametrize("statement", [
    "SELECT * FROM read_csv('{outside}')", "COPY (SELECT 1) TO '{outside}.copy'", "ATTACH '{outside}.db'",
    "SET enable_external_access = true", "INSTALL httpfs", "LOAD httpfs"])
def test_the_engine_reaches_its_folder_only(tmp_path, statement):
    outside = tmp_path / "outside.csv"
    outside.write_text("a\n1\n")
    (tmp_path / "inside").mkdir()
    with _locked_connection(tmp_path / "inside") as connection, pytest.raises(duckdb.Error):
        connection.execute(statement.format(outside=outside))
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["outside.csv"]


def test_the_mirror_receives_and_leaves_the_source_alone(tmp_path):
    source = tmp_path / "usage.csv"
    source.write_bytes(JANUARY.read_bytes())
    stamp = source.stat()
    mirror = Mirror(tmp_path / "mirror")
    snapshot = mirror.receive("usage", source)
    [check] = mirror.check_unchanged()
    assert (check.is_unchanged, check.before, check.after) == (True, snapshot.original_hash, snapshot.original_hash)
    assert (source.stat().st_mtime_ns, source.read_bytes()) == (stamp.st_mtime_ns, JANUARY.read_bytes())
    assert Mirror(tmp_path / "mirror").snapshot("usage") == snapshot


def test_a_source_that_moved_or_went_is_seen(tmp_path):
    source = tmp_path / "usage.csv"
    source.write_bytes(JANUARY.read_bytes())
    mirror = Mirror(tmp_path / "mirror")
    before = mirror.receive("usage", source).original_hash
    source.write_bytes(JANUARY.read_bytes() + b"x;S1;1;;;\n")
    assert [(one.is_unchanged, one.before == before) for one in mirror.check_unchanged()] == [(False, True)]
    source.unlink()
    assert [(one.is_unchanged, one.after) for one in mirror.check_unchanged()] == [(False, None)]


def test_receiving_again_keeps_the_earlier_snapshot(tmp_path):
    source = tmp_path / "usage.csv"
    source.write_text("a\n1\n")
    mirror = Mirror(tmp_path / "mirror")
    first = mirror.receive("usage", source)
    source.write_text("a\n2\n")
    second = mirror.receive("usage", source)
    assert (mirror.snapshot("usage"), mirror.store.snapshot(first.id)) == (second, first)


def test_the_mirror_has_no_method_that_sends():
    methods = {name for name, _ in inspect.getmembers(Mirror, inspect.isfunction) if not name.startswith("_")}
    assert methods == {"receive", "names", "snapshot", "source", "check_unchanged"}
