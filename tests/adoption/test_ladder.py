"""The ladder per role and person."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.factories.adoption import MONDAY, a_climber
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.adoption import actions, queries
from workbench.adoption.rules import Level
from workbench.database import db
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.practices.models import Competence
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.trail.queries import history
from workbench.web.refusals import BadValue, NotThere

PAGE = "/projects/INV-1/adoption/ladder"


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def seen(project: Project, user_id: int, *, by: Person, level: Level = Level.USING, on: date = MONDAY) -> None:
    actions.observe(project=project, user_id=user_id, level=level, seen_on=on, note="three invoices", by=by)


def test_ladder_counts_the_rungs_of_each_role(lead: Person, project: Project) -> None:
    first, second = a_climber(project, by=lead), a_climber(project, by=lead, name="Marc")
    a_climber(project, by=lead, role="seller", name="Ana")
    skill = Competence(
        project_id=project.id, code="CO-1", user_id=first.id, skill="invoice", level="alone", assessed_on=MONDAY
    )
    db.session.add(skill)
    record("competence_added", skill, by=lead, project=project.key)
    for day in (MONDAY, MONDAY + timedelta(days=3)):
        seen(project, first.id, by=lead, on=day)
    seen(project, second.id, by=lead, level=Level.HABIT)
    found = queries.ladder(project.id)
    assert [(each.role, each.users, each.counts[Level.TRAINED], each.counts[Level.USING]) for each in found.roles] == [
        ("billing clerk", 2, 1, 1), ("seller", 1, 0, 0),
    ]
    people = {each.name: each for _role, each in found.people}
    assert {name: each.level for name, each in people.items()} == {
        "Hélène": Level.USING, "Marc": Level.HABIT, "Ana": None,
    }
    assert people["Hélène"].seen == {Level.USING: MONDAY + timedelta(days=3)}


def test_member_of_the_team_is_called_by_their_name(lead: Person, project: Project) -> None:
    clerk = a_person(name="Claire")
    row = a_climber(project, by=lead, person=clerk)
    assert (queries.ladder(project.id).people[0][1].name, queries.user_name(row)) == ("Claire", "Claire")


def test_observation_is_made_by_somebody_else_of_what_can_be_seen(lead: Person, project: Project) -> None:
    clerk = a_person()
    user = a_climber(project, by=lead, person=clerk)
    with pytest.raises(BadValue, match="nobody observes themselves"):
        seen(project, user.id, by=clerk)
    with pytest.raises(BadValue, match="Only “using” and “habit”"):
        seen(project, user.id, by=lead, level=Level.TRAINED)
    with pytest.raises(BadValue, match="still to come"):
        seen(project, user.id, by=lead, on=clock.today() + timedelta(days=1))
    with pytest.raises(NotThere):
        seen(project, 99, by=lead)
    seen(project, user.id, by=lead)
    (event,) = history("ladder_observation", 1)
    assert (event.act, event.new["user"], event.new["level"]) == ("user_observed", "U-1", "using")


def test_observation_is_noted_on_the_page(client: Any, lead: Person, project: Project) -> None:
    user = a_climber(project, by=lead)
    client.sign_in(lead)
    typed = {"level": "using", "seen_on": "2025-01-06", "note": "made an invoice alone"}
    answer = client.post(f"{PAGE}/{user.id}/observe", typed)
    page = client.get(PAGE).text
    assert (answer.status_code, "6 Jan 2025" in page, "1 of 1" in page) == (303, True, True)


def test_guest_sees_counts_and_no_name(client: Any, lead: Person, project: Project) -> None:
    a_climber(project, by=lead)
    guest = a_person(role=Role.GUEST)
    a_member(project, guest, role=Role.GUEST)
    page = client.sign_in(guest).get(PAGE).text
    assert ("billing clerk" in page, "Hélène" in page) == (True, False)


def test_empty_ladder_says_where_users_are_named(client: Any, lead: Person, project: Project) -> None:
    assert "No user named yet" in client.sign_in(lead).get(PAGE).text


@pytest.mark.parametrize("number", [1, 10, 100])
def test_ladder_takes_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Any, number: int
) -> None:
    for at in range(number):
        seen(project, a_climber(project, by=lead, role=f"role {at % 5}").id, by=lead)
    client.sign_in(lead)
    with count_queries() as queries_seen:
        client.get(PAGE)
    assert len([each for each in queries_seen if each.startswith("SELECT")]) == 5  # person, rights, users, rungs, seen
