"""The pages of steps 1 to 3: the hub of their registers, verdicts, revisions, answered cautions, who was heard."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from flask import Flask

from tests.factories.inquiry import (
    a_baseline,
    a_consultation,
    a_criterion,
    a_guest_link,
    a_missed_objective,
    a_need,
    a_source,
    an_objective,
)
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_limitation, a_tool
from workbench.inquiry import actions, queries
from workbench.inquiry.registers import REGISTERS
from workbench.people.models import Person
from workbench.people.rules import Function, Hub, Role
from workbench.projects.actions import name_participant
from workbench.projects.models import Project
from workbench.projects.rules import Layer

Counting = Callable[[], AbstractContextManager[list[str]]]
RECORDS = "/projects/INV-1/records"
LISTS = ("/needs", "/objectives", "/consultations", "/sources", "/baselines", "/criteria", "/coverage", "/guest-links")


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


@pytest.fixture
def sponsor(project: Project) -> Person:
    person = a_person(name="C. Roux")
    a_member(project, person, functions=[Function.SPONSOR])
    return person


def test_hub_page_leads_to_every_register_and_the_later_steps(client: Any, lead: Person, project: Project) -> None:
    page = client.sign_in(lead).get("/projects/INV-1/all-records").text
    ways = [f'href="{RECORDS}/{each.key}"' in page for each in REGISTERS]
    later = [f'href="/projects/INV-1/{part}' in page for part in ("paths", "changes", "practices", "adoption")]
    assert (ways, later) == ([True] * 6, [True] * 4)


def test_lists_take_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, sponsor: Person, count_queries: Counting
) -> None:
    seen_at: dict[str, list[int]] = {}
    for number in (1, 9, 90):  # so that there are 1, 10 and 100
        for _each in range(number):
            need = a_need(project, by=lead)
            for make in (a_consultation, a_baseline, a_criterion, a_guest_link):
                make(project, by=lead)
            a_source(project, by=lead, need_id=need.id)
            follow(project, a_missed_objective(project, by=lead), sponsor, lead)
        client.sign_in(lead)
        for path in LISTS:
            with count_queries() as seen:
                assert client.get(f"{RECORDS}{path}").status_code == 200
            seen_at.setdefault(path, []).append(len([each for each in seen if each.startswith("SELECT")]))
    assert {path: numbers for path, numbers in seen_at.items() if len(set(numbers)) > 1} == {}
    assert seen_at["/coverage"] == [5] * 3  # person, rights, contributions, layers involved, parties not heard


def follow(project: Project, missed: Any, decider: Person, by: Person) -> Any:
    return actions.revise_objective(
        project=project, objective=missed, decided_by_id=decider.id, by=by, statement="half of it by hand",
        measure="lines typed by hand", decided_on=date(2025, 10, 12), savings="two days a month",
    )


def test_missed_objective_is_judged_revised_and_told(client: Any, lead: Person, project: Project, sponsor: Person) -> None:
    a_limitation(project, a_tool(by=lead, project=project), by=lead)
    number, decider, page = an_objective(project, by=lead).id, sponsor.id, f"{RECORDS}/objectives"
    judged = client.sign_in(lead).post(f"{page}/{number}/judge", {
        "state": "not_met", "state_reason": "still typed by hand", "cause": "no export, see L-03",
        "limitation_codes": ["L-01"], "version": "1",
    })
    revised = client.post(f"{page}/{number}/revise", {
        "statement": "half of it by hand", "measure": "lines typed by hand", "unit": "", "baseline": "140", "target": "10",
        "decided_by_id": str(decider), "decided_on": "2025-10-12", "savings": "two days a month",
    })
    assert (judged.location, revised.location) == (f"{page}/{number}", f"{page}/{number}")
    told = client.get(page).text
    assert "not met (L-01, L-03) → O1b, decided on 12 Oct 2025 by C. Roux" in told
    assert [each in told for each in ("invoices follow usage", "half of it by hand")] == [True, True]
    assert [f"/{number}/{verb}" in client.get(f"{page}/{number}").text for verb in ("judge", "revise", "edit")] == [False] * 3


def test_revision_by_nobody_is_refused_beside_its_field(client: Any, lead: Person, project: Project) -> None:
    number = a_missed_objective(project, by=lead).id
    typed = {"statement": "half of it", "measure": "lines", "decided_by_id": "", "decided_on": "2025-10-12"}
    answer = client.sign_in(lead).post(f"{RECORDS}/objectives/{number}/revise", typed)
    assert (answer.status_code, 'id="decided_by_id-error"' in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("path", "typed", "field"),
    [
        ("needs", {"statement": "  ", "priority": "must"}, "statement"),
        ("objectives", {"statement": "less typing", "measure": ""}, "measure"),
        ("sources", {"reference": "", "kind": "case"}, "reference"),
        ("sources", {"reference": "a search", "kind": "nothing_found"}, "search_terms"),
        ("baselines", {"measure": "time", "value": "long"}, "value"),
        ("criteria", {"name": "price", "weight": "101"}, "weight"),
        (
            "consultations",
            {"said_by": "M", "layer": "editor", "hub": "sales", "held_on": "2025-03-04", "kind": "advice", "statement": "x"},
            "hub",
        ),
    ],
)
def test_refused_form_names_the_field(
    client: Any, lead: Person, project: Project, path: str, typed: dict[str, str], field: str
) -> None:
    answer = client.sign_in(lead).post(f"{RECORDS}/{path}/new", typed)
    assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)


def test_empty_fields_that_may_be_empty_are_kept_so(client: Any, lead: Person, project: Project) -> None:
    number = project.id
    client.sign_in(lead)
    client.post(f"{RECORDS}/sources/new", {"reference": "a case", "kind": "case", "need_id": "", "credibility": ""})
    typed = {"said_by": "M", "layer": "editor", "hub": "", "held_on": "2025-03-04", "kind": "advice", "statement": "x"}
    client.post(f"{RECORDS}/consultations/new", typed)
    (source,), (said,) = queries.sources(number), queries.consultations(number)
    assert (source.need_id, source.credibility, source.is_independent) == (None, "", False)
    assert (said.participant_id, said.tool_id, said.hub, said.channel) == (None, None, "", "")


def test_caution_is_answered_on_its_page(client: Any, lead: Person, project: Project) -> None:
    number, page = a_consultation(project, by=lead).id, f"{RECORDS}/consultations"
    client.sign_in(lead)
    assert "to be answered" in client.get(page).text
    refused = client.post(f"{page}/{number}/dispose", {"disposition_kind": "accepted", "disposition": "so be it", "version": "1"})
    answered = client.post(f"{page}/{number}/dispose", {
        "disposition_kind": "accepted", "disposition": "so be it", "accepted_by": "the sponsor", "version": "1",
    })
    told = client.get(f"{page}/{number}").text
    assert (refused.status_code, answered.status_code, "the sponsor" in told, "to be answered" in told) == (422, 303, True, False)


def test_coverage_tells_who_is_still_to_be_heard(client: Any, lead: Person, project: Project) -> None:
    name_participant(
        project=project, name="Service desk of D", organisation="D", layer=Layer.RESELLER, expects="",
        is_confidential=False, by=lead,
    )
    a_tool(by=lead, project=project, layer=Layer.EDITOR)
    a_consultation(project, by=lead, layer=Layer.INTERNAL, hub=Hub.SALES)
    a_consultation(project, by=lead, layer=Layer.EDITOR)
    reader = a_person(role=Role.GUEST)
    a_member(project, reader, role=Role.GUEST)
    page = client.sign_in(lead).get(f"{RECORDS}/coverage").text
    assert "Still to be heard: administration, technical, reseller." in page
    assert "Service desk of D" in page
    assert "Service desk of D" not in client.sign_in(reader).get(f"{RECORDS}/coverage").text


def test_coverage_counts_by_hub_layer_and_kind(lead: Person, project: Project) -> None:
    for layer, hub, kind in (
        ("internal", "sales", "opinion"), ("internal", "sales", "opinion"), ("internal", "", "caution"), ("editor", "", "advice"),
    ):
        a_consultation(project, by=lead, layer=layer, hub=hub, kind=kind)
    found = queries.coverage(project.id)
    assert [(each.group, each.total) for each in found.hubs] == [("administration", 0), ("technical", 0), ("sales", 2)]
    assert found.hubs[2].counts == {"opinion": 2, "advice": 0, "caution": 0}
    assert (found.no_hub.counts["caution"], [(each.group, each.total) for each in found.layers]) == (1, [("editor", 1)])
    assert found.unheard == (Hub.ADMINISTRATION, Hub.TECHNICAL)


def test_readers_are_offered_nothing_to_write(client: Any, lead: Person, project: Project) -> None:
    reader = a_person(role=Role.GUEST)
    a_member(project, reader, role=Role.GUEST)
    client.sign_in(reader)
    assert [part in client.get(RECORDS).text for part in ("/new", "guest-links")] == [False, False]
    assert [client.get(f"{RECORDS}/{each.key}/new").status_code for each in REGISTERS] == [403] * 6
