"""A project goes out and in without anybody waiting for it, and what was stopped or failed can be tried again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tests.factories.evidence import a_file
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench import jobs
from workbench.database import db
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.projects.queries import project_with_key
from workbench.transfer import actions, store
from workbench.web import transactions


@pytest.fixture
def lead(app: Flask, home: Path) -> Person:
    found = a_person(role=Role.QUALITY_LEAD, name="Lea")
    a_file(a_project(by=found, key="INV-1"), by=found, home=home)
    transactions.commit()
    return found


@contextmanager
def watched(words: str, look: Callable[[], Any]) -> Iterator[None]:
    """Look when a statement with these words is run."""

    def met(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if words in statement:
            look()

    event.listen(db.engine, "before_cursor_execute", met)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", met)


def at_once(home: Path, statement: str = "ROLLBACK") -> bool:
    """Whether another connection gets the write lock without waiting; it then does something with it."""
    other = sqlite3.connect(home / "ninefold.db", timeout=0, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        other.execute(statement)
        if other.in_transaction:
            other.execute("COMMIT")
    except sqlite3.OperationalError:
        return False
    finally:
        other.close()
    return True


def ran(app: Flask, job: jobs.Job, commit: Callable[[], None] = transactions.commit) -> jobs.Job:
    jobs.run(app, job.id, commit)
    return jobs.fresh(job.id)


def exporting(home: Path, by: Person) -> jobs.Job:
    project = project_with_key("INV-1")
    assert project is not None
    job = actions.order_export(project=project, home=home, keys=home / "keys", address="/", language="en", by=by)
    transactions.commit()
    return job


def importing(home: Path, by: Person, **wish: Any) -> jobs.Job:
    project = project_with_key("INV-1")
    assert project is not None
    data = actions.export_project(project=project, home=home, keys=home / "keys", by=by)
    job = actions.order_import(data=data, home=home, key="INV-2", is_dry=False, address="/", language="en", by=by, **wish)
    transactions.commit()
    return job


def test_nobody_waits_while_a_project_is_read(app: Flask, home: Path, lead: Person) -> None:
    job, free = exporting(home, lead), list[bool]()
    with watched("FROM evidence_version", lambda: free.append(at_once(home))):
        assert ran(app, job).state == "done"
    assert free == [True]


def test_nobody_waits_while_a_sent_file_is_checked(app: Flask, home: Path, lead: Person) -> None:
    job, free = importing(home, lead), list[bool]()
    with watched("FROM project \nWHERE project.\"key\"", lambda: free.append(at_once(home))):
        assert ran(app, job).state == "done"
    assert free == [True, False]  # looked at without the lock, then once more before the rows are written


def test_an_import_that_was_stopped_leaves_nothing_and_can_be_tried_again(app: Flask, home: Path, lead: Person) -> None:
    job, cancelled = importing(home, lead), list[bool]()
    stop = f"UPDATE job SET state = 'cancelled' WHERE id = {job.id} AND state = 'running'"
    with watched("FROM project \nWHERE project.\"key\"", lambda: cancelled.append(at_once(home, stop))):
        assert ran(app, job).state == "cancelled"
    assert (cancelled, store.outcome(job.payload["token"], home=home)) == ([True], None)
    assert project_with_key("INV-2") is None
    jobs.retry(job)
    transactions.commit()
    assert (ran(app, job).state, project_with_key("INV-2") is None) == ("done", False)
    assert not store.import_of(job.payload["token"], home=home).exists()


def test_a_sent_file_stays_until_its_project_is_saved(app: Flask, home: Path, lead: Person) -> None:
    job = importing(home, lead)

    def full() -> None:
        raise OSError("no space left")

    assert ran(app, job, full).state == "failed"
    assert db.session.query(Project).count() == 1
    jobs.retry(job)
    transactions.commit()
    assert ran(app, job).state == "done"
