"""The fast way for large plain sheets: each column at once from the workbook into DuckDB, where it has one type only."""
# ruff: noqa: S608 – names in SQL are quoted and texts escaped; nothing a person types is SQL
from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import fastexcel

from sandbox.errors import InputRefused
from sandbox.receiving.received import LINE, Received
from sandbox.receiving.writing import PARQUET, checked_columns, fresh_path, literal, locked, quoted
from sandbox.tables import plain_text

# A name that the reader may have made up or changed, or that stands for a number or a date in the header.
_DOUBTFUL = re.compile(r"__UNNAMED__.*|.*_[0-9]+|[-0-9].*|true|false")
_TEXT = {
    "VARCHAR": "coalesce({0}, '')",
    "BOOLEAN": "coalesce(CAST({0} AS VARCHAR), '')",
    "BIGINT": "coalesce(CAST({0} AS VARCHAR), '')",
    "DOUBLE": "coalesce(CASE WHEN {0} = trunc({0}) THEN CAST(CAST({0} AS BIGINT) AS VARCHAR) ELSE CAST({0} AS VARCHAR) "
              "END, '')",
    "DATE": "coalesce(strftime({0}, '%Y-%m-%d'), '')",
    "TIMESTAMP_MS": "coalesce(CASE WHEN CAST({0} AS TIME) = TIME '00:00:00' THEN strftime({0}, '%Y-%m-%d') "
                    "ELSE strftime({0}, '%Y-%m-%dT%H:%M:%S') END, '')",
}
# Values that the careful way writes otherwise or doubts: exponents, long numbers, parts of a second, times without a day.
_OTHERWISE = {
    "DOUBLE": "{0} IS NOT NULL AND {0} <> 0 AND NOT (abs({0}) BETWEEN 0.001 AND 1e15)",
    "BIGINT": "abs({0}) >= 1e15",
    "DATE": "{0} < DATE '1900-03-01'",
    "TIMESTAMP_MS": "epoch_ms({0}) % 1000 <> 0 OR {0} < TIMESTAMP '1900-03-01'",
    "VARCHAR": "starts_with({0}, '''')",
}


def received_by_columns(path: Path, name: str, sheet: str, folder: Path) -> Received | None:
    """The sheet as Parquet; None where a column holds more than one type, which is then read cell by cell."""
    try:
        table = fastexcel.read_excel(str(path)).load_sheet(
            sheet, header_row=0, schema_sample_rows=None, dtype_coercion="strict")
        columns = [(column.name, column.index) for column in table.available_columns()]
    except fastexcel.FastExcelError:
        return None
    if any(_DOUBTFUL.fullmatch(column.strip()) for column, _index in columns):
        return None
    names = checked_columns([plain_text(column.strip()) for column, _index in columns], f'{name}: sheet "{sheet}", row 1')
    with locked(folder) as connection:
        connection.register("book", table)
        try:
            return _written(connection, names, folder, name, sheet)
        except duckdb.ConversionException:  # a day that no calendar here has
            return None
        except duckdb.Error as error:
            raise InputRefused(f'{name}: sheet "{sheet}" cannot be read ({str(error).splitlines()[0]})') from error


def _written(connection: Any, names: tuple[str, ...], folder: Path, name: str, sheet: str) -> Received | None:
    numbered = ", ".join(f"c{number}" for number in range(len(names)))
    connection.execute(f"CREATE TABLE received({numbered}) AS FROM book")
    types = [str(row[1]) for row in connection.execute("DESCRIBE received").fetchall()]
    if any(kind not in _TEXT for kind in types):
        return None
    cells = [(f"c{number}", kind) for number, kind in enumerate(types)]
    doubts = [_OTHERWISE[kind].format(cell) for cell, kind in cells if kind in _OTHERWISE]
    if doubts and connection.execute(f"SELECT 1 FROM received WHERE {' OR '.join(doubts)} LIMIT 1").fetchone():
        return None
    texts = ", ".join(f"{_TEXT[kind].format(cell)} AS {quoted(column)}"
                      for (cell, kind), column in zip(cells, names, strict=True))
    kept = " OR ".join(f"{cell} IS NOT NULL" if kind != "VARCHAR" else f"regexp_matches({cell}, '[^\\s\\x0b]')"
                       for cell, kind in cells)
    target = fresh_path(folder)
    connection.execute(f"COPY (SELECT rowid + 2 AS {LINE}, {texts} FROM received WHERE {kept}) "
                       f"TO {literal(str(target.resolve()))} ({PARQUET})")
    [rows] = connection.execute(f"SELECT count(*) FROM received WHERE {kept}").fetchone()
    return Received(name, target, names, rows, settings={"sheet": sheet, "header_row": 1})
