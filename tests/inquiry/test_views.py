"""The records page and the forms of steps 1 to 3."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask

from tests.factories.inquiry import a_consultation, a_need, a_source, an_objective
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.inquiry import queries
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


def test_empty_panels_say_what_belongs_there_and_offer_it(client: Any, lead: Person, project: Project) -> None:
    page = client.sign_in(lead).get("/projects/INV-1/records").text
    titles = ["No need stated yet", "No objective set yet", "No source noted yet", "Nobody consulted yet"]
    offers = ["State a need", "Set an objective", "Note a source", "Note a consultation"]
    assert [each in page for each in titles + offers] == [True] * 8


def test_records_page_leads_to_the_later_steps(client: Any, lead: Person, project: Project) -> None:
    page = client.sign_in(lead).get("/projects/INV-1/records").text
    ways = [f'href="/projects/INV-1/{part}"' in page for part in ("paths", "changes", "practices", "adoption")]
    assert ways == [True] * 4


@pytest.mark.parametrize("rows", [1, 3])
def test_records_page_takes_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, rows: int
) -> None:
    for _ in range(rows):
        for make in (a_need, an_objective, a_source, a_consultation):
            make(project, by=lead)
    client.sign_in(lead)
    with count_queries() as seen:
        client.get("/projects/INV-1/records")
    assert len([each for each in seen if each.startswith("SELECT")]) == 6  # person, rights, then four


def test_confidential_name_is_hidden_from_readers(client: Any, lead: Person, project: Project) -> None:
    reader = a_person(role=Role.GUEST)
    a_member(project, reader, role=Role.GUEST)
    a_consultation(project, by=lead, is_confidential=True)
    seen_by_reader = client.sign_in(reader).get("/projects/INV-1/records").text
    seen_by_lead = client.sign_in(lead).get("/projects/INV-1/records").text
    assert ("Maud Perrin" in seen_by_reader, "a person at the reseller" in seen_by_reader) == (False, True)
    assert "Maud Perrin" in seen_by_lead


def test_readers_are_offered_nothing_to_write(client: Any, lead: Person, project: Project) -> None:
    reader = a_person(role=Role.GUEST)
    a_member(project, reader, role=Role.GUEST)
    a_need(project, by=lead)
    client.sign_in(reader)
    assert client.get("/projects/INV-1/records").text.count("/records/needs/") == 0
    paths = ("needs/new", "objectives/new", "sources/new", "consultations/new")
    assert [client.get(f"/projects/INV-1/records/{each}").status_code for each in paths] == [403] * 4


@pytest.mark.parametrize(
    ("path", "typed", "field"),
    [
        ("needs/new", {"statement": "  ", "priority": "must"}, "statement"),
        ("objectives/new", {"statement": "less typing", "measure": ""}, "measure"),
        ("sources/new", {"reference": "", "kind": "case"}, "reference"),
        (
            "consultations/new",
            {"said_by": "M", "layer": "editor", "hub": "sales", "held_on": "2025-03-04", "kind": "advice", "statement": "x"},
            "hub",
        ),
    ],
)
def test_refused_form_names_the_field(
    client: Any, lead: Person, project: Project, path: str, typed: dict[str, str], field: str
) -> None:
    answer = client.sign_in(lead).post(f"/projects/INV-1/records/{path}", typed)
    assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)


def test_need_is_stated_and_changed(client: Any, lead: Person, project: Project) -> None:
    number = project.id
    client.sign_in(lead)
    made = client.post("/projects/INV-1/records/needs/new", {"statement": "less typing", "priority": "must"})
    (need,) = queries.needs(number)
    typed = {"statement": "no typing", "priority": "should", "version": "1"}
    changed = client.post(f"/projects/INV-1/records/needs/{need.id}/edit", typed)
    assert (made.location, changed.status_code) == ("/projects/INV-1/records#needs", 303)
    assert [(each.statement, each.priority) for each in queries.needs(number)] == [("no typing", "should")]


def test_need_saved_by_two_keeps_both_texts(client: Any, lead: Person, project: Project) -> None:
    number = a_need(project, by=lead).id
    client.sign_in(lead)
    address = f"/projects/INV-1/records/needs/{number}/edit"
    client.post(address, {"statement": "theirs first", "priority": "must", "version": "1"})
    answer = client.post(address, {"statement": "mine second", "priority": "should", "version": "1"})
    assert (answer.status_code, "theirs first" in answer.text, "mine second" in answer.text) == (409, True, True)
    again = client.post(address, {"statement": "mine second", "priority": "should", "version": "2"})
    assert again.status_code == 303


def test_objective_is_judged_and_followed(client: Any, lead: Person, project: Project) -> None:
    number, objective = project.id, an_objective(project, by=lead).id
    client.sign_in(lead)
    verdict = {"state": "not_met", "state_reason": "L-01 stands", "version": "1"}
    client.post(f"/projects/INV-1/records/objectives/{objective}/judge", verdict)
    address = f"/projects/INV-1/records/objectives/new?revises={objective}"
    assert "L-01 stands" in client.get(address).text
    answer = client.post(address, {"statement": "half by hand", "measure": "lines typed"})
    page = client.get("/projects/INV-1/records").text
    assert (answer.status_code, page.count("Set what follows")) == (303, 0)  # O1b follows already
    assert [(each.code, each.state) for each in queries.objectives(number)] == [("O1", "not_met"), ("O1b", "set")]


def test_objective_not_judged_cannot_be_followed(client: Any, lead: Person, project: Project) -> None:
    objective = an_objective(project, by=lead).id
    address = f"/projects/INV-1/records/objectives/new?revises={objective}"
    answer = client.sign_in(lead).post(address, {"statement": "half by hand", "measure": "lines typed"})
    assert (answer.status_code, "O1 is not judged as not met" in answer.text) == (409, True)


def test_source_and_consultation_are_noted_on_their_pages(client: Any, lead: Person, project: Project) -> None:
    number = project.id
    client.sign_in(lead)
    client.post("/projects/INV-1/records/sources/new", {"reference": "a case", "kind": "case", "is_independent": "y"})
    said = {
        "said_by": "Jo", "layer": "internal", "hub": "sales", "held_on": "2025-03-04", "kind": "caution",
        "statement": "mind the bundles", "has_consent": "y",
    }
    client.post("/projects/INV-1/records/consultations/new", said)
    (source,) = queries.sources(number)
    (row,) = queries.consultations(number)
    answer = client.post(
        f"/projects/INV-1/records/consultations/{row.id}/dispose", {"disposition": "a risk", "version": "1"}
    )
    assert (source.is_independent, row.hub, row.has_consent, row.is_confidential) == (True, "sales", True, False)
    assert (answer.status_code, queries.consultations(number)[0].disposition) == (303, "a risk")


def test_source_is_changed_on_its_page(client: Any, lead: Person, project: Project) -> None:
    number, source = project.id, a_source(project, by=lead).id
    client.sign_in(lead)
    typed = {"reference": "a forum", "kind": "forum", "version": "1"}
    answer = client.post(f"/projects/INV-1/records/sources/{source}/edit", typed)
    assert answer.status_code == 303
    assert [(each.kind, each.is_independent) for each in queries.sources(number)] == [("forum", False)]


def test_record_of_another_project_is_not_there(client: Any, lead: Person, project: Project) -> None:
    other = a_project(by=lead)
    need, objective = a_need(other, by=lead).id, an_objective(other, by=lead).id
    client.sign_in(lead)
    paths = [f"needs/{need}/edit", f"objectives/{objective}/judge", f"objectives/new?revises={objective}"]
    assert [client.get(f"/projects/INV-1/records/{each}").status_code for each in paths] == [404] * 3
