"""Connections, and acceptance runs with their exceptions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask

from tests.factories.changes import a_connection, an_acceptance_run, an_exception
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_tool
from workbench.changes import queries
from workbench.changes.models import AcceptanceRun, Connection
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.registers.queries import record_in

Counting = Callable[[], AbstractContextManager[list[str]]]
PAGE = "/projects/INV-1/changes"


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def test_connection_is_described_without_its_key(client: Any, lead: Person, project: Project) -> None:
    ends = [a_tool(by=lead, project=project).id for _ in range(2)]
    number = project.id
    typed = {"carries": "counts", "source_tool_id": ends[0], "target_tool_id": ends[1], "kind": "api"}
    client.sign_in(lead)
    refused = client.post(f"{PAGE}/connections/new", {**typed, "key_custody": "Bearer abcdefghijklmnop"})
    taken = client.post(f"{PAGE}/connections/new", {**typed, "key_custody": "vault entry 12"})
    assert (refused.status_code, 'id="key_custody-error"' in refused.text, taken.status_code) == (422, True, 303)
    row = record_in(Connection, number, 1)
    assert row is not None
    assert (row.code, row.key_custody) == ("CX-1", "vault entry 12")


def test_connection_joins_two_tools(client: Any, lead: Person, project: Project) -> None:
    tool = a_tool(by=lead, project=project).id
    typed = {"carries": "counts", "source_tool_id": tool, "target_tool_id": tool, "kind": "file"}
    answer = client.sign_in(lead).post(f"{PAGE}/connections/new", typed)
    assert (answer.status_code, 'id="target_tool_id-error"' in answer.text) == (422, True)


@pytest.mark.parametrize(("field", "value"), [("period", "May"), ("got_amount", "much"), ("currency", "eur")])
def test_acceptance_run_is_typed_exactly(client: Any, lead: Person, project: Project, field: str, value: str) -> None:
    typed = {
        "period": "2026-05", "expected_units": "31", "got_units": "31", "expected_amount": "124,00", "got_amount": "124",
        "currency": "EUR",
    }
    client.sign_in(lead)
    wrong = client.post(f"{PAGE}/acceptance/new", {**typed, field: value})
    assert (wrong.status_code, f'id="{field}-error"' in wrong.text) == (422, True)
    assert client.post(f"{PAGE}/acceptance/new", typed).status_code == 303


def test_exceptions_are_noted_and_decided_on_their_page(client: Any, lead: Person, project: Project) -> None:
    run, number = an_acceptance_run(project, by=lead, got_units=30), project.id
    here = f"{PAGE}/acceptance/{run.id}/exceptions"
    client.sign_in(lead)
    assert (client.post(here, {"what": " "}).status_code, client.post(here, {"what": "S3 twice"}).status_code) == (422, 303)
    ((exception, _name),) = queries.exceptions(run.id)
    address = f"{here}/{exception.id}"
    answers = [client.post(address, {"decision": each}).status_code for each in ("", "credit note", "another")]
    assert answers == [422, 303, 409]
    found = record_in(AcceptanceRun, number, run.id)
    page = client.get(here).text
    assert found is not None
    assert (found.acceptance, "credit note" in page) == ("accepted", True)
    assert "accepted" in client.get(f"{PAGE}/acceptance").text


def test_reader_sees_exceptions_and_decides_none(client: Any, lead: Person, project: Project) -> None:
    run, reader = an_acceptance_run(project, by=lead), a_person(role=Role.GUEST)
    exception = an_exception(project, run, by=lead)
    a_member(project, reader, role=Role.GUEST)
    here = f"{PAGE}/acceptance/{run.id}/exceptions"
    page = client.sign_in(reader).get(here)
    assert (page.status_code, "undecided" in page.text, "Decide it" in page.text) == (200, True, False)
    assert client.post(f"{here}/{exception.id}", {"decision": "x"}).status_code == 403


@pytest.mark.parametrize("number", [1, 10, 100])
def test_exceptions_take_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, number: int
) -> None:
    run = an_acceptance_run(project, by=lead)
    for _ in range(number):
        an_exception(project, run, by=lead)
    client.sign_in(lead)
    with count_queries() as seen:
        client.get(f"{PAGE}/acceptance/{run.id}/exceptions")
    assert len([each for each in seen if each.startswith("SELECT")]) == 4  # person, rights, run, exceptions


@pytest.mark.parametrize("number", [1, 10, 100])
def test_connections_take_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, number: int
) -> None:
    ends = [a_tool(by=lead, project=project).id for _ in range(2)]
    for _ in range(number):
        a_connection(project, by=lead, source_tool_id=ends[0], target_tool_id=ends[1])
    client.sign_in(lead)
    with count_queries() as seen:
        client.get(f"{PAGE}/connections")
    assert len([each for each in seen if each.startswith("SELECT")]) == 8  # one for owners who are off the team
