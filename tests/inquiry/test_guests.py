"""Guest links: an address that opens one page with questions, takes one answer, and is kept nowhere in plain."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Inspector
from tests.factories.inquiry import a_guest_link
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.database import db
from workbench.inquiry import actions, queries
from workbench.inquiry.models import GuestLink
from workbench.inquiry.registers import CONSULTATIONS
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.actions import name_participant
from workbench.projects.models import Project
from workbench.projects.queries import participants
from workbench.projects.rules import Layer
from workbench.trail.queries import events_of_project
from workbench.web.refusals import BadValue

LINKS = "/projects/INV-1/records/guest-links"


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD, name="Ada Martin")


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1", name="Usage to invoices")


@pytest.fixture
def outside(app: Flask) -> Inspector:
    """A browser in which nobody signed in."""
    app.test_client_class = Inspector
    client: Any = app.test_client()
    browser: Inspector = client
    return browser


def keys(client: Inspector, address: str) -> dict[str, str]:
    return client.keys(address)


def typed(**facts: str) -> dict[str, str]:
    known = {"kind_1": "advice", "statement_1": "wait for spring", "kind_2": "opinion", "kind_3": "caution"}
    return {**known, **facts}


def test_address_is_shown_once_and_kept_nowhere(client: Any, lead: Person, project: Project, home: Path) -> None:
    asked = {
        "participant_id": "", "addressee": "Odile Vasseur", "organisation": "Editor E", "layer": "editor",
        "questions": "When?", "expires_on": (clock.today() + timedelta(days=5)).isoformat(),
    }
    made = client.sign_in(lead).post(f"{LINKS}/new", asked)
    shown, again = client.get(LINKS).text, client.get(LINKS).text
    token = re.findall(r"/answer/([\w-]{43})", shown)[0]
    assert (made.location, token in again, "Odile Vasseur" in again) == (LINKS, False, True)
    with sqlite3.connect(home / "ninefold.db") as live:
        kept = "\n".join(live.iterdump())
    assert (token in kept, queries.token_hash(token) in kept) == (False, True)


def test_page_shows_the_questions_and_nothing_else(
    outside: Inspector, lead: Person, project: Project, save: Callable[[], None]
) -> None:
    link, token = a_guest_link(project, by=lead, questions="When will counts be exported?")
    save()
    answer = outside.get(f"/answer/{token}")
    shown = [each in answer.text for each in ("When will counts be exported?", "Usage to invoices", "Editor E")]
    hidden = [each in answer.text for each in ("INV-1", "Odile Vasseur", "Ada Martin", link.code, "/projects")]
    assert (answer.status_code, shown, hidden) == (200, [True] * 3, [False] * 5)
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Referrer-Policy"] == "same-origin"  # with "no-referrer" a browser hides where its form comes from


def test_token_opens_no_other_page(outside: Inspector, lead: Person, project: Project, save: Callable[[], None]) -> None:
    _link, token = a_guest_link(project, by=lead)
    save()
    outside.get(f"/answer/{token}")
    for address in (LINKS, "/projects/INV-1/records/consultations", "/projects/", "/projects/INV-1/"):
        assert outside.get(f"{address}?token={token}").location.startswith("/sign-in")


def test_answer_becomes_consultations_and_closes_the_link(
    outside: Inspector, lead: Person, project: Project, save: Callable[[], None]
) -> None:
    link, token = a_guest_link(project, by=lead)
    number, link_id = project.id, link.id
    save()
    address = f"/answer/{token}"
    sent = typed(statement_3="scripts may break", has_consent="y")
    first = outside.post(address, sent, keys=keys(outside, address))
    second = outside.post(address, sent, keys=keys(outside, "/sign-in"))
    assert (first.status_code, "Thank you" in first.text, second.status_code) == (200, True, 404)
    assert outside.get(address).status_code == 404
    rows = queries.consultations(number)
    assert [(each.code, each.kind, each.statement, each.layer, each.channel) for each in rows] == [
        ("C-1", "advice", "wait for spring", "editor", "form"), ("C-2", "caution", "scripts may break", "editor", "form"),
    ]
    assert {(each.said_by, each.has_consent, each.is_confidential) for each in rows} == {("Odile Vasseur", True, False)}
    assert db.session.get_one(GuestLink, link_id).state == "answered"


def test_trail_names_the_link_and_not_the_guest(
    outside: Inspector, lead: Person, project: Project, save: Callable[[], None]
) -> None:
    _link, token = a_guest_link(project, by=lead)
    save()
    address = f"/answer/{token}"
    outside.post(address, typed(is_confidential="y"), keys=keys(outside, address))
    events, _total = events_of_project("INV-1")
    assert [(each.name, each.act) for each in events[:3]] == [
        ("guest link G-1", "guest_link_answered"), ("guest link G-1", "consultation_added"), ("Ada Martin", "guest_link_made"),
    ]
    told = json.dumps([[each.old, each.new, each.reason, each.name] for each in events])
    assert ("Vasseur" in told, "wait for spring" in told) == (False, False)


def test_answer_of_a_party_whose_name_is_kept_back_stays_so(
    outside: Inspector, lead: Person, project: Project, save: Callable[[], None]
) -> None:
    name_participant(
        project=project, name="Odile Vasseur", organisation="Reseller D", layer=Layer.RESELLER, expects="",
        is_confidential=True, by=lead,
    )
    (party,) = participants(project.id)
    _link, token = a_guest_link(project, by=lead, participant=party)
    number = project.id
    save()
    address = f"/answer/{token}"
    assert "Reseller D" in outside.get(address).text
    outside.post(address, typed(has_consent="y"), keys=keys(outside, address))
    (said,) = queries.consultations(number)
    assert (said.layer, said.participant_id is not None, said.is_confidential) == ("reseller", True, True)


def test_empty_answer_is_refused_and_the_link_stays_open(
    outside: Inspector, lead: Person, project: Project, save: Callable[[], None]
) -> None:
    _link, token = a_guest_link(project, by=lead)
    save()
    address = f"/answer/{token}"
    answer = outside.post(address, typed(statement_1=" "), keys=keys(outside, address))
    assert (answer.status_code, 'id="statement_1-error"' in answer.text) == (422, True)
    assert outside.get(address).status_code == 200


def test_wrong_expired_and_closed_addresses_are_not_there(
    outside: Inspector, client: Any, lead: Person, project: Project, save: Callable[[], None]
) -> None:
    link, token = a_guest_link(project, by=lead)
    old, old_token = a_guest_link(project, by=lead)
    old.expires_on = clock.today() - timedelta(days=1)
    number = link.id
    client.sign_in(lead).post(f"{LINKS}/{number}/close", {})
    assert [outside.get(f"/answer/{each}").status_code for each in (token, old_token, "0" * 43, "x")] == [404] * 4
    shown = client.get(LINKS).text
    assert [word in shown for word in ("closed", "expired")] == [True, True]
    again = client.post(f"{LINKS}/{number}/close", {})
    assert again.status_code == 409


def test_tries_from_one_address_are_limited(outside: Inspector, lead: Person) -> None:
    codes = [outside.get("/answer/guess").status_code for _each in range(61)]
    assert (codes[:60], codes[60]) == ([404] * 60, 429)


def test_answer_without_any_entry_is_refused(lead: Person, project: Project) -> None:
    link, _token = a_guest_link(project, by=lead)
    with pytest.raises(BadValue) as refusal:
        actions.answer_guest_link(
            CONSULTATIONS, project=project, link=link, said=[], has_consent=True, is_confidential=False
        )
    assert (refusal.value.field, link.state) == ("statement_1", "open")
