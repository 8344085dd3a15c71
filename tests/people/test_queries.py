"""Named reads about persons: pages, search, constant numbers of queries."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.database import db
from workbench.people import queries
from workbench.people.rules import Hub, Role
from workbench.web.transactions import commit

Counter = Callable[[], AbstractContextManager[list[str]]]


@pytest.mark.parametrize("number", [1, 3])
def test_page_of_persons_takes_two_queries(app: Flask, count_queries: Counter, number: int) -> None:
    for _each in range(number):
        a_person()
    commit()
    with count_queries() as seen:
        page = queries.persons()
    assert (page.total, len(page.rows), len([each for each in seen if each.startswith("SELECT")])) == (
        number,
        number,
        2,
    )


def test_search_looks_in_name_and_address(app: Flask) -> None:
    ada = a_person(name="Ada Lovelace")
    a_person(name="Eve")
    assert [each.name for each in queries.persons(search="LOVE").rows] == ["Ada Lovelace"]
    assert [each.name for each in queries.persons(search=ada.email).rows] == ["Ada Lovelace"]


def test_persons_come_by_name_and_page(app: Flask) -> None:
    for name in ("Eve", "Ada", "Bob"):
        a_person(name=name)
    assert [each.name for each in queries.persons(page=2, per_page=2).rows] == ["Eve"]


@pytest.mark.parametrize("number", [1, 3])
def test_team_takes_one_query(app: Flask, count_queries: Counter, number: int) -> None:
    project = a_project()
    for _each in range(number):
        a_member(project, a_person())
    commit()
    db.session.expunge_all()
    with count_queries() as seen:
        names = [each.person.name for each in queries.team(project.id)]
    assert (len(names), len([each for each in seen if each.startswith("SELECT")])) == (number, 1)


def test_team_comes_by_hub_and_name(app: Flask) -> None:
    project = a_project()
    for name, hub in (("Eve", Hub.SALES), ("Bob", Hub.SALES), ("Ada", Hub.TECHNICAL), ("Zoe", Hub.ADMINISTRATION)):
        a_member(project, a_person(name=name), hub=hub)
    assert [each.person.name for each in queries.team(project.id)] == ["Zoe", "Bob", "Eve", "Ada"]


def test_rights_on_a_project_that_is_not_there(app: Flask) -> None:
    assert queries.rights_on(a_person(role=Role.ADMIN), "NO-1") is None
