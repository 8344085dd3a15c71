"""A comparison of offers in words: what it says at a usage and over the range, its numbers in the person's language."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.practices.formats import ACCOUNT_FEE, FEE, PRICE, Compared


def _shown(value: Fraction) -> str:
    """A number in the person's language, to the cent at least; exact where six digits after the point are enough."""
    return str(format_decimal(Decimal(value.numerator) / value.denominator, format="#,##0.00####"))


def plain_use(value: Fraction) -> str:
    """A usage in the person's language, without zeros at its end."""
    return str(format_decimal(Decimal(value.numerator) / value.denominator, format="#,##0.######"))


def exact_use(text: str) -> str:
    """A usage that the sandbox gives as an exact text, `0.5` or `1/3`, in the person's language."""
    return plain_use(Fraction(text))


def exact_sum(text: str | None) -> str:
    """A sum that the sandbox gives as an exact text, in the person's language; nothing of nothing."""
    return _shown(Fraction(text)) if text else ""


def sum_of(value: Fraction, currency: str = "") -> str:
    """A sum in the person's language, with its currency where one is known."""
    return f"{_shown(value)} {currency}".strip()


def offers_said(found: Compared, unit: str, currency: str) -> list[str]:
    """What the comparison says: the cheaper offer at this usage, where it turns, at which fee both are equal."""
    cheap, dear = found.rows[:2]
    gap, names = dear.a_line - cheap.a_line, {"name": cheap.name, "other": dear.name}
    if not gap:
        told = [_("%(name)s and %(other)s cost the same at this usage.", **names)]
    else:
        told = [_("%(name)s is cheaper than %(other)s by %(gap)s a line and month.", gap=sum_of(gap, currency), **names)]
        if found.lines > 1:
            told[0] += " " + _("For all lines that is %(gap)s a month.", gap=sum_of(gap * found.lines, currency))
    asked = found.found.question
    if not found.found.break_evens:
        span = {"first": plain_use(asked.first), "last": f"{plain_use(asked.last)} {unit}".strip()}
        told.append(_("From %(first)s to %(last)s no two offers cost the same.", **span))
    for one in found.found.break_evens:
        used, both = f"{plain_use(one.use)} {unit}".strip(), {"name": one.offers[0], "other": one.offers[1]}
        told.append(_("%(name)s and %(other)s cost the same at a usage of %(usage)s.", usage=used, **both))
    for fee in found.fees:
        told.append(_(
            "With %(fee)s at %(amount)s for %(name)s it would cost as much as %(other)s.", fee=fee_name(fee.fee),
            amount=sum_of(fee.amount, currency), name=fee.offer, other=fee.against,
        ))
    return told


def stretches_said(found: Compared, unit: str, currency: str) -> list[str]:
    """Which offer is the cheapest from one usage to another, and by how much."""
    told = []
    for one in found.found.stretches:
        last = f"{plain_use(one.last)} {unit}".strip()
        names = {"first": plain_use(one.first), "last": last, "name": _(" or ").join(one.cheapest)}
        gaps = found.found.gaps(one)
        if gaps is None:
            told.append(_("From %(first)s to %(last)s all cost the same.", first=names["first"], last=names["last"]))
            continue
        low, high = (sum_of(each / found.lines, currency) for each in gaps)
        by = low if low == high else _("%(low)s to %(high)s", low=low, high=high)
        told.append(_("From %(first)s to %(last)s: %(name)s, by %(by)s a line and month.", by=by, **names))
    return told


FEE_NAMES = {PRICE: _l("the price shown"), FEE: _l("the fee beside it"), ACCOUNT_FEE: _l("the fee for all lines")}


def fee_name(name: str) -> str:
    """A fee as it is called on the page."""
    return str(FEE_NAMES.get(name, name))
