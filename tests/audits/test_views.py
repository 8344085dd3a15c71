"""The pages of audits: the programme, and one audit from the plan to its end as its lead auditor walks it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.factories.audits import LINES, PLAN, a_line, an_agreed_audit, an_audit, an_audit_member, an_opened_audit
from tests.factories.findings import a_finding
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.audits import queries
from workbench.audits.registers import PARTS
from workbench.audits.rules import MemberRole
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project

Counting = Callable[[], AbstractContextManager[list[str]]]
ONE = "/projects/INV-1/audits/1"
PACK = "iso9001_2015"
FINDING = {
    "kind": "minor", "requirement": "P-12", "evidence": "Two of ten.", "statement": "Quantities are typed by hand.",
    "effectiveness_after_days": "30",
}


@pytest.fixture
def planner(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD, name="Planner")


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.AUDITOR, name="Ada", password=PASSWORD)


@pytest.fixture
def project(planner: Person) -> Project:
    return a_project(by=planner, key="INV-1")


def typed(facts: dict[str, Any]) -> dict[str, Any]:
    """Values as a browser sends them: what is empty or not ticked is left out."""
    return {name: value if isinstance(value, list) else str(value) for name, value in facts.items() if value}


def selects(seen: list[str]) -> int:
    return len([each for each in seen if each.startswith("SELECT")])


def moment() -> str:
    return (clock.now() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M")


def test_audit_is_walked_from_the_plan_to_its_end(client: Any, planner: Person, lead: Person, project: Project) -> None:
    lead_id = lead.id
    client.sign_in(planner)
    client.post("/audits/2026/describe", {"objectives": "Every area once.", "risks_and_opportunities": "", "resources": ""})
    client.post("/audits/2026/approve", {"reason": "Fits the year."})
    client.post(
        "/projects/INV-1/audits/area/2026", {"importance": "4", "planned_month": "12", "note": "", "reason": "New client."}
    )
    assert "importance 4 of 5: +4" in client.get("/audits?year=2026").text
    client.post("/projects/INV-1/audits/new", typed({**PLAN, "packs": [PACK]}))
    client.post(f"{ONE}/team", {"person_id": str(lead_id), "role": "lead"})
    assert "a first line of the agenda" in client.get(ONE).text
    client.sign_in(lead)
    for part in PARTS:
        assert client.post(f"{ONE}/{part}/new", typed(LINES[part])).status_code == 303
    told = {"told": "Billing lead", "told_on": clock.today().isoformat(), "password": PASSWORD}
    assert client.post(f"{ONE}/agree", {**told, "password": "wrong"}).status_code == 422
    client.post(f"{ONE}/agree", told)
    meeting = {"held_at": moment(), "attendees": "Billing lead", "points": "Scope", "questions": ""}
    client.post(f"{ONE}/open", meeting)
    assert "answers: a checklist of this audit has none" in client.get(ONE).text
    [started] = queries.checklists_of(queries.audit(1, 1))
    item = started.pack.items[0].key
    line = f"/projects/INV-1/checklists/{started.checklist.id}/items/{item}"
    told = {"state": "minor", "note": "Typed by hand.", "version": "0"}
    client.sign_in(planner)
    assert client.post(line, told).status_code == 409  # kept for those who audit
    client.sign_in(lead)
    assert client.post(line, told).status_code == 303
    client.post(f"/projects/INV-1/findings/new?checklist={started.checklist.id}&item={item}", FINDING)
    said = {"conclusion": "Met but for one.", "recommendation": "conform_with_findings", "limits": "A sample of ten."}
    client.post(f"{ONE}/conclude", {**meeting, **said, "password": PASSWORD})
    client.post(f"{ONE}/report")
    assert client.post(f"{ONE}/close", {"note": ""}).status_code == 409
    page = client.get(ONE).text
    assert [each in page for each in ("F-1 is open", "A sample of ten.", "1 finding of this audit is open.", "Ada")] == [True] * 4
    client.sign_in(planner)
    client.post("/projects/INV-1/audits/new", typed({**PLAN, "kind": "follow_up", "follows_id": 1, "title": "Again"}))
    assert "F-1" in client.get("/projects/INV-1/audits/2").text
    client.post(f"{ONE}/close", {"note": "Followed up."})
    assert queries.audit(1, 1).state == "closed"
    client.post("/projects/INV-1/audits/2/cancel", {"reason": "No time."})
    listed = client.get("/registers/audits?state=cancelled").text
    assert ("A-2026-02" in listed, "A-2026-01" in listed, "A-2026-01" in client.get("/registers/audits.csv").text) == (
        True, False, True,
    )
    assert "INV-1" in client.get("/audits/programme.csv?year=2026").text


def test_plan_is_changed_and_a_member_leaves(client: Any, planner: Person, lead: Person, project: Project) -> None:
    audit = an_agreed_audit(project, by=planner, lead=lead)
    line = a_line(project, audit, "notes", by=lead).id
    member = queries.members(audit.id)[0].id
    client.sign_in(planner)
    assert "How usage is read" in client.get(f"{ONE}/agenda/1/edit").text
    client.post(f"{ONE}/change", typed({**PLAN, "scope": "All of it"}))
    client.post(f"{ONE}/notes/{line}/edit", typed({**LINES["notes"], "text": "Seen again."}))
    assert [each in client.get(ONE).text for each in ("All of it", "Seen again.", "signed before the last change")] == [True] * 3
    client.post(f"{ONE}/notes/{line}/withdraw", {"reason": "Twice."})
    client.post(f"{ONE}/team/{member}/remove", {"reason": "Ill."})
    page = client.get(ONE).text
    assert ("Seen again." in page, "Nobody yet." in page) == (False, True)


def test_conflict_is_shown_with_what_was_done(client: Any, planner: Person, lead: Person, project: Project) -> None:
    audit = an_opened_audit(project, by=planner, lead=lead)
    worker = a_person(name="Worker")
    a_member(project, worker)
    worker_id = worker.id
    client.sign_in(lead)
    answer = client.post(f"{ONE}/team", {"person_id": str(worker_id), "role": "auditor"})
    assert (answer.status_code, "is in the team of the project (contributor)" in answer.text) == (409, True)
    assert [each.name for each in queries.members(audit.id)] == ["Ada"]


def test_others_read_and_do_not_write(client: Any, planner: Person, lead: Person, project: Project) -> None:
    an_agreed_audit(project, by=planner, lead=lead)
    stranger, member = a_person(role=Role.AUDITOR), a_person()
    a_member(project, member)
    for person, status in ((stranger, 403), (member, 403), (planner, 200), (lead, 200)):
        client.sign_in(person)
        assert (client.get(ONE).status_code, client.get(f"{ONE}/notes/new").status_code) == (200, status)
    client.sign_in(planner)
    assert client.get(f"{ONE}/conclude").status_code == 403  # the lead auditor signs
    assert client.get("/projects/INV-1/audits/9").status_code == 404


@pytest.mark.parametrize("rows", [1, 10, 100])
def test_lists_take_a_fixed_number_of_queries(
    client: Any, planner: Person, project: Project, count_queries: Counting, rows: int
) -> None:
    for _ in range(rows):
        an_audit(project, by=planner)
    client.sign_in(planner)
    counts = []
    for address in ("/audits?year=2026", "/projects/INV-1/audits", "/registers/audits"):
        with count_queries() as seen:
            client.get(address)
        counts.append(selects(seen))
    assert counts == [9, 5, 3]


@pytest.mark.parametrize("rows", [1, 10, 100])
def test_audit_takes_a_fixed_number_of_queries(
    client: Any, planner: Person, lead: Person, project: Project, count_queries: Counting, rows: int
) -> None:
    audit = an_opened_audit(project, by=planner, lead=lead, packs=[PACK])
    [started] = queries.checklists_of(audit)
    for number in range(rows):
        for part in ("agenda", "notes", "samples"):
            a_line(project, audit, part, by=lead)
        an_audit_member(project, audit, None, by=planner, role=MemberRole.GUIDE, name=f"Guide {number}")
        a_finding(project, by=lead, checklist_id=started.checklist.id, item_key="")
    client.sign_in(lead)
    with count_queries() as seen:
        client.get(ONE)
    assert selects(seen) == 27
