"""The pages of findings."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_link
from tests.factories.findings import a_finding, a_finding_action, a_grade, later
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.checklists import library
from workbench.checklists.rules import AnswerState
from workbench.findings import queries
from workbench.findings.rules import FindingKind
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trail.actions import record

Counting = Callable[[], AbstractContextManager[list[str]]]
PARTS = {
    "kind": "minor", "requirement": "own procedure", "evidence": "February invoices", "statement": "Typed by hand.",
    "effectiveness_after_days": "30",
}


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def test_empty_list_says_so_and_offers_the_first(client: Any, lead: Person, project: Project) -> None:
    page = client.sign_in(lead).get("/projects/INV-1/findings").text
    assert ("No finding raised" in page, "Raise a finding" in page) == (True, True)


@pytest.mark.parametrize("rows", [1, 10, 100])
def test_list_takes_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, rows: int
) -> None:
    grade = a_grade(by=lead)
    for _ in range(rows):
        made = a_finding(project, by=lead, owner_id=lead.id, grade=grade)
    a_finding_action(project, made, by=lead)
    client.sign_in(lead)
    asked = {
        "/projects/INV-1/findings": 7,  # person, rights, project, counts, total, rows, owners
        "/projects/INV-1/findings.csv": 3,  # person, rights, rows
        "/findings": 6,  # person, ages, days, total, rows, owners
        "/findings.xlsx": 2,  # person, rows
    }
    found = {}
    for path in asked:
        with count_queries() as seen:
            client.get(path)
        found[path] = len([each for each in seen if each.startswith("SELECT")])
    assert found == asked


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
    assert re.findall(r'<option selected value="(\w+)"', page) == ["checklist"]
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
    reader, other = a_person(role=Role.GUEST), a_project(by=lead, key="CRM-1")
    a_member(project, reader, role=Role.GUEST)
    a_finding(project, by=lead)
    a_finding(other, by=lead, statement="elsewhere")
    client.sign_in(reader)
    paths = {
        "findings": 200, "findings/1": 200, "findings.xlsx": 200, "findings/new": 403, "findings/1/withdraw": 403,
        "findings/1/cause": 403, "findings/1/check": 403, "findings/1/reopen": 403, "findings/2": 404,
    }
    assert {path: client.get(f"/projects/INV-1/{path}").status_code for path in paths} == paths
    everywhere = client.get("/findings").text
    assert ("INV-1" in everywhere, "elsewhere" in everywhere) == (True, False)
    assert client.get("/findings/grades").status_code == 403


def test_contributor_treats_but_neither_judges_nor_withdraws(client: Any, lead: Person, project: Project) -> None:
    worker = a_person()
    a_member(project, worker)
    a_finding(project, by=lead)
    page = client.sign_in(worker).get("/projects/INV-1/findings/1").text
    assert ("Add an action" in page, "Close the finding" in page, "/withdraw" in page) == (True, False, False)
    paths = ("actions/new", "cause", "check", "withdraw", "reopen", "decide")
    assert [client.get(f"/projects/INV-1/findings/1/{each}").status_code for each in paths] == [200, 200, 403, 403, 403, 403]
    assert client.post("/projects/INV-1/findings/1/close").status_code == 403


@pytest.mark.parametrize("kind", ["minor", "opportunity"])
def test_finding_page_takes_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, kind: str
) -> None:
    made, found = a_finding(project, by=lead, kind=FindingKind(kind)), []
    number = made.id
    for _ in range(2):
        for _each in range(5):
            a_finding_action(project, queries.finding(project.id, 1) or made, by=lead)
        client.sign_in(lead)
        with count_queries() as seen:
            client.get("/projects/INV-1/findings/1")
        found.append(len([each for each in seen if each.startswith("SELECT")]))
    assert (found[0], found[0], number) == (found[1], 11, 1)


def test_admin_team_retypes_quantities_until_the_cure_is_proven(client: Any, lead: Person, project: Project) -> None:
    """The story: raise it on the checklist line, treat it, try to close early, let another person rate it, close."""
    clock.fix(datetime(2026, 2, 10, 9, tzinfo=UTC))
    auditor, worker = a_person(role=Role.AUDITOR), a_person()
    a_member(project, worker)
    grade, checklist = a_grade(by=lead), a_checklist(project, by=lead)
    item = library.pack("lifecycle_gates").items_of_step(5)[0].key
    an_answer(project, checklist, item, by=lead, state=AnswerState.MINOR, note="quantities are typed by hand")
    piece = a_link(project, by=lead).id
    owner, line, graded = worker.id, checklist.id, grade.id
    client.sign_in(worker)
    asked = html.unescape(client.get(f"/projects/INV-1/checklists/{line}?step=5").text)
    (address,) = set(re.findall(rf'href="(/projects/INV-1/findings/new\?checklist={line}&item={item})"', asked))
    made = client.post(address, {**PARTS, "grade_id": graded, "owner_id": owner, "due_on": "2026-05-01"})
    one = made.location
    act = {"what": "Read February again", "owner_id": owner, "due_on": "2026-02-12", "kind": "correction"}
    cause = {"cause_kind": "method", "cause_method": "five_whys", "whys": "nobody reads it\nnobody knows it", "cause": "unknown"}
    steps = [
        client.post(f"{one}/actions/new", act), client.post(f"{one}/actions/1/done", {"done_on": "2026-02-10"}),
        client.post(f"{one}/cause", {**cause, "version": "2"}),
        client.post(f"{one}/actions/new", {**act, "kind": "corrective", "what": "Show the export"}),
    ]
    assert [each.status_code for each in steps] == [303] * 4
    client.sign_in(auditor)
    early = client.post(f"{one}/close")
    client.sign_in(worker)
    client.post(f"{one}/actions/2/done", {"done_on": "2026-02-10", "evidence_id": piece})
    rated = {"verdict": "effective", "score": "100", "note": "all of March is read", "evidence_id": piece, "close": "y"}
    client.sign_in(auditor)
    soon = client.post(f"{one}/check", rated)
    with later(30):
        client.sign_in(lead)
        page = html.unescape(client.get(one).text)
        client.sign_in(auditor)
        closed = client.post(f"{one}/check", rated)
        shown = html.unescape(client.get(one).text)
        row = html.unescape(client.get(f"/projects/INV-1/checklists/{line}?step=5").text)
    clock.fix(None)
    assert early.status_code == 409
    assert "F-1 cannot be closed yet: effectiveness not evaluated; 1 action open." in html.unescape(early.text)
    assert (soon.status_code, "from 12 Mar 2026" in html.unescape(soon.text)) == (409, True)
    assert ("effectiveness not evaluated" in page, "PS" in page, closed.status_code) == (True, True, 303)
    assert ("nobody knows it" in shown, "all of March is read" in shown, 'st-closed">closed' in shown) == (True, True, True)
    assert "F-1 closed" in row


def test_exports_hold_what_the_filter_shows_typed_and_safe(client: Any, lead: Person, project: Project) -> None:
    a_finding(project, by=lead, statement="=1+1", due_on=date(2026, 5, 1))
    a_finding(project, by=lead, kind=FindingKind.MAJOR)
    client.sign_in(lead)
    text = client.get("/projects/INV-1/findings.csv?kind=minor").text
    book = client.get("/findings.xlsx?kind=minor")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.data)).get_sheet_by_index(0).to_python()
    assert (text.count("F-1"), text.count("F-2"), "'=1+1" in text) == (1, 0, True)
    assert (len(rows), rows[1][0], rows[1][5], rows[1][12], rows[1][21]) == (2, "F-1", "=1+1", date(2026, 5, 1), 0)


def test_ages_stand_in_the_chart_and_in_its_table(client: Any, lead: Person, project: Project) -> None:
    a_finding(project, by=lead)
    page = client.sign_in(lead).get("/findings").text
    assert (page.count('<rect class="ageing-minor"'), page.count("<rect"), "No finding of this list is closed" in page) == (
        1, 1, True,
    )
    assert "No finding matches" in client.get("/findings?state=closed").text


def test_grades_are_kept_by_the_quality_lead(client: Any, lead: Person, project: Project) -> None:
    client.sign_in(lead)
    said = {"code": "PS", "label_en": "sensitive point", "label_fr": "point sensible", "kind": "minor", "position": "1"}
    made = [client.post("/findings/grades/new", each).status_code for each in (said, said, {**said, "code": ""})]
    changed = client.post("/findings/grades/1/edit", {**said, "kind": "major", "version": "1"}).status_code
    del said["kind"]
    moved = client.post("/findings/grades/1/edit", {**said, "code": "PSE", "version": "1"}).status_code
    gone = [client.post(f"/findings/grades/1/{verb}").status_code for verb in ("withdraw", "withdraw", "put-back")]
    page = client.get("/findings/grades").text
    assert (made, changed, moved, gone) == ([303, 422, 422], 422, 303, [303, 409, 303])
    assert ("PSE" in page, "sensitive point" in page, client.get("/findings/grades/2/edit").status_code) == (True, True, 404)


def test_finding_of_the_first_release_opens_and_is_changed(client: Any, lead: Person, project: Project) -> None:
    """Rows from before owners, dates and rounds hold nothing there."""
    row = a_finding(project, by=lead)
    row.round = row.opened_round = row.effectiveness_after_days = row.source = None
    record("finding_raised", row, by=lead, project="INV-1")
    client.sign_in(lead)
    form = client.get("/projects/INV-1/findings/1/edit").text
    said = {"effectiveness_after_days": "20", "owner_id": str(lead.id), "version": "2"}
    assert (client.get("/projects/INV-1/findings/1").status_code, 'value="30"' in form) == (200, True)
    assert client.post("/projects/INV-1/findings/1/edit", said).status_code == 303
    (found,) = queries.findings_of_project(project.id)
    assert (found.owner_id, found.delay, found.source) == (lead.id, 20, None)


def test_opportunity_is_decided_and_opened_again(client: Any, lead: Person, project: Project) -> None:
    a_finding(project, by=lead, kind=FindingKind.OPPORTUNITY)
    client.sign_in(lead)
    one = "/projects/INV-1/findings/1"
    asked = client.get(one).text
    bare = client.post(f"{one}/decide", {"disposition": "declined", "reason": ""}).status_code
    said = client.post(f"{one}/decide", {"disposition": "declined", "reason": "too dear"}).status_code
    shown = client.get(one).text
    again = client.post(f"{one}/reopen", {"reason": "cheaper now"}).status_code
    assert ("Accept or decline it" in asked, "Close the finding" in asked, bare, said, again) == (True, False, 422, 303, 303)
    assert ("too dear" in shown, "Open it again" in shown) == (True, True)
