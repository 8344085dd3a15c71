"""What the tests read: the same clients in three databases, each with an account that reads and one that writes."""
from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pymysql
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from sandbox.http.approvals import Approval
from tests.servers import free_port, mariadb_server, postgresql_server

SECRETS = {"reader": "only-reads-7", "other": "nobody asks for this"}

POSTGRESQL = """
CREATE SCHEMA psa;
CREATE TABLE psa."client list" (
    id bigint PRIMARY KEY, "Name" text, price numeric(30, 12), big double precision, small real, ok boolean, raw bytea,
    day date, at timestamptz, local timestamp, notes jsonb, tags text[], took interval, "a""b" char(3), u uuid, cash money);
INSERT INTO psa."client list" VALUES
    (2, 'Bakery Noé; "O''Brien"', 123456789012345678.000000000001, 1e20, 0.1, true, '\\x00ff', '2026-01-31',
     '2026-01-31 10:00:00.25+02', '2026-01-31 10:00', '{"a": 1.50}', '{x,"y z"}', '1 day 2 hours', 'ab',
     '00000000-0000-0000-0000-000000000001', 12.5),
    (1, NULL, NULL, 'NaN', NULL, false, '', '0044-03-15 BC', 'infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE psa.plain (a int, b int);
CREATE VIEW psa.seen AS SELECT id, "Name" FROM psa."client list";
CREATE ROLE reader LOGIN; CREATE ROLE keeper; CREATE ROLE writer LOGIN; CREATE ROLE heir LOGIN NOINHERIT;
GRANT USAGE ON SCHEMA psa TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA psa TO PUBLIC;
GRANT UPDATE ("Name") ON psa."client list" TO writer;
GRANT DELETE ON psa.plain TO keeper; GRANT keeper TO heir;
"""

MARIADB = """
CREATE DATABASE psa CHARACTER SET utf8mb4;
CREATE TABLE psa.`client list` (
    id BIGINT PRIMARY KEY, `Name` TEXT, price DECIMAL(40, 12), big DOUBLE, small FLOAT, ok TINYINT(1), raw VARBINARY(10),
    day DATE, at TIMESTAMP(6) NULL, local DATETIME, bits BIT(8), kind ENUM('x', 'y z'), took TIME, `a``b` CHAR(3));
SET time_zone = '+02:00';
INSERT INTO psa.`client list` VALUES
    (2, 'Bakery Noé; "O\\'Brien" \U0001f950', 1234567890123456789012345678.000000000001, 1e20, 0.1, 1, x'00ff', '2026-01-31',
     '2026-01-31 10:00:00.25', '2026-01-31 10:00', b'101', 'y z', '26:00:00', 'ab'),
    (1, NULL, NULL, 0.1, 16777217, 0, '', '0001-01-01', NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE psa.plain (a INT, b INT);
CREATE USER reader@'%' IDENTIFIED BY 'only-reads-7';
CREATE USER writer@'127.0.0.1' IDENTIFIED BY 'only-reads-7';
CREATE USER heir@'127.0.0.1' IDENTIFIED BY 'only-reads-7';
CREATE ROLE keeper;
GRANT SELECT, SHOW VIEW ON psa.* TO reader@'%';
GRANT SELECT, UPDATE (`Name`) ON psa.`client list` TO writer@'127.0.0.1';
GRANT SELECT ON psa.* TO heir@'127.0.0.1';
GRANT DELETE ON psa.plain TO keeper;
GRANT keeper TO heir@'127.0.0.1'
"""


def file_approval(path):
    return (Approval("sqlite", str(path.resolve()), 0),)


def approval(dialect, port):
    return (Approval(dialect, "127.0.0.1", port, allows_private=True),)


def own_certificate(folder):
    """A certificate for the name `localhost` alone, which is its own authority, and its key; anybody may read both."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of the tests")])
    now = datetime.fromtimestamp(time.time(), UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(7).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, hashes.SHA256()))
    folder.chmod(0o755)
    (folder / "own.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "own.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "own.pem", folder / "own.key"


@contextmanager
def postgresql_clients(folder) -> Iterator[tuple[int, str]]:
    """A PostgreSQL server whose database `postgres` holds the clients; gives its port and its certificate."""
    port = free_port()
    with postgresql_server(port):
        pem, key = own_certificate(folder)
        with psycopg.connect(f"host=127.0.0.1 port={port} user=ninefold dbname=postgres", autocommit=True) as connection:
            connection.execute(POSTGRESQL)
            # The server wants the key for itself alone, so it lies among its own data.
            home = Path(connection.execute("SHOW data_directory").fetchone()[0])
            for path in (pem, key):
                shutil.copy(path, home / path.name)
                os.chown(home / path.name, home.stat().st_uid, home.stat().st_gid)
                (home / path.name).chmod(0o600)
            for setting, value in (("ssl_cert_file", pem.name), ("ssl_key_file", key.name), ("ssl", "on")):
                connection.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
            connection.execute("SELECT pg_reload_conf()")
        yield port, pem.read_text()


@contextmanager
def mariadb_clients(folder) -> Iterator[tuple[int, str]]:
    """A MariaDB server whose database `psa` holds the clients; gives its port and its certificate."""
    port, (pem, key) = free_port(), own_certificate(folder)
    with mariadb_server(port, f"--ssl-cert={pem}", f"--ssl-key={key}"):
        connection = pymysql.connect(host="127.0.0.1", port=port, user="root", charset="utf8mb4", autocommit=True)
        with connection, connection.cursor() as cursor:
            for statement in MARIADB.split(";\n"):
                cursor.execute(statement)
        yield port, pem.read_text()


def sqlite_clients(path, *, wal=False):
    """A SQLite file that holds the clients."""
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA journal_mode = {'wal' if wal else 'delete'}")
        connection.execute('CREATE TABLE "client list" (id INTEGER PRIMARY KEY, "Name" TEXT, price DECIMAL(10,2), big REAL, '
                           'ok BOOLEAN, raw BLOB, any_ NUMERIC, "a""b" TEXT)')
        connection.execute("""INSERT INTO "client list" VALUES
            (9007199254740993, 'Bakery Noé; "O''Brien"', 12.5, 1e20, 1, x'00ff', '007x', 'ab'),
            (1, NULL, '12.50', 0.1, 0, NULL, 9223372036854775807, '')""")
        connection.execute("CREATE TABLE plain (a INT, b INT)")
        connection.execute('CREATE VIEW seen AS SELECT id, "Name" FROM "client list"')
    connection.close()
    return path
