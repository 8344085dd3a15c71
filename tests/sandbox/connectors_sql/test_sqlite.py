"""SQLite files: exact texts, what is still in the second file, no byte changed, names checked against the catalogue."""
from __future__ import annotations

import re
import sqlite3

import pytest
import sqlalchemy as sa

from sandbox.connectors.sql.connector import pull, source_hash
from sandbox.connectors.sql.session import opened
from sandbox.connectors.sql.settings import checked
from sandbox.connectors.sql.texts import moment, plain, single, stored
from sandbox.errors import InputRefused, ReadOnlyViolation
from sandbox.http.approvals import Approval
from sandbox.mirror.mirror import pull as mirror_pull
from tests.sandbox.connectors_sql.cells import cells_of
from tests.sandbox.connectors_sql.servers import file_approval, sqlite_clients


def settings(path, *tables, **others):
    return {"dialect": "sqlite", "file": str(path), "tables": [*tables] or [{"table": "client list"}], **others}


def read(path, folder, *tables):
    folder.mkdir(exist_ok=True)
    return pull(settings(path, *tables), folder, approvals=file_approval(path))


def files_of(folder):
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("wal", [False, True])
def test_every_cell_comes_as_exact_text_and_no_byte_of_the_source_changes(tmp_path, wal):
    (tmp_path / "live").mkdir()
    path = sqlite_clients(tmp_path / "live" / "the live.db", wal=wal)
    before = files_of(tmp_path / "live")
    done = read(path, tmp_path / "out")
    assert files_of(tmp_path / "live") == before
    assert cells_of(done.tables[0].path) == [
        {"_line": 1, "id": "1", "Name": "", "price": "12.5", "big": "0.1", "ok": "false", "raw": "",
         "any_": "9223372036854775807", 'a"b': ""},
        {"_line": 2, "id": "9007199254740993", "Name": 'Bakery Noé; "O\'Brien"', "price": "12.5",
         "big": "100000000000000000000", "ok": "true", "raw": "00ff", "any_": "007x", 'a"b': "ab"}]
    assert done.before == done.after == source_hash(settings(path), approvals=file_approval(path))
    assert done.tables[0].settings["account"] == "writable by this process, opened for reading only"


def test_what_is_still_in_the_second_file_is_seen_and_stays_there(tmp_path):
    path = sqlite_clients(tmp_path / "live.db", wal=True)
    with sqlite3.connect(path) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("INSERT INTO plain VALUES (7, 8)")
        writer.commit()
        before = {name: found for name, found in files_of(tmp_path).items() if not name.endswith("-shm")}
        done = read(path, tmp_path / "out", {"table": "plain", "key": ["a"]})
        after = {name: found for name, found in files_of(tmp_path).items() if not name.endswith("-shm")}
    writer.close()
    assert (cells_of(done.tables[0].path), sorted(after)) == ([{"_line": 1, "a": "7", "b": "8"}], ["live.db", "live.db-wal"])
    assert after == before


@pytest.mark.parametrize("statement", [
    "INSERT INTO plain VALUES (1, 2)", "CREATE TABLE other (a)", "DELETE FROM plain", "ATTACH 'other.db' AS other",
    "VACUUM INTO 'other.db'"])
