"""What the conditions of gates compare with, and who sets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import Inspector
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.projects import actions, queries
from workbench.projects.models import Project
from workbench.projects.rules import BOUNDS, THRESHOLDS, Layer
from workbench.trail.queries import history, verify
from workbench.web.refusals import BadValue

PAGE = "/projects/INV-1/thresholds"


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def typed(**values: int) -> dict[str, str]:
    return {name: str(value) for name, value in {**THRESHOLDS, **values}.items()}


def test_usual_values_hold_until_set(project: Project, lead: Person, home: Path) -> None:
    assert queries.thresholds(project.id) == THRESHOLDS
    for value in (3, 3, 4):
        actions.set_threshold(project=project, name="quorum", value=value, by=lead)
    assert queries.thresholds(project.id) == {**THRESHOLDS, "quorum": 4}
    row = queries.threshold(project.id, "quorum")
    assert row is not None
    assert [(each.old, each.new) for each in history("threshold", row.id)] == [
        ({"quorum": 2}, {"quorum": 3}), ({"quorum": 3}, {"quorum": 4}),
    ]
    assert verify(home / "keys").faults == ()


def test_every_threshold_has_its_bounds_and_its_usual_value_lies_within() -> None:
    assert {name: least <= THRESHOLDS[name] <= most for name, (least, most) in BOUNDS.items()} == dict.fromkeys(THRESHOLDS, True)


@pytest.mark.parametrize(("name", "value"), [("reading_share", 101), ("quorum", 0), ("speed", 1)])
def test_value_out_of_bounds_is_refused(project: Project, lead: Person, name: str, value: int) -> None:
    with pytest.raises(BadValue):
        actions.set_threshold(project=project, name=name, value=value, by=lead)


def test_thresholds_are_set_on_the_page(client: Inspector, project: Project, lead: Person) -> None:
    client.sign_in(lead)
    refused = client.post(PAGE, typed(habit_weeks=9))
    done = client.post(PAGE, typed(reading_share=90, habit_weeks=4))
    assert (refused.status_code, 'id="habit_weeks-error"' in refused.text, done.status_code) == (422, True, 303)
    assert queries.thresholds(project.id) == {**THRESHOLDS, "reading_share": 90, "habit_weeks": 4}


def test_manager_reads_thresholds_and_sets_none(client: Inspector, project: Project) -> None:
    manager = a_person(role=Role.PROJECT_MANAGER)
    a_member(project, manager, role=Role.PROJECT_MANAGER)
    client.sign_in(manager)
    page = client.get(PAGE)
    assert (page.status_code, 'name="quorum"' in page.text, client.post(PAGE, typed(quorum=1)).status_code) == (200, False, 403)
    assert queries.thresholds(project.id) == THRESHOLDS


def test_manager_with_the_function_of_quality_lead_sets_them(client: Inspector, project: Project) -> None:
    manager = a_person(role=Role.PROJECT_MANAGER)
    a_member(project, manager, role=Role.PROJECT_MANAGER, functions=[Function.QUALITY_LEAD])
    answer = client.sign_in(manager).post(PAGE, typed(quorum=3))
    assert (answer.status_code, queries.thresholds(project.id)["quorum"]) == (303, 3)


def test_confidential_participant_is_offered_by_number(project: Project, lead: Person, home: Path) -> None:
    for name, hidden in (("Reseller D", False), ("Mr Secret", True)):
        actions.name_participant(
            project=project, name=name, organisation="", layer=Layer.RESELLER, expects="", is_confidential=hidden, by=lead
        )
    found = queries.choices_of_participants(project.id)
    assert sorted(label for _number, label in found) == ["#2 (reseller)", "Reseller D"]
    assert verify(home / "keys").faults == ()
