"""Staged rows against live ones: keys that are empty or stand twice refused, then one full join; what differs is kept.

Cost: the full join is three quarters of it. Whether a key stands twice is seen without gathering rows by key: as bits set
for whole numbers, else by counting different hashes. Which columns differ is a number until it is shown.
"""
# ruff: noqa: S608 – names in SQL are ours or quoted, and values are escaped; nothing a person types is SQL
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.engines.duckdb import Engine
from sandbox.engines.lineage import sources_of
from sandbox.engines.refusals import KEPT, Refused, as_text
from sandbox.engines.relations import ORIGIN_BITS, WIDTH, Relation, line_of, line_sql, marked_columns
from sandbox.formula.duckdb import quoted, text_literal
from sandbox.formula.types import Kind
from sandbox.mapping.checked import Target, why_of

COUNTED = ("create", "update", "withdraw", "unchanged", "refused", "flagged")
SAID = {
    "key-empty": "a column of the key holds nothing", "key-twice": "the key stands twice in the staged rows",
    "live-key-empty": "a column of the key holds nothing in the live table",
    "live-key-twice": "the key stands twice in the live table",
}
# Bits for whole numbers that lie near enough to one another: 32 MB at most, and not many to look at for each row.
_MOST_BITS, _BITS_A_ROW = 1 << 28, 64
Group = tuple[str, list[str], "int | str | None", int]  # kind, changed columns, their mask, how many rows


@dataclass(frozen=True)
class Compared:
    """One target: where its tables lie, its counts, the rows of each side, and what was refused by rule."""

    target: Target
    staged: str
    live: str
    diff: str
    counts: Mapping[str, int]
    by_field: Mapping[str, int]
    rows: Mapping[str, int]
    refused: Mapping[str, tuple[int, Sequence[Refused]]]
    masked: bool


@dataclass(frozen=True)
class Sides:
    """The SQL of both sides: `_rule` says why a row takes no part, empty where it does."""

    staged: str
    live: str
    rules: bool


def compared(engine: Engine, number: int, target: Target) -> Compared:
    """The difference of one target; its tables are staged_n, live_n and diff_n."""
    staged, live = engine.relations[target.origin], engine.relations[target.live]
    columns = [*target.key, *target.compare]
    masked = bool((staged.masked | live.masked) & set(columns))
    sides = _ruled(engine, number, target, _plain(staged, target), _plain(live, target))
    for name, sql in (("staged", sides.staged), ("live", sides.live)):
        kind = "TABLE" if sides.rules else "VIEW"
        engine.execute(f"CREATE {kind} {name}_{number} AS {sql}")
    _join(engine, number, target, sides.rules, can_be_fake=staged.fake or live.fake)
    found = [(str(kind), _changed(target, mask), mask, int(count)) for kind, mask, count in engine.rows(
        f"SELECT _kind, _mask, count(*) FROM found_{number} GROUP BY _kind, _mask")]
    counts, rows = _counts(engine, number, target, found, sides.rules)
    _explain(engine, number, target, found, masked)
    by_field = {name: sum(count for _, changed, _, count in found if name in changed) for name in target.compare}
    return Compared(target, f"staged_{number}", f"live_{number}", f"diff_{number}", counts, by_field, rows,
                    _refused(engine, number, target) if sides.rules else {}, masked)


def _plain(relation: Relation, target: Target) -> str:
    """Key and compared columns as k0 … and v0 …; an empty text is nothing."""
    columns = []
    for prefix, names in (("k", target.key), ("v", target.compare)):
        for number, name in enumerate(names):
            own = relation.column(name)
            said = f"nullif({own}, '')" if relation.schema[name].kind is Kind.TEXT else own
            columns.append(f"{said} AS {prefix}{number}")
    return f"SELECT _line, _fake, {', '.join(columns)} FROM {relation.sql} AS o"


