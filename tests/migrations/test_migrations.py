"""Every migration up and down with rows in the tables, on both engines; at the head the tables are those of the models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from tests.conftest import ENGINES, opened
from tests.factories.checklists import a_checklist, an_answer
from tests.factories.lifecycle import a_decision
from tests.factories.people import PASSWORD, a_person
from tests.factories.projects import a_project
from tests.servers import postgresql_database
from workbench import layout
from workbench.config import Settings
from workbench.database import Base, check_durability, db, downgrade, revision_of, upgrade
from workbench.lifecycle.rules import Outcome
from workbench.people.rules import Role
from workbench.trail.queries import verify
from workbench.web.transactions import commit

REVISIONS = sorted(file.name.partition("_")[0] for file in layout.MIGRATIONS.glob("versions/[0-9]*.py"))


@pytest.fixture(params=ENGINES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database without a table."""
    with ExitStack() as stack:
        address = ""
        (tmp_path / "home").mkdir()
        if request.param == "postgresql":
            server = request.getfixturevalue("postgresql")
            address = stack.enter_context(postgresql_database(server, "walked"))
        yield stack.enter_context(opened(Settings(home=tmp_path / "home", testing=True, database_url=address)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder of `empty` and of `any_app`, which stands at the head."""
    return tmp_path / "home"


def some_rows(keys: Path) -> None:
    lead = a_person(role=Role.QUALITY_LEAD, password=PASSWORD)
    project = a_project(by=lead)
    an_answer(project, a_checklist(project, by=lead), "G1-01", by=lead)
    a_decision(project, 1, by=lead, keys=keys, outcome=Outcome.HOLD)
    commit()
    db.session.remove()


def counts() -> dict[str, int]:
    with db.engine.connect() as connection:
        tables = [table for table in inspect(connection).get_table_names() if table != "alembic_version"]
        return {
            table: int(connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar() or 0)
            for table in sorted(tables)
        }


def test_revisions_follow_one_another(empty: Flask) -> None:
    for revision in REVISIONS:
        upgrade(db.engine, revision)
        assert revision_of(db.engine) == revision
    check_durability(db.engine)


def test_head_is_what_the_models_say(any_app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": Base.metadata})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrade_twice_changes_nothing(any_app: Flask, folder: Path) -> None:
    some_rows(folder / "keys")
    before = counts()
    upgrade(db.engine)
    assert (revision_of(db.engine), counts()) == (REVISIONS[-1], before)


def test_each_revision_down_and_up_again_keeps_the_rows(any_app: Flask, folder: Path) -> None:
    some_rows(folder / "keys")
    before = counts()
    assert {before[table] for table in ("person", "project", "answer", "gate_decision", "trail_checkpoint")} == {1}
    for position in range(len(REVISIONS) - 1, 0, -1):
        downgrade(db.engine, REVISIONS[position - 1])
        assert revision_of(db.engine) == REVISIONS[position - 1]
        kept = counts()
        assert kept == {table: before[table] for table in kept}
        upgrade(db.engine, REVISIONS[position])
        # Tables that the step down took away come back empty; every other row is where it was.
        assert counts() == {table: kept.get(table, 0) for table in before}
        downgrade(db.engine, REVISIONS[position - 1])
        before = counts()


def test_seals_are_taken_off_and_put_on_without_touching_a_row(any_app: Flask, folder: Path) -> None:
    some_rows(folder / "keys")
    before = counts()
    downgrade(db.engine, "002")  # the seals came with 003; later revisions take their own tables along
    kept = counts()
    assert kept == {table: before[table] for table in kept}
    upgrade(db.engine)
    assert counts() == {table: kept.get(table, 0) for table in before}
    # What the later tables held is gone with them, and the trail says so; of the rows that stayed none was touched.
    assert [each for each in verify(folder / "keys").faults if "pack_wording" not in each] == []


def test_all_the_way_down_leaves_no_table(any_app: Flask, folder: Path) -> None:
    some_rows(folder / "keys")
    downgrade(db.engine, "base")
    assert (revision_of(db.engine), counts()) == ("", {})
    upgrade(db.engine)
    assert set(counts().values()) == {0}


def test_foreign_keys_are_on_after_a_migration(empty: Flask) -> None:
    upgrade(db.engine)
    if db.engine.dialect.name == "sqlite":
        assert db.session.scalar(text("PRAGMA foreign_keys")) == 1
    columns, values = "project_id, person_id, role, hub, functions, version", "9, 9, '', '', '[]', 1"
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        db.session.execute(text(f"INSERT INTO membership ({columns}) VALUES ({values})"))
    db.session.rollback()


def test_database_without_tables_has_no_revision(empty: Flask) -> None:
    assert revision_of(db.engine) == ""
    assert db.session.execute(select(1)).scalar() == 1
