"""Staged rows against live ones: keys that are empty or stand twice refused, then one full join; what differs is kept."""
# ruff: noqa: S608 – names in SQL are ours or quoted, and values are escaped; nothing a person types is SQL
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.engines.duckdb import Engine
from sandbox.engines.lineage import sources_of
from sandbox.engines.refusals import KEPT, Refused, as_text
from sandbox.engines.relations import ORIGIN_BITS, Relation, line_of, line_sql
from sandbox.formula.duckdb import quoted, text_literal
from sandbox.formula.types import Kind
from sandbox.mapping.checked import Target, why_of

COUNTED = ("create", "update", "withdraw", "unchanged", "refused", "flagged")
SAID = {
    "key-empty": "a column of the key holds nothing", "key-twice": "the key stands twice in the staged rows",
    "live-key-empty": "a column of the key holds nothing in the live table",
    "live-key-twice": "the key stands twice in the live table",
}


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
    _join(engine, number, target, sides.rules)
    counts, rows = _counts(engine, number, target, sides.rules)
    _explain(engine, number, target, masked)
    by_field = {str(name): int(count) for name, count in engine.rows(
        f"SELECT x, count(*) FROM (SELECT unnest(_changed) AS x FROM found_{number}) GROUP BY x")}
    ordered = {name: by_field.get(name, 0) for name in target.compare}
    return Compared(target, f"staged_{number}", f"live_{number}", f"diff_{number}", counts, ordered, rows,
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
    found = {}
    for name, sql, is_unique in (("staged", staged, bool(unique) and unique <= set(target.key)), ("live", live, False)):
        twice = f"twice_{name}_{number}"
        wanted = (f"SELECT {listed} FROM ({sql}) WHERE NOT ({empty}) "
                  f"GROUP BY {listed} HAVING count(*) > 1")
        engine.execute(f"CREATE TABLE {twice} AS {wanted}{' LIMIT 0' if is_unique else ''}")
        found[name] = bool(engine.rows(f"SELECT 1 FROM {twice} LIMIT 1")
                           or engine.rows(f"SELECT 1 FROM ({sql}) WHERE {empty} LIMIT 1"))
    if not any(found.values()):
        return Sides(staged, live, False)
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


def _join(engine: Engine, number: int, target: Target, has_rules: bool) -> None:
    """One full join; only rows that differ are kept, and with them the refused rows of both sides."""
    keys, values = range(len(target.key)), range(len(target.compare))
    part = " WHERE _rule = ''" if has_rules else ""
    differs = " OR ".join(f"t.v{place} IS DISTINCT FROM l.v{place}" for place in values) or "FALSE"
    on = " AND ".join(f"t.k{place} = l.k{place}" for place in keys)
    kept = "" if target.missing != "keep" else "t._line IS NOT NULL AND "
    alone = {"withdraw": "withdraw", "flag": "flagged", "keep": "unchanged"}[target.missing]
    both = "t._line IS NOT NULL AND l._line IS NOT NULL"
    changed = ", ".join(f"CASE WHEN {both} AND t.v{place} IS DISTINCT FROM l.v{place} THEN {text_literal(name)} END"
                        for place, name in enumerate(target.compare)) or "NULL::VARCHAR"
    columns = [f"coalesce(t.k{place}, l.k{place}) AS k{place}" for place in keys]
    columns += [f"l.v{place} AS b{place}, t.v{place} AS a{place}" for place in values]
    sql = (f"SELECT CASE WHEN l._line IS NULL THEN 'create' WHEN t._line IS NULL THEN '{alone}' ELSE 'update' END "
           f"AS _kind, '' AS _rule, {', '.join(columns)}, "
           f"list_filter([{changed}], lambda x: x IS NOT NULL) AS _changed, t._line AS _trial, l._line AS _live, "
           f"coalesce(t._fake, FALSE) OR coalesce(l._fake, FALSE) AS _fake "
           f"FROM (SELECT * FROM staged_{number}{part}) AS t FULL JOIN (SELECT * FROM live_{number}{part}) AS l ON {on} "
           f"WHERE {kept}(l._line IS NULL OR t._line IS NULL OR {differs})")
    for name, own, other in (("staged", "a", "b"), ("live", "b", "a")) if has_rules else ():
        theirs = [f"k{place}" for place in keys]
        theirs += [f"v{place} AS {own}{place}, NULL AS {other}{place}" for place in values]
        lines = "_line AS _trial, NULL AS _live" if name == "staged" else "NULL AS _trial, _line AS _live"
        sql += (f" UNION ALL BY NAME SELECT 'refused' AS _kind, _rule, {', '.join(theirs)}, []::VARCHAR[] AS _changed, "
                f"{lines}, _fake FROM {name}_{number} WHERE _rule NOT IN ('', 'left out')")
    engine.execute(f"CREATE TABLE found_{number} AS {sql}")


def _counts(engine: Engine, number: int, target: Target, has_rules: bool) -> tuple[dict[str, int], dict[str, int]]:
    part = " WHERE _rule = ''" if has_rules else ""
    rows = {name: int(engine.rows(f"SELECT count(*) FROM {name}_{number}{part}")[0][0] or 0)
            for name in ("staged", "live")}
    found = {str(kind): int(count) for kind, count in engine.rows(
        f"SELECT _kind, count(*) FROM found_{number} GROUP BY _kind")}
    counts = {kind: found.get(kind, 0) for kind in COUNTED}
    both = rows["staged"] - counts["create"]
    kept = rows["live"] - both if target.missing == "keep" else 0
    counts["unchanged"] = both - counts["update"] + kept
    return counts, rows


def _explain(engine: Engine, number: int, target: Target, masked: bool) -> None:
    """The final difference: names of the file's columns, the reason of each row, and the rows it comes from."""
    reasons = _reasons(engine, number, target)
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
    whys = "CASE WHEN d._kind = 'refused' THEN d._rule ELSE coalesce(w.why, '') END"
    engine.execute(
        f"CREATE VIEW diff_{number} AS SELECT d._kind, {', '.join(columns)}, d._changed, {whys} AS _why, "
        f"{said} AS _from, d._fake, {str(masked).upper()} AS _masked, "
        f"CASE WHEN d._live IS NULL THEN 1 ELSE 0 END AS _side, {at} AS _at "
        f"FROM found_{number} AS d {joined} LEFT JOIN {reasons} AS w ON w.kind = d._kind AND w.changed = d._changed")


def _reasons(engine: Engine, number: int, target: Target) -> str:
    """A table of the reason for each kind and set of changed columns."""
    found = engine.rows(f"SELECT DISTINCT _kind, _changed FROM found_{number} WHERE _kind IN ('create', 'update')")
    whys = []
    for kind, changed in found:
        columns: Any = [*target.key, *target.compare] if kind == "create" else changed
        whys.append(why_of(engine.mapping, target, columns))
    engine.execute(f"CREATE TABLE reasons_{number} (kind VARCHAR, changed VARCHAR[], why VARCHAR)")
    if found:
        engine.connection.execute(
            f"INSERT INTO reasons_{number} SELECT unnest($1::VARCHAR[]), unnest($2::VARCHAR[][]), unnest($3::VARCHAR[])",
            [[kind for kind, _ in found], [changed for _, changed in found], whys])
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
