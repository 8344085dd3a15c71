"""Adoption measures and weekly readings, plainly made."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from workbench.adoption import actions
from workbench.adoption.models import AdoptionMeasure, Reading
from workbench.people.models import Person
from workbench.projects.models import Project

MONDAY = date(2025, 1, 6)


def a_measure(project: Project, *, by: Person, **facts: Any) -> AdoptionMeasure:
    """A measure with a limit of 5 percent."""
    return actions.set_measure(project=project, by=by, **{"behaviour": "invoice made from the mapping", **facts})


def a_reading(
    project: Project, measure: AdoptionMeasure, *, by: Person, week: int = 0, new_way: int = 95, old_way: int = 5
) -> Reading:
    """The count of the week that lies `week` weeks after the first."""
    day = MONDAY + timedelta(weeks=week)
    return actions.note_reading(project=project, measure=measure, week_of=day, new_way=new_way, old_way=old_way, by=by)
