"""The five types of the formula language; an empty cell is nothing (None) in each of them."""
from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

MAX_SCALE = 9
DEFAULT_SCALE = 4


class Kind(StrEnum):
    """What a value is. Numbers are exact: `int` has 64 bits, `decimal` 18 digits, of which `scale` behind the point."""

    TEXT = "text"
    INT = "int"
    DECIMAL = "decimal"
    DATE = "date"
    BOOL = "bool"


@dataclass(frozen=True)
class Type:
    """A kind, and for decimals the number of digits behind the point."""

    kind: Kind
    scale: int = 0

    def __str__(self) -> str:
        return f"decimal({self.scale})" if self.kind is Kind.DECIMAL else self.kind.value


TEXT, INT, DATE, BOOL = Type(Kind.TEXT), Type(Kind.INT), Type(Kind.DATE), Type(Kind.BOOL)
DECIMAL = Type(Kind.DECIMAL, DEFAULT_SCALE)
_WRITTEN = re.compile(r"(text|int|date|bool)|decimal(?:\(([0-9])\))?")


def type_named(text: str) -> Type | None:
    """The type written as `text`, `int`, `date`, `bool`, `decimal` (four places) or `decimal(2)`; else None."""
    found = _WRITTEN.fullmatch(text)
    if not found:
        return None
    if found[1]:
        return Type(Kind(found[1]))
    return Type(Kind.DECIMAL, DEFAULT_SCALE if found[2] is None else int(found[2]))
