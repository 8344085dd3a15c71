"""Findings with their cure, audits and hand-overs in the audit report."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from tests.factories.audits import a_line, an_audit, an_audit_member
from tests.factories.checklists import a_checklist, an_answer
from tests.factories.findings import a_cause, a_check, a_finding, a_finding_action, a_grade, a_treated_finding, later
from tests.factories.oversight import a_hand_over
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.findings import actions
from workbench.findings.rules import ActionKind, FindingKind
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.reports import conformity, document, queries
from workbench.reports.rules import Brief, Identity
from workbench.trail.actions import checkpoint, record


def page_of(project: Project, home: Path, language: str) -> str:
    """The report as HTML, from a checkpoint signed now."""
    point = queries.point_of(checkpoint(keys=home / "keys", reason="test"), home / "keys")
    return document.html("audit_report", Brief(project, language, Identity(""), point))


def written(home: Path) -> Project:
    """A project with a finding that is closed, one under way, an opportunity, an audit, a disagreement, a hand-over."""
    lead, judge = a_person(role=Role.QUALITY_LEAD, name="Sylvie Petit"), a_person(role=Role.AUDITOR, name="Judith Klein")
    project = a_project(by=lead)
    cured = a_treated_finding(project, by=lead, grade=a_grade(by=lead), owner_id=lead.id)
    with later(31):
        a_check(project, cured, by=judge)
        actions.close_finding(project=project, finding=cured, by=judge)
    under_way = a_finding(project, by=lead)
    a_cause(project, under_way, by=lead)
    a_finding_action(project, under_way, by=lead, kind=ActionKind.CORRECTIVE, due_on=clock.today() - timedelta(days=1))
    a_finding(project, by=lead, kind=FindingKind.OPPORTUNITY)
    audit = an_audit(project, by=lead)
    an_audit_member(project, audit, judge, by=lead)
    a_line(project, audit, "disagreements", by=judge)
    a_line(project, audit, "disagreements", by=judge, point="Settled long ago", is_settled=True, settlement="Agreed")
    a_hand_over(project, by=lead)
    return project


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ("sensitive point", "closed after 31 days", "effective", "five whys", "Age", "Work handed over",
                "Not held yet: audit A-2026-01",
                "the whole life of the project, from")),
        ("fr", ("point sensible", "clos après 31 jours", "cinq pourquoi", "Audit")),
    ],
)
def test_findings_audits_and_hand_overs_are_printed(app: Flask, home: Path, language: str, told: tuple[str, ...]) -> None:
    with force_locale(language):
        project = written(home)
        page = page_of(project, home, language)
    names = ("F-1.1", "F-1.2", "F-2.1", "F-3", "A-2026-01", "Judith Klein", "Whether the list counts", "100/100", "Claire left.")
    assert [each for each in (*names, *told) if each not in page] == []
    assert "Settled long ago" not in page
    assert page.count(">F-2.1<") == 2  # beside its finding, and among the actions agreed


def test_clause_says_whether_all_of_it_was_answered_and_which_findings_stand_on_it(app: Flask, home: Path) -> None:
    with force_locale("en"):
        lead = a_person(role=Role.QUALITY_LEAD)
        project = a_project(by=lead)
        checklist = a_checklist(project, by=lead, pack="iso9001_2015")
        an_answer(project, checklist, "8.1-1", by=lead)
        on_it = {"checklist_id": checklist.id, "item_key": "8.2.1-2"}
        finding = a_finding(project, by=lead, kind=FindingKind.OPPORTUNITY, **on_it)
        page = page_of(project, home, "en")
        rows = {row[: row.index("</td>")]: row for row in page.split("<tr")[1:] if "</td>" in row}
        found = {ref: row for start, row in rows.items() for ref in ("8.1", "8.2.1", "8.2.2") if start.endswith(f">{ref}")}
    assert [("answered in part" in found[each], "not audited" in found[each]) for each in ("8.1", "8.2.1")] == [
        (True, False), (False, True)
    ]
    assert [finding.code in found[each] for each in ("8.1", "8.2.1", "8.2.2")] == [False, True, False]


def test_judgement_that_is_late_is_said_to_be(app: Flask, home: Path) -> None:
    with force_locale("en"):
        lead = a_person(role=Role.QUALITY_LEAD)
        project = a_project(by=lead)
        finding = a_treated_finding(project, by=lead)
        before = page_of(project, home, "en")
        finding.check_due_on = clock.today() - timedelta(days=1)
        record("finding_described", finding, by=lead, project=project.key)
        after = page_of(project, home, "en")
    said = [re.search(r"to be judged by somebody[^<]*<[^>]*overdue", each) is not None for each in (before, after)]
    assert said == [False, True]


def test_age_is_counted_to_the_day_of_the_report_or_of_closing(app: Flask, home: Path) -> None:
    with force_locale("en"):
        project = written(home)
        found = conformity.treated(project.id, clock.today() + timedelta(days=10))
    assert [each.age for each in found] == ["closed after 31 days", "open for 10 days", "open for 10 days"]
    assert [[each.code for each in one.open_actions] for one in found] == [[], ["F-2.1"], []]


def test_a_closed_major_asks_management_for_nothing(app: Flask, home: Path) -> None:
    with force_locale("en"):
        lead = a_person(role=Role.QUALITY_LEAD)
        project = a_project(by=lead)
        made = a_finding(project, by=lead, kind=FindingKind.MAJOR)
        before = conformity.open_majors(conformity.treated(project.id, clock.today()))
        actions.withdraw_finding(project=project, finding=made, reason="It does not hold.", by=lead)
        assert (before, conformity.treated(project.id, clock.today())) == (1, ())


@pytest.mark.parametrize("number", [1, 10])
def test_number_of_queries_does_not_grow(
    app: Flask, number: int, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    for _each in range(number):
        finding = a_finding(project, by=lead)
        a_finding_action(project, finding, by=lead)
        a_line(project, an_audit(project, by=lead), "disagreements", by=lead)
    with count_queries() as seen, force_locale("en"):
        found = conformity.treated(project.id, clock.today())
        audits, differing = conformity.audited(project.id, found), conformity.differing(project.id)
    assert (len(found), len(audits), len(differing), len(seen)) == (number, number, number, 8)
    assert {each.noted_on for each in differing} == {clock.today()}
