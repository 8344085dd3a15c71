"""Items asked of a person: the flow, the locks, the pages, the comments."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_link
from tests.factories.findings import a_finding
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.checklists import actions, queries
from workbench.checklists.models import Assignment, Checklist, Comment
from workbench.checklists.rules import ASSIGNMENT, AnswerState, AssignmentState, Barred, barred, locked
from workbench.database import db
from workbench.desk.waiting import Kind
from workbench.desk.work import tasks_of
from workbench.flow import TransitionRefused
from workbench.people.models import Person
from workbench.people.queries import rights_on
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.trail.models import Entry
from workbench.web.refusals import BadValue, Refused

Counter = Callable[[], AbstractContextManager[list[str]]]
BASE = "/projects/INV-1/checklists"


@pytest.fixture
def project(app: Flask) -> Project:
    return a_project(key="INV-1")


@pytest.fixture
def lead(app: Flask, project: Project) -> Person:
    lead = a_person(name="Lena Roth")
    a_member(project, lead, role=Role.PROJECT_MANAGER)
    return lead


@pytest.fixture
def ada(app: Flask, project: Project) -> Person:
    person = a_person(name="Ada Martin")
    a_member(project, person)
    return person


@pytest.fixture
def checklist(project: Project, lead: Person) -> Checklist:
    return a_checklist(project, by=lead)


def ask(project: Project, checklist: Checklist, keys: list[str], who: Person, by: Person, days: int = 7) -> Any:
    return actions.assign_items(
        project=project, checklist=checklist, item_keys=keys, person=who, due_on=clock.today() + timedelta(days=days), by=by
    )


def judge(project: Project, checklist: Checklist, verb: str, keys: list[str], by: Person, reason: str = "") -> Any:
    return actions.judge_items(project=project, checklist=checklist, verb=verb, item_keys=keys, reason=reason, by=by)


def states(checklist: Checklist) -> dict[str, str]:
    return {key: each.assignment_state.value for key, each in queries.asked_of(checklist).items()}


def test_asked_answered_submitted_sent_back_and_accepted(project: Project, checklist: Checklist, lead: Person, ada: Person) -> None:
    ask(project, checklist, ["G1-01", "G1-02"], ada, lead)
    an_answer(project, checklist, "G1-01", by=ada)
    handed = actions.submit_items(project=project, checklist=checklist, item_keys=None, by=ada)
    assert (handed.done, handed.refused) == (["G1-01"], {"G1-02": "Not answered yet."})
    with pytest.raises(BadValue) as refusal:
        judge(project, checklist, "send_back", ["G1-01"], lead)
    assert refusal.value.field == "reason"
    back = judge(project, checklist, "send_back", ["G1-01", "G1-02"], lead, "The map is from March.")
    assert (back.done, back.refused) == (["G1-01"], {"G1-02": "It is “asked”."})
    assert queries.asked_of(checklist)["G1-01"].reason == "The map is from March."
    actions.submit_items(project=project, checklist=checklist, item_keys=["G1-01"], by=ada)
    judge(project, checklist, "accept", ["G1-01"], lead)
    judge(project, checklist, "take_back", ["G1-02"], lead)
    assert states(checklist) == {"G1-01": "accepted"}
    acts = [each.act for each in db.session.query(Entry).order_by(Entry.seq)][-7:]
    assert acts == [
        "items_asked", "item_answered", "answers_submitted", "answers_sent_back", "answers_submitted", "answers_accepted",
        "questions_taken_back",
    ]


def test_asking_anew_names_the_next_person_and_not_what_was_submitted(
    project: Project, checklist: Checklist, lead: Person, ada: Person
) -> None:
    ask(project, checklist, ["G1-01", "G1-02"], ada, lead)
    an_answer(project, checklist, "G1-01", by=ada)
    actions.submit_items(project=project, checklist=checklist, item_keys=["G1-01"], by=ada)
    found = ask(project, checklist, ["G1-01", "G1-02", "G1-03", "none"], lead, lead)
    assert (found.done, sorted(found.refused)) == (["G1-02", "G1-03"], ["G1-01", "none"])
    assert {key: each.person_name for key, each in queries.asked_of(checklist).items()} == {
        "G1-01": "Ada Martin", "G1-02": "Lena Roth", "G1-03": "Lena Roth",
    }
    assert db.session.query(Assignment).count() == 3


def test_only_those_who_may_answer_are_asked_and_no_day_has_passed(
    project: Project, checklist: Checklist, lead: Person, ada: Person
) -> None:
    guest = a_person(name="Gil")
    a_member(project, guest, role=Role.GUEST)
    for who, days, field in ((guest, 7, "person_id"), (a_person(), 7, "person_id"), (ada, -1, "due_on")):
        with pytest.raises(BadValue) as refusal:
            ask(project, checklist, ["G1-01"], who, lead, days)
        assert refusal.value.field == field
    assert [name for _number, name in queries.respondents(checklist)] == ["Ada Martin", "Lena Roth"]
    checklist.reserved_for = [ada.id]
    assert queries.respondents(checklist) == [(ada.id, "Ada Martin")]


@pytest.mark.parametrize("state", [*AssignmentState])
@pytest.mark.parametrize("verb", ["ask", "submit", "accept", "send_back", "take_back"])
def test_no_other_way_leads_from_a_state(state: AssignmentState, verb: str) -> None:
    open_verbs = {
        AssignmentState.ASKED: {"ask", "submit", "take_back"},
        AssignmentState.SENT_BACK: {"ask", "submit", "take_back"},
        AssignmentState.SUBMITTED: {"accept", "send_back"},
        AssignmentState.ACCEPTED: {"ask"},
        AssignmentState.TAKEN_BACK: {"ask"},
    }
    if verb not in open_verbs[state]:
        with pytest.raises(TransitionRefused):
            ASSIGNMENT.target(verb, state)
    else:
        assert ASSIGNMENT.target(verb, state) in AssignmentState


@pytest.mark.parametrize(
    ("state", "person", "may_assign", "expected"),
    [
        (AssignmentState.ASKED, 1, False, None),
        (AssignmentState.ASKED, 2, False, Barred.ASKED_OF_ANOTHER),
        (AssignmentState.SENT_BACK, 1, False, None),
        (AssignmentState.SUBMITTED, 1, False, Barred.SUBMITTED),
        (AssignmentState.ACCEPTED, 1, False, Barred.ACCEPTED),
        (AssignmentState.TAKEN_BACK, 2, False, None),
        (AssignmentState.SUBMITTED, 2, True, None),
    ],
)
def test_who_may_answer_an_item_that_was_asked(
    state: AssignmentState, person: int, may_assign: bool, expected: Barred | None
) -> None:
    assert locked(state, respondent_id=1, person_id=person, may_assign=may_assign) == expected


def test_who_may_answer_a_checklist() -> None:
    assert barred(is_closed=True, reserved_for=[1], person_id=1, may_answer=True) == Barred.CLOSED
    assert barred(is_closed=False, reserved_for=[1], person_id=1, may_answer=False) is None
    assert barred(is_closed=False, reserved_for=[1], person_id=2, may_answer=True) == Barred.RESERVED
    assert barred(is_closed=False, reserved_for=None, person_id=2, may_answer=False) == Barred.NO_RIGHT


def test_a_reserved_checklist_is_answered_by_its_persons_and_a_closed_one_by_nobody(
    client: Any, project: Project, checklist: Checklist, lead: Person, ada: Person
) -> None:
    auditor = a_person(role=Role.AUDITOR, name="Otto")
    rights = rights_on(auditor, "INV-1")
    assert rights is not None
    assert queries.may_answer(checklist, auditor, rights) is False
    checklist.reserved_for = [auditor.id]
    record("checklist_reserved", checklist, by=lead, project="INV-1")
    assert queries.may_answer(checklist, auditor, rights) is True
    sent = {"state": "conform", "note": "Seen.", "version": "0"}
    client.sign_in(ada)
    refused = client.post(f"{BASE}/1/items/G1-01", sent)
    assert (refused.status_code, "Only the persons of its audit answer" in refused.text) == (409, True)
    assert client.post(f"{BASE}/1/items/G1-01/evidence", {"evidence_id": "1"}).status_code in (409, 422, 200)
    page = client.get(f"{BASE}/1?step=1").text
    assert ("answer-form" in page, "Only the persons of its audit answer" in page) == (False, True)
    client.sign_in(auditor)
    assert client.post(f"{BASE}/1/items/G1-01", sent).status_code == 303
    found = db.session.get_one(Checklist, 1)
    found.closed_at = clock.now()
    record("checklist_closed", found, by=lead, project="INV-1")
    client.sign_in(auditor)
    closed = client.post(f"{BASE}/1/items/G1-02", sent)
    assert (closed.status_code, "This checklist is closed" in closed.text) == (409, True)
    assert "answer-form" not in client.get(f"{BASE}/1?step=1").text


def test_the_respondent_finds_answers_and_hands_in_and_is_locked_out(
    client: Any, project: Project, checklist: Checklist, lead: Person, ada: Person
) -> None:
    client.sign_in(lead)
    due = (clock.today() + timedelta(days=3)).isoformat()
    sent = {"items": ["G1-01", "G1-02"], "person_id": str(ada.id), "due_on": due}
    asked = client.post(f"{BASE}/1/together/ask?step=1", sent)
    assert (asked.status_code, asked.location) == (303, f"{BASE}/1?step=1")
    assert [(each.project, each.record_id, each.place) for each in tasks_of(ada)[Kind.ASKED]] == [("INV-1", 1, 2)]
    client.sign_in(ada)
    page = client.get(f"{BASE}/1/mine").text
    assert re.findall(r'id="item-(G1-\d+)"', page) == ["G1-01", "G1-02"]
    assert "2 questions wait for your answer." in page
    saved = client.post(f"{BASE}/1/items/G1-01?back=mine", {"state": "conform", "note": "Seen.", "version": "0"})
    assert (saved.status_code, saved.location) == (303, f"{BASE}/1/mine#item-G1-01")
    assert client.post(f"{BASE}/1/mine", {"items": ["G1-02"], "which": "ticked"}).status_code == 409
    assert client.post(f"{BASE}/1/mine", {"which": "all"}).status_code == 303
    assert states(db.session.get_one(Checklist, 1)) == {"G1-01": "submitted", "G1-02": "asked"}
    again = client.post(f"{BASE}/1/items/G1-01", {"state": "minor", "note": "No.", "version": "1"})
    assert (again.status_code, "waits to be accepted" in again.text) == (409, True)
    assert client.post(f"{BASE}/1/asked", {"items": ["G1-01"], "verb": "accept"}).status_code == 403
    client.sign_in(lead)
    listed = client.get(f"{BASE}/1/asked?asked=submitted").text
    assert re.findall(r'name="items" value="([^"]+)"', listed) == ["G1-01"]
    assert client.post(f"{BASE}/1/asked", {"items": ["G1-01"], "verb": "send_back", "reason": ""}).status_code == 422
    sent_back = {"items": ["G1-01"], "verb": "send_back", "reason": "Which map?"}
    assert client.post(f"{BASE}/1/asked", sent_back).status_code == 303
    client.sign_in(ada)
    assert "Which map?" in client.get(f"{BASE}/1/mine").text


def test_a_question_asked_of_another_is_not_answered_by_a_third(
    client: Any, project: Project, checklist: Checklist, lead: Person, ada: Person
) -> None:
    other = a_person()
    a_member(project, other)
    ask(project, checklist, ["G1-01"], ada, lead)
    client.sign_in(other)
    sent = {"state": "conform", "note": "Seen.", "version": "0"}
    refused = client.post(f"{BASE}/1/items/G1-01", sent)
    assert (refused.status_code, "asked of somebody else" in refused.text) == (409, True)
    piece = a_link(project, by=ada)
    refused = client.post(f"{BASE}/1/items/G1-01/evidence", {"evidence_id": str(piece.id)})
    assert refused.status_code == 409
    assert client.post(f"{BASE}/1/items/G1-02", sent).status_code == 303
    client.sign_in(lead)
    assert client.post(f"{BASE}/1/items/G1-01", sent).status_code == 303


def test_the_page_filters_by_person_state_and_delay(
    client: Any, project: Project, checklist: Checklist, lead: Person, ada: Person
) -> None:
    ask(project, checklist, ["G1-01", "G1-02"], ada, lead)
    ask(project, checklist, ["G1-03"], lead, lead)
    late = queries.assignments(checklist.id, ["G1-02"])["G1-02"]
    late.due_on = date(2020, 1, 1)
    record("items_asked", checklist, by=lead, project="INV-1", also=[late])
    client.sign_in(lead)

    def shown(query: str) -> list[str]:
        return re.findall(r'id="item-(G1-\d+)"', client.get(f"{BASE}/1?step=1&{query}").text)

    assert shown(f"who={ada.id}") == ["G1-01", "G1-02"]
    assert shown("asked=asked") == ["G1-01", "G1-02", "G1-03"]
    assert shown(f"who={ada.id}&asked=overdue") == ["G1-02"]
    assert shown("asked=submitted") == []
    assert "G1-01" not in shown("asked=nobody")
    page = client.get(f"{BASE}/1?step=1&asked=overdue").text
    assert ("(overdue)" in page, 'value="overdue" selected' in page) == (True, True)


def test_a_comment_stays_and_is_struck_through_with_the_reason(
    client: Any, project: Project, checklist: Checklist, lead: Person, ada: Person
) -> None:
    client.sign_in(ada)
    assert client.post(f"{BASE}/1/items/G1-01/comments", {"text": "Ask <b>Hélène</b> about it."}).status_code == 303
    assert client.post(f"{BASE}/1/items/G1-01/comments", {"text": "x" * 5001}).status_code == 422
    page = client.get(f"{BASE}/1/items/G1-01").text
    assert "Ask &lt;b&gt;Hélène&lt;/b&gt; about it." in page
    assert "1 comment" in client.get(f"{BASE}/1?step=1").text
    other = a_person()
    a_member(project, other)
    client.sign_in(other)
    assert client.post(f"{BASE}/1/items/G1-01/comments/1/strike", {"reason": "Wrong."}).status_code == 409
    client.sign_in(lead)
    assert client.post(f"{BASE}/1/items/G1-01/comments/1/strike", {"reason": "Names a person."}).status_code == 303
    assert client.post(f"{BASE}/1/items/G1-01/comments/1/strike", {"reason": "Again."}).status_code == 409
    page = client.get(f"{BASE}/1/items/G1-01").text
    assert ("<s>Ask" in page, "Names a person." in page) == (True, True)
    assert "1 comment" not in client.get(f"{BASE}/1?step=1").text
    assert [row.strikes_id for row in db.session.query(Comment).order_by(Comment.id)] == [None, 1]


def test_a_comment_needs_text_and_a_strike_a_reason(project: Project, checklist: Checklist, ada: Person) -> None:
    with pytest.raises(BadValue):
        actions.add_comment(project=project, checklist=checklist, item_key="G1-01", text=" ", by=ada)
    made = actions.add_comment(project=project, checklist=checklist, item_key="G1-01", text="Hm.", by=ada)
    with pytest.raises(BadValue):
        actions.strike_comment(project=project, checklist=checklist, comment=made, reason=" ", by=ada, may_assign=False)


def test_a_closed_checklist_is_asked_of_nobody(project: Project, checklist: Checklist, lead: Person, ada: Person) -> None:
    checklist.closed_at = clock.now()
    with pytest.raises(Refused):
        ask(project, checklist, ["G1-01"], ada, lead)


def test_the_pages_ask_the_database_no_more_for_a_hundred_assignments(
    client: Any, project: Project, checklist: Checklist, lead: Person, ada: Person, count_queries: Counter
) -> None:
    keys = [item.key for item in queries.installed("lifecycle_gates").items]  # type: ignore[union-attr]
    client.sign_in(ada)
    counts = []
    for number in (1, 10, 100):
        ask(project, checklist, keys[:number], ada, lead)
        for key in keys[:3]:
            an_answer(project, checklist, key, by=ada, state=AnswerState.CONFORM)
            actions.add_comment(project=project, checklist=checklist, item_key=key, text="Hm.", by=ada)
        client.sign_in(ada)
        seen = []
        for path in ("", "/mine", "/asked"):
            with count_queries() as statements:
                assert client.get(f"{BASE}/1{path}").status_code == 200
            seen.append(len(statements))
        counts.append(seen)
    assert counts[0] == counts[1] == counts[2]


def test_row_that_is_kept_tells_of_a_finding_raised_since(
    client: Any, project: Project, checklist: Checklist, lead: Person, ada: Person
) -> None:
    ask(project, checklist, ["G1-01"], ada, lead)
    client.sign_in(ada)
    assert "F-1" not in client.get(f"{BASE}/1/mine").text
    a_finding(project, by=ada, checklist_id=checklist.id, item_key="G1-01")
    client.sign_in(ada)
    assert "F-1" in client.get(f"{BASE}/1/mine").text
