"""The registers of steps 7 and 8: each can be filled on its page, and the rules of a few."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.factories.people import a_member, a_person
from tests.factories.practices import FACTS, a_practice_record, a_role, a_user, an_instruction
from tests.factories.projects import a_project
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.practices.registers import REGISTERS
from workbench.projects.models import Project
from workbench.registers.actions import change_record, withdraw_record
from workbench.web.refusals import BadValue

BY_KEY = {each.key: each for each in REGISTERS}


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def test_registers_have_their_keys_and_prefixes() -> None:
    assert {each.key: each.prefix for each in REGISTERS} == {
        "roles": "RO-", "users": "U-", "tasks": "T-", "competences": "CO-", "questions": "Q-", "support": "SC-",
        "channels": "CH-", "announcements": "AN-", "reminders": "RE-", "old_ways": "OW-", "comparisons": "OC-",
        "offers": "OF-",
    }


@pytest.mark.parametrize("key", [each.key for each in REGISTERS])
def test_record_is_added_on_its_page_and_shown(client: Any, lead: Person, project: Project, key: str) -> None:
    role = a_role(project, by=lead)
    facts = dict(FACTS[key])
    if key in ("users", "tasks"):
        facts["role_id"] = role.id
    if key == "competences":
        facts["user_id"] = a_user(project, role, by=lead).id
    if key == "offers":
        facts["comparison_id"] = a_practice_record(project, "comparisons", by=lead).id
    register = BY_KEY[key]
    code = f"{register.prefix}{2 if key == 'roles' else 1}"
    typed = {name: "y" if value is True else str(value) for name, value in facts.items() if value not in (None, False)}
    answer = client.sign_in(lead).post(f"/projects/INV-1/practices/{key}/new", typed)
    assert (answer.status_code, answer.location) == (303, f"/projects/INV-1/practices/{key}#{code}")
    page = client.get(f"/projects/INV-1/practices/{key}").text
    number = 2 if key == "roles" else 1
    one = client.get(f"/projects/INV-1/practices/{key}/{number}")
    assert (code in page, one.status_code, client.get(f"/projects/INV-1/practices/{key}.csv").status_code) == (
        True, 200, 200,
    )


def refused(project: Project, key: str, by: Person, **facts: Any) -> str:
    with pytest.raises(BadValue) as refusal:
        a_practice_record(project, key, by=by, **facts)
    return refusal.value.field


def test_user_is_a_member_or_a_name_and_once_in_a_role(lead: Person, project: Project) -> None:
    role, other, anna = a_role(project, by=lead), a_role(project, by=lead, name="sales"), a_person()
    a_member(project, anna)
    first = a_practice_record(project, "users", by=lead, role_id=role.id, person_id=anna.id)
    a_practice_record(project, "users", by=lead, role_id=other.id, person_id=anna.id)
    assert refused(project, "users", lead, role_id=role.id, name="") == "name"
    assert refused(project, "users", lead, role_id=role.id, person_id=anna.id) == "person_id"
    facts = {**FACTS["users"], "role_id": role.id, "person_id": anna.id, "is_champion": True}
    change_record(BY_KEY["users"], project=project, row=first, facts=facts, by=lead)
    assert first.is_champion is True


def test_message_has_one_primary_channel_for_each_audience(lead: Person, project: Project) -> None:
    first = a_practice_record(project, "channels", by=lead)
    a_practice_record(project, "channels", by=lead, is_primary=False, channel="mail")
    a_practice_record(project, "channels", by=lead, audience="sales")
    assert refused(project, "channels", lead, message="The NEW way begins") == "is_primary"
    change_record(BY_KEY["channels"], project=project, row=first, facts={**FACTS["channels"], "cadence": "weekly"}, by=lead)
    withdraw_record(BY_KEY["channels"], project=project, row=first, reason="mail is enough", by=lead)
    assert a_practice_record(project, "channels", by=lead).code == "CH-4"


def test_announcement_names_an_edition_that_is_there(lead: Person, project: Project) -> None:
    row = an_instruction(project, by=lead)
    assert refused(project, "announcements", lead, edition_number=1) == "instruction_id"
    assert refused(project, "announcements", lead, edition_number=2, instruction_id=row.id) == "edition_number"
    assert a_practice_record(project, "announcements", by=lead, edition_number=1, instruction_id=row.id).code == "AN-1"


def test_test_of_a_support_contact_has_day_and_result(lead: Person, project: Project) -> None:
    assert refused(project, "support", lead, result="worked") == "tested_on"
    assert refused(project, "support", lead, tested_on=FACTS["questions"]["asked_on"]) == "result"


def test_end_of_the_old_way_is_told_by_an_announcement_that_tells_it(lead: Person, project: Project) -> None:
    silent = a_practice_record(project, "announcements", by=lead)
    telling = a_practice_record(project, "announcements", by=lead, tells_old_way_stop=True)
    assert refused(project, "old_ways", lead, announcement_id=silent.id) == "announcement_id"
    assert a_practice_record(project, "old_ways", by=lead, announcement_id=telling.id).code == "OW-1"


def test_sum_that_is_none_and_day_to_come_are_refused_beside_their_field(client: Any, lead: Person, project: Project) -> None:
    comparison = a_practice_record(project, "comparisons", by=lead)
    client.sign_in(lead)
    typed = {"name": "x", "comparison_id": str(comparison.id), "price": "ten"}
    offer = client.post("/projects/INV-1/practices/offers/new", typed)
    asked = client.post("/projects/INV-1/practices/questions/new", {"question": "x", "asked_on": "2999-01-01"})
    assert [(each.status_code, f'id="{name}-error"' in each.text) for each, name in ((offer, "price"), (asked, "asked_on"))] == [
        (422, True), (422, True),
    ]


def test_question_shows_how_long_it_waits(client: Any, lead: Person, project: Project) -> None:
    a_practice_record(project, "questions", by=lead)
    page = client.sign_in(lead).get("/projects/INV-1/practices/questions").text
    assert ("waits too long" in page, "st-overdue" in page) == (True, True)
