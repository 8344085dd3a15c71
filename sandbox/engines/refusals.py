"""The rows that left: for each item the first thousand, with their line, what was wrong with them, and the row itself."""
# ruff: noqa: S608 – names in SQL are ours or quoted, and values are escaped; nothing a person types is SQL
from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import cast

from sandbox.engines.duckdb import Engine, Tally, shown
from sandbox.engines.relations import ORIGIN_BITS, hit, line_of
from sandbox.engines.unheld import unheld
from sandbox.formula.faults import CellFault
from sandbox.formula.oracle import evaluate, read_cell
from sandbox.formula.tree import Typed, Value
from sandbox.mapping.checked import Aggregate, Join, Lookup, Map, Reconcile, Side, Step

KEPT = 1000
_MISSED = "\0"  # before the name of a lookup: whether it found nothing; no column has such a name
Cells = Mapping[str, Value]


@dataclass(frozen=True)
class Refused:
    """One row that an item met; `source` and `line` are empty for groups."""

    step: str
    item: str
    kind: str
    source: str
    line: int | None
    message: str
    row: str


def samples(engine: Engine, tallies: Sequence[Tally]) -> dict[tuple[str, str, str], list[Refused]]:
    """The first rows of each item by (step, item, kind), in the order of their sources and lines."""
    found: dict[tuple[str, str, str], list[Refused]] = {}
    for _, same in groupby([one for one in tallies if one.count], key=lambda one: (one.step, one.table)):
        group = list(same)
        lines = {tally.number: _lines(engine, tally) for tally in group}
        rows = _rows(engine, group[0], {line for each in lines.values() for line, _ in each})
        for tally in group:
            key = (tally.step, tally.item.name, tally.item.kind)
            found[key] = list(_said(engine, tally, lines[tally.number], rows))[:KEPT]
    return found


def _lines(engine: Engine, tally: Tally) -> list[tuple[int, Cells]]:
    """Lines of the rows that the item met; groups, which have no line, come in the order of their values."""
    limit = len(engine.sources) << ORIGIN_BITS
    if tally.item.kind == "source":
        found = engine.rows(f"SELECT _line FROM {tally.table} WHERE {hit(tally.number)} ORDER BY _line LIMIT {KEPT}")
        return [(int(line), {}) for line, in found]
    columns = ", ".join(f"c{number}" for number in range(len(tally.compiled.schema)))
    found = engine.rows(f"SELECT _line, {columns} FROM {tally.table} WHERE {hit(tally.number)} "
                        f"ORDER BY least(_line, {limit}), {columns} LIMIT {KEPT}")
    return [(int(line), dict(zip(tally.compiled.schema, cells, strict=True))) for line, *cells in found]


def _rows(engine: Engine, tally: Tally, lines: set[int]) -> dict[int, list[Cells]]:
    """What the step saw of those lines before it computed."""
    frame = tally.compiled.frame
    step = step_of(engine, tally)
    if isinstance(step, Aggregate) or (isinstance(step, Reconcile) and tally.item.kind == "field"):
        return {}
    names = {**frame.names, **{_MISSED + name: alias for name, alias in frame.misses.items()}}
    listed = ", ".join(str(line) for line in sorted(lines))
    found: dict[int, list[Cells]] = {}
    extra = ", ".join(dict.fromkeys(names.values()))
    aliases = list(dict.fromkeys(names.values()))
    for line, *cells in engine.rows(f"SELECT _line, {extra} FROM ({frame.sql}) WHERE _line IN ({listed})"):
        by_alias = dict(zip(aliases, cells, strict=True))
        found.setdefault(int(line), []).append({name: by_alias[alias] for name, alias in names.items()})
    return found


def step_of(engine: Engine, tally: Tally) -> Step | None:
    """The step of a tally; None for a source."""
    return engine.mapping.step(tally.step)


