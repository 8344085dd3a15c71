"""What every document of the catalogue has in common: its brief, its numbered headings, and the facts on its cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import format_date
from flask_babel import gettext as _

from workbench.reports.rules import Brief, Options, Section


@dataclass(frozen=True)
class Headed:
    """The context of a template that extends reports/_document.html. `cover` holds labels with a text or several."""

    brief: Brief
    sections: tuple[Section, ...]
    cover: tuple[tuple[str, str | Sequence[str]], ...]

    def section(self, name: str) -> Section:
        """The heading of one section."""
        return next(each for each in self.sections if each.id == name)

    def has(self, name: str) -> bool:
        """Whether a section is among those printed: an appendix may be left out."""
        return any(each.id == name for each in self.sections)

    def shows(self, kind: str) -> bool:
        """Whether the reader's level sees that kind."""
        return self.brief.options.shows(kind)


def chosen(options: Options) -> tuple[tuple[str, str], ...]:
    """The facts of the cover that say what was chosen: the period, the steps, the subjects; nothing where all is told."""
    first, last = (each and format_date(each, "medium") for each in (options.period.first, options.period.last))
    words = (
        (_("Period"), _("%(first)s to %(last)s", first=first or "…", last=last or "…") if first or last else ""),
        (_("Steps"), ", ".join(str(each) for each in options.steps)),
        (_("Only"), ", ".join(options.subjects)),
    )
    return tuple((str(label), str(told)) for label, told in words if told)
