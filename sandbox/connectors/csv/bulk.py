"""The fast way for files a line a record: DuckDB reads the cells as text, in parallel, exactly as the careful reader would."""
# ruff: noqa: S608 – names in SQL are quoted and texts escaped; nothing a person types is SQL
from __future__ import annotations

from itertools import islice
from pathlib import Path

import duckdb

from sandbox.connectors.csv.scanning import LONGEST_LINE, Scan, opened
from sandbox.receiving.received import LINE, Received
from sandbox.receiving.writing import PARQUET, fresh_path, literal, locked, quoted

# What Python's strip() and \s take for white space; DuckDB's own trim knows the space only.
_SPACE = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_CLASS = "".join(f"\\x{{{ord(space):x}}}" for space in _SPACE)
_MARKED = rf"^'+[{_CLASS}]*[=+\-@\t\r\x{{ff1d}}\x{{ff0b}}\x{{ff0d}}\x{{ff20}}]"


def received(scan: Scan, header_row: int, delimiter: str, columns: tuple[str, ...], folder: Path,
             name: str) -> Received | None:
    """The table as Parquet; None where a line does not fit, or a quoted cell has lines: for the careful reader."""
    if scan.has_quotes and not _starts_plainly(scan, header_row):
        return None
    target = fresh_path(folder)
    cells = [_cell(column, scan.has_mark) for column in columns]
    blank = " AND ".join(f"trim({quoted(column)}, {literal(_SPACE)}) = ''" for column in columns)
    first = quoted(columns[0])
    # Nearly every first cell begins with a printable ASCII character: then the row is not blank.
    kept = f"{first} BETWEEN '!' AND '~' OR NOT ({blank})"
    with locked(folder, scan.path) as connection:
        try:
            connection.execute(f"CREATE TABLE received AS FROM {_reader(scan, header_row, delimiter, columns)}")
            if scan.has_quotes and _has_lines(connection, columns):
                return None
            connection.execute(
                f"COPY (SELECT rowid + {header_row + 1} AS {LINE}, {', '.join(cells)} FROM received WHERE {kept}) "
                f"TO {literal(str(target.resolve()))} ({PARQUET})")
        except duckdb.InvalidInputException:
            target.unlink(missing_ok=True)
            return None
        [rows] = connection.execute(f"SELECT count(*) FROM read_parquet({literal(str(target.resolve()))})").fetchone() or (0,)
    return Received(name, target, columns, rows)


def _starts_plainly(scan: Scan, header_row: int) -> bool:
    """Whether the header is one line, and nothing above it is quoted: those lines are skipped, not parsed."""
    with opened(scan) as text:
        *above, header = islice(text, header_row)
    return all('"' not in line for line in above) and header.count('"') % 2 == 0


def _has_lines(connection: duckdb.DuckDBPyConnection, columns: tuple[str, ...]) -> bool:
    """Whether a cell holds the end of a line: then the number of a row is not that of its line."""
    held = " OR ".join(f"contains({quoted(column)}, {end})" for column in columns for end in ("chr(10)", "chr(13)"))
    return connection.execute(f"SELECT 1 FROM received WHERE {held} LIMIT 1").fetchone() is not None


def _reader(scan: Scan, header_row: int, delimiter: str, columns: tuple[str, ...]) -> str:
    mark = literal('"') if scan.has_quotes else "''"
    types = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns)
    names = ", ".join(literal(column) for column in columns)
    return (f"read_csv({literal(str(scan.path.resolve()))}, auto_detect=false, header=false, skip={header_row}, "
            f"delim={literal(delimiter)}, quote={mark}, escape={mark}, comment='', strict_mode=true, null_padding=false, "
            f"ignore_errors=false, max_line_size={LONGEST_LINE}, columns={{{types}}}, force_not_null=[{names}])")


def _cell(column: str, has_mark: bool) -> str:
    name = quoted(column)
    if not has_mark:
        return name
    marked = f"starts_with({name}, '''') AND regexp_matches({name}, {literal(_MARKED)})"
    return f"CASE WHEN {marked} THEN substr({name}, 2) ELSE {name} END AS {name}"
