"""SQLite: the file is opened for reading only; every cell has a type of its own and is written out by it."""
from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sandbox.connectors.sql.dialects import Dialect
from sandbox.connectors.sql.settings import Connecting
from sandbox.connectors.sql.texts import Finish, stored, stored_flag
from sandbox.errors import InputRefused, ValueRefused

_WAL = b"\x02\x02"  # bytes 18 and 19 of a file that keeps what is new in a second one


def _connect(wish: Connecting, password: str, addresses: tuple[str, ...]) -> Any:
    path = Path(wish.file)
    if not path.is_file():
        raise InputRefused(f"{path.name}: there is no such file")
    driver = sqlite3.connect(f"{path.resolve().as_uri()}?{_mode(path)}", uri=True, isolation_level=None, timeout=10)
    driver.text_factory = _text
    driver.execute("PRAGMA query_only = ON")
    driver.execute("PRAGMA trusted_schema = OFF")
    return driver


def _mode(path: Path) -> str:
    """Reading only; where the whole content lies in the file itself, so that not even a lock file is made."""
    with path.open("rb") as file:
        keeps_wal = file.read(20)[18:20] == _WAL
    beside = path.with_name(path.name + "-wal")
    has_wal = beside.exists() and beside.stat().st_size > 0
    return "immutable=1" if keeps_wal and not has_wal else "mode=ro"


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        said = f"a text of the database holds byte 0x{data[error.start]:02X}, which is not UTF-8; it begins"
        start = data[:error.start].decode("utf-8", "replace")[:60]
        raise ValueRefused(f'{said} "{start}"', f'{said} "***"') from error


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _can_write(connection: sa.Connection, wish: Connecting) -> str:
    """Who opens a file has no account; whether the file could be written is told in the settings, not refused."""
    return ""


def _as_text(column: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[Any], Finish]:
    finish = stored_flag if isinstance(column.type, sa.Boolean) else stored
    return sa.type_coerce(column, sa.types.NullType()), finish


def _from_text(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[Any]:
    return sa.bindparam("after", text, sa.Text)


def _is_refusal(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorname.startswith("SQLITE_READONLY")


DIALECT = Dialect("sqlite", "sqlite://", _connect, _begin, _can_write, _as_text, _from_text, _is_refusal)
