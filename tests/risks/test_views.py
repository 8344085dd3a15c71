"""The pages of risks: their register, the matrix, acceptance and the list across projects."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask

from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.risks import a_risk
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.projects.models import Project
from workbench.registers.queries import record_in
from workbench.risks.models import Risk
from workbench.risks.queries import choices

Counting = Callable[[], AbstractContextManager[list[str]]]
PAGE = "/projects/INV-1/records/risks"


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


@pytest.fixture
def sponsor(project: Project) -> Person:
    person = a_person()
    a_member(project, person, functions=[Function.SPONSOR], role=Role.GUEST)
    return person


def test_risk_is_stated_on_the_page_with_its_rating(client: Any, lead: Person, project: Project) -> None:
    typed = {"statement": "wrong bills", "likelihood": "3", "impact": "5", "treatment": "reduce", "residual_likelihood": ""}
    answer = client.sign_in(lead).post(f"{PAGE}/new", typed)
    row = record_in(Risk, project.id, 1)
    assert (answer.status_code, row.likelihood, row.impact, row.residual_likelihood) == (303, 3, 5, None)
    assert choices(project.id) == [(1, "R-1 wrong bills")]
    page = client.get(PAGE).text
    assert ("15 critical" in page, "not accepted" in page) == (True, True)


def test_value_that_is_not_offered_is_refused(client: Any, lead: Person, project: Project) -> None:
    typed = {"statement": "wrong bills", "likelihood": "6", "impact": "x", "treatment": "reduce"}
    answer = client.sign_in(lead).post(f"{PAGE}/new", typed)
    assert [answer.status_code, *(f'id="{each}-error"' in answer.text for each in ("likelihood", "impact"))] == [422, True, True]


def test_matrix_places_each_risk_after_its_measures(client: Any, lead: Person, project: Project) -> None:
    a_risk(project, by=lead, likelihood=4, impact=4, residual_likelihood=2)
    page = client.sign_in(lead).get("/projects/INV-1/risk-matrix").text
    cell = next(each for each in page.split("<td") if "R-1" in each)
    assert ("8 medium" in cell, page.count("25 critical")) == (True, 1)


@pytest.mark.parametrize("number", [1, 10, 100])
def test_matrix_and_lists_take_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, number: int
) -> None:
    for _each in range(number):
        a_risk(project, by=lead)
    client.sign_in(lead)
    found = []
    for address in ("/projects/INV-1/risk-matrix", PAGE, "/registers/risks"):
        with count_queries() as seen:
            client.get(address)
        found.append(len([each for each in seen if each.startswith("SELECT")]))
    assert found == [5, 6, 3]


def test_only_a_function_that_reaches_accepts(client: Any, lead: Person, project: Project, sponsor: Person) -> None:
    number = a_risk(project, by=lead, likelihood=4, impact=4).id
    address = f"{PAGE}/{number}/accept"
    client.sign_in(lead)
    assert (client.get(address).status_code, "Accept what remains" in client.get(f"{PAGE}/{number}").text) == (403, False)
    client.sign_in(sponsor)
    assert "Accept what remains" in client.get(f"{PAGE}/{number}").text
    refused = client.post(address, {"reason": "insured", "until": "", "version": "1"})
    done = client.post(address, {"reason": "insured", "until": "2999-01-01", "version": "1"})
    assert (refused.status_code, 'id="until-error"' in refused.text, done.status_code) == (422, True, 303)
    assert "accepted on" in client.get(f"{PAGE}/{number}").text
    assert "insured" in client.get(address).text


def test_acceptance_of_what_somebody_changed_meanwhile_is_refused(
    client: Any, lead: Person, project: Project, sponsor: Person
) -> None:
    number = a_risk(project, by=lead, likelihood=3, impact=4).id
    typed = {"statement": "worse", "likelihood": "4", "impact": "3", "treatment": "reduce", "version": "1"}
    client.sign_in(lead).post(f"{PAGE}/{number}/edit", typed)
    answer = client.sign_in(sponsor).post(f"{PAGE}/{number}/accept", {"reason": "insured", "version": "1"})
    assert (answer.status_code, record_in(Risk, project.id, number).acceptances) == (409, [])


def test_overview_lists_the_heaviest_first(client: Any, lead: Person, project: Project, sponsor: Person) -> None:
    for likelihood, impact in ((2, 2), (1, 5), (4, 4)):
        a_risk(project, by=lead, likelihood=likelihood, impact=impact)
    a_risk(project, by=lead, likelihood=5, impact=5, residual_likelihood=1, residual_impact=1)
    text = client.sign_in(lead).get("/registers/risks.csv").get_data(as_text=True).removeprefix("\ufeff")
    found = [(row[0], *row[3:7]) for row in list(csv.reader(io.StringIO(text)))[1:]]
    assert found == [
        ("R-3", "16", "critical", "16", "critical"), ("R-2", "5", "high", "5", "high"), ("R-1", "4", "low", "4", "low"),
        ("R-4", "25", "critical", "1", "low"),
    ]
