"""Snapshots and the mirror: the same content has the same hash, nothing stored can change, no source is touched."""
from __future__ import annotations

import hashlib
import inspect
import json
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.connectors import receive_file
from sandbox.connectors.csv.connector import read_csv
from sandbox.errors import InputRefused, SandboxError
from sandbox.mirror.mirror import Mirror
from sandbox.receiving.masking import masked
from sandbox.receiving.snapshots import SnapshotStore, _locked_connection
from sandbox.receiving.treehash import tree_hash, tree_hash_of_rows
from sandbox.tables import Record, Table
from tests.sandbox.cases import DEMO

JANUARY = DEMO / "supplier" / "usage-2026-01.csv"


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_table_comes_back_as_received(tmp_path):
    store = SnapshotStore(tmp_path)
    table = read_csv(b'a,"b ""c"",d"\n1,"x\ny"\n,\'=1\n\xc3\xa9,2\n', "t.csv")
    snapshot = store.keep("t", table, b"bytes")
    back = store.table(snapshot)
    assert (back.columns, back.records, back.settings) == (table.columns, table.records, table.settings)
    assert (snapshot.row_count, snapshot.schema) == (3, {"_line": "bigint", "a": "text", 'b "c",d': "text"})
    assert store.original(snapshot).read_bytes() == b"bytes"


def test_the_hash_is_over_the_content_and_not_the_file(tmp_path):
    comma, semicolon = read_csv(b"a,b\n1,2\n", "one.csv"), read_csv(b"\xef\xbb\xbfa;b\r\n1;2\r\n", "two.csv")
    assert comma.content_hash() == semicolon.content_hash()
    assert comma.content_hash() != read_csv(b"a,b\n1,3\n", "one.csv").content_hash()
    assert comma.content_hash() != read_csv(b"a,b\n\n1,2\n", "one.csv").content_hash()


def test_keeping_the_same_twice_changes_nothing(tmp_path):
    store = SnapshotStore(tmp_path)
    table = read_csv(JANUARY.read_bytes(), JANUARY.name)
    first = store.keep("usage", table, JANUARY.read_bytes())
    before = files_of(tmp_path)
    assert store.keep("usage", table, JANUARY.read_bytes()) == first
    assert files_of(tmp_path) == before


def test_stored_files_are_read_only(tmp_path):
    SnapshotStore(tmp_path).keep("t", read_csv(b"a\n1\n", "t.csv"), b"a\n1\n")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_file()}
    assert modes == {0o444}


@pytest.mark.parametrize("part", ["originals", "snapshots", "tables"])
def test_an_altered_file_is_found(tmp_path, part):
    store = SnapshotStore(tmp_path)
    snapshot = store.keep("t", read_csv(b"a\n1\n", "t.csv"), b"a\n1\n")
    path = next((tmp_path / part).iterdir())
    path.chmod(0o644)
    if part == "tables":
        other = read_csv(b"a\n2\n", "t.csv")
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
        SnapshotStore(tmp_path).keep("t", read_csv(b"_Line\n1\n".lower(), "t.csv"), b"")


def received_in(folder, text, settings=None):
    folder.mkdir(exist_ok=True)
    (folder / "t.csv").write_bytes(text)
    return receive_file(folder / "t.csv", settings or {}, folder)


def sha(data):
    return hashlib.sha256(data).hexdigest()


def test_a_received_table_is_kept_with_the_bytes_it_came_from(tmp_path):
    data = 'a;b\n1;"x\ny"\n\n2;é\n'.encode("cp1252")
    received = received_in(tmp_path / "in", data)
    store = SnapshotStore(tmp_path / "store")
    snapshot = store.keep_received("t", received, tmp_path / "in" / "t.csv", sha(data))
    assert (snapshot.row_count, snapshot.columns, snapshot.hash_version, snapshot.masked) == (2, ("a", "b"), 2, ())
    assert store.original(snapshot).read_bytes() == data
    assert [(one.line, *one.cells.values()) for one in store.table(snapshot).records] == [(2, "1", "x\ny"), (5, "2", "é")]
    assert duckdb.execute("SELECT * FROM read_parquet(?)", [str(store.parquet(snapshot))]).fetchall() == [
        (2, "1", "x\ny"), (5, "2", "é")]
    before = files_of(tmp_path / "store")
    assert store.keep_received("t", received, tmp_path / "in" / "t.csv", sha(data)) == snapshot
    assert (files_of(tmp_path / "store"), store.snapshot(snapshot.id)) == (before, snapshot)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "store").rglob("*") if path.is_file()} == {0o444}


def test_of_a_masked_table_only_the_hash_of_the_original_is_kept(tmp_path):
    data = b"id,mail\n1,noe@bakery.example\n"
    kept = masked(received_in(tmp_path / "in", data), {"mail": "hash"}, b"a salt of this project")
    store = SnapshotStore(tmp_path / "store")
    snapshot = store.keep_received("t", kept, tmp_path / "in" / "t.csv", sha(data))
    assert (snapshot.masked, snapshot.original_hash, snapshot.has_original) == (("mail",), sha(data), False)
    assert [name for name, held in files_of(tmp_path / "store").items() if b"bakery" in held] == []
    with pytest.raises(SandboxError, match=r"^the bytes of t\.csv were not kept, only their hash$"):
        store.original(snapshot)


