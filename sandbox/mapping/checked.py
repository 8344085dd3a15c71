"""A mapping after its check: names resolved, formulas typed. What engines run; `check.py` alone makes it.

What a run means is written in docs/formats/mapping.md ("What a run does") and done by `engines/oracle.py`.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.formula.tree import Typed
from sandbox.formula.types import Type
from sandbox.mapping.model import MappingSpec, name_of

SEMANTICS = 1  # part of every run's id; raised when the same inputs would give other rows
Schema = Mapping[str, Type]  # columns in their order


@dataclass(frozen=True)
class Source:
    """A received table: text cells, converted to `schema` as they are read; a cell that does not convert is refused."""

    name: str
    table: str
    schema: Schema
    contract: str
    mask: Mapping[str, str]


@dataclass(frozen=True)
class Lookup:
    """`match` goes from a column at hand to a column of the relation `within`.

    The column at hand is one of the step's origin. `name` is the relation, or `clients-2` for the second lookup in
    `clients` of one step: what refusals name as their item, and coverage as `<step>.<name>`.
    """

    within: str
    match: Mapping[str, str]
    take: tuple[str, ...]
    required: bool
    name: str = ""


@dataclass(frozen=True)
class ComputedField:
    name: str
    formula: Typed  # of the declared type: the conversion is part of the tree
    why: str = ""


@dataclass(frozen=True)
class Check:
    name: str
    that: Typed  # a bool over the fields of its step; nothing (None) counts as not held
    level: str
    why: str = ""


@dataclass(frozen=True)
class Map:
    """`where` and `fields` see the columns of `origin` and what the lookups took; `checks` see the fields."""

    name: str
    origin: str
    lookups: tuple[Lookup, ...]
    where: Typed | None
    fields: tuple[ComputedField, ...]
    checks: tuple[Check, ...]
    schema: Schema


@dataclass(frozen=True)
class Join:
    """Formulas name columns bare where only one side has them (or both as a matched pair), else as `side.column`."""

    name: str
    left: str
    right: str
    match: Mapping[str, str]
    keep: str  # matched | left
    where: Typed | None
    fields: tuple[ComputedField, ...]
    checks: tuple[Check, ...]
    schema: Schema


@dataclass(frozen=True)
class Aggregate:
    """`measures`: name to (sum | min | max | count, column); the column of a count of rows is empty."""

    name: str
    origin: str
    by: tuple[str, ...]
    measures: Mapping[str, tuple[str, str]]
    checks: tuple[Check, ...]
    schema: Schema


@dataclass(frozen=True)
class Union:
    name: str
    of: tuple[str, ...]
    schema: Schema


@dataclass(frozen=True)
class Side:
    """One quantity of a reconciliation; `columns` are its columns for `by`, in the same order."""

    origin: str
    quantity: str
    where: Typed | None
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Reconcile:
    name: str
    used: Side
    included: Side
    extra: Side
    by: tuple[str, ...]
    schema: Schema


Step = Map | Join | Aggregate | Union | Reconcile


@dataclass(frozen=True)
class Target:
    """`live` is the source of the mapping that holds the same table; the compared columns exist on both sides."""

    table: str
    origin: str
    key: tuple[str, ...]
    compare: tuple[str, ...]
    missing: str
    live: str
    schema: Schema


@dataclass(frozen=True)
class CheckedMapping:
    """Steps in the order written; each reads sources or earlier steps only. `sha256` is of the file's bytes."""

    spec: MappingSpec
    sha256: str
    parameters: Schema
    sources: Mapping[str, Source]
    steps: tuple[Step, ...]
    targets: tuple[Target, ...]
    text: str = field(default="", repr=False)
    warnings: tuple[str, ...] = ()

    def step(self, name: str) -> Step | None:
        """The step of that name; None for a source."""
        return next((step for step in self.steps if step.name == name), None)

    def schema(self, name: str) -> Schema:
        """The columns of a source or step."""
        step = self.step(name)
        return step.schema if step else self.sources[name].schema


def join_columns(left: str, left_schema: Schema, right: str, right_schema: Schema,
                 match: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What the formulas of a join may name: the name to (`left` or `right`, column).

    A column stands as `side.column`, and bare where one side alone has it or both have it as a matched pair (then it
    is the left one).
    """
    found = {f"{left}.{column}": ("left", column) for column in left_schema}
    found |= {f"{right}.{column}": ("right", column) for column in right_schema}
    for column in left_schema:
        if column not in right_schema or match.get(column) == column:
            found.setdefault(column, ("left", column))
    for column in right_schema:
        if column not in left_schema:
            found.setdefault(column, ("right", column))
    return found


def why_of(mapping: CheckedMapping, target: Target, columns: Sequence[str]) -> str:
    """The reasons written for those columns of a target's rows, each once; where there are none, that of the step."""
    step = mapping.step(target.origin)
    fields = step.fields if isinstance(step, Map | Join) else ()
    said = [one.why for column in columns for one in fields if one.name == column and one.why]
    if not said and step is not None:
        said = [one.why for one in mapping.spec.steps if name_of(one) == step.name and one.why]
    return "; ".join(dict.fromkeys(said))
