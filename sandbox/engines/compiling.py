"""Map, join and aggregate steps as SQL: names quoted by number, values computed once, failures as bits of the row."""
# ruff: noqa: S608 – names in SQL are ours or quoted, and values are escaped; nothing a person types is SQL
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.engines.relations import Compiled, Frame, Item, Relation, bits, clear, masks
from sandbox.formula.duckdb import Sql, sql_type
from sandbox.formula.tree import Typed
from sandbox.formula.types import Kind, Type
from sandbox.mapping.checked import Aggregate, Check, ComputedField, Join, Lookup, Map, Schema, join_columns

Value = tuple[str, Type, Sql]


@dataclass(frozen=True)
class Writing:
    """What engines write differently: formulas, parameters, and a number (by its column and type) wide enough to be summed."""

    compiled: Callable[[Typed, Callable[[str], str], Callable[[str], str]], Sql]
    parameter: Callable[[str], str]
    wide: Callable[[str, Type], str] = lambda column, type_: column


@dataclass(frozen=True)
class Tests:
    """What is asked of a row before its fields count: cells that do not convert, lookups that found nothing, the condition.

    `unread` are items of a source that the same query types; their bits stand in the column `_s` of the frame.
    """

    lookups: tuple[tuple[Item, str], ...] = ()
    where: Typed | None = None
    unread: tuple[Item, ...] = ()


def formula(typed: Typed, names: Mapping[str, str], writing: Writing) -> Sql:
    """A formula over the aliases of a frame."""
    return writing.compiled(typed, lambda name: names[name], writing.parameter)


def shaped(step: str, frame: Frame, tests: Tests, values: Sequence[Value], checks: Sequence[Check],
           writing: Writing) -> Compiled:
    """A step's SQL. The order: lookups, then where, then fields, then checks; a row stops at the first that refuses."""
    items = [*tests.unread, *(item for item, _ in tests.lookups)]
    stage = {"lookups": dict(enumerate((condition for _, condition in tests.lookups), len(tests.unread)))}
    where = formula(tests.where, frame.names, writing) if tests.where else None
    # What can fail stands in an inner query, as a column beside the values: DuckDB then computes what they share once.
    inner = [f"{value.value} AS c{number}" for number, (_, _, value) in enumerate(values)]
    inner += [alias for _, alias in tests.lookups] + (["_s"] if tests.unread else [])
    if where:
        inner += [f"{where.failed} AS xw", f"coalesce({where.value}, FALSE) AS w"]
        where = Sql("w", "FALSE" if where.failed == "FALSE" else "xw")
        stage["where"] = {len(items): where.failed}
        items.append(Item("where", "where", "error"))
        stage["out"] = {len(items): "TRUE"}
        items.append(Item("where", "where", "out"))
    stage["fields"] = {}
    for number, (name, _, value) in enumerate(values):
        if value.failed != "FALSE":
            inner.append(f"{value.failed} AS x{number}")
            stage["fields"][len(items)] = f"x{number}"
            items.append(Item(name, "field", "error"))
    first = len(items)
    items += [Item(check.name, "check", check.level) for check in checks]
    columns = [f"c{number}" for number in range(len(values))]
    columns += [f"{_stages(items, stage, where, column)} AS _m{column}" for column in range(masks(items))]
    sql = (f"SELECT _line, _fake, {', '.join(columns)} FROM (SELECT _line, _fake, {', '.join(inner)} "
           f"FROM ({frame.sql}))")
    schema = {name: type_ for name, type_, _ in values}
    if checks:
        sql = _checked(sql, schema, items, first, checks, writing)
    if where and not any(item.level == "note" for item in items):
        sql = f"SELECT * FROM ({sql}) WHERE {clear(items, ('out',))}"
    return Compiled(step, schema, sql, tuple(items), frame)