def _said(engine: Engine, tally: Tally, lines: Sequence[tuple[int, Cells]],
          rows: Mapping[int, Sequence[Cells]]) -> Iterator[Refused]:
    """Each row with its message; of rows that share a line, those that the item really met."""
    tell = _teller(engine, tally)
    done: set[int] = set()
    for line, computed in lines:
        place = line >> ORIGIN_BITS
        is_source = place < len(engine.sources)
        source, number = (engine.sources[place], line_of(line)) if is_source else ("", None)
        if not rows:
            said = tell(computed) or tally.item.name
            yield Refused(tally.step, tally.item.name, tally.item.kind, source, number, said, as_text(computed))
            continue
        if line in done:
            continue
        done.add(line)
        for cells in sorted(rows[line], key=as_text):
            if (message := tell(cells)) is not None:
                yield Refused(tally.step, tally.item.name, tally.item.kind, source, number, message, as_text(cells))


def as_text(cells: Cells) -> str:
    """A row as JSON text: numbers and dates as texts, names of a join bare where they are."""
    bare = {name: value for name, value in cells.items()
            if not name.startswith(_MISSED) and ("." not in name or name.partition(".")[2] not in cells)}
    return json.dumps({name: value if value is None or isinstance(value, bool) else str(value)
                       for name, value in bare.items()}, ensure_ascii=False)


def _teller(engine: Engine, tally: Tally) -> Callable[[Cells], str | None]:
    """A function that says why the item met a row; None where it did not."""
    step, item = step_of(engine, tally), tally.item
    if item.kind == "source":
        table = engine.inputs[tally.step]
        kind = table.source.schema[item.name]
        return lambda cells: _fault(lambda: read_cell(kind, cast("str | None", cells[item.name]), table.decimal))
    if item.kind == "lookup" and isinstance(step, Map):
        lookup = next(one for one in step.lookups if one.name == item.name)
        return lambda cells: _not_found(lookup, cells)
    if item.kind == "side" and isinstance(step, Reconcile):
        return lambda cells: _side(engine, getattr(step, item.name), cells)
    if item.kind == "check":
        return lambda cells: _check(engine, step, item.name, cells)
    if isinstance(step, Map | Join):
        formula = step.where if item.kind == "where" else next(
            each.formula for each in step.fields if each.name == item.name)
        return lambda cells: _evaluated(engine, formula, cells)
    measure = f"the {step.measures[item.name][0]}" if isinstance(step, Aggregate) else "the sum"
    return lambda cells: f"{measure} is larger than {item.name} can hold"


def _fault(work: Callable[[], Value]) -> str | None:
    try:
        work()
    except CellFault as fault:
        return str(fault)
    return None


def _evaluated(engine: Engine, formula: Typed | None, cells: Cells) -> str | None:
    return None if formula is None else _fault(lambda: evaluate(formula, cells, engine.parameters))


def _not_found(lookup: Lookup, cells: Cells) -> str | None:
    if not cells[_MISSED + lookup.name]:
        return None
    wanted = ", ".join(f"{theirs} = {shown(cells[ours])}" for ours, theirs in lookup.match.items())
    return f"{lookup.within} has no row with {wanted}"


def _side(engine: Engine, side: Side, cells: Cells) -> str | None:
    quantity = cells[side.quantity]
    if side.where is not None:
        try:
            if evaluate(side.where, cells, engine.parameters) is not True:
                return None
        except CellFault as fault:
            return str(fault)
    if not isinstance(quantity, int) or quantity < 0:
        return f"a quantity is a whole number, 0 or more, not {shown(quantity)}"
    empty = [column for column in side.columns if cells[column] is None]
    return f"{empty[0]} holds nothing" if empty else None


def _check(engine: Engine, step: Step | None, name: str, cells: Cells) -> str | None:
    """Whether the check is not held of the row as computed, where the step computes."""
    if isinstance(step, Aggregate):
        return unheld(next(one for one in step.checks if one.name == name), cells, engine.parameters)
    if not isinstance(step, Map | Join):
        return f"the check {name} is not held"
    try:
        values = {each.name: evaluate(each.formula, cells, engine.parameters) for each in step.fields}
    except CellFault:
        return None
    check = next(one for one in step.checks if one.name == name)
    try:
        held = evaluate(check.that, values, engine.parameters) is True
    except CellFault:
        held = False
    return None if held else unheld(check, values, engine.parameters)
