"""A source that one map alone reads is typed in the query of that map: the same counts, rows and origins as read apart."""
from __future__ import annotations

from tests.sandbox.engines.tables import carried_out, parquet, read, task

MAPPING = """
mapping: 1
name: read-once
sources:
  usage: {table: a.usage, fields: {code: text, units: int, day: date}}
  names: {table: a.names, fields: {code: text, name: text}}
  lines: {table: b.lines, fields: {name: text, units: int}}
steps:
  - map: clean
    from: usage
    where: "units > 0"
    lookups: [{in: names, match: {code: code}, take: [name]}]
    fields: {name: {formula: name, type: text}, units: {formula: units * 2, type: int}}
    checks: [{name: few, that: "units < 1000"}]
  - aggregate: counted
    from: clean
    by: [name]
    measures: {units: {sum: units}}
targets: [{table: b.lines, from: counted, key: [name], missing: withdraw}]
"""
ROWS = [("a", "1", "2026-01-01")] * 30 + [
    ("a", "x", "2026-01-01"), ("zz", "y", "2026-13-01"), ("zz", "1", "2026-01-01"), ("a", "0", "2026-1-01"),
    ("a", "0", "2026-01-01"), ("a", "600", ""), ("a", "9223372036854775807", "2026-01-01")]


def carried(folder, mapping):
    tables = {
        "usage": [{"_line": line, "code": code, "units": units, "day": day} for line, (code, units, day) in enumerate(ROWS, 2)],
        "names": [{"_line": 2, "code": "a", "name": "A"}], "lines": [{"_line": 2, "name": "B", "units": "1"}]}
    folder.mkdir()
    paths = {name: parquet(folder / f"{name}.parquet", rows) for name, rows in tables.items()}
    record = carried_out(folder / "run", task(mapping, paths))
    return record, read(folder / "run/out/diff-1.parquet"), read(folder / "run/out/refused.parquet")


def test_source_of_one_map_is_counted_as_if_it_were_read_apart(tmp_path):
    record, diff, refused = carried(tmp_path / "once", MAPPING)
    assert [(one["step"], one["item"], one["kind"], one["count"], [row["line"] for row in one["sample"]])
            for one in record["refused"]] == [
        ("usage", "units", "source", 2, [32, 33]), ("usage", "day", "source", 2, [33, 35]),
        ("clean", "names", "lookup", 1, [34]), ("clean", "units", "field", 1, [38]), ("clean", "few", "check", 1, [37])]
    assert record["coverage"] == {"clean.names": {"matched": 33, "unmatched": 1}}
    assert {name: record["details"]["steps"][name] for name in ("usage", "clean")} == {"usage": 34, "clean": 30}
    assert [(row["_kind"], row["name"], row["trial.units"], row["_from"]) for row in diff] == [
        ("create", "A", 60, [f"usage:{line}" for line in range(2, 22)]), ("withdraw", "B", None, ["lines:2"])]
    assert refused[1]["message"] == "'y' is not a whole number; expected digits only, such as 12 or -3"
    # A second reader makes the engine read the source apart and keep it; nothing else may change.
    twice = MAPPING.replace("  - aggregate", "  - map: again\n    from: usage\n    fields: {code: {formula: code, type: text}}\n"
                            "  - aggregate")
    other, same_diff, same_refused = carried(tmp_path / "twice", twice)
    assert (other["refused"], other["coverage"], same_diff, same_refused) == (
        record["refused"], record["coverage"], diff, refused)
