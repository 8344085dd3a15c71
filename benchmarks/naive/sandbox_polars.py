"""The same steps and the same difference in polars, lazily and with its streaming engine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

WHOLE, PRICE, DAY = r"^-?[0-9]+$", r"^-?[0-9]+([.][0-9]{1,4}0*)?$", r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$"
MONEY = pl.Decimal(38, 4)


def _whole(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.contains(WHOLE)).then(pl.col(name)).cast(pl.Int64, strict=False)


def _price(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.contains(PRICE)).then(pl.col(name)).cast(MONEY, strict=False)


def _day(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.contains(DAY)).then(pl.col(name)).str.to_date("%Y-%m-%d", strict=False)


def _clean(paths: Mapping[str, str], since: date) -> pl.LazyFrame:
    usage = pl.scan_parquet(paths["usage"]).select(
        "account", "sku", given=pl.col("units"), units=_whole("units"), price=_price("price"), day=_day("day"),
        bad_price=(pl.col("price") != "") & _price("price").is_null(), bad_day=(pl.col("day") != "") & _day("day").is_null())
    clients = pl.scan_parquet(paths["clients"]).select("account", client_id=_whole("client_id"))
    services = pl.scan_parquet(paths["services"]).select("sku", "service")
    no_client, no_service = pl.col("client_id").is_null(), pl.col("service").is_null()
    joined = usage.join(clients, on="account", how="left").join(services, on="sku", how="left")
    return joined.filter((pl.col("day") >= since) | no_client | no_service | pl.col("bad_day")).select(
        "client_id", "service", "units", "bad_price", "bad_day", amount=pl.col("units").cast(MONEY) * pl.col("price"),
        no_client=no_client, no_service=no_service, no_units=(pl.col("given") != "") & pl.col("units").is_null(),
        negative=pl.col("units").is_null() | (pl.col("units") < 0))


def steps(paths: Mapping[str, str], since: str, out: str) -> dict[str, Any]:
    """The staged rows written to `out`, live rows read, keys of lookups looked at; and the counts of refused rows."""
    clean = _clean(paths, date.fromisoformat(since))
    live = pl.scan_parquet(paths["lines"]).select(_whole("client_id"), "service", _whole("units"), _price("amount"))
    nobody = pl.col("no_client") | pl.col("no_service")
    counts = clean.select(
        pl.col("bad_price").sum(), pl.col("bad_day").sum(), pl.col("no_client").sum(), pl.col("no_service").sum(),
        (pl.col("no_units") & ~nobody).sum(), (pl.col("negative") & ~pl.col("no_units") & ~nobody).sum())
    good = clean.filter(~(nobody | pl.col("bad_price") | pl.col("bad_day") | pl.col("no_units") | pl.col("negative")))
    used = good.group_by("client_id", "service").agg(pl.col("units").sum(), pl.col("amount").sum())
    staged = used.filter(pl.col("units") > 0)
    twice = [pl.scan_parquet(paths[source]).group_by(key).len().filter(pl.col("len") > 1)
             for source, key in (("clients", "account"), ("services", "sku"))]
    found = pl.collect_all([counts, staged, live, *twice], engine="streaming")
    assert found[2].select("client_id", "units", "amount").null_count().row(0) == (0, 0, 0)
    assert [one.height for one in found[3:]] == [0, 0]
    found[1].write_parquet(out)
    return {"refused": [int(count) for count in found[0].row(0)]}


def difference(staged: str, live: str, out: str) -> dict[str, Any]:
    """The full difference of two tables by their key, rows that differ written to `out`; how many are of each kind."""
    one, other = (pl.scan_parquet(path).with_columns(there=pl.lit(value=True)) for path in (staged, live))
    both = one.join(other, on="id", how="full", suffix=".live", coalesce=True)
    columns = ("name", "quantity", "price")
    unlike = [pl.col(name).ne_missing(pl.col(f"{name}.live")) for name in columns]
    kind = pl.when(pl.col("there.live").is_null()).then(pl.lit("create")).when(pl.col("there").is_null()).then(
        pl.lit("flagged")).otherwise(pl.lit("update"))
    alone = pl.col("there").is_null() | pl.col("there.live").is_null()
    changed = pl.concat_list(*(pl.when(~alone & moved).then(pl.lit(name)) for name, moved in zip(columns, unlike, strict=True)))
    found = both.filter(alone | pl.any_horizontal(unlike)).select(
        "id", kind.alias("kind"), *columns, *(f"{name}.live" for name in columns), changed.list.drop_nulls().alias("changed"))
    rows = found.collect(engine="streaming")
    rows.write_parquet(out)
    return {"counts": dict(sorted(rows.group_by("kind").len().iter_rows()))}
