"""Surveys: everybody answers once, nobody can be told from an answer, and small groups are not shown."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.factories.adoption import a_survey, an_answer_to
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.adoption import actions, queries
from workbench.adoption.rules import ITEMS, Criterion, Perspective
from workbench.database import Base, db
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trail.queries import history
from workbench.web.refusals import BadValue, Refused
from workbench.web.transactions import commit

PAGE = "/projects/INV-1/adoption/surveys"
TYPED: dict[str, Any] = {
    "perspective": "users", **dict.fromkeys(ITEMS, "4"), **{each.value: "5" for each in Criterion},
}


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


@pytest.fixture
def team(project: Project) -> list[Person]:
    """Five people on the team."""
    found = [a_person(name=f"Member {letter}") for letter in "ABCDE"]
    for each in found:
        a_member(project, each)
    return found


def test_everybody_on_the_team_answers_once(client: Any, project: Project, lead: Person, team: list[Person]) -> None:
    survey, _token = a_survey(project, by=lead)
    client.sign_in(team[0])
    assert "Answer<" in client.get(PAGE).text
    first = client.post(f"{PAGE}/{survey.id}/answer", TYPED)
    second = client.post(f"{PAGE}/{survey.id}/answer", TYPED)
    (row,) = queries.surveys(project.id, team[0].id)
    assert (first.status_code, second.status_code, "Answer<" in client.get(PAGE).text) == (303, 409, False)
    assert (row.asked, row.answered, row.answers, row.mine) == (5, 1, 1, True)
    assert client.sign_in(lead).post(f"{PAGE}/{survey.id}/answer", TYPED).status_code == 409


def test_answer_that_lacks_a_statement_names_it(client: Any, project: Project, lead: Person, team: list[Person]) -> None:
    survey, _token = a_survey(project, by=lead)
    typed = {name: value for name, value in TYPED.items() if name != "A7"}
    answer = client.sign_in(team[0]).post(f"{PAGE}/{survey.id}/answer", typed)
    assert (answer.status_code, 'id="A7-error"' in answer.text) == (422, True)
    with pytest.raises(BadValue, match="1 to 5"):
        an_answer_to(project, survey, person=team[0], score=6)


def test_nothing_in_the_database_links_an_answer_with_a_person(
    client: Any, project: Project, lead: Person, team: list[Person]
) -> None:
    survey, _token = a_survey(project, by=lead)
    number = survey.id
    for each in team:
        client.sign_in(each).post(f"{PAGE}/{number}/answer", TYPED)
    with db.engine.connect() as connection:
        answers = connection.execute(text("SELECT rowid AS place, * FROM survey_answer")).mappings().all()
        others = {
            name: [str(tuple(row)) for row in connection.execute(table.select())]
            for name, table in Base.metadata.tables.items() if name != "survey_answer"
        }
    assert [set(row) for row in answers] == [{"place", "id", "survey_id", "perspective", "scores", "ratings"}] * 5
    assert all(row["place"] == row["id"] for row in answers)  # drawn at random, so the table has no order of arrival
    found = [name for name, rows in others.items() for row in rows for each in answers if str(each["id"]) in row]
    assert found == []
    told = [each for each in history("survey", number) if each.act == "survey_answered"]
    assert [(each.name, each.new) for each in told] == [("somebody who was asked", {"code": "SU-1"})] * 5
    leaves = [row for row in others["trail_entry"] if "survey_answered" in row]
    assert [name for name in [each.name for each in team] for row in leaves if name in row] == []
    assert [row for row in leaves if '"request":""' not in row.replace(" ", "")] == []


def test_tickets_hold_no_time(project: Project, lead: Person, team: list[Person]) -> None:
    tickets = Base.metadata.tables["survey_ticket"]
    assert sorted(tickets.c.keys()) == ["answered", "id", "person_id", "survey_id"]


def test_results_are_shown_after_closing_and_only_of_four_or_more(
    client: Any, project: Project, lead: Person, team: list[Person]
) -> None:
    survey, _token = a_survey(project, by=lead)
    for each in team[:4]:
        an_answer_to(project, survey, person=each, score=5, rating=2)
    an_answer_to(project, survey, person=team[4], score=1, rating=3, perspective=Perspective.MANAGEMENT)
    client.sign_in(lead)
    assert "Still open" in client.get(f"{PAGE}/{survey.id}").text
    client.post(f"{PAGE}/{survey.id}/close", {})
    page = client.get(f"{PAGE}/{survey.id}").text
    assert ("80 %" in page, page.count("4.2"), page.count(">2</td>"), page.count(">3</td>")) == (True, 5, 3, 0)
    event = history("survey", survey.id)[-1]
    assert (event.act, event.new["answers"], len(event.new["answers_sha256"])) == ("survey_closed", 5, 64)


def test_closed_survey_takes_no_answer(project: Project, lead: Person, team: list[Person]) -> None:
    survey, token = a_survey(project, by=lead)
    actions.close_survey(project=project, survey=survey, by=lead)
    with pytest.raises(Refused, match="This survey is closed"):
        an_answer_to(project, survey, person=team[0])
    with pytest.raises(Refused, match="closed already"):
        actions.close_survey(project=project, survey=survey, by=lead)
    assert queries.survey_of_link(token) is None


def test_link_opens_the_survey_and_nothing_else(client: Any, project: Project, lead: Person) -> None:
    survey, token = a_survey(project, by=lead)
    number = survey.id
    commit()
    page = client.get(f"/survey/{token}")
    answer = client.post(f"/survey/{token}", TYPED)
    assert (page.status_code, "INV-1" in page.text, "noindex" in page.text) == (200, False, True)
    assert (answer.status_code, "Thank you" in answer.text) == (200, True)
    assert client.get(f"/survey/{token}x").status_code == 404
    assert client.get("/projects/INV-1/adoption").status_code == 303
    with db.engine.connect() as connection:
        rows = [str(tuple(row)) for table in Base.metadata.tables.values() for row in connection.execute(table.select())]
    assert (len(queries._answers(number)), [row for row in rows if token in row]) == (1, [])


def test_link_is_shown_once(client: Any, project: Project, lead: Person) -> None:
    client.sign_in(lead).post(f"{PAGE}/new", {"title": "after four weeks"})
    pages = [client.get(PAGE).text for _each in range(2)]
    assert [each.count("/survey/") for each in pages] == [1, 0]


@pytest.mark.parametrize("number", [1, 10, 100])
def test_list_takes_a_fixed_number_of_queries(
    client: Any, project: Project, lead: Person, count_queries: Any, number: int
) -> None:
    for _each in range(number):
        a_survey(project, by=lead)
    client.sign_in(lead)
    with count_queries() as seen:
        client.get(PAGE)
    assert len([each for each in seen if each.startswith("SELECT")]) == 5  # person, rights, surveys, tickets, answers
