"""The pages, exports and the command of the self-audit: who sees what, how much each check counts, how many queries."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from click.testing import CliRunner
from flask import Flask

from tests.conftest import Inspector
from tests.factories.audits import an_audit, an_audit_member
from tests.factories.checklists import a_checklist, an_answer
from tests.factories.findings import a_finding, a_finding_action, later
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.risks import a_risk
from tests.factories.tools import a_limitation, a_tool
from workbench.database import db
from workbench.oversight import checks
from workbench.oversight.commands.checks import self_audit
from workbench.oversight.forms import checks as words
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project

Counter = Callable[[], AbstractContextManager[list[str]]]
NINE = "iso9001_2015"


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD, name="Lea Lead")


def a_troubled_project(key: str, lead: Person) -> Project:
    """A project with a bare answer, a finding nobody owns, a risk of somebody who left, an auditor who worked there."""
    project = a_project(key=key, by=lead)
    an_answer(project, a_checklist(project, by=lead, pack=NINE), "8.5.6-1", by=lead)
    a_finding(project, by=lead)
    gone = a_person(name="Claire")
    a_member(project, gone)
    a_risk(project, by=lead, owner_id=gone.id)
    gone.active = False
    a_limitation(project, a_tool(by=lead, project=project), by=lead)
    audit, auditor = an_audit(project, by=lead), a_person(role=Role.AUDITOR)
    an_audit_member(project, audit, auditor, by=lead)
    a_risk(project, by=auditor)
    db.session.flush()
    return project


def test_every_check_has_its_words_and_none_has_too_many() -> None:
    assert list(checks.CHECKS) == list(words.QUESTIONS) == list(words.MENDS)
    assert {each.severity for each in checks.CHECKS.values()} == set(checks.Severity)


def test_every_check_reads_on_each_database(any_app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    a_troubled_project("INV-1", lead)
    found = {each.check.key: each.count for each in checks.run_all(checks.scope_of(None)) if each.count}
    assert found == {
        "conform_bare": 1, "edition_old": 1, "finding_ownerless": 1, "left_with_work": 1, "limitation_undecided": 1, "own_work": 1,
    }
    assert found == {each.check.key: each.count for each in checks.run_all(checks.scope_of(lead, "INV-1")) if each.count}


def test_page_shows_each_row_with_the_place_that_mends_it(client: Inspector, lead: Person) -> None:
    a_troubled_project("INV-1", lead)
    client.sign_in(lead)
    for path, at in (("/self-audit", ""), ("/projects/INV-1/self-audit", "/projects/INV-1")):
        page = client.get(path).text
        assert "3 things are wrong now." in page
        for place in ("/projects/INV-1/checklists/1/items/8.5.6-1", "/projects/INV-1/findings/1", "/projects/INV-1/audits/1"):
            assert f'href="{place}"' in page
        assert "holds 1 open thing" in page
        assert page.count("st-pass") == len(checks.CHECKS) - 6
        one = client.get(f"{at}/self-audit/conform_bare").text
        assert "/items/8.5.6-1" in one
        assert "Attach evidence that is valid, or change the answer." in one
        assert client.get(f"{at}/self-audit/action_overdue").text.count("This check found nothing to mend.") == 1
        assert client.get(f"{at}/self-audit/nothing").status_code == 404
        export = client.get(f"{at}/self-audit/export.csv").get_data().decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(export)))
        assert [line[1] for line in lines[1:4]] == [
            words.QUESTIONS[key] for key in ("conform_bare", "own_work", "left_with_work")
        ]
        assert len(lines) == 1 + 6
        some = client.get(f"{at}/self-audit/export.csv?check=own_work").get_data().decode("utf-8-sig")
        assert len(some.splitlines()) == 2
        assert client.get(f"{at}/self-audit/export.xlsx").data[:2] == b"PK"


def test_page_shows_twenty_rows_and_leads_to_the_others(client: Inspector, lead: Person) -> None:
    project = a_project(key="INV-1", by=lead)
    for _number in range(53):
        a_finding(project, by=lead)
    client.sign_in(lead)
    page = client.get("/self-audit").text
    assert page.count('href="/projects/INV-1/findings/') == 20
    assert 'href="/self-audit/finding_ownerless"' in page
    assert client.get("/self-audit/finding_ownerless?page=2").text.count('href="/projects/INV-1/findings/') == 3


def test_page_is_calm_where_all_is_in_order(client: Inspector, lead: Person) -> None:
    a_project(key="INV-1", by=lead)
    client.sign_in(lead)
    assert "All in order" in client.get("/self-audit").text
    client.sign_in(a_person())
    assert "No project to look at" in client.get("/self-audit").text


def test_people_see_the_rows_of_their_projects_and_of_audits_only_where_they_may(client: Inspector, lead: Person) -> None:
    mine = a_troubled_project("INV-1", lead)
    a_troubled_project("INV-2", lead)
    member, guest = a_person(), a_person(role=Role.GUEST)
    a_member(mine, member)
    a_member(mine, guest, role=Role.GUEST)
    client.sign_in(member)
    page = client.get("/self-audit").text
    assert ("INV-1" in page, "INV-2" in page, "/projects/INV-1/audits/1" in page) == (True, False, True)
    assert 'href="/projects/INV-1/team"' in page
    assert "hand-over" not in page
    assert client.get("/projects/INV-2/self-audit").status_code == 404
    client.sign_in(guest)
    assert "/projects/INV-1/audits/1" not in client.get("/self-audit").text
    assert client.get("/projects/INV-1/self-audit/own_work").status_code == 404


def test_self_audit_takes_as_many_queries_for_ten_projects_as_for_one(
    client: Inspector, lead: Person, count_queries: Counter
) -> None:
    client.sign_in(lead)
    taken = []
    for places in (range(1), range(1, 10)):
        for place in places:
            a_troubled_project(f"INV-{place + 1}", lead)
        client.get("/self-audit")
        with count_queries() as seen:
            assert client.get("/self-audit").status_code == 200
        taken.append(len([each for each in seen if each.startswith("SELECT")]))
    assert taken[0] == taken[1]
    assert taken[0] <= 2 * len(checks.CHECKS)


def test_command_exits_with_one_while_something_is_wrong(app: Flask, lead: Person) -> None:
    project = a_project(key="INV-1", by=lead)
    row = a_finding(project, by=lead)
    a_finding_action(project, row, by=lead)
    run = CliRunner()
    calm = run.invoke(self_audit, [])
    assert calm.exit_code == 0
    assert "    1  warning  Does every open finding have an owner?" in calm.output.splitlines()
    with later(9):
        wrong = run.invoke(self_audit, ["INV-1", "--format", "json"])
        assert "F-1.1" in run.invoke(self_audit, []).output
    told = json.loads(wrong.output)
    assert (wrong.exit_code, told["severe"]) == (1, 1)
    assert {each["check"]: each["count"] for each in told["checks"] if each["count"]} == {
        "action_overdue": 1, "finding_ownerless": 1
    }
    assert run.invoke(self_audit, ["NOT-1"]).exit_code == 1