def _ruled(engine: Engine, number: int, target: Target, staged: str, live: str) -> Sides:
    """Rules are only computed where some key is empty or stands twice; mostly none is."""
    keys = [f"k{place}" for place in range(len(target.key))]
    listed, empty = ", ".join(keys), " OR ".join(f"{key} IS NULL" for key in keys)
    unique = engine.relations[target.origin].unique
    is_unique = bool(unique) and unique <= set(target.key)
    is_good = [_is_good(engine, sql, target, is_unique=known) for sql, known in ((staged, is_unique), (live, False))]
    if all(is_good):
        return Sides(staged, live, False)
    for name, sql in (("staged", staged), ("live", live)):
        engine.execute(f"CREATE TABLE twice_{name}_{number} AS SELECT {listed} FROM ({sql}) WHERE NOT ({empty}) "
                       f"GROUP BY {listed} HAVING count(*) > 1")
    rules = {
        "staged": f"WHEN {empty} THEN 'key-empty' WHEN s.c THEN 'key-twice' WHEN l.c THEN 'live-key-twice'",
        "live": f"WHEN {empty} THEN 'live-key-empty' WHEN l.c THEN 'live-key-twice' WHEN s.c THEN 'left out'",
    }
    made = {}
    for name, sql in (("staged", staged), ("live", live)):
        joins = " ".join(f"LEFT JOIN (SELECT *, TRUE AS c FROM twice_{side}_{number}) AS {side[0]} USING ({listed})"
                         for side in ("staged", "live"))
        made[name] = f"SELECT o.*, CASE {rules[name]} ELSE '' END AS _rule FROM ({sql}) AS o {joins}"
    return Sides(made["staged"], made["live"], True)


def _is_good(engine: Engine, sql: str, target: Target, *, is_unique: bool) -> bool:
    """Whether each key is there, and stands once; equal hashes may also have other reasons and are looked at again."""
    keys = [f"k{place}" for place in range(len(target.key))]
    empty = " OR ".join(f"{key} IS NULL" for key in keys)
    if is_unique:
        return not engine.rows(f"SELECT 1 FROM ({sql}) WHERE {empty} LIMIT 1")
    if len(keys) == 1 and target.schema[target.key[0]].kind is Kind.INT:
        rows, there, least, most = engine.rows(f"SELECT count(*), count(k0), min(k0), max(k0) FROM ({sql})")[0]
        if there < rows or not rows:
            return not rows
        if int(most) - int(least) < min(_MOST_BITS, _BITS_A_ROW * int(rows)):
            bits = f"bit_count(bitstring_agg(k0, {int(least)}, {int(most)}))"
            return bool(engine.rows(f"SELECT {bits} FROM ({sql})")[0][0] == rows)
    rows, there, different = engine.rows(f"SELECT count(*), count(*) FILTER (WHERE NOT ({empty})), "
                                         f"count(DISTINCT hash({', '.join(keys)})) FROM ({sql})")[0]
    return bool(rows == there == different)


def _mask(target: Target) -> str:
    """SQL of which compared columns differ: a bit for each, a sign for each where there are too many."""
    tests = [f"t.v{place} IS DISTINCT FROM l.v{place}" for place in range(len(target.compare))]
    if len(tests) > WIDTH:
        return " || ".join(f"CASE WHEN {test} THEN '1' ELSE '0' END" for test in tests)
    parts = [f"CASE WHEN {test} THEN {1 << place}::BIGINT ELSE 0 END" for place, test in enumerate(tests)]
    return " + ".join(parts) or "0::BIGINT"


def _changed(target: Target, mask: int | str | None) -> list[str]:
    """The compared columns that a mask names."""
    if isinstance(mask, str):
        return [name for name, sign in zip(target.compare, mask, strict=True) if sign == "1"]
    return [name for place, name in enumerate(target.compare) if (mask or 0) >> place & 1]


