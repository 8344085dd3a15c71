"""Management reviews: what they take in, freezing it, what they decide."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.factories.findings import a_finding, a_finding_action
from tests.factories.lifecycle import a_decision
from tests.factories.oversight import a_review, a_review_action
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.projects import a_project
from tests.factories.risks import a_risk
from tests.factories.tools import a_limitation, a_promise, a_tool
from workbench import clock
from workbench.cli import main
from workbench.database import db
from workbench.desk.waiting import Kind
from workbench.desk.work import tasks_of
from workbench.findings.models import Finding
from workbench.findings.queries.lists import Wanted, rows_of_findings
from workbench.findings.rules import FindingState
from workbench.lifecycle.models import GateDecision
from workbench.lifecycle.rules import Outcome, criterion_code
from workbench.oversight.actions import reviews as actions
from workbench.oversight.forms import reviews as words
from workbench.oversight.queries import reviews as queries
from workbench.oversight.rules.reviews import FLOW, INPUTS, ReviewActionState, Row, digest, frozen, months_after, thawed
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.actions import open_project
from workbench.projects.models import Project
from workbench.projects.rules import ProjectKind
from workbench.trail.actions import record
from workbench.trail.queries import verify
from workbench.web.refusals import BadValue, Refused
from workbench.web.transactions import commit

Counter = Callable[[], AbstractContextManager[list[str]]]
TODAY = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_may() -> Any:
    clock.fix(TODAY)
    yield
    clock.fix(None)


@pytest.fixture
def lead(app: Flask) -> Person:
    clock.fix(TODAY)
    return a_person(role=Role.QUALITY_LEAD, name="Lea Lead", password=PASSWORD)


def _on(day: date) -> None:
    clock.fix(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))


def a_year(lead: Person, home: Path) -> tuple[Project, Project]:
    """Two projects with something in and something out of the first four months of 2026."""
    one, two = a_project(by=lead, key="INV-1"), a_project(by=lead, key="CRM-1")
    for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 4, 30), date(2026, 5, 1)):
        _on(day)
        a_finding(one, by=lead, statement=f"raised on {day}")
        a_decision(two, 1, by=lead, keys=home / "keys", outcome=Outcome.HOLD)
    clock.fix(TODAY)
    closed = db.session.scalars(select(Finding).where(Finding.number == 1)).one()
    closed.state, closed.closed_at = FindingState.CLOSED, datetime(2026, 1, 10, tzinfo=UTC)
    record("finding_closed", closed, by=lead, project=one.key)
    a_finding(two, by=lead, due_on=date(2026, 5, 3))
    tool = a_tool(by=lead, project=one)
    a_limitation(one, tool, by=lead)
    a_promise(one, tool, by=lead, due_on=date(2026, 4, 1))
    a_risk(one, by=lead, likelihood=4, impact=4, review_on=date(2026, 3, 1))
    return one, two


def figures(review: Any) -> dict[str, int]:
    return {one.key: one.count for each in queries.inputs_of(review) for one in each.figures}


def test_every_figure_has_its_read_and_its_words(app: Flask) -> None:
    named = [name for names in INPUTS.values() for name in names]
    assert (sorted(named), sorted(named), sorted(INPUTS), sorted(INPUTS)) == (
        sorted(queries.READS), sorted(words.FIGURE_NAMES), sorted(words.INPUT_TITLES), sorted(words.PROMPTS),
    )


def test_figures_equal_the_registers_in_the_period(any_app: Flask, home: Path) -> None:
    clock.fix(TODAY)
    lead = a_person(role=Role.QUALITY_LEAD, password=PASSWORD)
    one, _two = a_year(lead, home)
    first, after = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
    whole, part = a_review(by=lead), None
    seen = figures(whole)
    plain = {
        "findings_raised": db.session.scalar(
            select(func.count()).select_from(Finding).where(Finding.raised_at >= first, Finding.raised_at < after)
        ),
        "gates_held": db.session.scalar(
            select(func.count())
            .select_from(GateDecision)
            .where(GateDecision.decided_at >= first, GateDecision.decided_at < after)
        ),
    }
    expected = {
        **plain, "findings_closed": 1, "findings_open": 4, "findings_overdue": 1, "limitations_old": 1,
        "promises_overdue": 1, "risks_heavy": 1, "risks_review_late": 1, "gates_passed": 0, "projects_opened": 0,
    }
    assert {name: seen[name] for name in expected} == expected
    assert (plain["findings_raised"], plain["gates_held"]) == (2, 2)
    whole.project_ids, part = [one.id], figures
    assert {name: part(whole)[name] for name in ("findings_raised", "gates_held", "findings_overdue")} == {
        "findings_raised": 2, "gates_held": 0, "findings_overdue": 0,
    }


def test_findings_overdue_are_those_that_the_register_marks(any_app: Flask) -> None:
    clock.fix(TODAY)
    lead = a_person(role=Role.QUALITY_LEAD, password=PASSWORD)
    project, today = a_project(by=lead), clock.today()
    judged, acting, own, in_time = (a_finding(project, by=lead, due_on=today + timedelta(days=30)) for _each in range(4))
    judged.state, judged.check_due_on = FindingState.ACTED, today - timedelta(days=12)
    in_time.check_due_on = today - timedelta(days=12)  # nothing was done yet that could be judged
    a_finding_action(project, acting, by=lead, due_on=today)
    own.due_on = today
    clock.fix(TODAY + timedelta(days=1))
    (figure,) = [one for each in queries.inputs_of(a_review(by=lead)) for one in each.figures if one.key == "findings_overdue"]
    marked = [each.finding.code for each in rows_of_findings(project.id, Wanted(overdue=True))]
    assert ([each.code for each in figure.rows], sorted(marked)) == (["F-1", "F-2", "F-3"], ["F-1", "F-2", "F-3"])
    assert [each.value for each in figure.rows] == ["13", "1", "1"]


def test_waiver_is_named_by_its_item_or_its_gate(app: Flask) -> None:
    named = [criterion_code(3, "item:G3-01"), criterion_code(3, "layer_heard:reseller")]
    assert named == ["G3-01", "G3"]


def test_inputs_take_as_many_queries_for_many_projects_as_for_one(
    app: Flask, lead: Person, home: Path, count_queries: Counter
) -> None:
    a_year(lead, home)
    review, counts = a_review(by=lead), []
    for number in (1, 10):
        for each in range(number):
            a_finding(a_project(by=lead, key=f"MANY-{number}{each}"), by=lead, due_on=date(2026, 5, 1))
        commit()
        with count_queries() as seen:
            queries.inputs_of(review)
        counts.append(len([one for one in seen if one.startswith("SELECT")]))
    assert counts[0] == counts[1]


def test_held_review_keeps_its_inputs_whatever_changes_later(app: Flask, lead: Person, home: Path) -> None:
    one, _two = a_year(lead, home)
    review = a_review(by=lead)
    actions.note_inputs(review=review, notes={"climate": " Heat stops the server room. ", "gates": ""}, by=lead)
    actions.prepare_review(review=review, by=lead)
    with pytest.raises(BadValue) as refusal:
        actions.hold_review(
            review=review, held_on=date(2026, 5, 4), participants="all", next_on=None, password="not it, not it", by=lead
        )
    assert (refusal.value.field, review.state) == ("password", "prepared")
    made = actions.hold_review(
        review=review, held_on=date(2026, 5, 4), participants="all", next_on=None, password=PASSWORD, by=lead
    )
    before = figures(review)["findings_open"]
    a_finding(one, by=lead)
    pack = queries.pack_of(review)
    frozen_count = {one.key: one.count for each in pack.inputs for one in each.figures}["findings_open"]
    assert (frozen_count, figures(review)["findings_open"]) == (before, before + 1)
    assert digest(made.content) == made.sha256 == queries.pack_of(review).snapshot.sha256  # type: ignore[union-attr]
    assert next(each.note for each in pack.inputs if each.key == "climate") == "Heat stops the server room."
    assert (review.next_on, queries.next_due()) == (date(2026, 9, 4), date(2026, 9, 4))
    commit()
    assert verify(home / "keys").faults == ()


def test_review_closes_only_once_its_actions_are_over(app: Flask, lead: Person) -> None:
    review = a_review(by=lead)
    first, second = a_review_action(review, by=lead), a_review_action(review, by=lead, text="Buy a mirror")
    actions.hold_review(
        review=review, held_on=date(2026, 5, 4), participants="all", next_on=date(2026, 8, 1), password=PASSWORD, by=lead
    )
    with pytest.raises(Refused) as refusal:
        actions.close_review(review=review, by=lead)
    assert refusal.value.details == ("A1 Ask the reseller for an export", "A2 Buy a mirror")
    assert [each.place for each in tasks_of(lead)[Kind.REVIEW_ACTION]] == [1, 2]
    for each, state in ((first, ReviewActionState.DONE), (second, ReviewActionState.CANCELLED)):
        actions.end_action(review=review, action=each, state=state, on=date(2026, 5, 4), note="E-1", by=lead)
    actions.close_review(review=review, by=lead)
    assert (review.state, tasks_of(lead)[Kind.REVIEW_ACTION], queries.next_due()) == ("closed", [], date(2026, 8, 1))


def test_one_review_is_ahead_at_a_time_and_numbers_are_unique(any_app: Flask) -> None:
    clock.fix(TODAY)
    lead = a_person(role=Role.QUALITY_LEAD, password=PASSWORD)
    numbers = []
    for _each in range(2):
        review = a_review(by=lead)
        numbers.append(review.number)
        with pytest.raises(Refused):
            a_review(by=lead)
        actions.prepare_review(review=review, by=lead)
        actions.hold_review(
            review=review, held_on=date(2026, 5, 4), participants="all", next_on=None, password=PASSWORD, by=lead
        )
    assert numbers == ["MR-2026-1", "MR-2026-2"]


def test_next_review_is_brought_to_mind_two_weeks_before(app: Flask, lead: Person) -> None:
    found = []
    a_review(by=lead, planned_on=date(2026, 5, 19))
    for day in (date(2026, 5, 4), date(2026, 5, 5), date(2026, 6, 1)):
        _on(day)
        found.append(queries.reminder())
    assert found == [None, date(2026, 5, 19), date(2026, 5, 19)]


def test_review_is_walked_through_its_pages(client: Any, lead: Person, home: Path) -> None:
    a_year(lead, home)
    client.sign_in(lead)
    assert "No review yet" in client.get("/reviews").text
    facts = {
        "period_from": "2026-01-01", "period_to": "2026-04-30", "planned_on": "2026-05-04", "chair_id": str(lead.id),
        "participants": "general manager", "next_on": "",
    }
    assert client.post("/reviews/new", facts).location == "/reviews/MR-2026-1"
    page = client.get("/reviews/MR-2026-1").text
    assert ("raised on 2026-01-01" in page, "raised on 2026-05-01" in page, 'id="rows-findings_raised"' in page) == (
        True, True, True,  # the last one is open now
    )
    version = str(queries.review("MR-2026-1").version)  # type: ignore[union-attr]
    client.post("/reviews/MR-2026-1/notes", {"note_climate": "Heat.", "version": version})
    client.post("/reviews/MR-2026-1/prepare")
    client.post("/reviews/MR-2026-1/decisions/new", {"kind": "resources", "text": "A second licence"})
    action = {"text": "Buy it", "decision_id": "1", "owner_id": str(lead.id), "due_on": "2026-06-01"}
    client.post("/reviews/MR-2026-1/actions/new", action)
    held = {"held_on": "2026-05-04", "participants": "general manager", "next_on": "", "password": PASSWORD}
    assert client.post("/reviews/MR-2026-1/hold", held).status_code == 303
    assert client.post("/reviews/MR-2026-1/notes", {"note_climate": "Rain."}).status_code == 409
    assert client.post("/reviews/MR-2026-1/close").status_code == 409
    ended = {"state": "done", "done_on": "2026-05-04", "note": "E-1"}
    client.post("/reviews/MR-2026-1/actions/1", ended)
    client.post("/reviews/MR-2026-1/close")
    page = client.get("/reviews/MR-2026-1").text
    assert [word in page for word in ("A second licence", "Buy it", "Heat.", "closed", "Lea Lead")] == [True] * 5
    lines = client.get("/reviews/MR-2026-1.csv").text.splitlines()
    assert (lines[0].startswith("\ufeffInput,Figure,Count"), sum("findings raised" in each for each in lines)) == (True, 2)
    client.post("/language", {"language": "fr"})
    assert client.get("/reviews/MR-2026-1").status_code == 200


def test_reader_sees_rows_of_own_projects_only(client: Any, lead: Person, home: Path) -> None:
    one, _two = a_year(lead, home)
    manager = a_person(role=Role.PROJECT_MANAGER)
    a_member(one, manager, role=Role.PROJECT_MANAGER)
    a_review(by=lead)
    client.sign_in(manager)
    page, sheet = client.get("/reviews/MR-2026-1").text, client.get("/reviews/MR-2026-1.csv").text
    assert ("INV-1" in page, "CRM-1" in page, "CRM-1" in sheet) == (True, False, False)
    assert "belong to projects that you do not take part in" in page


def test_action_is_ended_by_its_owner_and_by_nobody_else(client: Any, lead: Person) -> None:
    owner, other = a_person(), a_person()
    a_review_action(a_review(by=lead), by=lead, owner=owner)
    ended = {"state": "done", "done_on": "2026-05-04", "note": "E-1"}
    found = [client.sign_in(each).post("/reviews/MR-2026-1/actions/1", ended).status_code for each in (other, owner, owner)]
    assert found == [404, 303, 409]


def test_who_leads_a_review_or_has_an_action_of_it_reads_it_whatever_their_role(client: Any, lead: Person, home: Path) -> None:
    a_year(lead, home)
    chair, owner, other = a_person(), a_person(), a_person()
    a_review_action(a_review(by=lead, chair_id=chair.id), by=lead, owner=owner)
    pages = ("/reviews/MR-2026-1", "/reviews/MR-2026-1.csv")
    found = {each.id: [client.sign_in(each).get(one).status_code for one in pages] for each in (chair, owner, other)}
    assert found == {chair.id: [200, 200], owner.id: [200, 200], other.id: [403, 403]}
    page = client.sign_in(chair).get("/reviews/MR-2026-1").text
    assert ("INV-1" in page, 'href="/reviews"' in page, "Build the report" in page) == (False, False, False)


def test_review_leads_to_its_report_with_the_review_ticked(client: Any, lead: Person, home: Path) -> None:
    a_year(lead, home)
    a_review(by=lead)
    client.sign_in(lead)
    assert "Build the report" not in client.get("/reviews/MR-2026-1").text  # no project's reports tell of two projects
    system = open_project(key="QMS-1", name="Our management system", by=lead, kind=ProjectKind.SYSTEM)
    address = f"/projects/{system.key}/reports/build/management_review?subject=MR-2026-1"
    assert address in client.get("/reviews/MR-2026-1").text
    page = client.get(address).text
    assert re.search(r'<input checked[^>]* value="MR-2026-1"', page)
    assert "None ticked: the figures as of now." in page


def test_command_prints_what_the_page_shows(app: Flask, lead: Person, home: Path, monkeypatch: Any, capsys: Any) -> None:
    a_year(lead, home)
    a_review(by=lead)
    commit()
    db.session.remove()
    monkeypatch.setenv("NINEFOLD_HOME", str(home))
    with pytest.raises(SystemExit):
        main(["review", "show", "MR-2026-1", "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    shown = {one["key"]: len(one["rows"]) for each in told["inputs"] for one in each["figures"]}
    with pytest.raises(SystemExit):
        main(["review", "show", "MR-2026-1"])
    assert (shown["findings_raised"], "    2  findings raised" in capsys.readouterr().out) == (2, True)


def test_frozen_inputs_come_back_as_they_were(app: Flask, lead: Person, home: Path) -> None:
    a_year(lead, home)
    inputs = queries.inputs_of(a_review(by=lead))
    assert (thawed(json.loads(json.dumps(frozen(inputs)))), len(inputs)) == (inputs, len(INPUTS))


def test_flow_never_leaves_a_closed_review_and_freezes_once_held() -> None:
    from_state = {state: sorted(each.verb for each in FLOW.transitions if each.source == state) for state in
                  ("planned", "prepared", "held", "closed")}
    assert from_state == {
        "planned": ["change", "note", "prepare"], "prepared": ["change", "decide", "hold", "note"],
        "held": ["close", "decide"], "closed": [],
    }


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(-60, 60))
def test_months_are_counted_to_the_same_day_or_the_last(day: date, months: int) -> None:
    found = months_after(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    is_last_of_month = months_after(found.replace(day=1), 1).toordinal() == found.toordinal() + 1
    assert found.day == day.day or (found.day < day.day and is_last_of_month)


def test_what_is_known_for_years_is_said_in_years(app: Flask) -> None:
    row = Row("INV-1", "L-1", "no import", "2023-09-23", "days_known", "1157")
    with app.test_request_context():
        assert words.said(row) == "known for 3 years 2 months"
        with force_locale("fr"):
            assert words.said(row) == "connue depuis 3 ans 2 mois"
