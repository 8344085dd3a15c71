"""The registers about tools: their pages in a project, and the lists across projects."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from tests.factories.evidence import a_link
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.risks import a_risk
from tests.factories.tools import a_customisation, a_limitation, a_promise, a_tool
from workbench import clock
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.registers.queries import record_in
from workbench.tools import actions, queries
from workbench.tools.models import Customisation, Limitation, Promise
from workbench.tools.rules import Able, CapabilityKind, Standing

Counting = Callable[[], AbstractContextManager[list[str]]]
RECORDS = "/projects/INV-1/records"


@pytest.fixture(autouse=True)
def tenth_of_march(app: Flask) -> Iterator[None]:
    """The clock stands at 10 March 2026."""
    clock.fix(datetime(2026, 3, 10, 12, tzinfo=UTC))
    yield
    clock.fix(None)


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD, name="Ada")


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def rows_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


def test_limitation_list_shows_age_and_decision(client: Any, lead: Person, project: Project) -> None:
    a_limitation(project, a_tool(by=lead, project=project), by=lead, first_reported_on=date(2023, 1, 9))
    page = client.sign_in(lead).get(f"{RECORDS}/limitations").text
    assert [each in page for each in ("3 years 2 months", "not decided", "What the tools can do")] == [True] * 3


def test_limitation_is_decided_on_the_page(client: Any, lead: Person, project: Project) -> None:
    row = a_limitation(project, a_tool(by=lead, project=project), by=lead)
    number, address = row.id, f"{RECORDS}/limitations/{row.id}/decide"
    client.sign_in(lead)
    refused = client.post(address, {"decision": "temporary", "disposition": "it will do", "version": "1"})
    done = client.post(address, {"decision": "wait", "disposition": "in spring", "version": "1"})
    stale = client.post(address, {"decision": "drop", "disposition": "no", "version": "1"})
    assert (refused.status_code, done.status_code, stale.status_code) == (422, 303, 409)
    assert "Say what is done meanwhile." in refused.text
    assert record_in(Limitation, project.id, number).decision == "wait"
    assert "in spring" in client.get(done.location).text


def test_promise_is_settled_on_the_page(client: Any, lead: Person, project: Project) -> None:
    row = a_promise(project, a_tool(by=lead, project=project), by=lead)
    number = row.id
    answer = client.sign_in(lead).post(f"{RECORDS}/promises/{number}/settle", {"state": "kept", "outcome": "release 9"})
    assert (answer.status_code, record_in(Promise, project.id, number).state) == (303, "kept")


def test_promise_for_a_day_before_it_was_made_is_refused(client: Any, lead: Person, project: Project) -> None:
    tool = a_tool(by=lead, project=project).id
    typed = {"feature": "x", "tool_id": str(tool), "layer": "editor", "made_on": "2026-02-01", "due_on": "2026-01-01"}
    answer = client.sign_in(lead).post(f"{RECORDS}/promises/new", typed)
    assert (answer.status_code, 'id="due_on-error"' in answer.text) == (422, True)


def test_customisation_is_tried_again_on_the_page(client: Any, lead: Person, project: Project) -> None:
    row = a_customisation(project, a_tool(by=lead, project=project, edition="8.1"), by=lead)
    number, address = row.id, f"{RECORDS}/customisations/{row.id}"
    client.sign_in(lead)
    before = client.get(f"{RECORDS}/customisations").text
    offered = client.get(f"{address}/retest").text
    typed = {"version_tested": "8.1", "tested_on": "2026-03-09", "result": "works", "version": "1"}
    answer = client.post(f"{address}/retest", typed)
    after = client.get(f"{RECORDS}/customisations").text
    assert ("re-test due" in before, 'value="8.1"' in offered, answer.status_code) == (True, True, 303)
    assert ("re-test due" in after, record_in(Customisation, project.id, number).tested_on) == (False, date(2026, 3, 9))


def test_change_of_a_customisation_keeps_the_version_tried(client: Any, lead: Person, project: Project) -> None:
    tool = a_tool(by=lead, project=project, edition="8.1")
    row = a_customisation(project, tool, by=lead, version_tested="8.0", tested_on=date(2026, 1, 5))
    number = row.id
    typed = {"what": "said anew", "tool_id": str(tool.id), "version_tested": "8.1", "tested_on": "2026-03-01"}
    client.sign_in(lead).post(f"{RECORDS}/customisations/{number}/edit", {**typed, "version": "1"})
    kept = record_in(Customisation, project.id, number)
    assert (kept.what, kept.version_tested, kept.tested_on) == ("said anew", "8.0", date(2026, 1, 5))


def test_capabilities_are_unknown_until_set_on_the_page(client: Any, lead: Person, project: Project) -> None:
    tool = a_tool(by=lead, project=project, name="Portal")
    proof = a_link(project, by=lead).id
    client.sign_in(lead)
    address = f"/projects/INV-1/capabilities/{tool.id}/export"
    before = client.get("/projects/INV-1/capabilities").text
    refused = client.post(address, {"state": "no", "note": ""})
    made = client.post(address, {"state": "no", "note": "totals only", "evidence_id": str(proof)})
    after = client.get("/projects/INV-1/capabilities").text
    assert (before.count("st-unmatched"), after.count("st-unmatched"), after.count("st-fail")) == (7, 6, 1)
    assert (refused.status_code, made.status_code, "totals only" in after) == (422, 303, True)
    assert queries.capability(tool.id, "export").evidence_id == proof
    assert (f'/evidence/{proof}">E-' in before, f'/evidence/{proof}">E-' in after) == (False, True)
    assert [client.get(address.replace("export", each)).status_code for each in ("fly", "read")] == [404, 200]


@pytest.mark.parametrize("number", [1, 10])
def test_capabilities_take_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, number: int
) -> None:
    for _each in range(number):
        tool = a_tool(by=lead, project=project)
        actions.set_capability(
            project=project, tool=tool, kind=CapabilityKind.READ, state=Able.YES, note="tried", by=lead
        )
    client.sign_in(lead)
    with count_queries() as seen:
        client.get("/projects/INV-1/capabilities")
    assert len([each for each in seen if each.startswith("SELECT")]) == 6  # person, rights, project, tools, known, proofs


def test_registers_index_lists_what_the_person_may_open(client: Any, lead: Person) -> None:
    names = ("limitations", "promises", "licences", "customisations", "capabilities", "risks")
    page = client.sign_in(lead).get("/registers/").text
    assert [f'href="/registers/{each}"' in page for each in names] == [True] * 6
    assert 'href="/registers/" aria-current="page"' in page
    page = client.sign_in(a_person(role=Role.GUEST)).get("/registers/").text
    assert [f'href="/registers/{each}"' in page for each in names] == [True, True, False, True, False, True]


def test_overviews_show_nothing_of_hidden_projects(client: Any, lead: Person, project: Project) -> None:
    hidden, tool = a_project(by=lead, key="SEC-1"), a_tool(by=lead, project=project, name="Portal")
    other = a_tool(by=lead, project=hidden, name="Vault", standing=Standing.TRIAL, trial_ends_on=date(2026, 3, 22))
    for where, which, text in ((project, tool, "open text"), (hidden, other, "kept text")):
        a_limitation(where, which, by=lead, statement=text)
        a_promise(where, which, by=lead, feature=text)
        a_customisation(where, which, by=lead, what=text)
        a_risk(where, by=lead, statement=text)
    member = a_person(role=Role.CONTRIBUTOR)
    a_member(project, member)
    client.sign_in(member)
    for name in ("limitations", "promises", "customisations", "risks"):
        for address in (f"/registers/{name}", f"/registers/{name}.csv", f"/registers/{name}?q=kept"):
            text = client.get(address).text
            assert ("kept text" in text, "SEC-1" in text) == (False, False)
        assert "open text" in client.get(f"/registers/{name}").text
    licences = client.get("/registers/licences").text
    assert ("Vault" in licences, "SEC-1" in licences) == (True, False)


def test_overview_filters_sorts_and_exports(client: Any, lead: Person, project: Project) -> None:
    other, tool = a_project(by=lead, key="CRM-1"), a_tool(by=lead, project=project, name="Portal")
    actions.put_in_scope(project=other, tool=tool, by=lead)
    proof = a_link(project, by=lead)
    a_limitation(project, tool, by=lead, statement="=1+1", first_reported_on=date(2023, 1, 9), evidence_id=proof.id)
    a_limitation(other, tool, by=lead, statement="beta", layer="editor", first_reported_on=date(2022, 3, 10))
    client.sign_in(lead)

    def codes(asked: str) -> list[str]:
        return [f"{row[1]} {row[3]}" for row in rows_of(client.get(f"/registers/limitations.csv?{asked}"))[1:]]

    assert codes("") == ["CRM-1 beta", "INV-1 '=1+1"]
    assert codes("sort=-first_reported_on") == ["INV-1 '=1+1", "CRM-1 beta"]
    assert (codes("sort=password"), codes("layer=nobody")) == (codes(""), codes(""))
    assert codes("layer=editor") == ["CRM-1 beta"]
    assert codes("q=BET") == ["CRM-1 beta"]
    assert (codes("decision=undecided"), codes("decision=wait")) == (codes(""), [])
    whole = rows_of(client.get("/registers/limitations.csv?q=INV"))
    assert whole[1] == [
        "L-01", "INV-1", "Portal", "'=1+1", "reseller", "9 Jan 2023", "3 years 2 months", "", "", "E-1", "not decided", "",
    ]


def test_licences_count_down_soonest_first(client: Any, lead: Person, project: Project) -> None:
    a_tool(by=lead, name="Later", standing=Standing.TRIAL, trial_ends_on=date(2026, 4, 1))
    a_tool(by=lead, name="Soon", project=project, standing=Standing.TRIAL, trial_ends_on=date(2026, 3, 22))
    a_tool(by=lead, name="Gone", standing=Standing.TRIAL, trial_ends_on=date(2026, 3, 9))
    a_tool(by=lead, name="Bought")
    client.sign_in(lead)
    found = [(row[0], row[3], row[5]) for row in rows_of(client.get("/registers/licences.csv"))[1:]]
    assert found == [("Gone", "1 day ago", ""), ("Soon", "12 days left", "INV-1"), ("Later", "22 days left", "")]
    assert client.get("/registers/licences").text.count("st-overdue") == 1


def test_all_capabilities_show_each_tool_once(client: Any, lead: Person, project: Project) -> None:
    tool = a_tool(by=lead, project=project, name="Portal")
    a_tool(by=lead, name="Deskline")
    for kind, state in ((CapabilityKind.READ, Able.YES), (CapabilityKind.REMOVE, Able.NO)):
        actions.set_capability(project=project, tool=tool, kind=kind, state=state, note="tried", by=lead)
    client.sign_in(lead)
    found = rows_of(client.get("/registers/capabilities.csv"))[1:]
    assert found == [
        ["Deskline", *["unknown"] * 7],
        ["Portal", "yes", "unknown", "unknown", "unknown", "no", "unknown", "unknown"],
    ]
    assert [row[0] for row in rows_of(client.get("/registers/capabilities.csv?remove=no"))[1:]] == ["Portal"]


def test_all_customisations_say_what_their_own_pages_say(client: Any, lead: Person, project: Project) -> None:
    tool = a_tool(by=lead, project=project, edition="8.1")
    for version, day in (("", None), ("8.0", date(2026, 1, 1)), ("8.1", date(2026, 2, 1))):
        a_customisation(project, tool, by=lead, version_tested=version, tested_on=day)
    client.sign_in(lead)
    found = sorted((row[0], row[-1]) for row in rows_of(client.get("/registers/customisations.csv"))[1:])
    own = [(row[0], row[-2]) for row in rows_of(client.get(f"{RECORDS}/customisations.csv"))[1:]]
    assert found == own == [("X-1", "re-test due"), ("X-2", "re-test due"), ("X-3", "tried")]


@pytest.mark.parametrize("number", [1, 10, 100])
def test_lists_take_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, number: int
) -> None:
    tool = a_tool(by=lead, project=project, standing=Standing.TRIAL, trial_ends_on=date(2026, 3, 22))
    for _each in range(number):
        for make in (a_limitation, a_promise, a_customisation):
            make(project, tool, by=lead)
    client.sign_in(lead)
    found = {}
    for name in ("limitations", "promises", "customisations", "licences", "capabilities"):
        with count_queries() as seen:
            client.get(f"/registers/{name}")
        found[name] = len([each for each in seen if each.startswith("SELECT")])
    assert set(found.values()) == {3}  # person, how many, rows
    own = {}
    for name in ("limitations", "promises", "customisations"):
        with count_queries() as seen:
            client.get(f"{RECORDS}/{name}")
        own[name] = len([each for each in seen if each.startswith("SELECT")])
    # person, rights, then a count, the rows, and each list of choices that the filters offer
    assert own == {"limitations": 7, "promises": 7, "customisations": 6}
