"""Opening and describing a project, and naming the parties around it."""

from __future__ import annotations

import pytest

from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench.people.queries import rights_on, team
from workbench.people.rules import Function, Permission, Role
from workbench.projects import actions, queries
from workbench.projects.rules import Confidentiality, Layer
from workbench.trail.queries import events_of_project, history
from workbench.web.refusals import BadValue

pytestmark = pytest.mark.usefixtures("app")


def test_project_opened_stands_at_step_one() -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = actions.open_project(key=" inv-7 ", name="Invoices", by=lead)
    assert (project.key, project.state, project.current_step, project.steps_passed) == ("INV-7", "open", 1, 0)
    (event,) = events_of_project("INV-7")[0]
    new = {"key": "INV-7", "name": "Invoices", "kind": "integration"}
    assert (event.act, event.name, event.new) == ("project_opened", lead.name, new)


def test_project_opened_by_a_project_manager_has_them_on_the_team() -> None:
    manager = a_person(role=Role.PROJECT_MANAGER)
    project = a_project(by=manager)
    (member,) = team(project.id)
    assert (member.person_id, member.role, member.held) == (
        manager.id,
        Role.PROJECT_MANAGER,
        {Function.PROJECT_MANAGER},
    )
    assert rights_on(manager, project.key).may(Permission.PROJECT_MANAGE)


def test_project_opened_by_a_quality_lead_has_no_team_yet() -> None:
    assert team(a_project().id) == []


@pytest.mark.parametrize("key", ["", "INV", "INV-", "1NV-1", "IN V-1", "INV-1234567", "INV-1/../x", "ABCDEFGHIJK-1"])
def test_key_has_its_form(key: str) -> None:
    with pytest.raises(BadValue) as refusal:
        a_project(key=key or " ")
    assert refusal.value.field == "key"


def test_taken_key_is_refused_with_the_next_free_one() -> None:
    a_project(key="INV-1")
    a_project(key="INV-2")
    with pytest.raises(BadValue, match="the next free one is INV-3"):
        a_project(key="INV-1")


def test_description_keeps_what_was_before() -> None:
    project, lead = a_project(name="Old"), a_person(role=Role.QUALITY_LEAD)
    facts = {"purpose": "p", "scope": "s", "out_of_scope": "o", "confidentiality": Confidentiality.PUBLIC}
    actions.describe_project(project=project, name="New", by=lead, **facts)
    event = history("project", project.id)[-1]
    assert (event.act, event.old["name"], event.new["name"], project.version) == ("project_described", "Old", "New", 2)


def test_confidential_participant_is_not_named_in_the_trail() -> None:
    project, lead = a_project(), a_person(role=Role.QUALITY_LEAD)
    party = actions.name_participant(
        project=project,
        name="Ms Secret",
        organisation="D",
        layer=Layer.RESELLER,
        expects="",
        is_confidential=True,
        by=lead,
    )
    assert [each.name for each in queries.participants(project.id)] == ["Ms Secret"]
    assert history("participant", party.id)[0].new == {"name": "", "layer": "reseller", "organisation": ""}
