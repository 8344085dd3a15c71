"""Keeps received tables for good: Parquet named by the hash of its content, original bytes by theirs, all read-only."""
from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from sandbox.errors import InputRefused, SandboxError
from sandbox.tables import Record, Table

_LINE = "_line"
_CHUNK = 10_000


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
    settings: Mapping[str, str | int]

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
        text = json.dumps(description, ensure_ascii=False, sort_keys=True, indent=1).encode()
        identity = hashlib.sha256(text).hexdigest()
        self._write_once(self.folder / "snapshots" / f"{identity}.json", lambda path: _write(path, text))
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
        if hashlib.sha256(path.read_bytes()).hexdigest() != snapshot.original_hash:
            raise SandboxError(f"the stored bytes of {snapshot.file_name} were altered")
        return path

    def table(self, snapshot: Snapshot) -> Table:
        """The table as received; refused where the stored content no longer has its hash."""
        path = self._table_path(snapshot.content_hash)
        with _locked_connection(path.parent) as connection:
            rows = connection.execute("SELECT * FROM read_parquet(?) ORDER BY _line", [str(path)]).fetchall()
        records = tuple(Record(line, dict(zip(snapshot.columns, cells, strict=True))) for line, *cells in rows)
        table = Table(snapshot.file_name, snapshot.columns, records, snapshot.settings)
        if table.content_hash() != snapshot.content_hash:
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
    return Snapshot(identity, **{**description, "columns": tuple(description["columns"])})


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


def _locked_connection(folder: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB that can reach this one folder and nothing else."""
    connection = duckdb.connect(":memory:")
    # The order matters: allowed_directories can only be set while external access is still on, it is what remains
    # reachable after external access goes off, and lock_configuration comes last since nothing can be set after it.
    for setting, value in (
        ("allow_community_extensions", "false"), ("autoinstall_known_extensions", "false"),
        ("autoload_known_extensions", "false"), ("python_enable_replacements", "false"),
        ("allow_persistent_secrets", "false"), ("memory_limit", "'1GB'"), ("threads", "1"),
        ("allowed_directories", f"[{_quoted(str(folder.resolve()), chr(39))}]"),
        ("enable_external_access", "false"), ("lock_configuration", "true"),
    ):
        connection.execute(f"SET {setting} = {value}")
    return connection


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
