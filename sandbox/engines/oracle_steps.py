"""Each kind of step in plain Python, as docs/formats/mapping.md says it; slow, and meant to be read."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from sandbox.engines.oracle_rows import Book, Row
from sandbox.engines.unheld import unheld
from sandbox.errors import InputRefused
from sandbox.formula.faults import CellFault
from sandbox.formula.oracle import evaluate
from sandbox.formula.tree import Typed, Value
from sandbox.formula.types import Kind
from sandbox.mapping.check_steps import RECONCILED
from sandbox.mapping.checked import (
    Aggregate,
    Check,
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

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
DECIMAL_DIGITS = 18
Key = tuple[Value, ...]


def rows_of(book: Book, step: Step) -> list[Row]:
    """The rows of one step, from the relations that the book holds."""
    if isinstance(step, Map):
        return _map(book, step)
    if isinstance(step, Join):
        return _join(book, step)
    if isinstance(step, Aggregate):
        return _aggregate(book, step)
    if isinstance(step, Union):
        return [row for name in step.of for row in book.relations[name]]
    return _reconcile(book, step)


def _key(row: Row, columns: Sequence[str]) -> Key:
    return tuple(row.values[column] for column in columns)


def _map(book: Book, step: Map) -> list[Row]:
    rows = book.relations[step.origin]
    indexes = [_index(book, step, lookup) for lookup in step.lookups]
    counts = [[0, 0] for _ in step.lookups]
    seen = []
    for row in rows:
        values, fake, edited, missing = dict(row.values), row.fake, row.edited, False
        for lookup, index, count in zip(step.lookups, indexes, counts, strict=True):
            key = _key(row, list(lookup.match))
            found = index.get(key)
            count[found is None] += 1
            fake = fake or (found is not None and found.fake)
            edited = edited or (found is not None and found.edited)
            values |= {column: found.values[column] if found else None for column in lookup.take}
            if found is None and lookup.required:
                missing = True
                wanted = ", ".join(f"{theirs} = {_shown(value)}"
                                   for theirs, value in zip(lookup.match.values(), key, strict=True))
                book.refuse(step.name, lookup.name, "lookup", row.line, f"{lookup.within} has no row with {wanted}")
        if not missing:
            seen.append(replace(row, values=values, fake=fake, edited=edited))
    for lookup, (found_count, not_found) in zip(step.lookups, counts, strict=True):
        book.matched[f"{step.name}.{lookup.name}"] = (found_count, not_found)
    return _computed(book, step, seen)


def _index(book: Book, step: Map, lookup: Lookup) -> dict[Key, Row]:
    """The rows of the other relation by key; one that holds nothing is never found, one that stands twice stops."""
    index: dict[Key, Row] = {}
    for row in book.relations[lookup.within]:
        key = _key(row, list(lookup.match.values()))
        if None in key:
            continue
        if key in index:
            at = [f"line {one.line[1]}" for one in (index[key], row) if one.line]
            said = ", ".join(_shown(value) for value in key)
            raise InputRefused(f"step {step.name}, lookup {lookup.name}: {said} stands twice in {lookup.within}"
                               + (f", {' and '.join(at)}" if at else ""))
        index[key] = row
    return index


def _shown(value: Value) -> str:
    return "nothing" if value is None else repr(value) if isinstance(value, str) else str(value)


def _join(book: Book, step: Join) -> list[Row]:
    left, right = book.relations[step.left], book.relations[step.right]
    schemas = {"left": book.mapping.schema(step.left), "right": book.mapping.schema(step.right)}
    names = join_columns(step.left, schemas["left"], step.right, schemas["right"], step.match)
    by_key: dict[Key, list[Row]] = {}
    for row in right:
        by_key.setdefault(_key(row, list(step.match.values())), []).append(row)
    empty = Row(dict.fromkeys(schemas["right"]), ())
    pairs = []
    for row in left:
        key = _key(row, list(step.match))
        found = [] if None in key else by_key.get(key, [])
        for other in found or ([empty] if step.keep == "left" else []):
            sides = {"left": row, "right": other}
            values = {name: sides[side].values[column] for name, (side, column) in names.items()}
            pairs.append(Row(values, row.origins, row.fake or other.fake, row.line,
                             row.edited or other.edited))
    return _computed(book, step, pairs)


def _computed(book: Book, step: Map | Join, rows: list[Row]) -> list[Row]:
    """`where`, then the fields, then the checks."""
    kept = [row for row in rows if step.where is None or _holds(book, step.name, "where", "where", step.where, row)]
    done = []
    for row in kept:
        values: dict[str, Value] = {}
        for field in step.fields:
            try:
                values[field.name] = evaluate(field.formula, row.values, book.parameters)
            except CellFault as fault:
                book.refuse(step.name, field.name, "field", row.line, str(fault))
        if len(values) == len(step.fields):
            done.append(replace(row, values=values))
    return _checked(book, step.name, step.checks, done)


def _holds(book: Book, step: str, item: str, kind: str, formula: Typed, row: Row) -> bool:
    """Whether the formula is true of the row; a failure refuses the row."""
    try:
        return evaluate(formula, row.values, book.parameters) is True
    except CellFault as fault:
        book.refuse(step, item, kind, row.line, str(fault))
        return False


def _checked(book: Book, step: str, checks: Sequence[Check], rows: list[Row]) -> list[Row]:
    kept = []
    for row in rows:
        broken = [check for check in checks if not _is_held(book, check, row)]
        for check in broken:
            if check.level == "error":
                book.refuse(step, check.name, "check", row.line, unheld(check, row.values, book.parameters))
            else:
                book.warned[step, check.name] += 1
        if all(check.level == "warning" for check in broken):
            kept.append(row)
    return kept


def _is_held(book: Book, check: Check, row: Row) -> bool:
    try:
        return evaluate(check.that, row.values, book.parameters) is True
    except CellFault:
        return False


def _aggregate(book: Book, step: Aggregate) -> list[Row]:
    groups: dict[Key, list[Row]] = {}
    for row in book.relations[step.origin]:
        groups.setdefault(_key(row, step.by), []).append(row)
    done = []
    for key, rows in groups.items():
        values = dict(zip(step.by, key, strict=True))
        values |= {name: _measure(kind, column, rows) for name, (kind, column) in step.measures.items()}
        wide = [name for name in step.measures if not _fits(values[name], step.schema, name)]
        for name in wide:
            book.refuse(step.name, name, "field", None, f"the {step.measures[name][0]} is larger than {name} can hold")
        if not wide:
            done.append(_group(book, values, rows))
    return _checked(book, step.name, step.checks, done)


def _measure(kind: str, column: str, rows: list[Row]) -> Value:
    if kind == "count":
        return len([row for row in rows if not column or row.values[column] is not None])
    given = [value for row in rows if (value := row.values[column]) is not None]
    if not given:
        return None
    if kind == "sum":
        # Integers and exact decimals of one scale: adding never rounds, as Decimal's own + would past 28 digits.
        return _sum(given)
    return min(given) if kind == "min" else max(given)


def _sum(given: Sequence[Value]) -> int | Decimal:
    if isinstance(given[0], Decimal):
        scale = max(-int(value.as_tuple().exponent) for value in given if isinstance(value, Decimal))
        units = sum(int(value.scaleb(scale)) for value in given if isinstance(value, Decimal))
        return Decimal((int(units < 0), tuple(int(digit) for digit in str(abs(units))), -scale))
    return sum(value for value in given if isinstance(value, int))


def _fits(value: Value, schema: Schema, name: str) -> bool:
    if isinstance(value, Decimal):
        return bool(abs(value.scaleb(schema[name].scale)) < 10**DECIMAL_DIGITS)
    return schema[name].kind is not Kind.INT or not isinstance(value, int) or INT_MIN <= value <= INT_MAX


def _group(book: Book, values: Mapping[str, Value], rows: list[Row]) -> Row:
    return Row(values, book.merged(rows), any(row.fake for row in rows),
               edited=any(row.edited for row in rows))


def _reconcile(book: Book, step: Reconcile) -> list[Row]:
    sides = {name: _side(book, step.name, name, getattr(step, name)) for name in ("included", "extra", "used")}
    keys = dict.fromkeys(key for groups in sides.values() for key in groups)
    done = []
    for key in keys:
        amounts = {name: sum(amount for _, amount in groups.get(key, [])) for name, groups in sides.items()}
        amounts["entitled"] = amounts["included"] + amounts["extra"]
        wide = [name for name in ("included", "extra", "used") if amounts[name] > INT_MAX]
        if amounts["entitled"] > INT_MAX and not {"included", "extra"}.intersection(wide):
            wide.append("entitled")
        for name in wide:
            book.refuse(step.name, name, "field", None, f"the sum is larger than {name} can hold")
        if not wide:
            in_contract = key in sides["included"] or key in sides["extra"]
            values = dict(zip(step.by, key, strict=True)) | _split(amounts, in_contract=in_contract)
            done.append(_group(book, values, [row for side in sides.values() for row, _ in side.get(key, [])]))
    return done


def _side(book: Book, step: str, name: str, side: Side) -> dict[Key, list[tuple[Row, int]]]:
    """The rows of one side with their quantities, by key."""
    groups: dict[Key, list[tuple[Row, int]]] = {}
    for row in book.relations[side.origin]:
        if side.where is not None and not _holds(book, step, name, "side", side.where, row):
            continue
        key, quantity = _key(row, side.columns), row.values[side.quantity]
        if not isinstance(quantity, int) or quantity < 0:
            book.refuse(step, name, "side", row.line, f"a quantity is a whole number, 0 or more, not {_shown(quantity)}")
        elif None in key:
            book.refuse(step, name, "side", row.line, f"{side.columns[key.index(None)]} holds nothing")
        else:
            groups.setdefault(key, []).append((row, quantity))
    return groups


def _split(amounts: Mapping[str, int], *, in_contract: bool) -> dict[str, Value]:
    """Use consumes the included units first, then the extra ones; what is left is over."""
    used, included, extra = amounts["used"], amounts["included"], amounts["extra"]
    included_used = min(used, included)
    extra_used = min(used - included_used, extra)
    over, unused = used - included_used - extra_used, included + extra - included_used - extra_used
    verdict = ("over" if in_contract else "not_in_contract") if over else "unused" if unused else "equal"
    found = {**amounts, "included_used": included_used, "extra_used": extra_used, "over": over, "unused": unused}
    return {name: found[name] for name in RECONCILED} | {"verdict": verdict}


def masked_columns(book: Book, step: Step) -> frozenset[str]:
    """The columns of a step that are made of masked ones, or of rows that masked ones chose or grouped."""
    masked = book.masked
    if isinstance(step, Union):
        return frozenset().union(*(masked[name] for name in step.of))
    if isinstance(step, Aggregate):
        by = masked[step.origin] & set(step.by)
        return by | frozenset(step.measures if by else (
            name for name, (_, column) in step.measures.items() if column in masked[step.origin]))
    if isinstance(step, Reconcile):
        sides = (step.used, step.included, step.extra)
        by = frozenset(name for side in sides for name, column in zip(step.by, side.columns, strict=True)
                       if column in masked[side.origin])
        read = any({side.quantity, *(side.where.columns if side.where else ())} & masked[side.origin] for side in sides)
        return by | (frozenset({*RECONCILED, "verdict"}) if by or read else frozenset())
    seen = _masked_names(book, step)
    if isinstance(step, Join) and (masked[step.left] & set(step.match) or masked[step.right] & set(step.match.values())):
        return frozenset(step.schema)
    if step.where is not None and step.where.columns & seen:
        return frozenset(step.schema)
    return frozenset(field.name for field in step.fields if field.formula.columns & seen)


def _masked_names(book: Book, step: Map | Join) -> frozenset[str]:
    """What the formulas of a step see masked: a lookup by a masked column makes all that it takes masked."""
    masked = book.masked
    if isinstance(step, Map):
        seen = set(masked[step.origin])
        for one in step.lookups:
            by = masked[step.origin] & set(one.match) or masked[one.within] & set(one.match.values())
            seen |= set(one.take) if by else masked[one.within] & set(one.take)
        return frozenset(seen)
    of = {"left": step.left, "right": step.right}
    names = join_columns(step.left, book.mapping.schema(step.left), step.right, book.mapping.schema(step.right), step.match)
    return frozenset(name for name, (side, column) in names.items() if column in masked[of[side]])
