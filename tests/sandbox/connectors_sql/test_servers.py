"""PostgreSQL and MariaDB as they are: exact texts, a session and an account that cannot write, nothing changed after."""
from __future__ import annotations

import re

import psycopg
import pymysql
import pytest
import sqlalchemy as sa

from sandbox.connectors.sql.connector import pull, source_hash
from sandbox.connectors.sql.session import opened
from sandbox.connectors.sql.settings import checked
from sandbox.errors import InputRefused, ReadOnlyViolation
from sandbox.http.approvals import Approval
from tests.sandbox.connectors_sql.cells import cells_of
from tests.sandbox.connectors_sql.servers import SECRETS, approval

DIALECTS = [pytest.param("postgresql", marks=pytest.mark.postgresql), pytest.param("mariadb", marks=pytest.mark.mariadb)]


def settings(dialect, port, **changes):
    where = {"postgresql": {"database": "postgres", "tables": [{"table": "client list", "schema": "psa"}]},
             "mariadb": {"database": "psa", "tables": [{"table": "client list"}]}}[dialect]
    return {"dialect": dialect, "host": "127.0.0.1", "port": port, "user": "reader", "secret": "reader", "tls": "off",
            **where, **changes}


@pytest.fixture(params=DIALECTS)
def server(request):
    port = request.getfixturevalue(f"{request.param}_port")
    return request.param, port


def read(server, folder, approvals=None, **changes):
    dialect, port = server
    folder.mkdir(exist_ok=True)
    places = approval(dialect, port) if approvals is None else approvals
    return pull(settings(dialect, port, **changes), folder, secrets=SECRETS, approvals=places)


def root(server):
    dialect, port = server
    if dialect == "postgresql":
        return psycopg.connect(f"host=127.0.0.1 port={port} user=ninefold dbname=postgres", autocommit=True)
    return pymysql.connect(host="127.0.0.1", port=port, user="root", database="psa", autocommit=True)


def asked(server, statement):
    with root(server) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else ()


WANTED = {
    "postgresql": [
        {"_line": 1, "id": "1", "Name": "", "price": "", "big": "NaN", "small": "", "ok": "false", "raw": "",
         "day": "0044-03-15 BC", "at": "infinity", "local": "", "notes": "", "tags": "", "took": "", 'a"b': "", "u": "",
         "cash": ""},
        {"_line": 2, "id": "2", "Name": 'Bakery Noé; "O\'Brien"', "price": "123456789012345678.000000000001",
         "big": "100000000000000000000", "small": "0.1", "ok": "true", "raw": "00ff", "day": "2026-01-31",
         "at": "2026-01-31T08:00:00.25+00:00", "local": "2026-01-31T10:00:00", "notes": '{"a": 1.50}',
         "tags": '{x,"y z"}', "took": "P1DT2H", 'a"b': "ab", "u": "00000000-0000-0000-0000-000000000001",
         "cash": "12.50"}],
    "mariadb": [
        {"_line": 1, "id": "1", "Name": "", "price": "", "big": "0.1", "small": "16777216", "ok": "0", "raw": "",
         "day": "0001-01-01", "at": "", "local": "", "bits": "", "kind": "", "took": "", "a`b": ""},
        {"_line": 2, "id": "2", "Name": 'Bakery Noé; "O\'Brien" \U0001f950',
         "price": "1234567890123456789012345678.000000000001", "big": "100000000000000000000", "small": "0.1", "ok": "1",
         "raw": "00ff", "day": "2026-01-31", "at": "2026-01-31T08:00:00.25+00:00", "local": "2026-01-31T10:00:00",
         "bits": "5", "kind": "y z", "took": "26:00:00", "a`b": "ab"}],
}


def test_every_type_comes_as_exact_text_in_the_order_of_the_key(server, tmp_path):
    done = read(server, tmp_path)
    [table] = done.tables
    assert cells_of(table.path) == WANTED[server[0]]
    assert (table.name, table.rows, table.settings["key"], table.settings["account"]) == (
        "client list", 2, ["id"], "reader, can only read")
    assert done.before == done.after == source_hash(settings(*server), secrets=SECRETS, approvals=approval(*server))
    assert [(one["verb"], one["rows"]) for one in done.requests] == [("SELECT", 2)]
    assert SECRETS["reader"] not in repr(done)


WRITES = ["INSERT INTO psa.plain VALUES (1, 2)", "UPDATE psa.plain SET a = 1", "DELETE FROM psa.plain",
          "CREATE TABLE psa.other (a int)", "DROP TABLE psa.plain", "TRUNCATE TABLE psa.plain"]


