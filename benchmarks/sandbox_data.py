"""Received tables of any size for the benchmarks of the sandbox: what a supplier counted, beside what the PSA holds."""

from __future__ import annotations

from pathlib import Path

import duckdb
import xlsxwriter

SERVICES, PER_CLIENT = 20, 50  # services in the catalogue, and rows of use per client
SINCE = "2026-01-04"

# About 1 row in 200 is refused: unknown accounts and codes, units that are no number, fewer than nothing.
USAGE = """
SELECT i + 2 AS _line,
    CASE WHEN h % 500 = 1 THEN 'unknown' ELSE 'ACC-' || (h // 7 % {clients}) END AS account,
    CASE WHEN h % 500 = 2 THEN 'none' ELSE 'SKU-' || (h // 977 % {services}) END AS sku,
    CASE WHEN h % 1000 = 3 THEN '1.5' WHEN h % 1000 = 4 THEN 'x' WHEN h % 1000 = 5 THEN '' WHEN h % 1000 = 6 THEN '007'
         WHEN h % 1000 = 7 THEN '-3' ELSE CAST(1 + h // 31 % 40 AS VARCHAR) END AS units,
    (1 + h // 11 % 90) || '.' || lpad(CAST(h // 13 % 10000 AS VARCHAR), 4, '0') AS price,
    CAST(DATE '2026-01-01' + CAST(h // 17 % 31 AS INTEGER) AS VARCHAR) AS day
FROM (SELECT i, (hash(i) >> 8)::BIGINT AS h FROM range({rows}) AS t(i))
"""
CLIENTS = """SELECT i + 2 AS _line, 'ACC-' || i AS account, CAST(i AS VARCHAR) AS client_id FROM range({clients}) AS t(i)"""
CATALOGUE = """SELECT i + 2 AS _line, 'SKU-' || i AS sku, 'S' || i AS service FROM range({services}) AS t(i)"""
# Of the lines in the PSA, one in five has other numbers than the trial will give, and some have no use at all.
LINES = """
SELECT row_number() OVER () + 1 AS _line, CAST(c AS VARCHAR) AS client_id, 'S' || s AS service,
    CAST(1 + (c * 7 + s) % 90 AS VARCHAR) AS units, (1 + c % 900) || '.5000' AS amount
FROM range({clients}) AS t(c), range({services}) AS u(s) WHERE (c + s) % 3 > 0
"""
MAPPING = """
mapping: 1
name: supplier-usage-to-contract-lines
purpose: Bill what the supplier counts
parameters: {since: date}
sources:
  usage: {table: supplier.usage, fields: {account: text, sku: text, units: text, price: decimal(4), day: date}}
  clients: {table: crosswalk.clients, fields: {account: text, client_id: int}}
  services: {table: crosswalk.services, fields: {sku: text, service: text}}
  lines: {table: psa.lines, fields: {client_id: int, service: text, units: int, amount: decimal(4)}}
steps:
  - map: clean
    from: usage
    where: "day >= :since"
    lookups:
      - {in: clients, match: {account: account}, take: [client_id], required: true}
      - {in: services, match: {sku: sku}, take: [service], required: true}
    fields:
      client_id: {formula: client_id, type: int}
      service: {formula: service, type: text}
      units: {formula: int(units), type: int, why: the portal exports numbers as text}
      amount: {formula: int(units) * price, type: decimal(4), why: priced by the row}
    checks: [{name: not-negative, that: "units >= 0", level: error}]
  - aggregate: used
    from: clean
    by: [client_id, service]
    measures: {units: {sum: units}, amount: {sum: amount}}
  - map: billed
    from: used
    where: "units > 0"
    fields:
      client_id: {formula: client_id, type: int}
      service: {formula: service, type: text}
      units: {formula: units, type: int}
      amount: {formula: amount, type: decimal(4)}
targets:
  - {table: psa.lines, from: billed, key: [client_id, service], compare: [units, amount], missing: flag}
"""
TABLES = {"usage": USAGE, "clients": CLIENTS, "services": CATALOGUE, "lines": LINES}


def tables(folder: Path, rows: int) -> dict[str, Path]:
    """The Parquet files of that many rows of use, as a connector leaves them, by source; written once."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.parquet" for name in TABLES}
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        for name, path in paths.items():
            if not path.exists():
                sql = TABLES[name].format(rows=rows, clients=max(50, rows // PER_CLIENT), services=SERVICES)
                connection.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
    return paths


# Two tables of the same key: one row in ten differs, and one in twenty stands on one side only.
DIFFERENCE = """
mapping: 1
name: difference
sources:
  given: {table: a.items, fields: {id: int, name: text, quantity: int, price: decimal(4)}}
  live: {table: b.items, fields: {id: int, name: text, quantity: int, price: decimal(4)}}
steps:
  - map: out
    from: given
    fields: {id: {formula: id, type: int}, name: {formula: name, type: text}, quantity: {formula: quantity, type: int},
             price: {formula: price, type: decimal(4)}}
targets: [{table: b.items, from: out, key: [id], compare: [name, quantity, price], missing: flag}]
"""
ITEMS = """
SELECT i AS id, 'item ' || i AS name, (h % 1000 + CASE WHEN {moved} AND i % 10 = 3 THEN 1 ELSE 0 END)::BIGINT AS quantity,
    CAST(h % 100000 AS DECIMAL(18,4)) / 100 + CASE WHEN {moved} AND i % 20 = 3 THEN 1 ELSE 0 END AS price
FROM (SELECT i, (hash(i) >> 8)::BIGINT AS h FROM range({rows}) AS t(i)) WHERE i % 20 <> {without} ORDER BY hash(i)
"""


def two_sides(folder: Path, rows: int) -> dict[str, str]:
    """Typed Parquet files `staged` and `live` of that many rows each, in no order."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        for name, moved, without in (("staged", "TRUE", 7), ("live", "FALSE", 9)):
            sql = ITEMS.format(rows=rows, moved=moved, without=without)
            cast = f"SELECT id, name, quantity, CAST(price AS DECIMAL(18,4)) AS price FROM ({sql})"
            connection.execute(f"COPY ({cast}) TO '{folder}/{name}.parquet' (FORMAT parquet)")
    return {name: f"{folder}/{name}.parquet" for name in ("staged", "live")}


def csv_file(folder: Path, usage: Path) -> Path:
    """The rows of use as a plain CSV file."""
    path = folder / "usage.csv"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT * EXCLUDE (_line) FROM read_parquet('{usage}')) TO '{path}' (FORMAT csv, HEADER)")
    return path


def workbook(folder: Path, rows: int) -> Path:
    """A workbook of eight columns, texts and numbers."""
    path = folder / "usage.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("usage")
        sheet.write_row(0, 0, [f"column {number}" for number in range(8)])
        for row in range(1, rows + 1):
            sheet.write_row(row, 0, [f"ACC-{row % 977}", f"SKU-{row % 20}", row, row % 40, row / 8, "text", f"{row:06}", "S3"])
    return path