def test_an_original_that_moved_is_not_kept(tmp_path):
    received = received_in(tmp_path / "in", b"a\n1\n")
    (tmp_path / "in" / "t.csv").write_bytes(b"a\n2\n")
    with pytest.raises(SandboxError, match=r"^t\.csv: the file changed while it was being received$"):
        SnapshotStore(tmp_path / "store").keep_received("t", received, tmp_path / "in" / "t.csv", sha(b"a\n1\n"))
    assert [path.name for path in (tmp_path / "store" / "snapshots").iterdir()] == []


def test_an_altered_table_is_found_even_after_it_was_verified(tmp_path):
    store = SnapshotStore(tmp_path / "store")
    one = store.keep_received("t", received_in(tmp_path / "one", b"a\n1\n"), None, "")
    other = store.keep_received("t", received_in(tmp_path / "two", b"a\n2\n"), None, "")
    path = store.parquet(one)
    fresh = store.parquet(other).read_bytes()
    path.chmod(0o644)
    path.write_bytes(fresh)
    for read in (store.parquet, store.table):
        with pytest.raises(SandboxError, match="altered"):
            read(one)


def test_removing_a_snapshot_leaves_what_others_share(tmp_path):
    store = SnapshotStore(tmp_path / "store")
    received = received_in(tmp_path / "in", b"a\n1\n")
    first, second = (store.keep_received(name, received, tmp_path / "in" / "t.csv", sha(b"a\n1\n")) for name in "xy")
    store.remove(first.id)
    assert (store.table(second).records[0].cells["a"], store.original(second).read_bytes()) == ("1", b"a\n1\n")
    store.remove(second.id)
    assert files_of(tmp_path / "store") == {}
    with pytest.raises(SandboxError, match=f"^no snapshot {first.id}$"):
        store.remove(first.id)


def test_a_snapshot_of_the_first_kind_is_still_read(tmp_path):
    store = SnapshotStore(tmp_path)
    snapshot = store.keep("t", read_csv(b"a,b\n1,2\n", "t.csv"), b"a,b\n1,2\n")
    assert (snapshot.hash_version, snapshot.has_original) == (1, True)
    said = json.loads((tmp_path / "snapshots" / f"{snapshot.id}.json").read_text(encoding="utf-8"))
    assert sorted(said) == ["columns", "content_hash", "file_name", "name", "original_hash", "refused_count", "row_count",
                            "settings"]  # as before, so that ids kept in a database still fit
    assert store.parquet(snapshot).name == f"{snapshot.content_hash}.parquet"


TEXTS = st.one_of(st.none(), st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=6))


@given(st.dictionaries(st.integers(0, 20_000), st.tuples(TEXTS, TEXTS), max_size=40))
@settings(max_examples=10, deadline=None)
def test_the_tree_hash_is_the_same_in_plain_python_and_for_any_parquet(rows):
    table = [(line, *cells) for line, cells in sorted(rows.items())]
    with TemporaryDirectory() as name:
        path = Path(name) / "t.parquet"
        for order, options in (("ASC", "COMPRESSION zstd"), ("DESC", "ROW_GROUP_SIZE 2048")):
            with duckdb.connect() as connection:
                connection.execute("CREATE TABLE t (_line BIGINT, a VARCHAR, \"b ;\" VARCHAR)")
                if table:
                    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", table)
                connection.execute(f"COPY (FROM t ORDER BY _line {order}) TO '{path}' (FORMAT parquet, {options})")
            assert tree_hash(path, ("a", "b ;")) == tree_hash_of_rows(("a", "b ;"), table)


def test_the_tree_hash_of_a_wide_or_large_table_is_that_of_its_rows(tmp_path, monkeypatch):
    names = [f"c{number}" for number in range(1010)]  # more than an expression may be deep
    duckdb.execute(f"COPY (SELECT 2 AS _line, {', '.join(f'{len(name)}::VARCHAR AS {name}' for name in names)}) "
                   f"TO '{tmp_path}/wide.parquet'")
    assert tree_hash(tmp_path / "wide.parquet", names) == tree_hash_of_rows(names, [(2, *(str(len(name)) for name in names))])
    rows = [(line, "é" * (line % 7)) for line in (-9000, -1, 0, *range(1, 30_000, 3))]
    duckdb.execute("COPY (SELECT unnest(?::BIGINT[]) AS _line, unnest(?::VARCHAR[]) AS a) "
                   f"TO '{tmp_path}/long.parquet' (FORMAT parquet)", [[row[0] for row in rows], [row[1] for row in rows]])
    whole = tree_hash(tmp_path / "long.parquet", ["a"])
    monkeypatch.setattr("sandbox.receiving.treehash._AT_ONCE", 20_000)
    assert tree_hash(tmp_path / "long.parquet", ["a"]) == whole
    duckdb.execute(f"COPY (FROM '{tmp_path}/long.parquet' UNION ALL SELECT NULL, 'x') TO '{tmp_path}/more.parquet'")
    assert tree_hash(tmp_path / "more.parquet", ["a"]) != whole


def test_the_tree_hash_tells_tables_apart():
    tables = [((), []), (("a",), []), (("a",), [(2, "1")]), (("b",), [(2, "1")]), (("a",), [(3, "1")]), (("a",), [(2, "")]),
              (("a",), [(2, None)]), (("a",), [(2, "-")]), (("a", "b"), [(2, "1", "")]), (("a", "b"), [(2, "", "1")]),
              (("a",), [(2, "1:1")]), (("a", "b"), [(2, "1", "1")]), (("a",), [(2, "1"), (3, "1")])]
    assert len({tree_hash_of_rows(*table) for table in tables}) == len(tables)


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
    assert methods == {"receive", "names", "snapshot", "source", "check_unchanged", "remove", "sweep"}
