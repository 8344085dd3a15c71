"""The pages of work instructions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask

from tests.factories.people import a_member, a_person
from tests.factories.practices import an_instruction
from tests.factories.projects import a_project
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.practices import queries
from workbench.projects.models import Project

Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def test_empty_page_offers_the_first_instruction(client: Any, lead: Person, project: Project) -> None:
    page = client.sign_in(lead).get("/projects/INV-1/practices").text
    assert ("No work instruction yet" in page, "Write a work instruction" in page) == (True, True)


@pytest.mark.parametrize("rows", [1, 3])
def test_page_takes_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, rows: int
) -> None:
    for _ in range(rows):
        an_instruction(project, by=lead)
    client.sign_in(lead)
    with count_queries() as seen:
        client.get("/projects/INV-1/practices")
    assert len([each for each in seen if each.startswith("SELECT")]) == 4  # person, rights, project, instructions


def test_instruction_is_written_and_revised(client: Any, lead: Person, project: Project) -> None:
    number = project.id
    client.sign_in(lead)
    client.post("/projects/INV-1/practices/new", {"title": "Bill", "role": "clerk", "body": "Fetch it."})
    (row,) = queries.instructions(number)
    address = f"/projects/INV-1/practices/{row.id}/edit"
    typed = {"title": "Bill", "role": "clerk", "body": "Fetch it.\nCheck it.", "version": "1"}
    first = client.post(address, typed)
    stale = client.post(address, {**typed, "body": "Send it."})
    page = client.get("/projects/INV-1/practices").text
    assert (first.status_code, stale.status_code, "Send it." in stale.text) == (303, 409, True)
    assert ("<p>Check it.</p>" in page, "Edition 2, for: clerk" in page) == (True, True)


def test_instruction_without_a_text_is_refused_beside_the_field(client: Any, lead: Person, project: Project) -> None:
    typed = {"title": "Bill", "role": "clerk", "body": " "}
    answer = client.sign_in(lead).post("/projects/INV-1/practices/new", typed)
    assert (answer.status_code, 'id="body-error"' in answer.text) == (422, True)


def test_readers_may_not_write_and_other_projects_are_not_there(client: Any, lead: Person, project: Project) -> None:
    reader = a_person(role=Role.GUEST)
    a_member(project, reader, role=Role.GUEST)
    other = an_instruction(a_project(by=lead), by=lead).id
    client.sign_in(reader)
    assert [client.get(f"/projects/INV-1/{each}").status_code for each in ("practices", "practices/new")] == [200, 403]
    assert client.sign_in(lead).get(f"/projects/INV-1/practices/{other}/edit").status_code == 404
