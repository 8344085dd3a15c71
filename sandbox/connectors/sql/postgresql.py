"""PostgreSQL through psycopg: every transaction of the session is read only, and numbers and times come as text."""
from __future__ import annotations

import tempfile
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as types

from sandbox.connectors.sql.dialects import Dialect
from sandbox.connectors.sql.settings import Connecting
from sandbox.connectors.sql.texts import Finish, moment, plain, same
from sandbox.errors import ReadOnlyViolation

_TLS = {"verify": "verify-full", "require": "require", "off": "disable"}

# The first thing that this account, or a role it may take on, can change. Asked of the server itself.
_WRITABLE = """
SELECT r.rolname, CASE WHEN r.rolsuper THEN '' WHEN left(r.rolname, 3) = 'pg_' THEN 'the server itself'
                       ELSE n.nspname || '.' || c.relname END, r.rolsuper
FROM pg_catalog.pg_roles r
LEFT JOIN pg_catalog.pg_class c ON NOT r.rolsuper AND c.relkind IN ('r', 'p', 'v', 'f')
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE pg_catalog.pg_has_role(r.oid, 'MEMBER') AND (r.rolsuper
    OR r.rolname IN ('pg_write_server_files', 'pg_execute_server_program', 'pg_write_all_data') OR (
    n.nspname <> 'information_schema' AND left(n.nspname, 3) <> 'pg_' AND (
        pg_catalog.has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
        OR pg_catalog.has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE'))))
ORDER BY r.rolsuper DESC, 2 LIMIT 1
"""


def _connect(wish: Connecting, password: str, addresses: tuple[str, ...]) -> Any:
    options = {
        "default_transaction_read_only": "on", "statement_timeout": wish.seconds * 1000, "lock_timeout": 10_000,
        "idle_in_transaction_session_timeout": 600_000, "DateStyle": "ISO,YMD", "IntervalStyle": "iso_8601",
        "TimeZone": "UTC", "extra_float_digits": 1, "bytea_output": "hex",
    }
    with tempfile.NamedTemporaryFile("w", suffix=".pem", encoding="utf-8") as own:
        own.write(wish.authority)
        own.flush()
        authority = own.name if wish.authority else "system"
        return _driver(wish, password, addresses, options, {"sslrootcert": authority} if wish.tls == "verify" else {})


def _driver(wish: Connecting, password: str, addresses: tuple[str, ...], options: dict[str, Any],
            trust: dict[str, Any]) -> Any:
    # The name is for the certificate; the connection goes to the addresses that were judged.
    return psycopg.connect(
        host=",".join([wish.host] * len(addresses)), hostaddr=",".join(addresses), port=wish.port,
        dbname=wish.database, user=wish.user, password=password, sslmode=_TLS[wish.tls], gssencmode="disable",
        connect_timeout=10, client_encoding="utf8", application_name="ninefold",
        options=" ".join(f"-c {key}={value}" for key, value in options.items()),
        **trust)


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _can_write(connection: sa.Connection, wish: Connecting) -> str:
    found = connection.exec_driver_sql(_WRITABLE).first()
    if found is None:
        return ""
    role, table, is_superuser = found
    through = "" if role == wish.user else f" through the role {role}"
    return f"is a superuser{through}" if is_superuser else f"can write to {table}{through}"


def _as_text(column: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[Any], Finish]:
    kind = column.type
    if isinstance(kind, sa.LargeBinary):
        return sa.func.encode(column, "hex"), same
    if isinstance(kind, types.MONEY):
        return sa.cast(sa.cast(column, sa.Numeric), sa.Text), same
    if isinstance(kind, sa.Float):
        return sa.cast(column, sa.Text), plain
    return sa.cast(column, sa.Text), moment if isinstance(kind, sa.DateTime) else same


def _from_text(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[Any]:
    return sa.cast(sa.bindparam("after", text, sa.Text), column.type)


def _is_refusal(error: BaseException) -> bool:
    return isinstance(error, psycopg.errors.ReadOnlySqlTransaction | ReadOnlyViolation)


DIALECT = Dialect("postgresql", "postgresql+psycopg://", _connect, _begin, _can_write, _as_text, _from_text, _is_refusal)
