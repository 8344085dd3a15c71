"""What a report of the catalogue is asked for, and what it answers, without its pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask_babel import force_locale

from workbench import clock
from workbench.projects.models import Project
from workbench.reports import queries
from workbench.reports.rules import Brief, Identity, Options
from workbench.trail.actions import checkpoint

ALL = Options()


def brief_of(project: Project, home: Path, options: Options = ALL, language: str = "en") -> Brief:
    """What a report is asked for, from a checkpoint signed now."""
    point = queries.point_of(checkpoint(keys=home / "keys", reason="test"), home / "keys")
    return Brief(project, language, Identity("Nordpont"), point, options)


def built(key: str, project: Project, home: Path, options: Options = ALL) -> Any:
    """The context of a report."""
    brief = brief_of(project, home, options)
    with force_locale("en"), clock.as_of(brief.point.at):
        return queries.catalogue()[key].build(brief)
