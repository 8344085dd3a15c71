"""The pages of step 4."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask

from tests.factories.paths import a_path
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.paths import actions, queries
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


def test_empty_page_offers_the_first_path(client: Any, lead: Person, project: Project) -> None:
    page = client.sign_in(lead).get("/projects/INV-1/paths").text
    assert ("No path described yet" in page, "Describe a path" in page) == (True, True)


@pytest.mark.parametrize("rows", [1, 3])
def test_page_takes_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, rows: int
) -> None:
    for _ in range(rows):
        a_path(project, by=lead)
    client.sign_in(lead)
    with count_queries() as seen:
        client.get("/projects/INV-1/paths")
    assert len([each for each in seen if each.startswith("SELECT")]) == 4  # person, rights, project, paths


def test_path_is_described_chosen_and_rejected(client: Any, lead: Person, project: Project) -> None:
    number = project.id
    client.sign_in(lead)
    client.post("/projects/INV-1/paths/new", {"name": "Import", "needs_covered": "N-1"})
    (path,) = queries.paths(number)
    address = f"/projects/INV-1/paths/{path.id}"
    client.post(f"{address}/choose", {"reason": "covers N-1", "version": "1"})
    client.post(f"{address}/edit", {"name": "Monthly import", "version": "2"})
    client.post(f"{address}/reject", {"reason": "L-03", "version": "3"})
    late = client.post(f"{address}/choose", {"reason": "anyway", "version": "4"})
    page = client.get("/projects/INV-1/paths").text
    assert [(each.name, each.state, each.reason) for each in queries.paths(number)] == [
        ("Monthly import", "rejected", "L-03")
    ]
    assert (late.status_code, "L-03" in page, f"{address}/choose" in page) == (409, True, False)


def test_reason_is_asked_for_beside_its_field(client: Any, lead: Person, project: Project) -> None:
    number = a_path(project, by=lead).id
    answer = client.sign_in(lead).post(f"/projects/INV-1/paths/{number}/reject", {"reason": " ", "version": "1"})
    assert (answer.status_code, 'id="reason-error"' in answer.text) == (422, True)


def test_choice_after_somebody_else_decided_shows_both_reasons(client: Any, lead: Person, project: Project) -> None:
    path = a_path(project, by=lead)
    actions.choose_path(project=project, path=path, reason="covers N-1", by=lead)
    number = path.id
    client.sign_in(lead)
    answer = client.post(f"/projects/INV-1/paths/{number}/reject", {"reason": "too dear", "version": "1"})
    assert (answer.status_code, "covers N-1" in answer.text, "too dear" in answer.text) == (409, True, True)


def test_readers_see_paths_and_change_nothing(client: Any, lead: Person, project: Project) -> None:
    reader = a_person(role=Role.GUEST)
    a_member(project, reader, role=Role.GUEST)
    number = a_path(project, by=lead).id
    client.sign_in(reader)
    paths = ("paths", "paths/new", f"paths/{number}/edit", f"paths/{number}/choose")
    assert [client.get(f"/projects/INV-1/{each}").status_code for each in paths] == [200, 403, 403, 403]


def test_path_of_another_project_is_not_there(client: Any, lead: Person, project: Project) -> None:
    number = a_path(a_project(by=lead), by=lead).id
    assert client.sign_in(lead).get(f"/projects/INV-1/paths/{number}/edit").status_code == 404
