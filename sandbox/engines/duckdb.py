"""The engine: a checked mapping carried out by DuckDB, step by step, every row that leaves counted exactly."""
# ruff: noqa: S608 – names in SQL are ours or quoted, and values are escaped; nothing a person types is SQL
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from sandbox.engines.compiling import Writing, aggregate_step, join_step, map_step
from sandbox.engines.inputs import Given, has_fakes, source_step
from sandbox.engines.relations import ORIGIN_BITS, Compiled, Item, Relation, clear, counting, line_of
from sandbox.engines.split import SIDES, reconcile_step, side
from sandbox.errors import InputRefused
from sandbox.formula.duckdb import compiled as formula_sql
from sandbox.formula.duckdb import sql_type, text_literal
from sandbox.formula.tree import ColumnRef, Typed, Value
from sandbox.formula.types import Type
from sandbox.mapping.check_steps import RECONCILED
from sandbox.mapping.checked import (
    Aggregate,
    CheckedMapping,
    Join,
    Lookup,
    Map,
    Reconcile,
    Step,
    Union,
    join_columns,
)

Report = Callable[[int, str], None]


@dataclass(frozen=True)
class Tally:
    """How many rows one item met; `table` holds them with their mask where they are looked at again."""

    step: str
    item: Item
    number: int
    count: int
    table: str
    compiled: Compiled


