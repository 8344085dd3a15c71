"""Jinja filters: dates with their distance, times, numbers and money in the person's language."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Context, Decimal, localcontext
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from flask import Flask
from flask_babel import get_locale, gettext, ngettext

from workbench import clock

_MONEY_PLACES = 2
_EXACT = Context(prec=80)  # a sum may have more digits than the context that Babel counts in


def _language() -> str:
    locale = get_locale()
    return locale.language if locale is not None else "en"


def on(value: date | datetime | None) -> str:
    """A date, such as 12 Oct 2026."""
    if value is None:
        return "–"
    return str(format_date(value, _day(value), locale=_language()))


def at(value: datetime | None) -> str:
    """A time in UTC, such as 12 Oct 2026 14:02 UTC."""
    return "–" if value is None else str(format_datetime(value, f"{_day(value)} HH:mm", locale=_language())) + " UTC"


def _day(value: date) -> str:
    """The pattern of a day: the first of a month is « 1er » in French."""
    return "d'er' MMM y" if value.day == 1 and _language() == "fr" else "d MMM y"


def distance(value: date | None) -> str:
    """How far a date is: “12 days left”, “today”, “3 days ago”."""
    if value is None:
        return ""
    days = (value - clock.today()).days
    if days == 0:
        return str(gettext("today"))
    if days > 0:
        return str(ngettext("%(num)s day left", "%(num)s days left", days))
    return str(ngettext("%(num)s day ago", "%(num)s days ago", -days))


def number(value: Any) -> str:
    """A number with the language's separators."""
    return "–" if value is None else str(format_decimal(value, locale=_language()))


def exact(value: Decimal | str | int) -> str:
    """A number of which each digit counts, with the language's marks: no zeros behind the second decimal place."""
    whole, _mark, places = (f"{value:f}" if isinstance(value, Decimal) else str(value)).partition(".")
    kept = places[:_MONEY_PLACES] + places[_MONEY_PLACES:].rstrip("0")
    pattern = f"#,##0.{'0' * len(kept)}" if kept else "#,##0"
    with localcontext(_EXACT):
        return str(format_decimal(Decimal(f"{whole}.{kept}" if kept else whole), pattern, locale=_language()))


def money(value: Decimal | str | None, currency: str | None = "EUR") -> str:
    """An amount with its currency; an unknown amount is said to be so."""
    if value is None or not currency:
        return str(gettext("no price known"))
    return str(format_currency(Decimal(value), currency, locale=_language()))


def size(value: int) -> str:
    """A file size in kB or MB."""
    if value >= 1_000_000:
        return str(gettext("%(number)s MB", number=number(round(value / 1_000_000, 1))))
    return str(gettext("%(number)s kB", number=number(max(1, round(value / 1000)))))


def init_app(app: Flask) -> None:
    """Offer the filters to every template."""
    app.add_template_filter(on, "on")
    app.add_template_filter(at, "at")
    app.add_template_filter(distance, "distance")
    app.add_template_filter(number, "number")
    app.add_template_filter(exact, "exact")
    app.add_template_filter(money, "money")
    app.add_template_filter(size, "size")
