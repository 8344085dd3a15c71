"""The check of each kind of step: its names, its columns and its formulas."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sandbox.formula.types import BOOL, INT, TEXT, Kind, Type, type_named
from sandbox.mapping.checked import (
    Aggregate,
    Join,
    Lookup,
    Map,
    Reconcile,
    Schema,
    Side,
    Step,
    Union,
    join_columns,
)
from sandbox.mapping.model import (
    AggregateStep,
    FieldSpec,
    JoinStep,
    LookupSpec,
    MapStep,
    Measure,
    Quantity,
    ReconcileStep,
    UnionStep,
)
from sandbox.mapping.model import (
    Step as StepSpec,
)
from sandbox.mapping.scope import Scope
from sandbox.mapping.tree import Path

RECONCILED = ("included", "extra", "entitled", "used", "included_used", "extra_used", "over", "unused")
_SIDES: tuple[Literal["used", "included", "extra"], ...] = ("used", "included", "extra")


def checked_step(scope: Scope, path: Path, spec: StepSpec) -> Step | None:
    """The step as engines run it; None, with faults noted, where its columns cannot be known."""
    if isinstance(spec, MapStep):
        return _map(scope, path, spec)
    if isinstance(spec, JoinStep):
        return _join(scope, path, spec)
    if isinstance(spec, AggregateStep):
        return _aggregate(scope, path, spec)
    if isinstance(spec, UnionStep):
        return _union(scope, path, spec)
    return _reconcile(scope, path, spec)


def declared(name: str) -> Type:
    """The type of that written name, which the model has let through."""
    found = type_named(name)
    assert found is not None, name  # noqa: S101 – the model's pattern holds the same names
    return found


def _types(fields: Mapping[str, FieldSpec]) -> Schema:
    return {name: declared(field.type) for name, field in fields.items()}


def _map(scope: Scope, path: Path, spec: MapStep) -> Map:
    origin, schema = scope.relation((*path, "from"), spec.from_), _types(spec.fields)
    columns: dict[str, Type] | None = None if origin is None else dict(origin)
    lookups: list[Lookup] = []
    is_whole = True
    for number, lookup in enumerate(spec.lookups):
        taken = _lookup(scope, (*path, "lookups", number), lookup, spec.from_, origin, columns or {})
        is_whole = is_whole and taken is not None
        if columns is not None and taken is not None:
            columns |= taken
        before = sum(one.within == lookup.in_ for one in lookups)
        name = lookup.in_ if not before else f"{lookup.in_}-{before + 1}"
        lookups.append(Lookup(lookup.in_, lookup.match, tuple(lookup.take), lookup.required, name))
    seen = columns if is_whole else None
    where = scope.formula((*path, "where"), spec.where, seen, BOOL) if spec.where else None
    fields = scope.fields(path, spec.fields, seen, schema)
    checks = scope.checks(path, spec.checks, schema, BOOL)
    return Map(spec.map, spec.from_, tuple(lookups), where, fields, checks, schema)


def _lookup(scope: Scope, path: Path, spec: LookupSpec, step_from: str, origin: Schema | None,
            at_hand: Schema) -> Schema | None:
    """The columns that the lookup takes, with their types; None where not all of them are known."""
    within = scope.relation((*path, "in"), spec.in_)
    _matched(scope, (*path, "match"), (step_from, origin), (spec.in_, within), spec.match)
    taken: dict[str, Type] = {}
    present = {name.lower() for name in at_hand}
    for number, column in enumerate(spec.take):
        at = (*path, "take", number)
        found = scope.column(at, spec.in_, within, column)
        if column.lower() in present:
            scope.fault(at, f"there is a column {column} here already; rename one of them in a map step before this one")
        elif found is not None:
            taken[column] = found
        present.add(column.lower())
    return None if within is None or len(taken) < len(spec.take) else taken


def _matched(scope: Scope, path: Path, one: tuple[str, Schema | None], other: tuple[str, Schema | None],
             match: Mapping[str, str]) -> None:
    """Both columns of each matched pair exist and have one type."""
    for mine, theirs in match.items():
        first = scope.column((*path, mine), one[0], one[1], mine)
        second = scope.column((*path, mine), other[0], other[1], theirs)
        if first and second and first != second:
            scope.fault((*path, mine), f"{one[0]}.{mine} is {first} and {other[0]}.{theirs} is {second}; they never match",
                        expected="two columns of one type")


def _join(scope: Scope, path: Path, spec: JoinStep) -> Join:
    left, right = scope.relation((*path, "left"), spec.left), scope.relation((*path, "right"), spec.right)
    schema = _types(spec.fields)
    if spec.left == spec.right:
        scope.fault((*path, "right"), f"both sides are {spec.left}; put a map step between, so that each has its name")
    _matched(scope, (*path, "match"), (spec.left, left), (spec.right, right), spec.match)
    columns, clashes = None, {}
    if left is not None and right is not None and spec.left != spec.right:
        sides = {"left": left, "right": right}
        named = join_columns(spec.left, left, spec.right, right, spec.match)
        columns = {name: sides[side][column] for name, (side, column) in named.items()}
        clashes = {name: f"{spec.left}.{name} or {spec.right}.{name}" for name in left if name not in columns}
    where = scope.formula((*path, "where"), spec.where, columns, BOOL, clashes) if spec.where else None
    fields = scope.fields(path, spec.fields, columns, schema, clashes)
    checks = scope.checks(path, spec.checks, schema, BOOL)
    return Join(spec.join, spec.left, spec.right, spec.match, spec.keep, where, fields, checks, schema)


def _aggregate(scope: Scope, path: Path, spec: AggregateStep) -> Aggregate | None:
    origin = scope.relation((*path, "from"), spec.from_)
    scope.once((*path, "by"), spec.by, "by")
    schema: dict[str, Type] = {}
    for number, column in enumerate(spec.by):
        found = scope.column((*path, "by", number), spec.from_, origin, column)
        if found is not None:
            schema[column] = found
    measures: dict[str, tuple[str, str]] = {}
    for name, measure in spec.measures.items():
        at = (*path, "measures", name)
        if name in [column.lower() for column in spec.by]:
            scope.fault(at, f"the measure {name} has the name of a column of by; give it another name")
        found = _measure(scope, at, spec.from_, origin, measure, measures)
        if found is not None:
            schema.setdefault(name, found)
    is_whole = len(schema) == len({*spec.by, *spec.measures})
    checks = scope.checks(path, spec.checks, schema if is_whole else None, BOOL)
    return Aggregate(spec.aggregate, spec.from_, tuple(spec.by), measures, checks, schema) if is_whole else None


def _measure(scope: Scope, path: Path, of: str, origin: Schema | None, measure: Measure,
             measures: dict[str, tuple[str, str]]) -> Type | None:
    """The type of the measure, which is entered in `measures`."""
    written = {kind: column for kind in ("sum", "min", "max", "count") if (column := getattr(measure, kind)) is not None}
    if len(written) != 1:
        scope.fault(path, f"the measure names {len(written)} of sum, min, max and count", expected="exactly one of them")
        return None
    [(kind, column)] = written.items()
    measures[str(path[-1])] = (kind, column)
    if kind == "count" and column == "rows" and "rows" not in (origin or {}):
        measures[str(path[-1])] = (kind, "")
        return INT
    found = scope.column(path, of, origin, column)
    if found is None or kind == "count":
        return found and INT
    if kind == "sum" and found.kind not in (Kind.INT, Kind.DECIMAL):
        scope.fault(path, f"{column} is {found}; only numbers are added up", expected="a column of type int or decimal")
    if kind != "sum" and found.kind is Kind.BOOL:
        scope.fault(path, f"{column} is bool; true and false have no order", expected="text, int, decimal or date")
    return found


def _union(scope: Scope, path: Path, spec: UnionStep) -> Union | None:
    parts = [scope.relation((*path, "of", number), name) for number, name in enumerate(spec.of)]
    first = parts[0]
    for number, (name, part) in enumerate(zip(spec.of, parts, strict=True)):
        if name in spec.of[:number]:
            scope.fault((*path, "of", number), f"{name} stands twice in of; its rows would be there twice")
        elif first is not None and part is not None and dict(part) != dict(first):
            scope.fault((*path, "of", number), f"{name} and {spec.of[0]} differ: {_differing(name, part, spec.of[0], first)}",
                        expected="the same columns of the same types")
    return None if first is None else Union(spec.union, tuple(spec.of), first)


def _differing(name: str, part: Schema, first_name: str, first: Schema) -> str:
    said = [f"{name} has no {column}" for column in first if column not in part]
    said += [f"{first_name} has no {column}" for column in part if column not in first]
    said += [f"{column} is {part[column]} in {name} and {first[column]} in {first_name}"
             for column in first if column in part and part[column] != first[column]]
    return ", ".join(said)


def _reconcile(scope: Scope, path: Path, spec: ReconcileStep) -> Reconcile | None:
    scope.once((*path, "by"), spec.by, "by")
    for number, name in enumerate(spec.by):
        if name.lower() in (*RECONCILED, "verdict"):
            scope.fault((*path, "by", number), f"a reconciliation gives a column {name} itself; rename this one before")
    sides = {side: _side(scope, (*path, side), getattr(spec, side), spec.by) for side in _SIDES}
    keys = [kinds for _, kinds in sides.values() if kinds is not None]
    schema: dict[str, Type] = {}
    for number, name in enumerate(spec.by):
        kinds = [kind[number] for kind in keys]
        if len(set(kinds)) > 1:
            said = ", ".join(f"{kinds[number]} in {side}" for side, (_, kinds) in sides.items() if kinds)
            scope.fault((*path, "by", number), f"{name} is not of one type: {said}", expected="one type on every side")
        elif kinds:
            schema[name] = kinds[0]
    if len(schema) < len(spec.by):
        return None
    schema |= dict.fromkeys(RECONCILED, INT) | {"verdict": TEXT}
    return Reconcile(spec.reconcile, sides["used"][0], sides["included"][0], sides["extra"][0], tuple(spec.by), schema)


def _side(scope: Scope, path: Path, spec: Quantity, by: list[str]) -> tuple[Side, list[Type] | None]:
    """The side, and the types of its columns for `by` where all are known."""
    origin = scope.relation((*path, "from"), spec.from_)
    columns = (*by[:-1], spec.service or by[-1])
    types = [scope.column((*path, "service") if spec.service and column == columns[-1] else path,
                          spec.from_, origin, column) for column in columns]
    quantity = scope.column((*path, "quantity"), spec.from_, origin, spec.quantity)
    if quantity is not None and quantity != INT:
        scope.fault((*path, "quantity"), f"{spec.quantity} is {quantity}; quantities are whole numbers",
                    expected="a column of type int")
    where = scope.formula((*path, "where"), spec.where, origin, BOOL) if spec.where else None
    known = [one for one in types if one is not None]
    return Side(spec.from_, spec.quantity, where, columns), known if len(known) == len(by) else None
