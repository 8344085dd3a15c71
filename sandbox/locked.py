"""DuckDB on a locked connection: it reaches the named files and folders, and nothing can be set after that."""
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

_ahead: list[duckdb.DuckDBPyConnection] = []


def open_ahead() -> None:
    """Opens what the next locked connection locks; opening takes longer than a preview has."""
    _ahead.append(duckdb.connect(":memory:"))


def locked_connection(work: Path, out: Path | None = None, files: Iterable[Path] = (), *, memory_mb: int = 1024,
                      threads: int = 2, keeps_order: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection in memory that spills into `work`, reads `files`, and reads and writes the folders `work` and `out`.

    A folder among `files` is reached like those two.
    `memory_mb` is what DuckDB keeps before it spills; it may pass that by some hundred megabytes.
    """
    connection = _ahead.pop() if _ahead else duckdb.connect(":memory:")
    others = list(files)
    allowed = ", ".join(_text(str(path.resolve())) for path in others if not path.is_dir())
    folders = ", ".join(_text(str(path.resolve()))
                        for path in (work, out, *(path for path in others if path.is_dir())) if path)
    # The order matters: what stays reachable is named while external access is still on, and lock_configuration comes
    # last, since nothing can be set after it.
    settings = (
        ("allow_community_extensions", "false"), ("autoinstall_known_extensions", "false"),
        ("autoload_known_extensions", "false"), ("python_enable_replacements", "false"),
        ("allow_persistent_secrets", "false"), ("memory_limit", f"'{int(memory_mb)}MB'"), ("threads", str(int(threads))),
        ("temp_directory", _text(str((work / ".spill").resolve()))), ("preserve_insertion_order", str(keeps_order).lower()),
        ("enable_progress_bar", "false"), ("parquet_metadata_cache", "true"), ("TimeZone", "'UTC'"),
        ("allowed_paths", f"[{allowed}]"), ("allowed_directories", f"[{folders}]"),
        ("enable_external_access", "false"), ("lock_configuration", "true"),
    )
    connection.execute("; ".join(f"SET {setting} = {value}" for setting, value in settings))
    return connection


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
