"""Writes received tables as Parquet, through DuckDB that can reach one folder and nothing else."""
# ruff: noqa: S608 – names in SQL are quoted and texts escaped; nothing a person types is SQL
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import duckdb

from sandbox.errors import InputRefused
from sandbox.locked import locked_connection
from sandbox.receiving.flattening import MAX_COLUMNS
from sandbox.receiving.received import KEPT_REFUSALS, LINE, Received, Settings
from sandbox.tables import Refusal

_CHUNK = 10_000
_LONGEST_NAME = 1000
# Measured: a third less work than the defaults, for columns of which most hold something else in every row.
PARQUET = "FORMAT parquet, PARQUET_VERSION v2, WRITE_BLOOM_FILTER false, DICTIONARY_SIZE_LIMIT 5000"
# Columns of our own: the line of each record, and the marks of an overlay.
OWN_COLUMNS = (LINE, "_fake", "_edited")


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def locked(folder: Path, *others: Path, memory_mb: int = 1000, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """DuckDB that can reach this folder, the other folders and files, and nothing else; it spills into `folder`."""
    return locked_connection(folder, files=others, memory_mb=memory_mb, threads=threads, keeps_order=True)


def start_of(path: Path, name: str, most: int) -> bytes:
    """The first 64 bytes of the file, where it has at most `most` bytes. Raises InputRefused, naming the file by `name`."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise InputRefused(f"{name}: cannot be read ({error.strerror})") from error
    if size > most:
        raise InputRefused(f"{name}: {size} bytes; at most {most} are read")
    if not size:
        raise InputRefused(f"{name}: the file is empty")
    return start


def fresh_path(folder: Path) -> Path:
    """A name of ours for the next table in this folder: received-1.parquet and so on."""
    number = 1
    while (folder / f"received-{number}.parquet").exists():
        number += 1
    return folder / f"received-{number}.parquet"


def checked_columns(cells: Sequence[str], where: str) -> tuple[str, ...]:
    """The header's names without the empty ones at its end; `where` is what a refusal calls the header.

    Spelling that differs by case alone counts as the same, since stored tables cannot hold both.
    """
    columns = [cell.strip() for cell in cells]
    while columns and not columns[-1]:
        columns.pop()
    if not columns:
        raise InputRefused(f"{where} should hold the header, but it is empty")
    if len(columns) > MAX_COLUMNS:
        raise InputRefused(f"{where}: {len(columns)} columns; at most {MAX_COLUMNS} are read")
    seen: dict[str, int] = {}
    for number, column in enumerate(columns, start=1):
        _check_name(column, number, where)
        earlier = seen.setdefault(column.casefold(), number)
        if earlier != number:
            raise InputRefused(f'{where}: column "{column}" stands twice (columns {earlier} and {number})')
    return tuple(columns)


def _check_name(column: str, number: int, where: str) -> None:
    if not column:
        raise InputRefused(f"{where}: column {number} of the header has no name")
    if len(column) > _LONGEST_NAME:
        raise InputRefused(f"{where}: the name of column {number} has {len(column)} characters; at most {_LONGEST_NAME} are read")
    if column.casefold() in OWN_COLUMNS:
        raise InputRefused(f'{where}: the column name "{column}" is kept for marks of our own; rename it')


class TableWriter:
    """Takes rows one by one and leaves one Parquet file: `_line` BIGINT, then every column as text."""

    def __init__(self, folder: Path, name: str, columns: Sequence[str]) -> None:
        self.name, self.columns, self.rows = name, tuple(columns), 0
        self.path = fresh_path(folder)
        self.refused: list[Refusal] = []
        self.refused_count = 0
        self._waiting: list[list[str]] = []
        self._lines: list[int] = []
        self._holder = locked(folder)
        self._connection = self._holder.__enter__()
        fields = ", ".join([f"{LINE} BIGINT", *(f"{quoted(column)} VARCHAR" for column in self.columns)])
        self._connection.execute(f"CREATE TABLE received ({fields})")

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._holder.__exit__(None, None, None)

    def add(self, line: int, cells: list[str]) -> None:
        """One record: the line, sheet row or number it stands at, and a text for every column."""
        self._lines.append(line)
        self._waiting.append(cells)
        self.rows += 1
        if len(self._lines) >= _CHUNK:
            self._flush()

    def widen(self, columns: Sequence[str]) -> None:
        """More columns at the end, empty in the rows so far."""
        if "" in (column.strip() for column in columns):
            raise InputRefused(f"{self.name}: a column has no name; give every field one")
        checked_columns([*self.columns, *columns], self.name)
        self._flush()
        for column in columns:
            self._connection.execute(f"ALTER TABLE received ADD COLUMN {quoted(column)} VARCHAR DEFAULT ''")
        self.columns = (*self.columns, *columns)

    def refuse(self, line: int, field: str, value: str, message: str) -> None:
        """One record left out; all are counted, the first thousand are kept."""
        self.refused_count += 1
        if len(self.refused) < KEPT_REFUSALS:
            self.refused.append(Refusal(self.name, line, field, value[:200], message))

    def finish(self, settings: Settings) -> Received:
        """The file written, and what it holds."""
        self._flush()
        self._connection.execute(f"COPY received TO {literal(str(self.path.resolve()))} ({PARQUET})")
        return Received(self.name, self.path, self.columns, self.rows, tuple(self.refused), self.refused_count,
                        dict(settings))

    def _flush(self) -> None:
        if not self._lines:
            return
        # One list a column: thousands of times fewer statements than row by row.
        lists = ", ".join(["unnest(?::BIGINT[])", *["unnest(?::VARCHAR[])"] * len(self.columns)])
        cells = [list(column) for column in zip(*self._waiting, strict=True)]
        self._connection.execute(f"INSERT INTO received SELECT {lists}", [self._lines, *cells])
        self._lines, self._waiting = [], []


def first_cells(received: Received, rows: int = 2_000) -> list[str]:
    """The cells of the first rows of a received table, for guessing what stands in them."""
    with locked(received.path.parent) as connection:
        found = connection.execute(
            f"SELECT * EXCLUDE ({LINE}) FROM read_parquet({literal(str(received.path.resolve()))}) LIMIT {rows}")
        return [cell for row in found.fetchall() for cell in row if cell]
