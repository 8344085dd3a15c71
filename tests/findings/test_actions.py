"""Raising and withdrawing findings."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.factories.findings import a_finding
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench.database import db
from workbench.findings import actions
from workbench.findings.rules import FindingKind
from workbench.flow import TransitionRefused
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trail.queries import history, verify
from workbench.web.refusals import BadValue
from workbench.web.transactions import commit


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead)


def test_findings_are_numbered_within_their_project(lead: Person, project: Project) -> None:
    other = a_project(by=lead)
    codes = [a_finding(each, by=lead).code for each in (project, project, other)]
    assert codes == ["F-1", "F-2", "F-1"]


def test_raise_finding_records_its_three_parts(lead: Person, project: Project) -> None:
    row = a_finding(project, by=lead, kind=FindingKind.MAJOR)
    (event,) = history("finding", row.id)
    assert (event.act, event.project, event.new["code"], event.new["kind"]) == (
        "finding_raised", project.key, "F-1", "major",
    )
    assert [event.new[part] for part in ("requirement", "evidence", "statement")] == [
        row.requirement, row.evidence, row.statement,
    ]


@pytest.mark.parametrize("part", ["requirement", "evidence", "statement"])
def test_finding_without_a_part_is_refused(lead: Person, project: Project, part: str) -> None:
    with pytest.raises(BadValue) as refusal:
        a_finding(project, by=lead, **{part: " "})
    assert refusal.value.field == part


def test_withdraw_finding_keeps_the_reason_in_the_trail(lead: Person, project: Project) -> None:
    row = a_finding(project, by=lead)
    actions.withdraw_finding(project=project, finding=row, reason="the record was there", by=lead)
    event = history("finding", row.id)[-1]
    assert (row.state, event.act, event.reason) == ("withdrawn", "finding_withdrawn", "the record was there")


def test_withdraw_finding_needs_a_reason_and_happens_once(lead: Person, project: Project) -> None:
    row = a_finding(project, by=lead)
    with pytest.raises(BadValue) as refusal:
        actions.withdraw_finding(project=project, finding=row, reason="", by=lead)
    actions.withdraw_finding(project=project, finding=row, reason="seen again", by=lead)
    with pytest.raises(TransitionRefused):
        actions.withdraw_finding(project=project, finding=row, reason="again", by=lead)
    assert refusal.value.field == "reason"


def test_finding_edited_by_hand_is_found_by_the_verification(lead: Person, project: Project, home: Path) -> None:
    row = a_finding(project, by=lead)
    actions.withdraw_finding(project=project, finding=row, reason="seen again", by=lead)
    commit()
    assert verify(home / "keys").faults == ()
    db.session.connection().exec_driver_sql("UPDATE finding SET kind = 'opportunity'")
    db.session.expire_all()
    assert verify(home / "keys").faults == (f"finding:{row.id} was changed after entry 4, which recorded it",)
