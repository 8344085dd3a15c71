"""Keeps received tables for good: Parquet named by the hash of its content, original bytes by theirs, all read-only."""
# ruff: noqa: S608 – names in SQL are quoted and texts escaped; nothing a person types is SQL
from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from sandbox.errors import InputRefused, SandboxError
from sandbox.receiving.received import LINE as _LINE
from sandbox.receiving.received import Received
from sandbox.receiving.treehash import VERSION, tree_hash
from sandbox.receiving.writing import locked
from sandbox.tables import Record, Table

_CHUNK = 10_000
_BLOCK = 1 << 20
_VERIFIED: set[tuple[str, int, int, int, int]] = set()  # tables whose content was hashed by this process


@dataclass(frozen=True)
class Snapshot:
    """What was received at one time; its id is the hash of this description, so the same receipt has the same id."""

    id: str
    name: str
    file_name: str
    content_hash: str
    original_hash: str
    row_count: int
    refused_count: int
    columns: tuple[str, ...]
    settings: Mapping[str, Any]
    hash_version: int = 1
    masked: tuple[str, ...] = ()
    has_original: bool = True

    @property
    def schema(self) -> dict[str, str]:
        """Every column is text, as received; `_line` is the physical line of the record."""
        return {_LINE: "bigint", **dict.fromkeys(self.columns, "text")}


