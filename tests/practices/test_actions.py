"""Instructions written, revised and signed; tasks practised; editions read; questions answered."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.exc import DatabaseError

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
from workbench.database import db
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.practices import actions, queries
from workbench.practices.models import InstructionApproval, WorkInstruction
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.trail.queries import history, verify
from workbench.web.refusals import BadValue, Refused


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def signer(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD, password=PASSWORD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def revise(project: Project, row: WorkInstruction, by: Person, body: str = "new text", **facts: Any) -> None:
    actions.revise_instruction(project=project, instruction=row, title=row.title, role=row.role, body=body, by=by, **facts)


def sign(project: Project, row: WorkInstruction, by: Person, password: str = PASSWORD) -> None:
    actions.approve_instruction(project=project, instruction=row, password=password, by=by)


def test_write_instruction_is_edition_one(lead: Person, project: Project) -> None:
    rows = [an_instruction(project, by=lead) for _ in range(2)]
    (event,) = history("work_instruction", rows[0].id)
    assert [(each.code, each.edition) for each in rows] == [("WI-1", 1), ("WI-2", 1)]
    assert (event.act, event.project, event.new["edition"]) == ("instruction_written", project.key, 1)


def test_revise_instruction_raises_the_edition_and_keeps_the_old_text(lead: Person, project: Project) -> None:
    row = an_instruction(project, by=lead, body="old text")
    revise(project, row, lead, what_changed="the export moved")
    event = history("work_instruction", row.id)[-1]
    assert (row.edition, event.act, event.old["body"], event.old["edition"], event.new["body"], event.new["edition"]) == (
        2, "instruction_revised", "old text", 1, "new text", 2,
    )
    assert [(each.number, each.body, each.what_changed) for each, _signed in queries.editions(row.id)] == [
        (2, "new text", "the export moved"), (1, "old text", ""),
    ]


def test_instruction_takes_the_name_of_its_role(lead: Person, project: Project) -> None:
    role = a_role(project, by=lead, name="sales")
    row = an_instruction(project, by=lead, role="", role_id=role.id)
    assert (row.role, row.role_id) == ("sales", role.id)
    with pytest.raises(BadValue, match="not one of the project"):
        an_instruction(a_project(by=lead, key="INV-2"), by=lead, role_id=role.id)


def test_edition_is_signed_by_somebody_else_once(lead: Person, signer: Person, project: Project) -> None:
    row = an_instruction(project, by=lead)
    with pytest.raises(Refused, match="You wrote this edition"):
        sign(project, row, lead)
    with pytest.raises(BadValue, match="password is not right"):
        sign(project, row, signer, "something else entirely")
    sign(project, row, signer)
    with pytest.raises(Refused, match="Edition 1 of WI-1 is signed already"):
        sign(project, row, a_person())
    assert queries.approved_numbers(project.id) == {row.id: 1}


def test_new_edition_is_in_force_once_signed(lead: Person, signer: Person, project: Project) -> None:
    row = an_instruction(project, by=lead)
    sign(project, row, signer)
    revise(project, row, lead)
    assert [each.number for each in queries.in_force(project.id)] == [1]
    sign(project, row, signer)
    assert [each.number for each in queries.in_force(project.id)] == [2]


def test_signature_never_changes(lead: Person, signer: Person, project: Project, save: Any) -> None:
    sign(project, an_instruction(project, by=lead), signer)
    save()
    with pytest.raises(DatabaseError, match="never change"):
        db.session.execute(delete(InstructionApproval))
    db.session.rollback()


def older(project: Project, by: Person, code: str = "WI-1") -> WorkInstruction:
    """An instruction as an earlier version of the application wrote it: without a row for its edition."""
    row = WorkInstruction(project_id=project.id, code=code, title="Old", role="clerk", body="old text", edition=1)
    db.session.add(row)
    record("instruction_written", row, by=by, project=project.key)
    return row


def test_text_older_than_the_editions_is_signed_but_not_by_its_writer(
    lead: Person, signer: Person, project: Project, save: Any, home: Path
) -> None:
    row = older(project, lead)
    with pytest.raises(Refused, match="You wrote this edition"):
        sign(project, row, lead)
    sign(project, row, signer)
    save()
    assert [(each.number, each.body, each.written_by_id) for each, _signed in queries.editions(row.id)] == [
        (1, "old text", None)
    ]
    assert verify(home / "keys").faults == ()


def test_text_older_than_the_editions_is_kept_when_it_is_revised(
    lead: Person, project: Project, save: Any, home: Path
) -> None:
    row = older(project, lead)
    revise(project, row, lead)
    save()
    assert [(each.number, each.body) for each, _signed in queries.editions(row.id)] == [(2, "new text"), (1, "old text")]
    assert verify(home / "keys").faults == ()


def test_task_is_recorded_with_who_saw_it(lead: Person, project: Project) -> None:
    role = a_role(project, by=lead)
    anna, observer = a_person(), a_person(name="Olga")
    a_member(project, anna)
    a_member(project, observer)
    user, task = a_user(project, role, by=lead, person_id=anna.id), a_task(project, role, by=lead)
    made = a_task_done(project, task, user, observer=observer, by=lead)
    (grid,) = queries.grids(project.id)
    cell = grid.cells[user.id, task.id]
    assert (made.in_sandbox, cell.observer, cell.on) == (True, "Olga", clock.today())
    assert history("task_done", made.id)[-1].new["user"] == "U-1"


def test_task_is_not_seen_by_the_user_nor_by_a_stranger_nor_tomorrow(lead: Person, project: Project) -> None:
    role, other = a_role(project, by=lead), a_role(project, by=lead, name="sales")
    anna = a_person()
    a_member(project, anna)
    a_member(project, lead)
    user, task = a_user(project, role, by=lead, person_id=anna.id), a_task(project, role, by=lead)
    tomorrow = clock.today() + timedelta(days=1)
    wrong: list[tuple[str, Any, Person, dict[str, Any]]] = [
        ("observer_id", task, anna, {}),
        ("observer_id", task, a_person(), {}),
        ("done_on", task, lead, {"done_on": tomorrow}),
        ("task_id", a_task(project, other, by=lead), lead, {}),
    ]
    seen = []
    for _field, each, observer, facts in wrong:
        with pytest.raises(BadValue) as refusal:
            a_task_done(project, each, user, observer=observer, by=lead, **facts)
        seen.append(refusal.value.field)
    assert seen == [field for field, *_rest in wrong]


def test_user_reads_the_edition_in_force_once(lead: Person, signer: Person, project: Project) -> None:
    anna = a_person()
    user = a_user(project, a_role(project, by=lead), by=lead, person_id=anna.id)
    row = an_instruction(project, by=lead)
    unsigned = queries.edition(row.id, 1)
    with pytest.raises(Refused, match="Edition 1 is not in force"):
        a_reading_by(project, unsigned, user, by=anna)
    edition = an_approval(project, row, by=signer)
    made = a_reading_by(project, edition, user, by=anna)
    with pytest.raises(Refused, match="recorded already"):
        a_reading_by(project, edition, user, by=anna)
    assert (made.on_behalf, made.meaning, queries.users_who_read(project.id)) == (
        False, "I have read and understood it.", {user.id},
    )


def test_new_edition_asks_again_and_tells_what_changed_only_to_its_role(
    lead: Person, signer: Person, project: Project
) -> None:
    anna = a_person()
    user = a_user(project, a_role(project, by=lead), by=lead, person_id=anna.id)
    seller = a_user(project, a_role(project, by=lead, name="sales"), by=lead)
    row = an_instruction(project, by=lead)
    first = an_approval(project, row, by=signer)
    assert queries.changed_since_read(first, user.id) == []
    a_reading_by(project, first, user, by=anna)
    revise(project, row, lead, what_changed="the export moved")
    revise(project, row, lead, what_changed="a column is new")
    second = an_approval(project, row, by=signer)
    (reading,) = queries.readings(project.id)
    assert ([each.code for each in reading.read], [each.code for each in reading.unread]) == ([], [user.code])
    assert queries.changed_since_read(second, user.id) == [(2, "the export moved"), (3, "a column is new")]
    with pytest.raises(Refused, match="for another role"):
        a_reading_by(project, second, seller, by=lead)


def test_champion_records_a_reading_for_another_with_the_reason(lead: Person, signer: Person, project: Project) -> None:
    role, champion = a_role(project, by=lead), a_person()
    user = a_user(project, role, by=lead)
    edition = an_approval(project, an_instruction(project, by=lead), by=signer)
    with pytest.raises(Refused, match="Only a champion"):
        a_reading_by(project, edition, user, by=champion, reason="said so")
    a_user(project, role, by=lead, person_id=champion.id, is_champion=True)
    with pytest.raises(BadValue, match="how you know it"):
        a_reading_by(project, edition, user, by=champion)
    made = a_reading_by(project, edition, user, by=champion, reason="said so on Monday")
    assert (made.on_behalf, made.reason, made.person_id) == (True, "said so on Monday", champion.id)


def test_question_is_answered_on_a_day_after_it(lead: Person, project: Project) -> None:
    row = a_practice_record(project, "questions", by=lead)
    told = {"project": project, "question": row, "answer": "The deputy.", "is_faq": True, "by": lead}
    with pytest.raises(BadValue, match="between the question and today"):
        actions.answer_question(answered_on=date(2026, 1, 4), **told)
    assert (row.state, queries.faq(project.id)) == ("overdue", [])
    actions.answer_question(answered_on=date(2026, 1, 8), **told)
    assert (row.state, row.days, [each.code for each in queries.faq(project.id)]) == ("answered", 3, ["Q-1"])
    assert history("question", row.id)[-1].act == "question_answered"


def test_writer_of_an_older_text_is_known_whatever_the_number_of_the_text(
    lead: Person, signer: Person, project: Project
) -> None:
    written = [an_instruction(project, by=lead) for _ in range(3)]
    row = older(project, lead, code="WI-9")
    assert (row.id > lead.id, len(written)) == (True, 3)
    with pytest.raises(Refused, match="You wrote this edition"):
        sign(project, row, lead)
