"""A hand-over gives nobody a right for nothing, and nothing to those who could not do it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.audits import an_audit, an_audit_member
from tests.factories.checklists import a_checklist, a_recurrence
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.projects import a_project
from tests.factories.risks import a_risk
from workbench import clock
from workbench.checklists.actions import assign_items
from workbench.database import db
from workbench.oversight.actions.handover import hand_over
from workbench.oversight.queries.holdings import held_by
from workbench.people.models import Membership, Person
from workbench.people.rules import Function, Role
from workbench.trail.queries import verify
from workbench.web.transactions import commit


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD, name="Lea Lead", password=PASSWORD)


def given(leaver: Person, to: Person, by: Person, kind: str = "") -> list[str]:
    """Everything of a kind the leaver holds, given to somebody: why it stays."""
    picks = {each.pick: to for each in held_by(leaver.id) if kind in ("", each.holding.key)}
    return [str(each["reason"]) for each in hand_over(person=leaver, picks=picks, reason="left", by=by).left]


def teams_of(person: Person) -> list[int]:
    return list(db.session.scalars(select(Membership.project_id).where(Membership.person_id == person.id)))


def test_receiver_who_gets_nothing_joins_no_team(any_app: Flask, home: Path) -> None:
    lead = a_person(role=Role.QUALITY_LEAD, name="Lea Lead", password=PASSWORD)
    project, claire, admin = a_project(by=lead), a_person(), a_person(role=Role.ADMIN)
    a_member(project, claire)
    a_risk(project, by=lead, owner_id=claire.id)
    assert (given(claire, admin, lead), teams_of(admin)) == (["no_right"], [])
    commit()
    assert verify(home / "keys").faults == ()


def test_internal_auditors_place_brings_nobody_onto_the_team(app: Flask, lead: Person) -> None:
    project, claire, heir = a_project(by=lead), a_person(), a_person(name="Hanna")
    a_member(project, claire, functions=[Function.INTERNAL_AUDITOR])
    an_audit_member(project, an_audit(project, by=lead), claire, by=lead)
    assert (given(claire, heir, lead, "audits"), teams_of(heir)) == (["no_right"], [])


def test_auditor_of_a_project_does_not_join_its_team(app: Flask, lead: Person) -> None:
    project, claire, auditor = a_project(by=lead), a_person(), a_person(role=Role.AUDITOR)
    a_member(project, claire)
    a_risk(project, by=lead, owner_id=claire.id)
    an_audit_member(project, an_audit(project, by=lead), auditor, by=lead)
    assert (given(claire, auditor, lead), teams_of(auditor)) == (["audits_it"], [])


def test_questions_go_to_those_who_may_answer_them(app: Flask, lead: Person) -> None:
    project, claire, auditor = a_project(by=lead), a_person(), a_person(role=Role.AUDITOR)
    a_member(project, claire)
    checklist = a_checklist(project, by=lead)
    assign_items(
        project=project, checklist=checklist, item_keys=["G1-01"], person=claire, due_on=clock.today(), by=lead
    )
    assert (given(claire, auditor, lead, "items"), teams_of(auditor)) == (["no_right"], [])


def test_recurring_checklist_goes_to_somebody_on_the_team(app: Flask, lead: Person) -> None:
    project, claire = a_project(by=lead), a_person()
    heir = a_person(role=Role.QUALITY_LEAD, name="Hanna")
    a_member(project, claire)
    a_recurrence(project, by=lead, answered_by=claire)
    assert (given(claire, heir, lead), teams_of(heir)) == ([], [project.id])
