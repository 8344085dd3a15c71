"""One commit per request, reading never writes, sealed rows stay, and a form sent twice acts once."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DBAPIError

from tests.conftest import Inspector
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.database import Base, db, reading
from workbench.people.guards import public
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects import queries
from workbench.projects.models import Participant, Project
from workbench.trail.models import Entry
from workbench.trail.queries import size
from workbench.web import transactions
from workbench.web.transactions import SealedRowChanged, Submission, UnrecordedChange, WriteInReadingRequest

FACTS = {"name": "New name", "purpose": "", "scope": "", "out_of_scope": "", "confidentiality": "internal"}


def add_page(app: Flask, view: Callable[[], Any], method: str) -> None:
    """A page of the test's own, open to everybody, whose errors reach the test."""
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.config["WTF_CSRF_ENABLED"] = False
    app.add_url_rule("/test-page", view_func=public(view), methods=[method])


def the_name(key: str) -> str:
    return str(db.session.scalar(select(Project.name).where(Project.key == key)))


def test_reading_request_that_writes_is_refused(app: Flask, client: Inspector) -> None:
    def page() -> str:
        a_person()
        return "done"

    add_page(app, page, "GET")
    with pytest.raises(WriteInReadingRequest):
        client.get("/test-page")
    assert db.session.scalar(select(func.count(Person.id))) == 0


