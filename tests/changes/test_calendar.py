"""The calendar of changes over every project that a person may see."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from tests.factories.changes import a_request_for_change
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_tool
from workbench.changes import actions, queries
from workbench.changes.models import RequestForChange
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project

Counting = Callable[[], AbstractContextManager[list[str]]]
PAGE = "/changes/calendar?month=2030-05"


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def on(project: Project, lead: Person, day: int, start: int, end: int, *tools: int, title: str = "Bill") -> RequestForChange:
    window = {
        "window_start": datetime(2030, 5, day, start, tzinfo=UTC), "window_end": datetime(2030, 5, day, end, tzinfo=UTC)
    }
    return a_request_for_change(project, by=lead, title=title, tool_ids=list(tools), **window)


def test_overlapping_windows_on_the_same_tool_are_named(client: Any, lead: Person, project: Project) -> None:
    psa, portal = a_tool(by=lead, name="PSA"), a_tool(by=lead, name="Portal")
    other = a_project(by=lead, key="CRM-1")
    on(project, lead, 6, 18, 20, psa.id, portal.id)
    on(other, lead, 6, 19, 21, psa.id)
    on(other, lead, 7, 18, 20, psa.id)
    page = client.sign_in(lead).get(PAGE).text
    assert ("CRM-1 RFC-1, on PSA" in page, "INV-1 RFC-1, on PSA" in page) == (True, True)
    assert "2 changes lie in the same hours" in page


def test_only_projects_that_the_person_sees_are_shown(client: Any, lead: Person, project: Project) -> None:
    hidden, psa, member = a_project(by=lead, key="CRM-1"), a_tool(by=lead, name="PSA"), a_person()
    a_member(project, member)
    on(project, lead, 6, 18, 20, psa.id)
    on(hidden, lead, 6, 18, 20, psa.id, title="Hidden change")
    page = client.sign_in(member).get(PAGE).text
    assert ("INV-1 RFC-1" in page, "CRM-1" in page, "Hidden change" in page) == (True, False, False)
    exported = client.get("/changes/calendar.csv?month=2030-05").get_data(as_text=True)
    assert ("INV-1" in exported, "CRM-1" in exported) == (True, False)


def test_calendar_filters_and_sorts(app: Flask, lead: Person, project: Project) -> None:
    other = a_project(by=lead, key="CRM-1")
    late, early = on(project, lead, 8, 18, 20), on(other, lead, 6, 18, 20)
    gone = on(project, lead, 7, 18, 20)
    actions.withdraw_request(project=project, request_for_change=gone, reason="no", by=lead)

    def shown(month: int = 5, **asked: str) -> list[int]:
        return [each.row.id for each in queries.calendar(lead, date(2030, month, 1), **asked)]

    assert (shown(), shown(sort="-start"), shown(sort="code")) == ([early.id, late.id], [late.id, early.id], [early.id, late.id])
    assert (shown(key="INV-1"), shown(state="submitted"), shown(4), shown(6)) == ([late.id], [], [], [])


def test_export_holds_what_is_shown(client: Any, lead: Person, project: Project) -> None:
    psa = a_tool(by=lead, name="PSA")
    on(project, lead, 6, 18, 20, psa.id, title="=1+1")
    on(project, lead, 6, 19, 21, psa.id)
    answer = client.sign_in(lead).get("/changes/calendar.csv?month=2030-05")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert rows[0] == ["Project", "Request", "Title", "State", "Planned start (UTC)", "Planned end (UTC)", "Tools", "Overlaps"]
    assert rows[1] == [
        "INV-1", "RFC-1", "'=1+1", "draft", "6 May 2030 18:00 UTC", "6 May 2030 20:00 UTC", "PSA", "INV-1 RFC-2, on PSA",
    ]


def test_month_without_a_change_and_a_wrong_month(client: Any, lead: Person, project: Project) -> None:
    pages = [client.sign_in(lead).get(f"/changes/calendar?month={each}") for each in ("2031-01", "x", "2031-13")]
    assert [each.status_code for each in pages] == [200, 200, 200]
    assert "No change in this month" in pages[0].text


@pytest.mark.parametrize("number", [1, 10, 100])
def test_calendar_takes_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, number: int
) -> None:
    psa = a_tool(by=lead, name="PSA").id
    for _ in range(number):
        on(project, lead, 6, 18, 20, psa)
    client.sign_in(lead)
    with count_queries() as seen:
        client.get(PAGE)
    assert len([each for each in seen if each.startswith("SELECT")]) == 3  # person, windows, tools


@pytest.mark.parametrize("month", ["0000-01", "0001-01", "1899-12", "9999-12"])
def test_month_beyond_the_calendar_shows_the_present_one(client: Any, lead: Person, project: Project, month: str) -> None:
    client.sign_in(lead)
    pages = [client.get(f"/changes/calendar{end}?month={month}") for end in ("", ".csv")]
    assert [each.status_code for each in pages] == [200, 200]
