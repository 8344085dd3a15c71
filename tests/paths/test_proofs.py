"""What the gates of steps 4 and 5 are told about the paths."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from tests.factories.inquiry import a_criterion
from tests.factories.paths import a_hypothesis, a_meeting, a_path
from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_limitation, a_tool
from workbench.paths import actions, proofs
from workbench.paths.models import Path
from workbench.paths.registers import HYPOTHESES, MEETINGS
from workbench.paths.rules import Purpose
from workbench.people.models import Person
from workbench.people.rules import Hub, Role
from workbench.projects.models import Project
from workbench.registers.actions import withdraw_record
from workbench.tools.actions import decide_limitation, set_capability
from workbench.tools.models import Tool
from workbench.tools.rules import Able, CapabilityKind, Decision

Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead)


@pytest.fixture
def tool(lead: Person, project: Project) -> Tool:
    return a_tool(by=lead, project=project, name="PSA")


def chosen(project: Project, tool: Tool, lead: Person) -> Path:
    """A chosen path that needs the export of a tool."""
    path = a_path(project, by=lead, needs=[f"{tool.id}:export"])
    actions.choose_path(project=project, path=path, reason="covers N-1", by=lead)
    return path


def test_paths_lacking_names_a_second_path_and_the_present_way(lead: Person, project: Project) -> None:
    assert proofs.paths_lacking(project.id) == ["a second path", "the present way, kept and improved"]
    actions.keep_present_way(project=project, by=lead)
    assert proofs.paths_lacking(project.id) == ["a second path"]
    a_path(project, by=lead)
    assert proofs.paths_lacking(project.id) == []


def test_withdrawn_path_does_not_count(lead: Person, project: Project) -> None:
    actions.withdraw_path(project=project, path=a_path(project, by=lead), reason="twice", by=lead)
    assert proofs.paths_lacking(project.id) == ["a second path"]


def test_choice_and_confirmation_are_asked_for(lead: Person, project: Project) -> None:
    path = a_path(project, by=lead)
    assert (proofs.chosen_missing(project.id), proofs.path_unconfirmed(project.id)) == (
        ["no path is chosen"], ["no path is chosen"],
    )
    actions.choose_path(project=project, path=path, reason="x", by=lead)
    assert (proofs.chosen_missing(project.id), proofs.path_unconfirmed(project.id)) == ([], ["P1"])
    actions.confirm_path(project=project, path=path, reason="x", by=lead)
    assert (proofs.chosen_missing(project.id), proofs.path_unconfirmed(project.id)) == ([], [])


def test_capability_marked_no_blocks_until_its_limitation_is_decided(lead: Person, project: Project, tool: Tool) -> None:
    chosen(project, tool, lead)
    limitation = a_limitation(project, tool, by=lead)
    assert proofs.blocked_capabilities(project.id) == []
    set_capability(
        project=project, tool=tool, kind=CapabilityKind.EXPORT, state=Able.NO, note="seen", limitation_id=limitation.id,
        by=lead,
    )
    assert proofs.blocked_capabilities(project.id) == ["PSA: export"]
    decide_limitation(project=project, limitation=limitation, decision=Decision.WAIT, reason="due in June", by=lead)
    assert proofs.blocked_capabilities(project.id) == []


def test_capability_marked_no_without_a_limitation_blocks(lead: Person, project: Project, tool: Tool) -> None:
    chosen(project, tool, lead)
    set_capability(project=project, tool=tool, kind=CapabilityKind.EXPORT, state=Able.NO, note="seen", by=lead)
    assert proofs.blocked_capabilities(project.id) == ["PSA: export"]


def test_only_the_chosen_path_is_asked(lead: Person, project: Project, tool: Tool) -> None:
    a_path(project, by=lead, needs=[f"{tool.id}:export"])
    set_capability(project=project, tool=tool, kind=CapabilityKind.EXPORT, state=Able.NO, note="seen", by=lead)
    assert (proofs.blocked_capabilities(project.id), proofs.unknown_without_hypothesis(project.id)) == ([], [])


def test_killed_path_chosen_with_a_waiver_is_in_order(lead: Person, project: Project, tool: Tool) -> None:
    path = a_path(project, by=lead)
    actions.kill_path(project=project, path=path, limitation=a_limitation(project, tool, by=lead), reason="x", by=lead)
    actions.choose_path(
        project=project, path=path, reason="x", by=lead, may_waive=True, in_spite_of="accepted", waiver="3"
    )
    assert proofs.blocked_capabilities(project.id) == []


def test_unknown_capability_asks_for_a_hypothesis(lead: Person, project: Project, tool: Tool) -> None:
    chosen(project, tool, lead)
    a_hypothesis(project, by=lead)
    assert proofs.unknown_without_hypothesis(project.id) == ["PSA: export"]
    hypothesis = a_hypothesis(project, by=lead, capability=f"{tool.id}:export")
    assert proofs.unknown_without_hypothesis(project.id) == []
    withdraw_record(HYPOTHESES, project=project, row=hypothesis, reason="x", by=lead)
    assert proofs.unknown_without_hypothesis(project.id) == ["PSA: export"]
    set_capability(project=project, tool=tool, kind=CapabilityKind.EXPORT, state=Able.YES, note="seen", by=lead)
    assert proofs.unknown_without_hypothesis(project.id) == []


def test_unscored_names_paths_that_stand(lead: Person, project: Project) -> None:
    path, rejected = a_path(project, by=lead), a_path(project, by=lead)
    actions.reject_path(project=project, path=rejected, reason="x", by=lead)
    assert proofs.unscored(project.id) == ["P0", "P1"]
    first, second = a_criterion(project, by=lead), a_criterion(project, by=lead)
    actions.score_paths(project=project, given={(path.id, first.id): (0, "")}, by=lead)
    assert proofs.unscored(project.id) == ["P0", "P1"]
    actions.score_paths(project=project, given={(path.id, second.id): (5, "")}, by=lead)
    assert proofs.unscored(project.id) == ["P0"]


def test_hubs_missing_counts_every_meeting_of_the_purpose(lead: Person, project: Project) -> None:
    assert proofs.hubs_missing_at(project.id, Purpose.DECISION) == [Hub.ADMINISTRATION, Hub.TECHNICAL, Hub.SALES]
    a_meeting(project, by=lead, hubs=["sales"])
    second = a_meeting(project, by=lead, hubs=["technical"])
    a_meeting(project, by=lead, purpose="presentation")
    assert proofs.hubs_missing_at(project.id, Purpose.DECISION) == [Hub.ADMINISTRATION]
    withdraw_record(MEETINGS, project=project, row=second, reason="x", by=lead)
    assert proofs.hubs_missing_at(project.id, Purpose.DECISION) == [Hub.ADMINISTRATION, Hub.TECHNICAL]
    assert proofs.hubs_missing_at(project.id, Purpose.PRESENTATION) == []


def test_hypotheses_missing_until_one_is_stated(lead: Person, project: Project) -> None:
    assert proofs.hypotheses_missing(project.id) == ["no hypothesis is stated"]
    a_hypothesis(project, by=lead)
    assert proofs.hypotheses_missing(project.id) == []


@pytest.mark.parametrize("rows", [1, 10])
def test_each_proof_takes_at_most_two_queries(
    lead: Person, project: Project, tool: Tool, count_queries: Counting, rows: int
) -> None:
    chosen(project, tool, lead)
    for _ in range(rows):
        a_path(project, by=lead, needs=[f"{tool.id}:export"])
        a_meeting(project, by=lead)
    number = project.id
    for proof in (
        proofs.paths_lacking, proofs.chosen_missing, proofs.blocked_capabilities, proofs.unknown_without_hypothesis,
        proofs.unscored, proofs.hypotheses_missing, proofs.path_unconfirmed,
    ):
        with count_queries() as seen:
            proof(number)
        assert len(seen) <= 2, proof.__name__