def test_nothing_can_be_written_through_the_connection(tmp_path, statement, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = sqlite_clients(tmp_path / "live.db")
    with opened(checked(settings(path)), secrets={}, approvals=file_approval(path)) as connection:
        with pytest.raises(ReadOnlyViolation, match=r'^this connection only reads; ".*" was not sent$'):
            connection.execute(sa.text(statement))
        if not statement.startswith(("ATTACH", "VACUUM")):
            with pytest.raises(sqlite3.OperationalError, match="readonly database"):
                connection.connection.driver_connection.execute(statement)
    assert [found.name for found in tmp_path.iterdir()] == ["live.db"]


@pytest.mark.parametrize(("table", "said"), [
    ({"table": "Client list"}, 'there is no table "Client list" that this account may see; the nearest is client list'),
    ({"table": "x; DROP TABLE plain"}, 'there is no table "x; DROP TABLE plain" that this account may see; there are broken, '
                                       "client list, kept, plain, seen"),
    ({"table": "client list", "columns": ["id", "name"]}, 'client list: there is no column "name" that this account may '
                                                          "see; the nearest is Name"),
    ({"table": "client list", "schema": "mian"}, 'mian.client list: there is no schema "mian" that this account may see; '
                                                 "the nearest is main"),
    ({"table": "client list", "since": "ID"}, 'client list: there is no column "ID" that this account may see; the nearest '
                                              "is id"),
    ({"table": "plain"}, 'plain: it has no primary key; name the columns that tell its rows apart as "key"'),
    ({"table": "plain", "key": ["a"]}, "plain: the key a = '1' stands twice; name the columns that tell its rows apart"),
    ({"table": "plain", "key": ["b"]}, "plain: the key b = '' is not filled; name the columns that tell its rows apart"),
    ({"table": "kept", "key": ["_line"]}, 'kept: the column name "_line" stands twice or is kept for marks of our own; name '
                                          'the other ones in "columns"'),
    ({"table": "broken", "key": ["a"]}, 'a text of the database holds byte 0xE9, which is not UTF-8; it begins "Caf"'),
])
def test_what_cannot_be_read_is_named(tmp_path, table, said):
    path = sqlite_clients(tmp_path / "live.db")
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO plain VALUES (1, 2), (1, NULL)")
        connection.execute("CREATE TABLE kept (_line INT)")
        connection.execute("CREATE TABLE broken (a INT, b TEXT)")
        connection.execute("INSERT INTO broken VALUES (1, CAST(x'436166e9' AS TEXT))")
    connection.close()
    with pytest.raises(InputRefused, match=f"^{re.escape(said)}$"):
        read(path, tmp_path / "out", table)


def test_views_chosen_columns_and_names_of_ones_own(tmp_path):
    path = sqlite_clients(tmp_path / "live.db")
    done = read(path, tmp_path / "out", {"table": "seen", "key": ["id"], "name": "clients", "columns": ["Name"]},
                {"table": "client list", "since": "id", "after": "9007199254740992"})
    assert [(table.name, table.columns, table.rows) for table in done.tables] == [
        ("clients", ("Name", "id"), 2), ("client list", ("id", "Name", "price", "big", "ok", "raw", "any_", 'a"b'), 1)]
    assert done.tables[1].settings["last"] == "9007199254740993"


@pytest.mark.parametrize(("given", "said"), [
    ({"dialect": "oracle", "tables": [{"table": "t"}]}, "dialect: 'oracle' is not one of postgresql, mariadb, sqlite"),
    ({"dialect": "sqlite", "file": "x", "tables": [{"table": "t", "colums": ["a"]}]},
     'tables[1]: there is no key "colums"; the nearest is columns'),
    ({"dialect": "sqlite", "tables": [{"table": "t"}]}, '"file" is missing; sqlite needs file'),
    ({"dialect": "mariadb", "host": "h", "user": "u", "tables": [{"table": "t"}]},
     '"database" is missing; mariadb needs host, database, user'),
    ({"dialect": "sqlite", "file": "x"}, '"tables" is missing'),
    ({"dialect": "sqlite", "file": "x", "tables": [{"table": "t"}, {"table": "T"}]},
     'two tables are called "T"; give one of them another "name"'),
    ({"dialect": "sqlite", "file": "x", "password": "p", "tables": [{"table": "t"}]}, 'there is no key "password"'),
])
def test_settings_that_are_wrong_name_the_key(given, said):
    with pytest.raises(InputRefused, match=f"^connection settings: {re.escape(said)}"):
        checked(given)


def test_a_file_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(InputRefused, match=r"^live\.db: there is no such file$"):
        read(tmp_path / "live.db", tmp_path / "out")
    (tmp_path / "text.db").write_text("no database at all, but long enough to be taken for one")
    with pytest.raises(InputRefused, match=r"file is not a database"):
        read(tmp_path / "text.db", tmp_path / "out")
    assert sorted(found.name for found in tmp_path.iterdir()) == ["out", "text.db"]


def test_a_file_that_nobody_approved_is_not_read(tmp_path):
    path = sqlite_clients(tmp_path / "live.db")
    (tmp_path / "harmless.db").symlink_to(path)
    for approvals in [(), file_approval(tmp_path / "other.db"), (Approval("sqlite", str(tmp_path / "harmless.db"), 0),)]:
        with pytest.raises(InputRefused, match=r"harmless\.db is not approved; an administrator approves files one by one"):
            pull(settings(tmp_path / "harmless.db"), tmp_path, approvals=approvals)
    assert sorted(found.name for found in tmp_path.iterdir()) == ["harmless.db", "live.db"]


def test_numbers_and_moments_are_written_plainly():
    assert [plain(one) for one in (None, 1e-7, 1e22, -12.0, "1E+3", "NaN", float("inf"), "007")] == [
        "", "0.0000001", "10000000000000000000000", "-12", "1000", "NaN", "inf", "7"]
    assert [single(one) for one in (None, 0.10000000149011612, 16777216.0, 3.4028234663852886e38)] == [
        "", "0.1", "16777216", "340282350000000000000000000000000000000"]
    assert [moment(one) for one in ("2026-01-31 10:00:00", "2026-01-31 10:00:00.120+05:30", "infinity", None)] == [
        "2026-01-31T10:00:00", "2026-01-31T10:00:00.12+05:30", "infinity", ""]
    assert [stored(one) for one in (None, 7, 7.5, "7", b"\x07")] == ["", "7", "7.5", "7", "07"]


@pytest.mark.parametrize(("table", "column", "said"), [
    ("plain", "a", "plain: the key {} stands twice; name the columns that tell its rows apart"),
    ("broken", "b", "a text of the database holds byte 0xE9, which is not UTF-8; it begins {}"),
])
def test_a_refusal_quotes_no_value_of_a_source_that_is_masked(tmp_path, table, column, said):
    path = sqlite_clients(tmp_path / "live.db")
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO plain VALUES (1, 2), (1, 3)")
        connection.execute("CREATE TABLE broken (a INT, b TEXT)")
        connection.execute("INSERT INTO broken VALUES (1, CAST(x'436166e9' AS TEXT))")
    connection.close()
    given, shown = settings(path, {"table": table, "key": ["a"]}), {"plain": ("a = '1'", "a = ***"), "broken": ('"Caf"', '"***"')}
    for masks, quoted in zip(({}, {table: {column: "shape"}}), shown[table], strict=True):
        with pytest.raises(InputRefused, match=f"^{re.escape(said.format(quoted))}$"):
            mirror_pull(tmp_path, "sql", given, approvals=file_approval(path), masks=masks)
