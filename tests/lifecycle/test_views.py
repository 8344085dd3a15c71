"""The gate as a person meets it: what is missing by name, a refusal that loses nothing, a decision that stays."""

from __future__ import annotations

import pytest

from tests.conftest import Inspector
from tests.factories.lifecycle import a_sponsor
from tests.factories.people import PASSWORD, a_person
from tests.factories.projects import a_project
from workbench.database import db
from workbench.lifecycle import queries
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.web.transactions import commit

Ready = tuple[Project, Person, Person]


@pytest.fixture
def sponsored(client: Inspector, ready: Ready) -> tuple[Inspector, str]:
    """A browser of the sponsor, and the address of the first gate."""
    project, _contributor, sponsor = ready
    client.sign_in(sponsor)
    return client, f"/projects/{project.key}/steps/1"


def form(**changes: str) -> dict[str, str]:
    return {"outcome": "pass", "reason": "As agreed.", "password": PASSWORD, **changes}


def decisions(project_id: int) -> list[str]:
    db.session.remove()
    return [each.outcome for each in queries.decisions_of_project(project_id)]


def test_pass_leads_to_the_decision(sponsored: tuple[Inspector, str], ready: Ready) -> None:
    client, address = sponsored
    answer = client.post(f"{address}/decide", form())
    page = client.get(answer.location).text
    assert (answer.status_code, decisions(ready[0].id)) == (303, ["pass"])
    for text in ("Sam Sponsor", "I approve that step 1 is done.", "As agreed.", "the snapshot is as it was signed"):
        assert text in page


def test_refused_pass_names_the_criteria_and_keeps_what_was_typed(client: Inspector) -> None:
    project = a_project()
    client.sign_in(a_sponsor(project))
    answer = client.post(f"/projects/{project.key}/steps/1/decide", form(reason="We are in a hurry."))
    assert (answer.status_code, decisions(project.id)) == (409, [])
    for text in ("Gate 1 cannot pass", "gates_checklist", "tools_described", "We are in a hurry."):
        assert text in answer.text
    assert PASSWORD not in answer.text


def test_wrong_password_is_said_beside_the_field(sponsored: tuple[Inspector, str], ready: Ready) -> None:
    client, address = sponsored
    answer = client.post(f"{address}/decide", form(password="not the right sentence"))
    assert (answer.status_code, decisions(ready[0].id)) == (422, [])
    assert "The password is not right; a signature needs it each time." in answer.text


def test_condition_that_is_half_there_is_refused(sponsored: tuple[Inspector, str], ready: Ready) -> None:
    client, address = sponsored
    answer = client.post(f"{address}/decide", form(outcome="pass_with_conditions", condition_1_text="Name the owner"))
    assert (answer.status_code, decisions(ready[0].id)) == (422, [])
    assert "A condition needs its text, an owner and a date." in answer.text


def test_pass_with_a_condition_is_met_later(sponsored: tuple[Inspector, str], ready: Ready) -> None:
    client, address = sponsored
    project, contributor, _sponsor = ready
    wish = {
        "condition_1_text": "Name the owner",
        "condition_1_owner": str(contributor.id),
        "condition_1_due": "2099-01-01",
    }
    client.post(f"{address}/decide", form(outcome="pass_with_conditions", **wish))
    (condition,) = queries.conditions_of_project(project.id)
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    assert "Name the owner" in client.get(f"/projects/{project.key}/").text
    answer = client.post(f"/projects/{project.key}/conditions/{condition.id}", {"note": "Ada, since May"})
    assert (answer.status_code, queries.conditions_of_project(project.id)[0].met_note) == (303, "Ada, since May")


def test_decision_taken_is_not_offered_again(sponsored: tuple[Inspector, str], ready: Ready) -> None:
    client, address = sponsored
    assert 'id="decision"' in client.get(f"{address}/gate").text
    client.post(f"{address}/decide", form())
    assert 'id="decision"' not in client.get(f"{address}/gate").text
    again = client.post(f"{address}/decide", form(outcome="stop"))
    assert (again.status_code, decisions(ready[0].id)) == (409, ["pass"])


def test_gate_shows_no_decision_bar_to_those_who_may_not_decide(client: Inspector, ready: Ready) -> None:
    project, contributor, _sponsor = ready
    client.sign_in(contributor)
    page = client.get(f"/projects/{project.key}/steps/1/gate").text
    assert ('id="decision"' in page, "G1-01" in page) == (False, True)


@pytest.mark.parametrize("number", range(1, 10))
def test_every_step_and_gate_opens_in_both_languages(client: Inspector, ready: Ready, number: int) -> None:
    project, contributor, _sponsor = ready
    client.sign_in(contributor)
    for language in ("en", "fr"):
        client.post("/language", {"language": language})
        for page in ("", "/gate"):
            answer = client.get(f"/projects/{project.key}/steps/{number}{page}")
            assert (answer.status_code, f'<html lang="{language}"' in answer.text) == (200, True)


@pytest.mark.parametrize(
    "path",
    ["steps/0", "steps/10", "steps/10/gate", "decisions/9", "artefacts/none", "conditions/9", "steps/1/waive/G9-99"],
)
def test_page_that_is_not_there(client: Inspector, ready: Ready, path: str) -> None:
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    assert client.get(f"/projects/{ready[0].key}/{path}").status_code == 404


def test_item_of_another_gate_is_not_waived_here(client: Inspector, ready: Ready) -> None:
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    assert client.get(f"/projects/{ready[0].key}/steps/2/waive/G1-01").status_code == 404


def test_waiver_is_written_on_its_page(client: Inspector, ready: Ready) -> None:
    bare = a_project()
    a_tool_free = f"/projects/{bare.key}/steps/1"
    client.sign_in(a_sponsor(bare, name="Second Sponsor"))
    wish = {"reason": "x", "risk_accepted": "y", "ends_on": "2099-01-01", "password": PASSWORD}
    assert client.post(f"{a_tool_free}/waive/G1-01", wish).status_code == 409
    assert queries.waivers_of_project(bare.id) == []


def test_project_is_read_by_the_interface_as_json(client: Inspector, ready: Ready) -> None:
    project, contributor, _sponsor = ready
    commit()
    client.sign_in(contributor)
    found = client.get(f"/api/v1/projects/{project.key}/lifecycle").json
    first = found["steps"][0]
    assert (found["project"], len(found["steps"]), first["key"], first["state"]) == (
        project.key,
        9,
        "observe",
        "current",
    )
    assert first["gate"]["passes"] is True
    assert found["steps"][1]["gate"]["passes"] is False
