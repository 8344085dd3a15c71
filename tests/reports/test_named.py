"""Reports under a name: kept with their options, built when they are due, and what is seen when that fails."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pikepdf
import pytest
from flask import Flask

from tests.conftest import Inspector
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench import clock, jobs
from workbench.config import Settings
from workbench.database import db
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.projects.rules import Confidentiality
from workbench.reports import actions, queries
from workbench.reports.models import BuiltReport, NamedReport
from workbench.reports.rules import Cadence, Moving, Options, Paper, Period, next_on, options_on, period_before
from workbench.showcase.serving import order_due_reports_now
from workbench.trail.models import Entry
from workbench.web import transactions
from workbench.web.refusals import BadValue, Refused

PAGE = "/projects/INV-1/reports/"
TYPED = {"language": "en", "level": "internal", "paper": "letter", "annexes": ["items", "trail"], "steps": ["3", "1"]}


@pytest.fixture
def lead(app: Flask) -> Person:
    """A quality lead."""
    return a_person(role=Role.QUALITY_LEAD, name="Sylvie Petit")


@pytest.fixture
def project(lead: Person) -> Project:
    """INV-1."""
    return a_project(by=lead, key="INV-1")


def a_named(project: Project, by: Person, **facts: object) -> NamedReport:
    """An audit report of every month."""
    wish = {
        "key": "audit_report", "title": "For the certifier", "language": "en", "options": Options(), "moving": Moving.MONTH,
        "cadence": Cadence.MONTHLY, **facts,
    }
    return actions.name_report(project=project, by=by, **wish)  # type: ignore[arg-type]


@pytest.mark.parametrize(("moving", "first", "last"), [
    (Moving.WEEK, date(2026, 1, 5), date(2026, 1, 11)),
    (Moving.MONTH, date(2025, 12, 1), date(2025, 12, 31)),
    (Moving.QUARTER, date(2025, 10, 1), date(2025, 12, 31)),
    (Moving.YEAR, date(2025, 1, 1), date(2025, 12, 31)),
    (Moving.FIXED, None, None),
])
def test_a_period_that_moves_is_the_whole_one_before(moving: Moving, first: date | None, last: date | None) -> None:
    assert period_before(moving, date(2026, 1, 15)) == Period(first, last)


@pytest.mark.parametrize(("cadence", "after", "expected"), [
    (Cadence.WEEKLY, date(2026, 1, 12), date(2026, 1, 19)),
    (Cadence.MONTHLY, date(2026, 1, 31), date(2026, 2, 1)),
    (Cadence.QUARTERLY, date(2026, 11, 3), date(2027, 1, 1)),
    (Cadence.YEARLY, date(2026, 1, 1), date(2027, 1, 1)),
    (Cadence.NEVER, date(2026, 1, 1), None),
])
def test_the_next_day_is_the_first_of_the_next(cadence: Cadence, after: date, expected: date | None) -> None:
    assert next_on(cadence, after) == expected


def test_a_moving_period_takes_the_place_of_typed_days(project: Project, lead: Person) -> None:
    named = a_named(project, lead, options=Options(period=Period(date(2020, 1, 1)), paper=Paper.LETTER))
    assert named.options == {"paper": "letter", "moves": "month"}
    assert options_on(named.options, date(2026, 3, 9)) == Options(
        period=Period(date(2026, 2, 1), date(2026, 2, 28)), paper=Paper.LETTER
    )


def test_a_name_is_taken_once_while_it_stands(project: Project, lead: Person) -> None:
    named = a_named(project, lead)
    with pytest.raises(BadValue, match="this name already"):
        a_named(project, lead, title="for the CERTIFIER")
    actions.withdraw_named(project=project, named=named, reason="Not asked for.", by=lead)
    a_named(project, lead)
    with pytest.raises(BadValue, match="this name already"):
        actions.put_back_named(project=project, named=named, by=lead)
    with pytest.raises(Refused, match="withdrawn"):
        actions.withdraw_named(project=project, named=named, reason="x", by=lead)


def test_what_changes_is_told_and_the_report_stays_the_same(project: Project, lead: Person) -> None:
    other, named = a_person(role=Role.QUALITY_LEAD), a_named(project, lead)
    before = queries.last_change(project.key)
    wish = {"title": named.title, "language": "fr", "options": Options(), "moving": Moving.MONTH, "cadence": Cadence.WEEKLY}
    actions.change_named(project=project, named=named, by=other, **wish)
    assert (named.next_on, named.owner_id) == (next_on(Cadence.WEEKLY, clock.today()), other.id)
    told = db.session.query(Entry).order_by(Entry.seq.desc()).first()
    assert told is not None
    assert (told.act, queries.last_change(project.key)) == ("named_report_changed", before)


def due(settings: Settings, on: date) -> list[jobs.Job]:
    return actions.order_due(on, home=settings.home, keys=settings.keys, organisation="Nordpont")


def test_a_report_is_due_once_however_many_days_were_missed(app: Flask, project: Project, lead: Person) -> None:
    settings: Settings = app.extensions["ninefold"]
    named = a_named(project, lead)
    late = clock.today() + timedelta(days=100)
    assert due(settings, clock.today()) == []
    made = due(settings, late)
    assert [(each.title, each.person_id, each.payload["named_id"]) for each in made] == [
        ("For the certifier: Audit report, INV-1", lead.id, named.id)
    ]
    assert (named.next_on, due(settings, late)) == (next_on(Cadence.MONTHLY, late), [])


@pytest.mark.pdf
def test_the_worker_builds_what_is_due_in_the_name_of_the_system(app: Flask, project: Project, lead: Person) -> None:
    settings: Settings = app.extensions["ninefold"]
    named = a_named(project, lead, key="evidence_index", options=Options(paper=Paper.LETTER))
    named.next_on = clock.today()
    db.session.flush()
    transactions.forget_undone()
    job = due(settings, clock.today())[0]
    number, named_id = job.id, named.id
    transactions.commit()
    jobs.run(app, number, transactions.commit)
    built = db.session.query(BuiltReport).one()
    assert (jobs.fresh(number).state, built.named_id, built.built_by_id) == ("done", named_id, None)
    assert (built.key, built.options["paper"], sorted(built.options)) == ("evidence_index", "letter", ["from", "paper", "to"])


def test_an_owner_who_lost_the_right_is_told_and_nothing_is_built(
    app: Flask, client: Inspector, project: Project, lead: Person
) -> None:
    settings: Settings = app.extensions["ninefold"]
    manager = a_person(role=Role.PROJECT_MANAGER, name="Ada Martin")
    a_member(project, manager, role=Role.PROJECT_MANAGER)
    named = a_named(project, manager)
    manager.active = False
    number = due(settings, clock.today() + timedelta(days=40))[0].id
    named_id = named.id
    transactions.commit()
    jobs.run(app, number, transactions.commit)
    done = jobs.fresh(number)
    assert (done.state, done.error.splitlines()[0]) == (
        "failed", "Ada Martin, to whom this report belongs, may no longer build reports on INV-1.",
    )
    client.sign_in(lead)
    assert done.error.splitlines()[0] in client.get(f"{PAGE}named/{named_id}").text
    assert "the last try failed" in client.get(PAGE).text
    assert db.session.query(BuiltReport).count() == 0


def test_the_server_looks_for_what_is_due_without_a_lock(app: Flask, project: Project, lead: Person) -> None:
    a_named(project, lead)
    transactions.commit()
    assert order_due_reports_now(app.extensions["ninefold"]) == 0


def test_options_are_kept_and_changed_on_the_pages(client: Inspector, project: Project, lead: Person) -> None:
    client.sign_in(lead)
    typed = {**TYPED, "title": "Each month", "cadence": "monthly", "moves": "month"}
    answer = client.post(f"{PAGE}build/audit_report/keep", typed)
    row = db.session.query(NamedReport).one()
    address = f"{PAGE}named/{row.id}"
    assert (answer.status_code, answer.location) == (303, address)
    kept = {"steps": [1, 3], "without": ["evidence", "records"], "confidentiality": "internal", "paper": "letter", "moves": "month"}
    assert row.options == kept
    shown = client.get(address).text
    assert [each for each in ("For readers: internal", "Steps: 1, 3", "the month before") if each not in shown] == []
    change = client.get(f"{address}/change").text
    ticked = re.findall(r"<input checked[^>]*", change)
    assert len(ticked) == 5  # two appendices, two steps, the level
    assert client.post(f"{address}/change", {**typed, "title": "Each week", "cadence": "weekly"}).location == address
    assert client.post(f"{address}/withdraw", {"reason": "Nobody reads it."}).location == address
    assert client.post(f"{address}/build").status_code == 409
    assert client.post(f"{address}/put-back").location == address
    job = client.post(f"{address}/build")
    assert (job.status_code, db.session.query(jobs.Job).one().payload["options"]["steps"]) == (303, [1, 3])
    assert "Each week" in client.get(PAGE).text


def test_building_with_options_is_ordered_with_them(client: Inspector, project: Project, lead: Person) -> None:
    client.sign_in(lead)
    page = client.get(f"{PAGE}build/audit_report").text
    assert [each for each in ("Withheld: prices, amounts and margins", "names of persons", "Letter") if each not in page] == []
    answer = client.post(f"{PAGE}build/audit_report", {**TYPED, "first": "2026-01-01", "last": "2026-03-31"})
    job = db.session.query(jobs.Job).one()
    assert (answer.status_code, Options.of_json(job.payload["options"])) == (303, Options(
        period=Period(date(2026, 1, 1), date(2026, 3, 31)), steps=(1, 3), confidentiality=Confidentiality.INTERNAL,
        without=("evidence", "records"), paper=Paper.LETTER,
    ))
    for wrong in ({"first": "2026-03-01", "last": "2026-01-01"}, {"level": "secret"}, {"steps": ["12"]}, {"paper": "A3"}):
        assert client.post(f"{PAGE}build/audit_report", {**TYPED, **wrong}).status_code == 422
    assert client.get(f"{PAGE}build/annual").status_code == 404


def test_the_bundle_is_built_with_the_options_of_its_report(client: Inspector, project: Project, lead: Person) -> None:
    client.sign_in(lead)
    assert f'href="{PAGE}build/bundle"' in client.get(PAGE).text
    page = client.get(f"{PAGE}build/bundle").text
    names = {"language", "first", "last", "steps", "annexes", "paper", "is_archival"}
    assert [name for name in names if f'name="{name}"' not in page] == []
    assert [name for name in ("level", "file_format") if f'name="{name}"' in page] == []  # it withholds nothing, and is a PDF
    typed = {name: value for name, value in TYPED.items() if name != "level"}
    answer = client.post(f"{PAGE}build/bundle", {**typed, "language": "fr", "first": "2026-01-01", "last": "2026-03-31"})
    job = db.session.query(jobs.Job).one()
    assert (answer.status_code, job.kind, job.payload["key"], job.payload["language"]) == (303, "bundle", "bundle", "fr")
    assert Options.of_json(job.payload["options"]) == Options(
        period=Period(date(2026, 1, 1), date(2026, 3, 31)), steps=(1, 3), without=("evidence", "records"), paper=Paper.LETTER,
    )
    assert client.post(f"{PAGE}build/bundle", {**typed, "level": "public"}).status_code == 422


@pytest.mark.pdf
def test_the_first_page_opens_in_the_browser_and_nothing_is_kept(client: Inspector, project: Project, lead: Person) -> None:
    client.sign_in(lead)
    address = f"{PAGE}build/audit_report"
    assert f'formaction="{address}/first-page" formtarget="_blank"' in client.get(address).text
    for _again in range(2):
        answer = client.post(f"{address}/first-page", TYPED)
        assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
        assert answer.headers["Content-Disposition"] == "inline; filename=INV-1-audit-report-1.pdf"
        with pikepdf.open(io.BytesIO(answer.data)) as pdf:
            assert len(pdf.pages) == 1
    kept = [db.session.query(each).count() for each in (BuiltReport, jobs.Job)]
    assert (kept, client.post(f"{address}/first-page", {**TYPED, "paper": "A3"}).status_code) == ([0, 0], 422)
    assert client.post(f"{PAGE}build/annual/first-page", TYPED).status_code == 404
