"""Reads the tables of a database in one read-only transaction, and once more in a second one to show that they stayed."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from sandbox.connectors.sql.settings import checked
from sandbox.formats import schema
from sandbox.http.approvals import Approval
from sandbox.receiving.received import Pulled, Report

NAME = "sql"
READS: tuple[str, ...] = ()  # it needs a connection; a file of SQLite is named in its settings
SETTINGS = schema("connection")


def pull(settings: Mapping[str, Any], folder: Path, *, secrets: Mapping[str, str] | None = None,
         approvals: Sequence[Approval] = (), report: Report = lambda percent, doing: None) -> Pulled:
    """The tables that `settings` name, as Parquet files in `folder`; the source is hashed as read and read again.

    Raises InputRefused with what is wrong and what to do.
    """
    done: Pulled = _pulling().pulled(checked(settings), folder, dict(secrets or {}), approvals, report)
    return done


def source_hash(settings: Mapping[str, Any], *, secrets: Mapping[str, str] | None = None,
                approvals: Sequence[Approval] = ()) -> str:
    """The hash of the source's rows now, over the same tables, columns and start as a pull with these settings."""
    found: str = _pulling().hash_now(checked(settings), dict(secrets or {}), approvals)
    return found


def _pulling() -> Any:
    """The part that needs the database drivers, loaded when first used: listing connectors must not pay for them."""
    return import_module("sandbox.connectors.sql.pulling")
