"""MariaDB through PyMySQL: the session's transactions are read only, and numbers and times come as text."""
from __future__ import annotations

import re
from typing import Any

import pymysql
import sqlalchemy as sa
from pymysql.connections import Connection as Driver
from sqlalchemy.dialects import mysql as types

from sandbox.connectors.sql.dialects import Dialect, in_one_line
from sandbox.connectors.sql.settings import Connecting
from sandbox.connectors.sql.texts import Finish, moment, plain, same, single, utc_moment
from sandbox.http.reader import trusted

# What an account may hold and still only read. EXECUTE is not among them: a stored procedure may write.
_READS = {"USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "PROCESS", "BINLOG MONITOR", "REPLICATION CLIENT",
          "SLAVE MONITOR", "REPLICA MONITOR"}
_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?P<where>.+?) TO ", re.DOTALL)
_ROLE = re.compile(r"GRANT (?P<role>`(?:[^`]|``)+`|\S+) TO ")
_READ_ONLY = (1792, 1290)  # the transaction is read only; the server runs with --read-only


class _Named(Driver):  # type: ignore[misc,unused-ignore]
    """Goes to an address that was judged, and holds the certificate against the name."""

    certified = ""

    def _request_authentication(self) -> None:
        self.host = self.certified
        super()._request_authentication()


def _connect(wish: Connecting, password: str, addresses: tuple[str, ...]) -> Any:
    problem: pymysql.err.Error | None = None
    for address in addresses:
        driver = _Named(host=address, port=wish.port, user=wish.user, password=password, database=wish.database,
                        charset="utf8mb4", connect_timeout=10, read_timeout=wish.seconds + 10, local_infile=False,
                        defer_connect=True, **_encryption(wish))
        driver.certified = wish.host
        try:
            driver.connect()
        except pymysql.err.OperationalError as error:
            problem = error
            continue
        return _read_only(driver, wish)
    raise problem or pymysql.err.OperationalError(2003, "no address")


def _encryption(wish: Connecting) -> dict[str, Any]:
    if wish.tls == "off":
        return {"ssl_disabled": True}
    return {"ssl": trusted(wish.authority) if wish.tls == "verify" else {"check_hostname": False, "verify_mode": "none"}}


def _read_only(driver: Any, wish: Connecting) -> Any:
    with driver.cursor() as cursor:
        for statement in ("SET SESSION TRANSACTION READ ONLY", "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                          "SET SESSION sql_mode = ''", "SET SESSION time_zone = '+00:00'",
                          f"SET SESSION max_statement_time = {wish.seconds:d}", "SET SESSION lock_wait_timeout = 10"):
            cursor.execute(statement)
    return driver


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")


def _can_write(connection: sa.Connection, wish: Connecting) -> str:
    asked: set[str] = set()
    waiting = [("", "")]  # without a name the server adds what everybody may
    while waiting:
        through, whose = waiting.pop()
        if whose in asked:
            continue
        asked.add(whose)
        try:
            lines = [str(row[0]) for row in connection.exec_driver_sql(f"SHOW GRANTS FOR {whose}" if whose else "SHOW GRANTS")]
        except sa.exc.DBAPIError as error:
            return f"has the role {_plain_name(whose)}, whose rights cannot be seen ({in_one_line(error.orig or error)})"
        for line in lines:
            found = _right(line)
            if found:
                return found + through
        roles = [role.group("role") for line in lines if (role := _ROLE.match(line)) and " ON " not in line]
        waiting += [(f" through the role {_plain_name(role)}", role) for role in roles]
    return ""


def _right(line: str) -> str:
    """The first right of one line of SHOW GRANTS that is more than reading."""
    grant = _GRANT.match(line)
    if not grant:
        return ""
    rights = [one.strip() for one in re.sub(r"\([^)]*\)", "", grant["rights"]).split(",")]
    beyond = [one for one in rights if one not in _READS]
    return f"can {beyond[0]} on {grant['where'].replace('`', '')}" if beyond else ""


def _plain_name(quoted: str) -> str:
    return quoted.strip("`").replace("``", "`")


def _as_text(column: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[Any], Finish]:
    kind = column.type
    if isinstance(kind, sa.types._Binary):
        return sa.func.lower(sa.func.hex(column)), same
    if isinstance(kind, types.BIT):
        return sa.cast(sa.cast(column, types.INTEGER(unsigned=True)), sa.CHAR), same
    if isinstance(kind, types.FLOAT):
        # As text the server gives six digits; as a number of eight bytes it gives all.
        return sa.type_coerce(column.op("+")(sa.literal_column("0e0")), sa.types.NullType()), single
    if isinstance(kind, sa.Float):
        return sa.cast(column, sa.CHAR), plain
    if isinstance(kind, types.TIMESTAMP):
        return sa.cast(column, sa.CHAR), utc_moment
    return sa.cast(column, sa.CHAR), moment if isinstance(kind, sa.DateTime) else same


def _from_text(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[Any]:
    kind = column.type
    if isinstance(kind, sa.Integer):
        return sa.cast(sa.bindparam("after", text, sa.Text), types.INTEGER(unsigned=bool(getattr(kind, "unsigned", False))))
    if isinstance(kind, sa.DateTime):
        return sa.cast(sa.bindparam("after", text.removesuffix("+00:00"), sa.Text), types.DATETIME(fsp=6))
    if isinstance(kind, sa.Numeric):
        return sa.cast(sa.bindparam("after", text, sa.Text), types.DECIMAL(65, 30))
    return sa.bindparam("after", text, sa.Text)


def _is_refusal(error: BaseException) -> bool:
    return isinstance(error, pymysql.err.Error) and bool(error.args) and error.args[0] in _READ_ONLY


DIALECT = Dialect("mariadb", "mariadb+pymysql://", _connect, _begin, _can_write, _as_text, _from_text, _is_refusal,
                  reflected=lambda name: name.replace("``", "`"))
