"""Reading evidence."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_file, a_link
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.checklists.actions import attach_evidence
from workbench.evidence import queries
from workbench.evidence.actions import withdraw


def codes(lines: object) -> list[str]:
    return [line.code for line in lines]  # type: ignore[attr-defined]


def test_what_stands_how_is_told_by_its_state_and_its_day(app: Flask) -> None:
    today = clock.today()
    assert queries.standing("current", None, today) == "current"
    assert queries.standing("current", today, today) == "current"
    assert queries.standing("current", today - timedelta(days=1), today) == "expired"
    assert queries.standing("withdrawn", today - timedelta(days=1), today) == "withdrawn"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("", ["E-4", "E-3", "E-2", "E-1"]),
        ("current", ["E-3", "E-2"]),
        ("expiring", ["E-2"]),
        ("expired", ["E-1"]),
        ("withdrawn", ["E-4"]),
    ],
)
def test_the_list_is_filtered_by_state(app: Flask, home: Path, state: str, expected: list[str]) -> None:
    project, person, today = a_project(), a_person(), clock.today()
    a_file(project, by=person, home=home, valid_until=today - timedelta(days=1))
    a_link(project, by=person, valid_until=today + timedelta(days=30))
    a_link(project, by=person, valid_until=today + timedelta(days=31))
    withdraw(project=project, evidence=a_file(project, by=person, home=home), reason="wrong", by=person)
    a_link(a_project(), by=person)
    assert codes(queries.evidence_of_project(project.id, state=state).rows) == expected
    assert codes(queries.expired(project.id, today)) == ["E-1"]


@pytest.mark.parametrize(("search", "expected"), [("MAP", ["E-1"]), ("usage", ["E-2"]), ("e-2", ["E-2"]), ("%", [])])
def test_the_list_is_searched_by_title_file_name_and_code(
    app: Flask, home: Path, search: str, expected: list[str]
) -> None:
    project, person = a_project(), a_person()
    a_file(project, by=person, home=home, title="Process map", filename="x.pdf")
    a_file(project, by=person, home=home, title="Export", filename="usage.pdf")
    assert codes(queries.evidence_of_project(project.id, search=search).rows) == expected


def test_the_list_is_paged(app: Flask) -> None:
    project, person = a_project(), a_person()
    for _number in range(5):
        a_link(project, by=person)
    page = queries.evidence_of_project(project.id, page=2, per_page=2)
    assert (codes(page.rows), page.total, page.pages) == (["E-3", "E-2"], 5, 3)


def test_the_bundle_lists_the_newest_version_of_each_with_what_it_proves(app: Flask, home: Path) -> None:
    project, person = a_project(), a_person()
    checklist = a_checklist(project, by=person)
    file, link = a_file(project, by=person, home=home), a_link(project, by=person)
    for key in ("G1-02", "G1-01"):
        an_answer(project, checklist, key, by=person)
        attach_evidence(project=project, checklist=checklist, item_key=key, evidence=file, by=person)
    found = queries.files_of_project(project.id)
    assert [(each.code, each.filename, each.kind, each.url) for each in found] == [
        ("E-1", "map.pdf", "file", ""),
        ("E-2", "", "link", "https://wiki.example.test/page"),
    ]
    assert [proof.ref for proof in found[0].proves] == ["lifecycle_gates G1-01", "lifecycle_gates G1-02"]
    assert found[0].sha256 == queries.newest_version(file.id).sha256
    assert (found[1].id, found[1].proves) == (link.id, ())


def test_evidence_of_another_project_is_not_found(app: Flask, home: Path) -> None:
    person = a_person()
    piece, other = a_link(a_project(), by=person), a_project()
    assert queries.evidence_in(other.id, piece.id) is None
    assert queries.evidence_page(other.id, piece.id) is None
    assert queries.version_in(other.id, piece.id, 1) is None
