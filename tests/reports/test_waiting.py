"""Reports are built without anybody waiting for it, from one state of the project, and only by those who may."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_tool
from tests.transfer.test_waiting import at_once, ran, watched
from workbench import clock, jobs
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.reports import actions, queries
from workbench.reports.models import NamedReport
from workbench.reports.rules import Cadence, Moving, Options
from workbench.tools.actions import set_capability
from workbench.tools.rules import Able, CapabilityKind
from workbench.trail.actions import record
from workbench.web import transactions


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD, name="Lea")


@pytest.fixture
def project(lead: Person) -> Project:
    made = a_project(by=lead, key="INV-1")
    transactions.commit()
    return made


def ordered(project: Project, home: Path, by: Person, key: str = "limitations_register") -> jobs.Job:
    job = actions.order(
        project=project, key=key, language="en", home=home, keys=home / "keys", organisation="", address="/", by=by
    )
    transactions.commit()
    return job


@pytest.mark.pdf
def test_nobody_waits_while_a_project_is_read(app: Flask, home: Path, lead: Person, project: Project) -> None:
    job, free = ordered(project, home, lead), list[bool]()
    with watched("FROM limitation", lambda: free.append(at_once(home))):
        assert ran(app, job).state == "done"
    assert set(free) == {True}


@pytest.mark.pdf
def test_what_was_changed_between_signing_and_reading_is_covered(home: Path, lead: Person, project: Project) -> None:
    changes = iter(["first", "second", "third", "fourth"])

    def pause() -> None:
        record("project_described", project, by=lead, project=project.key, after={"name": next(changes, "last")})
        transactions.commit()

    page = actions.build_report(
        project=project, key="limitations_register", language="en", home=home, keys=home / "keys", by=lead, pause=pause
    )
    assert next(changes, "") == ""  # changed all the time: read with the write lock held in the end
    point = queries.checkpoint_to_print(project.key)
    assert point is None or point.size > page.checkpoint_size


def test_who_may_not_build_any_more_does_not(app: Flask, home: Path, project: Project, lead: Person) -> None:
    person = a_person(role=Role.QUALITY_LEAD, name="Max")
    job = ordered(project, home, person)
    person.active = False
    record("person_deactivated", person, by=lead)
    transactions.commit()
    done = ran(app, job)
    assert (done.state, "Max may no longer build this report on INV-1." in done.error) == ("failed", True)


def test_what_another_project_says_of_a_tool_asks_for_a_new_checkpoint(lead: Person, project: Project) -> None:
    other = a_project(by=lead, key="INV-2")
    tool = a_tool(by=lead, project=other)
    before = queries.last_change(project.key)
    record("project_described", other, by=lead, project=other.key, after={"name": "x"})
    assert queries.last_change(project.key) == before
    set_capability(project=other, tool=tool, kind=CapabilityKind.EXPORT, state=Able.YES, note="Tried.", by=lead)
    assert queries.last_change(project.key) > before


def test_a_report_under_a_name_that_cannot_be_read_keeps_no_other_waiting(home: Path, lead: Person, project: Project) -> None:
    wish = {"project": project, "language": "en", "options": Options(), "moving": Moving.FIXED, "cadence": Cadence.WEEKLY}
    bad, good = (actions.name_report(key="gate_review", title=title, by=lead, **wish) for title in ("Bad", "Good"))
    bad.options = {"paper": "stone"}
    for each in (bad, good):
        each.next_on = clock.today()
        record("named_report_changed", each, by=lead, project=project.key, after={"next_on": each.next_on})
    transactions.commit()
    made = actions.order_due(clock.today(), home=home, keys=home / "keys", organisation="")
    assert [each.title.split(":")[0] for each in made] == ["Good"]
    assert all(isinstance(each, NamedReport) and each.next_on and each.next_on > clock.today() for each in (bad, good))
