"""The pages of the request for change."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask

from tests.factories.changes import a_request_for_change
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.changes import queries
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


def test_empty_page_offers_the_first_request(client: Any, lead: Person, project: Project) -> None:
    page = client.sign_in(lead).get("/projects/INV-1/changes").text
    assert ("No request for change yet" in page, "Draft a request for change" in page) == (True, True)


@pytest.mark.parametrize("rows", [1, 3])
def test_page_takes_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, rows: int
) -> None:
    for _ in range(rows):
        a_request_for_change(project, by=lead)
    client.sign_in(lead)
    with count_queries() as seen:
        client.get("/projects/INV-1/changes")
    assert len([each for each in seen if each.startswith("SELECT")]) == 4  # person, rights, project, requests


def test_request_is_drafted_and_changed(client: Any, lead: Person, project: Project) -> None:
    number = project.id
    client.sign_in(lead)
    client.post("/projects/INV-1/changes/new", {"title": "Bill", "change_type": "normal", "planned_on": "2026-05-04"})
    (row,) = queries.requests_for_change(number)
    address = f"/projects/INV-1/changes/{row.id}/edit"
    first = client.post(address, {"title": "Bill it", "change_type": "standard", "version": "1"})
    stale = client.post(address, {"title": "Bill them", "change_type": "normal", "version": "1"})
    page = client.get("/projects/INV-1/changes").text
    assert (first.status_code, stale.status_code, "Bill them" in stale.text) == (303, 409, True)
    assert ("RFC-1 Bill it" in page, "standard" in page, "missing" in page) == (True, True, True)


def test_request_without_a_title_is_refused_beside_the_field(client: Any, lead: Person, project: Project) -> None:
    answer = client.sign_in(lead).post("/projects/INV-1/changes/new", {"title": " ", "change_type": "normal"})
    assert (answer.status_code, 'id="title-error"' in answer.text) == (422, True)


def test_readers_may_not_write_and_other_projects_are_not_there(client: Any, lead: Person, project: Project) -> None:
    reader = a_person(role=Role.GUEST)
    a_member(project, reader, role=Role.GUEST)
    other = a_request_for_change(a_project(by=lead), by=lead).id
    client.sign_in(reader)
    assert [client.get(f"/projects/INV-1/{each}").status_code for each in ("changes", "changes/new")] == [200, 403]
    assert client.sign_in(lead).get(f"/projects/INV-1/changes/{other}/edit").status_code == 404
