"""Checklists that come again: their days, their runs, the heat map."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from tests.factories.checklists import a_recurrence, an_answer
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.checklists import actions, queries
from workbench.checklists.commands import checklists
from workbench.checklists.models import Checklist
from workbench.checklists.registers import RECURRENCES
from workbench.checklists.rules import AnswerState, Unit, due_run, next_run, run_on
from workbench.database import db
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.registers.actions import withdraw_record
from workbench.showcase.serving import start_due_checklists_now
from workbench.web.refusals import BadValue

Counter = Callable[[], AbstractContextManager[list[str]]]
BASE = "/projects/INV-1/checklists"
START = date(2030, 1, 31)


@pytest.fixture
def project(app: Flask) -> Project:
    return a_project(key="INV-1")


@pytest.fixture
def lead(app: Flask, project: Project) -> Person:
    lead = a_person(name="Lena Roth")
    a_member(project, lead, role=Role.PROJECT_MANAGER)
    return lead


@pytest.mark.parametrize(
    ("every", "unit", "today", "due", "following"),
    [
        (1, Unit.MONTHS, date(2030, 1, 30), None, START),
        (1, Unit.MONTHS, START, START, date(2030, 2, 28)),
        (1, Unit.MONTHS, date(2030, 3, 1), date(2030, 2, 28), date(2030, 3, 31)),
        (3, Unit.MONTHS, date(2030, 12, 31), date(2030, 10, 31), date(2031, 1, 31)),
        (2, Unit.WEEKS, date(2030, 2, 13), START, date(2030, 2, 14)),
        (2, Unit.WEEKS, date(2030, 2, 28), date(2030, 2, 28), date(2030, 3, 14)),
    ],
)
def test_the_run_that_is_due_and_the_next_one(every: int, unit: Unit, today: date, due: date | None, following: date) -> None:
    assert (due_run(START, every, unit, today), next_run(START, every, unit, today)) == (due, following)


def test_a_day_the_month_lacks_is_its_last() -> None:
    assert [run_on(START, 1, Unit.MONTHS, number) for number in (1, 2, 13)] == [
        date(2030, 2, 28), date(2030, 3, 31), date(2031, 2, 28),
    ]


def test_a_run_asks_its_chapter_of_its_person_and_is_made_once(project: Project, lead: Person) -> None:
    recurrence = a_recurrence(project, by=lead)
    assert actions.start_due_checklists(date(2030, 1, 30)) == []
    clock.fix(datetime(2030, 1, 31, 8, tzinfo=UTC))
    made = actions.start_due_checklists(clock.today())
    assert [(each.occasion, each.title, each.parts) for each in made] == [
        (f"R{recurrence.id}:2030-01-31", "Monthly look, 2030-01-31", ["9"])
    ]
    asked = queries.asked_of(made[0])
    assert len(asked) == made[0].total == len([key for key in asked if queries.asked_of(made[0])[key].person_id == lead.id])
    assert {each.due_on for each in asked.values()} == {date(2030, 2, 14)}
    assert actions.start_due_checklists(date(2030, 2, 27)) == []
    assert [each.occasion for each in actions.start_due_checklists(date(2030, 4, 2))] == [f"R{recurrence.id}:2030-03-31"]
    withdraw_record(RECURRENCES, project=project, row=recurrence, reason="No longer.", by=lead)
    assert actions.start_due_checklists(date(2030, 9, 1)) == []
    clock.fix(None)


def test_a_run_is_no_standing_checklist(project: Project, lead: Person) -> None:
    a_recurrence(project, by=lead, pack_id="lifecycle_gates", part="", starts_on=clock.today())
    made = actions.start_due_checklists(clock.today())
    assert (len(made), queries.gates_checklist(project.id), queries.checklists_of_project(project.id)) == (1, None, [])


@pytest.mark.parametrize(("field", "value"), [("pack_id", "nonsense"), ("part", "99"), ("person_id", 0)])
def test_what_cannot_be_asked_is_not_repeated(project: Project, lead: Person, field: str, value: Any) -> None:
    with pytest.raises(BadValue) as refusal:
        a_recurrence(project, by=lead, **{field: value})
    assert refusal.value.field == field


def test_the_command_and_the_worker_start_what_is_due(app: Flask, project: Project, lead: Person) -> None:
    a_recurrence(project, by=lead, starts_on=clock.today())
    said = app.test_cli_runner().invoke(checklists, ["due"]).output
    assert said.splitlines()[-1] == "1 checklist started."
    a_recurrence(project, by=lead, starts_on=clock.today(), part="10")
    db.session.commit()
    assert (start_due_checklists_now(), start_due_checklists_now()) == (1, 0)


def test_a_recurrence_is_set_and_its_runs_are_shown(client: Any, project: Project, lead: Person) -> None:
    client.sign_in(lead)
    assert "No checklist comes again yet" in client.get(f"{BASE}/runs").text
    sent = {
        "title": "Weekly look", "pack_id": "iso9001_2015", "part": "9", "every": "1", "unit": "weeks",
        "starts_on": clock.today().isoformat(), "person_id": str(lead.id), "days_to_answer": "7",
    }
    assert client.post(f"{BASE}/recurrences/new", {**sent, "part": "99"}).status_code == 422
    assert client.post(f"{BASE}/recurrences/new", sent).status_code == 303
    assert client.get(f"{BASE}/recurrences").status_code == client.get(f"{BASE}/recurrences/1").status_code == 200
    for path in ("recurrences/1/runs", "recurrences/1/heat-map"):
        assert "No run yet" in client.get(f"{BASE}/{path}").text
    started = client.post(f"{BASE}/recurrences/due")
    assert (started.status_code, started.location) == (303, f"{BASE}/runs")
    page = client.get(f"{BASE}/1").text
    assert ("Weekly look" in page, 'id="item-8' in page) == (True, False)
    total = db.session.get_one(Checklist, 1).total
    assert f"0 of {total}" in client.get(f"{BASE}/runs").text
    assert f"0 of {total}" in client.get(f"{BASE}/recurrences/1/runs").text
    item = queries.installed("iso9001_2015").items[0].key  # type: ignore[union-attr]
    assert client.get(f"{BASE}/1/items/{item}").status_code == 404


def test_the_heat_map_shows_the_worst_answer_and_what_satisfies(client: Any, project: Project, lead: Person) -> None:
    recurrence = a_recurrence(project, by=lead, starts_on=date(2030, 1, 7), unit="weeks")
    first, second = (actions.start_due_checklists(date(2030, 1, day))[0] for day in (7, 14))
    keys = list(queries.asked_of(first))
    for key in keys:
        an_answer(project, first, key, by=lead)
    an_answer(project, second, keys[0], by=lead, state=AnswerState.MAJOR, note="Nobody looked.")
    found = queries.heat_map(recurrence, by_clause=False)
    assert [run.date for run in found.runs] == [date(2030, 1, 7), date(2030, 1, 14)]
    assert [(row.ref, [(cell.worst.value, cell.satisfied, cell.total) for cell in row.cells if cell]) for row in found.rows] == [
        ("9", [("conform", len(keys), len(keys)), ("major", 0, len(keys))])
    ]
    by_clause = queries.heat_map(recurrence)
    assert sum(cell.total for row in by_clause.rows if (cell := row.cells[0])) == len(keys)
    client.sign_in(lead)
    page = client.get(f"{BASE}/recurrences/1/heat-map?by=chapter").text
    assert ("st-major heat-few" in page, "st-conform heat-all" in page) == (True, True)
    assert f"{BASE}/2?step=all&amp;chapter=9" in page
    text = client.get(f"{BASE}/recurrences/1/heat-map.csv?by=chapter").text.removeprefix("\ufeff")
    assert list(csv.reader(io.StringIO(text)))[1][2:] == [
        "conform", f"{len(keys)}/{len(keys)}", "major nonconformity", f"0/{len(keys)}",
    ]


def test_the_heat_map_asks_the_database_no_more_for_more_runs(
    client: Any, project: Project, lead: Person, count_queries: Counter
) -> None:
    recurrence = a_recurrence(project, by=lead, starts_on=date(2030, 1, 7), unit="weeks")
    counts = []
    for weeks in (1, 3, 14):
        for week in range(1, weeks + 1):
            actions.start_due_checklists(date.fromordinal(date(2030, 1, 7).toordinal() + 7 * (week - 1)))
        client.sign_in(lead)
        seen = []
        for path in ("runs", "recurrences/1/runs", "recurrences/1/heat-map"):
            with count_queries() as statements:
                assert client.get(f"{BASE}/{path}").status_code == 200
            seen.append(len(statements))
        counts.append(seen)
    assert counts[0] == counts[1] == counts[2]
    assert queries.heat_map(recurrence).left_out == 2
