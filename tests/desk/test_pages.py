"""What other subjects' pages show with the desk's help: the register of limitations, the objective line, marks on the rail."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import Inspector
from tests.factories.inquiry import an_objective
from tests.factories.lifecycle import a_decision, a_project_at_gate_one
from tests.factories.paths import a_path
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_limitation, a_tool
from workbench import clock
from workbench.database import db
from workbench.inquiry.actions import judge_objective, revise_objective
from workbench.lifecycle.actions import Asked, waive
from workbench.lifecycle.models import DecisionCondition
from workbench.lifecycle.rules import Outcome
from workbench.paths.actions import kill_path
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.trail.actions import record
from workbench.trail.rules import SYSTEM


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD, name="Lea Lead", password=PASSWORD)


def test_limitations_tell_the_paths_they_killed(client: Inspector, lead: Person) -> None:
    project = a_project(by=lead, key="INV-1")
    tool = a_tool(by=lead, project=project)
    killer, harmless = (a_limitation(project, tool, by=lead) for _each in range(2))
    for name in ("Import the usage", "Buy the connector"):
        kill_path(project=project, path=a_path(project, by=lead, name=name), limitation=killer, reason="none", by=lead)
    codes = [killer.code, harmless.code]
    client.sign_in(lead)
    found = client.get("/registers/limitations.csv?sort=code").get_data(as_text=True).removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(found)))
    assert [(row["Code"], set(filter(None, row["Paths it killed"].split(", ")))) for row in rows] == [
        (codes[0], {"P1", "P2"}), (codes[1], set()),
    ]
    assert "Paths it killed" in client.get("/registers/limitations?sort=-killed").text


def test_registers_lead_to_every_list_across_projects(client: Inspector, lead: Person) -> None:
    page = client.sign_in(lead).get("/registers/").text
    listed = set(re.findall(r'href="(/registers/[a-z]+|/changes/calendar)"', page))
    assert listed == {
        "/registers/limitations", "/registers/promises", "/registers/licences", "/registers/customisations",
        "/registers/capabilities", "/registers/risks", "/registers/audits", "/registers/checklists", "/changes/calendar",
    }
    for each in listed:
        assert client.get(each).status_code == 200


def test_project_page_shows_the_missed_objective_with_the_one_that_followed(client: Inspector, lead: Person) -> None:
    project = a_project(by=lead, key="INV-1")
    a_member(project, lead, functions=[Function.SPONSOR])
    a_limitation(project, a_tool(by=lead, project=project), by=lead)
    missed = an_objective(project, by=lead, statement="Full automation")
    judge_objective(
        project=project, objective=missed, is_met=False, reason="no export", cause="the tool", limitation_codes=["L-01"], by=lead
    )
    revise_objective(
        project=project, objective=missed, statement="Semi-automation", measure="minutes", decided_by_id=lead.id,
        decided_on=date(2026, 10, 12), by=lead,
    )
    page = client.sign_in(lead).get("/projects/INV-1/").text
    (told,) = re.findall(r'<p class="objective-line">(.*?)</p>', page, re.DOTALL)
    words = " ".join(re.sub(r"<[^>]+>", "", told).split())
    assert words == "Objective O1 Full automation not met (L-01) O1b Semi-automation, decided 12 Oct 2026 by Lea Lead"


def test_rail_marks_what_is_waived_and_overdue(client: Inspector, home: Path) -> None:
    project, contributor, sponsor = a_project_at_gate_one()
    key, tomorrow = project.key, clock.today() + timedelta(days=1)
    waive(
        project=project, step=2, condition_key="item:G2-01", reason="an expert", risk_accepted="little", ends_on=tomorrow,
        by=sponsor, password=PASSWORD, language="en",
    )
    a_decision(
        project, 1, by=sponsor, keys=home / "keys", outcome=Outcome.PASS_WITH_CONDITIONS,
        conditions=[Asked("Name the owner", contributor.id, tomorrow)],
    )
    before = marks(client.sign_in(sponsor).get(f"/projects/{key}/").text)
    late = db.session.query(DecisionCondition).one()
    late.due_on = date(2026, 1, 1)
    record("condition_moved", late, by=SYSTEM, project=key)
    after = marks(client.get(f"/projects/{key}/").text)
    assert (before, after) == (["1 waived"], ["overdue", "1 waived"])


def marks(page: str) -> list[str]:
    """What stands under the steps of the rail."""
    return [re.sub(r"<[^>]+>", "", each) for each in re.findall(r'<p class="rail-marks">(.*?)</p>', page)]
