"""The limit: the same steps as SQL that somebody who knows DuckDB writes by hand for these very tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

INT = "CASE WHEN regexp_full_match({0}, '-?[0-9]+') THEN TRY_CAST({0} AS BIGINT) END"
PRICE = "CASE WHEN regexp_full_match({0}, '-?[0-9]+([.][0-9]{{{{1,4}}}}0*)?') THEN TRY_CAST({0} AS DECIMAL(18,4)) END"
DAY = "CASE WHEN regexp_full_match({0}, '[1-9][0-9]{{{{3}}}}-[0-9]{{{{2}}}}-[0-9]{{{{2}}}}') THEN TRY_CAST({0} AS DATE) END"
UNIQUE = "SELECT {0} FROM read_parquet('{1}') GROUP BY {0} HAVING count(*) > 1 LIMIT 1"
# A row without client or service is refused for that, one before the day is left out; the rest is looked at further.
CLEAN = f"""
CREATE TABLE clean AS
SELECT client_id, service, units, CAST(units * price AS DECIMAL(18,4)) AS amount, bad_price, bad_day,
    client_id IS NULL AS no_client, service IS NULL AS no_service, units IS NULL AND given <> '' AS no_units,
    units IS NULL OR units < 0 AS negative
FROM (
    SELECT c.client_id, s.service, given, u.units, price, day, bad_price, bad_day FROM (
        SELECT account, sku, units AS given, {INT.format("units")} AS units, {PRICE.format("price")} AS price,
            {DAY.format("day")} AS day, price <> '' AND {PRICE.format("price")} IS NULL AS bad_price,
            day <> '' AND {DAY.format("day")} IS NULL AS bad_day
        FROM read_parquet('{{usage}}')
    ) AS u
    LEFT JOIN (SELECT account, {INT.format("client_id")} AS client_id FROM read_parquet('{{clients}}')) AS c USING (account)
    LEFT JOIN read_parquet('{{services}}') AS s USING (sku)
) WHERE day >= DATE '{{since}}' OR client_id IS NULL OR service IS NULL OR bad_day
"""
COUNTS = """
SELECT count(*) FILTER (WHERE bad_price), count(*) FILTER (WHERE bad_day), count(*) FILTER (WHERE no_client),
    count(*) FILTER (WHERE no_service), count(*) FILTER (WHERE no_units AND NOT (no_client OR no_service)),
    count(*) FILTER (WHERE negative AND NOT (no_units OR no_client OR no_service)) FROM clean
"""
USED = """
CREATE TABLE used AS SELECT client_id, service, CAST(sum(units) AS BIGINT) AS units, CAST(sum(amount) AS DECIMAL(18,4)) AS amount
FROM clean WHERE NOT (bad_price OR bad_day OR no_client OR no_service OR no_units OR negative) GROUP BY client_id, service
"""
LIVE = f"""
CREATE TABLE live AS SELECT {INT.format("client_id")} AS client_id, service, {INT.format("units")} AS units,
    {PRICE.format("amount")} AS amount FROM read_parquet('{{lines}}')
"""
UNREAD = "SELECT count(*) - count(client_id), count(*) - count(units), count(*) - count(amount) FROM live"
STAGED = "COPY (SELECT * FROM used WHERE units > 0) TO '{out}' (FORMAT parquet)"


def connection(memory_mb: int = 8192, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """DuckDB in memory, as fast as it goes."""
    found = duckdb.connect()
    for setting in (f"memory_limit = '{memory_mb}MB'", f"threads = {threads}", "preserve_insertion_order = false",
                    "enable_progress_bar = false"):
        found.execute(f"SET {setting}")
    return found


def steps(paths: Mapping[str, str], since: str, out: str) -> dict[str, Any]:
    """The staged rows written to `out`, live rows read, keys of lookups looked at; and the counts of refused rows.

    `refused`: price, day, no client, no service, units, negative.
    """
    with connection() as made:
        for column, source in (("account", "clients"), ("sku", "services")):
            assert made.execute(UNIQUE.format(column, paths[source])).fetchall() == []
        made.execute(LIVE.format(**paths))
        assert made.execute(UNREAD).fetchall() == [(0, 0, 0)]
        made.execute(CLEAN.format(**paths, since=since))
        refused = list(made.execute(COUNTS).fetchall()[0])
        made.execute(USED)
        made.execute(STAGED.format(out=out))
    return {"refused": refused}
