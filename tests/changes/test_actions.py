"""Drafting a request for change and changing the draft."""

from __future__ import annotations

from datetime import date

from flask import Flask

from tests.factories.changes import a_request_for_change
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench.changes import actions
from workbench.changes.rules import ChangeType
from workbench.people.rules import Role
from workbench.trail.queries import history


def test_draft_request_gets_a_code_and_is_recorded(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    rows = [a_request_for_change(project, by=lead, planned_on=date(2026, 5, 4)) for _ in range(2)]
    (event,) = history("request_for_change", rows[1].id)
    assert [each.code for each in rows] == ["RFC-1", "RFC-2"]
    assert (event.act, event.project, event.new["planned_on"]) == ("change_requested", project.key, "2026-05-04")


def test_change_request_records_before_and_after(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    row = a_request_for_change(project, by=lead)
    actions.change_request(
        project=project, request_for_change=row, title=row.title, change_type=ChangeType.EMERGENCY, reason="", impact="",
        planned_on=None, back_out_plan="restore the price list", by=lead,
    )
    event = history("request_for_change", row.id)[-1]
    assert (event.act, event.old["change_type"], event.new["change_type"], event.new["back_out_plan"]) == (
        "change_request_changed", "normal", "emergency", "restore the price list",
    )
