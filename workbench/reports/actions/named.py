"""What happens to reports under a name: kept, changed, withdrawn, put back, built when they are due."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from workbench import clock, jobs
from workbench.config import LANGUAGES
from workbench.database import db
from workbench.people.models import Person
from workbench.projects import queries as projects
from workbench.projects.models import Project
from workbench.reports import queries
from workbench.reports.actions.building import order
from workbench.reports.models import NamedReport
from workbench.reports.rules import Cadence, Moving, Options, next_on, options_on
from workbench.trail.actions import record
from workbench.trail.rules import SYSTEM, Actor
from workbench.web.refusals import BadValue, Refused

log = logging.getLogger("workbench.reports")
MOVES = "moves"  # beside the options: which period is told of, seen from the day of building


def name_report(
    *, project: Project, key: str, title: str, language: str, options: Options, moving: Moving, cadence: Cadence, by: Person
) -> NamedReport:
    """Keep a report with its options under a name; `by` owns it. Raises BadValue where the name is taken on the project."""
    _check(project.id, title, key, language, None)
    made = NamedReport(
        project_id=project.id, title=title, key=key, language=language, options=_kept(options, moving), cadence=cadence,
        next_on=next_on(cadence, clock.today()), owner_id=by.id, made_at=clock.now(),
    )
    db.session.add(made)
    record("report_named", made, by=by, project=project.key, after={**_told(made), "key": key})
    return made


def change_named(
    *, project: Project, named: NamedReport, title: str, language: str, options: Options, moving: Moving, cadence: Cadence,
    by: Person,
) -> None:
    """Say it anew; from now on it belongs to `by`, in whose rights it is built."""
    _check(project.id, title, named.key, language, named.id)
    _check_open(named)
    before = _told(named)
    if cadence != named.cadence:
        named.next_on = next_on(cadence, clock.today())
    named.title, named.language, named.options, named.cadence = title, language, _kept(options, moving), cadence
    named.owner_id = by.id
    _say("named_report_changed", project.key, named, before, by)


def withdraw_named(*, project: Project, named: NamedReport, reason: str, by: Person) -> None:
    """Build it no more; what was built stays."""
    _check_open(named)
    named.withdrawn_at = clock.now()
    record("named_report_withdrawn", named, by=by, project=project.key, after={"title": named.title}, reason=reason)


def put_back_named(*, project: Project, named: NamedReport, by: Person) -> None:
    """Take a withdrawn one up again; its next day is counted from today."""
    if named.withdrawn_at is None:
        raise Refused(_("“%(title)s” is not withdrawn.", title=named.title))
    _check(project.id, named.title, named.key, named.language, named.id)
    named.withdrawn_at, named.next_on = None, next_on(Cadence(named.cadence), clock.today())
    record("named_report_put_back", named, by=by, project=project.key, after={"title": named.title, "next_on": named.next_on})


def order_named(
    *, project: Project, named: NamedReport, home: Path, keys: Path, organisation: str, by: Person, is_due: bool = False
) -> jobs.Job:
    """Queue the building of it, of the period that moves with the day."""
    _check_open(named)
    return order(
        project=project, key=named.key, language=named.language, home=home, keys=keys, organisation=organisation,
        address=f"/projects/{project.key}/reports/named/{named.id}", by=by, is_due=is_due,
        options=options_on(named.options, clock.today()), named=(named.id, named.title),
    )


def order_due(today: date, *, home: Path, keys: Path, organisation: str) -> list[jobs.Job]:
    """Queue every report under a name whose day has come, each once however many days were missed, and set its next day.

    One whose options cannot be read (it came with a file of a later version, say) is logged, and keeps no other waiting.
    """
    made = []
    for named in queries.due_reports(today):
        project = projects.project(named.project_id)
        try:
            made.append(order_named(
                project=project, named=named, home=home, keys=keys, organisation=organisation, by=named.owner, is_due=True,
            ))
        except (ValueError, TypeError, LookupError, AttributeError):
            log.exception("the options of report %s under a name cannot be read", named.id)
        before = _told(named)
        named.next_on = next_on(Cadence(named.cadence), today)
        _say("named_report_changed", project.key, named, before, SYSTEM)
    return made


def _kept(options: Options, moving: Moving) -> dict[str, Any]:
    kept = options.as_json()
    if moving != Moving.FIXED:
        kept = {name: value for name, value in kept.items() if name not in ("from", "to")} | {MOVES: str(moving)}
    return kept


def _told(named: NamedReport) -> dict[str, Any]:
    names = ("title", "language", "options", "cadence", "next_on", "owner_id")
    return {name: getattr(named, name) for name in names}


def _say(act: str, project_key: str, named: NamedReport, before: Mapping[str, Any], by: Actor) -> None:
    """Record what differs; nothing where nothing does."""
    after = {name: value for name, value in _told(named).items() if value != before[name]}
    if after:
        record(act, named, by=by, project=project_key, before={name: before[name] for name in after}, after=after)


def _check(project_id: int, title: str, key: str, language: str, own: int | None) -> None:
    if key not in queries.catalogue():
        raise BadValue("report", _("There is no such report; there are: %(names)s.", names=", ".join(queries.catalogue())))
    if language not in LANGUAGES:
        raise BadValue("language", _("This language is not offered; there are: %(names)s.", names=", ".join(LANGUAGES)))
    if queries.is_name_taken(project_id, title, without=own):
        raise BadValue("title", _("A report of this project has this name already."))


def _check_open(named: NamedReport) -> None:
    if named.withdrawn_at is not None:
        raise Refused(_("“%(title)s” is withdrawn. Put it back first.", title=named.title))
