"""Checklists that come again: the rule of a recurrence, and the run that is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _

from workbench import clock
from workbench.checklists import queries
from workbench.checklists.actions.answering import hold, pinned
from workbench.checklists.actions.assigning import assign_items
from workbench.checklists.library import Pack
from workbench.checklists.models import Checklist, Recurrence
from workbench.database import db
from workbench.people.queries import person
from workbench.projects.models import Project
from workbench.projects.queries import project as project_of
from workbench.trail.actions import record
from workbench.trail.rules import SYSTEM, Actor
from workbench.web.refusals import BadValue


def check_recurrence(project: Project, facts: Mapping[str, Any], row: Any) -> None:
    """The pack is installed and asks the chapter or step; the person is on the team and may answer."""
    pack = queries.installed(facts["pack_id"])
    if pack is None:
        raise BadValue("pack_id", _("No pack is called “%(pack)s”.", pack=facts["pack_id"][:60]))
    if facts["part"] and not queries.within(pack, [facts["part"]]).items:
        raise BadValue("part", _("This pack asks nothing in “%(part)s”.", part=facts["part"]))
    allowed = queries.respondents(Checklist(project_id=project.id, reserved_for=None))
    if facts["person_id"] not in {number for number, _name in allowed}:
        raise BadValue("person_id", _("Choose a member of the team who may answer checklists."))


def start_due_checklists(today: date, *, by: Actor = SYSTEM, project_id: int | None = None) -> list[Checklist]:
    """Make the checklist of each run that is due, on one project or on all, and ask its person for the answers.

    A run that is there already is not made again, and one missed earlier is not made up for: only the last day counts.
    """
    made = []
    for each, run in queries.due_runs(today, project_id):
        project, pack = project_of(each.project_id), queries.installed(each.pack_id)
        hold(project)
        if pack is not None and not queries.has_run(each, run):
            made.append(_started(project, each, run, pack, by))
    return made


def _started(project: Project, recurrence: Recurrence, run: date, pack: Pack, by: Actor) -> Checklist:
    parts = [recurrence.part] if recurrence.part else None
    occasion = queries.occasion_of(recurrence, run)
    title = f"{recurrence.title}, {run.isoformat()}"
    made = pinned(project, pack, by.id or recurrence.person_id, occasion=occasion, title=title, parts=parts)
    after = {"recurrence": recurrence.code, "run": run, "pack": pack.id, "version": pack.version, "items": made.total}
    record("recurring_checklist_started", made, by=by, project=project.key, after=after)
    answering = person(recurrence.person_id)
    if answering is not None and answering.id in {number for number, _name in queries.respondents(made)}:
        due = max(run + timedelta(days=recurrence.days_to_answer), clock.today())
        keys = [item.key for item in queries.within(pack, parts).items]
        assign_items(project=project, checklist=made, item_keys=keys, person=answering, due_on=due, by=by)
    db.session.flush()
    return made
