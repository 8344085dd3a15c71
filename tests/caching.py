"""What one test of a run worked out, another need not work out again: parts of reports, fonts, statements."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

STATEMENTS = 3_000  # compiled ones that a worker keeps


def common(factory: pytest.TempPathFactory) -> Path:
    """The folder of the run, which all its test workers have in common."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def shared_cache(factory: pytest.TempPathFactory) -> Path:
    """The folder, shared by all test workers. A data folder whose `cache` leads here sets only what is new."""
    shared = common(factory) / "cache"
    shared.mkdir(exist_ok=True)
    return shared


def remember_statements() -> None:
    """Let SQLAlchemy compile each statement once for the run, not again for each test's engine.

    It looks them up by the statement and the dialect, which is a new object for each engine: two of a kind are equal here.
    """
    for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        kind.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign]
        kind.__hash__ = lambda one: hash(type(one))  # type: ignore[assignment, method-assign]
        kind._type_memos = WeakKeyDictionary()  # type: ignore[assignment]
    kept: LRUCache[Any, Any] = LRUCache(STATEMENTS)

    @event.listens_for(Engine, "engine_connect")
    def connected(connection: Connection) -> None:
        connection.engine._compiled_cache = kept
