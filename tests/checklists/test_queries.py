"""Reading checklists: the items of a gate, a page of items, the clause matrix."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_link
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.checklists import library, queries
from workbench.checklists.actions import attach_evidence
from workbench.checklists.queries import Wanted
from workbench.checklists.rules import AnswerState
from workbench.evidence.actions import withdraw
from workbench.web import transactions

Counter = Callable[[], AbstractContextManager[list[str]]]


def test_a_gate_without_a_checklist_has_its_items_unanswered(app: Flask) -> None:
    project = a_project()
    found = queries.step_answers(project.id, 5)
    assert [each.key for each in found] == [item.key for item in library.pack("lifecycle_gates").items_of_step(5)]
    assert {(each.answer_state, each.version, each.evidence) for each in found} == {(AnswerState.NOT_CHECKED, 0, ())}
    assert queries.gates_checklist(project.id) is None


def test_a_gate_gives_each_item_its_answer_and_evidence_in_three_queries(app: Flask, count_queries: Counter) -> None:
    project, person, today = a_project(), a_person(name="Ada Martin"), clock.today()
    checklist = a_checklist(project, by=person)
    for number in range(1, 18):
        an_answer(project, checklist, f"G5-{number:02}", by=person)
    old, gone = a_link(project, by=person, valid_until=today - timedelta(days=1)), a_link(project, by=person)
    for piece in (old, gone, a_link(project, by=person, title="Wiki")):
        attach_evidence(project=project, checklist=checklist, item_key="G5-02", evidence=piece, by=person)
    withdraw(project=project, evidence=gone, reason="wrong", by=person)
    transactions.commit()
    with count_queries() as seen:
        found = queries.step_answers(project.id, 5)
    assert len([each for each in seen if each.startswith("SELECT")]) == 3
    second = found[1]
    assert (
        second.key,
        second.answer_state,
        second.note,
        second.answered_by_id,
        second.answered_by_name,
        second.version,
    ) == (
        "G5-02",
        AnswerState.CONFORM,
        "Seen on site.",
        person.id,
        "Ada Martin",
        1,
    )
    assert [(each.code, each.state) for each in second.evidence] == [
        ("E-1", "expired"),
        ("E-2", "withdrawn"),
        ("E-3", "current"),
    ]
    assert (second.is_proven, second.is_bare, second.is_satisfied) == (True, False, True)
    assert (found[0].is_bare, found[0].is_satisfied) == (True, False)


@pytest.mark.parametrize(
    ("state", "satisfied_bare", "satisfied_proven"),
    [
        (AnswerState.CONFORM, False, True),
        (AnswerState.OPPORTUNITY, False, True),
        (AnswerState.NOT_APPLICABLE, True, True),
        (AnswerState.PARTLY, False, False),
        (AnswerState.MINOR, False, False),
        (AnswerState.MAJOR, False, False),
        (AnswerState.NOT_CHECKED, False, False),
    ],
)
def test_what_satisfies_a_gate(app: Flask, state: AnswerState, satisfied_bare: bool, satisfied_proven: bool) -> None:
    project, person = a_project(), a_person()
    checklist = a_checklist(project, by=person)
    an_answer(project, checklist, "G1-01", by=person, state=state)
    assert queries.step_answers(project.id, 1)[0].is_satisfied is satisfied_bare
    attach_evidence(
        project=project, checklist=checklist, item_key="G1-01", evidence=a_link(project, by=person), by=person
    )
    assert queries.step_answers(project.id, 1)[0].is_satisfied is satisfied_proven


def test_a_page_is_filtered_by_step_state_and_words(app: Flask) -> None:
    project, person = a_project(), a_person()
    checklist, pack = a_checklist(project, by=person), library.pack("lifecycle_gates")
    an_answer(project, checklist, "G1-02", by=person)
    an_answer(project, checklist, "G2-01", by=person)

    def keys(wanted: Wanted, page: int = 1) -> list[str]:
        shown = queries.checklist_page(checklist, pack, wanted, language="en", page=page, per_page=10)
        return [each.key for each in shown.rows]

    assert keys(Wanted(step=1)) == [f"G1-{number:02}" for number in range(1, 11)]
    assert keys(Wanted(step=1), page=2) == [f"G1-{number:02}" for number in range(11, 16)]
    assert keys(Wanted(state="conform")) == ["G1-02", "G2-01"]
    assert keys(Wanted(step=1, state="conform")) == ["G1-02"]
    assert keys(Wanted(search="swot")) == ["G1-05"]
    assert keys(Wanted(search="g2-01")) == ["G2-01"]
    assert queries.page_of(pack, pack.item("G1-11"), Wanted(step=1), per_page=10) == 2


def test_a_standard_is_filtered_by_chapter(app: Flask) -> None:
    project, person = a_project(), a_person()
    checklist, pack = a_checklist(project, by=person, pack="iso9001_2015"), library.pack("iso9001_2015")
    shown = queries.checklist_page(checklist, pack, Wanted(chapter="10"), language="en", per_page=100)
    assert {each.item.clause.partition(".")[0] for each in shown.rows if each.item.clause} == {"10"}
    assert [ref for ref, title in queries.chapters(pack)] == ["4", "5", "6", "7", "8", "9", "10"]
    assert [queries.chapter_of(ref) for ref in ("8.5.6", "10", "A.5.9")] == ["8", "10", "A.5"]


def test_the_matrix_of_a_standard_has_a_row_for_each_clause(app: Flask) -> None:
    project, person = a_project(), a_person()
    checklist, pack = a_checklist(project, by=person, pack="iso9001_2015"), library.pack("iso9001_2015")
    first = pack.items_of_clause("4.1")
    an_answer(project, checklist, first[0].key, by=person, state=AnswerState.MAJOR)
    for key in [item.key for item in pack.items_of_clause("4.2")]:
        an_answer(project, checklist, key, by=person)
    link = a_link(project, by=person)
    attach_evidence(
        project=project, checklist=checklist, item_key=pack.items_of_clause("4.2")[0].key, evidence=link, by=person
    )
    rows = {row.ref: row for row in queries.clause_matrix(project.id, "iso9001_2015")}
    assert list(rows) == [clause.ref for clause in pack.clauses]
    assert (rows["4"].depth, rows["4"].total, rows["4"].worst) == (0, 0, None)
    assert (rows["4.1"].answered, rows["4.1"].total, rows["4.1"].worst) == (1, len(first), AnswerState.MAJOR)
    second = len(pack.items_of_clause("4.2"))
    assert (rows["4.2"].answered, rows["4.2"].worst, rows["4.2"].evidence, rows["4.2"].bare) == (
        second,
        AnswerState.CONFORM,
        1,
        second - 1,
    )
    assert rows["4.3"].worst is AnswerState.NOT_CHECKED
    assert rows["4.4.1"].depth == 2


def test_the_matrix_of_the_gates_has_a_row_for_each_step(app: Flask) -> None:
    project = a_project()
    assert queries.clause_matrix(project.id, "lifecycle_gates") == []
    a_checklist(project, by=a_person())
    rows = queries.clause_matrix(project.id, "lifecycle_gates")
    assert [(row.ref, row.total) for row in rows] == [
        ("G1", 15),
        ("G2", 13),
        ("G3", 14),
        ("G4", 16),
        ("G5", 17),
        ("G6", 17),
        ("G7", 15),
        ("G8", 14),
        ("G9", 18),
    ]


def test_a_clause_is_as_good_as_its_worst_answer() -> None:
    assert [state.value for state in queries.WORST_FIRST] == [
        "major",
        "minor",
        "partly",
        "not_checked",
        "opportunity",
        "conform",
        "not_applicable",
    ]
