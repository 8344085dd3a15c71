"""The clause matrix: what a cell says, that its sums are the registers' own, and its pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.conftest import Inspector
from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_link
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.checklists import actions, library
from workbench.checklists.models import Answer, AnswerEvidence, Checklist
from workbench.checklists.rules import AnswerState
from workbench.database import db
from workbench.oversight.queries import matrix
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.web import transactions

Counter = Callable[[], AbstractContextManager[list[str]]]
NINE, LATER, TWENTY = "iso9001_2015", "iso9001_2026", "iso20000_1_2018"


@pytest.fixture
def project(app: Flask) -> Project:
    return a_project(key="INV-1")


@pytest.fixture
def lead(app: Flask, project: Project) -> Person:
    person = a_person(role=Role.QUALITY_LEAD)
    a_member(project, person)
    return person


def square(project: Project, pack: str, clause: str, column: str) -> matrix.Square:
    """One cell of a project's matrix; an empty one where the column is not there."""
    found = matrix.matrix_of_project(project, pack)
    assert found is not None
    row = next(each for each in found.rows if each.clause.ref == clause)
    keys = [each.key for each in found.columns]
    return row.squares[keys.index(column)] if column in keys else matrix.EMPTY


def test_evidence_attached_once_counts_under_each_standard_it_is_mapped_to(project: Project, lead: Person) -> None:
    checklist, piece = a_checklist(project, by=lead, pack=NINE), a_link(project, by=lead)
    for item in library.pack(NINE).items_of_clause("8.5.6"):
        an_answer(project, checklist, item.key, by=lead)
        actions.attach_evidence(project=project, checklist=checklist, item_key=item.key, evidence=piece, by=lead)
    own = square(project, NINE, "8.5.6", matrix.OWN)
    assert (own.evidence, own.state, own.is_bare, own.is_mapped) == ({piece.id}, AnswerState.CONFORM, False, False)
    for pack, clause in ((TWENTY, "8.5.1"), (LATER, "8.5.6")):
        there = square(project, pack, clause, matrix.OTHERS)
        assert (there.evidence, there.state, there.is_mapped) == ({piece.id}, AnswerState.CONFORM, True)


def test_cell_is_bare_where_conform_stands_on_nothing_valid(project: Project, lead: Person) -> None:
    checklist = a_checklist(project, by=lead, pack=NINE)
    an_answer(project, checklist, "8.5.6-1", by=lead)
    assert square(project, NINE, "8.5.6", matrix.OWN).is_bare
    piece = a_link(project, by=lead, valid_until=date(2020, 1, 1))
    actions.attach_evidence(project=project, checklist=checklist, item_key="8.5.6-1", evidence=piece, by=lead)
    expired = square(project, NINE, "8.5.6", matrix.OWN)
    assert (expired.is_bare, expired.evidence, expired.bearings[0].stale) == (True, frozenset(), {piece.id})


def test_criterion_of_a_gate_speaks_for_the_clauses_it_refers_to(project: Project, lead: Person) -> None:
    checklist, piece = a_checklist(project, by=lead), a_link(project, by=lead)
    item = next(each for each in library.pack("lifecycle_gates").items if any(ref.standard == NINE for ref in each.refs))
    an_answer(project, checklist, item.key, by=lead)
    actions.attach_evidence(project=project, checklist=checklist, item_key=item.key, evidence=piece, by=lead)
    clause = next(ref.clause for ref in item.refs if ref.standard == NINE)
    found = square(project, NINE, clause, f"S{item.step}")
    assert item.key in {each.item_key for each in found.bearings}
    assert piece.id in found.evidence


answers = st.lists(
    st.tuples(st.integers(0, 105), st.sampled_from(list(AnswerState)), st.sets(st.integers(0, 4), max_size=3)), max_size=12
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers)
def test_sums_of_the_cells_are_those_of_the_registers(
    project: Project, lead: Person, given_answers: list[tuple[int, AnswerState, set[int]]]
) -> None:
    transactions.commit()
    try:
        pieces = [a_link(project, by=lead) for _number in range(5)]
        checklist, items = a_checklist(project, by=lead, pack=NINE), library.pack(NINE).items
        for place, state, chosen in given_answers:
            if state is not AnswerState.NOT_CHECKED:
                an_answer(project, checklist, items[place].key, by=lead, state=state)
            for each in chosen:
                key = items[place].key
                actions.attach_evidence(project=project, checklist=checklist, item_key=key, evidence=pieces[each], by=lead)
        found = matrix.matrix_of_project(project, NINE)
        assert found is not None
        column = [each.key for each in found.columns].index(matrix.OWN)
        squares = [row.squares[column] for row in found.rows]
        db.session.flush()
        linked = set(db.session.scalars(select(AnswerEvidence.evidence_id)))
        states = list(db.session.scalars(select(Answer.state).where(Answer.state != AnswerState.NOT_CHECKED)))
        assert sum(len(each.bearings) for each in squares) == db.session.get_one(Checklist, checklist.id).total
        assert sum(each.answered for each in squares) == len(states)
        assert (found.totals[column], found.total) == (len(linked), len(linked))
        assert set().union(*(each.evidence for each in squares)) == linked
    finally:
        db.session.rollback()


@pytest.mark.parametrize("number", [1, 10])
def test_matrix_takes_as_many_queries_for_ten_projects_as_for_one(
    client: Inspector, lead: Person, project: Project, count_queries: Counter, number: int
) -> None:
    for place in range(number):
        other = a_project(key=f"OTH-{place + 1}")
        a_checklist(other, by=lead, pack=NINE)
        a_checklist(other, by=lead, pack=TWENTY)
    client.sign_in(lead)
    client.get("/matrix")
    with count_queries() as seen:
        assert client.get(f"/matrix?pack={TWENTY}").status_code == 200
    assert len([each for each in seen if each.startswith("SELECT")]) <= 7, seen


def test_pages_lead_from_the_matrix_to_what_stands_behind_a_cell(client: Inspector, lead: Person, project: Project) -> None:
    checklist = a_checklist(project, by=lead, pack=NINE)
    an_answer(project, checklist, "8.5.6-1", by=lead, note="Read three requests for change.")
    client.sign_in(lead)
    page = client.get(f"/projects/INV-1/matrix?pack={TWENTY}&chapter=8&whole=1").text
    assert f"/projects/INV-1/matrix/{TWENTY}/8.5.1?column=others" in page
    behind = client.get(f"/projects/INV-1/matrix/{TWENTY}/8.5.1?column=others").text
    assert "Read three requests for change." in behind
    assert "counts here through the crosswalk" in behind
    assert client.get(f"/projects/INV-1/matrix?pack={NINE}&show=bare").text.count("heat-cell") == 1
    assert client.get("/projects/INV-1/matrix?pack=nothing").status_code == 404
    assert client.get(f"/projects/INV-1/matrix/{NINE}/99.9").status_code == 404
    assert client.get("/matrix?by=audits").status_code == 200
    export = client.get(f"/projects/INV-1/matrix/export.csv?pack={NINE}").get_data().decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(export)))
    assert len(lines) == len(library.pack(NINE).clauses) + 2
    assert client.get(f"/projects/INV-1/matrix/export.xlsx?pack={NINE}").data[:2] == b"PK"


def test_people_see_the_projects_they_belong_to_and_no_other(client: Inspector, project: Project, lead: Person) -> None:
    a_checklist(project, by=lead, pack=NINE)
    outsider = a_person()
    client.sign_in(outsider)
    assert client.get("/projects/INV-1/matrix").status_code == 404
    assert "INV-1" not in client.get("/matrix").text
