"""What gates 1 to 3 ask of the records: what is lacking is named, and nothing where all is in order."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask

from tests.factories.inquiry import a_baseline, a_consultation, a_need, a_source, an_objective
from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_tool
from workbench.inquiry import proofs, queries
from workbench.inquiry.registers import NEEDS, OBJECTIVES, SOURCES
from workbench.inquiry.rules import ContributionKind, Priority, SourceKind
from workbench.people.models import Person
from workbench.people.rules import Hub, Role
from workbench.projects.actions import name_participant
from workbench.projects.models import Project
from workbench.projects.rules import Layer
from workbench.registers.actions import withdraw_record

Counting = Callable[[], AbstractContextManager[list[str]]]
ALL = [
    proofs.objectives_missing, proofs.objectives_unmeasured, proofs.baselines_missing, proofs.must_needs,
    proofs.needs_without_sources, proofs.independent_source_missing, proofs.hubs_not_heard, proofs.layers_involved,
    proofs.layers_not_heard, proofs.cautions_open, proofs.consent_missing,
]


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead)


def test_objective_counts_while_it_stands(lead: Person, project: Project) -> None:
    assert proofs.objectives_missing(project.id) == ["an objective"]
    objective = an_objective(project, by=lead)
    assert proofs.objectives_missing(project.id) == []
    withdraw_record(OBJECTIVES, project=project, row=objective, reason="said twice", by=lead)
    assert proofs.objectives_missing(project.id) == ["an objective"]


def test_objective_needs_measure_baseline_and_target(lead: Person, project: Project) -> None:
    an_objective(project, by=lead, baseline="140", target="0")
    an_objective(project, by=lead, baseline="", target="0")
    an_objective(project, by=lead, baseline="140", target="")
    assert proofs.objectives_unmeasured(project.id) == ["O2", "O3"]


def test_baseline_is_asked_for(lead: Person, project: Project) -> None:
    before = proofs.baselines_missing(project.id)
    a_baseline(project, by=lead)
    assert (before, proofs.baselines_missing(project.id)) == (["a baseline"], [])


def test_must_need_asks_for_two_kinds_of_source_or_a_search_with_its_terms(lead: Person, project: Project) -> None:
    bare, one_kind, two_kinds, searched = (a_need(project, by=lead) for _ in range(4))
    a_need(project, by=lead, priority=Priority.SHOULD)
    for need, kind in (
        (one_kind, SourceKind.CASE), (one_kind, SourceKind.CASE), (two_kinds, SourceKind.CASE), (two_kinds, SourceKind.FORUM),
    ):
        a_source(project, by=lead, need_id=need.id, kind=kind)
    a_source(project, by=lead, need_id=searched.id, kind=SourceKind.NOTHING_FOUND, search_terms="export by client")
    assert proofs.must_needs(project.id) == ["N-1", "N-2", "N-3", "N-4"]
    assert proofs.needs_without_sources(project.id) == [bare.code, one_kind.code]


def test_withdrawn_needs_and_sources_do_not_count(lead: Person, project: Project) -> None:
    need, gone = a_need(project, by=lead), a_need(project, by=lead)
    withdraw_record(NEEDS, project=project, row=gone, reason="said twice", by=lead)
    a_source(project, by=lead, need_id=need.id)
    forum = a_source(project, by=lead, need_id=need.id, kind=SourceKind.FORUM)
    assert proofs.needs_without_sources(project.id) == []
    withdraw_record(SOURCES, project=project, row=forum, reason="not read", by=lead)
    assert proofs.needs_without_sources(project.id) == ["N-1"]


@pytest.mark.parametrize(
    ("facts", "lacking"),
    [
        ({"kind": SourceKind.CASE}, []),
        ({"kind": SourceKind.CASE, "is_independent": False}, ["a source independent of the vendor"]),
        ({"kind": SourceKind.VENDOR}, ["a source independent of the vendor"]),
        ({"kind": SourceKind.NOTHING_FOUND, "search_terms": "x"}, ["a source independent of the vendor"]),
    ],
)
def test_one_source_is_independent(lead: Person, project: Project, facts: dict[str, Any], lacking: list[str]) -> None:
    a_source(project, by=lead, **facts)
    assert proofs.independent_source_missing(project.id) == lacking


def test_hubs_are_heard_one_by_one(lead: Person, project: Project) -> None:
    a_consultation(project, by=lead, layer=Layer.INTERNAL, hub=Hub.TECHNICAL)
    a_consultation(project, by=lead, layer=Layer.INTERNAL)
    assert proofs.hubs_not_heard(project.id) == [Hub.ADMINISTRATION, Hub.SALES]


def test_layers_are_those_of_tools_in_scope_and_of_parties(lead: Person, project: Project) -> None:
    a_tool(by=lead, project=project, layer=Layer.EDITOR)
    a_tool(by=lead, layer=Layer.SUPPLIER)
    name_participant(
        project=project, name="Service desk", organisation="D", layer=Layer.RESELLER, expects="", is_confidential=False,
        by=lead,
    )
    assert proofs.layers_involved(project.id) == [Layer.RESELLER, Layer.EDITOR]
    a_consultation(project, by=lead, layer=Layer.RESELLER)
    assert proofs.layers_not_heard(project.id) == [Layer.EDITOR]


def test_cautions_and_consent_are_named_by_code(lead: Person, project: Project) -> None:
    a_consultation(project, by=lead)
    a_consultation(project, by=lead, kind=ContributionKind.ADVICE, is_confidential=True)
    a_consultation(project, by=lead, kind=ContributionKind.ADVICE, is_confidential=True, has_consent=True)
    assert (proofs.cautions_open(project.id), proofs.consent_missing(project.id)) == (["C-1"], ["C-2"])


@pytest.mark.parametrize("number", [1, 10])
def test_no_proof_takes_more_than_two_queries(
    lead: Person, project: Project, count_queries: Counting, number: int
) -> None:
    for _each in range(number):
        for make in (a_need, a_source, a_baseline, an_objective, a_consultation):
            make(project, by=lead)
    most = 0
    for proof in ALL:
        with count_queries() as seen:
            proof(project.id)
        most = max(most, len([each for each in seen if each.startswith("SELECT")]))
    assert most == 2


def test_a_long_need_is_cut_between_words_where_it_is_chosen(lead: Person, project: Project) -> None:
    a_need(project, by=lead, statement="The quantities of each client are read from the same portal on the same day of each month")
    a_need(project, by=lead, statement="The quantities are read once")
    assert [label for _id, label in queries.need_choices(project.id)] == [
        "N-1 The quantities of each client are read from the same portal on the same day of…", "N-2 The quantities are read once"
    ]
