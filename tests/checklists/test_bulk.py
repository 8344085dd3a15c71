"""Several items at once: rows are judged one by one, the good ones saved together."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_link
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.checklists import actions, queries
from workbench.checklists.models import Answer, Checklist
from workbench.checklists.rules import AnswerState
from workbench.database import db
from workbench.people.models import Person
from workbench.people.queries import Rights, rights_on
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trail.models import Entry
from workbench.trail.queries import event
from workbench.web.refusals import BadValue

Counter = Callable[[], AbstractContextManager[list[str]]]
BASE = "/projects/INV-1/checklists"


@pytest.fixture
def project(app: Flask) -> Project:
    return a_project(key="INV-1")


@pytest.fixture
def ada(app: Flask, project: Project) -> Person:
    person = a_person(name="Ada Martin")
    a_member(project, person)
    return person


@pytest.fixture
def other(app: Flask, project: Project) -> Person:
    person = a_person(name="Lena Roth")
    a_member(project, person, role=Role.PROJECT_MANAGER)
    return person


@pytest.fixture
def checklist(project: Project, ada: Person) -> Checklist:
    return a_checklist(project, by=ada)


def rights(person: Person) -> Rights:
    found = rights_on(person, "INV-1")
    assert found is not None
    return found


def together(project: Project, checklist: Checklist, seen: dict[str, int | None], by: Person, **facts: Any) -> Any:
    given = {"state": AnswerState.PARTLY, "note": "Half of it.", **facts}
    return actions.answer_items(project=project, checklist=checklist, seen=seen, by=by, rights=rights(by), **given)


def test_good_rows_are_saved_with_one_entry_and_the_others_say_why(
    project: Project, checklist: Checklist, ada: Person, other: Person
) -> None:
    an_answer(project, checklist, "G1-02", by=other)
    actions.assign_items(
        project=project, checklist=checklist, item_keys=["G1-03"], person=other, due_on=clock.today() + timedelta(days=1), by=other
    )
    before = db.session.query(Entry).count()
    found = together(project, checklist, {"G1-01": 0, "G1-02": 0, "G1-03": 0, "G1-04": None, "none": 0}, ada)
    assert found.done == ["G1-01", "G1-04"]
    assert found.refused == {
        "G1-02": "Somebody saved another answer meanwhile: conform.",
        "G1-03": "This question was asked of somebody else.",
        "none": "This checklist has no such question.",
    }
    assert {row.item_key: row.state for row in db.session.query(Answer)} == {
        "G1-01": "partly", "G1-02": "conform", "G1-04": "partly",
    }
    assert checklist.counts == queries.counted(checklist)
    entries = db.session.query(Entry).order_by(Entry.seq).all()[before:]
    assert [each.act for each in entries] == ["items_answered_together"]
    assert event(entries[0]).old == {
        "items": {"G1-01": {"state": "not_checked", "note": ""}, "G1-04": {"state": "not_checked", "note": ""}}
    }


def test_the_same_answer_again_changes_nothing_and_a_note_is_due(project: Project, checklist: Checklist, ada: Person) -> None:
    together(project, checklist, {"G1-01": 0}, ada)
    before = db.session.query(Entry).count()
    assert together(project, checklist, {"G1-01": 1}, ada).done == ["G1-01"]
    assert db.session.query(Entry).count() == before
    with pytest.raises(BadValue):
        together(project, checklist, {"G1-01": 1}, ada, note=" ")


def test_ticked_rows_are_answered_and_refused_ones_stay_ticked(
    client: Any, project: Project, checklist: Checklist, ada: Person, other: Person
) -> None:
    client.sign_in(ada)
    page = client.get(f"{BASE}/1?step=1").text
    assert 'value="G1-01" form="together"' in page
    chosen = client.get(f"{BASE}/1/together/answer?step=1&items=G1-01&items=G1-02&items=none").text
    assert re.findall(r'name="items" value="([^"]+)" checked', chosen) == ["G1-01:0", "G1-02:0"]
    an_answer(project, checklist, "G1-02", by=other)
    client.sign_in(ada)
    sent = {"items": ["G1-01:0", "G1-02:0"], "state": "minor", "note": "Old map."}
    answer = client.post(f"{BASE}/1/together/answer?step=1", sent)
    assert answer.status_code == 200
    assert "1 question is done." in answer.text
    assert "Somebody saved another answer meanwhile: conform." in answer.text
    assert re.findall(r'name="items" value="([^"]+)" checked', answer.text) == ["G1-02:1"]
    assert 'value="minor" selected' in answer.text or 'selected value="minor"' in answer.text
    again = client.post(f"{BASE}/1/together/answer?step=1", {**sent, "items": ["G1-02:1"]})
    assert (again.status_code, again.location) == (303, f"{BASE}/1?step=1")
    client.sign_in(other)
    history = client.get(f"{BASE}/1/items/G1-02").text
    assert "minor nonconformity" in history


def test_nothing_ticked_or_nothing_done_is_said(
    client: Any, project: Project, checklist: Checklist, ada: Person, other: Person
) -> None:
    an_answer(project, checklist, "G1-02", by=other)
    client.sign_in(ada)
    assert "No question is ticked." in client.get(f"{BASE}/1/together/answer").text
    none = client.post(f"{BASE}/1/together/answer", {"state": "conform", "note": ""})
    assert (none.status_code, "Tick at least one question." in none.text) == (422, True)
    stale = client.post(f"{BASE}/1/together/answer", {"items": ["G1-02:0"], "state": "minor", "note": "x"})
    assert (stale.status_code, "Somebody saved another answer" in stale.text) == (422, True)
    unnoted = client.post(f"{BASE}/1/together/answer", {"items": ["G1-02:1"], "state": "minor", "note": ""})
    assert (unnoted.status_code, "Write a note" in unnoted.text) == (422, True)


@pytest.mark.parametrize(("query", "number"), [("which=page&shown=G1-01+G1-02", 2), ("which=all&step=1&state=conform", 1)])
def test_all_of_the_page_or_of_the_filter_are_chosen_without_ticks(
    client: Any, project: Project, checklist: Checklist, ada: Person, query: str, number: int
) -> None:
    an_answer(project, checklist, "G1-05", by=ada)
    client.sign_in(ada)
    page = client.get(f"{BASE}/1/together/answer?{query}").text
    assert len(re.findall(r'name="items" value="[^"]+" checked', page)) == number


def test_evidence_is_attached_to_several_items_at_once(client: Any, project: Project, checklist: Checklist, ada: Person) -> None:
    piece = a_link(project, by=ada)
    actions.attach_evidence(project=project, checklist=checklist, item_key="G1-01", evidence=piece, by=ada)
    client.sign_in(ada)
    sent = {"items": ["G1-01:1", "G1-02:0"], "evidence_id": str(piece.id)}
    assert client.post(f"{BASE}/1/together/evidence?step=1", sent).status_code == 303
    found = db.session.get_one(Checklist, 1)
    assert queries.items_with(found.id, piece.id) == {"G1-01", "G1-02"}
    assert (found.counts, db.session.query(Entry).order_by(Entry.seq.desc()).first().act) == (  # type: ignore[union-attr]
        queries.counted(found), "evidence_attached_together",
    )


def test_evidence_of_another_project_is_not_attached(project: Project, checklist: Checklist, ada: Person, client: Any) -> None:
    theirs = a_link(a_project(by=ada, key="ERP-1"), by=ada)
    client.sign_in(ada)
    answer = client.post(f"{BASE}/1/together/evidence", {"items": ["G1-01"], "evidence_id": str(theirs.id)})
    assert answer.status_code == 422


def test_many_rows_cost_few_questions_to_the_database(
    project: Project, checklist: Checklist, ada: Person, count_queries: Counter
) -> None:
    items = queries.installed("lifecycle_gates").items  # type: ignore[union-attr]
    held = rights(ada)
    reads = []
    for number, note in ((10, "a"), (100, "b")):
        seen: dict[str, int | None] = dict.fromkeys([item.key for item in items[:number]])
        with count_queries() as statements:
            actions.answer_items(
                project=project, checklist=checklist, seen=seen, state=AnswerState.PARTLY, note=note, by=ada, rights=held
            )
        reads.append(len([each for each in statements if each.startswith("SELECT")]))
    assert reads[1] <= reads[0]
