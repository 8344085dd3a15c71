"""The limit: the same steps as SQL that somebody who knows DuckDB writes by hand for these very tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

CLEAN = """
CREATE TABLE clean AS
SELECT client_id, service, units, CAST(units * price AS DECIMAL(18,4)) AS amount,
    client_id IS NULL AS no_client, service IS NULL AS no_service, price IS NULL AS no_price,
    given <> '' AND units IS NULL AS no_units, units IS NULL OR units < 0 AS negative
FROM (
    SELECT c.client_id, s.service, u.units AS given,
        CASE WHEN regexp_full_match(u.units, '-?[0-9]+') THEN TRY_CAST(u.units AS BIGINT) END AS units,
        CASE WHEN regexp_full_match(u.price, '-?[0-9]+([.][0-9]{{1,4}})?') THEN TRY_CAST(u.price AS DECIMAL(18,4)) END AS price
    FROM read_parquet('{usage}') AS u
    LEFT JOIN (SELECT account, CAST(client_id AS BIGINT) AS client_id FROM read_parquet('{clients}')) AS c USING (account)
    LEFT JOIN read_parquet('{services}') AS s USING (sku)
    WHERE CASE WHEN regexp_full_match(u.day, '[1-9][0-9]{{3}}-[0-9]{{2}}-[0-9]{{2}}') THEN TRY_CAST(u.day AS DATE) END
        >= DATE '{since}'
)
"""
# A row that no client or service was found for is refused for that; only what is left is looked at further.
COUNTS = """
SELECT count(*) FILTER (WHERE no_client), count(*) FILTER (WHERE no_service),
    count(*) FILTER (WHERE no_units AND NOT no_client AND NOT no_service),
    count(*) FILTER (WHERE negative AND NOT no_units AND NOT no_client AND NOT no_service) FROM clean
"""
USED = """
CREATE TABLE used AS SELECT client_id, service, CAST(sum(units) AS BIGINT) AS units, CAST(sum(amount) AS DECIMAL(18,4)) AS amount
FROM clean WHERE NOT (no_client OR no_service OR no_units OR negative) GROUP BY client_id, service
"""
STAGED = "COPY (SELECT * FROM used WHERE units > 0) TO '{out}' (FORMAT parquet)"


def connection(memory_mb: int = 8192, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """DuckDB in memory, as fast as it goes."""
    found = duckdb.connect()
    for setting in (f"memory_limit = '{memory_mb}MB'", f"threads = {threads}", "preserve_insertion_order = false",
                    "enable_progress_bar = false"):
        found.execute(f"SET {setting}")
    return found


def steps(paths: Mapping[str, str], since: str, out: str) -> dict[str, Any]:
    """The staged rows written to `out`; the counts of refused rows in the order no client, no service, units, negative."""
    with connection() as made:
        made.execute(CLEAN.format(**paths, since=since))
        refused = list(made.execute(COUNTS).fetchall()[0])
        made.execute(USED)
        made.execute(STAGED.format(out=Path(out)))
    return {"refused": refused}
