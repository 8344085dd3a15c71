"""Every page asks for a permission, and every cell of the hand-written matrix is answered as it says.

The matrix (access_matrix.csv) holds a row for each page and verb and a column for each kind of person. `ok` is any answer
to somebody who may be there, also the refusal of an empty form; `signin` leads to the sign-in page; 403 is told inside a
project, 404 outside of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Inspector, opened
from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.people.access_world import (
    KINDS,
    ROWS,
    TYPED,
    UNSHOWN,
    World,
    everybody,
    fill,
)
from workbench.config import Settings
from workbench.database import db
from workbench.people.guards import declared
from workbench.web.transactions import commit


@pytest.fixture(scope="module")
def world(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("world")
    (home / "ninefold.db").write_bytes((migrated / "ninefold.db").read_bytes())
    with opened(Settings(home=home, testing=True, sign_in_limit="10000 per minute")) as app:
        people = everybody()
        spare = a_person(name="Spare")
        row = fill(home, people, spare)
        commit()
        db.session.remove()
        pristine = sqlite3.connect(":memory:", check_same_thread=False)
        live = sqlite3.connect(home / "ninefold.db")
        live.backup(pristine)
        live.close()
        yield World(app, home / "ninefold.db", pristine, people, spare, row)
        pristine.close()


def pages(app: Flask) -> set[tuple[str, str]]:
    return {(rule.endpoint, verb) for rule in app.url_map.iter_rules() for verb in (rule.methods or set()) - UNSHOWN}


def test_every_page_declares_a_permission(app: Flask) -> None:
    assert sorted(endpoint for endpoint, _verb in pages(app) if declared(app, endpoint)[0] is None) == []


def test_every_page_has_its_row_and_every_row_its_page(app: Flask) -> None:
    rows = {(row["endpoint"], row["verb"]) for row in ROWS}
    assert (sorted(pages(app) - rows), sorted(rows - pages(app))) == ([], [])


def test_page_of_a_project_asks_on_that_project(app: Flask) -> None:
    without = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if ("key" in rule.arguments) != (declared(app, rule.endpoint)[1] == "project")
    }
    assert without == set()


def answered(status: int, location: str | None) -> str:
    if location is not None and location.startswith("/sign-in?next="):
        return "signin"
    if status in (401, 403, 404, 405) or status >= 500 or status == 400:
        return str(status)
    return "signin" if location == "/sign-in" else "ok"


@pytest.mark.parametrize("kind", KINDS)
def test_every_cell_is_answered_as_the_matrix_says(world: World, kind: str) -> None:
    wrong = []
    client, keys = signed_in(world, kind)
    for row in ROWS:
        answer = ask(world, client, keys, row["endpoint"], row["verb"])
        seen = answered(answer.status_code, answer.location)
        if row["endpoint"] == "security.logout" and kind != "anonymous":
            seen = {"signin": "ok"}.get(seen, seen)  # signing out leads to the sign-in page
            client, keys = signed_in(world, kind)
        if seen != row[kind]:
            wrong.append(f"{row['verb']} {row['endpoint']}: {seen}, not {row[kind]}")
        if row["verb"] != "GET" and answer.status_code < 400:
            world.restore()
    assert wrong == []


def signed_in(world: World, kind: str) -> tuple[Inspector, dict[str, str]]:
    """A browser of that person, with the hidden fields of a form."""
    world.app.test_client_class = Inspector
    client: Inspector = world.app.test_client()
    client.looks = False
    if kind != "anonymous":
        client.sign_in(world.people[kind])
    return client, client.keys()


def ask(world: World, client: Inspector, keys: dict[str, str], endpoint: str, verb: str) -> Any:
    address = world.address(endpoint)
    if verb == "GET":
        answer = client.get(address)
        answer.close()
        return answer
    typed = {"row_key": world.row} if endpoint == "trials.dispose" else TYPED.get(endpoint, {})
    return client.post(address, typed, keys=keys)


@pytest.mark.parametrize("path", ["/projects/NO-1/", "/projects/NO-1/team", "/api/v1/projects/NO-1/lifecycle"])
@pytest.mark.parametrize("kind", ["admin", "outsider"])
def test_project_that_is_not_there_looks_like_one_that_is_hidden(world: World, kind: str, path: str) -> None:
    client, _keys = signed_in(world, kind)
    assert client.get(path).status_code == 404


def test_record_of_another_project_is_not_there(world: World) -> None:
    """Every number in an address is looked up within the project at hand, also for those who may see both."""
    other = a_project(by=db.session.merge(world.people["quality_lead"]), key="CRM-1")
    commit()
    client, keys = signed_in(world, "quality_lead")
    own = {"key", "kind", "item_key", "register", "year", "part", "pack_id", "clause", "check", "connector", "report"}
    found = []
    for row in ROWS:
        rules = list(world.app.url_map.iter_rules(row["endpoint"]))
        numbered = {argument for rule in rules for argument in rule.arguments} - own
        if declared(world.app, row["endpoint"])[1] != "project" or not numbered or row["endpoint"] in BY_STEP:
            continue
        address = world.address(row["endpoint"]).replace("/INV-1/", f"/{other.key}/")
        answer = client.get(address) if row["verb"] == "GET" else client.post(address, keys=keys)
        if answer.status_code != 404:
            found.append(f"{row['verb']} {address}: {answer.status_code}")
    world.restore()
    assert found == []


BY_STEP = {
    "lifecycle.step",
    "lifecycle.gate",
    "lifecycle.decide",
    "lifecycle.waive",
    "lifecycle.skip",
}  # their number is a step, not a record
