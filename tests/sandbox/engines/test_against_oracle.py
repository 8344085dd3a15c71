"""Random rows through mappings of every kind of step: the engine and the oracle agree row by row, or both stop."""
from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.conformance import Case, expected_of
from sandbox.mapping.check import checked
from tests.sandbox.engines.tables import parquet, task
from tests.sandbox.engines.test_conformance import outcome

SOURCES = """
  rows: {table: a.rows, fields: {k: text, n: text, d: decimal(2)}}
  more: {table: a.more, fields: {k: text, n: int, c: text}}
  live: {table: b.live, fields: {k: text, n: int}}
"""
LOOKED_UP = """
  - aggregate: firsts
    from: more
    by: [k]
    measures: {n: {min: n}, rows: {count: rows}}
    checks: [{name: few, that: "rows < 3", level: warning}]
  - map: out
    from: rows
    lookups: [{in: firsts, match: {k: k}, take: [rows], required: false}]
    where: "n is nothing or n <> '0'"
    fields:
      k: {formula: "coalesce(k, 'none')", type: text, why: a key}
      n: {formula: "int(n) + coalesce(rows, 0)", type: int, why: a number}
      d: {formula: "d / int(n)", type: decimal(2)}
    checks: [{name: positive, that: "n > 0"}, {name: small, that: "d < 5", level: warning}]
"""
SUMMED = """
  - join: pairs
    left: rows
    right: more
    match: {k: k}
    keep: left
    where: "c is nothing or c <> 'x'"
    fields: {k: {formula: rows.k, type: text}, n: {formula: "more.n * 3", type: int, why: thrice}}
  - map: own
    from: more
    fields: {k: {formula: c, type: text}, n: {formula: n, type: int}}
  - union: both
    of: [pairs, own]
  - aggregate: out
    from: both
    by: [k]
    measures: {n: {sum: n}}
    why: summed
"""
SPLIT = """
  - map: used
    from: rows
    fields: {k: {formula: k, type: text}, n: {formula: "int(n)", type: int}}
  - reconcile: parts
    used: {from: used, quantity: n}
    included: {from: more, quantity: n, where: "c = 'x'"}
    extra: {from: more, quantity: n, where: "not c = 'x'", service: c}
    by: [k]
  - map: out
    from: parts
    where: "extra_used + over > 0"
    fields: {k: {formula: k, type: text}, n: {formula: "extra_used + over", type: int, why: what is left}}
"""
WAYS = {"looked up": (LOOKED_UP, "withdraw"), "summed": (SUMMED, "flag"), "split": (SPLIT, "keep")}
KEYS = st.sampled_from(["a", "b", "c", "A", " a", "é", "", None])
NUMBERS = st.sampled_from(["1", "2", "0", "-3", "007", "9223372036854775807", "4611686018427387904", "x", "1.5", "", None])
FAKE = st.sampled_from([False, False, False, True])
TABLES = {
    "rows": {"k": KEYS, "n": NUMBERS, "d": st.sampled_from(["1.5", "0.01", "9999999999999999.99", "1,5", ""]), "_fake": FAKE,
             "_edited": FAKE},
    "more": {"k": KEYS, "n": NUMBERS, "c": st.sampled_from(["x", "a", "", "b"]), "_fake": FAKE, "_edited": FAKE},
    "live": {"k": KEYS, "n": st.sampled_from(["1", "2", "3", "6", ""])},
}


@st.composite
def tables(draw):
    return {name: [{"_line": line, **row} for line, row in enumerate(
        draw(st.lists(st.fixed_dictionaries(columns), max_size=8)), 2)] for name, columns in TABLES.items()}


@pytest.mark.parametrize("way", list(WAYS))
@settings(max_examples=100 if os.environ.get("NINEFOLD_HEAVY") else 4, deadline=None, derandomize=True,
          suppress_health_check=list(HealthCheck))
@given(given_rows=tables())
def test_engine_and_oracle_agree(way, given_rows):
    steps, missing = WAYS[way]
    mapping = (f"mapping: 1\nname: random\nsources:{SOURCES}steps:{steps}"
               f"targets: [{{table: b.live, from: out, key: [k], compare: [n], missing: {missing}}}]\n")
    case = Case("random", "", mapping, given_rows)
    schemas = {name: tuple(source.schema) for name, source in checked(mapping).sources.items()}
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: parquet(Path(folder) / f"{name}.parquet", rows, schemas[name]) for name, rows in given_rows.items()}
        found = outcome(Path(folder) / "run", task(mapping, paths))
    assert found == expected_of(case)
