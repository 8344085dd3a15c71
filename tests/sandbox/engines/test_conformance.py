"""The engine against the conformance suite: the same rows, refusals, coverage and differences as the oracle's."""
from __future__ import annotations

import pytest

from sandbox.conformance import cases, in_order, plain
from sandbox.engines import running
from sandbox.errors import InputRefused
from sandbox.mapping.check import checked
from tests.sandbox.engines.tables import carried_out, parquet, read, task

CASES = cases()


def outcome(folder, given, work=running.answer):
    """A run of the engine that does `work` as the suite writes it down."""
    try:
        record = carried_out(folder, given, work)
    except InputRefused as refusal:
        return {"stops": str(refusal)}
    refused = [[row["step"], row["item"], row["kind"], f"{row['source']}:{row['line']}" if row["source"] else None]
               for row in read(folder / "out/refused.parquet")]
    return {
        "targets": [target(folder / "out", one, record) for one in record["details"]["targets"]],
        "refused": in_order(refused), "coverage": record["coverage"],
        "warnings": {f"{one['step']}.{one['name']}": one["count"] for one in sorted(
            record["checks"], key=lambda one: (one["step"], one["name"])) if one["level"] == "warning" and one["count"]},
    }


def target(folder, one, record):
    columns = [*one["key"], *one["compare"]]
    diff = [changed(row, one) for row in read(folder / one["diff"])]
    staged = [{**{name: plain(row[name]) for name in columns}, "_fake": row["_fake"], **edited(row)}
              for row in read(folder / one["staged"])]
    staged += [{**row["trial"], "_fake": row["_fake"], **edited(row)} for row in diff if row["_kind"] == "refused" and row["trial"]]
    return {"table": one["table"], "counts": record["targets"][one["table"]], "staged": in_order(staged), "diff": diff}


def changed(row, one):
    key = {name: plain(row[name]) for name in one["key"]}
    sides = {side: {**key, **{name: plain(row[f"{side}.{name}"]) for name in one["compare"]}}
             for side in ("live", "trial")}
    has_live = row["_kind"] in ("update", "withdraw", "flagged") or (row["_why"].startswith("live-key") \
        and row["_from"][0].partition(":")[0] == one["live_source"])
    has_trial = row["_kind"] in ("create", "update") or (row["_kind"] == "refused" and not has_live)
    return {"_kind": row["_kind"], "key": list(key.values()), "live": sides["live"] if has_live else None,
            "trial": sides["trial"] if has_trial else None, "_changed": row["_changed"], "_why": row["_why"],
            "_from": row["_from"], "_fake": row["_fake"], "_masked": row["_masked"], **edited(row)}


def edited(row):
    """The mark of an edited value as the suite writes it: only where there is one."""
    return {"_edited": True} if row.get("_edited") else {}


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_engine_gives_what_the_suite_expects(case, tmp_path):
    schemas = {name: tuple(source.schema) for name, source in checked(case.mapping).sources.items()}
    paths = {name: parquet(tmp_path / f"{name}.parquet", rows, schemas[name]) for name, rows in case.tables.items()}
    settings = {name: {"decimal": case.marks.get(name, "."), "masked": case.masked.get(name, [])} for name in paths}
    found = outcome(tmp_path / "run", task(case.mapping, paths, settings, dict(case.parameters)))
    assert found == dict(case.expected)
