"""Clauses switched off for one checklist, and on again."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.checklists import actions, library, queries
from workbench.checklists.models import Checklist
from workbench.checklists.rules import GATES_PACK, AnswerState
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trail.queries import verify
from workbench.web import transactions
from workbench.web.refusals import BadValue, NotThere, Refused

PACK = "iso9001_2015"
WHY = "We design nothing: every service is taken from the catalogue."
BASE = "/projects/INV-1/checklists"


@pytest.fixture
def project(app: Flask) -> Project:
    return a_project(key="INV-1")


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(name="Lea Quality", role=Role.QUALITY_LEAD)


@pytest.fixture
def checklist(project: Project, lead: Person) -> Checklist:
    return a_checklist(project, by=lead, pack=PACK)


def under(ref: str) -> list[str]:
    """The questions at and below a clause."""
    pack = library.pack(PACK)
    return [item.key for item in pack.items if item.clause in queries.below(pack, ref)]


def switch_off(project: Project, checklist: Checklist, clause: str, by: Person) -> None:
    actions.exclude_clause(project=project, checklist=checklist, clause=clause, reason=WHY, by=by)


def test_a_clause_switched_off_answers_all_below_it_and_gives_it_back(
    project: Project, lead: Person, checklist: Checklist, home: Path
) -> None:
    member, keys = a_person(name="Ada Martin"), under("8.3")
    assert len(keys) > 3
    answered = an_answer(project, checklist, keys[0], by=member, state=AnswerState.MINOR, note="No review.")
    at = answered.answered_at
    switch_off(project, checklist, "8.3", lead)
    rows = queries.stored_answers(checklist.id, keys)
    assert {(row.state, row.note, row.answered_by_id) for row in rows.values()} == {("not_applicable", WHY, lead.id)}
    assert checklist.counts == queries.counted(checklist)
    assert checklist.counts["not_applicable"] == len(keys)
    assert queries.excluded_items(checklist, library.pack(PACK)) == dict.fromkeys(keys, "8.3")
    actions.include_clause(project=project, checklist=checklist, clause="8.3", by=lead)
    rows = queries.stored_answers(checklist.id, keys)
    first = rows.pop(keys[0])
    assert (first.state, first.note, first.answered_by_id, first.answered_at) == ("minor", "No review.", member.id, at)
    assert {(row.state, row.note) for row in rows.values()} == {("not_checked", "")}
    assert checklist.counts == queries.counted(checklist)
    assert (checklist.excluded, len(queries.exclusions(checklist.id))) == (None, 1)
    transactions.commit()
    assert verify(home / "keys").faults == ()


def test_what_was_touched_since_stays_as_it_is(project: Project, lead: Person, checklist: Checklist) -> None:
    keys = under("8.3")
    switch_off(project, checklist, "8.3", lead)
    row = queries.stored_answers(checklist.id, keys[:1])[keys[0]]
    row.note = "Written by an import."
    actions.include_clause(project=project, checklist=checklist, clause="8.3", by=lead)
    rows = queries.stored_answers(checklist.id, keys)
    assert (rows[keys[0]].state, rows[keys[0]].note) == ("not_applicable", "Written by an import.")
    assert {rows[key].state for key in keys[1:]} == {"not_checked"}
    assert checklist.counts == queries.counted(checklist)


def test_no_question_under_it_is_answered_while_it_is_off(project: Project, lead: Person, checklist: Checklist) -> None:
    switch_off(project, checklist, "8.3", lead)
    with pytest.raises(Refused) as refusal:
        an_answer(project, checklist, under("8.3")[0], by=lead)
    assert "8.3" in refusal.value.message
    an_answer(project, checklist, under("8.4")[0], by=lead)


def test_a_clause_below_one_that_is_off_waits_for_it(project: Project, lead: Person, checklist: Checklist) -> None:
    switch_off(project, checklist, "8.3.2", lead)
    inner = under("8.3.2")
    switch_off(project, checklist, "8.3", lead)
    for clause in ("8.3", "8.3.2", "8.3.4"):
        with pytest.raises(Refused):
            switch_off(project, checklist, clause, lead)
    with pytest.raises(Refused):
        actions.include_clause(project=project, checklist=checklist, clause="8.3.2", by=lead)
    actions.include_clause(project=project, checklist=checklist, clause="8.3", by=lead)
    rows = queries.stored_answers(checklist.id, under("8.3"))
    assert {key for key, row in rows.items() if row.state == "not_applicable"} == set(inner)
    actions.include_clause(project=project, checklist=checklist, clause="8.3.2", by=lead)
    assert checklist.counts == queries.counted(checklist)
    assert checklist.counts["not_checked"] == checklist.total


def test_gates_unknown_clauses_and_missing_reasons_are_refused(
    project: Project, lead: Person, checklist: Checklist
) -> None:
    gates = a_checklist(project, by=lead, pack=GATES_PACK)
    with pytest.raises(Refused):
        switch_off(project, gates, "G1", lead)
    with pytest.raises(NotThere):
        switch_off(project, checklist, "99", lead)
    with pytest.raises(BadValue) as refusal:
        actions.exclude_clause(project=project, checklist=checklist, clause="8.3", reason=" too short ", by=lead)
    assert refusal.value.field == "reason"
    with pytest.raises(Refused):
        actions.include_clause(project=project, checklist=checklist, clause="8.3", by=lead)


def test_the_page_switches_off_and_every_view_says_so(
    client: Any, project: Project, lead: Person, checklist: Checklist
) -> None:
    client.sign_in(lead)
    page = client.get(f"{BASE}/1/applicability")
    assert "Design and development" in page.text
    short = client.post(f"{BASE}/1/applicability", {"clause": "8.3", "reason": "no"})
    assert (short.status_code, "10 characters" in short.text) == (422, True)
    done = client.post(f"{BASE}/1/applicability", {"clause": "8.3", "reason": WHY})
    assert (done.status_code, done.location) == (303, f"{BASE}/1/applicability")
    assert WHY in client.get(f"{BASE}/1/applicability").text
    key = under("8.3")[0]
    shown = client.get(f"{BASE}/1?step=all&q={key}").text
    assert "8.3 is switched off" in shown
    assert f"items/{key}?" not in shown
    assert client.get(f"{BASE}/1/matrix").text.count("switched off") == len(queries.below(library.pack(PACK), "8.3"))
    rows = list(csv.DictReader(io.StringIO(client.get(f"{BASE}/1/export.csv?step=all").text.lstrip("\ufeff"))))
    assert {row["item"]: row["switched_off"] for row in rows if row["switched_off"]} == dict.fromkeys(
        under("8.3"), "8.3"
    )
    on = client.post(f"{BASE}/1/applicability/on", {"clause": "8.3"})
    assert on.status_code == 303
    assert "8.3 is switched off" not in client.get(f"{BASE}/1?step=all&q={key}").text
    assert client.get(f"{BASE}/1/items/{key}").text.count(WHY) == 2  # off and on again in its history


def test_who_does_not_steer_the_project_only_reads_what_applies(
    client: Any, project: Project, lead: Person, checklist: Checklist
) -> None:
    member = a_person(name="Ada Martin")
    a_member(project, member)
    client.sign_in(member)
    assert '<form method="post"' not in client.get(f"{BASE}/1/applicability").text.split("<main")[1]
    assert client.post(f"{BASE}/1/applicability", {"clause": "8.3", "reason": WHY}).status_code == 403
