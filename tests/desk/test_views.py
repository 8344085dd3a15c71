"""My work and the trail's pages, and the list of routes."""

from __future__ import annotations

from datetime import date

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text

from tests.conftest import Inspector
from tests.factories.checklists import a_checklist
from tests.factories.lifecycle import a_sponsor, proven_items
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.cli import main
from workbench.database import db
from workbench.desk.commands import routes
from workbench.lifecycle.models import DecisionCondition, GateDecision
from workbench.people.guards import BROUGHT
from workbench.people.rules import Role
from workbench.trail.actions import checkpoint
from workbench.web.transactions import commit


def test_my_work_shows_the_projects_of_the_person(client: Inspector) -> None:
    mine, other, person = a_project(name="Mine"), a_project(name="Not mine"), a_person()
    a_member(mine, person)
    client.sign_in(person)
    page = client.get("/").text
    assert (mine.key in page, other.key in page) == (True, False)


def test_trail_page_shows_who_did_what_newest_first(client: Inspector, home: object) -> None:
    lead = a_person(role=Role.QUALITY_LEAD, name="Ada")
    project = a_project(by=lead, key="INV-1")
    a_member(project, a_person(name="Eve"))
    client.sign_in(lead)
    page = client.get("/projects/INV-1/trail").text.partition("<main")[2]
    assert page.index("member") < page.index("opened")
    assert "Ada" in page


def test_trail_of_the_installation_shows_the_newest_checkpoint(app: Flask, client: Inspector) -> None:
    auditor = a_person(role=Role.AUDITOR)
    checkpoint(keys=app.extensions["ninefold"].keys, reason="test")
    client.sign_in(auditor)
    answer = client.get("/trail")
    assert (answer.status_code, "Last signed checkpoint: entry 1" in answer.text) == (200, True)


def test_the_trail_is_verified_on_its_page_and_what_was_changed_by_hand_is_named(client: Inspector) -> None:
    auditor = a_person(role=Role.AUDITOR)
    a_project(key="INV-1")
    client.sign_in(auditor)
    assert 'href="/trail/verify"' in client.get("/trail").text
    page = client.get("/trail/verify").text
    assert ("The trail is whole." in page, "The trail does not hold." in page) == (True, False)
    triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'trail_entry'"
    for name in db.session.scalars(text(triggers)).all():
        db.session.execute(text(f"DROP TRIGGER {name}"))
    db.session.execute(text("UPDATE trail_entry SET leaf = replace(leaf, 'project_opened', 'project_opeNed')"))
    commit()
    page = client.get("/trail/verify").text
    assert ("The trail is whole." in page, "was changed after it was written" in page) == (False, True)


def test_navigation_shows_the_places_one_may_go_to(client: Inspector) -> None:
    places = {
        Role.ADMIN: {"/", "/projects/", "/tools/", "/people", "/trail"},
        Role.CONTRIBUTOR: {"/", "/projects/", "/tools/"},
        Role.GUEST: {"/", "/projects/"},
    }
    for role, expected in places.items():
        client.sign_in(a_person(role=role))
        navigation = client.get("/projects/").text.partition('class="sidenav"')[2].partition("</nav>")[0]
        assert {place for place in places[Role.ADMIN] if f'href="{place}"' in navigation} == expected


def test_routes_prints_each_address_with_its_permission(app: Flask) -> None:
    commit()
    result = CliRunner().invoke(routes)
    lines = [line.split() for line in result.output.splitlines()]
    assert result.exit_code == 0
    assert ["/projects/<key>/facts", "GET,POST", "project:manage", "project"] in lines
    assert ["/sign-in", "GET,POST", "public", "installation"] in lines
    assert len(lines) == len(list(app.url_map.iter_rules()))


def test_routes_fails_where_a_page_declares_no_permission(app: Flask) -> None:
    app.add_url_rule("/forgotten", endpoint="forgotten", view_func=lambda: "")
    result = CliRunner().invoke(routes)
    assert (result.exit_code, result.output.splitlines()[-1]) == (1, "Error: No permission is declared for: /forgotten")


def test_page_without_a_permission_opens_to_nobody(app: Flask, client: Inspector) -> None:
    app.add_url_rule("/forgotten", endpoint="forgotten", view_func=lambda: "")
    client.sign_in(a_person(role=Role.ADMIN))
    assert client.get("/forgotten").status_code == 403


def test_command_routes_needs_no_database(tmp_path: object) -> None:
    result = CliRunner().invoke(main, ["routes"], env={"NINEFOLD_HOME": f"{tmp_path}/new"})
    assert (result.exit_code, "/sign-in" in result.output) == (0, True)


@pytest.mark.parametrize("endpoint", sorted(BROUGHT))
def test_page_brought_by_a_library_is_there(app: Flask, endpoint: str) -> None:
    assert endpoint in app.view_functions


def test_overdue_condition_waits_in_my_work(client: Inspector) -> None:
    project = a_project()
    owner = a_sponsor(project)
    decision = GateDecision(
        project_id=project.id,
        number=1,
        step=1,
        pass_number=1,
        outcome="pass",
        reason="x",
        meaning="",
        signed_name="x",
        snapshot={},
        snapshot_sha256="",
        decided_at=project.opened_at,
        decided_by_id=owner.id,
    )
    db.session.add(decision)
    db.session.flush()
    db.session.add(
        DecisionCondition(
            decision_id=decision.id,
            project_id=project.id,
            step=1,
            text="Name the owner",
            owner_id=owner.id,
            due_on=date(2026, 1, 1),
        )
    )
    client.sign_in(owner)
    assert "Name the owner" in client.get("/").text


def test_my_work_lists_the_items_asked_of_the_person_until_they_are_proven(client: Inspector) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    sponsor = a_sponsor(project)
    a_checklist(project, by=lead)
    client.sign_in(sponsor)
    before = client.get("/").text
    proven_items(project, 1, by=lead)
    after = client.get("/").text
    assert ("#item-G1-13" in before, "#item-G1-01" in before, "#item-G1-13" in after) == (True, False, False)
    assert ("Gates I decide" in after, "every item answered" in before, "every item answered" in after) == (True, False, True)
