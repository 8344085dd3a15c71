"""The pages that every register has, walked on the needs of a project."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import openpyxl
import pytest
from flask import Flask

from tests.factories.inquiry import a_need, a_source, an_objective
from tests.factories.paths import a_meeting
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.inquiry.models import Need
from workbench.inquiry.registers import NEEDS
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.registers import actions, queries
from workbench.registers.queries import Wanted
from workbench.trail.queries import history
from workbench.web.refusals import BadValue, Refused

Counting = Callable[[], AbstractContextManager[list[str]]]
PAGE = "/projects/INV-1/records/needs"


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def squeezed(text: str) -> str:
    """A page without the spaces between tags and words."""
    return re.sub(r">\s+|\s+<", lambda found: found.group().strip(), text)


def test_empty_register_says_what_belongs_there_and_offers_it(client: Any, lead: Person, project: Project) -> None:
    page = client.sign_in(lead).get(PAGE).text
    assert [each in page for each in ("Nothing here yet", "State a need", str(NEEDS.purpose))] == [True] * 3


def test_record_is_added_with_the_next_code(client: Any, lead: Person, project: Project) -> None:
    a_need(project, by=lead)
    typed = {"statement": "every count has a source", "priority": "should", "source": "Hélène", "acceptance": "a sample"}
    answer = client.sign_in(lead).post(f"{PAGE}/new", typed)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}#N-2")
    row = queries.record_in(Need, project.id, 2)
    assert {name: getattr(row, name) for name in typed} == typed


def test_what_is_missing_is_named_and_what_was_typed_is_kept(client: Any, lead: Person, project: Project) -> None:
    answer = client.sign_in(lead).post(f"{PAGE}/new", {"statement": "", "priority": "must", "source": "the clerks"})
    assert answer.status_code == 422
    assert 'value="the clerks"' in answer.text
    assert queries.standing(Need, project.id) == []


def test_change_keeps_the_former_text_in_the_trail(client: Any, lead: Person, project: Project) -> None:
    need = a_need(project, by=lead)
    client.sign_in(lead).post(f"{PAGE}/{need.id}/edit", {"statement": "said anew", "priority": "must", "version": "1"})
    last = history("need", need.id)[-1]
    assert (last.act, last.old["statement"], last.new["statement"]) == (
        "need_changed", "quantities are not typed twice", "said anew",
    )


def test_change_of_what_somebody_else_saved_shows_both_texts(client: Any, lead: Person, project: Project) -> None:
    need = a_need(project, by=lead)
    actions.change_record(NEEDS, project=project, row=need, by=lead, facts={"statement": "theirs"})
    client.sign_in(lead)
    answer = client.post(f"{PAGE}/{need.id}/edit", {"statement": "mine", "priority": "must", "version": "1"})
    assert (answer.status_code, "theirs" in answer.text, "mine" in answer.text) == (409, True, True)


def test_withdrawn_record_leaves_list_and_count_and_comes_back(client: Any, lead: Person, project: Project) -> None:
    need = a_need(project, by=lead)
    client.sign_in(lead).post(f"{PAGE}/{need.id}/withdraw", {"reason": "said twice"})
    assert queries.counts(project.id, [NEEDS]) == {"need": 0}
    assert "quantities are not typed twice" not in client.get(PAGE).text
    assert "quantities are not typed twice" in client.get(f"{PAGE}?state=withdrawn").text
    assert "said twice" in client.get(f"{PAGE}/{need.id}").text
    client.post(f"{PAGE}/{need.id}/put-back", {})
    assert queries.counts(project.id, [NEEDS]) == {"need": 1}


def test_withdrawal_asks_for_a_reason_and_happens_once(app: Flask, lead: Person, project: Project) -> None:
    need = a_need(project, by=lead)
    with pytest.raises(BadValue, match="Say why"):
        actions.withdraw_record(NEEDS, project=project, row=need, reason=" ", by=lead)
    actions.withdraw_record(NEEDS, project=project, row=need, reason="said twice", by=lead)
    with pytest.raises(Refused, match="N-1 is withdrawn"):
        actions.change_record(NEEDS, project=project, row=need, facts={"statement": "other"}, by=lead)
    actions.put_back_record(NEEDS, project=project, row=need, by=lead)
    with pytest.raises(Refused, match="N-1 is not withdrawn"):
        actions.put_back_record(NEEDS, project=project, row=need, by=lead)


def test_list_filters_searches_sorts_and_pages(app: Flask, lead: Person, project: Project) -> None:
    for statement, priority in (("beta", "must"), ("alpha", "could"), ("gamma", "must")):
        a_need(project, by=lead, statement=statement, priority=priority)

    def shown(**wanted: Any) -> list[str]:
        return [each.statement for each in queries.page_of(NEEDS, project.id, Wanted(**wanted)).rows]

    assert shown() == ["beta", "alpha", "gamma"]
    assert shown(sort="statement") == ["alpha", "beta", "gamma"]
    assert shown(sort="-statement") == ["gamma", "beta", "alpha"]
    assert shown(search="AMM") == ["gamma"]
    assert shown(equal={"priority": "must"}) == ["beta", "gamma"]
    second = queries.page_of(NEEDS, project.id, Wanted(), page=2, per_page=2)
    assert ([each.statement for each in second.rows], second.total, second.pages) == (["gamma"], 3, 2)


def test_export_holds_what_is_shown_and_no_formula(client: Any, lead: Person, project: Project) -> None:
    a_need(project, by=lead, statement="=1+1", source="Hélène")
    a_need(project, by=lead, statement="left out", priority="could")
    answer = client.sign_in(lead).get(f"{PAGE}.csv?priority=must")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert rows == [
        ["code", "What is needed", "Priority", "Said by", "How to tell that it is met"],
        ["N-1", "'=1+1", "must", "Hélène", ""],
    ]


def test_figures_that_are_plain_numbers_are_told_and_exported_as_numbers(client: Any, lead: Person, project: Project) -> None:
    for value in ("1250.50", "6,5", "about 40", "007"):
        an_objective(project, by=lead, baseline=value)
    client.sign_in(lead)
    book = openpyxl.load_workbook(io.BytesIO(client.get("/projects/INV-1/records/objectives.csv?format=xlsx").data))
    head, *rows = book.worksheets[0].iter_rows(values_only=True)
    assert [row[head.index("Baseline")] for row in rows] == [1250.5, 6.5, "about 40", "007"]
    client.post("/language", {"language": "fr"})
    page = client.get("/projects/INV-1/records/objectives").text
    assert [each in page for each in ("1\u202f250,50", "6,5", "about 40", "007")] == [True] * 4


def test_record_of_another_project_is_not_there(client: Any, lead: Person, project: Project) -> None:
    other = a_need(a_project(by=lead, key="INV-2"), by=lead)
    assert client.sign_in(lead).get(f"{PAGE}/{other.id}").status_code == 404


def test_reader_sees_no_way_to_write(client: Any, lead: Person, project: Project) -> None:
    need, reader = a_need(project, by=lead), a_person(role=Role.GUEST)
    a_member(project, reader, role=Role.GUEST)
    page = client.sign_in(reader).get(f"{PAGE}/{need.id}").text
    assert ("Withdraw" in page, "/edit" in page) == (False, False)
    assert client.post(f"{PAGE}/{need.id}/withdraw", {"reason": "no"}).status_code == 403


@pytest.mark.parametrize("number", [1, 10, 100])
def test_list_takes_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, number: int
) -> None:
    for _each in range(number):
        a_need(project, by=lead)
    client.sign_in(lead)
    with count_queries() as seen:
        client.get(PAGE)
    assert len([each for each in seen if each.startswith("SELECT")]) == 4  # person, rights, how many, the page


def test_withdrawn_record_that_another_refers_to_is_still_named_and_kept(client: Any, lead: Person, project: Project) -> None:
    need = a_need(project, by=lead)
    source = a_source(project, by=lead, need_id=need.id)
    actions.withdraw_record(NEEDS, project=project, row=need, reason="said twice", by=lead)
    page = f"/projects/INV-1/records/sources/{source.id}"
    client.sign_in(lead)
    shown = [squeezed(client.get(each).text) for each in (page, f"{page}/edit")]
    exported = client.get("/projects/INV-1/records/sources.csv").get_data(as_text=True)
    told = ("<dd>N-1</dd>" in shown[0], bool(re.search(r'<option[^>]* selected[^>]*>N-1<', shown[1])), "N-1" in exported)
    assert told == (True, True, True)


def test_conflict_keeps_what_was_ticked(client: Any, lead: Person, project: Project) -> None:
    meeting = a_meeting(project, by=lead, hubs=["administration"])
    page = f"/projects/INV-1/paths/meetings/{meeting.id}/edit"
    typed = {"purpose": meeting.purpose, "held_on": "2026-01-05", "version": "1", "brought_up": "", "attendees": ""}
    client.sign_in(lead)
    first = client.post(page, {**typed, "hubs": ["technical"]})
    second = client.post(page, {**typed, "hubs": ["administration", "sales"]})
    kept = re.findall(r'<option value="(\w+)" selected>', second.text)
    assert (first.status_code, second.status_code, kept) == (303, 409, ["administration", "sales"])
