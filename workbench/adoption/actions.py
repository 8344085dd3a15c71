"""What happens in step 9: setting measures and noting what was counted each week."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from workbench import clock
from workbench.adoption.models import AdoptionMeasure, Reading
from workbench.adoption.rules import MONDAY
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.projects.queries import next_code
from workbench.trail.actions import record
from workbench.web.refusals import BadValue


def set_measure(
    *, project: Project, behaviour: str, by: Person, counted_from: str = "", limit_percent: int = 5
) -> AdoptionMeasure:
    """Set what is counted each week; it gets the next code (AM-1 …)."""
    _check_limit(limit_percent)
    facts = {"behaviour": behaviour, "counted_from": counted_from, "limit_percent": limit_percent}
    code = next_code("adoption_measure", project.id, "AM-")
    made = AdoptionMeasure(project_id=project.id, code=code, **facts)
    db.session.add(made)
    record("measure_set", made, by=by, project=project.key, after={"code": code, **facts})
    return made


def change_measure(
    *, project: Project, measure: AdoptionMeasure, behaviour: str, counted_from: str, limit_percent: int, by: Person
) -> None:
    """Change what is counted or its limit; every week is judged by the new limit, and the trail keeps the old one."""
    _check_limit(limit_percent)
    new = {"behaviour": behaviour, "counted_from": counted_from, "limit_percent": limit_percent}
    old = {name: getattr(measure, name) for name in new}
    for name, value in new.items():
        setattr(measure, name, value)
    record("measure_changed", measure, by=by, project=project.key, before=old, after={"code": measure.code, **new})


def note_reading(
    *, project: Project, measure: AdoptionMeasure, week_of: date, new_way: int, old_way: int, by: Person
) -> Reading:
    """Note one week's count, once per week; a wrong one is corrected instead."""
    if week_of.weekday() != MONDAY:
        raise BadValue("week_of", _("A week is named by its Monday."))
    if week_of > clock.today():
        raise BadValue("week_of", _("This week is still to come."))
    _check_counts(new_way, old_way)
    wanted = select(Reading.id).where(Reading.measure_id == measure.id, Reading.week_of == week_of)
    if db.session.scalar(wanted) is not None:
        raise BadValue("week_of", _("This week is noted already; correct the reading in the table."))
    made = Reading(measure_id=measure.id, week_of=week_of, new_way=new_way, old_way=old_way)
    db.session.add(made)
    after = {"measure": measure.code, "week_of": week_of, "new_way": new_way, "old_way": old_way}
    record("reading_noted", made, by=by, project=project.key, after=after)
    return made


def correct_reading(
    *, project: Project, measure: AdoptionMeasure, reading: Reading, new_way: int, old_way: int, by: Person
) -> None:
    """Correct one week's count; the trail keeps what was noted first."""
    _check_counts(new_way, old_way)
    before = {"new_way": reading.new_way, "old_way": reading.old_way}
    reading.new_way, reading.old_way = new_way, old_way
    after = {"measure": measure.code, "week_of": reading.week_of, "new_way": new_way, "old_way": old_way}
    record("reading_corrected", reading, by=by, project=project.key, before=before, after=after)


def _check_limit(limit_percent: int) -> None:
    if not 0 <= limit_percent <= 100:
        raise BadValue("limit_percent", _("The limit is a whole number from 0 to 100."))


def _check_counts(new_way: int, old_way: int) -> None:
    for name, value in (("new_way", new_way), ("old_way", old_way)):
        if not 0 <= value <= 1_000_000_000:
            raise BadValue(name, _("A count is a whole number, 0 or more."))
