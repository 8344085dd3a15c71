"""What a kind of database must offer: a connection that cannot write, a judgement of the account, cells as text."""
from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection

from sandbox.connectors.sql.settings import Connecting
from sandbox.connectors.sql.texts import Finish

_PASSAGE = re.compile(r"\s+")


@dataclass(frozen=True)
class Dialect:
    """One kind of database.

    `connect(connecting, password, addresses)` gives a connection of the driver whose session can only read; `begin`
    starts one consistent reading; `can_write(connection, connecting)` says what the account could write, or nothing;
    `as_text(column)` gives what the server is asked for and what finishes it here; `from_text` compares with a value
    that was received as text; `is_refusal` knows the server's own word for an attempt to write.
    """

    name: str
    address: str  # of SQLAlchemy
    connect: Callable[[Connecting, str, tuple[str, ...]], Any]
    begin: Callable[[Connection], None]
    can_write: Callable[[Connection, Connecting], str]
    as_text: Callable[[ColumnElement[Any]], tuple[ColumnElement[Any], Finish]]
    from_text: Callable[[ColumnElement[Any], str], ColumnElement[Any]]
    is_refusal: Callable[[BaseException], bool]
    reflected: Callable[[str], str] = str  # a column's name as the catalogue's reader gives it, in its own spelling


def in_one_line(error: BaseException) -> str:
    """What a server or driver said, short enough for a message."""
    number, *words = error.args or ("",)
    said = words[0] if words and isinstance(number, int) else error  # MariaDB's driver gives a number and a sentence
    return _PASSAGE.sub(" ", str(said)).strip()[:300]
