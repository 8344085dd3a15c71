"""The pages of a project, of each step and of each gate ask the database as often for a hundred records as for one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from tests.conftest import Inspector
from tests.factories.adoption import a_lesson
from tests.factories.changes import a_connection
from tests.factories.inquiry import a_criterion
from tests.factories.lifecycle import a_ready_gate
from tests.factories.people import a_member, a_person
from tests.factories.practices import a_practice_record
from tests.factories.projects import a_project
from tests.factories.risks import a_risk
from tests.factories.tools import a_customisation, a_promise, a_tool
from tests.factories.trials import a_weakness
from workbench.adoption.models import AdoptionMeasure
from workbench.changes.models import RequestForChange
from workbench.database import db
from workbench.lifecycle.steps import STEPS
from workbench.paths.models import Path as Way
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.practices import queries as practices
from workbench.practices.models import WorkInstruction
from workbench.projects.models import Project
from workbench.web.transactions import commit

Counter = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def project(app: Flask, home: Path) -> tuple[Project, Person]:
    """A project with the records of all nine steps, and a member who may decide its gates."""
    lead = a_person(role=Role.QUALITY_LEAD, name="Lea Lead")
    made = a_project(by=lead, key="INV-1")
    a_member(made, lead, functions=[Function.SPONSOR])
    for step in range(1, 10):
        a_ready_gate(made, step, by=lead, home=home)
    beside_the_gates(made, lead)
    return made, lead


def beside_the_gates(project: Project, lead: Person) -> None:
    """A record of each register that no gate needs filled."""
    tool = a_tool(project=project, by=lead)
    a_promise(project, tool, by=lead)
    a_customisation(project, tool, by=lead)
    a_risk(project, by=lead)
    a_criterion(project, by=lead)
    a_connection(project, by=lead)
    a_lesson(project, by=lead)
    a_weakness(project, by=lead)
    user = practices.users(project.id)[0]
    a_practice_record(project, "competences", by=lead, user_id=user.id)
    comparison = a_practice_record(project, "comparisons", by=lead)
    a_practice_record(project, "offers", by=lead, comparison_id=comparison.id)
    for each in ("questions", "announcements", "reminders"):
        a_practice_record(project, each, by=lead)


TABLES = {register.model.__table__ for step in STEPS for register in step.records} | {
    model.__table__ for model in (AdoptionMeasure, Way, RequestForChange, WorkInstruction)
}


def multiply(project_id: int, number: int) -> list[str]:
    """Copy the first record of each kind until there are so many; the names of the tables that hold none.

    Rows go in directly: what is counted is reading, and a hundred of each through the actions would take a minute.
    """
    empty = []
    for table in TABLES:
        rows = db.session.execute(select(table).where(table.c.project_id == project_id).order_by(table.c.id)).mappings().all()
        copies = [_copy(dict(rows[0]), each) for each in range(len(rows), number)] if rows else []
        if copies:
            db.session.execute(insert(table), copies)
        if not rows:
            empty.append(table.name)
    commit()
    return empty


def _copy(row: dict[str, Any], number: int) -> dict[str, Any]:
    del row["id"]
    return {**row, "code": f"Z{number}"}


def test_project_step_and_gate_take_as_many_queries_for_a_hundred_records(
    client: Inspector, count_queries: Counter, project: tuple[Project, Person]
) -> None:
    made, lead = project
    project_id, steps = made.id, [f"/projects/INV-1/steps/{each.number}" for each in STEPS]
    pages = ["/projects/INV-1/", *steps, *(f"{each}/gate" for each in steps)]
    client.sign_in(lead)
    for page in pages:
        assert client.get(page).status_code == 200
    counted: dict[str, list[int]] = {page: [] for page in pages}
    for many in (1, 10, 100):
        assert multiply(project_id, many) == []
        for page in pages:
            with count_queries() as seen:
                client.get(page)
            counted[page].append(sum(each.startswith("SELECT") for each in seen))
    assert {page: found for page, found in counted.items() if len(set(found)) > 1} == {}
