"""The pages of the register and of a project's tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_limitation, a_tool
from workbench import clock
from workbench.people.rules import Role
from workbench.tools import actions, queries
from workbench.tools.rules import ConnectionKind, Standing

Counting = Callable[[], AbstractContextManager[list[str]]]
DESKLINE = {
    "name": "Deskline", "purpose": "tickets", "owner_id": "", "layer": "", "sensitivity": "", "standing": "live",
    "trial_ends_on": "",
}


@pytest.fixture
def tenth_of_march(app: Flask) -> Iterator[None]:
    """The clock stands at 10 March 2026."""
    clock.fix(datetime(2026, 3, 10, 12, tzinfo=UTC))
    yield
    clock.fix(None)


def test_empty_register_offers_the_first_tool(client: Any) -> None:
    page = client.sign_in(a_person(role=Role.QUALITY_LEAD)).get("/tools/")
    assert ("No tool yet" in page.text, "Add the first tool" in page.text) == (True, True)


def test_register_shows_the_end_of_a_trial_and_its_distance(client: Any, tenth_of_march: None) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    a_tool(by=lead, name="Portal", standing=Standing.TRIAL, trial_ends_on=date(2026, 3, 22))
    page = client.sign_in(lead).get("/tools/")
    assert ("22 Mar 2026" in page.text, "12 days left" in page.text, "date-soon" in page.text) == (True, True, True)


@pytest.mark.parametrize("rows", [1, 3])
def test_register_page_takes_a_fixed_number_of_queries(client: Any, count_queries: Counting, rows: int) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    for _ in range(rows):
        a_tool(by=lead)
    client.sign_in(lead)
    with count_queries() as seen:
        client.get("/tools/")
    assert len([each for each in seen if each.startswith("SELECT")]) == 3  # person, count, rows


def test_new_tool_is_added_and_shown_with_what_is_missing(client: Any) -> None:
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    answer = client.post("/tools/new", DESKLINE)
    page = client.get(answer.location)
    assert answer.status_code == 303
    assert "Missing:" in page.text
    assert [name in page.text for name in ("owner", "layer", "sensitivity")] == [True, True, True]


def test_new_tool_without_a_name_is_refused_beside_the_field(client: Any) -> None:
    answer = client.sign_in(a_person(role=Role.QUALITY_LEAD)).post("/tools/new", {**DESKLINE, "name": ""})
    assert (answer.status_code, 'id="name-error"' in answer.text, "tickets" in answer.text) == (422, True, True)


def test_new_tool_with_a_taken_name_says_so_beside_the_field(client: Any) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    a_tool(by=lead, name="Deskline")
    answer = client.sign_in(lead).post("/tools/new", DESKLINE)
    assert (answer.status_code, "“Deskline” is on the register already." in answer.text) == (422, True)


def test_edit_after_somebody_else_saved_shows_both_texts(client: Any) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    tool = a_tool(by=lead, name="Deskline")
    number = tool.id
    client.sign_in(lead)
    first = client.post(f"/tools/{number}/edit", {**DESKLINE, "purpose": "theirs", "version": "1"})
    second = client.post(f"/tools/{number}/edit", {**DESKLINE, "purpose": "mine", "version": "1"})
    assert (first.status_code, second.status_code) == (303, 409)
    assert ("theirs" in second.text, "mine" in second.text) == (True, True)
    kept = queries.tool(number)
    assert kept is not None
    assert kept.purpose == "theirs"


def test_conflict_over_the_owner_offers_names_to_choose_from(client: Any) -> None:
    lead, other = a_person(role=Role.QUALITY_LEAD, name="S. Petit"), a_person(name="A. Martin")
    tool = a_tool(by=lead, name="Deskline")
    number, mine = tool.id, str(other.id)
    client.sign_in(lead)
    client.post(f"/tools/{number}/edit", {**DESKLINE, "version": "1"})
    answer = client.post(f"/tools/{number}/edit", {**DESKLINE, "owner_id": mine, "version": "1"})
    assert answer.status_code == 409
    assert f'<option value="{mine}" selected>A. Martin</option>' in answer.text
    assert '<option value="">nobody yet</option>' in answer.text


def test_register_is_closed_to_those_who_may_not(client: Any) -> None:
    client.sign_in(a_person(role=Role.CONTRIBUTOR))
    assert [client.get("/tools/").status_code, client.get("/tools/new").status_code] == [200, 403]
    client.sign_in(a_person(role=Role.GUEST))
    assert client.get("/tools/").status_code == 403


def test_tool_that_is_not_there_answers_404(client: Any) -> None:
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    assert [client.get("/tools/77").status_code, client.get("/tools/77/edit").status_code] == [404, 404]


def test_connection_is_made_and_removed_on_the_page(client: Any) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    source, target = a_tool(by=lead, name="Portal").id, a_tool(by=lead, name="Deskline").id
    client.sign_in(lead)
    made = client.post(f"/tools/{source}/connections/new", {"target_id": str(target), "kind": "file", "carries": "counts"})
    (connection,) = queries.connections_of_tool(source)
    removed = client.post(f"/tools/{source}/connections/{connection.id}/remove")
    again = client.post(f"/tools/{source}/connections/{connection.id}/remove")
    assert (made.status_code, removed.status_code, again.status_code) == (303, 303, 404)
    assert queries.connections_of_tool(source) == []


def test_project_page_shows_scope_connections_and_age(client: Any, tenth_of_march: None) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    portal, desk = a_tool(by=lead, name="Portal", project=project), a_tool(by=lead, project=project, owner_id=None)
    actions.connect_tools(source=portal, target=desk, kind=ConnectionKind.HAND, carries="typed counts", by=lead)
    a_limitation(project, portal, by=lead, first_reported_on=date(2023, 1, 9))
    page = client.sign_in(lead).get(f"/projects/{project.key}/tools")
    shown = ["typed counts" in page.text, "3 years 2 months" in page.text, "L-01" in page.text, "Missing:" in page.text]
    assert shown == [True, True, True, True]


@pytest.mark.parametrize("rows", [1, 3])
def test_project_page_takes_a_fixed_number_of_queries(client: Any, count_queries: Counting, rows: int) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    for _ in range(rows):
        a_limitation(project, a_tool(by=lead, project=project), by=lead)
    key = project.key
    client.sign_in(lead)
    with count_queries() as seen:
        client.get(f"/projects/{key}/tools")
    assert len([each for each in seen if each.startswith("SELECT")]) == 6  # person, rights, then four


def test_tool_goes_into_scope_and_out_on_the_page(client: Any) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project, number = a_project(by=lead), a_tool(by=lead).id
    key, project_id = project.key, project.id
    client.sign_in(lead)
    added = client.post(f"/projects/{key}/tools/add", {"tool_id": str(number)})
    assert [each.id for each in queries.tools_of_project(project_id)] == [number]
    removed = client.post(f"/projects/{key}/tools/{number}/remove")
    again = client.post(f"/projects/{key}/tools/{number}/remove")
    assert (added.status_code, removed.status_code, again.status_code) == (303, 303, 404)


def test_scope_is_changed_by_managers_only(client: Any) -> None:
    member = a_person(role=Role.CONTRIBUTOR)
    project = a_project()
    a_member(project, member, role=Role.CONTRIBUTOR)
    key = project.key
    client.sign_in(member)
    codes = [client.get(f"/projects/{key}/{path}").status_code for path in ("tools", "tools/add", "records/limitations/new")]
    assert codes == [200, 403, 200]


def test_project_of_others_is_not_there(client: Any) -> None:
    key = a_project().key
    client.sign_in(a_person(role=Role.CONTRIBUTOR))
    assert client.get(f"/projects/{key}/tools").status_code == 404


def test_limitation_is_recorded_and_changed_on_the_page(client: Any) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    number, key, project_id = a_tool(by=lead, project=project).id, project.key, project.id
    typed = {"statement": "no export", "layer": "reseller", "first_reported_on": "2023-01-09", "tool_id": str(number)}
    client.sign_in(lead)
    made = client.post(f"/projects/{key}/records/limitations/new", typed)
    (row,) = queries.limitations_of_project(project_id)
    address = f"/projects/{key}/records/limitations/{row.id}/edit"
    changed = client.post(address, {**typed, "promise": "theirs", "version": "1"})
    stale = client.post(address, {**typed, "promise": "mine", "version": "1"})
    assert (made.status_code, changed.status_code, stale.status_code) == (303, 303, 409)
    assert ("theirs" in stale.text, "mine" in stale.text) == (True, True)


def test_limitation_of_another_project_is_not_there(client: Any) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    one, other = a_project(by=lead), a_project(by=lead)
    number = a_limitation(one, a_tool(by=lead, project=one), by=lead).id
    key = other.key
    paths = ("edit", "decide")
    client.sign_in(lead)
    codes = [client.get(f"/projects/{key}/records/limitations/{number}/{path}").status_code for path in paths]
    assert codes == [404, 404]


def test_limitation_known_since_tomorrow_is_refused_beside_the_field(client: Any, tenth_of_march: None) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    number, key = a_tool(by=lead, project=project).id, project.key
    typed = {"statement": "no export", "layer": "reseller", "first_reported_on": "2026-03-11", "tool_id": str(number)}
    answer = client.sign_in(lead).post(f"/projects/{key}/records/limitations/new", typed)
    assert (answer.status_code, 'id="first_reported_on-error"' in answer.text) == (422, True)
