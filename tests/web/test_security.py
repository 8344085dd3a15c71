"""Headers on every answer, cookie flags, and error pages that help without telling too much."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import Inspector
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench.app import create_app
from workbench.config import Settings
from workbench.people.guards import public
from workbench.people.rules import Role
from workbench.web.refusals import Refused
from workbench.web.transactions import commit

Count = Callable[[], AbstractContextManager[list[str]]]
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def directives(policy: str) -> dict[str, str]:
    return {part.split()[0]: " ".join(part.split()[1:]) for part in policy.split(";")}


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/projects/", "/static/app.js", "/people/1/role"])
def test_every_answer_carries_the_headers(app: Flask, client: Inspector, path: str) -> None:
    a_person()
    answer = client.get(path)
    answer.close()
    assert {name: answer.headers.get(name) for name in FIXED} == FIXED
    policy = directives(answer.headers["Content-Security-Policy"])
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert (policy["default-src"], policy["style-src"], policy["frame-ancestors"], policy["base-uri"]) == (
        "'none'",
        "'self'",
        "'none'",
        "'none'",
    )


def test_files_of_a_page_are_given_without_asking_who_it_is(client: Inspector, count_queries: Count) -> None:
    client.sign_in(a_person())
    with count_queries() as asked:
        answers = [client.get(path) for path in ("/static/app.js", "/static/css/theme.css")]
        for each in answers:
            each.close()
    assert ([each.status_code for each in answers], asked) == ([200, 200], [])


def test_nonce_is_new_for_each_request_and_stands_in_the_page(app: Flask, client: Inspector) -> None:
    a_person()
    nonces = []
    for _turn in range(2):
        answer = client.get("/sign-in")
        found = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
        assert found is not None
        assert re.findall(r'<script [^>]*nonce="([^"]*)"', answer.text) == [found.group(1)]
        nonces.append(found.group(1))
    assert len(set(nonces)) == 2


def test_pages_are_not_kept_by_caches(client: Inspector) -> None:
    client.sign_in(a_person())
    assert client.get("/projects/").headers["Cache-Control"] == "no-store"


def test_session_cookie_is_closed_to_scripts_and_other_sites(app: Flask, client: Inspector) -> None:
    a_person()
    cookie = client.get("/sign-in").headers["Set-Cookie"]
    assert (cookie.partition("=")[0], "HttpOnly" in cookie, "SameSite=Lax" in cookie, "Secure" in cookie) == (
        "ninefold",
        True,
        True,
        False,
    )


def test_session_cookie_over_tls_is_bound_to_the_host(home: Path) -> None:
    made = create_app(Settings(home=home, testing=True, secure_cookies=True))
    with made.app_context():
        a_person()
        commit()
    cookie = made.test_client().get("/sign-in", base_url="https://localhost").headers["Set-Cookie"]
    assert (cookie.partition("=")[0], "Secure" in cookie, "Path=/" in cookie, "Domain" in cookie) == (
        "__Host-ninefold",
        True,
        True,
        False,
    )


@pytest.mark.parametrize(("path", "code"), [("/nowhere", 404), ("/projects/NO-1/", 404), ("/people/new", 403)])
def test_error_page_has_its_code(client: Inspector, path: str, code: int) -> None:
    client.sign_in(a_person())
    assert client.get(path).status_code == code


def test_method_that_is_not_offered_answers_405(client: Inspector) -> None:
    client.sign_in(a_person())
    assert client.post("/projects/").status_code == 405


def test_refusal_names_the_reason_and_what_is_missing(app: Flask, client: Inspector) -> None:
    def page() -> str:
        raise Refused("The gate stays shut.", ("first thing", "second <thing>"))

    app.config["WTF_CSRF_ENABLED"] = False
    app.add_url_rule("/test-page", view_func=public(page), methods=["POST"])
    answer = client.post("/test-page", {"note": "my words", "password": "secret words"}, keys={})
    assert answer.status_code == 409
    for text in ("The gate stays shut.", "first thing", "second &lt;thing&gt;", "my words"):
        assert text in answer.text
    assert "secret words" not in answer.text


def test_unforeseen_error_says_nothing_of_its_cause_but_gives_a_reference(
    app: Flask, client: Inspector, caplog: pytest.LogCaptureFixture
) -> None:
    def page() -> str:
        raise RuntimeError("the inner workings")

    app.add_url_rule("/test-page", view_func=public(page))
    answer = client.get("/test-page")
    reference = re.search(r"<code>([0-9a-f]{12})</code>", answer.text)
    assert answer.status_code == 500
    assert "inner workings" not in answer.text
    assert reference is not None
    assert caplog.messages == [f"request {reference.group(1)} failed"]


def test_upload_beyond_the_limit_answers_413(app: Flask, client: Inspector) -> None:
    project = a_project()
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    app.config["MAX_CONTENT_LENGTH"] = 10_000
    assert client.post(f"/projects/{project.key}/facts", {"name": "x" * 20_000}).status_code == 413


def test_text_of_people_is_escaped(client: Inspector) -> None:
    project = a_project(name="<script>alert(1)</script>")
    client.sign_in(a_person(role=Role.QUALITY_LEAD, name="<b>Ada</b>"))
    page = client.get("/projects/").text
    assert ("<script>alert" in page, "<b>Ada" in page, "&lt;script&gt;alert(1)&lt;/script&gt;" in page) == (
        False,
        False,
        True,
    )
    assert project.key in page


@pytest.mark.parametrize(
    ("origin", "code"), [("http://localhost", 303), ("https://elsewhere.example", 403), ("null", 403)]
)
def test_form_sent_from_elsewhere_is_refused(client: Inspector, origin: str, code: int) -> None:
    client.sign_in(a_person())
    assert client.post("/language", {"language": "fr"}, headers={"Origin": origin}).status_code == code
