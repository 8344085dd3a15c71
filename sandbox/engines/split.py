"""The reconcile step as SQL, by the rule of `reconciliation/quantities.py`: included first, then extra; the rest is over."""
# ruff: noqa: S608 – names in SQL are ours or quoted, and values are escaped; nothing a person types is SQL
from __future__ import annotations

from collections.abc import Mapping

from sandbox.engines.compiling import Tests, Value, Writing, formula, shaped
from sandbox.engines.relations import Compiled, Frame, Item, Relation, bits
from sandbox.formula.duckdb import Sql
from sandbox.formula.types import INT
from sandbox.mapping.checked import Reconcile, Side
from sandbox.reconciliation.reasons import EQUAL, NOT_IN_CONTRACT, OVER, UNUSED

SIDES = ("included", "extra", "used")
_SUMS = {"included": "i", "extra": "e", "used": "u"}
# i, e, u and x (entitled) have 64 bits, or are nothing where the sum does not fit; none is below 0.
_NUMBERS = {
    "included": "i", "extra": "e", "entitled": "x", "used": "u", "included_used": "least(u, i)",
    "extra_used": "least(u - least(u, i), e)", "over": "greatest(u - x, 0)", "unused": "greatest(x - u, 0)",
}
_TOO_LARGE = {"included": "i IS NULL", "extra": "e IS NULL", "used": "u IS NULL",
              "entitled": "(i IS NOT NULL AND e IS NOT NULL AND x IS NULL)"}


def side(step: Reconcile, name: str, relations: Mapping[str, Relation], writing: Writing) -> Compiled:
    """One side: its `by` columns as c0 …, its quantity last. A failing condition, a quantity that is nothing or below
    0, or nothing in a key refuses the row, once."""
    part: Side = getattr(step, name)
    origin = relations[part.origin]
    names = {column: f"c{number}" for number, column in enumerate(origin.schema)}
    keys = [names[column] for column in part.columns]
    quantity = names[part.quantity]
    refusing = [f"coalesce({quantity} < 0, TRUE)", *(f"{key} IS NULL" for key in keys)]
    sql = f"SELECT * FROM {origin.sql} AS o"
    if part.where:
        where = formula(part.where, names, writing)
        sql += f" WHERE {where.failed} OR coalesce({where.value}, FALSE)"
        refusing.insert(0, where.failed)
    columns = [*(f"{key} AS c{number}" for number, key in enumerate(keys)), f"{quantity} AS c{len(keys)}"]
    items = (Item(name, "side", "error"),)
    shown = (f"SELECT _line, _fake, {', '.join(columns)}, {bits(items, {0: ' OR '.join(refusing)}, 0)} AS _m0 "
             f"FROM ({sql})")
    schema = {**{by: origin.schema[column] for by, column in zip(step.by, part.columns, strict=True)},
              part.quantity: origin.schema[part.quantity]}
    return Compiled(step.name, schema, shown, items, Frame(f"SELECT * FROM {origin.sql}", names, dict(origin.schema)))


def reconcile_step(step: Reconcile, sides: Mapping[str, str], schema: Mapping[str, Relation],
                   writing: Writing) -> Compiled:
    """All sides together, one row a key. `sides` are what stands after FROM for each, good rows only."""
    keys = [f"c{number}" for number in range(len(step.by))]
    parts = [_part(name, sides[name], keys) for name in SIDES]
    sums = ", ".join(f"coalesce(sum({writing.wide(each, INT)}), 0) AS s{each}" for each in _SUMS.values())
    fitted = ", ".join(f"TRY_CAST(s{each} AS BIGINT) AS {each}" for each in _SUMS.values())
    sql = (f"SELECT *, {fitted}, TRY_CAST(si + se AS BIGINT) AS x FROM (SELECT 0::BIGINT AS _line, "
           f"bit_or(_fake) AS _fake, bool_or(covered) AS covered, {', '.join(keys)}, {sums} "
           f"FROM ({' UNION ALL '.join(parts)}) GROUP BY {', '.join(keys)})")
    used = schema[step.used.origin].schema
    values: list[Value] = [(by, used[column], Sql(key, "FALSE"))
                           for by, column, key in zip(step.by, step.used.columns, keys, strict=True)]
    for name, said in _NUMBERS.items():
        # What else there is, is part of one of these.
        failed = _TOO_LARGE.get(name, "FALSE")
        values.append((name, INT, Sql(said, failed)))
    verdict = (f"CASE WHEN u > x AND NOT covered THEN '{NOT_IN_CONTRACT}' WHEN u > x THEN '{OVER}' "
               f"WHEN u < x THEN '{UNUSED}' ELSE '{EQUAL}' END")
    values.append(("verdict", step.schema["verdict"], Sql(verdict, "FALSE")))
    names = {by: key for by, key in zip(step.by, keys, strict=True)}
    frame = Frame(sql, names, {name: type_ for name, type_, _ in values if name in names})
    return shaped(step.name, frame, Tests(), values, (), writing)


def _part(name: str, sql: str, keys: list[str]) -> str:
    quantity = f"c{len(keys)}"
    numbers = ", ".join(f"{quantity if each == name else 'NULL::BIGINT'} AS {alias}" for each, alias in _SUMS.items())
    covered = "FALSE" if name == "used" else "TRUE"
    return f"SELECT {', '.join(keys)}, _fake, {covered} AS covered, {numbers} FROM {sql}"

