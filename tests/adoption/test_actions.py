"""Setting measures and noting weeks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from tests.factories.adoption import MONDAY, a_measure, a_reading
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.adoption import actions, queries
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trail.queries import history
from workbench.web.refusals import BadValue


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead)


def test_measures_get_codes_and_are_recorded(lead: Person, project: Project) -> None:
    rows = [a_measure(project, by=lead) for _ in range(2)]
    (event,) = history("adoption_measure", rows[0].id)
    assert [each.code for each in rows] == ["AM-1", "AM-2"]
    assert (event.act, event.project, event.new["limit_percent"]) == ("measure_set", project.key, 5)


def test_measure_with_an_impossible_limit_is_refused(lead: Person, project: Project) -> None:
    with pytest.raises(BadValue) as refusal:
        a_measure(project, by=lead, limit_percent=101)
    assert refusal.value.field == "limit_percent"


def test_changed_limit_judges_every_week_anew(lead: Person, project: Project) -> None:
    measure = a_measure(project, by=lead)
    a_reading(project, measure, by=lead, new_way=92, old_way=8)
    actions.change_measure(
        project=project, measure=measure, behaviour=measure.behaviour, counted_from="", limit_percent=10, by=lead
    )
    ((week,),) = [each.weeks for each in queries.counted(project.id)]
    event = history("adoption_measure", measure.id)[-1]
    assert (week.is_within, event.act, event.old["limit_percent"]) == (True, "measure_changed", 5)


def test_reading_is_noted_once_a_week(lead: Person, project: Project) -> None:
    measure = a_measure(project, by=lead)
    row = a_reading(project, measure, by=lead)
    with pytest.raises(BadValue) as refusal:
        a_reading(project, measure, by=lead)
    (event,) = history("adoption_reading", row.id)
    assert (refusal.value.field, event.act) == ("week_of", "reading_noted")
    assert event.new == {"measure": "AM-1", "week_of": MONDAY.isoformat(), "new_way": 95, "old_way": 5}


@pytest.mark.parametrize(
    ("week_of", "new_way", "old_way", "field"),
    [(MONDAY + timedelta(days=1), 1, 1, "week_of"), (MONDAY, -1, 1, "new_way"), (MONDAY, 1, -1, "old_way")],
)
def test_reading_that_cannot_be_is_refused(
    lead: Person, project: Project, week_of: date, new_way: int, old_way: int, field: str
) -> None:
    measure = a_measure(project, by=lead)
    with pytest.raises(BadValue) as refusal:
        actions.note_reading(
            project=project, measure=measure, week_of=week_of, new_way=new_way, old_way=old_way, by=lead
        )
    assert refusal.value.field == field


def test_reading_of_a_week_to_come_is_refused(lead: Person, project: Project) -> None:
    today = clock.today()
    coming = today + timedelta(days=7 - today.weekday())
    with pytest.raises(BadValue, match="still to come"):
        actions.note_reading(
            project=project, measure=a_measure(project, by=lead), week_of=coming, new_way=1, old_way=0, by=lead
        )


def test_correct_reading_keeps_the_first_count_in_the_trail(lead: Person, project: Project) -> None:
    measure = a_measure(project, by=lead)
    row = a_reading(project, measure, by=lead)
    actions.correct_reading(project=project, measure=measure, reading=row, new_way=90, old_way=10, by=lead)
    event = history("adoption_reading", row.id)[-1]
    assert (event.act, event.old, event.new["old_way"]) == ("reading_corrected", {"new_way": 95, "old_way": 5}, 10)


def test_weeks_come_in_order_whatever_the_order_of_noting(lead: Person, project: Project) -> None:
    measure, other = a_measure(project, by=lead), a_measure(project, by=lead)
    for week in (2, 0, 1):
        a_reading(project, measure, by=lead, week=week)
    a_reading(project, other, by=lead)
    found = [[(each.week_of - MONDAY).days // 7 for each in row.weeks] for row in queries.counted(project.id)]
    assert found == [[0, 1, 2], [0]]
