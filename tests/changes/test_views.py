"""The pages of the request for change: list, one request, its verbs, and the answer that is signed there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories.changes import WHOLE, a_request_for_change, a_whole_request, an_answer, submitted, two_approvers
from tests.factories.evidence import a_file
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_tool
from workbench.changes import actions, queries
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project

Counting = Callable[[], AbstractContextManager[list[str]]]
PAGE = "/projects/INV-1/changes"


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def selects(seen: list[str]) -> int:
    return len([each for each in seen if each.startswith("SELECT")])


def test_empty_page_offers_the_first_request(client: Any, lead: Person, project: Project) -> None:
    page = client.sign_in(lead).get(PAGE).text
    assert ("No request for change yet" in page, "Draft a request for change" in page) == (True, True)


@pytest.mark.parametrize("rows", [1, 10, 100])
def test_list_takes_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, rows: int
) -> None:
    for _ in range(rows):
        a_request_for_change(project, by=lead)
    client.sign_in(lead)
    with count_queries() as seen:
        client.get(PAGE)
    assert selects(seen) == 5  # person, rights, project, how many, the page


def test_request_is_drafted_and_changed(client: Any, lead: Person, project: Project) -> None:
    number = project.id
    tool = a_tool(by=lead, project=project).id
    client.sign_in(lead)
    typed = {"title": "Bill", "change_type": "normal", "planned_on": "2026-05-04", "tool_ids": [tool], "likelihood": "4"}
    client.post(f"{PAGE}/new", {**typed, "window_start": "2026-05-04T18:00", "window_end": "2026-05-04T20:00"})
    (row,) = queries.requests_for_change(number)
    assert (row.tool_ids, row.likelihood, row.impact_level, row.window_start.isoformat()) == (
        [tool], 4, None, "2026-05-04T18:00:00+00:00",
    )
    address = f"{PAGE}/{row.id}/edit"
    first = client.post(address, {"title": "Bill it", "change_type": "standard", "version": "1"})
    stale = client.post(address, {"title": "Bill them", "change_type": "normal", "version": "1"})
    page = client.get(PAGE).text
    assert (first.status_code, stale.status_code, "Bill them" in stale.text) == (303, 409, True)
    assert ("RFC-1 Bill it" in page, "standard" in page, "missing" in page) == (True, True, True)


def test_what_a_conflict_sends_back_is_taken(client: Any, lead: Person, project: Project) -> None:
    tools = [a_tool(by=lead, project=project).id for _ in range(2)]
    row = a_request_for_change(project, by=lead, tool_ids=tools)
    number = project.id
    client.sign_in(lead)
    sent = {
        "title": "Bill", "change_type": "normal", "tool_ids": str(tools), "window_start": "2026-05-04 18:00:00+00:00",
        "window_end": "2026-05-04 20:00:00+00:00", "version": "1",
    }
    answer = client.post(f"{PAGE}/{row.id}/edit", sent)
    found = queries.request_for_change(number, row.id)
    assert found is not None
    assert (answer.status_code, found.tool_ids, found.window_end.hour if found.window_end else None) == (303, tools, 20)


def test_refusals_stand_beside_their_fields(client: Any, lead: Person, project: Project) -> None:
    client.sign_in(lead)
    untitled = client.post(f"{PAGE}/new", {"title": " ", "change_type": "normal"})
    times = {"window_start": "2026-05-04T18:00", "window_end": "2026-05-04T17:00"}
    turned = client.post(f"{PAGE}/new", {"title": "Bill", "change_type": "normal", **times})
    assert (untitled.status_code, 'id="title-error"' in untitled.text) == (422, True)
    assert (turned.status_code, 'id="window_end-error"' in turned.text) == (422, True)


def test_list_filters_searches_and_sorts(client: Any, lead: Person, project: Project) -> None:
    for title, kind in (("beta", "normal"), ("alpha", "emergency")):
        a_request_for_change(project, by=lead, title=title, change_type=kind)
    client.sign_in(lead)

    def shown(asked: str) -> list[str]:
        rows = client.get(f"{PAGE}/requests.csv?{asked}").get_data(as_text=True).splitlines()[1:]
        return [each.split(",")[1] for each in rows]

    assert shown("") == ["beta", "alpha"]
    assert shown("sort=title") == ["alpha", "beta"]
    assert shown("sort=-title") == ["beta", "alpha"]
    assert shown("change_type=emergency") == ["alpha"]
    assert (shown("state=draft"), shown("state=rejected")) == (["beta", "alpha"], [])
    assert shown("q=bet") == ["beta"]
    assert "No record matches" in client.get(f"{PAGE}?q=nothing").text


def test_page_says_what_is_missing_with_a_link(client: Any, lead: Person, project: Project) -> None:
    row = a_request_for_change(project, by=lead)
    page = client.sign_in(lead).get(f"{PAGE}/{row.id}").text
    assert f'<a href="{PAGE}/{row.id}/edit">tests and acceptance limits</a>' in page
    assert f'<a href="{PAGE}/{row.id}/plan">promotion plan, attached as evidence</a>' in page
    assert f"{PAGE}/{row.id}/submit" not in page


@pytest.mark.parametrize("rounds", [1, 4])
def test_page_takes_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, home: Path, count_queries: Counting, rounds: int
) -> None:
    row, people = a_whole_request(project, by=lead, home=home), two_approvers(project)
    for number in range(rounds):
        submitted(project, row, people, by=lead)
        an_answer(project, row, by=people[0], verdict="rejected")
        if number < rounds - 1:
            actions.change_request(project=project, request_for_change=row, tests=f"other {number}", by=lead)
    client.sign_in(lead)
    with count_queries() as seen:
        client.get(f"{PAGE}/{row.id}")
    assert selects(seen) == 13


def test_request_goes_its_way_on_the_pages(client: Any, lead: Person, project: Project, home: Path) -> None:
    row = a_request_for_change(project, by=lead, **WHOLE)
    piece = a_file(project, by=lead, home=home, data=b"client;quantity\nForge;14\n", filename="plan.csv")
    owner, technical = two_approvers(project)
    here, number = f"{PAGE}/{row.id}", project.id
    client.sign_in(lead)

    def sent(verb: str, typed: dict[str, Any]) -> int:
        return int(client.post(f"{here}/{verb}", typed).status_code)

    tried = {"held_on": "2026-01-05", "observed_by": "A. Martin", "result": "ok", "minutes": "12"}
    assert [sent("plan", {"evidence_id": piece.id}), sent("rehearse", tried)] == [303, 303]
    assert sent("submit", {"asked": [owner.id], "due_on": "2099-01-01"}) == 422
    assert sent("submit", {"asked": [owner.id, technical.id], "due_on": "2099-01-01"}) == 303
    yes = {"verdict": "approved", "reason": "as discussed", "password": PASSWORD}
    assert sent("decide", yes) == 403
    for person in (owner, technical):
        client.sign_in(person)
        assert "Sign the answer" in client.get(here).text
        assert [sent("decide", {**yes, "password": "not it"}), sent("decide", yes), sent("decide", yes)] == [422, 303, 409]
        assert "Sign the answer" not in client.get(here).text
    client.sign_in(lead)
    times = {"actual_start": "2026-01-05T18:00", "actual_end": "2026-01-05T19:00"}
    assert [sent("implement", times), sent("schedule", {}), sent("implement", times)] == [409, 303, 303]
    said = dict.fromkeys(("purpose", "surprises", "way_back", "time_and_cost", "voices", "updates", "standard"), "yes")
    assert sent("review", {**said, "result": "successful", "reviewed_on": "2026-01-20"}) == 303
    page = client.get(here).text
    found = queries.request_for_change(number, row.id)
    assert (found.standing if found else None) == "reviewed"
    assert [each in page for each in ("review after the change", "change put on the calendar", "Olga Owner")] == [True] * 3


def test_answers_of_an_earlier_text_are_shown_to_count_no_more(
    client: Any, lead: Person, project: Project, home: Path
) -> None:
    row, people = a_whole_request(project, by=lead, home=home), two_approvers(project)
    submitted(project, row, people, by=lead)
    an_answer(project, row, by=people[0])
    client.sign_in(lead)
    before = client.get(f"{PAGE}/{row.id}").text
    client.post(f"{PAGE}/{row.id}/edit", {"title": "Bill it otherwise", "change_type": "normal"})
    after = client.get(f"{PAGE}/{row.id}").text
    assert [("counts no more" in each) for each in (before, after)] == [False, True]


def test_request_is_withdrawn_with_a_reason_and_backed_out(client: Any, lead: Person, project: Project) -> None:
    row = a_request_for_change(project, by=lead)
    client.sign_in(lead)
    typed = {"reason": "totals differ", "actual_end": "2026-01-05T18:00"}
    assert client.post(f"{PAGE}/{row.id}/back-out", typed).status_code == 409
    assert client.post(f"{PAGE}/{row.id}/withdraw", {"reason": "no longer wanted"}).status_code == 303
    assert "no longer wanted" in client.get(f"{PAGE}/{row.id}").text


def test_readers_may_not_write_and_other_projects_are_not_there(client: Any, lead: Person, project: Project) -> None:
    reader = a_person(role=Role.GUEST)
    a_member(project, reader, role=Role.GUEST)
    mine, other = a_request_for_change(project, by=lead).id, a_request_for_change(a_project(by=lead, key="CRM-1"), by=lead).id
    client.sign_in(reader)
    assert [client.get(f"{PAGE}{each}").status_code for each in ("", "/new", f"/{mine}", f"/{mine}/plan")] == [200, 403, 200, 403]
    client.sign_in(lead)
    assert [client.get(f"{PAGE}/{other}{each}").status_code for each in ("", "/edit", "/submit", "/review")] == [404] * 4