class SnapshotStore:
    """A folder of snapshots. Files are written once, mode 0444, and never replaced."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in ("originals", "tables", "snapshots"):
            (folder / part).mkdir(parents=True, exist_ok=True)

    def keep(self, name: str, table: Table, original: bytes) -> Snapshot:
        """Stores the table and the bytes it came from; storing the same again changes nothing."""
        if any(column.casefold() == _LINE for column in table.columns):
            raise InputRefused(f'{table.name}: the column name "{_LINE}" is kept for line numbers')
        original_hash = hashlib.sha256(original).hexdigest()
        content_hash = table.content_hash()
        self._write_once(self.folder / "originals" / original_hash, lambda path: _write(path, original))
        self._write_once(self._table_path(content_hash), lambda path: _write_parquet(path, table))
        description: dict[str, Any] = {
            "name": name, "file_name": table.name, "content_hash": content_hash, "original_hash": original_hash,
            "row_count": len(table.records), "refused_count": len(table.refused), "columns": list(table.columns),
            "settings": dict(table.settings),
        }
        return self._describe(description)

    def keep_received(self, name: str, received: Received, original: Path | None, original_hash: str) -> Snapshot:
        """Stores a received table, and the bytes it came from where `original` is their path.

        `original_hash` is the SHA-256 of the source as it was read. Of a table with masked columns the original is
        not kept, since it holds the clear values. The file of `received` stays where it is.
        """
        masked = tuple(sorted(_texts(received.settings.get("masked", ()))))
        kept = original if not masked else None
        content_hash = tree_hash(received.path, received.columns)
        self._write_once(self._table_path(content_hash), lambda path: _copy(received.path, path))
        if kept is not None:
            self._write_once(self.folder / "originals" / original_hash,
                             lambda path: _copy_of_hash(kept, path, original_hash, received.name))
        return self._describe({
            "name": name, "file_name": received.name, "content_hash": content_hash, "original_hash": original_hash,
            "row_count": received.rows, "refused_count": received.refused_count, "columns": list(received.columns),
            "settings": dict(received.settings), "hash_version": VERSION, "masked": list(masked),
            "has_original": kept is not None,
        })

    def _describe(self, description: Mapping[str, Any]) -> Snapshot:
        text = json.dumps(description, ensure_ascii=False, sort_keys=True, indent=1).encode()
        identity = hashlib.sha256(text).hexdigest()
        path = self.folder / "snapshots" / f"{identity}.json"
        self._write_once(path, lambda fresh: _write(fresh, text))
        os.utime(path)  # received again: to a sweep it is as young as a new one
        return _snapshot(identity, description)

    def snapshot(self, identity: str) -> Snapshot:
        """The snapshot of that id, refused where its description no longer matches it."""
        try:
            text = (self.folder / "snapshots" / f"{identity}.json").read_bytes()
        except FileNotFoundError as error:
            raise SandboxError(f"no snapshot {identity}") from error
        if hashlib.sha256(text).hexdigest() != identity:
            raise SandboxError(f"the description of snapshot {identity} was altered")
        return _snapshot(identity, json.loads(text))

    def original(self, snapshot: Snapshot) -> Path:
        """Where the received bytes lie; refused where they were altered."""
        path = self.folder / "originals" / snapshot.original_hash
        if not snapshot.has_original:
            raise SandboxError(f"the bytes of {snapshot.file_name} were not kept, only their hash")
        if hashlib.sha256(path.read_bytes()).hexdigest() != snapshot.original_hash:
            raise SandboxError(f"the stored bytes of {snapshot.file_name} were altered")
        return path

    def parquet(self, snapshot: Snapshot) -> Path:
        """The table as a Parquet file; refused where the stored content no longer has its hash.

        The whole content is hashed once in a process (about a second for a million rows); after that a file of the
        same inode, size and times of change counts as verified.
        """
        path = self._table_path(snapshot.content_hash)
        try:
            seen = path.stat()
        except FileNotFoundError as error:
            raise SandboxError(f"the stored table of {snapshot.file_name} is gone") from error
        stamp = (str(path), seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
        if stamp not in _VERIFIED:
            if snapshot.hash_version == 1:
                self.table(snapshot)
            elif not _has_hash(path, snapshot):
                raise SandboxError(f"the stored table of {snapshot.file_name} was altered")
            _VERIFIED.add(stamp)
        return path

    def remove(self, identity: str) -> None:
        """Removes a snapshot, with its table and original unless another snapshot has the same."""
        gone = self.snapshot(identity)
        (self.folder / "snapshots" / f"{identity}.json").unlink()
        others = [_snapshot(path.stem, json.loads(path.read_bytes())) for path in
                  (self.folder / "snapshots").glob("*.json")]
        if all(other.content_hash != gone.content_hash for other in others):
            self._table_path(gone.content_hash).unlink(missing_ok=True)
        if all(other.original_hash != gone.original_hash or not other.has_original for other in others):
            (self.folder / "originals" / gone.original_hash).unlink(missing_ok=True)
        for part in ("snapshots", "tables", "originals"):
            _flush(self.folder / part)

    def holds(self, identity: str) -> bool:
        """Whether the files of a snapshot are all there; nothing is hashed."""
        if not (self.folder / "snapshots" / f"{identity}.json").exists():
            return False
        one = self.snapshot(identity)
        original = self.folder / "originals" / one.original_hash
        return self._table_path(one.content_hash).exists() and (original.exists() or not one.has_original)

    def sweep(self, wanted: Collection[str], older_than: float) -> int:
        """Removes what a receipt that came to nothing left: every snapshot not in `wanted`, then tables, originals and
        unfinished files that belong to no snapshot, where they are older than `older_than` seconds. Says how many files.
        """
        limit, gone = time.time() - older_than, 0
        described = [_snapshot(path.stem, json.loads(path.read_bytes())) for path in (self.folder / "snapshots").glob("*.json")
                     if path.stem in wanted or path.stat().st_mtime > limit]
        needed = {"snapshots": {f"{one.id}.json" for one in described},
                  "tables": {f"{one.content_hash}.parquet" for one in described},
                  "originals": {one.original_hash for one in described if one.has_original}}
        for part, names in needed.items():
            for path in (self.folder / part).iterdir():
                if path.name in names or path.stat().st_mtime > limit:
                    continue
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
                gone += 1
            _flush(self.folder / part)
        return gone

    def table(self, snapshot: Snapshot) -> Table:
        """The table as received; refused where the stored content no longer has its hash."""
        path = self._table_path(snapshot.content_hash)
        with _locked_connection(path.parent) as connection:
            cells = ", ".join(_quoted(column, chr(34)) for column in (_LINE, *snapshot.columns))
            rows = connection.execute(
                f"SELECT {cells} FROM read_parquet(?) ORDER BY {_LINE}", [str(path.resolve())]).fetchall()
        records = tuple(Record(line, dict(zip(snapshot.columns, cells, strict=True))) for line, *cells in rows)
        table = Table(snapshot.file_name, snapshot.columns, records, snapshot.settings)
        if not (table.content_hash() == snapshot.content_hash if snapshot.hash_version == 1 else _has_hash(path, snapshot)):
            raise SandboxError(f"the stored table of {snapshot.file_name} was altered")
        return table

    def _table_path(self, content_hash: str) -> Path:
        return self.folder / "tables" / f"{content_hash}.parquet"

    def _write_once(self, path: Path, write: Callable[[Path], None]) -> None:
        """Written beside, flushed to the disk, then renamed: a crash leaves the whole file or none."""
        if path.exists():
            return
        with tempfile.TemporaryDirectory(prefix=".incoming-", dir=path.parent) as folder:
            fresh = Path(folder) / path.name
            write(fresh)
            fresh.chmod(0o444)
            _flush(fresh)
            fresh.rename(path)
        _flush(path.parent)


def _snapshot(identity: str, description: Mapping[str, Any]) -> Snapshot:
    lists = {key: tuple(description.get(key, ())) for key in ("columns", "masked")}
    return Snapshot(identity, **{**description, **lists})


def _has_hash(path: Path, snapshot: Snapshot) -> bool:
    try:
        return tree_hash(path, snapshot.columns) == snapshot.content_hash
    except duckdb.Error:  # no longer a Parquet file, or other columns
        return False


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value]


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


def _copy_of_hash(source: Path, target: Path, wanted: str, name: str) -> None:
    """Copies block by block; refused where the bytes are not those that were received."""
    digest = hashlib.sha256()
    with source.open("rb") as given, target.open("wb") as kept:
        while block := given.read(_BLOCK):
            digest.update(block)
            kept.write(block)
    if digest.hexdigest() != wanted:
        raise SandboxError(f"{name}: the file changed while it was being received")


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _quoted(text: str, mark: str) -> str:
    return mark + text.replace(mark, mark * 2) + mark


def _locked_connection(folder: Path) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """DuckDB that can reach this one folder and nothing else."""
    return locked(folder, threads=1)


def _write_parquet(path: Path, table: Table) -> None:
    names = [_LINE, *table.columns]
    types = ["BIGINT", *(["VARCHAR"] * len(table.columns))]
    columns = ", ".join(f"{_quoted(name, chr(34))} {kind}" for name, kind in zip(names, types, strict=True))
    # One list a column: thousands of times fewer statements than row by row.
    lists = ", ".join(f"unnest(?::{kind}[])" for kind in types)
    with _locked_connection(path.parent) as connection:
        connection.execute(f"CREATE TABLE received ({columns})")
        for start in range(0, len(table.records), _CHUNK):
            chunk = table.records[start:start + _CHUNK]
            cells = [[record.cells[column] for record in chunk] for column in table.columns]
            connection.execute(f"INSERT INTO received SELECT {lists}", [[record.line for record in chunk], *cells])
        connection.execute(f"COPY received TO {_quoted(str(path.resolve()), chr(39))} (FORMAT parquet)")
