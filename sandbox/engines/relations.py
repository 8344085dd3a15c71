"""What steps become: relations with columns of our own naming, and the items that can refuse a row, a bit each."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.formula.types import Type
from sandbox.mapping.checked import Schema

WIDTH = 60  # items a mask column holds
ORIGIN_BITS = 40  # below them the line, above them the number of the source or keyed step that `_line` belongs to
_BELOW = (1 << ORIGIN_BITS) - 1
_ZERO = 1 << ORIGIN_BITS - 1  # stands for line 0: fake rows have negative lines, and none may reach into the upper bits
MOST_LINES = _ZERO
# What `_fake` holds, a bit for each mark of an overlay that lies on some row behind: a fake row, an edited one.
FAKE_BIT, EDITED_BIT = 1, 2


@dataclass(frozen=True)
class Item:
    """One thing that can happen to a row of a step. `level`: error refuses it, out leaves it out, the rest is counted."""

    name: str
    kind: str  # source | lookup | where | field | check | quantity | key
    level: str  # error | warning | note | out


@dataclass(frozen=True)
class Relation:
    """Rows that go on: what stands after FROM, with columns `_line`, `_fake` and c0, c1 … in the order of `schema`.

    `_line` is the line in the source that the row comes from first, or the row of an aggregate; its upper bits say of
    which. `unique` are columns that together never repeat; `masked` columns were computed from masked ones.
    """

    name: str
    schema: Schema
    sql: str
    unique: frozenset[str] = frozenset()
    masked: frozenset[str] = frozenset()
    fake: bool = True  # whether a row of it can be marked; where none can, `_fake` is a constant and costs nothing
    unread: Compiled | None = None  # a source whose refused rows are still among these, marked in `_s`: see `map_step`

    def column(self, name: str) -> str:
        """The relation's own name of a column."""
        return f"c{list(self.schema).index(name)}"


@dataclass(frozen=True)
class Frame:
    """The rows a step looks at before it computes: SQL that gives `_line`, `_fake` and one alias for each name.

    `misses` are the aliases that say that a lookup found nothing, by its name.
    """

    sql: str
    names: Mapping[str, str]
    types: Mapping[str, Type]
    misses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Compiled:
    """One step as SQL: `sql` gives `_line`, `_fake`, c0 … and the mask columns `_m0` … of `items`."""

    step: str
    schema: Schema
    sql: str
    items: tuple[Item, ...]
    frame: Frame

    @property
    def masks(self) -> int:
        return masks(self.items)


def masks(items: Sequence[Item]) -> int:
    """The number of mask columns for these items."""
    return -(-len(items) // WIDTH)


def bits(items: Sequence[Item], conditions: Mapping[int, str], column: int) -> str:
    """The bits of one mask column as SQL; `conditions` by item number, each never NULL."""
    parts = [f"(CASE WHEN {condition} THEN {1 << number % WIDTH}::BIGINT ELSE 0::BIGINT END)"
             for number, condition in conditions.items() if number // WIDTH == column and condition != "FALSE"]
    return " + ".join(parts) if parts else "0::BIGINT"


def constant(items: Sequence[Item], levels: Sequence[str], column: int) -> int:
    """The bits of all items of those levels in one mask column."""
    return sum(1 << number % WIDTH for number, item in enumerate(items)
               if number // WIDTH == column and item.level in levels)


def clear(items: Sequence[Item], levels: Sequence[str] = ("error", "out")) -> str:
    """A condition: no item of those levels is set."""
    parts = [f"(_m{column} & {constant(items, levels, column)}) = 0" for column in range(masks(items))
             if constant(items, levels, column)]
    return " AND ".join(parts) if parts else "TRUE"


def hit(number: int) -> str:
    """A condition: the item of that number is set."""
    return f"(_m{number // WIDTH} & {1 << number % WIDTH}) <> 0"


def counting(items: Sequence[Item]) -> str:
    """A list of counts as SQL: all rows first, then the rows of each item."""
    return ", ".join(["count(*)", *(f"count(*) FILTER (WHERE {hit(number)})" for number in range(len(items)))])


def coded_line(line: str, source: int) -> str:
    """SQL of `_line` for a line of the source of that number."""
    return f"CAST({line} AS BIGINT) + {(source << ORIGIN_BITS) + _ZERO}"


def line_of(coded: int) -> int:
    """The line in its source, negative for a fake row."""
    return (coded & _BELOW) - _ZERO


def marked_columns(fake: str = "_fake") -> str:
    """SQL of the marks as the two columns of a file."""
    return f"({fake} & {FAKE_BIT}) <> 0 AS _fake, ({fake} & {EDITED_BIT}) <> 0 AS _edited"


def line_sql(coded: str) -> str:
    """SQL of the line in its source."""
    return f"(({coded} & {_BELOW}) - {_ZERO})"
