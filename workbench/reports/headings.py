"""What every document of the catalogue has in common: its brief, its numbered headings, and the facts on its cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.reports.rules import Brief, Section


@dataclass(frozen=True)
class Headed:
    """The context of a template that extends reports/_document.html.

    `cover` holds labels with a text or several; what the options narrow stands below them by itself (reports/_cover.html).
    """

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