def test_reading_request_does_not_wait_for_a_writer(client: Inspector, home: Path) -> None:
    client.sign_in(a_person(name="Ada"))
    writer = sqlite3.connect(home / "ninefold.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        assert client.get("/projects/").status_code == 200
    finally:
        writer.close()


def test_change_without_an_entry_is_refused(app: Flask, client: Inspector) -> None:
    person = a_person(name="Ada")
    transactions.commit()

    def page() -> str:
        db.session.get_one(Person, person.id).name = "Eve"
        return "done"

    add_page(app, page, "POST")
    with pytest.raises(UnrecordedChange, match="person"):
        client.post("/test-page", keys={})
    db.session.rollback()
    assert db.session.scalar(select(Person.name)) == "Ada"


def test_change_without_an_entry_is_refused_when_it_was_flushed_before(app: Flask) -> None:
    a_person(name="Ada")
    transactions.commit()
    db.session.add(
        Project(key="INV-1", name="x", opened_at=db.session.scalars(select(Person)).one().created_at, opened_by_id=1)
    )
    db.session.flush()
    with pytest.raises(UnrecordedChange, match="project"):
        transactions.commit()
    assert queries.project_with_key("INV-1") is None


def test_entry_of_an_earlier_transaction_does_not_excuse_a_later_change(app: Flask) -> None:
    person = a_person(name="Ada")
    transactions.commit()
    person.name = "Eve"
    with pytest.raises(UnrecordedChange):
        transactions.commit()


def test_request_commits_once(app: Flask, client: Inspector) -> None:
    project = a_project()
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    keys, commits = client.keys(), []

    def note(connection: Any) -> None:
        commits.append(connection)

    db.session.remove()
    event.listen(db.engine, "commit", note)
    answer = client.post(f"/projects/{project.key}/facts", {**FACTS, "version": "1"}, keys=keys)
    event.remove(db.engine, "commit", note)
    assert (answer.status_code, len(commits), the_name(project.key)) == (303, 1, "New name")


def test_refused_request_leaves_nothing_behind(app: Flask, client: Inspector) -> None:
    def page() -> tuple[str, int]:
        a_person()
        return "no", 409

    add_page(app, page, "POST")
    before = size()
    assert client.post("/test-page", keys={}).status_code == 409
    assert (db.session.scalar(select(func.count(Person.id))), size()) == (0, before)


def test_sealed_row_cannot_be_changed_through_the_session(app: Flask) -> None:
    a_person()
    transactions.commit()
    db.session.scalars(select(Entry)).first().act = "something_else"
    with pytest.raises(SealedRowChanged, match="Entry 1"):
        db.session.flush()


def test_sealed_row_cannot_be_deleted_through_the_session(app: Flask) -> None:
    a_person()
    transactions.commit()
    db.session.delete(db.session.scalars(select(Entry)).first())
    with pytest.raises(SealedRowChanged, match="Entry 1"):
        db.session.flush()


@pytest.mark.parametrize("statement", ["UPDATE trail_entry SET act = 'x'", "DELETE FROM trail_entry"])
def test_sealed_row_cannot_be_changed_by_sql(any_app: Flask, statement: str) -> None:
    a_person()
    transactions.commit()
    with pytest.raises(DBAPIError, match="rows of trail_entry never change once written"):
        db.session.execute(text(statement))
    db.session.rollback()
    assert db.session.scalars(select(Entry.act)).all() == ["person_added"]


def test_every_sealed_table_has_both_triggers(any_app: Flask) -> None:
    sealed = {mapper.class_.__tablename__ for mapper in Base.registry.mappers if mapper.class_.__sealed__}
    on_postgresql = db.engine.dialect.name == "postgresql"
    catalogue = "pg_trigger WHERE NOT tgisinternal" if on_postgresql else "sqlite_master WHERE type = 'trigger'"
    column = "tgname" if on_postgresql else "name"
    found = set(db.session.scalars(text(f"SELECT {column} FROM {catalogue}")))
    assert found == {f"sealed_{table}_{verb}" for table in sealed for verb in ("update", "delete")}


def test_form_sent_twice_has_one_effect_and_one_answer(any_app: Flask) -> None:
    any_app.test_client_class = Inspector
    client = any_app.test_client()
    project = a_project()
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    form = {"name": "Reseller D", "organisation": "D", "layer": "reseller", "expects": ""}
    keys = client.keys()
    first = client.post(f"/projects/{project.key}/participants/new", form, keys=keys)
    entries = size()
    second = client.post(f"/projects/{project.key}/participants/new", form, keys=keys)
    assert (first.status_code, first.location, first.text) == (second.status_code, second.location, second.text)
    assert first.status_code == 303
    assert (db.session.scalar(select(func.count(Participant.id))), size()) == (1, entries)


def test_same_key_of_another_person_is_another_form(app: Flask, client: Inspector) -> None:
    project = a_project()
    form = {"name": "Reseller D", "organisation": "D", "layer": "reseller", "expects": ""}
    for _turn in range(2):
        for person in (a_person(role=Role.QUALITY_LEAD, name="Ada"), a_person(role=Role.QUALITY_LEAD, name="Eve")):
            client.sign_in(person)
            keys = {**client.keys(), "idempotency_key": "the same"}
            for _again in range(2):
                assert client.post(f"/projects/{project.key}/participants/new", form, keys=keys).status_code == 303
    assert db.session.scalar(select(func.count(Participant.id))) == 4
    assert db.session.scalar(select(func.count(Submission.person_id))) == 4


def test_refused_form_may_be_mended_under_its_key(app: Flask, client: Inspector) -> None:
    project = a_project()
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    address, keys = f"/projects/{project.key}/participants/new", client.keys()
    form = {"name": "", "organisation": "D", "layer": "reseller", "expects": ""}
    assert client.post(address, form, keys=keys).status_code == 422
    assert client.post(address, {**form, "name": "Reseller D"}, keys=keys).status_code == 303
    assert [each.name for each in queries.participants(project.id)] == ["Reseller D"]


def test_key_on_another_page_is_another_form(app: Flask, client: Inspector) -> None:
    one, two = a_project(), a_project()
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    form, keys = {"name": "Reseller D", "organisation": "D", "layer": "reseller", "expects": ""}, client.keys()
    answers = [client.post(f"/projects/{each.key}/participants/new", form, keys=keys) for each in (one, two)]
    assert [each.status_code for each in answers] == [303, 303]
    assert [len(queries.participants(each.id)) for each in (one, two)] == [1, 1]


def test_form_sent_twice_at_once_acts_once(any_app: Flask) -> None:
    any_app.test_client_class = Inspector
    client = any_app.test_client()
    project, person = a_project(), a_person(role=Role.QUALITY_LEAD)
    client.sign_in(person)
    keys, cookie = client.keys(), client.get_cookie("ninefold")
    db.session.remove()
    form = {"name": "Reseller D", "organisation": "D", "layer": "reseller", "expects": "", **keys}
    answers: list[tuple[int, str | None]] = []

    def send() -> None:
        browser = any_app.test_client()
        browser.set_cookie("ninefold", cookie.value)
        answer = super(Inspector, browser).open(f"/projects/{project.key}/participants/new", method="POST", data=form)
        answers.append((answer.status_code, answer.location))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(303, f"/projects/{project.key}/team")] * 4
    assert len(queries.participants(project.id)) == 1