def _stages(items: Sequence[Item], stage: Mapping[str, Mapping[int, str]], where: Sql | None, column: int) -> str:
    required = {number: said for number, said in stage["lookups"].items() if items[number].level == "error"}
    noted = {number: said for number, said in stage["lookups"].items() if items[number].level != "error"}
    cases = []
    unread = any(item.kind == "source" for item in items)
    if required:
        cases.append(f"WHEN {' OR '.join(required.values())} THEN {bits(items, required, column)}")
    if where:
        if where.failed != "FALSE":
            cases.append(f"WHEN {where.failed} THEN {bits(items, stage['where'], column)}")
        cases.append(f"WHEN NOT {where.value} THEN {bits(items, stage['out'], column)}")
    rest = bits(items, stage["fields"], column)
    if len(stage["fields"]) > 1:
        # Mostly nothing fails: one test instead of one for each.
        cases.append(f"WHEN NOT ({' OR '.join(stage['fields'].values())}) THEN 0::BIGINT")
    said = f"CASE {' '.join(cases)} ELSE {rest} END" if cases else rest
    said = f"({said}) + {bits(items, noted, column)}" if noted else said
    return f"CASE WHEN _s <> 0 THEN {'_s' if column == 0 else '0::BIGINT'} ELSE {said} END" if unread else said


def _checked(sql: str, schema: Schema, items: Sequence[Item], first: int, checks: Sequence[Check],
             writing: Writing) -> str:
    """Checks see the computed fields, and only rows that nothing has stopped before."""
    names = {name: f"c{number}" for number, name in enumerate(schema)}
    conditions = {}
    for number, check in enumerate(checks, first):
        held = formula(check.that, names, writing)
        failed = "" if held.failed == "FALSE" else f"{held.failed} OR "
        conditions[number] = f"({failed}NOT coalesce({held.value}, FALSE))"
    before = list(items[:first])
    columns = []
    for column in range(masks(items)):
        old = f"_m{column}"
        columns.append(f"{old} + (CASE WHEN {clear(before)} THEN {bits(items, conditions, column)} "
                       f"ELSE 0::BIGINT END) AS {old}")
    kept = ["_line", "_fake", *names.values()]
    return f"SELECT {', '.join([*kept, *columns])} FROM ({sql})"


def map_step(step: Map, relations: Mapping[str, Relation], writing: Writing,
             framed: Callable[[str], str] = lambda sql: sql) -> Compiled:
    """A map: each lookup is a left join on a key that stands once. `framed` may put a table in the place of the joins."""
    origin = relations[step.origin]
    names = {name: f"o{number}" for number, name in enumerate(origin.schema)}
    types = dict(origin.schema)
    columns = [f"o.c{number} AS o{number}" for number in range(len(origin.schema))]
    fake, joins, tests = ["o._fake"] if origin.fake else [], [], []
    if origin.unread:
        columns.append("o._s")
    for number, lookup in enumerate(step.lookups):
        within = relations[lookup.within]
        joins.append(f"LEFT JOIN {within.sql} AS l{number} ON {_matching(origin, lookup, within, number)}")
        columns.append(f"l{number}._line IS NULL AS f{number}")
        fake += [f"coalesce(l{number}._fake, 0)"] if within.fake else []
        for name in lookup.take:
            names[name], types[name] = f"t{number}_{within.column(name)}", within.schema[name]
            columns.append(f"l{number}.{within.column(name)} AS {names[name]}")
        tests.append((Item(lookup.name, "lookup", "error" if lookup.required else "note"), f"f{number}"))
    sql = (f"SELECT o._line AS _line, {' | '.join(fake) or '0'} AS _fake, {', '.join(columns)} "
           f"FROM {origin.sql} AS o {' '.join(joins)}")
    frame = Frame(framed(sql), names, types, {item.name: alias for item, alias in tests})
    unread = origin.unread.items if origin.unread else ()
    return shaped(step.name, frame, Tests(tuple(tests), step.where, unread), _values(step.fields, frame, writing),
                  step.checks, writing)


