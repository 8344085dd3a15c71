"""The project list shows what a person may see, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.people.rules import Function, Role
from workbench.projects import queries
from workbench.web.transactions import commit

Counter = Callable[[], AbstractContextManager[list[str]]]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.QUALITY_LEAD, Role.AUDITOR])
def test_three_roles_see_every_project(app: Flask, role: Role) -> None:
    one, two = a_project(), a_project()
    assert [each.key for each in queries.visible(a_person(role=role)).rows] == [two.key, one.key]


@pytest.mark.parametrize("role", [Role.PROJECT_MANAGER, Role.CONTRIBUTOR, Role.GUEST])
def test_others_see_the_projects_they_are_on(app: Flask, role: Role) -> None:
    one, _two, person = a_project(), a_project(), a_person(role=role)
    a_member(one, person)
    assert [each.key for each in queries.visible(person).rows] == [one.key]


def test_list_is_searched_in_key_and_name_and_by_state(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    a_project(key="INV-1", name="Invoices")
    a_project(key="CRM-1", name="Customers").state = "stopped"
    assert [each.key for each in queries.visible(lead, search="inv-").rows] == ["INV-1"]
    assert [each.key for each in queries.visible(lead, search="CUST").rows] == ["CRM-1"]
    assert [each.key for each in queries.visible(lead, state="stopped").rows] == ["CRM-1"]


def test_next_code_is_never_given_twice(app: Flask) -> None:
    project = a_project()
    assert queries.next_code("need", project.id, "N-") == "N-1"
    assert queries.next_code("need", project.id, "N-", digits=2) == "N-01"


def test_holders_name_who_has_which_function(app: Flask) -> None:
    project = a_project()
    a_member(project, a_person(name="Eve"), functions=[Function.SPONSOR, Function.PROCESS_OWNER])
    a_member(project, a_person(name="Ada"), functions=[Function.SPONSOR])
    commit()
    assert queries.holders(project.id) == {Function.SPONSOR: ["Ada", "Eve"], Function.PROCESS_OWNER: ["Eve"]}


def test_participant_of_another_project_is_not_there(app: Flask) -> None:
    assert queries.participant(a_project().id, 1) is None
