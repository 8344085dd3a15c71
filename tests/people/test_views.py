"""Set-up, sign-in and sign-out, persons and preferences, through the real pages."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask

from tests.conftest import Inspector, opened
from tests.factories.people import PASSWORD, a_person
from workbench.config import Settings
from workbench.database import db
from workbench.people import queries
from workbench.people.rules import Role
from workbench.trail.queries import all_events
from workbench.web.transactions import commit

OF_THE_REQUEST = re.compile(r'(name="(csrf_token|idempotency_key)"|nonce=|name="email"[^>]*) ?(value=)?"[^"]*"')
SET_UP = {"name": "Ada", "email": "ada@example.org", "password": PASSWORD}


def signed_in(client: Inspector) -> bool:
    """Whether a page that asks for a sign-in opens."""
    return client.get("/projects/").status_code == 200


def sign_in(client: Inspector, email: str, password: str = PASSWORD, **query: str) -> tuple[int, str | None, str]:
    answer = client.post("/sign-in", {"email": email, "password": password}, query_string=query)
    return answer.status_code, answer.location, answer.text


def test_first_visit_leads_to_the_set_up(client: Inspector) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.location) == (303, "/set-up")


def test_set_up_makes_the_admin_who_then_signs_in(client: Inspector) -> None:
    answer = client.post("/set-up", SET_UP, keys=client.keys("/set-up"))
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert sign_in(client, "ada@example.org")[:2] == (302, "/")
    client.person = queries.person(1)
    assert "Ada" in client.get("/people").text
    assert [each.act for each in all_events()[0]] == ["signed_in", "person_added"]


def test_set_up_is_gone_once_anybody_is_there(app: Flask, client: Inspector) -> None:
    a_person()
    assert client.get("/set-up").status_code == 404
    assert client.post("/set-up", SET_UP).status_code == 404
    assert queries.person_with_email("ada@example.org") is None


def test_set_up_with_a_short_password_says_what_is_asked(client: Inspector) -> None:
    answer = client.post("/set-up", {**SET_UP, "password": "short"}, keys=client.keys("/set-up"))
    assert (answer.status_code, queries.anybody_there()) == (422, False)
    assert "short" not in answer.text.partition("<main")[2].replace("shorter", "").replace("field-short", "")


def test_visitor_signs_in_first_and_comes_back(app: Flask, client: Inspector) -> None:
    person = a_person(role=Role.QUALITY_LEAD, password=PASSWORD)
    answer = client.get("/people?q=a")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/people?q%3Da")
    assert sign_in(client, person.email, next="/people?q=a")[:2] == (302, "/people?q=a")


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example"],
)
def test_sign_in_leads_nowhere_else(app: Flask, client: Inspector, target: str) -> None:
    person = a_person(password=PASSWORD)
    code, location, _page = sign_in(client, person.email, next=target)
    assert code in (302, 422)
    assert urlsplit(urljoin("http://localhost/sign-in", location or "/")).netloc == "localhost"


def test_wrong_password_and_unknown_address_get_the_same_answer(app: Flask, client: Inspector) -> None:
    person = a_person(password=PASSWORD)
    pages = []
    for email in (person.email, "nobody@example.test"):
        code, _location, page = sign_in(client, email, "a quite different sentence")
        pages.append((code, OF_THE_REQUEST.sub("", page).replace(email, "")))
    assert pages[0] == pages[1]
    assert "Address or password is not right" in pages[0][1]
    assert not signed_in(client)


def test_person_who_is_not_active_cannot_sign_in(app: Flask, client: Inspector) -> None:
    person = a_person(password=PASSWORD)
    person.active = False
    assert sign_in(client, person.email)[0] == 422
    assert not signed_in(client)


def test_sign_in_attempts_are_limited(home: Path) -> None:
    with opened(Settings(home=home, testing=True, sign_in_limit="3 per minute")) as app:
        app.test_client_class = Inspector
        client = app.test_client()
        person = a_person(password=PASSWORD)
        codes = [sign_in(client, person.email, "a quite different sentence")[0] for _attempt in range(3)]
        assert (codes, sign_in(client, person.email)[0], signed_in(client)) == ([422, 422, 422], 429, False)


def test_sign_out_ends_the_session(app: Flask, client: Inspector) -> None:
    person = a_person(password=PASSWORD)
    sign_in(client, person.email)
    assert signed_in(client)
    client.person = person
    answer = client.post("/sign-out")
    assert (answer.status_code, answer.location, signed_in(client)) == (302, "/sign-in", False)


def test_sign_out_by_a_link_is_not_offered(client: Inspector) -> None:
    client.sign_in(a_person())
    assert client.get("/sign-out").status_code == 405
    assert signed_in(client)


def test_session_ends_so_many_hours_after_the_last_request(app: Flask, client: Inspector) -> None:
    person = a_person(password=PASSWORD)
    sign_in(client, person.email)
    cookie = client.get("/projects/").headers.get("Set-Cookie", "")
    assert "Expires=" in cookie


def test_session_dies_with_a_change_of_role(app: Flask, client: Inspector) -> None:
    person, admin = a_person(password=PASSWORD), a_person(role=Role.ADMIN)
    sign_in(client, person.email)
    assert signed_in(client)
    other = app.test_client().sign_in(admin)
    assert other.post(f"/people/{person.id}/role", {"role": "auditor"}).status_code == 303
    assert not signed_in(client)


def test_cookie_signed_with_another_key_is_nobody(app: Flask, client: Inspector) -> None:
    client.sign_in(a_person())
    app.secret_key = "another"
    assert not signed_in(client)


def test_list_of_persons_finds_by_name(client: Inspector) -> None:
    a_person(name="Eve")
    client.sign_in(a_person(name="Ada", role=Role.ADMIN))
    page = client.get("/people?q=ev").text.partition("<main")[2]
    assert ("Eve" in page, "Ada" in page) == (True, False)


def test_person_is_added_by_an_admin(client: Inspector) -> None:
    client.sign_in(a_person(role=Role.ADMIN))
    answer = client.post("/people/new", {**SET_UP, "role": "auditor"})
    found = queries.person_with_email("ada@example.org")
    assert (answer.status_code, found.access) == (303, Role.AUDITOR)


def test_refused_person_keeps_what_was_typed_but_not_the_password(client: Inspector) -> None:
    client.sign_in(a_person(role=Role.ADMIN))
    answer = client.post("/people/new", {**SET_UP, "email": "no address", "role": "auditor"})
    assert answer.status_code == 422
    assert ('value="Ada"' in answer.text, 'value="no address"' in answer.text, PASSWORD in answer.text) == (
        True,
        True,
        False,
    )


def test_language_is_kept_for_the_browser_and_the_person(client: Inspector) -> None:
    person = a_person()
    client.sign_in(person)
    answer = client.post("/language", {"language": "fr", "next": "/projects/?page=1"})
    assert (answer.status_code, answer.location) == (303, "/projects/?page=1")
    assert '<html lang="fr"' in client.get("/projects/").text
    assert queries.person(person.id).language == "fr"


def test_language_of_a_visitor_is_kept_in_the_browser(app: Flask, client: Inspector) -> None:
    a_person()
    assert '<html lang="en"' in client.get("/sign-in").text
    client.post("/language", {"language": "fr"})
    assert '<html lang="fr"' in client.get("/sign-in").text


def test_language_that_is_not_offered_changes_nothing(client: Inspector) -> None:
    person = a_person()
    client.sign_in(person)
    assert client.post("/language", {"language": "xx"}).status_code == 303
    assert queries.person(person.id).language == "en"


def test_theme_is_kept_for_the_browser_and_the_person(client: Inspector) -> None:
    person = a_person()
    client.sign_in(person)
    client.post("/theme", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/projects/").text
    assert queries.person(person.id).theme == "dark"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/%0d%0aX: y", "x"])
def test_preference_leads_nowhere_else(client: Inspector, target: str) -> None:
    client.sign_in(a_person())
    answer = client.post("/language", {"language": "en", "next": target})
    assert answer.status_code == 303
    assert answer.location.startswith("/")
    assert not answer.location.startswith(("//", "/\\"))


def test_person_that_is_not_there_answers_404(client: Inspector) -> None:
    client.sign_in(a_person(role=Role.ADMIN))
    assert client.get("/people/99/role").status_code == 404


def test_browser_language_is_followed_by_a_first_visit(app: Flask, client: Inspector) -> None:
    a_person()
    commit()
    db.session.remove()
    assert '<html lang="fr"' in client.get("/sign-in", headers={"Accept-Language": "fr-CH, fr;q=0.9"}).text
