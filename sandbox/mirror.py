"""The mirror: what was received from the tools of one project. It reads sources; nothing here writes to one."""
from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.connectors.csv import connector
from sandbox.errors import SandboxError
from sandbox.reconciliation import Source, file_hash
from sandbox.snapshots import Snapshot, SnapshotStore


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
        text = json.dumps({**self._entries(), name: entry}, ensure_ascii=False, sort_keys=True, indent=1)
        fresh = self._index.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._index)