def test_form_without_csrf_token_is_refused(app: Flask, client: Inspector) -> None:
    project = a_project()
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    answer = client.post(f"/projects/{project.key}/facts", FACTS, keys={})
    assert (answer.status_code, the_name(project.key)) == (400, project.name)


def test_form_with_another_sessions_csrf_token_is_refused(app: Flask, client: Inspector) -> None:
    project = a_project()
    keys = app.test_client().keys()
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    answer = client.post(f"/projects/{project.key}/facts", FACTS, keys=keys)
    assert (answer.status_code, the_name(project.key)) == (400, project.name)


def test_form_with_an_unknown_field_is_refused(app: Flask, client: Inspector) -> None:
    project = a_project()
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    answer = client.post(f"/projects/{project.key}/facts", {**FACTS, "state": "closed"})
    assert (answer.status_code, the_name(project.key)) == (422, project.name)
    assert "The field “state” is not part of this form." in answer.text


def test_locked_database_answers_503_and_keeps_the_text(app: Flask, client: Inspector, home: Path) -> None:
    project, person = a_project(), a_person(role=Role.CONTRIBUTOR)
    a_member(project, person, role=Role.PROJECT_MANAGER)
    client.sign_in(person)
    keys = client.keys()
    db.session.remove()
    with reading(), db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")  # five seconds are right for people and long for a test
    writer = sqlite3.connect(home / "ninefold.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        answer = client.post(f"/projects/{project.key}/facts", FACTS, keys=keys)
    finally:
        writer.close()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "New name" in answer.text


def test_failure_to_save_at_the_end_is_answered_as_one(any_app: Flask) -> None:
    any_app.test_client_class = Inspector
    person = a_person(role=Role.QUALITY_LEAD)
    transactions.commit()

    def page() -> str:
        twin = Person(
            name="Twin",
            email=person.email,
            role=person.role,
            language="",
            password="!",
            created_at=person.created_at,
            fs_uniquifier="twin",
        )
        db.session.add(twin)  # found to be one too many only when the request is committed
        return "done"

    any_app.config["WTF_CSRF_ENABLED"] = False
    any_app.add_url_rule("/test-page", view_func=public(page), methods=["POST"])
    answer = any_app.test_client().post("/test-page", keys={})
    assert (
        answer.status_code,
        answer.headers.get("Location"),
        "nonce-" in answer.headers["Content-Security-Policy"],
    ) == (
        409,
        None,
        True,
    )
    assert db.session.scalar(select(func.count(Person.id))) == 1


def test_pause_lets_others_write(app: Flask, home: Path) -> None:
    a_person()
    transactions.commit()
    assert db.session.scalar(select(func.count(Person.id))) == 1  # takes the write lock, as every form does
    transactions.pause()
    writer = sqlite3.connect(home / "ninefold.db", isolation_level=None, timeout=0)
    writer.execute("BEGIN IMMEDIATE")
    writer.close()


def test_pause_keeps_what_waits_to_be_saved(app: Flask) -> None:
    a_person()
    transactions.pause()
    transactions.rollback()
    assert db.session.scalar(select(func.count(Person.id))) == 0


def test_answer_that_leads_to_a_long_address_is_kept_on_both_engines(any_app: Flask) -> None:
    any_app.test_client_class = Inspector
    client = any_app.test_client().sign_in(a_person(role=Role.QUALITY_LEAD))
    answer = client.post("/language", {"language": "fr", "next": f"/projects/?q={'x' * 3000}"})
    assert answer.status_code == 303
    db.session.remove()
    assert db.session.scalar(select(Submission.location)) == "/projects/"


def test_old_answers_are_forgotten(app: Flask, client: Inspector) -> None:
    client.sign_in(a_person())
    client.post("/language", {"language": "fr"})
    kept = db.session.scalars(select(Submission)).one().at
    assert (transactions.forget_answers(kept), transactions.forget_answers(kept + timedelta(seconds=1))) == (0, 1)
