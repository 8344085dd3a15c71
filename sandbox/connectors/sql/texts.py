"""Cells as exact text: what a database gives, in plain notation and ISO form, with nothing rounded."""
from __future__ import annotations

import re
import struct
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

Finish = Callable[[Any], str]

_MOMENT = re.compile(r"(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d)?(:\d\d)?(.*)")
_ZEROS = re.compile(r"(\.\d*?)0+$")


def plain(value: Any) -> str:
    """A number in plain notation: `1e+20` becomes 100000000000000000000; NaN and infinities stay words."""
    if value is None:
        return ""
    text = repr(value) if isinstance(value, float) else str(value)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if not number.is_finite():
        return text
    written = format(number, "f")
    return written.removesuffix(".0") if isinstance(value, float) else written


def single(value: Any) -> str:
    """A number of four bytes, given as eight: the shortest decimal that means the same four bytes."""
    if value is None:
        return ""
    number = float(value)
    wanted = struct.pack("f", number)
    for digits in range(6, 9):
        shown = f"{number:.{digits}g}"
        if struct.pack("f", float(shown)) == wanted:
            return plain(shown)
    return plain(f"{number:.9g}")


def moment(value: Any) -> str:
    """`2026-01-31 10:00:00.5+00` in ISO form, `2026-01-31T10:00:00.5+00:00`; other words stay as they are."""
    text = same(value)
    found = _MOMENT.fullmatch(text)
    if not found:
        return text
    day, time, hours, minutes, rest = found.groups()
    time = _ZEROS.sub(r"\1", time).removesuffix(".")
    return f"{day}T{time}{hours or ''}{(minutes or ':00') if hours else ''}{rest}"


def utc_moment(value: Any) -> str:
    """A time given in UTC without saying so."""
    text = moment(value)
    return f"{text}+00:00" if text else ""


def same(value: Any) -> str:
    """Text as it is, and nothing for nothing."""
    return "" if value is None else str(value)


def stored(value: Any) -> str:
    """A cell of SQLite, where every cell has a type of its own."""
    if isinstance(value, bytes):
        return value.hex()
    return plain(value) if isinstance(value, float) else same(value)


def stored_flag(value: Any) -> str:
    """A cell of a SQLite column that was declared a boolean."""
    return ("false", "true")[value] if value in (0, 1) and isinstance(value, int) else stored(value)
