"""What the audit report says only where it is so: gates of a project that has some, trials that were run, amounts, days, words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from tests.factories.checklists import a_checklist
from tests.factories.inquiry import an_objective
from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.reports.briefs import brief_of
from workbench.lifecycle.artefacts import said
from workbench.lifecycle.artefacts.trial_plan import TrialPlan
from workbench.oversight.forms import reviews as forms
from workbench.oversight.rules.reviews import Row
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.projects.rules import Confidentiality, ProjectKind
from workbench.reports import document
from workbench.reports.rules import Options
from workbench.trail.actions import record


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="QMS-1")


def told(project: Project, home: Path, options: Options | None = None) -> str:
    return document.html("audit_report", brief_of(project, home, options or Options()))


def test_the_management_system_is_said_to_have_no_gates_and_none_is_counted(project: Project, lead: Person, home: Path) -> None:
    before = told(project, home)
    assert ("What the system checked" in before, "of 9" in before) == (True, True)
    project.kind = ProjectKind.SYSTEM
    record("project_described", project, by=lead, project=project.key, after={"kind": ProjectKind.SYSTEM})
    page = told(project, home)
    assert ("What the system checked" in page, "of 9" in page, 'id="step-1"' in page) == (False, False, False)
    assert page.count("it has no steps and no gates") >= 2  # in its chapter and in the annex of records


def test_a_report_on_what_was_not_tried_or_decided_says_nothing_of_it(project: Project, home: Path) -> None:
    page = told(project, home)
    assert ("Each gate was decided on" in page, "The tools were tried in a sandbox" in page) == (False, False)
    assert "Every act is an entry of an append-only trail." in page


def test_criteria_that_nobody_answered_are_not_said_to_fail(project: Project, lead: Person, home: Path) -> None:
    a_checklist(project, by=lead)
    lines = re.findall(r"<td>Criteria that people answer</td><td[^>]*>(.*?)</td>", told(project, home))
    assert lines
    assert [line for line in lines if not re.match(r"not answered yet \d+ \(G\d-\d+", line)] == []


def test_an_objective_counted_in_money_is_for_those_who_see_amounts(project: Project, lead: Person, home: Path) -> None:
    an_objective(project, by=lead, unit="EUR", baseline="1257", target="313")
    assert "1257 to 313" in told(project, home)
    assert "1257" not in told(project, home, Options(confidentiality=Confidentiality.INTERNAL))


def test_the_days_of_a_plan_are_told_as_people_write_them(app: Flask) -> None:
    plan = TrialPlan("", "", "", begins="2026-11-13", ends_on="soon")
    with app.test_request_context(), force_locale("fr"):
        answers = {each.name: each.value for each in said(plan, "fr")}
    assert (answers["begins"], answers["ends_on"]) == ("13 nov. 2026", "soon")


def test_what_an_audit_concluded_is_told_in_words(app: Flask) -> None:
    with app.test_request_context(), force_locale("fr"):
        words = forms.said(Row("QMS-1", "AUD-1", "audit", note="concluded", value="conform_with_findings"))
    assert words == "les critères sont satisfaits à l’exception des constats"