@dataclass
class Engine:
    """One run on one connection. Sources and steps become views and tables r0, r1 …; only those names reach SQL."""

    connection: duckdb.DuckDBPyConnection
    mapping: CheckedMapping
    inputs: Mapping[str, Given]
    parameters: Mapping[str, Value] = field(default_factory=dict)
    report: Report = lambda percent, doing: None
    sample: int = 0  # rows read of each source, where not all are
    beside: Engine | None = None  # of a sample: what lookups and right sides see, whole and not counted
    prefix: str = "r"
    relations: dict[str, Relation] = field(default_factory=dict)
    tallies: list[Tally] = field(default_factory=list)
    coverage: dict[str, tuple[int, int]] = field(default_factory=dict)
    keyed: dict[int, tuple[str, Step]] = field(default_factory=dict)
    sides: dict[str, tuple[str, ...]] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=dict)  # rows that went on, of the steps that were counted
    made: int = 0

    def __post_init__(self) -> None:
        self.fakes = any(has_fakes(one) for one in self.inputs.values())
        self.sources = list(self.mapping.sources)
        self.writing = self._writing()

    def run(self, needed: frozenset[str] | None = None) -> None:
        """All sources, then all steps, or those of them that are needed; progress goes from 10 to 80."""
        for number, name in enumerate(self.sources):
            if needed is None or name in needed:
                self.read(number, name)
        for number, step in enumerate(self.mapping.steps):
            if needed is None or step.name in needed:
                self.report(10 + 70 * number // len(self.mapping.steps), f"step {step.name}")
                self.step(number, step)
        order = [*self.sources, *(step.name for step in self.mapping.steps)]
        self.tallies.sort(key=lambda one: order.index(one.step))
        self.passed = {name: self.passed[name] for name in order if name in self.passed}

    def run_sample(self, name: str, rows: int) -> None:
        """What the relation `name` needs: the first rows of the sources it goes through, lookups and right sides whole."""
        through, whole = needed_for(self.mapping, name)
        self.sample = rows
        self.beside = Engine(self.connection, self.mapping, self.inputs, self.parameters, sample=-1, prefix="w")
        self.beside.run(whole)
        self.run(through)

    def _writing(self) -> Writing:
        return Writing(formula_sql, self.parameter)

    def parameter(self, name: str) -> str:
        """The value of a parameter as a typed SQL constant."""
        return constant(self.mapping.parameters[name], self.parameters[name])

    def execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Our own SQL; a conversion that fails all the same would be a fault of ours and is not swallowed."""
        return self.connection.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The answer of a query."""
        return self.execute(sql).fetchall()

    def read(self, number: int, name: str, among: tuple[str, str] | None = None) -> Relation:
        """A source: typed once where several steps read it, else as it is needed; see `source_step` for `among`."""
        table = self.inputs[name]
        compiled = source_step(number, table, self.fakes, max(0, self.sample), among)
        if self._is_read_on_the_way(name, compiled):
            columns = ", ".join(f"c{place}" for place in range(len(compiled.schema)))
            sql = f"(SELECT _line, _fake, {columns}, _m0 AS _s FROM ({compiled.sql}))"
            self.relations[name] = Relation(name, compiled.schema, sql, frozenset(), table.masked, self.fakes, compiled)
            return self.relations[name]
        settled = self._settled(compiled, keep=self.sample > 0 or (bool(compiled.items) and self._uses(name) > 1))
        self.relations[name] = Relation(name, compiled.schema, settled, frozenset(), table.masked, self.fakes)
        return self.relations[name]

    def _is_read_on_the_way(self, name: str, compiled: Compiled) -> bool:
        """Whether one map alone reads the source: its query then types the cells too, instead of one more over them."""
        readers = [step for step in self.mapping.steps if name in origins_of(step)]
        return (not self.sample and compiled.masks == 1 and self._uses(name) == 1 and len(readers) == 1
                and isinstance(readers[0], Map) and readers[0].origin == name)

    def _uses(self, name: str) -> int:
        used = [origin for step in self.mapping.steps for origin in origins_of(step)]
        # The difference looks at both of its sides more than once.
        used += [name for target in self.mapping.targets for name in (target.live, target.origin) * 2]
        return used.count(name)

    def step(self, number: int, step: Step) -> None:
        """One step after those it reads."""
        if isinstance(step, Map):
            self._map(step)
        elif isinstance(step, Join):
            compiled = join_step(step, self._seen(step.right), self.writing)
            self._add(step, self._settled(compiled, keep=self._is_kept(compiled)), frozenset())
        elif isinstance(step, Aggregate):
            self._keyed(number, step, aggregate_step(step, self.relations, self.writing), step.by)
        elif isinstance(step, Reconcile):
            sides = {}
            for name in SIDES:
                part = side(step, name, self.relations, self.writing)
                sides[name] = self._settled(part, keep=False)
            self.sides[step.name] = tuple(sides.values())
            self._keyed(number, step, reconcile_step(step, sides, self.relations, self.writing), step.by)
        else:
            self._union(step)

    def _map(self, step: Map) -> None:
        for lookup in step.lookups:
            self._unique(step, lookup)
        if self.beside is not None:
            compiled = map_step(step, {**self._seen(), **self._looked_into(step)}, self.writing, self._as_table)
        else:
            compiled = map_step(step, self.relations, self.writing)
        settled = self._settled(compiled, keep=self._is_kept(compiled))
        if step.lookups and not self.sample:
            rows = self._rows_of(step.origin)
            missed = {one.item.name: one.count for one in self.tallies
                      if one.step == step.name and one.item.kind == "lookup"}
            for lookup in step.lookups:
                self.coverage[f"{step.name}.{lookup.name}"] = (rows - missed[lookup.name], missed[lookup.name])
        self._add(step, settled, self._kept_unique(step))

    def _rows_of(self, name: str) -> int:
        if name in self.passed:
            return self.passed[name]
        return int(self.rows(f"SELECT count(*) FROM {self.relations[name].sql}")[0][0] or 0)

    def _is_kept(self, compiled: Compiled) -> bool:
        """Whether the rows are kept: they are looked at more than once, to count what left or by several readers."""
        return bool(compiled.items) or self._uses(compiled.step) > 1

    def _seen(self, *whole: str) -> dict[str, Relation]:
        """The relations, of a sample with those that a step looks into whole."""
        if self.beside is None:
            return self.relations
        return {**self.relations, **{name: self.beside.relations[name] for name in whole if name in self.beside.relations}}

    def _looked_into(self, step: Map) -> dict[str, Relation]:
        """Of a sample: what its lookups see; of a source only the rows that the sample can find."""
        seen = self._seen(*(lookup.within for lookup in step.lookups))
        origin, found = self.relations[step.origin], {}
        for lookup in step.lookups:
            found[lookup.within] = seen[lookup.within]
            once = [one.within for one in step.lookups].count(lookup.within) == 1
            if lookup.within in self.sources and once and self.beside is not None:
                ours, theirs = next(iter(lookup.match.items()))
                among = (theirs, f"SELECT {origin.column(ours)} FROM {origin.sql} AS s")
                found[lookup.within] = self.beside.read(self.sources.index(lookup.within), lookup.within, among)
        return found

    def _as_table(self, sql: str) -> str:
        """The rows of a query kept, so that it is not asked again."""
        name = self._name()
        self.execute(f"CREATE TABLE {name} AS {sql}")
        return f"SELECT * FROM {name}"

    def _kept_unique(self, step: Map) -> frozenset[str]:
        """The fields that hold the unique columns of the origin as they are."""
        unique = self.relations[step.origin].unique
        plain = {each.formula.root.name: each.name for each in step.fields if isinstance(each.formula.root, ColumnRef)
                 and each.formula.root.type == self.relations[step.origin].schema.get(each.formula.root.name)}
        return frozenset(plain[name] for name in unique) if unique and unique <= set(plain) else frozenset()

    def _unique(self, step: Map, lookup: Lookup) -> None:
        """The run stops where a key stands twice in what is looked up, the lines named."""
        names = list(lookup.match.values())
        if self.sample or (self.relations[lookup.within].unique and self.relations[lookup.within].unique <= set(names)):
            return
        within = self.relations[lookup.within]
        keys = [within.column(name) for name in names]
        order = ", ".join(keys)
        found = self.rows(f"SELECT {order}, list_sort(list(_line))[1:2] FROM {within.sql} AS w "
                          f"WHERE {' AND '.join(f'{key} IS NOT NULL' for key in keys)} GROUP BY {order} "
                          f"HAVING count(*) > 1 ORDER BY {order} LIMIT 1")
        if found:
            *values, lines = found[0]
            at = [f"line {line_of(line)}" for line in lines
                  if line >> ORIGIN_BITS < len(self.sources)]
            said = ", ".join(shown(value) for value in values)
            raise InputRefused(f"step {step.name}, lookup {lookup.name}: {said} stands twice in {lookup.within}"
                               + (f", {' and '.join(at)}" if at else ""))

    def _keyed(self, number: int, step: Aggregate | Reconcile, compiled: Compiled, by: Sequence[str]) -> None:
        """A step of groups is kept as a table: the number of its row is how a group is named from then on."""
        code = len(self.sources) + number
        columns = [f"c{place}" for place in range(len(compiled.schema))]
        masks = [f"_m{column}" for column in range(compiled.masks)]
        numbered = self._numbered(compiled.sql, ", ".join(["_fake", *columns, *masks]), code << ORIGIN_BITS)
        self.keyed[code] = (numbered, step)
        self._add(step, self._counted(compiled, numbered), frozenset(by))

    def _numbered(self, sql: str, columns: str, first: int) -> str:
        """A relation with these columns of the query, made once, and as `_line` numbers from `first`."""
        table, numbered = self._name(), self._name()
        self.execute(f"CREATE TABLE {table} AS {sql}")
        self.execute(f"CREATE VIEW {numbered} AS SELECT {columns}, rowid + {first} AS _line FROM {table}")
        return numbered

    def _union(self, step: Union) -> None:
        parts = []
        for name in step.of:
            part = self.relations[name]
            columns = [f"{part.column(column)} AS c{number}" for number, column in enumerate(step.schema)]
            parts.append(f"SELECT _line, _fake, {', '.join(columns)} FROM {part.sql} AS o")
        self._add(step, f"({' UNION ALL '.join(parts)})", frozenset())

    def _add(self, step: Step, sql: str, unique: frozenset[str]) -> None:
        masked = {name: relation.masked for name, relation in self._seen(*origins_of(step)[1:]).items()}
        self.relations[step.name] = Relation(step.name, step.schema, sql, unique,
                                             masked_columns(self.mapping, masked, step), self.fakes)

    def _name(self) -> str:
        self.made += 1
        return f"{self.prefix}{self.made - 1}"

    def _settled(self, compiled: Compiled, *, keep: bool) -> str:
        """What stands after FROM for the rows that go on; what left is counted first."""
        return self._counted(compiled, self._made(compiled.sql, keep=keep and self.sample >= 0))

    def _made(self, sql: str, *, keep: bool) -> str:
        """A relation of the rows of a query."""
        name = self._name()
        self.execute(f"CREATE {'TABLE' if keep else 'VIEW'} {name} AS {sql}")
        return name

    def _counted(self, compiled: Compiled, table: str) -> str:
        if not compiled.items:
            return table
        columns = ", ".join(f"c{place}" for place in range(len(compiled.schema)))
        going = f"(SELECT _line, _fake, {columns} FROM {table} WHERE {clear(compiled.items)})"
        if self.sample < 0:
            return going
        stays = f"count(*) FILTER (WHERE {clear(compiled.items)})"
        rows, *counts, stay = [int(count or 0) for count in
                               self.rows(f"SELECT {counting(compiled.items)}, {stays} FROM {table}")[0]]
        for number, (item, count) in enumerate(zip(compiled.items, counts, strict=True)):
            if item.level != "out":
                self.tallies.append(self._tally(compiled, item, number, count, table))
        if compiled.items[0].kind != "side":
            self.passed[compiled.step] = stay
        unread = self._unread(compiled)
        if unread:
            refused = self.rows(f"SELECT count(*) FROM {table} WHERE NOT ({clear(unread.items)})")[0][0]
            self.passed[unread.step] = self.inputs[unread.step].rows - int(refused or 0)
        return going if stay < rows else f"(SELECT _line, _fake, {columns} FROM {table})"


    def _unread(self, compiled: Compiled) -> Compiled | None:
        """The source whose cells the query of this step types."""
        step = self.mapping.step(compiled.step)
        return self.relations[step.origin].unread if isinstance(step, Map) else None

    def _tally(self, compiled: Compiled, item: Item, number: int, count: int, table: str) -> Tally:
        of = self._unread(compiled) if item.kind == "source" else None
        return Tally((of or compiled).step, item, number, count, table, of or compiled)


def origins_of(step: Step) -> tuple[str, ...]:
    """The relations that a step reads, lookups among them."""
    if isinstance(step, Map):
        return (step.origin, *(lookup.within for lookup in step.lookups))
    if isinstance(step, Join):
        return (step.left, step.right)
    if isinstance(step, Aggregate):
        return (step.origin,)
    if isinstance(step, Union):
        return step.of
    return (step.used.origin, step.included.origin, step.extra.origin)


def needed_for(mapping: CheckedMapping, name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The relations whose rows go through to `name`, and those that are looked into on the way, with what they need."""
    through, whole = {name}, set[str]()
    for step in reversed(mapping.steps):
        origins = origins_of(step)
        beside = origins[1:] if isinstance(step, Map | Join) else ()
        if step.name in through:
            through |= set(origins) - set(beside) | {one for one in origins[:1]}
            whole |= set(beside)
        if step.name in whole:
            whole |= set(origins)
    return frozenset(through), frozenset(whole)


def masked_columns(mapping: CheckedMapping, masked: Mapping[str, frozenset[str]], step: Step) -> frozenset[str]:
    """The columns of a step that are computed from masked ones, those among them by which rows were chosen or grouped."""
    if isinstance(step, Union):
        return frozenset().union(*(masked[name] for name in step.of))
    if isinstance(step, Aggregate):
        theirs, by = masked[step.origin], {name for name in step.by if name in masked[step.origin]}
        return frozenset(by | {name for name, (_, column) in step.measures.items() if by or column in theirs})
    if isinstance(step, Reconcile):
        sides = (step.used, step.included, step.extra)
        found = {by for part in sides for by, column in zip(step.by, part.columns, strict=True)
                 if column in masked[part.origin]}
        numbers = found or any(part.quantity in masked[part.origin] or _reads(part.where, masked[part.origin])
                               for part in sides)
        return frozenset(found | ({*RECONCILED, "verdict"} if numbers else set()))
    seen = _seen_masked(mapping, masked, step)
    is_chosen = _reads(step.where, seen) or (isinstance(step, Join) and any(
        left in masked[step.left] or right in masked[step.right] for left, right in step.match.items()))
    return frozenset(each.name for each in step.fields if is_chosen or each.formula.columns & seen)


def _seen_masked(mapping: CheckedMapping, masked: Mapping[str, frozenset[str]], step: Map | Join) -> frozenset[str]:
    """The masked ones of the names that the formulas of a step may use; what is found by a masked column is masked."""
    if isinstance(step, Map):
        return masked[step.origin] | {
            name for one in step.lookups for name in one.take
            if name in masked[one.within] or any(
                ours in masked[step.origin] or theirs in masked[one.within] for ours, theirs in one.match.items())}
    of = {"left": step.left, "right": step.right}
    names = join_columns(step.left, mapping.schema(step.left), step.right, mapping.schema(step.right), step.match)
    return frozenset(name for name, (one, column) in names.items() if column in masked[of[one]])


def _reads(where: Typed | None, names: frozenset[str]) -> bool:
    return where is not None and bool(where.columns & names)


def constant(type_: Type, value: Value) -> str:
    """A typed SQL constant."""
    said = "NULL" if value is None else text_literal(str(value))
    return f"CAST({said} AS {sql_type(type_)})"


def shown(value: object) -> str:
    """A value as messages show it."""
    return "nothing" if value is None else repr(value) if isinstance(value, str) else str(value)