def _join(engine: Engine, number: int, target: Target, has_rules: bool, *, can_be_fake: bool) -> None:
    """One full join; only rows that differ are kept, and with them the refused rows of both sides."""
    keys, values = range(len(target.key)), range(len(target.compare))
    part = " WHERE _rule = ''" if has_rules else ""
    differs = " OR ".join(f"t.v{place} IS DISTINCT FROM l.v{place}" for place in values) or "FALSE"
    on = " AND ".join(f"t.k{place} = l.k{place}" for place in keys)
    kept = "" if target.missing != "keep" else "t._line IS NOT NULL AND "
    alone = {"withdraw": "withdraw", "flag": "flagged", "keep": "unchanged"}[target.missing]
    alone_ = "t._line IS NULL OR l._line IS NULL"
    fake = "coalesce(t._fake, 0) | coalesce(l._fake, 0)" if can_be_fake else "0"
    columns = [f"coalesce(t.k{place}, l.k{place}) AS k{place}" for place in keys]
    columns += [f"l.v{place} AS b{place}, t.v{place} AS a{place}" for place in values]
    sql = (f"SELECT CASE WHEN l._line IS NULL THEN 'create' WHEN t._line IS NULL THEN '{alone}' ELSE 'update' END "
           f"AS _kind, '' AS _rule, {', '.join(columns)}, "
           f"CASE WHEN NOT ({alone_}) THEN {_mask(target)} END AS _mask, t._line AS _trial, l._line AS _live, {fake} AS _fake "
           f"FROM (SELECT * FROM staged_{number}{part}) AS t FULL JOIN (SELECT * FROM live_{number}{part}) AS l ON {on} "
           f"WHERE {kept}({alone_} OR {differs})")
    for name, own, other in (("staged", "a", "b"), ("live", "b", "a")) if has_rules else ():
        theirs = [f"k{place}" for place in keys]
        theirs += [f"v{place} AS {own}{place}, NULL AS {other}{place}" for place in values]
        lines = "_line AS _trial, NULL AS _live" if name == "staged" else "NULL AS _trial, _line AS _live"
        sql += (f" UNION ALL BY NAME SELECT 'refused' AS _kind, _rule, {', '.join(theirs)}, NULL AS _mask, "
                f"{lines}, _fake FROM {name}_{number} WHERE _rule NOT IN ('', 'left out')")
    engine.execute(f"CREATE TABLE found_{number} AS {sql}")


def _counts(engine: Engine, number: int, target: Target, groups: Sequence[Group],
            has_rules: bool) -> tuple[dict[str, int], dict[str, int]]:
    part = " WHERE _rule = ''" if has_rules else ""
    rows = {name: int(engine.rows(f"SELECT count(*) FROM {name}_{number}{part}")[0][0] or 0)
            for name in ("staged", "live")}
    found: Counter[str] = Counter()
    for kind, _, _, count in groups:
        found[kind] += count
    counts = {kind: found[kind] for kind in COUNTED}
    both = rows["staged"] - counts["create"]
    kept = rows["live"] - both if target.missing == "keep" else 0
    counts["unchanged"] = both - counts["update"] + kept
    return counts, rows


def _explain(engine: Engine, number: int, target: Target, found: Sequence[Group], masked: bool) -> None:
    """The final difference: names of the file's columns, the reason of each row, and the rows it comes from."""
    reasons = _reasons(engine, number, target, found)
    if engine.keyed:
        wanted = f"SELECT rowid AS _t, coalesce(_trial, _live) AS _line FROM found_{number}"
        origins, said = sources_of(engine, wanted, f"from_{number}"), "f._from"
        joined = f"LEFT JOIN {origins} AS f ON f._t = d.rowid"
    else:
        said, joined = f"[{source_text(engine, 'coalesce(d._trial, d._live)')}]", ""
    columns = [f"d.k{place} AS {quoted(name)}" for place, name in enumerate(target.key)]
    for place, name in enumerate(target.compare):
        columns.append(f"d.b{place} AS {quoted('live.' + name)}, d.a{place} AS {quoted('trial.' + name)}")
    first, limit = "coalesce(d._live, d._trial)", len(engine.sources) << ORIGIN_BITS
    at = f"CASE WHEN {first} < {limit} THEN {line_sql(first)} ELSE 0 END"
    whys = "CASE WHEN d._kind = 'refused' THEN d._rule ELSE w.why END"
    engine.execute(
        f"CREATE VIEW diff_{number} AS SELECT d._kind, {', '.join(columns)}, w.changed AS _changed, {whys} AS _why, "
        f"{said} AS _from, {marked_columns('d._fake')}, {str(masked).upper()} AS _masked, "
        f"CASE WHEN d._live IS NULL THEN 1 ELSE 0 END AS _side, {at} AS _at "
        f"FROM found_{number} AS d {joined} LEFT JOIN {reasons} AS w ON w.kind = d._kind AND w.mask IS NOT DISTINCT FROM d._mask")


