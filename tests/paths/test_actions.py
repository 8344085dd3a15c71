"""Describing, choosing and rejecting a way forward."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories.paths import a_path
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench.flow import TransitionRefused
from workbench.paths import actions
from workbench.paths.rules import FLOW, PathState
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trail.queries import history
from workbench.web.refusals import BadValue


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead)


def test_flow_of_a_path() -> None:
    assert [(each.verb, each.source.value, each.target.value) for each in FLOW.transitions] == [
        ("change", "open", "open"), ("change", "chosen", "chosen"), ("choose", "open", "chosen"),
        ("reject", "open", "rejected"), ("reject", "chosen", "rejected"),
    ]


def test_paths_get_codes_and_are_open(lead: Person, project: Project) -> None:
    rows = [a_path(project, by=lead) for _ in range(2)]
    assert [(each.code, each.state) for each in rows] == [("P1", "open"), ("P2", "open")]
    assert history("path", rows[0].id)[0].act == "path_described"


def test_choose_path_keeps_the_reason(lead: Person, project: Project) -> None:
    path = a_path(project, by=lead)
    actions.choose_path(project=project, path=path, reason=" covers N-1 ", by=lead)
    event = history("path", path.id)[-1]
    assert (path.state, path.reason) == ("chosen", "covers N-1")
    assert (event.act, event.reason, event.old, event.new) == (
        "path_chosen", "covers N-1", {"state": "open"}, {"code": "P1", "state": "chosen"},
    )


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
