"""The mirror: what was received from the tools of one project. It reads sources; nothing here writes to one."""
from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sandbox.child import Limits, run_task
from sandbox.connectors.csv import connector
from sandbox.engines.pulling import SALT
from sandbox.errors import InputRefused, SandboxError
from sandbox.http.approvals import Approval
from sandbox.receiving.received import Received, Report
from sandbox.receiving.snapshots import Snapshot, SnapshotStore
from sandbox.reconciliation.run import Source, file_hash
from sandbox.tables import Refusal

# A live source may answer slowly and hold much.
PULL_LIMITS = Limits(memory_mb=3072, cpu_seconds=3600, wall_seconds=7200, answer_mb=20_000)


@dataclass(frozen=True)
class SourceCheck:
    """The SHA-256 of a source when it was received and now; `after` is None where it can no longer be read."""

    name: str
    file_name: str
    before: str
    after: str | None

    @property
    def is_unchanged(self) -> bool:
        return self.before == self.after


class Mirror:
    """Snapshots by name, such as `usage-2026-01`, in one folder; receiving again moves the name, not the snapshot."""

    def __init__(self, folder: Path) -> None:
        self.store = SnapshotStore(folder)
        self._index = folder / "mirror.json"

    def receive(self, name: str, path: Path, settings: Mapping[str, str | int] | None = None) -> Snapshot:
        """Copies the export at `path` into the mirror under `name`."""
        before = file_hash(path, path.name)
        table = connector.read(path, settings)[0]
        data = path.read_bytes()
        snapshot = self.store.keep(name, table, data)
        if not snapshot.original_hash == before == file_hash(path, path.name):
            raise SandboxError(f"{path.name}: the file changed while it was being received")
        self._remember(name, {"snapshot": snapshot.id, "source": str(path.resolve())})
        return snapshot

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._entries()))

    def snapshot(self, name: str) -> Snapshot:
        return self.store.snapshot(self._entry(name)["snapshot"])

    def source(self, name: str) -> Source:
        """The received bytes as an input of a run, under the name the file had and with its settings."""
        snapshot = self.snapshot(name)
        return Source(self.store.original(snapshot), snapshot.file_name, snapshot.settings)

    def remove(self, name: str) -> None:
        """Forgets the name; its snapshot goes too, unless another name stands for it."""
        identity = self._entry(name)["snapshot"]
        left = {key: entry for key, entry in self._entries().items() if key != name}
        self._keep_entries(left)
        if identity not in {entry["snapshot"] for entry in left.values()}:
            self.store.remove(identity)

    def sweep(self, wanted: Collection[str], older_than: float) -> int:
        """Removes what a receipt that came to nothing left, once it is older than `older_than` seconds: snapshots that are
        neither in `wanted` nor stand under a name, and working folders of a child that was killed. Says how many.
        """
        gone, limit = 0, time.time() - older_than
        for path in self.store.folder.glob(".pull-*"):
            if path.stat().st_mtime <= limit:
                shutil.rmtree(path, ignore_errors=True)
                gone += 1
        named = {entry["snapshot"] for entry in self._entries().values()}
        return gone + self.store.sweep(named.union(wanted), older_than)

    def check_unchanged(self) -> tuple[SourceCheck, ...]:
        """Hashes every source again, so that a report can show that receiving and trying altered nothing."""
        checks = []
        for name in self.names():
            snapshot, path = self.snapshot(name), Path(self._entry(name)["source"])
            after = file_hash(path, path.name) if path.is_file() else None
            checks.append(SourceCheck(name, snapshot.file_name, snapshot.original_hash, after))
        return tuple(checks)

    def _entries(self) -> dict[str, dict[str, str]]:
        if not self._index.exists():
            return {}
        entries: dict[str, dict[str, str]] = json.loads(self._index.read_text(encoding="utf-8"))
        return entries

    def _entry(self, name: str) -> dict[str, str]:
        entries = self._entries()
        if name not in entries:
            raise SandboxError(f"nothing was received under the name {name}")
        return entries[name]

    def _remember(self, name: str, entry: dict[str, str]) -> None:
        self._keep_entries({**self._entries(), name: entry})

    def _keep_entries(self, entries: Mapping[str, Mapping[str, str]]) -> None:
        text = json.dumps(entries, ensure_ascii=False, sort_keys=True, indent=1)
        fresh = self._index.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._index)


@dataclass(frozen=True)
class Pull:
    """What one reading of a live source gave: snapshots by table, the source's hash before and after, all requests.

    `source_after` is empty where the source was not read again; `settings` are those it was read with, which
    `unchanged` takes; `refused` holds the first thousand records left out of each table; `duration` is in seconds.
    """

    snapshots: Mapping[str, Snapshot]
    source_before: str
    source_after: str
    requests: tuple[Mapping[str, str | int], ...]
    refused: Mapping[str, tuple[Refusal, ...]]
    settings: Mapping[str, Any]
    duration: float

    @property
    def is_unchanged(self) -> bool:
        return self.source_before == self.source_after


