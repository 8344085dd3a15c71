"""The days of a period, and the part of an amount that falls on some of them: exact, rounded once, to the cent."""
from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from sandbox.errors import InputRefused

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def name(self) -> str:
        """Such as `2026-01`."""
        return f"{self.first:%Y-%m}"

    def part(self, starts_on: date | None, ends_on: date | None) -> tuple[date, date] | None:
        """The first and the last of its days between these two, both included; None where there is no such day."""
        first, last = max(self.first, starts_on or date.min), min(self.last, ends_on or date.max)
        return (first, last) if first <= last else None

    def month_before(self) -> Period:
        """The whole month before the one in which it begins."""
        last = self.first.replace(day=1) - DAY
        return Period(last.replace(day=1), last)


def month(text: str) -> Period:
    """The month written `2026-01`. Raises InputRefused."""
    found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", text, flags=re.ASCII)
    if not found or text.startswith("0000"):
        raise InputRefused(f'period "{text}": a month is written year-month, such as 2026-01')
    year, number = int(found[1]), int(found[2])
    return Period(date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1]))


def is_in_force(starts_on: date | None, ends_on: date | None, day: date | None) -> bool:
    """Whether `day` lies between the two, both included; without a day, dates do not count and all is in force."""
    return day is None or (starts_on or date.min) <= day <= (ends_on or date.max)


def cents(amount: Fraction) -> Decimal:
    """The amount, 0 or more, with two decimals; half a cent goes away from zero."""
    return Decimal(int(amount * 100 + Fraction(1, 2))).scaleb(-2)
