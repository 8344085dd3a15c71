"""What each function does with the values of one row, none of which is nothing."""
from __future__ import annotations

import calendar
import operator
import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from sandbox.formula.casing import lower, upper
from sandbox.formula.faults import CellFault
from sandbox.formula.functions import ISO, pattern_parts
from sandbox.formula.tree import Value
from sandbox.formula.types import Kind, Type

# Wide enough for the exact product and quotient of any two values; ROUND_HALF_UP rounds half away from zero.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
MIN_INT, MAX_INT = -2**63, 2**63 - 1
DIGITS = 18
TRUE, FALSE = ("true", "yes", "oui", "vrai", "1"), ("false", "no", "non", "faux", "0")
# The spaces of Unicode (category Zs): what trim takes off.
SPACES = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
BLANKS = f"{SPACES}\t\n\r"
_BLANK_RUN = re.compile(f"[{BLANKS}]+")
_GROUPING = re.compile("[ \u00a0\u202f]")
_INT = re.compile(r"-?[0-9]+")
MAX_SHOWN = 60


def shown(text: str) -> str:
    """A value as a message quotes it: not longer than a line."""
    return repr(text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…")


def read(kind: Type, text: str | None, mark: str) -> Value:
    """A text as a value of `kind`, strictly; an empty one is nothing. Raises CellFault."""
    if text is None or text == "":
        return None
    if kind.kind is Kind.DECIMAL:
        return decimal_from(text, mark, kind.scale)
    return _READ[kind.kind](text)


def at_least(one: Any, two: Any) -> bool:
    """Whether the first of two values of one type is not less: texts by code points, numbers exactly."""
    return bool(one >= two)


def int_from(text: str) -> int:
    """Digits, with a - before them or not, as a whole number of 64 bits; raises CellFault."""
    if not _INT.fullmatch(text):
        raise CellFault(f"{shown(text)} is not a whole number; expected digits only, such as 12 or -3")
    return _int(int(text) if len(text) < 2000 else MAX_INT + 1, text)


def _int(value: int, text: str = "") -> int:
    if not MIN_INT <= value <= MAX_INT:
        raise CellFault(f"{shown(text or str(value))} is out of the range of whole numbers ({MIN_INT} to {MAX_INT})")
    return value


def decimal_patterns(mark: str, scale: int) -> tuple[str, str, str]:
    """Regular expressions: a plain decimal (quick to match), one with more zeros, one with its thousands set apart."""
    quick = f"(?:[{mark}][0-9]{{1,{scale}}})?" if scale else ""
    places = f"(?:[{mark}][0-9]{{1,{scale}}}0*)?" if scale else f"(?:[{mark}]0+)?"
    return f"-?[0-9]+{quick}", f"-?[0-9]+{places}", f"-?[0-9]{{1,3}}(?:[ \u00a0\u202f][0-9]{{3}})+{places}"


def decimal_from(text: str, mark: str, scale: int) -> Decimal:
    """A text as a decimal of `scale` places, which holds all its digits; raises CellFault."""
    _, plain, grouped = decimal_patterns(mark, scale)
    if re.fullmatch(grouped, text):
        text = _GROUPING.sub("", text)
    if not re.fullmatch(plain, text):
        places = "" if scale == 0 else f", at most {scale} digits behind it"
        raise CellFault(f"{shown(text)} is not a decimal({scale}); expected digits, the decimal mark {mark!r}{places}")
    return fitted(Decimal(text.replace(mark, ".")), scale) if len(text) < 2000 else fitted(Decimal("1e99"), scale)


def fitted(value: Decimal | int, scale: int) -> Decimal:
    """The number as a decimal of so many places, rounded half away from zero; raises CellFault out of range."""
    number = Decimal(value)
    if abs(number) >= Decimal(10) ** (DIGITS - scale + 1):
        raise _too_large(number, scale)
    result = EXACT.quantize(number, Decimal(1).scaleb(-scale))
    if abs(result) >= Decimal(10) ** (DIGITS - scale):
        raise _too_large(number, scale)
    return result if result else abs(result)  # there is one zero


def _too_large(number: Decimal, scale: int) -> CellFault:
    return CellFault(f"{number:f} is out of the range of decimal({scale}), which has {DIGITS - scale} digits before the point"
                     if abs(number) < Decimal("1e40") else f"the number is out of the range of decimal({scale})")


def date_pattern(pattern: str) -> str:
    """The regular expression of a date pattern; its groups are Y, M and D."""
    kinds = {"YYYY": "(?P<Y>[1-9][0-9]{3})", "MM": "(?P<M>[0-9]{2})", "M": "(?P<M>[0-9]{1,2})",
             "DD": "(?P<D>[0-9]{2})", "D": "(?P<D>[0-9]{1,2})"}
    return "".join(kinds.get(part, f"[{part}]") for part in pattern_parts(pattern))


def date_from(text: str, pattern: str = ISO) -> date:
    """A text written as the pattern says, as a date of the years 1000 to 9999; raises CellFault."""
    found = re.fullmatch(date_pattern(pattern), text)
    try:
        if found:
            return date(int(found["Y"]), int(found["M"]), int(found["D"]))
    except ValueError:
        raise CellFault(f"{shown(text)} is not a day of the calendar") from None
    raise CellFault(f"{shown(text)} is not a date written {pattern} with a year from 1000 to 9999")


def bool_from(text: str) -> bool:
    """One of the words for true and false, in small or capital letters; raises CellFault."""
    word = lower(text)
    if word not in (*TRUE, *FALSE):
        raise CellFault(f"{shown(text)} is neither true nor false; expected one of {', '.join((*TRUE, *FALSE))}")
    return word in TRUE


def text_from(value: Value) -> str:
    """Any value but nothing as a text: decimals with all their places, dates in ISO form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _number(kind: Type, value: Decimal | int) -> Value:
    """A computed number in the range of its type."""
    return _int(int(value)) if kind.kind is Kind.INT else fitted(value, kind.scale)


def _to_int(kind: Type, types: Sequence[Type], values: list[Any]) -> Value:
    value = values[0]
    if isinstance(value, str):
        return int_from(value)
    if value != int(value):
        raise CellFault(f"{value:f} is not whole; round it first")
    return int(value)


def _to_date(kind: Type, types: Sequence[Type], values: list[Any]) -> Value:
    return values[0] if isinstance(values[0], date) else date_from(values[0], *values[1:])


def _to_bool(kind: Type, types: Sequence[Type], values: list[Any]) -> Value:
    return values[0] if isinstance(values[0], bool) else bool_from(values[0])


def _divided(kind: Type, types: Sequence[Type], values: list[Any]) -> Value:
    top, bottom = Decimal(values[0]), Decimal(values[1])
    if bottom == 0:
        raise CellFault(f"division by zero: {text_from(values[0])} / {text_from(values[1])}")
    # One digit more than wanted, cut; the rest cannot change how half away from zero rounds it.
    step = Decimal(1).scaleb(-kind.scale - 1)
    cut = EXACT.divide_int(EXACT.multiply(top, Decimal(1).scaleb(kind.scale + 1)), bottom)
    return fitted(EXACT.multiply(cut, step), kind.scale)


def _split(kind: Type, types: Sequence[Type], values: list[Any]) -> Value:
    parts: list[str] = values[0].split(values[1])
    return parts[values[2] - 1] if values[2] <= len(parts) else None


def _month_end(kind: Type, types: Sequence[Type], values: list[Any]) -> Value:
    day: date = values[0]
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _rounded(kind: Type, types: Sequence[Type], values: list[Any]) -> Value:
    return int(EXACT.quantize(Decimal(values[0]), Decimal(1)))


_Cell = Callable[[Type, Sequence[Type], list[Any]], Value]


def _plain(work: Callable[..., Value]) -> _Cell:
    """A function of the values alone."""
    return lambda kind, types, values: work(*values)


def _exact(work: Callable[[Decimal, Decimal], Decimal]) -> _Cell:
    return lambda kind, types, values: _number(kind, work(Decimal(values[0]), Decimal(values[1])))


_READ: dict[Kind, Callable[[str], Value]] = {
    Kind.TEXT: str, Kind.INT: int_from, Kind.DATE: date_from, Kind.BOOL: bool_from}
CALLS: dict[str, _Cell] = {
    "+": _exact(EXACT.add), "-": _exact(EXACT.subtract), "*": _exact(EXACT.multiply), "/": _divided,
    "neg": lambda kind, types, values: _number(kind, -values[0]),
    "abs": lambda kind, types, values: _number(kind, abs(values[0])),
    "as": lambda kind, types, values: _number(kind, values[0]), "round": _rounded,
    "=": _plain(operator.eq), "<>": _plain(operator.ne), "<": _plain(operator.lt), "<=": _plain(operator.le),
    ">": _plain(operator.gt), ">=": _plain(operator.ge), "not": _plain(operator.not_),
    "int": _to_int, "date": _to_date, "bool": _to_bool, "text": _plain(text_from),
    "decimal": lambda kind, types, values: decimal_from(values[0], values[1], kind.scale),
    "trim": _plain(lambda text: text.strip(SPACES)),
    "clean": _plain(lambda text: _BLANK_RUN.sub(" ", text).strip(" ")),
    "upper": _plain(upper), "lower": _plain(lower), "split": _split,
    "replace": _plain(lambda text, old, new: text.replace(old, new or "")),
    "substring": _plain(lambda text, start, length: text[start - 1:start - 1 + length]),
    "startswith": _plain(str.startswith), "endswith": _plain(str.endswith), "contains": _plain(operator.contains),
    "days": _plain(lambda first, second: (second - first).days),
    "months": _plain(lambda first, second: (second.year - first.year) * 12 + second.month - first.month),
    "year": _plain(lambda day: day.year), "month": _plain(lambda day: day.month), "day": _plain(lambda day: day.day),
    "month_start": _plain(lambda day: day.replace(day=1)), "month_end": _month_end,
}