def pull(
    folder: Path, connector: str, settings: Mapping[str, Any], *, secrets: Mapping[str, str] | None = None,
    approvals: Sequence[Approval] = (), masks: Mapping[str, Mapping[str, str]] | None = None,
    contracts: Mapping[str, str] | None = None, salt: str = "", known: Mapping[str, str] | None = None,
    limits: Limits | None = None, resume: Path | None = None, report: Report = lambda percent, doing: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Pull:
    """Reads a live source in a child process and keeps every table in the mirror at `folder`.

    `masks` is {table: {column: drop | hash | shape}}, `contracts` {table: freeze | allow | discard}, held against the
    snapshots that `known` names {table: snapshot id}; a table read by `since` starts after its known snapshot and is
    added to it. With `resume`, a folder of its own, a reading over HTTP that was cut off goes on; it holds records as
    they came, so there is none where anything is masked. Raises InputRefused, RunStopped or RunCancelled; then nothing
    was kept.
    """
    store, start = SnapshotStore(folder), time.monotonic()
    before = {table: store.snapshot(identity) for table, identity in (known or {}).items()}
    going = _continued(settings, before)
    task = {
        "connector": connector, "settings": going, "approvals": [asdict(one) for one in approvals],
        "resume": str(resume.resolve()) if resume and not masks else "",
        **_treatment(store, before, masks, contracts),
    }
    with tempfile.TemporaryDirectory(prefix=".pull-", dir=folder) as name:
        out = Path(name) / "out"
        answer = run_task("pull", task, out=out, limits=limits or PULL_LIMITS, report=report, cancelled=cancelled,
                          secrets={**(secrets or {}), SALT: salt})
        tables = [_received(out, one) for one in answer["tables"]]
        snapshots = {one.name: store.keep_received(one.name, one, None, answer["before"]) for one in tables}
    refused = {one.name: one.refused for one in tables if one.refused}
    return Pull(snapshots, answer["before"], answer["after"], tuple(answer["requests"]), refused, going,
                time.monotonic() - start)


def receive_export(
    folder: Path, path: Path, settings: Mapping[str, Any] | None = None, *, name: str = "",
    masks: Mapping[str, Mapping[str, str]] | None = None, contracts: Mapping[str, str] | None = None, salt: str = "",
    known: Mapping[str, str] | None = None, limits: Limits | None = None,
    report: Report = lambda percent, doing: None, cancelled: Callable[[], bool] = lambda: False,
) -> Pull:
    """Receives every table of a file into the mirror at `folder`, in a child process; `name` is what messages call it.

    Masks, contracts and known snapshots go by table as in `pull`. The file itself is kept too, unless anything in it is
    masked: then only its hash is.
    """
    store, start, shown = SnapshotStore(folder), time.monotonic(), name or path.name
    known_ones = {table: store.snapshot(identity) for table, identity in (known or {}).items()}
    before = file_hash(path, shown)
    task = {"path": str(path.resolve()), "name": shown, "settings": dict(settings or {}),
            **_treatment(store, known_ones, masks, contracts)}
    with tempfile.TemporaryDirectory(prefix=".pull-", dir=folder) as made:
        out = Path(made) / "out"
        answer = run_task("receive", task, out=out, limits=limits or PULL_LIMITS, report=report, cancelled=cancelled,
                          secrets={SALT: salt})
        after = file_hash(path, shown)
        if after != before:
            raise InputRefused(f"{shown}: the file changed while it was being received; try again")
        tables = [_received(out, one) for one in answer["tables"]]
        original = None if masks else path
        snapshots = {one.name: store.keep_received(one.name, one, original, before) for one in tables}
    refused = {one.name: one.refused for one in tables if one.refused}
    return Pull(snapshots, before, after, (), refused, dict(settings or {}), time.monotonic() - start)


def unchanged(
    connector: str, settings: Mapping[str, Any], before: str, *, name: str = "", secrets: Mapping[str, str] | None = None,
    approvals: Sequence[Approval] = (), limits: Limits | None = None, report: Report = lambda percent, doing: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SourceCheck:
    """Hashes a pulled source again; `settings` and `before` are the `settings` and `source_before` of the pull."""
    task = {"connector": connector, "settings": dict(settings), "approvals": [asdict(one) for one in approvals]}
    answer = run_task("source_hash", task, limits=limits or PULL_LIMITS, report=report, cancelled=cancelled,
                      secrets=secrets)
    return SourceCheck(name or connector, name or connector, before, answer["hash"] or None)


def _treatment(store: SnapshotStore, known: Mapping[str, Snapshot], masks: Mapping[str, Mapping[str, str]] | None,
               contracts: Mapping[str, str] | None) -> dict[str, Any]:
    """What is done with every table on the way in, as the child is told it."""
    return {
        "masks": masks or {}, "contracts": contracts or {},
        "known": {table: {"id": one.id, "path": str(store.parquet(one).resolve()), "columns": list(one.columns)}
                  for table, one in known.items()},
    }


def _continued(settings: Mapping[str, Any], known: Mapping[str, Snapshot]) -> dict[str, Any]:
    """The settings in which every table read by `since` starts where its known snapshot ended."""
    tables = []
    for table in settings.get("tables", ()):
        before = known.get(table.get("name") or table.get("table", "")) if isinstance(table, Mapping) else None
        last = before.settings.get("last", "") if before and before.settings.get("since") == table.get("since") else ""
        tables.append({**table, "after": last} if last and "since" in table and "after" not in table else table)
    return {**settings, **({"tables": tables} if tables else {})}


def _received(folder: Path, given: Mapping[str, Any]) -> Received:
    refused = tuple(Refusal(**one) for one in given["refused"])
    return Received(**{**given, "path": folder / given["path"], "columns": tuple(given["columns"]), "refused": refused})
