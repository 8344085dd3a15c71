"""The pages of a project as a whole."""

from __future__ import annotations

import pytest

from tests.conftest import Inspector
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.people.models import Person
from workbench.people.queries import membership, team
from workbench.people.rules import Function, Role
from workbench.projects import queries
from workbench.projects.models import Project

FACTS = {"name": "Invoices", "purpose": "One bill", "scope": "", "out_of_scope": "", "confidentiality": "internal"}


@pytest.fixture
def lead(client: Inspector) -> Person:
    person = a_person(role=Role.QUALITY_LEAD, name="Ada")
    client.sign_in(person)
    return person


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def test_project_is_opened(client: Inspector, lead: Person) -> None:
    answer = client.post("/projects/new", {**FACTS, "key": "INV-1"})
    opened = queries.project_with_key("INV-1")
    assert (answer.status_code, answer.location, opened.purpose) == (303, "/projects/INV-1/", "One bill")


def test_project_with_a_bad_key_keeps_what_was_typed(client: Inspector, lead: Person) -> None:
    answer = client.post("/projects/new", {**FACTS, "key": "none"})
    assert (answer.status_code, "One bill" in answer.text) == (422, True)
    assert "A key is capital letters, a dash and a number, such as INV-1." in answer.text


def test_project_with_a_choice_that_is_not_offered_is_refused(client: Inspector, lead: Person) -> None:
    answer = client.post("/projects/new", {**FACTS, "key": "INV-1", "confidentiality": "secret"})
    assert (answer.status_code, queries.project_with_key("INV-1")) == (422, None)


def test_text_beyond_the_limits_is_refused(client: Inspector, project: Project) -> None:
    for text in ("x" * 20_001, "\n".join("x" * 502), "e" + "\u0301" * 9):
        answer = client.post("/projects/INV-1/facts", {**FACTS, "purpose": text, "version": "1"})
        assert answer.status_code == 422
    assert queries.project(project.id).version == 1


def test_member_is_put_on_the_team(client: Inspector, project: Project) -> None:
    person = a_person(name="Eve")
    form = {"person_id": person.id, "role": "contributor", "hub": "sales", "functions": ["sponsor", "sales_lead"]}
    answer = client.post("/projects/INV-1/team/new", form)
    (member,) = team(project.id)
    assert (answer.status_code, answer.location) == (303, "/projects/INV-1/team")
    assert (member.person.name, member.hub, member.held) == ("Eve", "sales", {Function.SPONSOR, Function.SALES_LEAD})
    page = client.get("/projects/INV-1/team").text
    assert ("Eve" in page, "sales lead, sponsor" in page) == (True, True)


def test_person_on_the_team_is_not_offered_again(client: Inspector, project: Project) -> None:
    person = a_person(name="Eve")
    a_member(project, person)
    form = {"person_id": person.id, "role": "project_manager", "hub": "sales"}
    assert client.post("/projects/INV-1/team/new", form).status_code == 422
    assert membership(project.id, person.id).role == "contributor"


def test_member_is_removed(client: Inspector, project: Project) -> None:
    person = a_person(name="Eve")
    a_member(project, person)
    answer = client.post(f"/projects/INV-1/team/{person.id}/remove")
    assert (answer.status_code, list(team(project.id))) == (303, [])


def test_person_who_is_not_on_the_team_cannot_be_removed(client: Inspector, project: Project) -> None:
    assert client.post("/projects/INV-1/team/99/remove").status_code == 404


def test_manager_cannot_remove_themselves(client: Inspector, project: Project) -> None:
    manager = a_person()
    a_member(project, manager, role=Role.PROJECT_MANAGER)
    client.sign_in(manager)
    assert client.post(f"/projects/INV-1/team/{manager.id}/remove").status_code == 409
    assert membership(project.id, manager.id) is not None


def test_participant_is_named(client: Inspector, project: Project) -> None:
    form = {
        "name": "Ms D",
        "organisation": "Reseller D",
        "layer": "reseller",
        "expects": "Tell us early",
        "is_confidential": "y",
    }
    answer = client.post("/projects/INV-1/participants/new", form)
    (party,) = queries.participants(project.id)
    assert (answer.status_code, party.name, party.layer, party.is_confidential) == (303, "Ms D", "reseller", True)
    assert "confidential" in client.get("/projects/INV-1/team").text


def test_key_in_small_letters_is_another_address(client: Inspector, project: Project) -> None:
    assert client.get("/projects/inv-1/team").status_code == 404


def test_page_number_that_is_none_shows_the_first_page(client: Inspector, project: Project) -> None:
    for wish in ("0", "-1", "x", "99999999", "²"):
        assert "INV-1" in client.get("/projects/", query_string={"page": wish}).text
