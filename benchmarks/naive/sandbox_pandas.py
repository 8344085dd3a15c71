"""The same steps in pandas with columns of Arrow, everything in memory at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa

WHOLE, PRICE, DAY = r"-?[0-9]+", r"-?[0-9]+(?:[.][0-9]{1,4}0*)?", r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}"
MONEY = pd.ArrowDtype(pa.decimal128(18, 4))


def _read(path: str) -> pd.DataFrame:
    return pd.read_parquet(path, dtype_backend="pyarrow")


def _typed(texts: pd.Series, pattern: str, kind: Any) -> pd.Series:
    return texts.where(texts.str.fullmatch(pattern)).astype(kind)


def steps(paths: Mapping[str, str], since: str, out: str) -> dict[str, Any]:
    """The staged rows written to `out`, live rows read, keys of lookups looked at; and the counts of refused rows."""
    whole, day = pd.ArrowDtype(pa.int64()), pd.ArrowDtype(pa.date32())
    usage, clients, services, lines = (_read(paths[name]) for name in ("usage", "clients", "services", "lines"))
    assert not clients["account"].duplicated().any()
    assert not services["sku"].duplicated().any()
    clients["client_id"] = _typed(clients["client_id"], WHOLE, whole)
    live = [_typed(lines["client_id"], WHOLE, whole), _typed(lines["units"], WHOLE, whole), _typed(lines["amount"], PRICE, MONEY)]
    assert [int(each.isna().sum()) for each in live] == [0, 0, 0]
    given = {name: usage[name] for name in ("units", "price", "day")}
    usage = usage.assign(units=_typed(given["units"], WHOLE, whole), price=_typed(given["price"], PRICE, MONEY),
                         day=_typed(given["day"], DAY, day))
    unread = {name: (texts != "") & usage[name].isna() for name, texts in given.items()}
    usage = usage.assign(**{f"bad_{name}": flags for name, flags in unread.items()})
    clean = usage.merge(clients[["account", "client_id"]], on="account", how="left").merge(
        services[["sku", "service"]], on="sku", how="left")
    no_client, no_service = clean["client_id"].isna(), clean["service"].isna()
    kept = (clean["day"] >= pd.Timestamp(since).date()).fillna(value=False) | no_client | no_service | clean["bad_day"]
    clean, nobody = clean[kept], (no_client | no_service)[kept]
    negative = clean["units"].isna() | (clean["units"] < 0).fillna(value=False)
    refused = [clean["bad_price"], clean["bad_day"], no_client[kept], no_service[kept], clean["bad_units"] & ~nobody,
               negative & ~clean["bad_units"] & ~nobody]
    bad = nobody | clean["bad_price"] | clean["bad_day"] | clean["bad_units"] | negative
    good = clean[~bad.astype(bool)]
    good = good.assign(amount=(good["price"] * good["units"]).astype(MONEY))
    used = good.groupby(["client_id", "service"], as_index=False)[["units", "amount"]].sum()
    used[used["units"] > 0].to_parquet(out, index=False)
    return {"refused": [int(each.sum()) for each in refused]}
