"""What columns of received tables hold: their values, samples of their cells, and what a lookup would not find."""
# ruff: noqa: S608 – names in SQL are quoted and texts escaped; nothing a person types is SQL
from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from sandbox.errors import InputRefused
from sandbox.receiving.received import LINE
from sandbox.receiving.writing import literal, locked, quoted

Values = list[tuple[tuple[str, ...], int]]
MOST = 20_000


@contextmanager
def _opened(*paths: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with tempfile.TemporaryDirectory(prefix=".ninefold-values-") as folder, locked(Path(folder), *paths) as connection:
        yield connection


def _table(path: Path) -> str:
    return f"read_parquet({literal(str(path.resolve()))})"


def _known(connection: duckdb.DuckDBPyConnection, path: Path, columns: Sequence[str]) -> list[str]:
    """The columns of the file; refused by name where one of those wanted is not there."""
    found = [str(one[0]) for one in connection.execute(f"DESCRIBE SELECT * FROM {_table(path)}").fetchall()]
    missing = [column for column in columns if column not in found]
    if missing:
        raise InputRefused(f'column "{missing[0]}" is missing; the table has {", ".join(one for one in found if one != LINE)}')
    return found


def _filled(columns: Sequence[str]) -> str:
    return " AND ".join(f"coalesce({quoted(column)}, '') <> ''" for column in columns)


def column_values(path: Path, columns: Sequence[str], *, limit: int = MOST) -> Values:
    """The different filled values of those columns together with how many rows hold each, in their order."""
    names = ", ".join(quoted(column) for column in columns)
    with _opened(path) as connection:
        _known(connection, path, columns)
        rows = connection.execute(f"SELECT {names}, count(*) FROM {_table(path)} WHERE {_filled(columns)} "
                                  f"GROUP BY ALL ORDER BY ALL LIMIT {int(limit)}").fetchall()
    return [(tuple(str(cell) for cell in cells), int(count)) for *cells, count in rows]


def sample_cells(path: Path, *, rows: int = 200) -> dict[str, list[str]]:
    """The cells of the first rows by column, nothing as an empty text; columns of our own are left out."""
    with _opened(path) as connection:
        names = [name for name in _known(connection, path, ()) if not name.startswith("_")]
        cells = ", ".join(f"coalesce({quoted(name)}, '')" for name in names)
        found = connection.execute(f"SELECT {cells} FROM (SELECT * FROM {_table(path)} LIMIT {int(rows)})").fetchall() \
            if names else []
    return {name: [str(row[place]) for row in found] for place, name in enumerate(names)}


def unmatched_values(left: tuple[Path, Sequence[str]], right: tuple[Path, Sequence[str]], *, limit: int = 20
                     ) -> tuple[int, int, Values]:
    """The rows on the left, how many find nothing on the right, and the values of most of them; compared as texts."""
    (mine, columns), (theirs, others) = left, right
    names = ", ".join(f"l.{quoted(column)}" for column in columns)
    same = " AND ".join(f"l.{quoted(one)} = r.{quoted(other)}" for one, other in zip(columns, others, strict=True))
    lacking = f"FROM {_table(mine)} AS l WHERE NOT EXISTS (SELECT 1 FROM {_table(theirs)} AS r WHERE {same})"
    with _opened(mine, theirs) as connection:
        _known(connection, mine, columns)
        _known(connection, theirs, others)
        total = connection.execute(f"SELECT count(*) FROM {_table(mine)}").fetchall()[0][0]
        count = connection.execute(f"SELECT count(*) {lacking}").fetchall()[0][0]
        rows = connection.execute(f"SELECT {names}, count(*) {lacking} GROUP BY ALL ORDER BY count(*) DESC, {names} "
                                  f"LIMIT {int(limit)}").fetchall()
    return int(total), int(count), [(tuple(str(cell or "") for cell in cells), int(number)) for *cells, number in rows]
