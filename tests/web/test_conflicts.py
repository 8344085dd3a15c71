"""Two people save the same record: the second sees both texts, and nothing typed is lost."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import Inspector
from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.web.typed import form_in
from workbench.database import db
from workbench.people.guards import requires
from workbench.people.rules import Permission, Role
from workbench.projects.models import Project
from workbench.trail.queries import history, size

FACTS = {"name": "Old name", "purpose": "One bill", "scope": "", "out_of_scope": "", "confidentiality": "internal"}


@pytest.fixture
def address(client: Inspector) -> str:
    """The page of a project that was opened as version 1 and saved by somebody else since."""
    project = a_project(name="Old name")
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    path = f"/projects/{project.key}/facts"
    theirs = client.post(path, {**FACTS, "name": "Their name", "version": "1"})
    assert theirs.status_code == 303
    return path


def stored() -> Project:
    db.session.remove()
    return db.session.scalars(select(Project)).one()


def test_form_carries_the_version_read(client: Inspector, address: str) -> None:
    _action, fields = form_in(client.get(address).text, "form-page")
    assert (fields["version"], fields["name"]) == ("2", "Their name")


def test_refused_form_keeps_the_version_it_was_opened_with(client: Inspector, address: str) -> None:
    answer = client.post(address, {**FACTS, "name": "", "version": "1"})
    assert answer.status_code == 422
    assert form_in(answer.text, "form-page")[1]["version"] == "1"


def test_stale_save_shows_both_texts_and_stores_nothing(client: Inspector, address: str) -> None:
    entries = size()
    answer = client.post(address, {**FACTS, "name": "My name", "version": "1"})
    action, fields = form_in(answer.text, "conflict-form")
    assert answer.status_code == 409
    assert (action, fields["version"], fields["name"], fields["purpose"]) == (f"{address}?", "2", "My name", "One bill")
    assert answer.text.count("Their name") == 1
    assert (stored().name, stored().version, size()) == ("Their name", 2, entries)


def test_conflict_page_sent_again_stores_the_text(client: Inspector, address: str) -> None:
    page = client.post(address, {**FACTS, "name": "My name", "version": "1"}).text
    action, fields = form_in(page, "conflict-form")
    answer = client.post(action, fields, keys={})
    project = stored()
    assert (answer.status_code, project.name, project.purpose, project.version) == (303, "My name", "One bill", 3)
    assert [each.act for each in history("project", project.id)] == [
        "project_opened",
        "project_described",
        "project_described",
    ]


def test_conflict_page_sent_again_after_a_third_save_is_a_conflict_again(client: Inspector, address: str) -> None:
    page = client.post(address, {**FACTS, "name": "My name", "version": "1"}).text
    action, fields = form_in(page, "conflict-form")
    client.post(address, {**FACTS, "name": "A third name", "version": "2"})
    answer = client.post(action, fields, keys={})
    assert (answer.status_code, stored().name) == (409, "A third name")


def test_save_overtaken_within_the_request_answers_409(app: Flask, client: Inspector, address: str) -> None:
    """The version is compared again by the UPDATE itself, so nothing slips in between."""
    app.config["WTF_CSRF_ENABLED"] = False

    def page() -> str:
        row = db.session.scalars(select(Project)).one()
        db.session.connection().exec_driver_sql("UPDATE project SET version = 10")
        row.name = "Late"
        db.session.flush()
        return "done"

    app.view_functions["people.new"] = requires(Permission.SESSION_USE)(page)
    answer = client.post("/people/new", keys={})
    assert (answer.status_code, stored().name) == (409, "Their name")
