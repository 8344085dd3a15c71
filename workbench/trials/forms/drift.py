"""The words of month against month, in the person's language."""

from __future__ import annotations

import re

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

REASONS = {
    "contract": _l("the contract"), "package": _l("what a package holds"), "price": _l("a price"),
    "rules": _l("the rules of the bill"), "usage": _l("the use"),
}
# The parts of which the sandbox makes its sentence (sandbox/reconciliation/months.py, sandbox/reconciliation/policies.py).
_PARTS = {
    re.compile(pattern): words
    for pattern, words in {
        r"package (?P<name>.+) added: (?P<now>[0-9]+)": _l("package %(name)s added: %(now)s"),
        r"package (?P<name>.+) ended: (?P<was>[0-9]+) before": _l("package %(name)s ended: %(was)s before"),
        r"package (?P<name>.+) (?P<was>[0-9]+) → (?P<now>[0-9]+)": _l("package %(name)s %(was)s → %(now)s"),
        r"package (?P<name>.+) in force: (?P<was>.+) → (?P<now>.+)": _l("package %(name)s in force: %(was)s → %(now)s"),
        r"(?P<name>.+) lines added: (?P<now>[0-9]+)": _l("lines of %(name)s added: %(now)s"),
        r"(?P<name>.+) lines ended: (?P<was>[0-9]+) before": _l("lines of %(name)s ended: %(was)s before"),
        r"(?P<name>.+) lines (?P<was>[0-9]+) → (?P<now>[0-9]+)": _l("lines of %(name)s %(was)s → %(now)s"),
        r"(?P<name>.+) lines in force: (?P<was>.+) → (?P<now>.+)": _l("lines of %(name)s in force: %(was)s → %(now)s"),
        r"one package (?P<name>.+) holds (?P<was>[0-9]+) → (?P<now>[0-9]+)": _l(
            "one package %(name)s holds %(was)s → %(now)s"
        ),
        r"price of (?P<name>.+?) (?P<was>[0-9.]+ [A-Z]{3}|none) → (?P<now>[0-9.]+ [A-Z]{3}|none)": _l(
            "price of %(name)s %(was)s → %(now)s"
        ),
        r"used (?P<was>[0-9]+) → (?P<now>[0-9]+) \((?P<by>[+-][0-9]+)\)": _l("used %(was)s → %(now)s (%(by)s)"),
        r"usage of the earlier month refused at (?P<places>.+)": _l("usage of the earlier month refused at %(places)s"),
        r"usage of the later month refused at (?P<places>.+)": _l("usage of the later month refused at %(places)s"),
        r"by other rules: units are pooled per client": _l("by other rules: units are pooled per client"),
        r"by other rules: each contract has units of its own": _l("by other rules: each contract has units of its own"),
        r"extra units are billed as contracted": _l("extra units are billed as contracted"),
        r"extra units are billed as used": _l("extra units are billed as used"),
        r"no period: every line counts in full": _l("no period: every line counts in full"),
        r"period (?P<month>[0-9-]+): units count on its last day, amounts by day": _l(
            "period %(month)s: units count on its last day, amounts by day"
        ),
        r"period (?P<month>[0-9-]+): units count on its first day, amounts by day": _l(
            "period %(month)s: units count on its first day, amounts by day"
        ),
        r"period (?P<month>[0-9-]+): units count on its day that holds most, amounts by day": _l(
            "period %(month)s: units count on its day that holds most, amounts by day"
        ),
    }.items()
}


def drift_said(why: str) -> str:
    """The sentence of a drifted row in the person's language; a part that is not known stays as it is."""
    return str(_("; ")).join(_part(each) for each in why.split("; "))


def _part(part: str) -> str:
    found = ((words, pattern.fullmatch(part)) for pattern, words in _PARTS.items())
    return next((str(words) % match.groupdict() for words, match in found if match), part)
