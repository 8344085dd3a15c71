"""Accepting what remains of a risk, and what the gates ask about it."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.risks import a_risk
from workbench import clock
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.projects.models import Project
from workbench.registers.actions import change_record, withdraw_record
from workbench.risks import actions, proofs
from workbench.risks.registers import RISKS
from workbench.risks.rules import Acceptance
from workbench.trail.queries import history, verify
from workbench.web.refusals import BadValue, Refused

F = Function


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead)


def holding(project: Project, *functions: Function, role: Role = Role.CONTRIBUTOR) -> Person:
    """A member of the team with these functions."""
    person = a_person(role=role)
    a_member(project, person, functions=functions)
    return person


@pytest.mark.parametrize(
    ("likelihood", "impact", "allowed"),
    [
        (1, 1, {F.PROCESS_OWNER, F.PROJECT_MANAGER, F.SPONSOR}),
        (3, 3, {F.PROJECT_MANAGER, F.SPONSOR}),
        (3, 4, {F.SPONSOR}),
        (5, 5, {F.SPONSOR}),
    ],
)
def test_level_says_whose_function_accepts(
    project: Project, lead: Person, likelihood: int, impact: int, allowed: set[Function]
) -> None:
    until, found = clock.today() + timedelta(days=30), set()
    for function in Function:
        risk = a_risk(project, by=lead, likelihood=likelihood, impact=impact)
        with contextlib.suppress(Refused):
            actions.accept_risk(project=project, risk=risk, reason="fine", until=until, by=holding(project, function))
            found.add(function)
    assert found == allowed


def test_nobody_accepts_without_a_function_nor_an_admin_with_one(project: Project, lead: Person) -> None:
    risk = a_risk(project, by=lead)
    for person in (lead, holding(project), holding(project, F.SPONSOR, role=Role.ADMIN)):
        with pytest.raises(Refused):
            actions.accept_risk(project=project, risk=risk, reason="fine", by=person)
    assert risk.acceptance is Acceptance.NONE


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"reason": " "}, "reason"), ({}, "until"), ({"until": date(2020, 1, 1)}, "until")],
)
def test_critical_risk_needs_a_reason_and_a_day_to_come(
    project: Project, lead: Person, facts: dict[str, Any], field: str
) -> None:
    risk, sponsor = a_risk(project, by=lead, likelihood=5, impact=5), holding(project, F.SPONSOR)
    with pytest.raises(BadValue) as refusal:
        actions.accept_risk(project=project, risk=risk, by=sponsor, **{"reason": "fine", **facts})
    assert refusal.value.field == field


def test_acceptance_keeps_the_rating_and_a_later_change_shows(project: Project, lead: Person, home: Path) -> None:
    risk, sponsor = a_risk(project, by=lead, likelihood=4, impact=4, residual_likelihood=3), holding(project, F.SPONSOR)
    made = actions.accept_risk(project=project, risk=risk, reason="insured", by=sponsor)
    assert (made.likelihood, made.impact, made.score, made.level, made.function) == (3, 4, 12, "high", "sponsor")
    assert risk.acceptance is Acceptance.ACCEPTED
    event = history("risk", risk.id)[-1]
    assert (event.act, event.reason, event.new["score"]) == ("risk_accepted", "insured", 12)
    change_record(RISKS, project=project, row=risk, facts={"measures": "a second reader"}, by=lead)
    assert (risk.acceptance, proofs.risks_unaccepted(project.id)) == (Acceptance.CHANGED, [])
    change_record(RISKS, project=project, row=risk, facts={"residual_likelihood": 4}, by=lead)
    assert proofs.risks_unaccepted(project.id) == ["R-1"]
    assert (made.score, verify(home / "keys").faults) == (12, ())


def test_acceptance_ends_on_its_day(project: Project, lead: Person) -> None:
    risk, sponsor = a_risk(project, by=lead, likelihood=5, impact=5), holding(project, F.SPONSOR)
    actions.accept_risk(project=project, risk=risk, reason="until spring", until=clock.today(), by=sponsor)
    held = (risk.acceptance, proofs.risks_unaccepted(project.id))
    clock.fix(clock.now() + timedelta(days=1))
    over = (risk.acceptance, proofs.risks_unaccepted(project.id))
    clock.fix(None)
    assert (held, over) == ((Acceptance.ACCEPTED, []), (Acceptance.OVER, ["R-1"]))


def test_gate_asks_for_heavy_risks_that_stand_only(project: Project, lead: Person) -> None:
    a_risk(project, by=lead, likelihood=3, impact=3)
    a_risk(project, by=lead, likelihood=5, impact=5, residual_likelihood=1, residual_impact=2)
    a_risk(project, by=lead, likelihood=1, impact=5, owner_id=lead.id)
    gone = a_risk(project, by=lead, likelihood=5, impact=5)
    withdraw_record(RISKS, project=project, row=gone, reason="twice", by=lead)
    assert proofs.risks_unaccepted(project.id) == ["R-3"]
    with pytest.raises(Refused, match="R-4 is withdrawn"):
        actions.accept_risk(project=project, risk=gone, reason="fine", by=holding(project, F.SPONSOR))


def test_value_off_the_scale_is_refused(project: Project, lead: Person) -> None:
    for facts, field in (({"likelihood": 6}, "likelihood"), ({"residual_impact": 0}, "residual_impact")):
        with pytest.raises(BadValue) as refusal:
            a_risk(project, by=lead, **facts)
        assert refusal.value.field == field
