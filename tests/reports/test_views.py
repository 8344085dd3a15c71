"""Pages of reports: what can be built, building in the background, taking files away."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import Inspector
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench import clock, jobs
from workbench.database import db
from workbench.evidence import store
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.actions import open_project
from workbench.projects.models import Project
from workbench.projects.rules import ProjectKind
from workbench.reports import queries
from workbench.reports.actions import name_report, order
from workbench.reports.models import BuiltReport
from workbench.reports.rules import Cadence, Moving, Options
from workbench.trail.actions import record
from workbench.web import transactions

PAGE = "/projects/INV-1/reports/"


@pytest.fixture
def lead(app: Flask) -> Person:
    """A quality lead."""
    return a_person(role=Role.QUALITY_LEAD, name="Sylvie Petit")


@pytest.fixture
def project(lead: Person) -> Project:
    """INV-1."""
    return a_project(by=lead, key="INV-1")


def a_built(
    project: Project, by: Person, home: Path, *, data: bytes = b"%PDF-1.7 built", key: str = "audit_report"
) -> BuiltReport:
    """A built file, without setting any page."""
    row = BuiltReport(
        project_id=project.id,
        key=key,
        language="en",
        sha256=store.keep(data, home=home),
        size=len(data),
        filename="INV-1-audit-report-en-3.pdf",
        checkpoint_size=3,
        built_at=clock.now(),
        built_by_id=by.id,
    )
    db.session.add(row)
    record("report_built", row, by=by, project=project.key)
    return row


def test_the_page_offers_every_report_and_the_bundle(client: Inspector, project: Project, lead: Person) -> None:
    text = client.sign_in(lead).get(PAGE).text
    assert [each for each in ("build/audit_report", 'value="bundle"', "Nothing built yet") if each not in text] == []


def test_management_system_leads_to_its_reports(client: Inspector, lead: Person) -> None:
    open_project(key="QMS-1", name="Our management system", by=lead, kind=ProjectKind.SYSTEM)
    page = client.sign_in(lead).get("/projects/QMS-1/checklists/").text
    assert ('href="/projects/QMS-1/reports/"' in page, 'href="/projects/QMS-1/sandbox/"' in page) == (True, False)
    assert client.get("/projects/QMS-1/reports/").status_code == 200


def test_what_was_built_is_listed_with_its_hash(client: Inspector, project: Project, lead: Person, home: Path) -> None:
    row = a_built(project, lead, home)
    text = client.sign_in(lead).get(PAGE).text
    assert [each for each in (row.filename, row.sha256, "Sylvie Petit") if each not in text] == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_the_same_number_of_queries(
    client: Inspector,
    project: Project,
    lead: Person,
    home: Path,
    rows: int,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    for number in range(rows):
        a_built(project, lead, home, data=b"%PDF-1.7 " + bytes([65 + number]))
    client.sign_in(lead).get(PAGE)
    with count_queries() as seen:
        client.get(PAGE)
    # The person, their rights; the project, its jobs, the files with their number, the newest of each report, those under a name.
    assert len([each for each in seen if each != "BEGIN"]) == 7


def test_building_is_ordered_as_a_job(client: Inspector, project: Project, lead: Person) -> None:
    answer = client.sign_in(lead).post(PAGE, {"report": "bundle", "language": "fr"})
    job = db.session.query(jobs.Job).one()
    assert (answer.status_code, answer.location) == (303, f"/jobs/{job.id}")
    assert (job.kind, job.project_key, job.payload["language"], job.payload["address"]) == (
        "bundle",
        "INV-1",
        "fr",
        f"{PAGE}#built",
    )


def test_an_unknown_report_or_language_is_not_there(client: Inspector, project: Project, lead: Person) -> None:
    client.sign_in(lead)
    assert client.post(PAGE, {"report": "annual", "language": "en"}).status_code == 404
    assert client.post(PAGE, {"report": "audit_report", "language": "de"}).status_code == 404


@pytest.mark.pdf
def test_the_job_builds_the_bundle_and_leads_to_the_page(
    app: Flask, client: Inspector, project: Project, lead: Person, home: Path
) -> None:
    client.sign_in(lead).post(PAGE, {"report": "bundle", "language": "fr"})
    job_id = db.session.query(jobs.Job.id).scalar()
    transactions.commit()
    jobs.run(app, job_id, transactions.commit)
    db.session.expire_all()
    job = db.session.get_one(jobs.Job, job_id)
    assert (job.state, job.error, job.result_url) == ("done", "", f"{PAGE}#built")
    keys = [key for (key,) in db.session.query(BuiltReport.key).order_by(BuiltReport.id)]
    assert keys == ["audit_report", "bundle"]


def test_a_file_is_sent_as_an_attachment(client: Inspector, project: Project, lead: Person, home: Path) -> None:
    row = a_built(project, lead, home)
    answer = client.sign_in(lead).get(f"{PAGE}{row.id}/file")
    assert answer.data == b"%PDF-1.7 built"
    wanted = {
        "Content-Type": "application/pdf",
        "Content-Disposition": f"attachment; filename={row.filename}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    assert {name: answer.headers[name] for name in wanted} == wanted


def test_a_damaged_file_is_not_sent(client: Inspector, project: Project, lead: Person, home: Path) -> None:
    row = a_built(project, lead, home)
    path = store.path_of(row.sha256, home=home)
    path.chmod(0o644)
    path.write_bytes(b"%PDF-1.7 other")
    assert client.sign_in(lead).get(f"{PAGE}{row.id}/file").status_code == 409


def test_a_file_of_another_project_is_not_there(client: Inspector, project: Project, lead: Person, home: Path) -> None:
    row = a_built(a_project(by=lead, key="INV-2"), lead, home)
    assert client.sign_in(lead).get(f"{PAGE}{row.id}/file").status_code == 404


def test_who_may_read_may_not_always_build(client: Inspector, project: Project) -> None:
    member, outsider = a_person(), a_person()
    a_member(project, member)
    client.sign_in(member)
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE, {"report": "audit_report", "language": "en"}).status_code == 403
    assert client.sign_in(outsider).get(PAGE).status_code == 404


def test_bundle_goes_to_those_who_may_read_the_trail(client: Inspector, project: Project, lead: Person, home: Path) -> None:
    member, row = a_person(), a_built(project, lead, home, key="bundle")
    a_member(project, member)
    address = f"{PAGE}{row.id}/file"
    client.sign_in(member)
    assert (client.get(address).status_code, address in client.get(PAGE).text) == (403, False)
    assert (client.sign_in(lead).get(address).status_code, address in client.get(PAGE).text) == (200, True)


def test_the_list_is_filtered_sorted_and_exported_as_shown(
    client: Inspector, project: Project, lead: Person, home: Path
) -> None:
    a_built(project, lead, home)
    row = a_built(project, lead, home, key="gate_review", data=b"%PDF-1.7 longer")
    client.sign_in(lead)
    assert client.get(f"{PAGE}?report=gate_review&sort=oldest").text.count('class="hash"') == 1
    assert "Nothing found" in client.get(f"{PAGE}?language=fr").text
    lines = client.get(f"{PAGE}built.csv?report=gate_review").text.splitlines()
    assert (len(lines), lines[1].split(",")[-1]) == (2, row.sha256)
    assert client.get(f"{PAGE}?report=%27&sort=x&language=de&page=0").status_code == 200


def test_beside_each_report_stands_its_newest_file(client: Inspector, project: Project, lead: Person, home: Path) -> None:
    a_built(project, lead, home, data=b"%PDF-1.7 first")
    newest = a_built(project, lead, home, data=b"%PDF-1.7 second")
    page = client.sign_in(lead).get(PAGE).text
    catalogue = page[page.index('id="catalogue"') : page.index("Evidence bundle")]
    links = re.findall(r'data-label="Last built">(?:<a href="([^"]*)"|not yet)', catalogue)
    assert [each for each in links if each] == [f"{PAGE}{newest.id}/file"]
    assert len(links) == len(queries.catalogue())


def test_what_is_being_built_is_found_again(client: Inspector, project: Project, lead: Person, home: Path) -> None:
    job = order(project=project, key="audit_report", language="en", home=home, keys=home, organisation="", address=PAGE, by=lead)
    number = job.id
    transactions.commit()
    assert f'<a href="/jobs/{number}">Audit report, INV-1</a>' in client.sign_in(lead).get(PAGE).text
    other = a_person(role=Role.QUALITY_LEAD)
    page = client.sign_in(other).get(PAGE).text
    assert (f"/jobs/{number}" in page, "Audit report, INV-1" in page) == (False, True)  # the job's own page is for who began it
    jobs.cancel(jobs.fresh(number))
    transactions.commit()
    assert "Being built" not in client.get(PAGE).text


@pytest.mark.parametrize("rows", [1, 10])
def test_reports_under_a_name_cost_the_same_number_of_queries(
    client: Inspector, project: Project, lead: Person, rows: int,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    for number in range(rows):
        name_report(
            project=project, key="audit_report", title=f"Report {number}", language="en", options=Options(),
            moving=Moving.FIXED, cadence=Cadence.NEVER, by=lead,
        )
    client.sign_in(lead).get(PAGE)
    with count_queries() as seen:
        page = client.get(PAGE)
    assert (len([each for each in seen if each != "BEGIN"]), len(page.data) < 60_000) == (8, True)
