"""Reads about tools: what is found, in which order, and with how many queries."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from flask import Flask

from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_limitation, a_tool
from workbench.database import db
from workbench.people.rules import Role
from workbench.tools import actions, queries
from workbench.tools.rules import ConnectionKind, Standing

Counting = Callable[[], AbstractContextManager[list[str]]]


def test_register_is_filtered_by_text_and_standing(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    a_tool(by=lead, name="Portal", vendor="Northwind")
    a_tool(by=lead, name="deskline", standing=Standing.TRIAL, trial_ends_on=date(2026, 1, 1))
    assert [each.name for each in queries.register().rows] == ["deskline", "Portal"]
    assert [each.name for each in queries.register(search="NORTH").rows] == ["Portal"]
    assert [each.name for each in queries.register(standing="trial").rows] == ["deskline"]
    assert (queries.register(per_page=1, page=2).rows[0].name, queries.register(per_page=1).total) == ("Portal", 2)


@pytest.mark.parametrize("rows", [1, 3])
def test_register_takes_two_queries(app: Flask, count_queries: Counting, save: Callable[[], None], rows: int) -> None:
    for _ in range(rows):
        a_tool()
    save()
    db.session.expunge_all()
    with count_queries() as seen:
        assert [each.owner is not None for each in queries.register().rows] == [True] * rows
    assert len([each for each in seen if each.startswith("SELECT")]) == 2


def test_incomplete_tools_say_what_is_missing(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    a_tool(by=lead, name="whole", project=project)
    a_tool(by=lead, name="bare", project=project, owner_id=None, layer=None, sensitivity=None)
    a_tool(by=lead, name="half", project=project, sensitivity=None)
    a_tool(by=lead, name="elsewhere", owner_id=None)
    found = [(tool.name, missing) for tool, missing in queries.incomplete_tools(project.id)]
    assert found == [("bare", ("owner", "layer", "sensitivity")), ("half", ("sensitivity",))]


def test_connections_among_leave_out_those_that_leave_the_set(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    one, two, three = (a_tool(by=lead) for _ in range(3))
    inside = actions.connect_tools(source=one, target=two, kind=ConnectionKind.API, by=lead)
    actions.connect_tools(source=two, target=three, kind=ConnectionKind.HAND, by=lead)
    assert [each.id for each in queries.connections_among([one.id, two.id])] == [inside.id]
    assert queries.connections_among([]) == []


def test_trials_ending_come_soonest_first(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    for name, day in (("late", 20), ("soon", 5), ("after", 30)):
        a_tool(by=lead, name=name, standing=Standing.TRIAL, trial_ends_on=date(2026, 1, day))
    assert [each.name for each in queries.trials_ending(date(2026, 1, 30))] == ["soon", "late"]


def test_limitations_come_with_their_tool_in_order(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    tool = a_tool(by=lead, name="Portal", project=project)
    for _ in range(2):
        a_limitation(project, tool, by=lead)
    found = [(each.code, each.tool.name) for each in queries.limitations_of_project(project.id)]
    assert found == [("L-01", "Portal"), ("L-02", "Portal")]
    assert queries.limitation(project.id + 1, 1) is None
