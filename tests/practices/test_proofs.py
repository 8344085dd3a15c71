"""What the gates of steps 7 and 8 ask: each proof from lacking to in order, in at most two queries."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from flask import Flask

from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.practices import (
    DAY,
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
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.practices import actions, proofs, queries, registers
from workbench.projects.models import Project
from workbench.registers.actions import change_record, withdraw_record

Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def signer(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD, password=PASSWORD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def test_every_role_has_an_approved_instruction(lead: Person, signer: Person, project: Project) -> None:
    assert proofs.roles_missing(project.id) == ["…"]
    a_role(project, by=lead)
    seller = a_role(project, by=lead, name="sales")
    assert (proofs.roles_missing(project.id), proofs.roles_without_instruction(project.id)) == (
        [], ["billing clerk", "sales"],
    )
    row = an_instruction(project, by=lead, role="Billing clerk")
    assert proofs.roles_without_instruction(project.id) == ["billing clerk", "sales"]
    an_approval(project, row, by=signer)
    assert proofs.roles_without_instruction(project.id) == ["sales"]
    an_approval(project, an_instruction(project, by=lead, role_id=seller.id), by=signer)
    assert proofs.roles_without_instruction(project.id) == []


def test_regular_users_of_critical_roles_have_practised(lead: Person, project: Project) -> None:
    a_member(project, lead)
    role, other = a_role(project, by=lead), a_role(project, by=lead, name="sales", is_critical=False)
    anna = a_user(project, role, by=lead)
    a_user(project, role, by=lead, name="Rare", is_occasional=True)
    a_user(project, other, by=lead, name="Seller")
    assert proofs.users_without_practice(project.id) == ["U-1 Anna"]  # no task is described yet
    first, second = a_task(project, role, by=lead), a_task(project, role, by=lead, in_sandbox=False)
    a_task_done(project, second, anna, observer=lead, by=lead, in_sandbox=False)
    a_task_done(project, first, anna, observer=lead, by=lead, in_sandbox=False)
    assert proofs.users_without_practice(project.id) == ["U-1 Anna"]
    a_task_done(project, first, anna, observer=lead, by=lead)
    assert proofs.users_without_practice(project.id) == []


def test_support_counts_once_it_was_tried_with_success(lead: Person, project: Project) -> None:
    assert proofs.support_untested(project.id) == ["…"]
    row = a_practice_record(project, "support", by=lead)
    tried = {"tested_on": DAY, "tested_by_id": lead.id}
    seen = [proofs.support_untested(project.id)]
    for result in ("failed", "worked"):
        change_record(registers.SUPPORT, project=project, row=row, facts={**tried, "result": result}, by=lead)
        seen.append(proofs.support_untested(project.id))
    assert seen == [["SC-1 Service desk"], ["SC-1 Service desk"], []]


def test_share_of_readers_is_measured_on_the_edition_in_force(lead: Person, signer: Person, project: Project) -> None:
    assert proofs.unread(project.id, 95) == ["…"]
    role, people = a_role(project, by=lead), [a_person() for _ in range(2)]
    users = [a_user(project, role, by=lead, person_id=each.id, name="") for each in people]
    names = [f"{each.code} {each.name}" for each in users]
    assert proofs.unread(project.id, 95) == ["0 of 2 users have read (0 %)", *names]
    row = an_instruction(project, by=lead)
    edition = an_approval(project, row, by=signer)
    a_reading_by(project, edition, users[0], by=people[0])
    assert (proofs.unread(project.id, 95), proofs.unread(project.id, 50)) == (
        ["1 of 2 users have read (50 %)", names[1]], [],
    )
    a_reading_by(project, edition, users[1], by=people[1])
    assert proofs.unread(project.id, 100) == []
    actions.revise_instruction(project=project, instruction=row, title="x", role=row.role, body="y", by=lead)
    assert proofs.unread(project.id, 95) == []  # not in force before it is signed
    an_approval(project, row, by=signer)
    assert proofs.unread(project.id, 95) == ["0 of 2 users have read (0 %)", *names]


def test_every_message_has_one_primary_channel(lead: Person, project: Project) -> None:
    assert proofs.messages_without_channel(project.id) == ["…"]
    mail = a_practice_record(project, "channels", by=lead, channel="mail", is_primary=False)
    assert proofs.messages_without_channel(project.id) == ["The new way begins (billing clerks)"]
    a_practice_record(project, "channels", by=lead, message="the new way  begins")
    assert proofs.messages_without_channel(project.id) == []
    assert [(each.message, each.duplicate_minutes) for each in queries.messages(project.id)] == [("the new way  begins", 30)]
    withdraw_record(registers.CHANNELS, project=project, row=mail, reason="once is enough", by=lead)
    assert [each.duplicate_minutes for each in queries.messages(project.id)] == [0]


def test_old_questions_wait_longer_than_the_days_given(lead: Person, project: Project) -> None:
    row = a_practice_record(project, "questions", by=lead, asked_on=date(2026, 1, 1))
    assert [proofs.old_questions(project.id, date(2026, 1, day), 14) for day in (15, 16)] == [[], ["Q-1"]]
    actions.answer_question(
        project=project, question=row, answer="x", answered_on=date(2026, 1, 20), is_faq=False, by=lead
    )
    assert proofs.old_questions(project.id, date(2026, 2, 1), 14) == []


def test_old_way_has_its_end_and_people_know_it(lead: Person, project: Project) -> None:
    assert proofs.old_way_open(project.id) == ["…"]
    row = a_practice_record(project, "old_ways", by=lead)
    sent = a_practice_record(project, "announcements", by=lead, tells_old_way_stop=True)
    seen = [proofs.old_way_open(project.id)]
    for facts in ({"stops_on": DAY, "announcement_id": None}, {"stops_on": DAY, "announcement_id": sent.id}):
        change_record(registers.OLD_WAYS, project=project, row=row, facts=facts, by=lead)
        seen.append(proofs.old_way_open(project.id))
    assert seen == [["OW-1 typing the counts"], ["OW-1 typing the counts"], []]


ASKED: dict[str, Callable[[int], Any]] = {
    "roles_missing": proofs.roles_missing,
    "roles_without_instruction": proofs.roles_without_instruction,
    "users_without_practice": proofs.users_without_practice,
    "support_untested": proofs.support_untested,
    "unread": lambda number: proofs.unread(number, 95),
    "messages_without_channel": proofs.messages_without_channel,
    "old_questions": lambda number: proofs.old_questions(number, DAY, 14),
    "old_way_open": proofs.old_way_open,
}


@pytest.mark.parametrize("number", [1, 10])
def test_each_proof_takes_two_queries_at_most(
    lead: Person, signer: Person, project: Project, count_queries: Counting, number: int
) -> None:
    for _each in range(number):
        role = a_role(project, by=lead)
        a_task(project, role, by=lead)
        a_user(project, role, by=lead)
        an_approval(project, an_instruction(project, by=lead, role_id=role.id), by=signer)
        for key in ("support", "questions", "old_ways"):
            a_practice_record(project, key, by=lead)
        a_practice_record(project, "channels", by=lead, is_primary=False)
    found = project.id
    taken = {}
    for name, proof in ASKED.items():
        with count_queries() as seen:
            proof(found)
        taken[name] = len([each for each in seen if each.startswith("SELECT")]) <= 2
    assert taken == dict.fromkeys(ASKED, True)
