"""Where rows come from: lines travel with rows up to a group; the rows of a group are found by its key, when asked.

Cost: one join of the groups asked for with the rows they were made of, so it grows with the rows behind what changed.
"""
# ruff: noqa: S608 – names in SQL are ours or quoted, and values are escaped; nothing a person types is SQL
from __future__ import annotations

from collections.abc import Iterator

from sandbox.engines.duckdb import Engine
from sandbox.engines.relations import ORIGIN_BITS, line_sql
from sandbox.formula.duckdb import text_literal
from sandbox.mapping.checked import Aggregate, Map, Reconcile, Step

SHOWN = 20


def sources_of(engine: Engine, wanted: str, name: str, shown: int = SHOWN) -> str:
    """A table `name` of (`_t`, `_from`): for each row of the query `wanted` (`_t`, `_line`) its first source rows.

    `_from` are texts such as `usage:14`, each once, in the order of the sources, then by line.
    """
    engine.execute(f"CREATE TABLE {name}_0 AS {wanted}")
    pairs, number = f"{name}_0", 0
    for code, (table, step) in sorted(engine.keyed.items(), reverse=True):
        number += 1
        own = f"(_line >> {ORIGIN_BITS}) = {code}"
        if not engine.rows(f"SELECT 1 FROM {pairs} WHERE {own} LIMIT 1"):
            continue
        parts = [f"SELECT _t, _line FROM {pairs} WHERE NOT ({own})",
                 *(f"SELECT p._t, o._line FROM {pairs} AS p JOIN {table} AS g ON p._line = g._line JOIN {origin} AS o "
                   f"ON {match}" for origin, match in _behind(engine, step))]
        engine.execute(f"CREATE TABLE {name}_{number} AS {' UNION ALL '.join(parts)}")
        pairs = f"{name}_{number}"
    cases = " ".join(f"WHEN {place} THEN {text_literal(source + ':')}" for place, source in enumerate(engine.sources))
    said = f"(CASE x >> {ORIGIN_BITS} {cases} END) || {line_sql('x')}"
    engine.execute(f"CREATE TABLE {name} AS SELECT _t, list_transform(lines, lambda x: {said}) AS _from FROM "
                   f"(SELECT _t, {_first(engine, int(shown))} AS lines FROM {pairs} GROUP BY _t)")
    return name


def _first(engine: Engine, shown: int) -> str:
    """The first lines of a group, each once. Where rows only pass and gather, none can stand twice.

    Not min(_line, 20): it is quicker still, but takes the memory of 20 lines for every group, which does not spill.
    """
    once = all(isinstance(step, Map | Aggregate) for step in engine.mapping.steps)
    return f"list_sort(list({'' if once else 'DISTINCT '}_line))[1:{shown}]"


def _behind(engine: Engine, step: Step) -> Iterator[tuple[str, str]]:
    """What stands after FROM for the rows of a group, and the condition that joins them to the group `g`."""
    if isinstance(step, Aggregate):
        origin = engine.relations[step.origin]
        yield origin.sql, " AND ".join(f"g.c{number} IS NOT DISTINCT FROM o.{origin.column(name)}"
                                       for number, name in enumerate(step.by))
    elif isinstance(step, Reconcile):
        for sql in engine.sides[step.name]:
            yield sql, " AND ".join(f"g.c{number} = o.c{number}" for number in range(len(step.by)))
