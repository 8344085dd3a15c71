"""A session that only reads: approved place, judged account, refused statements, one transaction for all tables."""
from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from sandbox.connectors.sql.dialects import Dialect, in_one_line
from sandbox.connectors.sql.settings import Connecting
from sandbox.errors import InputRefused, ReadOnlyViolation, SandboxError
from sandbox.http.approvals import Approval, approval_for, checked_addresses
from sandbox.http.reader import looked_up

# What our own statements begin with; everything else is stopped here, and by the server behind it.
_READING = ("select", "show", "pragma", "begin", "start transaction with consistent snapshot, read only",
            "set transaction isolation level repeatable read, read only")


def dialect_of(wish: Connecting) -> Dialect:
    """The kind of database, whose driver is loaded only now; `connection.json` says which names there are."""
    found: Dialect = import_module(f"sandbox.connectors.sql.{wish.dialect}").DIALECT
    return found


@contextmanager
def opened(wish: Connecting, *, secrets: Mapping[str, str], approvals: Sequence[Approval]) -> Iterator[sa.Connection]:
    """A connection inside one consistent reading, whose account was judged; it ends with the block.

    Raises InputRefused where the place is not approved, the secret unknown, the account able to write, or the server
    answers with a fault; ReadOnlyViolation where anything tries to write through it.
    """
    dialect, addresses, password = dialect_of(wish), _addresses(wish, approvals), _password(wish, secrets)
    engine = sa.create_engine(dialect.address, poolclass=NullPool,
                              creator=lambda: dialect.connect(wish, password, addresses))
    _guard(engine, dialect)
    try:
        with warnings.catch_warnings():
            # The inspector warns of types it does not know; every type comes as text here.
            warnings.simplefilter("ignore", sa.exc.SAWarning)
            with engine.connect() as connection, connection.begin():
                dialect.begin(connection)
                _judge(connection, wish, dialect)
                yield connection
                connection.rollback()
    except sa.exc.SQLAlchemyError as error:
        said = getattr(error, "orig", None) or error
        raise InputRefused(f"{wish.place}: {_without(password, in_one_line(said))}") from None
    finally:
        engine.dispose()


def account_told(wish: Connecting) -> str:
    """What is known of the account, for the settings of what was received."""
    if wish.dialect == "sqlite":
        return "writable by this process, opened for reading only" if os.access(wish.file, os.W_OK) else "readable only"
    accepted = ", accepted by name though it may be able to write" if wish.accepts_writer == wish.user else ", can only read"
    return wish.user + accepted


def _addresses(wish: Connecting, approvals: Sequence[Approval]) -> tuple[str, ...]:
    if wish.dialect == "sqlite":
        _check_file(wish, approvals)
        return ()
    approval = approval_for(approvals, wish.dialect, wish.host, wish.port)
    is_address = ":" in approval.host or approval.host.replace(".", "").isdigit()
    found: Sequence[str] = [approval.host] if is_address else looked_up(approval.host, wish.port)
    return checked_addresses(approval, found)


def _check_file(wish: Connecting, approvals: Sequence[Approval]) -> None:
    """A file of this machine is read where that very file is approved: ours, with everybody's data, is one too."""
    path = str(Path(wish.file).resolve())
    if not any((one.scheme, one.host) == ("sqlite", path) for one in approvals):
        raise InputRefused(f"{wish.place} is not approved; an administrator approves files one by one, by their full path")


def _password(wish: Connecting, secrets: Mapping[str, str]) -> str:
    if wish.secret and wish.secret not in secrets:
        raise InputRefused(f'connection settings: there is no secret called "{wish.secret}"; an administrator sets it')
    return secrets[wish.secret] if wish.secret else ""


def _judge(connection: sa.Connection, wish: Connecting, dialect: Dialect) -> None:
    """Refuses an account that can write, unless an administrator wrote its name down."""
    if wish.accepts_writer and wish.accepts_writer == wish.user:
        return
    writes = dialect.can_write(connection, wish)
    if writes:
        raise InputRefused(f"{wish.place}: the account {wish.user} {writes}; use an account that can only read, or have an "
                           f'administrator accept it by setting "accepts_writer" to "{wish.user}"')


def _guard(engine: sa.Engine, dialect: Dialect) -> None:
    @sa.event.listens_for(engine, "before_cursor_execute")
    def look(connection: Any, cursor: Any, statement: str, *others: Any) -> None:
        words = " ".join(statement.split()).lower()
        if not words.startswith(_READING):
            raise ReadOnlyViolation(f'this connection only reads; "{words[:60]}" was not sent')

    @sa.event.listens_for(engine, "handle_error")
    def tell(context: Any) -> None:
        error = context.original_exception
        if isinstance(error, SandboxError):
            raise error
        if dialect.is_refusal(error):
            raise ReadOnlyViolation(f"the server refused to write: {in_one_line(error)}") from error


def _without(password: str, text: str) -> str:
    return text.replace(password, "***") if password else text
