"""The cells of lists that are shown by pages of their own: who sees the page takes away what it shows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask

from tests.conftest import Inspector
from tests.factories.adoption import a_survey, an_answer_to
from tests.factories.checklists import a_recurrence
from tests.factories.mappings import a_crosswalk
from tests.factories.mirror import a_mirror_source, a_reading, a_secret, an_approved_host
from tests.factories.oversight import a_hand_over, a_review, a_review_action
from tests.factories.people import a_member, a_person
from tests.factories.practices import a_practice_record
from tests.factories.projects import a_project
from tests.factories.standards import a_mapping
from tests.factories.tools import a_tool
from workbench import clock
from workbench.adoption.actions import close_survey
from workbench.adoption.rules import Perspective
from workbench.checklists.actions import start_due_checklists
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.projects.actions import name_participant
from workbench.projects.models import Project
from workbench.projects.rules import Layer
from workbench.reports.actions import name_report
from workbench.reports.rules import Cadence, Moving, Options
from workbench.tools.actions import connect_tools, set_capability
from workbench.tools.rules import Able, CapabilityKind, ConnectionKind
from workbench.web.transactions import commit

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
AT = "2026-03-02T09:00:00+00:00"
OF = "/projects/INV-1"


@pytest.fixture(autouse=True)
def morning(app: Flask) -> Iterator[None]:
    """The same moment for all that is made."""
    clock.fix(NOW)
    yield
    clock.fix(None)


@pytest.fixture
def lead(app: Flask) -> Person:
    """A quality lead, of whom the lists speak."""
    return a_person(role=Role.QUALITY_LEAD, name="Lea")


@pytest.fixture
def project(lead: Person) -> Project:
    """INV-1 with a team and parties around it."""
    made = a_project(by=lead, key="INV-1")
    a_member(made, a_person(name="Karl"), functions=[Function.SPONSOR])
    for name, is_confidential in (("Nora", False), ("Whistle", True)):
        name_participant(
            project=made, name=name, organisation=f"{name} Ltd", layer=Layer.SUPPLIER, expects="=1+1",
            is_confidential=is_confidential, by=lead,
        )
    return made


def taken(client: Inspector, address: str) -> list[list[str]]:
    """The rows of a list below its head, every SHA-256 as a word."""
    answer = client.get(address)
    assert (address, answer.status_code, answer.mimetype) == (address, 200, "text/csv")
    text = re.sub(r"[0-9a-f]{64}", "<sha>", answer.get_data(as_text=True).removeprefix("\ufeff"))
    return list(csv.reader(io.StringIO(text)))[1:]


def test_lists_of_a_project_hold_what_their_pages_show(
    app: Flask, client: Inspector, project: Project, lead: Person, home: Path, tmp_path: Path
) -> None:
    psa, portal = (a_tool(by=lead, name=name, project=project) for name in ("PSA", "Portal"))
    connect_tools(source=psa, target=portal, kind=ConnectionKind.FILE, by=lead, carries="lines")
    set_capability(project=project, tool=psa, kind=CapabilityKind.READ, state=Able.YES, by=lead, note="tried")
    name_report(
        project=project, key="audit_report", title="For the certifier", language="fr", options=Options(), moving=Moving.FIXED,
        cadence=Cadence.MONTHLY, by=lead,
    )
    a_crosswalk(project, by=lead)
    a_reading(a_mirror_source(project, by=lead, tool_id=psa.id), tmp_path, by=lead, home=home)
    a_practice_record(
        project, "channels", by=lead, message="The price list", audience="sales", channel="e-mail", is_primary=True,
        minutes_per_month=15, criterion="", cadence="monthly", owner_id=lead.id,
    )
    survey, _secret = a_survey(project, by=lead, title="after a month")
    for _each in range(4):
        an_answer_to(project, survey, rating=2)
    an_answer_to(project, survey, perspective=Perspective.MANAGEMENT)
    close_survey(project=project, survey=survey, by=lead)
    a_hand_over(project, by=lead)
    commit()
    client.sign_in(lead)
    wanted = {
        "reports/named.csv": [
            ["For the certifier", "Audit report", "Français", "every month", "2026-04-01", "0", "", "Lea", "in place"],
        ],
        "sandbox/names.csv": [["clients", "Accounts and clients", "account", "client", "0", "0", "", "", ""]],
        "sandbox/mirror.csv": [
            ["psa", "PSA", "Text file with columns", "PSA", "", "lines", "3", AT, "<sha>", "<sha>", "live unchanged", "", ""],
        ],
        "sandbox/mirror/psa/readings.csv": [["1", AT, "Lea", "3", "a file", "<sha>", "<sha>", "live unchanged"]],
        "sandbox/mirror/psa/snapshots.csv": [["lines", "1", "3", "client_id, code, quantity, email", "", "<sha>", "0", "", ""]],
        "adoption/surveys.csv": [["SU-1", "after a month", "2026-03-02", "2026-03-02", "0", "1", "5"]],
        "team.csv": [["Claire", "administration", "contributor", ""], ["Karl", "administration", "contributor", "sponsor"]],
        "participants.csv": [
            ["Nora", "Nora Ltd", "supplier", "'=1+1"], ["Kept confidential.", "", "supplier", "'=1+1"],
        ],
        "practices/channel-plan.csv": [
            ["The price list", "sales", "CH-1", "e-mail", "yes", "", "Lea", "monthly", "15"],
        ],
        "connections.csv": [["PSA", "Portal", "file", "lines"]],
        "hand-overs.csv": [[AT, "Claire", "Lea", "Risks", "R-1", "the file comes late", "Lea", "Claire left."]],
    }
    assert {path: taken(client, f"{OF}/{path}") for path in wanted} == wanted
    assert taken(client, f"{OF}/capabilities.csv")[7:9] == [["PSA", "read", "yes", "tried"], ["PSA", "export", "unknown", ""]]
    assert [row[0] for row in taken(client, f"{OF}/tools.csv")] == ["Portal", "PSA"]
    assert taken(client, f"/tools/{psa.id}/connections.csv") == wanted["connections.csv"]
    results = taken(client, f"{OF}/adoption/surveys/{survey.id}.csv")
    assert {row[1] for row in results if row[2]} == {"users"}  # of the one answer of the management nothing is told


def test_lists_of_the_installation_hold_what_their_pages_show(
    app: Flask, client: Inspector, project: Project, lead: Person, home: Path
) -> None:
    a_review_action(a_review(by=lead), by=lead)
    a_hand_over(project, by=lead)
    a_mapping(by=lead)
    commit()
    client.sign_in(lead)
    handed = ["Risks", "INV-1", "R-1", "the file comes late"]
    wanted = {
        "/reviews.csv": [["MR-2026-1", "prepared", "2026-01-01", "2026-04-30", "2026-05-04", "", "Lea", "1", "0"]],
        "/reviews.csv?state=closed": [],
        "/hand-overs.csv": [[AT, "Claire", "1", "0", "Lea", "Claire left."]],
        "/hand-overs/1.csv": [[*handed, "Lea", ""]],
        "/inherited.csv": [[*handed, "", "Claire"]],
        "/packs/mappings/1.csv": [["1.1", "7.1.3", "direct", "subset", "a kitchen is infrastructure"]],
        "/packs/shelf.csv?q=kitchen": [
            ["kitchen_rules", "Kitchen rules", "imported", "2026-02-01", "3", "English, French", "3", "2", "0"],
        ],
    }
    assert {path: taken(client, path) for path in wanted} == wanted
    assert [row[:4] for row in taken(client, "/packs/mappings.csv")] == [
        ["Kitchen rules -> ISO 9001:2015", "kitchen_rules", "iso9001_2015", "1"],
    ]
    assert taken(client, "/my-work.csv")[-1] == [
        "Due from me", "", "do what a management review decided", "MR-2026-1", "Ask the reseller for an export", "2099-01-01",
    ]
    book = openpyxl.load_workbook(io.BytesIO(client.get("/reviews.csv?format=xlsx").get_data()))
    (sheet,) = book.worksheets
    typed: list[Any] = [cell.value for cell in sheet[2]]
    days = [each.date() if isinstance(each, datetime) else each for each in typed]
    assert days == ["MR-2026-1", "prepared", date(2026, 1, 1), date(2026, 4, 30), date(2026, 5, 4), None, "Lea", 1, 0]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:I2")


def test_runs_that_come_again_are_counted_by_answer(client: Inspector, project: Project, lead: Person) -> None:
    asked_person = a_person(name="Ina")
    a_member(project, asked_person)
    made = a_recurrence(project, by=lead, answered_by=asked_person, starts_on=NOW.date())
    start_due_checklists(NOW.date(), by=lead, project_id=project.id)
    commit()
    client.sign_in(lead)
    runs = taken(client, f"{OF}/checklists/recurrences/{made.id}/runs.csv")
    (last,) = taken(client, f"{OF}/checklists/runs.csv")
    asked = runs[0][1]
    assert runs == [["2026-03-02", asked, "0", "0", asked, "0", "0", "0", "0", "0", "0", "0", asked]]
    assert last == ["RC-1", "Monthly look", "ISO 9001:2015", "9", "2026-03-02", "0", asked, "0"]


def test_what_connectors_reach_is_taken_away_without_a_secret(
    client: Inspector, project: Project, lead: Person, home: Path
) -> None:
    admin = a_person(role=Role.ADMIN, name="Ada")
    host = an_approved_host(by=admin, home=home)
    a_secret(by=admin, keys=home / "keys", host=host)
    place = {"dialect": "postgresql", "host": "psa.example.org", "database": "psa", "user": "reader"}
    server = {**place, "tables": [{"table": "lines"}]}
    a_mirror_source(project, by=lead, name="database", connector="sql", settings=server)
    commit()
    client.sign_in(admin)
    wanted = {
        "hosts": [["https://psa.example.org:443", "public ones only", "our PSA", AT, "Ada", "", "", ""]],
        "secrets": [["psa-key", "https://psa.example.org:443", AT, "Ada", ""]],
        "accounts": [["INV-1", "database", "reader", "refused"]],
    }
    assert {name: taken(client, f"/connectors/{name}.csv") for name in wanted} == wanted
