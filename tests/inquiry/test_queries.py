"""Reads of steps 1 to 3, and what a confidential name is shown as."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories.inquiry import a_consultation, a_need, an_objective
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench.inquiry import actions, queries
from workbench.inquiry.rules import ContributionKind, code_order, next_revision
from workbench.people.rules import Role
from workbench.projects.rules import Layer


def test_revision_codes_follow_the_alphabet() -> None:
    assert [next_revision(code) for code in ("O1", "O1b", "O12c")] == ["O1b", "O1c", "O12d"]
    assert sorted(["O10", "O1b", "O2", "O1"], key=code_order) == ["O1", "O1b", "O2", "O10"]


def test_objectives_stand_beside_the_one_they_follow(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    first = an_objective(project, by=lead)
    an_objective(project, by=lead)
    actions.judge_objective(project=project, objective=first, is_met=False, reason="L-01", by=lead)
    an_objective(project, by=lead, revises=first)
    assert [each.code for each in queries.objectives(project.id)] == ["O1", "O1b", "O2"]


def test_records_are_found_within_their_project_only(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    one, other = a_project(by=lead), a_project(by=lead)
    need = a_need(one, by=lead)
    assert (queries.need(one.id, need.id), queries.need(other.id, need.id), list(queries.needs(other.id))) == (need, None, [])


def test_open_cautions_leave_out_advice_and_what_was_disposed(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    a_consultation(project, by=lead, kind=ContributionKind.ADVICE)
    a_consultation(project, by=lead, disposition="a risk, accepted by the sponsor")
    waiting = a_consultation(project, by=lead)
    assert queries.open_cautions(project.id) == [waiting]


@pytest.mark.parametrize(
    ("layer", "shown"),
    [
        (Layer.INTERNAL, "a person inside the company"), (Layer.RESELLER, "a person at the reseller"),
        (Layer.SUPPLIER, "a person at the supplier"), (Layer.EDITOR, "a person at the editor"),
    ],
)
def test_confidential_name_is_shown_as_its_layer(app: Flask, layer: Layer, shown: str) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    row = a_consultation(a_project(by=lead), by=lead, layer=layer, is_confidential=True)
    assert queries.shown_name(row) == shown
    assert queries.shown_name(row, sees_names=True) == "Maud Perrin"
