"""The pages of step 9."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask

from tests.factories.adoption import a_measure, a_reading
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.adoption import forms, queries
from workbench.adoption.rules import Verdict
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project

Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def test_verdict_is_told_in_a_sentence(app: Flask) -> None:
    with app.test_request_context():
        assert forms.sentence(Verdict(5, 3, 8)) == "within 5 % in 3 of the last 8 weeks"
        assert forms.sentence(Verdict(5, 1, 1)) == "within 5 % in 1 of the last 1 week"


def test_empty_page_offers_the_first_measure(client: Any, lead: Person, project: Project) -> None:
    page = client.sign_in(lead).get("/projects/INV-1/adoption").text
    assert ("No measure set yet" in page, "Set a measure" in page) == (True, True)


def test_page_shows_the_share_and_the_verdict(client: Any, lead: Person, project: Project) -> None:
    measure = a_measure(project, by=lead)
    for week, old in enumerate((30, 20, 10, 7, 6, 5, 0, 4)):
        a_reading(project, measure, by=lead, week=week, new_way=100 - old, old_way=old)
    page = client.sign_in(lead).get("/projects/INV-1/adoption").text
    assert "within 5 % in 3 of the last 8 weeks" in page
    assert ["not yet a habit" in page, "30.0 %" in page or "30 %" in page] == [True, True]


@pytest.mark.parametrize("rows", [1, 3])
def test_page_takes_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, rows: int
) -> None:
    for _ in range(rows):
        a_reading(project, a_measure(project, by=lead), by=lead)
    client.sign_in(lead)
    with count_queries() as seen:
        client.get("/projects/INV-1/adoption")
    assert len([each for each in seen if each.startswith("SELECT")]) == 5  # person, rights, project, measures, readings


def test_measure_is_set_and_weeks_are_noted_and_corrected(client: Any, lead: Person, project: Project) -> None:
    number = project.id
    client.sign_in(lead)
    client.post("/projects/INV-1/adoption/new", {"behaviour": "from the mapping", "limit_percent": "5"})
    (measure,) = queries.measures(number)
    base = f"/projects/INV-1/adoption/{measure.id}"
    noted = client.post(f"{base}/readings/new", {"week_of": "2025-01-06", "new_way": "10", "old_way": "0"})
    ((week,),) = [each.weeks for each in queries.counted(number)]
    typed = {"new_way": "9", "old_way": "1", "version": "1"}
    corrected = client.post(f"{base}/readings/{week.reading_id}/edit", typed)
    stale = client.post(f"{base}/readings/{week.reading_id}/edit", typed)
    changed = client.post(f"{base}/edit", {"behaviour": "from the mapping", "limit_percent": "10", "version": "1"})
    assert [each.status_code for each in (noted, corrected, stale, changed)] == [303, 303, 409, 303]
    ((week,),) = [each.weeks for each in queries.counted(number)]
    assert (week.new_way, week.old_way, week.is_within) == (9, 1, True)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"week_of": "2025-01-07", "new_way": "1", "old_way": "1"}, "week_of"),
        ({"week_of": "2025-01-06", "new_way": "1.5", "old_way": "1"}, "new_way"),
        ({"week_of": "2025-01-06", "new_way": "1", "old_way": "-1"}, "old_way"),
    ],
)
def test_refused_week_names_the_field(
    client: Any, lead: Person, project: Project, typed: dict[str, str], field: str
) -> None:
    number = a_measure(project, by=lead).id
    answer = client.sign_in(lead).post(f"/projects/INV-1/adoption/{number}/readings/new", typed)
    assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)


def test_readers_may_not_write_and_other_projects_are_not_there(client: Any, lead: Person, project: Project) -> None:
    reader = a_person(role=Role.GUEST)
    a_member(project, reader, role=Role.GUEST)
    other = a_measure(a_project(by=lead), by=lead).id
    client.sign_in(reader)
    assert [client.get(f"/projects/INV-1/{each}").status_code for each in ("adoption", "adoption/new")] == [200, 403]
    client.sign_in(lead)
    paths = (f"{other}/edit", f"{other}/readings/new", f"{other}/readings/1/edit")
    assert [client.get(f"/projects/INV-1/adoption/{each}").status_code for each in paths] == [404] * 3
