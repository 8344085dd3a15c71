"""Reads about findings and the checklist line they come from."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.findings import a_finding
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench.checklists import library
from workbench.checklists.rules import AnswerState
from workbench.findings import actions, queries
from workbench.findings.rules import FindingKind
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead)


def test_withdrawn_findings_are_listed_but_not_counted(lead: Person, project: Project) -> None:
    kept, gone = a_finding(project, by=lead), a_finding(project, by=lead)
    a_finding(project, by=lead, kind=FindingKind.OPPORTUNITY)
    actions.withdraw_finding(project=project, finding=gone, reason="seen again", by=lead)
    assert [each.code for each in queries.findings_of_project(project.id)] == ["F-1", "F-2", "F-3"]
    assert [each.code for each in queries.open_findings(project.id)] == ["F-1", "F-3"]
    assert queries.counts_by_kind(project.id) == {
        FindingKind.MAJOR: 0, FindingKind.MINOR: 1, FindingKind.OPPORTUNITY: 1,
    }
    assert [each.id for each in queries.page_of_findings(project.id, kind="minor", state="raised").rows] == [kept.id]


def test_page_of_findings_shows_the_newest_first(lead: Person, project: Project) -> None:
    for _ in range(3):
        a_finding(project, by=lead)
    page = queries.page_of_findings(project.id, page=2, per_page=2)
    assert ([each.code for each in page.rows], page.total, page.rows[0].raised_by.name) == (["F-1"], 3, lead.name)


def test_criterion_of_a_standard_quotes_clause_and_question(lead: Person, project: Project) -> None:
    checklist = a_checklist(project, by=lead, pack="iso9001_2015")
    item = library.pack("iso9001_2015").items_of_clause("8.5.6")[0]
    an_answer(project, checklist, item.key, by=lead, state=AnswerState.MINOR, note="no review was kept")
    found = queries.criterion(project.id, checklist.id, item.key, "fr")
    assert found is not None
    assert found.requirement == f"ISO 9001:2015, 8.5.6: {item.question.fr}"
    assert (found.kind, found.evidence) == ("minor", "no review was kept")


def test_criterion_of_a_gate_names_the_gate(lead: Person, project: Project) -> None:
    checklist = a_checklist(project, by=lead)
    pack = library.pack("lifecycle_gates")
    item = pack.items_of_step(5)[0]
    found = queries.criterion(project.id, checklist.id, item.key, "en")
    assert found is not None
    assert found.requirement == f"{pack.title.en}, gate 5: {item.question.en}"
    assert (found.kind, found.evidence) == ("", "")


def test_criterion_is_none_for_another_project_or_an_unknown_line(lead: Person, project: Project) -> None:
    checklist, other = a_checklist(project, by=lead), a_project(by=lead)
    key = library.pack("lifecycle_gates").items[0].key
    assert queries.criterion(other.id, checklist.id, key, "en") is None
    assert queries.criterion(project.id, checklist.id, "nothing-1", "en") is None
