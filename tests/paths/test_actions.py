"""Describing, choosing, rejecting, killing, confirming and scoring ways forward."""

from __future__ import annotations

from pathlib import Path as File

import pytest
from flask import Flask

from tests.factories.inquiry import a_criterion
from tests.factories.paths import a_path
from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_limitation, a_tool
from workbench.flow import TransitionRefused
from workbench.paths import actions, queries
from workbench.paths.rules import FLOW, PathState
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trail.queries import history, verify
from workbench.web.refusals import BadValue, Refused


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead)


def test_flow_of_a_path() -> None:
    assert [(each.verb, each.source.value, each.target.value) for each in FLOW.transitions] == [
        ("change", "open", "open"), ("change", "chosen", "chosen"), ("choose", "open", "chosen"),
        ("choose", "killed", "chosen"), ("confirm", "chosen", "confirmed"), ("reject", "open", "rejected"),
        ("reject", "chosen", "rejected"), ("reject", "confirmed", "rejected"), ("kill", "open", "killed"),
        ("kill", "chosen", "killed"), ("kill", "confirmed", "killed"), ("reopen", "chosen", "open"),
        ("reopen", "confirmed", "open"), ("reopen", "rejected", "open"), ("reopen", "killed", "open"),
        ("withdraw", "open", "withdrawn"), ("put_back", "withdrawn", "open"),
    ]


def test_first_path_brings_the_present_way_with_it(lead: Person, project: Project) -> None:
    rows = [a_path(project, by=lead) for _ in range(2)]
    assert [(each.code, each.state, bool(each.keeps_present)) for each in queries.paths(project.id)] == [
        ("P0", "open", True), ("P1", "open", False), ("P2", "open", False),
    ]
    assert [history("path", each.id)[0].act for each in queries.paths(project.id)] == ["path_described"] * 3
    assert rows[0].code == "P1"


def test_present_way_is_put_among_the_paths_once(lead: Person, project: Project) -> None:
    actions.keep_present_way(project=project, by=lead)
    a_path(project, by=lead)
    with pytest.raises(Refused):
        actions.keep_present_way(project=project, by=lead)
    assert [each.code for each in queries.paths(project.id)] == ["P0", "P1"]


@pytest.mark.parametrize("act", [actions.reject_path, actions.withdraw_path])
def test_present_way_always_stands(lead: Person, project: Project, act: object) -> None:
    present = actions.keep_present_way(project=project, by=lead)
    with pytest.raises(Refused):
        act(project=project, path=present, reason="too slow", by=lead)  # type: ignore[operator]
    limitation = a_limitation(project, a_tool(by=lead, project=project), by=lead)
    with pytest.raises(Refused):
        actions.kill_path(project=project, path=present, limitation=limitation, reason="x", by=lead)
    assert (present.state, present.killed_by_id) == ("open", None)


def test_choose_path_keeps_the_reason(lead: Person, project: Project) -> None:
    path = a_path(project, by=lead)
    actions.choose_path(project=project, path=path, reason=" covers N-1 ", by=lead)
    event = history("path", path.id)[-1]
    assert (path.state, path.reason) == ("chosen", "covers N-1")
    assert (event.act, event.reason, event.old, event.new) == (
        "path_chosen", "covers N-1", {"state": "open"}, {"code": "P1", "state": "chosen"},
    )


def test_one_path_is_chosen_at_a_time(lead: Person, project: Project) -> None:
    first, second = a_path(project, by=lead), a_path(project, by=lead)
    actions.choose_path(project=project, path=first, reason="covers N-1", by=lead)
    with pytest.raises(Refused):
        actions.choose_path(project=project, path=second, reason="cheaper", by=lead)
    actions.reopen_path(project=project, path=first, reason="the trial refuted H-1", by=lead)
    actions.choose_path(project=project, path=second, reason="cheaper", by=lead)
    assert (first.state, second.state, queries.chosen(project.id)) == ("open", "chosen", second)


def test_reject_path_needs_a_reason(lead: Person, project: Project) -> None:
    path = a_path(project, by=lead)
    with pytest.raises(BadValue) as refusal:
        actions.reject_path(project=project, path=path, reason="", by=lead)
    assert (refusal.value.field, path.state) == ("reason", "open")


