"""Received tables of any size for the benchmarks of the sandbox: what a supplier counted, beside what the PSA holds."""

from __future__ import annotations

from pathlib import Path

import duckdb

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
MAPPING = f"""
mapping: 1
name: supplier-usage-to-contract-lines
purpose: Bill what the supplier counts
parameters: {{since: date}}
sources:
  usage: {{table: supplier.usage, fields: {{account: text, sku: text, units: text, price: decimal(4), day: date}}}}
  clients: {{table: crosswalk.clients, fields: {{account: text, client_id: int}}}}
  services: {{table: crosswalk.services, fields: {{sku: text, service: text}}}}
  lines: {{table: psa.lines, fields: {{client_id: int, service: text, units: int, amount: decimal(4)}}}}
steps:
  - map: clean
    from: usage
    where: "day >= :since"
    lookups:
      - {{in: clients, match: {{account: account}}, take: [client_id], required: true}}
      - {{in: services, match: {{sku: sku}}, take: [service], required: true}}
    fields:
      client_id: {{formula: client_id, type: int}}
      service: {{formula: service, type: text}}
      units: {{formula: int(units), type: int, why: the portal exports numbers as text}}
      amount: {{formula: int(units) * price, type: decimal(4), why: priced by the row}}
    checks: [{{name: not-negative, that: "units >= 0", level: error}}]
  - aggregate: used
    from: clean
    by: [client_id, service]
    measures: {{units: {{sum: units}}, amount: {{sum: amount}}}}
  - map: billed
    from: used
    where: "units > 0"
    fields:
      client_id: {{formula: client_id, type: int}}
      service: {{formula: service, type: text}}
      units: {{formula: units, type: int}}
      amount: {{formula: amount, type: decimal(4)}}
targets:
  - {{table: psa.lines, from: billed, key: [client_id, service], compare: [units, amount], missing: flag}}
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
