"""Reads the tables of a database in one read-only transaction, and once more in a second one to show that they stayed."""
from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.connectors.sql.reading import Digest, Plan, last_value, planned, rows
from sandbox.connectors.sql.session import account_told, dialect_of, opened
from sandbox.connectors.sql.settings import Connecting
from sandbox.errors import InputRefused
from sandbox.http.approvals import Approval
from sandbox.receiving.received import Pulled, Report, Setting
from sandbox.receiving.writing import TableWriter


def pulled(wish: Connecting, folder: Path, known: Mapping[str, str], approvals: Sequence[Approval],
           report: Report) -> Pulled:
    """All tables of the wish, written into `folder`."""
    dialect = dialect_of(wish)
    tables, requests, before = [], [], []
    stamp = _stamp(wish)
    with opened(wish, secrets=known, approvals=approvals) as connection:
        plans = planned(connection, dialect, wish.tables)
        for number, plan in enumerate(plans):
            report(60 * number // len(plans), f"reading {plan.wish.name}")
            digest, last = Digest(plan), last_value(connection, plan)
            with TableWriter(folder, plan.wish.name, plan.columns) as writer:
                for line, row in enumerate(digest.over(rows(connection, plan)), start=1):
                    writer.add(line, list(row))
                tables.append(writer.finish(_told(wish, plan, last)))
            before.append(digest.value())
            requests.append(_request(wish, plan, tables[-1].rows, digest.value()))
    if _stamp(wish) != stamp:
        raise InputRefused(f"{wish.place}: the file changed while it was being read; try again")
    after = _read_again(wish, known, approvals, report)
    report(100, "received")
    return Pulled(tuple(tables), _together(before), _together(after), tuple(requests))


def hash_now(wish: Connecting, known: Mapping[str, str], approvals: Sequence[Approval]) -> str:
    """The hash of the source's rows as they are now."""
    return _together(_read_again(wish, known, approvals, lambda percent, doing: None))


def _read_again(wish: Connecting, secrets: Mapping[str, str], approvals: Sequence[Approval], report: Report) -> list[str]:
    hashes = []
    with opened(wish, secrets=secrets, approvals=approvals) as connection:
        plans = planned(connection, dialect_of(wish), wish.tables)
        for number, plan in enumerate(plans):
            report(60 + 40 * number // len(plans), f"reading {plan.wish.name} again")
            digest = Digest(plan)
            for _ in digest.over(rows(connection, plan)):
                pass
            hashes.append(digest.value())
    return hashes


def _together(hashes: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _stamp(wish: Connecting) -> tuple[int, int]:
    """Size and time of a SQLite file, which a change while it is read would move."""
    if wish.dialect != "sqlite" or not Path(wish.file).is_file():
        return (0, 0)
    found = Path(wish.file).stat()
    return (found.st_size, found.st_mtime_ns)


def _request(wish: Connecting, plan: Plan, count: int, digest: str) -> dict[str, str | int]:
    return {"verb": "SELECT", "url": f"{wish.place}/{plan.wish.shown}", "rows": count, "sha256": digest}


def _told(wish: Connecting, plan: Plan, last: str) -> dict[str, Setting]:
    """How the table was read: what the next reading and the report need, and no secret."""
    told: dict[str, Setting] = {"place": wish.place, "table": plan.wish.shown, "key": list(plan.key),
                                "account": account_told(wish), "decimal": "."}
    if plan.wish.since:
        told |= {"since": plan.wish.since, "after": plan.wish.after, "last": last}
    return told
