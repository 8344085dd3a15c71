"""The difference beside a plain computation: keys of every type, near and far apart, empty and twice; many columns."""
from __future__ import annotations

from collections import Counter

import pytest

from tests.sandbox.engines.tables import carried_out, parquet, read, task

KEYS = {"int": lambda i: str(i - 20), "text": lambda i: f"x{i}", "date": lambda i: f"20{10 + i // 28}-01-{1 + i % 28:02d}",
        "decimal(2)": lambda i: f"{i}.50", "far": lambda i: str((i - 20) * 10**17)}
CASES = [(("int",), 3, 40, False), (("int",), 1, 40, True), (("far",), 3, 40, True), (("text",), 61, 40, False),
         (("far", "text"), 60, 40, True), (("date",), 70, 40, True), (("decimal(2)",), 2, 40, True), (("int",), 1, 1, False),
         (("int",), 2, 0, False)]


def mapping_of(keys, columns):
    types = {**{f"k{n}": key.replace("far", "int") for n, key in enumerate(keys)}, **{f"v{n}": "text" for n in range(columns)}}
    fields = ", ".join(f"{name}: {kind}" for name, kind in types.items())
    made = ", ".join(f"{name}: {{formula: {name}, type: {kind}}}" for name, kind in types.items())
    return (f"mapping: 1\nname: held\nsources:\n  given: {{table: a.items, fields: {{{fields}}}}}\n"
            f"  live: {{table: b.items, fields: {{{fields}}}}}\nsteps:\n  - {{map: out, from: given, fields: {{{made}}}}}\n"
            f"targets: [{{table: b.items, from: out, key: [{', '.join(f'k{n}' for n in range(len(keys)))}], missing: flag}}]\n")


def rows_of(keys, columns, count, is_live, has_faults):
    """Rows that stand on one side only, that differ here and there, twice or without a key where asked."""
    found = []
    for i in range(count):
        if i % 9 == 3 if is_live else i % 11 == 2:
            continue
        for _ in range(2 if has_faults and i == (17 if is_live else 5) else 1):
            row = {f"k{n}": "" if has_faults and i == 20 else KEYS[key](i) for n, key in enumerate(keys)}
            row |= {f"v{n}": "" if is_live and (i * 7 + n) % 5 == 0 else str(i + n) for n in range(columns)}
            found.append({"_line": len(found) + 2, **row})
    return found


def plain(keys, columns, given, live):
    """The kinds of rows and the changed columns, each with its number; and whether some key cannot take part."""
    sides = [Counter(tuple(row[f"k{n}"] for n in range(len(keys))) for row in rows) for rows in (given, live)]
    bad = {key for key in sides[0] | sides[1] if "" in key or max(side[key] for side in sides) > 1}
    one, other = [{key: row for row in rows if (key := tuple(row[f"k{n}"] for n in range(len(keys)))) not in bad}
                  for rows in (given, live)]
    kinds, changed = Counter(), Counter()
    for key in one | other:
        unlike = [f"v{n}" for n in range(columns) if key in one and key in other and one[key][f"v{n}"] != other[key][f"v{n}"]]
        kinds["create" if key not in other else "flagged" if key not in one else "update" if unlike else "unchanged"] += 1
        changed.update(unlike)
    return kinds, changed, bool(bad)


@pytest.mark.parametrize(("keys", "columns", "count", "has_faults"), CASES)
def test_difference_is_what_a_plain_computation_finds(keys, columns, count, has_faults, tmp_path):
    names = tuple([f"k{n}" for n in range(len(keys))] + [f"v{n}" for n in range(columns)])
    given, live = (rows_of(keys, columns, count, is_live, has_faults) for is_live in (False, True))
    paths = {name: parquet(tmp_path / f"{name}.parquet", rows, names) for name, rows in (("given", given), ("live", live))}
    record = carried_out(tmp_path / "run", task(mapping_of(keys, columns), paths))
    kinds, changed, is_refused = plain(keys, columns, given, live)
    counts, shown = record["targets"]["b.items"], read(tmp_path / "run" / "out" / "diff-1.parquet")
    assert {kind: counts[kind] for kind in ("create", "flagged", "update", "unchanged")} == {
        kind: kinds[kind] for kind in ("create", "flagged", "update", "unchanged")}
    assert (counts["refused"] > 0) == is_refused
    assert Counter(row["_kind"] for row in shown if row["_kind"] != "refused") == +Counter({**kinds, "unchanged": 0})
    assert Counter(name for row in shown for name in row["_changed"]) == changed
    assert record["details"]["targets"][0]["fields"] == {f"v{n}": changed[f"v{n}"] for n in range(columns)}