def test_nothing_can_be_written_through_the_connection_even_as_the_administrator(server):
    dialect, port = server
    owner = {"postgresql": "ninefold", "mariadb": "root"}[dialect]
    wish = checked(settings(dialect, port, user=owner, secret="none", accepts_writer=owner))
    with opened(wish, secrets={"none": ""}, approvals=approval(*server)) as connection:
        for statement in WRITES:
            with pytest.raises(ReadOnlyViolation, match=r'^this connection only reads; ".*" was not sent$'):
                connection.execute(sa.text(statement))
            # Past our own guard the server itself refuses.
            with pytest.raises((psycopg.Error, pymysql.err.Error), match=r"(?i)read.only transaction"), \
                    connection.connection.driver_connection.cursor() as cursor:
                cursor.execute(statement)
            connection.connection.driver_connection.rollback()
    assert asked(server, "SELECT count(*) FROM psa.plain")[0][0] == 0
    assert asked(server, "SELECT count(*) FROM information_schema.tables WHERE table_name = 'other'")[0][0] == 0


def test_a_refusal_of_the_server_is_a_violation_too(server):
    call = {"postgresql": "SELECT setval('psa.counter', 7)", "mariadb": "SELECT NEXTVAL(psa.counter)"}[server[0]]
    asked(server, "CREATE SEQUENCE psa.counter")
    dialect, port = server
    owner = {"postgresql": "ninefold", "mariadb": "root"}[dialect]
    wish = checked(settings(dialect, port, user=owner, secret="none", accepts_writer=owner))
    try:
        with opened(wish, secrets={"none": ""}, approvals=approval(*server)) as connection, \
                pytest.raises(ReadOnlyViolation, match=r"^the server refused to write: .*"):
            connection.execute(sa.text(call))
    finally:
        asked(server, "DROP SEQUENCE psa.counter")


@pytest.mark.parametrize(("user", "why"), [
    ("writer", {"postgresql": "can write to psa.client list", "mariadb": "can UPDATE on psa.client list"}),
    ("heir", {"postgresql": "can write to psa.plain through the role keeper",
              "mariadb": "has the role keeper, whose rights cannot be seen"}),
])
def test_an_account_that_can_write_is_refused_until_it_is_accepted_by_name(server, tmp_path, user, why):
    with pytest.raises(InputRefused, match=re.escape(f"the account {user} {why[server[0]]}")):
        read(server, tmp_path, user=user)
    with pytest.raises(InputRefused, match=f'by setting "accepts_writer" to "{user}"$'):
        read(server, tmp_path, user=user, accepts_writer="somebody")
    [table] = read(server, tmp_path, user=user, accepts_writer=user).tables
    assert (table.rows, table.settings["account"]) == (2, f"{user}, accepted by name though it may be able to write")


@pytest.mark.postgresql
def test_the_superuser_is_refused(postgresql_port, tmp_path):
    with pytest.raises(InputRefused, match="the account ninefold is a superuser"):
        read(("postgresql", postgresql_port), tmp_path, user="ninefold")


@pytest.mark.postgresql
def test_rights_that_stand_at_no_table_are_rights_to_write_too(postgresql_port, tmp_path):
    server = ("postgresql", postgresql_port)
    for role in ("pg_write_server_files", "pg_execute_server_program"):
        asked(server, f"GRANT {role} TO reader")
        try:
            with pytest.raises(InputRefused, match=f"the account reader can write to the server itself through the role {role}"):
                read(server, tmp_path)
        finally:
            asked(server, f"REVOKE {role} FROM reader")


@pytest.mark.mariadb
def test_what_everybody_may_write_the_account_may_write(mariadb_port, tmp_path):
    server = ("mariadb", mariadb_port)
    asked(server, "GRANT INSERT ON psa.plain TO PUBLIC")
    try:
        with pytest.raises(InputRefused, match=r"the account reader can INSERT on psa\.plain"):
            read(server, tmp_path)
    finally:
        asked(server, "REVOKE INSERT ON psa.plain FROM PUBLIC")


