"""Rows that never change after they were written, held against the entries of the history that recorded them.

The entries are in the log that a signed checkpoint covers (formats.py has verified that), so a decision, a waiver or a signature
that was altered in the file, or in the database that it comes from, is found here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import JSON

from workbench.audits.rules import digest_of
from workbench.database import Base
from workbench.lifecycle.gates import snapshot_digest
from workbench.transfer import tables
from workbench.transfer.rules import BadFile

# What was signed: {table: (content, its digest, how that is taken)}; each row of the first has an entry that recorded it.
SIGNED: dict[str, tuple[str, str, Callable[[Any], str]]] = {
    "gate_decision": ("snapshot", "snapshot_sha256", snapshot_digest),
    "audit_signature": ("content", "sha256", digest_of),
}
KEPT_APART = "sha256:"  # of personal words the entry holds the hash only
ALWAYS_RECORDED = ("gate_decision",)


class Told(NamedTuple):
    """What an entry says of a row: {column: value}, and which entry of which log it is."""

    values: Mapping[str, Any]
    seq: int
    log: str


def check(document: Mapping[str, Any]) -> None:
    """Raise BadFile for the first row that says something else than the entry that recorded it."""
    recorded = {(name, number): told for name, number, told in _recorded(document)}
    for (name, number), told in recorded.items():
        row = document["tables"][name][number - 1]
        for column in _plain_columns(name) & told.values.keys():
            said = told.values[column]
            is_kept_apart = str(said).startswith(KEPT_APART)
            if not is_kept_apart and (row[column] or "") != (said or ""):
                raise BadFile(f"/tables/{name}/{number - 1}/{column}", _otherwise(told))
    for name, (content, sealed, digest) in SIGNED.items():
        for at, row in enumerate(document["tables"][name]):
            if row[sealed] != digest(row[content]):
                raise BadFile(f"/tables/{name}/{at}/{content}", _("this is not what was signed: its SHA-256 is another"))
            if name in ALWAYS_RECORDED and (name, at + 1) not in recorded:
                raise BadFile(f"/tables/{name}/{at}", _("no entry of the history tells of it"))


def _recorded(document: Mapping[str, Any]) -> Iterator[tuple[str, int, Told]]:
    """Of each row that never changes the entries about it, oldest first."""
    known = _sealed_tables() & document["tables"].keys()
    for history in document["history"]:
        for entry in history["entries"]:
            leaf = json.loads(entry["leaf"])
            name = leaf["object"].partition(":")[0]
            if name in known and entry["object"]:
                said = {**leaf["new"], **({"reason": leaf["reason"]} if leaf["reason"] else {})}
                yield name, entry["object"], Told(said, leaf["seq"], history["log"])


def _otherwise(told: Told) -> str:
    return str(_(
        "entry %(seq)s of %(log)s, which recorded it, says otherwise: it was changed past the trail; look at it in the "
        "installation that it comes from", seq=told.seq, log=told.log,
    ))


@cache
def _sealed_tables() -> frozenset[str]:
    mappers = Base.registry.mappers
    return frozenset(
        each.local_table.name for each in mappers if getattr(each.class_, "__sealed__", False)  # type: ignore[attr-defined]
    )


@cache
def _plain_columns(name: str) -> frozenset[str]:
    """The columns of a table whose values entries hold as they are: no numbers of rows, and nothing with parts."""
    found = (each for each in tables.columns(tables.table(name)) if not tables.target(each))
    return frozenset(each.name for each in found if not isinstance(each.type, JSON))
