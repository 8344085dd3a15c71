"""Reads about findings and the checklist line they come from."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_link
from tests.factories.findings import a_check, a_finding, a_finding_action, a_treated_finding, later
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.checklists import library
from workbench.checklists.actions import attach_evidence
from workbench.checklists.rules import AnswerState
from workbench.findings import actions, queries
from workbench.findings.queries import Wanted
from workbench.findings.rules import FindingKind
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects import queries as projects
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
        FindingKind.MAJOR: 0, FindingKind.MINOR: 1, FindingKind.OPPORTUNITY: 1, FindingKind.OBSERVATION: 0,
        FindingKind.CONFORMITY: 0,
    }
    wanted = queries.Wanted(kind="minor", state="raised")
    assert [each.finding.id for each in queries.page_of_findings(project.id, wanted).rows] == [kept.id]


def test_page_of_findings_shows_the_newest_first(lead: Person, project: Project) -> None:
    for _ in range(3):
        a_finding(project, by=lead)
    page = queries.page_of_findings(project.id, page=2, per_page=2)
    (row,) = page.rows
    assert (row.finding.code, page.total, row.finding.raised_by.name, row.project_key) == ("F-1", 3, lead.name, project.key)


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


def test_criterion_names_the_evidence_attached_to_the_answer(lead: Person, project: Project) -> None:
    checklist = a_checklist(project, by=lead)
    key = library.pack("lifecycle_gates").items[0].key
    an_answer(project, checklist, key, by=lead, state=AnswerState.MINOR, note="typed by hand")
    for title in ("February invoices", "Screen"):
        piece = a_link(project, by=lead, title=title)
        attach_evidence(project=project, checklist=checklist, item_key=key, evidence=piece, by=lead)
    found = queries.criterion(project.id, checklist.id, key, "en")
    assert found is not None
    assert found.evidence == "typed by hand\nE-1 February invoices; E-2 Screen"


def test_findings_stand_on_the_lines_they_were_raised_on(lead: Person, project: Project) -> None:
    checklist = a_checklist(project, by=lead)
    for key in ("G1-01", "G1-02", "G1-01"):
        a_finding(project, by=lead, checklist_id=checklist.id, item_key=key)
    found = {key: [each.code for each in raised] for key, raised in queries.by_line(checklist.id).items()}
    assert found == {"G1-01": ["F-1", "F-3"], "G1-02": ["F-2"]}


def test_list_is_filtered_sorted_and_tells_what_is_overdue(lead: Person, project: Project) -> None:
    clock.fix(datetime(2026, 2, 10, 9, tzinfo=UTC))
    other = a_project(by=lead)
    old = a_finding(project, by=lead, due_on=date(2026, 2, 20), owner_id=lead.id, source="complaint")
    with later(40):
        new = a_finding(other, by=lead, kind=FindingKind.MAJOR, due_on=date(2026, 5, 1))
        a_finding_action(project, old, by=lead, due_on=date(2026, 4, 1))
        asked = (
            Wanted(sort="raised"), Wanted(sort="due"), Wanted(sort="-due"), Wanted(kind="major"), Wanted(owner=lead.id),
            Wanted(overdue=True), Wanted(source="complaint"), Wanted(project=other.key), Wanted(state="open", kind="minor"),
            Wanted(state="closed"),
        )
        mine = projects.ids_seen_by(lead)
        found = [[each.finding.id for each in queries.page_of_findings(mine, wanted).rows] for wanted in asked]
        first = queries.rows_of_findings(project.id)[0]
        ages = queries.ages(mine)
    clock.fix(None)
    assert found == [
        [old.id, new.id], [old.id, new.id], [new.id, old.id], [new.id], [old.id], [old.id], [old.id], [new.id], [old.id], [],
    ]
    assert (first.days, first.is_overdue, first.actions_open, first.actions_done) == (40, True, 1, 0)
    assert ages == {("0-30", "major"): 1, ("31-60", "minor"): 1}


def test_days_to_close_count_from_raising(lead: Person, project: Project) -> None:
    clock.fix(datetime(2026, 2, 10, 9, tzinfo=UTC))
    auditor, row = a_person(role=Role.AUDITOR), a_treated_finding(project, by=lead)
    with later(33):
        a_check(project, row, by=auditor)
        actions.close_finding(project=project, finding=row, by=auditor)
    clock.fix(None)
    assert queries.days_to_close(project.id) == [33]