def _reasons(engine: Engine, number: int, target: Target, found: Sequence[Group]) -> str:
    """A table of the changed columns and the reason for each kind and mask."""
    whys = []
    for kind, changed, _, _ in found:
        columns: Any = [*target.key, *target.compare] if kind == "create" else changed
        whys.append(why_of(engine.mapping, target, columns) if kind in ("create", "update") else "")
    mask = "VARCHAR" if len(target.compare) > WIDTH else "BIGINT"
    engine.execute(f"CREATE TABLE reasons_{number} (kind VARCHAR, mask {mask}, changed VARCHAR[], why VARCHAR)")
    if found:
        engine.connection.execute(
            f"INSERT INTO reasons_{number} SELECT unnest($1::VARCHAR[]), unnest($2::{mask}[]), unnest($3::VARCHAR[][]), "
            "unnest($4::VARCHAR[])",
            [[kind for kind, *_ in found], [mask for _, _, mask, _ in found], [changed for _, changed, *_ in found], whys])
    return f"reasons_{number}"


def source_text(engine: Engine, line: str) -> str:
    """SQL of a text such as `usage:14` from a line."""
    cases = " ".join(f"WHEN {place} THEN {text_literal(name + ':')}" for place, name in enumerate(engine.sources))
    return f"(CASE {line} >> {ORIGIN_BITS} {cases} END) || {line_sql(line)}"


def order(target: Target) -> str:
    """The order of a difference: by key, nothing first, then live before staged, then by line and what it shows."""
    keys = [f"{quoted(name)} NULLS FIRST" for name in target.key]
    sides = [f"{quoted('trial.' + name)}" for name in target.compare]
    return ", ".join([*keys, "_side", "_at", *sides])


def _refused(engine: Engine, number: int, target: Target) -> dict[str, tuple[int, Sequence[Refused]]]:
    """The refused rows of the target by rule: how many, and the first thousand."""
    found: dict[str, tuple[int, Sequence[Refused]]] = {}
    columns = [*target.key, *target.compare]
    rules = engine.rows(f"SELECT _rule, count(*) FROM found_{number} WHERE _rule <> '' GROUP BY _rule ORDER BY _rule")
    cells = [*(f"k{place}" for place in range(len(target.key))),
             *(f"coalesce(a{place}, b{place})" for place in range(len(target.compare)))]
    limit = len(engine.sources) << ORIGIN_BITS
    for rule, count in rules:
        rows = engine.rows(f"SELECT coalesce(_live, _trial) AS _line, {', '.join(cells)} FROM found_{number} "
                           f"WHERE _rule = '{rule}' ORDER BY least(coalesce(_live, _trial), {limit}), ALL LIMIT {KEPT}"
                           .replace(", ALL", "".join(f", {cell}" for cell in cells)))
        said = []
        for line, *values in rows:
            place = int(line) >> ORIGIN_BITS
            is_source = place < len(engine.sources)
            source = engine.sources[place] if is_source else ""
            at = line_of(int(line)) if is_source else None
            row = as_text(dict(zip(columns, values, strict=True)))
            said.append(Refused(target.table, str(rule), "target", source, at, SAID[str(rule)], row))
        found[str(rule)] = (int(count), said)
    return found
