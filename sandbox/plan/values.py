"""Values of a plan as JSON holds them: whole numbers, true or false, texts, dates and exact decimals as text, or null."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Context, Decimal

from sandbox.formula.types import Kind, Type, type_named

Value = str | int | bool | None
_INT = re.compile(r"[+-]?[0-9]{1,19}")
_DECIMAL = re.compile(r"([+-]?)([0-9]{1,18})(?:\.([0-9]{1,9}))?")
_LARGEST = 2**63
MOST_ROWS = 200_000  # of one plan
_DIGITS = 18
_EXACT = Context(prec=80)
_MONEY_PLACES = 2


def type_of(written: str) -> Type:
    """The type written as in a mapping; the schema of the plan has already refused every other text."""
    found = type_named(written)
    if found is None:
        raise ValueError(f"{written!r} is not a type: text, int, decimal(2), date or bool was expected")
    return found


def is_number(kind: Type) -> bool:
    return kind.kind in {Kind.INT, Kind.DECIMAL}


def value_from(text: str, kind: Type) -> Value:
    """The value a person wrote, as the plan holds it; nothing where it is empty. Raises ValueError with the reason."""
    if text == "":
        return None
    if kind.kind is Kind.DECIMAL:
        return _decimal(text, kind.scale)
    return _READERS[kind.kind](text)


def is_value(value: object, kind: Type) -> bool:
    """Whether a value of a plan file is exactly as this program would write it."""
    if value is None:
        return True
    if isinstance(value, bool) or kind.kind is Kind.BOOL:
        return isinstance(value, bool) and kind.kind is Kind.BOOL
    if isinstance(value, int) or kind.kind is Kind.INT:
        return isinstance(value, int) and kind.kind is Kind.INT and -_LARGEST <= value < _LARGEST
    if not isinstance(value, str) or value == "":
        return False
    try:
        return value_from(value, kind) == value
    except ValueError:
        return False


def text_of(value: Value) -> str:
    """The value as a cell or a filter writes it; empty for nothing."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def shown(value: Value, kind: Type) -> str:
    """The value as messages say it: decimals with two places at least and no further zeros."""
    if value is None:
        return "nothing"
    text = text_of(value)
    if kind.kind is not Kind.DECIMAL or kind.scale <= _MONEY_PLACES:
        return text
    whole, _, places = text.partition(".")
    kept = places[:_MONEY_PLACES] + places[_MONEY_PLACES:].rstrip("0")
    return f"{whole}.{kept}"


def total(values: Iterable[str | int]) -> str:
    """The exact sum of numbers written as text, with as many places as the longest of them."""
    result = Decimal(0)
    for value in values:
        result = _EXACT.add(result, Decimal(value))
    return f"{result:f}"


def difference(first: str, second: str) -> str:
    """Exactly `first` less `second`."""
    return f"{_EXACT.subtract(Decimal(first), Decimal(second)):f}"


def _whole(text: str) -> int:
    if not _INT.fullmatch(text) or not -_LARGEST <= int(text) < _LARGEST:
        raise ValueError("a whole number such as 12 was expected")
    return int(text)


def _decimal(text: str, scale: int) -> str:
    found = _DECIMAL.fullmatch(text)
    if not found or len((found[3] or "").rstrip("0")) > scale or len(found[2].lstrip("0")) > _DIGITS - scale:
        raise ValueError(f"a number with a point and at most {scale} places was expected")
    places = (found[3] or "")[:scale].ljust(scale, "0")
    whole = found[2].lstrip("0") or "0"
    sign = "-" if found[1] == "-" and (whole + places).strip("0") else ""
    return f"{sign}{whole}.{places}" if scale else f"{sign}{whole}"


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ValueError("a date such as 2026-01-31 was expected") from error


def _bool(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("true or false was expected")
    return text == "true"


_READERS: Mapping[Kind, Callable[[str], Value]] = {Kind.TEXT: str, Kind.INT: _whole, Kind.DATE: _date, Kind.BOOL: _bool}
