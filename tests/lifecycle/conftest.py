"""A project whose first gate nothing blocks, made once and copied: proving each item anew would take longer than a test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import opened
from tests.factories.lifecycle import a_project_at_gate_one
from workbench import clock
from workbench.config import Settings
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.web.transactions import commit


@pytest.fixture(scope="session")
def migrated(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder that the tests here copy: not empty, but with that project."""
    home = tmp_path_factory.mktemp("ready") / "home"
    shutil.copytree(migrated, home)
    with opened(Settings(home=home, testing=True)):
        a_project_at_gate_one()
        commit()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
    return home


@pytest.fixture
def ready(app: object) -> tuple[Project, Person, Person]:
    """(project, its contributor, its sponsor)."""
    people = [
        db.session.scalars(select(Person).where(Person.name == name)).one()
        for name in ("Cleo Contributor", "Sam Sponsor")
    ]
    return db.session.scalars(select(Project)).one(), people[0], people[1]


@pytest.fixture(autouse=True)
def still(app: Flask) -> Iterator[None]:
    """The clock stands on a Monday."""
    clock.fix(datetime(2026, 3, 2, 9, tzinfo=UTC))
    yield
    clock.fix(None)


@pytest.fixture
def keys(home: Path) -> Path:
    return home / "keys"