def test_rejected_path_cannot_be_chosen_or_changed(lead: Person, project: Project) -> None:
    path = a_path(project, by=lead)
    actions.reject_path(project=project, path=path, reason="L-01", by=lead)
    with pytest.raises(TransitionRefused):
        actions.choose_path(project=project, path=path, reason="anyway", by=lead)
    with pytest.raises(TransitionRefused):
        actions.change_path(
            project=project, path=path, name="x", description="", needs_covered="", cost="", way_back="", by=lead
        )
    assert (path.state, path.reason) == (PathState.REJECTED, "L-01")


def test_chosen_path_can_be_changed_and_rejected(lead: Person, project: Project) -> None:
    path = a_path(project, by=lead)
    actions.choose_path(project=project, path=path, reason="covers N-1", by=lead)
    actions.change_path(
        project=project, path=path, name="Import", description="", needs_covered="N-1", cost="", way_back="", by=lead
    )
    actions.reject_path(project=project, path=path, reason="L-03 found in the trial", by=lead)
    acts = [event.act for event in history("path", path.id)]
    assert acts == ["path_described", "path_chosen", "path_changed", "path_rejected"]


def test_needs_of_a_path_are_kept_and_told(lead: Person, project: Project) -> None:
    tool = a_tool(by=lead, project=project)
    path = a_path(project, by=lead, tool_ids=[tool.id], needs=[f"{tool.id}:export", f"{tool.id}:read"])
    changed = [f"{tool.id}:create", f"{tool.id}:export"]
    actions.change_path(
        project=project, path=path, name="x", description="", needs_covered="", cost="", way_back="", by=lead,
        needs=changed,
    )
    event = history("path", path.id)[-1]
    assert sorted(queries.needs_of(path.id)) == changed
    assert (sorted(event.old["needs"]), event.new["needs"]) == ([f"{tool.id}:export", f"{tool.id}:read"], changed)


def test_need_that_is_no_capability_is_refused(lead: Person, project: Project) -> None:
    with pytest.raises(BadValue) as refusal:
        a_path(project, by=lead, needs=["export"])
    assert refusal.value.field == "needs"


def test_limitation_kills_a_path_with_the_reason(lead: Person, project: Project) -> None:
    path = a_path(project, by=lead)
    limitation = a_limitation(project, a_tool(by=lead, project=project), by=lead)
    actions.kill_path(project=project, path=path, limitation=limitation, reason="no counts per client", by=lead)
    event = history("path", path.id)[-1]
    assert (path.state, path.reason, path.killed_by_id) == ("killed", "no counts per client", limitation.id)
    assert (event.act, event.new) == ("path_killed", {"code": "P1", "limitation": "L-01", "state": "killed"})
    assert queries.killed_by([limitation.id]) == {limitation.id: ["P1"]}


def test_killed_path_is_chosen_only_with_a_waiver(lead: Person, project: Project) -> None:
    path = a_path(project, by=lead)
    limitation = a_limitation(project, a_tool(by=lead, project=project), by=lead)
    actions.kill_path(project=project, path=path, limitation=limitation, reason="no counts", by=lead)
    with pytest.raises(Refused) as refusal:
        actions.choose_path(project=project, path=path, reason="anyway", by=lead, in_spite_of="x", waiver="1")
    assert refusal.value.details == (f"L-01 {limitation.statement}",)
    for told, field in (({}, "in_spite_of"), ({"in_spite_of": "accepted until June"}, "waiver")):
        with pytest.raises(BadValue) as missing:
            actions.choose_path(project=project, path=path, reason="anyway", by=lead, may_waive=True, **told)
        assert missing.value.field == field
    assert path.state == "killed"
    actions.choose_path(
        project=project, path=path, reason="anyway", by=lead, may_waive=True, in_spite_of="accepted until June", waiver="W 3"
    )
    event = history("path", path.id)[-1]
    assert (path.state, path.in_spite_of, path.waiver, path.killed_by_id) == (
        "chosen", "accepted until June", "W 3", limitation.id,
    )
    assert (event.new["in_spite_of"], event.new["waiver"]) == ("accepted until June", "W 3")


