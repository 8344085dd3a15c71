"""The list of projects: what it tells of each, filter, order, board, export, and how many queries it takes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import Inspector
from tests.factories.changes import a_whole_request, submitted, two_approvers
from tests.factories.checklists import a_checklist
from tests.factories.lifecycle import a_decision, a_project_at_gate_one, a_sponsor, proven_items
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_tool
from workbench import clock
from workbench.database import db
from workbench.desk.portfolio import Asked, Line, projects_of
from workbench.desk.words import waits_for
from workbench.lifecycle.actions import Asked as AskedCondition
from workbench.lifecycle.models import DecisionCondition
from workbench.lifecycle.rules import Outcome
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.projects.models import Project
from workbench.projects.rules import ProjectState
from workbench.tools.rules import Standing

OBSERVE = "Observe the current situation"
Counter = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD, name="Lea Lead")


def keys(person: Person, **asked: object) -> list[str]:
    return [each.key for each in projects_of(person, Asked(**asked)).rows]  # type: ignore[arg-type]


def line_of(project: Project, person: Person) -> Line:
    db.session.flush()
    return next(each for each in projects_of(person, Asked()).rows if each.key == project.key)


def test_portfolio_holds_the_projects_one_may_see(lead: Person) -> None:
    mine, other, member = a_project(by=lead), a_project(by=lead), a_person()
    a_member(mine, member)
    assert (keys(member), sorted(keys(lead))) == ([mine.key], sorted([mine.key, other.key]))


def test_portfolio_begins_with_what_moved_last(lead: Person) -> None:
    first, second = a_project(by=lead), a_project(by=lead)
    a_member(first, a_person())
    assert (keys(lead), keys(lead, sort="key")) == ([first.key, second.key], sorted([first.key, second.key]))


def test_portfolio_is_found_by_words_and_step(lead: Person) -> None:
    project, other = a_project(by=lead, key="INV-1", name="Invoices"), a_project(by=lead, key="CRM-1", name="Contacts")
    other.current_step = 4
    assert keys(lead, words="inv-") == ["INV-1"]
    assert keys(lead, words="contact") == ["CRM-1"]
    assert (keys(lead, step=1), keys(lead, step=4)) == ([project.key], [other.key])


def test_project_on_hold_is_told_apart_from_an_open_one(home: Path, lead: Person) -> None:
    project, _contributor, sponsor = a_project_at_gate_one()
    other = a_project(by=lead)
    a_decision(project, 1, by=sponsor, keys=home / "keys", outcome=Outcome.HOLD)
    assert (keys(lead, state="held"), keys(lead, state="open")) == ([project.key], [other.key])
    assert line_of(project, lead).state == "held"


def test_project_sent_back_is_open_again_in_its_second_pass(home: Path, lead: Person) -> None:
    project, _contributor, sponsor = a_project_at_gate_one()
    a_decision(project, 1, by=sponsor, keys=home / "keys")
    a_decision(project, 2, by=sponsor, keys=home / "keys", outcome=Outcome.HOLD)
    a_decision(project, 2, by=sponsor, keys=home / "keys", outcome=Outcome.BACK, back_to=1)
    line = line_of(project, lead)
    assert (line.state, line.step, line.pass_number) == ("open", 1, 2)


def test_portfolio_counts_the_overdue_conditions(home: Path, lead: Person) -> None:
    project, contributor, sponsor = a_project_at_gate_one()
    asked = [AskedCondition("Name the owner", contributor.id, clock.today() + timedelta(days=3))]
    a_decision(
        project, 1, by=sponsor, keys=home / "keys", outcome=Outcome.PASS_WITH_CONDITIONS, conditions=asked
    )
    before = line_of(project, lead).overdue
    condition = db.session.query(DecisionCondition).one()
    condition.due_on = date(2026, 1, 1)
    assert (before, line_of(project, lead).overdue) == (0, 1)


def test_portfolio_names_the_trial_licence_that_ends_first(lead: Person) -> None:
    project = a_project(by=lead)
    for name, days in (("Later", 40), ("Sooner", 12)):
        a_tool(
            by=lead, project=project, name=name, standing=Standing.TRIAL, trial_ends_on=clock.today() + timedelta(days=days)
        )
    line = line_of(project, lead)
    assert (line.licence, line.licence_ends_on) == ("Sooner", clock.today() + timedelta(days=12))


def test_portfolio_says_whom_a_project_waits_for(app: Flask, lead: Person) -> None:
    project = a_project(by=lead)
    a_sponsor(project)
    with app.test_request_context():
        before = waits_for(line_of(project, lead))
        a_checklist(project, by=lead)
        started = waits_for(line_of(project, lead))
        proven_items(project, 1, by=lead, but=["G1-01"])
        nearly = waits_for(line_of(project, lead))
        proven_items(project, 1, by=lead)
        proven = waits_for(line_of(project, lead))
    assert before == ["the checklist of the gates: not started"]
    assert re.fullmatch(r"\d+ items: .+ \d+", started[0])
    assert nearly[0].startswith("1 item: ")
    assert proven == ["gate decision: Sam Sponsor"]


def test_portfolio_names_those_whose_approval_is_waited_for(app: Flask, home: Path, lead: Person) -> None:
    project = a_project(by=lead)
    owner, technical = two_approvers(project)
    submitted(project, a_whole_request(project, by=lead, home=home), [owner, technical], by=lead)
    line = line_of(project, lead)
    with app.test_request_context():
        assert (line.approvals, waits_for(line)[0]) == (2, "approval: Olga Owner, Tom Tech")


def test_closed_project_waits_for_nobody(app: Flask, lead: Person) -> None:
    project = a_project(by=lead)
    project.state = ProjectState.CLOSED
    with app.test_request_context():
        assert (waits_for(line_of(project, lead)), keys(lead, state="closed")) == ([], [project.key])


def test_portfolio_waiting_for_me_holds_what_waits_for_me_alone(lead: Person) -> None:
    mine, other, member = a_project(by=lead), a_project(by=lead), a_person()
    a_member(mine, member, functions=[Function.PROCESS_OWNER])
    a_member(other, member)
    for each in (mine, other):
        a_checklist(each, by=lead)
    assert keys(member, mine=True) == [mine.key]


def test_portfolio_export_holds_what_the_list_shows(client: Inspector, lead: Person) -> None:
    a_project(by=lead, key="INV-1", name="Invoices")
    a_project(by=lead, key="CRM-1", name="=Contacts")
    client.sign_in(lead)
    found = client.get("/projects.csv?sort=key").get_data(as_text=True).removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(found)))
    assert rows[0][:4] == ["Key", "Name", "State", "Step"]
    assert [row[:6] for row in rows[1:]] == [
        ["CRM-1", "'=Contacts", "open", "1", OBSERVE, "1"], ["INV-1", "Invoices", "open", "1", OBSERVE, "1"],
    ]
    filtered = client.get("/projects.csv?q=inv&state=open").get_data(as_text=True)
    assert ("INV-1" in filtered, "CRM-1" in filtered) == (True, False)


def test_portfolio_board_groups_by_step(client: Inspector, lead: Person) -> None:
    a_project(by=lead, key="INV-1")
    a_project(by=lead, key="CRM-1").current_step = 4
    client.sign_in(lead)
    board = client.get("/projects/?view=board").text.partition('class="step-board"')[2]
    parts = board.split('class="board-step')
    assert (len(parts) - 1, "/projects/INV-1/" in parts[1], "/projects/CRM-1/" in parts[4]) == (9, True, True)


@pytest.mark.parametrize("asked", ["?sort=x", "?state=x&step=0", "?step=%C2%B2", "?mine=2&page=0", "?_method=x&_external=1"])
def test_portfolio_leaves_out_what_it_does_not_know(client: Inspector, lead: Person, asked: str) -> None:
    a_project(by=lead, key="INV-1")
    answer = client.sign_in(lead).get(f"/projects/{asked}")
    assert (answer.status_code, "INV-1" in answer.text) == (200, True)


def test_portfolio_without_a_match_offers_all(client: Inspector, lead: Person) -> None:
    a_project(by=lead)
    assert "No project matches" in client.sign_in(lead).get("/projects/?q=nothing").text


@pytest.mark.parametrize("view", ["", "?view=board"])
@pytest.mark.parametrize("number", [1, 10, 100])
def test_portfolio_takes_seven_queries(client: Inspector, count_queries: Counter, lead: Person, number: int, view: str) -> None:
    for _each in range(number):
        a_project(by=lead)
    client.sign_in(lead)
    client.get("/projects/")
    with count_queries() as seen:
        page = client.get(f"/projects/{view}").text
    reads = [each for each in seen if each.startswith("SELECT")]
    shown = set(re.findall(r'href="/projects/(INV-[0-9]+)/"', page))
    assert (len(shown), len(reads)) == (min(number, 100 if view else 25), 7)


def test_page_of_the_portfolio_stays_small(client: Inspector, lead: Person) -> None:
    for each in range(30):
        project = a_project(by=lead, name=f"A project with a name as long as people give them, number {each}")
        a_sponsor(project)
        a_checklist(project, by=lead)
    assert len(client.sign_in(lead).get("/projects/").data) < 60_000
