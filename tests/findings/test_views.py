"""The pages of findings."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.findings import a_finding
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.checklists import library
from workbench.checklists.rules import AnswerState
from workbench.findings import queries
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project

Counting = Callable[[], AbstractContextManager[list[str]]]
PARTS = {"kind": "minor", "requirement": "own procedure", "evidence": "February invoices", "statement": "Typed by hand."}


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def test_empty_list_says_so_and_offers_the_first(client: Any, lead: Person, project: Project) -> None:
    page = client.sign_in(lead).get("/projects/INV-1/findings").text
    assert ("No finding raised" in page, "Raise a finding" in page) == (True, True)


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, rows: int
) -> None:
    for _ in range(rows):
        a_finding(project, by=lead)
    client.sign_in(lead)
    with count_queries() as seen:
        client.get("/projects/INV-1/findings")
    assert len([each for each in seen if each.startswith("SELECT")]) == 6  # person, rights, project, total, rows, counts


def test_list_is_filtered_by_the_address(client: Any, lead: Person, project: Project) -> None:
    a_finding(project, by=lead, statement="the small one")
    client.sign_in(lead)
    found = ["the small one" in client.get(f"/projects/INV-1/findings?kind={each}").text for each in ("minor", "major")]
    assert found == [True, False]


def test_finding_is_raised_shown_and_withdrawn(client: Any, lead: Person, project: Project) -> None:
    client.sign_in(lead)
    made = client.post("/projects/INV-1/findings/new", PARTS)
    shown = client.get(made.location).text
    first = client.post("/projects/INV-1/findings/1/withdraw", {"reason": "seen again", "version": "1"})
    again = client.post("/projects/INV-1/findings/1/withdraw", {"reason": "once more", "version": "2"})
    page = client.get("/projects/INV-1/findings/1").text
    assert (made.location, "Typed by hand." in shown) == ("/projects/INV-1/findings/1", True)
    assert (first.status_code, again.status_code) == (303, 409)
    assert ("seen again" in page, "/withdraw" in page) == (True, False)


def test_form_from_a_checklist_line_is_filled_in(client: Any, lead: Person, project: Project) -> None:
    checklist, number = a_checklist(project, by=lead), project.id
    item = library.pack("lifecycle_gates").items_of_step(5)[0]
    an_answer(project, checklist, item.key, by=lead, state=AnswerState.MAJOR, note="live data were changed")
    address = f"/projects/INV-1/findings/new?checklist={checklist.id}&item={item.key}"
    line = checklist.id
    page = html.unescape(client.sign_in(lead).get(address).text)
    made = client.post(address, PARTS)
    shown = client.get(made.location).text
    (finding,) = queries.findings_of_project(number)
    assert (f"gate 5: {item.question.en}" in page, "live data were changed" in page) == (True, True)
    assert re.findall(r'<input checked[^>]*value="(\w+)"', page) == ["major"]
    assert (finding.checklist_id, finding.item_key) == (line, item.key)
    assert f'href="/projects/INV-1/checklists/{line}' in shown


def test_line_of_another_project_is_not_there(client: Any, lead: Person, project: Project) -> None:
    checklist = a_checklist(a_project(by=lead), by=lead).id
    item = library.pack("lifecycle_gates").items[0].key
    client.sign_in(lead)
    paths = (f"?checklist={checklist}&item={item}", "?checklist=x&item=y")
    assert [client.get(f"/projects/INV-1/findings/new{each}").status_code for each in paths] == [404, 404]


@pytest.mark.parametrize("part", ["requirement", "evidence", "statement", "kind"])
def test_finding_without_a_part_is_refused_beside_the_field(
    client: Any, lead: Person, project: Project, part: str
) -> None:
    answer = client.sign_in(lead).post("/projects/INV-1/findings/new", {**PARTS, part: ""})
    assert (answer.status_code, f'id="{part}-error"' in answer.text) == (422, True)


def test_withdrawing_without_a_reason_is_refused_beside_the_field(
    client: Any, lead: Person, project: Project
) -> None:
    a_finding(project, by=lead)
    answer = client.sign_in(lead).post("/projects/INV-1/findings/1/withdraw", {"reason": "", "version": "1"})
    assert (answer.status_code, 'id="reason-error"' in answer.text) == (422, True)


def test_readers_may_not_write_and_what_is_not_there_answers_404(client: Any, lead: Person, project: Project) -> None:
    reader = a_person(role=Role.GUEST)
    a_member(project, reader, role=Role.GUEST)
    a_finding(project, by=lead)
    client.sign_in(reader)
    paths = ("findings", "findings/1", "findings/new", "findings/1/withdraw", "findings/2")
    assert [client.get(f"/projects/INV-1/{each}").status_code for each in paths] == [200, 200, 403, 403, 404]