def test_reopened_path_is_rid_of_what_killed_it(lead: Person, project: Project) -> None:
    path = a_path(project, by=lead)
    limitation = a_limitation(project, a_tool(by=lead, project=project), by=lead)
    actions.kill_path(project=project, path=path, limitation=limitation, reason="no counts", by=lead)
    actions.reopen_path(project=project, path=path, reason="the reseller sends a file", by=lead)
    assert (path.state, path.killed_by_id, path.reason) == ("open", None, "the reseller sends a file")


def test_chosen_path_is_confirmed_and_keeps_why_it_was_chosen(lead: Person, project: Project) -> None:
    path = a_path(project, by=lead)
    with pytest.raises(TransitionRefused):
        actions.confirm_path(project=project, path=path, reason="H-1 held", by=lead)
    actions.choose_path(project=project, path=path, reason="covers N-1", by=lead)
    actions.confirm_path(project=project, path=path, reason="H-1 held", by=lead)
    assert (path.state, path.reason, path.confirmed_reason, path.confirmed_at is not None) == (
        "confirmed", "covers N-1", "H-1 held", True,
    )


def test_withdrawn_path_leaves_the_list_and_comes_back(lead: Person, project: Project) -> None:
    path = a_path(project, by=lead)
    actions.withdraw_path(project=project, path=path, reason="described twice", by=lead)
    assert ([each.code for each in queries.paths(project.id)], queries.withdrawn(project.id)) == (["P0"], [path])
    actions.put_back_path(project=project, path=path, by=lead)
    assert (path.state, path.withdrawn_at, path.withdrawn_reason) == ("open", None, None)


def test_scores_are_told_path_by_path(lead: Person, project: Project) -> None:
    path, criterion = a_path(project, by=lead), a_criterion(project, by=lead)
    given = {(path.id, criterion.id): (4, "a file each month")}
    assert actions.score_paths(project=project, given=given, by=lead) == 1
    assert actions.score_paths(project=project, given=given, by=lead) == 0
    assert actions.score_paths(project=project, given={(path.id, criterion.id): (None, "")}, by=lead) == 1
    told = [(event.act, event.old, event.new) for event in history("path", path.id)][1:]
    assert told == [
        ("path_scored", {"K-1": "–"}, {"code": "P1", "K-1": "4 (a file each month)"}),
        ("path_scored", {"K-1": "4 (a file each month)"}, {"code": "P1", "K-1": "–"}),
    ]


@pytest.mark.parametrize("value", [-1, 6])
def test_score_beyond_the_scale_is_refused(lead: Person, project: Project, value: int) -> None:
    path, criterion = a_path(project, by=lead), a_criterion(project, by=lead)
    with pytest.raises(BadValue):
        actions.score_paths(project=project, given={(path.id, criterion.id): (value, "")}, by=lead)


def test_score_of_another_projects_path_is_refused(lead: Person, project: Project) -> None:
    other, criterion = a_path(a_project(by=lead), by=lead), a_criterion(project, by=lead)
    with pytest.raises(BadValue):
        actions.score_paths(project=project, given={(other.id, criterion.id): (3, "")}, by=lead)


def test_scores_over_a_matrix_changed_meanwhile_are_refused(lead: Person, project: Project) -> None:
    path, criterion = a_path(project, by=lead), a_criterion(project, by=lead)
    seen = queries.matrix(project.id).seen
    actions.score_paths(project=project, given={(path.id, criterion.id): (4, "")}, by=lead, seen=seen)
    with pytest.raises(Refused):
        actions.score_paths(project=project, given={(path.id, criterion.id): (2, "")}, by=lead, seen=seen)
    assert queries.matrix(project.id).totals == {path.id: 4 * criterion.weight}


def test_every_row_is_as_the_trail_left_it(lead: Person, project: Project, home: File) -> None:
    tool = a_tool(by=lead, project=project)
    path, criterion = a_path(project, by=lead, needs=[f"{tool.id}:read"]), a_criterion(project, by=lead)
    actions.score_paths(project=project, given={(path.id, criterion.id): (4, "")}, by=lead)
    actions.score_paths(project=project, given={(path.id, criterion.id): (2, "")}, by=lead)
    actions.choose_path(project=project, path=path, reason="covers N-1", by=lead)
    actions.confirm_path(project=project, path=path, reason="H-1 held", by=lead)
    actions.reopen_path(project=project, path=path, reason="L-05", by=lead)
    assert verify(home / "keys").faults == ()
