"""The text of a cell: numbers in plain notation without a needless .0, dates and times in ISO form, true and false."""
from __future__ import annotations

import datetime
import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any

_ISO_TIME = re.compile(r"PT(\d+)H(\d+)M(\d+(?:\.\d+)?)S")
_KEPT = 1e15  # a spreadsheet keeps 15 digits of a number
_ROUND = 11  # digits before the zeros of a number that is round rather than cut, such as 2.5E+15
_CERTAIN = datetime.date(1900, 3, 1)  # Excel has a 29 February 1900, LibreOffice has not: before it their days differ


def cell_text(value: Any) -> str:
    """The text that says the same as a value of a workbook."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else number_text(repr(value))
    if isinstance(value, datetime.timedelta):
        return _duration(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def doubt_of(value: Any) -> str:
    """Why the value of a cell may not be what was typed; nothing for most."""
    if isinstance(value, float | int):
        return "" if -_KEPT < value < _KEPT else _number_doubt(value)
    if isinstance(value, datetime.date):
        day = value.date() if isinstance(value, datetime.datetime) else value
        if day < _CERTAIN:
            return "holds a day before 1 March 1900, which spreadsheet programs count differently; store it as text"
    return ""


def _number_doubt(value: float) -> str:
    if not math.isfinite(value):
        return "holds a number that is out of the range of a spreadsheet; correct it, or store it as text"
    number = Decimal(repr(value)).normalize()
    if len(number.as_tuple().digits) <= _ROUND:
        return ""
    return f"holds a number of {number.adjusted() + 1} digits, of which a spreadsheet keeps 15; store it as text"


def number_text(written: str) -> str:
    """A number as it was written, without an exponent and without zeros behind the point that say nothing."""
    try:
        number = Decimal(written)
    except InvalidOperation:
        return written
    if not number.is_finite() or not -400 < number.adjusted() < 400:
        return written
    plain = f"{number:f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain


def time_text(written: str) -> str:
    """`PT13H05M07S` as 13:05:07; hours go on past 24."""
    found = _ISO_TIME.fullmatch(written)
    if not found:
        return written
    hours, minutes, seconds = found.groups()
    whole, point, part = seconds.partition(".")
    return f"{int(hours):02d}:{int(minutes):02d}:{int(whole):02d}{point}{part}"


def _duration(value: datetime.timedelta) -> str:
    seconds = value.days * 86_400 + value.seconds
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
