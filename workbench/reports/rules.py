"""What a report is built from, and which acts leave its content as it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.projects.models import Project

BUNDLE = "bundle"
# Acts that change nothing a report says. Whatever else happens to the project, or to the installation as a whole (entries
# without a project: persons, tools), asks for a new checkpoint.
NEUTRAL_ACTS = frozenset({"report_built", "bundle_built", "bundle_kept", "signed_in", "signed_out", "preference_set"})


@dataclass(frozen=True)
class Point:
    """The state of the trail that a report is built from: the signed checkpoint that precedes the building."""

    size: int
    root: str
    key_name: str
    vkey: str
    note: str
    at: datetime

    @property
    def on(self) -> date:
        """The day ages and validity are counted from, so that the same data give the same report whenever it is built."""
        return self.at.date()


@dataclass(frozen=True)
class Brief:
    """What a report of the catalogue is asked for."""

    project: Project
    language: str
    organisation: str
    point: Point
