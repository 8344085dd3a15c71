"""What was chosen for a report, in words: on its cover, in lists, on the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.checklists.library import library
from workbench.projects.forms import CONFIDENTIALITY
from workbench.projects.rules import Confidentiality
from workbench.reports.rules import (
    BUNDLE,
    LEVELS,
    LOWEST_FIRST,
    Cadence,
    FileFormat,
    Kind,
    Moving,
    Options,
    Paper,
    Period,
)
from workbench.web.filters import on as in_short

WITHHELD = {
    Kind.AMOUNTS: _l("prices, amounts and margins"),
    Kind.MARKED: _l("what is marked confidential where it is kept"),
    Kind.PERSONS: _l("names of persons"),
    Kind.CLIENTS: _l("names of clients"),
    Kind.FILES: _l("names of evidence files"),
    Kind.STATEMENTS: _l("what consulted people said"),
    Kind.ADDRESSES: _l("e-mail addresses, hosts and addresses"),
}
FORMATS = {FileFormat.PDF: _l("PDF"), FileFormat.DOCX: _l("Word (DOCX)")}
PAPERS = {Paper.A4: _l("A4"), Paper.LETTER: _l("US Letter")}
CADENCES = {
    Cadence.NEVER: _l("only when asked"),
    Cadence.WEEKLY: _l("every week"),
    Cadence.MONTHLY: _l("every month"),
    Cadence.QUARTERLY: _l("every quarter"),
    Cadence.YEARLY: _l("every year"),
}
MOVES = {
    Moving.FIXED: _l("the days typed above"),
    Moving.WEEK: _l("the week before"),
    Moving.MONTH: _l("the month before"),
    Moving.QUARTER: _l("the quarter before"),
    Moving.YEAR: _l("the year before"),
}


def level_in_words(level: Confidentiality) -> str:
    """What a level withholds, in one sentence."""
    if not LEVELS[level]:
        return str(_("Nothing is withheld beyond what no report prints: names and words given in confidence."))
    return str(_("Withheld: %(kinds)s.", kinds=withheld_in_words(level)))


def withheld_in_words(level: Confidentiality) -> str:
    """The kinds that a level withholds."""
    return ", ".join(str(WITHHELD[kind]) for kind in Kind if kind in LEVELS[level])


def period_in_words(period: Period) -> str:
    """The period with its open ends; "" where everything is told."""
    if period.first and period.last:
        return str(_("%(first)s to %(last)s", first=in_short(period.first), last=in_short(period.last)))
    if period.first:
        return str(_("from %(first)s", first=in_short(period.first)))
    return str(_("until %(last)s", last=in_short(period.last))) if period.last else ""


def period_told(period: Period, opened: date, on: date) -> str:
    """The period in words; where none was chosen, the whole life of the project up to a day."""
    whole = _("the whole life of the project, from %(first)s to %(last)s", first=in_short(opened), last=in_short(on))
    return period_in_words(period) or str(whole)


def chosen(options: Options, annexes: Sequence[tuple[str, Any]], language: str) -> list[tuple[str, str]]:
    """(label, text) of everything that narrows a report with these appendices; nothing for what is as usual."""
    packs, titles = library(), {name: str(title) for name, title in annexes}
    told = [
        (_("Period"), period_in_words(options.period)),
        (_("Steps"), ", ".join(str(each) for each in sorted(options.steps))),
        (_("Checklists"), ", ".join(packs[each].title.in_(language) if each in packs else each for each in options.packs)),
        (_("Only"), ", ".join(options.subjects)),
        (_("Without the appendices"), ", ".join(titles.get(each, each) for each in sorted(options.without))),
    ]
    return [(str(label), text) for label, text in told if text]


def all_chosen(options: Options, annexes: Sequence[tuple[str, Any]], language: str) -> str:
    """The same and all that is not as usual, in one line: “Period: 1 Jan 2026 to 31 Jan 2026; for readers: public”."""
    told = chosen(options, annexes, language)
    if LEVELS[options.confidentiality]:
        told.append((str(_("For readers")), str(CONFIDENTIALITY[options.confidentiality])))
    if options.paper != Paper.A4:
        told.append((str(_("Paper")), str(PAPERS[options.paper])))
    if options.is_archival:
        told.append((str(_("Form")), str(_("archival"))))
    if options.file_format != FileFormat.PDF:
        told.append((str(_("File")), str(FORMATS[options.file_format])))
    return str(_("; ")).join(str(_("%(label)s: %(text)s", label=label, text=text)) for label, text in told)


def is_lower(options: Options) -> bool:
    """Whether the reader sees less than everything."""
    return options.confidentiality != LOWEST_FIRST[-1]


def title_of(key: str, catalogue: Mapping[str, Any]) -> str:
    """What a built file is called: by its report, or the bundle."""
    if key == BUNDLE:
        return str(_("Evidence bundle"))
    return str(catalogue[key].TITLE) if key in catalogue else key