def _matching(origin: Relation, lookup: Lookup, within: Relation, number: int) -> str:
    return " AND ".join(f"o.{origin.column(ours)} = l{number}.{within.column(theirs)}"
                        for ours, theirs in lookup.match.items())


def _values(fields: Sequence[ComputedField], frame: Frame, writing: Writing) -> list[Value]:
    return [(each.name, each.formula.type, formula(each.formula, frame.names, writing)) for each in fields]


def join_step(step: Join, relations: Mapping[str, Relation], writing: Writing) -> Compiled:
    """A join; a row's line is that of its left side."""
    left, right = relations[step.left], relations[step.right]
    on = " AND ".join(f"o.{left.column(ours)} = p.{right.column(theirs)}" for ours, theirs in step.match.items())
    columns = [f"o.c{number} AS o{number}" for number in range(len(left.schema))]
    columns += [f"p.c{number} AS p{number}" for number in range(len(right.schema))]
    kind = "LEFT JOIN" if step.keep == "left" else "JOIN"
    fake = " | ".join([*(["o._fake"] if left.fake else []), *(["coalesce(p._fake, 0)"] if right.fake else [])])
    sql = (f"SELECT o._line AS _line, {fake or '0'} AS _fake, {', '.join(columns)} "
           f"FROM {left.sql} AS o {kind} {right.sql} AS p ON {on}")
    frame = Frame(sql, *_both_sides(step, left.schema, right.schema))
    return shaped(step.name, frame, Tests(where=step.where), _values(step.fields, frame, writing), step.checks,
                  writing)


def _both_sides(step: Join, left: Schema, right: Schema) -> tuple[dict[str, str], dict[str, Type]]:
    """What formulas may name, as aliases and types."""
    sides = {"left": ("o", left), "right": ("p", right)}
    names, types = {}, {}
    for name, (side, column) in join_columns(step.left, left, step.right, right, step.match).items():
        prefix, schema = sides[side]
        names[name], types[name] = f"{prefix}{list(schema).index(column)}", schema[column]
    return names, types


def aggregate_step(step: Aggregate, relations: Mapping[str, Relation], writing: Writing) -> Compiled:
    """One row a group; a sum that its type does not hold refuses the group."""
    origin = relations[step.origin]
    columns = [f"{origin.column(name)} AS o{number}" for number, name in enumerate(step.by)]
    values: list[Value] = [(name, origin.schema[name], Sql(f"o{number}", "FALSE"))
                           for number, name in enumerate(step.by)]
    names = {name: f"o{number}" for number, name in enumerate(step.by)}
    for number, (name, (kind, column)) in enumerate(step.measures.items()):
        alias = f"s{number}"
        type_, own = step.schema[name], origin.column(column) if column else "*"
        columns.append(f"{kind}({writing.wide(own, type_) if kind == 'sum' else own}) AS {alias}")
        values.append((name, type_, measured(alias, type_) if kind == "sum" else Sql(alias, "FALSE")))
    groups = ", ".join(origin.column(name) for name in step.by)
    fake = "bit_or(_fake)" if origin.fake else "0"
    sql = (f"SELECT 0::BIGINT AS _line, {fake} AS _fake, {', '.join(columns)} "
           f"FROM {origin.sql} AS o GROUP BY {groups}")
    return shaped(step.name, Frame(sql, names, {name: origin.schema[name] for name in step.by}), Tests(), values,
                  step.checks, writing)


def measured(alias: str, type_: Type) -> Sql:
    """A sum in the type declared for it: sums are computed wider than a column holds."""
    if type_.kind is Kind.DECIMAL:
        fits = f"abs({alias}) < {10 ** (18 - type_.scale)}"
    else:
        fits = f"{alias} BETWEEN -9223372036854775808 AND 9223372036854775807"
    return Sql(f"TRY_CAST({alias} AS {sql_type(type_)})", f"NOT coalesce({fits}, TRUE)")
