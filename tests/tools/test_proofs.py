"""What the gates find lacking about a project's tools."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_customisation, a_limitation, a_promise, a_tool
from workbench import clock
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.registers.actions import withdraw_record
from workbench.tools import actions, proofs
from workbench.tools.models import Tool
from workbench.tools.registers import PROMISES
from workbench.tools.rules import Decision, PromiseState, RetestResult

Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead)


@pytest.fixture
def tool(lead: Person, project: Project) -> Tool:
    return a_tool(by=lead, project=project, edition="8")


def test_promise_without_date_or_owner_is_named(lead: Person, project: Project, tool: Tool) -> None:
    a_promise(project, tool, by=lead)
    a_promise(project, tool, by=lead, owner_id=lead.id)
    a_promise(project, tool, by=lead, owner_id=lead.id, due_on=clock.today())
    a_promise(project, tool, by=lead, owner_id=lead.id, due_on=clock.today(), next_chase_on=clock.today())
    assert proofs.promises_unowned(project.id) == ["V-1", "V-2"]
    assert proofs.follow_ups_missing(project.id) == ["V-1", "V-2", "V-3"]


def test_settled_or_withdrawn_promise_lacks_nothing(lead: Person, project: Project, tool: Tool) -> None:
    kept, gone = a_promise(project, tool, by=lead), a_promise(project, tool, by=lead)
    actions.settle_promise(project=project, promise=kept, state=PromiseState.BROKEN, outcome="dropped", by=lead)
    withdraw_record(PROMISES, project=project, row=gone, reason="twice", by=lead)
    assert (proofs.promises_unowned(project.id), proofs.follow_ups_missing(project.id)) == ([], [])


def test_limitation_is_undecided_until_decided(lead: Person, project: Project, tool: Tool) -> None:
    assert proofs.limitations_missing(project.id) == ["no limitation recorded"]
    first, _second = a_limitation(project, tool, by=lead), a_limitation(project, tool, by=lead)
    assert proofs.limitations_missing(project.id) == []
    assert proofs.limitations_undecided(project.id) == ["L-01", "L-02"]
    actions.decide_limitation(project=project, limitation=first, decision=Decision.WAIT, reason="soon", by=lead)
    assert proofs.limitations_undecided(project.id) == ["L-02"]


def test_customisation_is_due_until_it_works_with_the_version_at_hand(lead: Person, project: Project, tool: Tool) -> None:
    row = a_customisation(project, tool, by=lead)
    seen = [proofs.customisations_due(project.id)]
    for version, result in (("8", RetestResult.FAILS), ("8", RetestResult.WORKS), ("7", RetestResult.WORKS)):
        actions.retest_customisation(
            project=project, customisation=row, version_tested=version, tested_on=clock.today(), result=result,
            note="tried", by=lead,
        )
        seen.append(proofs.customisations_due(project.id))
    assert seen == [["X-1"], ["X-1"], [], ["X-1"]]


@pytest.mark.parametrize("number", [1, 10])
def test_proofs_take_one_query_each(
    lead: Person, project: Project, tool: Tool, count_queries: Counting, number: int
) -> None:
    for _each in range(number):
        for make in (a_promise, a_limitation, a_customisation):
            make(project, tool, by=lead)
    number_of_project = project.id
    with count_queries() as seen:
        for proof in (
            proofs.promises_unowned, proofs.follow_ups_missing, proofs.limitations_undecided,
            proofs.limitations_missing, proofs.customisations_due,
        ):
            proof(number_of_project)
    assert len([each for each in seen if each.startswith("SELECT")]) == 5