@pytest.mark.postgresql
def test_the_counters_of_postgresql_show_that_nothing_moved(postgresql_port, tmp_path):
    server = ("postgresql", postgresql_port)
    counters = ("SELECT relname, n_tup_ins, n_tup_upd, n_tup_del, n_dead_tup FROM pg_stat_user_tables ORDER BY 1")
    before = asked(server, counters), asked(server, "SELECT pg_current_wal_insert_lsn()::text, txid_current_snapshot()::text")
    read(server, tmp_path)
    assert (asked(server, counters), asked(server, "SELECT pg_current_wal_insert_lsn()::text, "
                                                   "txid_current_snapshot()::text"))[0] == before[0]
    # No transaction of the pull was given a number, which the server does at the first write.
    assert asked(server, "SELECT txid_current_snapshot()::text")[0][0].split(":")[1] == before[1][0][1].split(":")[1]


def test_only_what_is_new_is_read_and_one_moment_is_read_twice(server, tmp_path):
    table = {"table": "grows", "key": ["id"], **({"schema": "psa"} if server[0] == "postgresql" else {})}
    kind = {"postgresql": "timestamptz", "mariadb": "timestamp(6) NULL"}[server[0]]
    asked(server, f"CREATE TABLE psa.grows (id int PRIMARY KEY, at {kind})")
    try:
        if server[0] == "mariadb":
            asked(server, "GRANT SELECT ON psa.grows TO reader@'%'")
        else:
            asked(server, "GRANT SELECT ON psa.grows TO reader")
        asked(server, "INSERT INTO psa.grows VALUES (1, '2026-01-01 10:00:00.5'), (2, '2026-01-02'), (3, NULL)")
        [first] = read(server, tmp_path / "a", tables=[{**table, "since": "at"}]).tables
        last = first.settings["last"]
        asked(server, "INSERT INTO psa.grows VALUES (4, '2026-01-02'), (5, '2026-01-03'), (0, '2025-01-01')")
        [second] = read(server, tmp_path / "b", tables=[{**table, "since": "at", "after": last}]).tables
        [third] = read(server, tmp_path / "c", tables=[{**table, "since": "id", "after": "4"}]).tables
    finally:
        asked(server, "DROP TABLE psa.grows")
    assert [row["id"] for row in cells_of(first.path)] == ["1", "2", "3"]
    assert [row["id"] for row in cells_of(second.path)] == ["2", "4", "5"]
    assert (second.settings["after"], second.settings["last"]) == (last, cells_of(second.path)[-1]["at"])
    assert ([row["id"] for row in cells_of(third.path)], third.settings["last"]) == (["4", "5"], "5")


@pytest.mark.parametrize(("changes", "said"), [
    ({"tls": "verify"}, "(?i)certificate"), ({"secret": "none"}, 'there is no secret called "none"'),
    ({"host": "2130706433"}, ""), ({"host": "localhost"}, r"localhost:\d+ is not approved"),
    ({"tables": [{"table": "client_list"}]}, r'there is no table "client_list" that this account may see'),
])
def test_a_wrong_connection_says_what_is_wrong(server, tmp_path, changes, said):
    if not said:  # another spelling of the approved address is that address
        assert len(read(server, tmp_path, **changes).tables) == 1
        return
    with pytest.raises(InputRefused, match=said):
        read(server, tmp_path, **changes)


def test_the_certificate_is_held_against_the_name_and_not_the_address(server, tmp_path, request):
    dialect, port = server
    authority = request.getfixturevalue(f"{dialect}_place")[1]
    named = (Approval(dialect, "localhost", port, allows_private=True),)
    for tls in ({"tls": "require"}, {"tls": "verify", "authority": authority}):
        assert read(server, tmp_path, named, host="localhost", **tls).tables[0].rows == 2
    with pytest.raises(InputRefused, match=r"(?i)certificate|does not match host name"):
        read(server, tmp_path, tls="verify", authority=authority)


def test_places_that_nobody_approved_are_not_asked(server, tmp_path):
    dialect, port = server
    for approvals in [(), (Approval("https", "127.0.0.1", port, True),), (Approval(dialect, "127.0.0.1", port + 1, True),)]:
        with pytest.raises(InputRefused, match="is not approved"):
            read(server, tmp_path, approvals=approvals)
    with pytest.raises(InputRefused, match="a loopback address"):
        read(server, tmp_path, approvals=(Approval(dialect, "127.0.0.1", port),))


@pytest.mark.mariadb
def test_a_wrong_password_is_not_repeated(mariadb_port, tmp_path):
    with pytest.raises(InputRefused, match=r"Access denied for user 'reader'") as told:
        read(("mariadb", mariadb_port), tmp_path, secret="other")
    assert SECRETS["other"] not in str(told.value)
