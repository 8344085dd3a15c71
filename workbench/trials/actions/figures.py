"""A run whose usage was read off a screen: the screenshots become evidence, the figures its input."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import BinaryIO

from flask_babel import gettext as _

from workbench import clock, jobs
from workbench.evidence.actions import LIMIT, add_file
from workbench.evidence.queries import newest_version
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trials import rules
from workbench.trials.actions.reconciliations import start_run
from workbench.trials.rules import Figure, FigureFault, Shot
from workbench.web.refusals import BadValue

MOST_SHOTS = 20


def start_by_hand(
    *, project: Project, title: str, period_on: date | None, read_on: date, figures: Sequence[Figure],
    screenshots: Sequence[tuple[str, BinaryIO]], uploads: Mapping[str, tuple[str, BinaryIO]], home: Path, by: Person,
    address: str, again: int = 0, chosen: Mapping[str, str] | None = None, limit: int = LIMIT,
) -> jobs.Job:
    """Keep each screenshot (file name, stream) as evidence, make the usage file of the figures, and queue the run.

    Raises BadValue naming the row and what is wrong with it, or the file that is missing.
    """
    _check(read_on, figures, screenshots)
    shots = []
    for number, (name, stream) in enumerate(screenshots, start=1):
        kept = add_file(
            project=project, title=_("%(title)s: screenshot %(number)s", title=title, number=number), stream=stream,
            filename=rules.file_name(name), home=home, by=by, limit=limit,
            note=_("Shows figures read on %(day)s.", day=read_on.isoformat()),
        )
        version = newest_version(kept.id)
        shots.append(Shot(version.filename or name, version.sha256 or "", kept.id, kept.number))
    text = rules.figures_toml(figures, shots, read_on, by.name)
    return start_run(
        project=project, title=title, period_on=period_on, home=home, by=by, address=address, again=again, chosen=chosen,
        uploads={**uploads, "usage": (rules.FIGURES_FILE, io.BytesIO(text.encode()))}, shots=[vars(each) for each in shots],
    )


def _check(read_on: date, figures: Sequence[Figure], screenshots: Sequence[tuple[str, BinaryIO]]) -> None:
    if read_on > clock.today():
        raise BadValue("read_on", _("This day has not come yet."))
    if not 1 <= len(screenshots) <= MOST_SHOTS:
        raise BadValue("screenshots", _("Choose 1 to %(most)s screenshots that show the figures.", most=MOST_SHOTS))
    if not figures:
        raise BadValue("client", _("Type at least one figure."))
    said = {
        FigureFault.NO_CLIENT: _("the client is missing"), FigureFault.NO_SERVICE: _("the service is missing"),
        FigureFault.NOT_WHOLE: _("a quantity is a whole number, 0 or more"),
        FigureFault.NO_SHOT: _("name one of the screenshots, 1 to %(most)s", most=len(screenshots)),
    }
    faults = rules.figure_faults(figures, len(screenshots))
    if faults:
        told = [_("row %(number)s: %(fault)s", number=number, fault=said[fault]) for number, fault in faults[:20]]
        raise BadValue("client", "; ".join(told))
