"""An installation of an earlier version opens, keeps its trail whole and goes on (product.md §8, trap 6)."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import opened
from tests.factories.lifecycle import a_decision
from tests.factories.people import PASSWORD
from workbench.config import Settings
from workbench.database import db, upgrade
from workbench.inquiry.queries import objectives
from workbench.lifecycle.rules import Outcome
from workbench.people.actions import set_password
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.queries import verify
from workbench.web.transactions import commit

DUMPS = sorted(Path(__file__).parent.glob("at_*.sql"))
PAGES = (
    "", "steps/1", "steps/1/gate", "steps/9", "all-records", "records/needs", "records/objectives", "records/consultations",
    "records/limitations", "paths", "changes", "practices", "adoption", "artefacts/swot", "decisions/1", "trail", "team",
)  # fmt: skip


@pytest.fixture(scope="module", params=DUMPS, ids=[each.stem for each in DUMPS])
def brought_up(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of an earlier version, brought up to date once: each test goes on with a copy."""
    home = tmp_path_factory.mktemp("earlier") / "home"
    home.mkdir()
    with sqlite3.connect(home / "ninefold.db") as file:
        file.executescript(request.param.read_text(encoding="utf-8"))
    file.close()
    with opened(Settings(home=home, testing=True)):
        upgrade(db.engine)
    return home


@pytest.fixture
def app(brought_up: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application on the data of an earlier version: one project with a record of each kind, and a decision."""
    home = tmp_path / "home"
    shutil.copytree(brought_up, home)
    with opened(Settings(home=home, testing=True, sign_in_limit="1000 per minute")) as made:
        yield made
    shutil.rmtree(home)


def test_trail_is_whole_and_goes_on(app: Flask, tmp_path: Path) -> None:
    keys = tmp_path / "home" / "keys"
    assert verify(keys).faults == ()
    lead, project = db.session.get_one(Person, 1), db.session.scalars(select(Project)).one()
    set_password(person=lead, password=PASSWORD, by=lead)  # the salt of the installation is not in the dump
    a_decision(project, 1, by=lead, keys=keys, outcome=Outcome.HOLD, reason="Still held.")
    commit()
    assert verify(keys).faults == ()


def test_records_are_where_they_were(app: Flask) -> None:
    project = db.session.scalars(select(Project)).one()
    assert [(each.code, each.state) for each in objectives(project.id)] == [("O1", "not_met"), ("O1b", "set")]


@pytest.mark.parametrize("page", PAGES)
def test_page_opens(app: Flask, client: Any, page: str) -> None:
    lead = db.session.scalars(select(Person)).first()
    assert client.sign_in(lead).get(f"/projects/OLD-1/{page}", follow_redirects=True).status_code == 200
