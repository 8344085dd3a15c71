"""The pages of work instructions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask

from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.practices import (
    a_practice_record,
    a_reading_by,
    a_role,
    a_task,
    a_task_done,
    a_user,
    an_approval,
    an_instruction,
)
from tests.factories.projects import a_project
from workbench import clock
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.practices import actions, queries
from workbench.projects import queries as projects
from workbench.projects.models import Project

Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def test_empty_page_offers_the_first_instruction(client: Any, lead: Person, project: Project) -> None:
    page = client.sign_in(lead).get("/projects/INV-1/practices").text
    assert ("No work instruction yet" in page, "Write a work instruction" in page) == (True, True)


def test_instruction_is_written_revised_and_signed(client: Any, lead: Person, project: Project) -> None:
    number, signer = project.id, a_person(role=Role.QUALITY_LEAD, password=PASSWORD)
    client.sign_in(lead)
    client.post("/projects/INV-1/practices/new", {"title": "Bill", "role": "clerk", "body": "Fetch it."})
    (row,) = queries.instructions(number)
    address = f"/projects/INV-1/practices/{row.id}"
    typed = {"title": "Bill", "role": "clerk", "body": "Fetch it.\nCheck it.", "what_changed": "the check", "version": "1"}
    silent = client.post(f"{address}/edit", {**typed, "what_changed": ""})
    first = client.post(f"{address}/edit", typed)
    stale = client.post(f"{address}/edit", {**typed, "body": "Send it."})
    assert (silent.status_code, first.status_code, stale.status_code, "Send it." in stale.text) == (422, 303, 409, True)
    own = client.post(f"{address}/sign", {"password": PASSWORD, "version": "2"})
    client.sign_in(signer)
    wrong = client.post(f"{address}/sign", {"password": "no", "version": "2"})
    old = client.post(f"{address}/sign", {"password": PASSWORD, "version": "1"})
    assert (own.status_code, wrong.status_code, old.status_code) == (409, 422, 409)
    assert "waits for a signature" in client.get("/projects/INV-1/practices").text
    assert client.post(f"{address}/sign", {"password": PASSWORD, "version": "2"}).status_code == 303
    page, editions = client.get("/projects/INV-1/practices").text, client.get(f"{address}/editions").text
    assert ("<p>Check it.</p>" in page, "Edition 2, for: clerk" in page, "waits for a signature" in page) == (True, True, False)
    assert ["the check" in editions, editions.count("waits for a signature"), PASSWORD in old.text] == [True, 1, False]


def test_role_is_chosen_or_named_in_words(client: Any, lead: Person, project: Project) -> None:
    number, role_id = project.id, a_role(project, by=lead).id
    client.sign_in(lead)
    neither = client.post("/projects/INV-1/practices/new", {"title": "Bill", "body": "x"})
    chosen = client.post("/projects/INV-1/practices/new", {"title": "Bill", "body": "x", "role_id": str(role_id)})
    assert (neither.status_code, 'id="role-error"' in neither.text, chosen.status_code) == (422, True, 303)
    assert [(each.role, each.role_id) for each in queries.instructions(number)] == [("billing clerk", role_id)]


def test_instruction_without_a_text_is_refused_beside_the_field(client: Any, lead: Person, project: Project) -> None:
    typed = {"title": "Bill", "role": "clerk", "body": " "}
    answer = client.sign_in(lead).post("/projects/INV-1/practices/new", typed)
    assert (answer.status_code, 'id="body-error"' in answer.text) == (422, True)


def test_readers_may_not_write_and_other_projects_are_not_there(client: Any, lead: Person, project: Project) -> None:
    reader = a_person(role=Role.GUEST)
    a_member(project, reader, role=Role.GUEST)
    other = an_instruction(a_project(by=lead, key="INV-2"), by=lead).id
    client.sign_in(reader)
    assert [client.get(f"/projects/INV-1/{each}").status_code for each in ("practices", "practices/new")] == [200, 403]
    assert client.sign_in(lead).get(f"/projects/INV-1/practices/{other}/edit").status_code == 404


def test_practice_task_is_recorded_from_its_cell(client: Any, lead: Person, project: Project) -> None:
    number, role = project.id, a_role(project, by=lead)
    user, task, observer = a_user(project, role, by=lead), a_task(project, role, by=lead), a_person(name="Olga")
    a_member(project, observer)
    page = client.sign_in(lead).get("/projects/INV-1/practices/familiarisation").text
    address = f"/projects/INV-1/practices/familiarisation/record?user_id={user.id}&task_id={task.id}"
    assert (address.replace("&", "&amp;") in page, "st-missing" in page) == (True, True)
    form = client.get(address).text
    assert form.count('<option selected value="1">') == 2
    typed = {"user_id": user.id, "task_id": task.id, "observer_id": observer.id, "done_on": "2999-01-01", "in_sandbox": "y"}
    assert 'id="done_on-error"' in client.post(address, typed).text
    assert client.post(address, {**typed, "done_on": "2026-01-05"}).status_code == 303
    page = client.get("/projects/INV-1/practices/familiarisation").text
    assert ("5 Jan 2026, seen by Olga" in page, "st-missing" in page) == (True, False)
    assert queries.users_who_practised(number) == {user.id}


def test_user_reads_what_concerns_them_and_a_champion_records_for_another(client: Any, lead: Person, project: Project) -> None:
    number, role, anna = project.id, a_role(project, by=lead), a_person()
    a_member(project, anna, role=Role.GUEST)
    user, other = a_user(project, role, by=lead, person_id=anna.id), a_user(project, role, by=lead, name="Berta")
    row = an_instruction(project, by=lead)
    edition = an_approval(project, row, by=a_person(role=Role.QUALITY_LEAD))
    base = f"/projects/INV-1/practices/reading/{edition.id}"
    page = client.sign_in(anna).get("/projects/INV-1/practices/reading").text
    assert (f'href="{base}/{user.id}"' in page, "0 of 2 (0 %)" in page) == (True, True)
    assert "I have read and understood it" in client.get(f"{base}/{user.id}").text
    assert client.post(f"{base}/{user.id}").status_code == 303
    assert client.post(f"{base}/{other.id}", {"reason": "x"}).status_code == 403
    page = client.get("/projects/INV-1/practices/reading").text
    assert ("You have nothing to read here." in page, "1 of 2 (50 %)" in page) == (True, True)
    client.sign_in(lead)
    assert client.post(f"{base}/{other.id}", {"reason": "told me"}).status_code == 409  # no champion
    project = projects.project(number)
    a_practice_record(project, "users", by=lead, role_id=role.id, person_id=lead.id, is_champion=True)
    assert client.post(f"{base}/{other.id}", {"reason": "told me"}).status_code == 303
    assert "2 of 3 (66 %)" in client.get("/projects/INV-1/practices/reading").text


def test_new_edition_shows_what_changed_beside_the_whole_text(client: Any, lead: Person, project: Project) -> None:
    anna, signer = a_person(), a_person(role=Role.QUALITY_LEAD)
    a_member(project, anna)
    user, row = a_user(project, a_role(project, by=lead), by=lead, person_id=anna.id), an_instruction(project, by=lead)
    a_reading_by(project, an_approval(project, row, by=signer), user, by=anna)
    actions.revise_instruction(
        project=project, instruction=row, title=row.title, role=row.role, body="The whole text.", by=lead,
        what_changed="the export moved",
    )
    edition = an_approval(project, row, by=signer)
    page = client.sign_in(anna).get(f"/projects/INV-1/practices/reading/{edition.id}/{user.id}").text
    assert ("the export moved" in page, "<p>The whole text.</p>" in page) == (True, True)


def test_duplicate_channels_are_marked_with_their_cost(client: Any, lead: Person, project: Project) -> None:
    a_practice_record(project, "channels", by=lead)
    client.sign_in(lead)
    assert "more than one channel" not in client.get("/projects/INV-1/practices/channel-plan").text
    a_practice_record(projects.project(project.id), "channels", by=lead, is_primary=False, channel="mail", minutes_per_month=45)
    page = client.get("/projects/INV-1/practices/channel-plan").text
    assert ("1 message goes out on more than one channel." in page, "That costs 45 minutes a month." in page) == (True, True)


def test_question_is_answered_and_shown_among_the_frequent_ones(client: Any, lead: Person, project: Project) -> None:
    row = a_practice_record(project, "questions", by=lead)
    client.sign_in(lead)
    address = f"/projects/INV-1/practices/questions/{row.id}"
    assert f'href="{address}/answer"' in client.get(address).text
    typed = {"answer": "The deputy.", "answered_on": "2026-01-04", "is_faq": "y", "version": "1"}
    assert 'id="answered_on-error"' in client.post(f"{address}/answer", typed).text
    assert client.post(f"{address}/answer", {**typed, "answered_on": "2026-01-07"}).status_code == 303
    assert ["The deputy." in client.get(each).text for each in (address, "/projects/INV-1/practices/faq")] == [True, True]


def test_comparison_says_which_offer_is_cheaper_and_becomes_a_policy(client: Any, lead: Person, project: Project) -> None:
    number, row = project.id, a_practice_record(project, "comparisons", by=lead, lines=10)
    client.sign_in(lead)
    address = f"/projects/INV-1/practices/comparisons/{row.id}"
    assert "Fewer than two offers" in client.get(f"{address}/compare").text
    project = projects.project(number)
    a_practice_record(project, "offers", by=lead, comparison_id=row.id)
    a_practice_record(
        project, "offers", by=lead, comparison_id=row.id, name="Unlimited", price="12", fee="", allowance="", overage=""
    )
    page = client.get(f"{address}/compare").text
    assert [
        each in page
        for each in (
            "Unlimited is cheaper than Data only by 0.50 a line and month.", "For all lines that is 5.00 a month.",
            "From 0 to 10 GB no two offers cost the same.",
            "With the fee beside it at 2.00 for Data only it would cost as much as Unlimited.",
            "From 0 to 10 GB: Unlimited, by 0.50 to 5.50 a line and month.", "Phone lines: From 0 to 10 GB",
        )
    ] == [True] * 6
    assert "by 3.50 a line" in client.get(f"{address}/compare?usage=8").text
    form = client.get(f"{address}/policy").text
    assert ("What may be sold: Unlimited" in form, "Why not Data only:" in form) == (True, True)
    client.post(f"{address}/policy", {"title": "Phone lines", "role": "sales", "body": "Unlimited to everybody."})
    (policy,) = queries.instructions(number)
    assert (policy.is_policy, policy.offer_comparison_id) == (True, row.id)
    assert "selling policy" in client.get("/projects/INV-1/practices").text


BOARDS = {"": 5, "/familiarisation": 7, "/reading": 5, "/channel-plan": 4, "/faq": 4}


@pytest.mark.parametrize("number", [1, 10, 100])
def test_boards_take_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, number: int
) -> None:
    signer, role = a_person(role=Role.QUALITY_LEAD), a_role(project, by=lead)
    a_member(project, signer)
    task, edition = a_task(project, role, by=lead), an_approval(project, an_instruction(project, by=lead), by=signer)
    a_user(project, role, by=lead, person_id=lead.id, is_champion=True)
    for each in range(number):
        user = a_user(project, role, by=lead, name=f"user {each}")
        a_task_done(project, task, user, observer=signer, by=lead)
        a_reading_by(project, edition, user, by=lead, reason="told me")
        a_practice_record(project, "channels", by=lead, message=f"message {each}")
        row = a_practice_record(project, "questions", by=lead)
        actions.answer_question(project=project, question=row, answer="x", answered_on=clock.today(), is_faq=True, by=lead)
        an_instruction(project, by=lead)
    client.sign_in(lead)
    taken = {}
    for path in BOARDS:
        with count_queries() as seen:
            client.get(f"/projects/INV-1/practices{path}")
        taken[path] = len([each for each in seen if each.startswith("SELECT")])
    assert taken == BOARDS  # person, rights, project, and what the board shows
