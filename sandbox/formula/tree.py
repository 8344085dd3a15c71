"""The type-checked tree of a formula: what `compile` and `evaluate` walk."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.formula.types import Type

Value = str | int | Decimal | date | bool | None


@dataclass(frozen=True)
class Literal:
    type: Type
    value: Value


@dataclass(frozen=True)
class ColumnRef:
    """A column of the row at hand, by the name the relation knows it under (`code`, or `lines.code` in a join)."""

    type: Type
    name: str


@dataclass(frozen=True)
class Parameter:
    """A named value of the run, written `:period` in a formula."""

    type: Type
    name: str


@dataclass(frozen=True)
class Call:
    """An operator or function with its checked arguments; `name` is a key of the table in `functions.py`."""

    type: Type
    name: str
    arguments: tuple[Node, ...]


Node = Literal | ColumnRef | Parameter | Call


@dataclass(frozen=True)
class Typed:
    """A whole formula: its text as written, its tree, and the columns it reads."""

    text: str
    root: Node
    columns: frozenset[str]

    @property
    def type(self) -> Type:
        return self.root.type
