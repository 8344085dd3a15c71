"""The pages of evidence."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories.evidence import PDF, a_file, a_link
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.evidence import store
from workbench.evidence.queries import newest_version
from workbench.people.rules import Role

Counter = Callable[[], AbstractContextManager[list[str]]]


def upload(data: bytes, name: str, **fields: str) -> dict[str, Any]:
    return {"file": (io.BytesIO(data), name), "title": "", "valid_until": "", "note": "", **fields}


def test_a_file_is_added_and_comes_back_as_an_attachment(app: Flask, client: Any, home: Path) -> None:
    project, person = a_project(key="INV-1"), a_person()
    a_member(project, person)
    client.sign_in(person)
    answer = client.post(
        "/projects/INV-1/evidence/new", upload(PDF, "carte « é ».pdf", title="Map", valid_until="2030-01-31")
    )
    assert (answer.status_code, answer.location) == (303, "/projects/INV-1/evidence/1")
    page = client.get(answer.location)
    assert "E-1 Map" in page.text
    assert "31 Jan 2030" in page.text
    file = client.get("/projects/INV-1/evidence/1/versions/1/file")
    assert file.data == PDF
    assert file.headers["Content-Type"] == "application/pdf"
    assert file.headers["Content-Disposition"].startswith("attachment; filename")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_program_renamed_is_refused_beside_the_field(app: Flask, client: Any) -> None:
    project, person = a_project(key="INV-1"), a_person()
    a_member(project, person)
    client.sign_in(person)
    answer = client.post(
        "/projects/INV-1/evidence/new", upload(b"MZ\x90\x00" + b"\x00" * 99, "invoice.pdf", note="kept text")
    )
    assert answer.status_code == 422
    assert "The content of invoice.pdf is application/x-msdownload, whatever its name says." in answer.text
    assert "kept text" in answer.text


def test_a_file_too_large_answers_413(app: Flask, client: Any) -> None:
    project, person = a_project(key="INV-1"), a_person()
    a_member(project, person)
    client.sign_in(person)
    answer = client.open(
        "/projects/INV-1/evidence/new",
        method="POST",
        input_stream=io.BytesIO(b"--b\r\n"),
        content_type="multipart/form-data; boundary=b",
        environ_overrides={"CONTENT_LENGTH": str(app.config["MAX_CONTENT_LENGTH"] + 1)},
    )
    assert answer.status_code == 413
    assert "The file is too large" in answer.text


def test_a_tampered_file_is_not_sent(app: Flask, client: Any, home: Path) -> None:
    project, person = a_project(key="INV-1"), a_person(role=Role.QUALITY_LEAD)
    piece = a_file(project, by=person, home=home)
    digest = newest_version(piece.id).sha256
    file = store.path_of(digest, home=home)
    file.chmod(0o644)
    file.write_bytes(file.read_bytes() + b" ")
    client.sign_in(person)
    answer = client.get("/projects/INV-1/evidence/1/versions/1/file")
    assert answer.status_code == 409
    assert f"its bytes do not match SHA-256 {digest}" in answer.text


def test_a_link_is_shown_withdrawn_and_put_back(app: Flask, client: Any) -> None:
    project, person = a_project(key="INV-1"), a_person(role=Role.QUALITY_LEAD)
    client.sign_in(person)
    fields = {"title": "Wiki", "url": "https://wiki.example.test/a?b=c", "valid_until": "", "note": ""}
    assert client.post("/projects/INV-1/evidence/new-link", fields | {"url": "javascript:alert(1)"}).status_code == 422
    assert client.post("/projects/INV-1/evidence/new-link", fields).status_code == 303
    assert 'href="https://wiki.example.test/a?b=c"' in client.get("/projects/INV-1/evidence/1").text
    assert client.get("/projects/INV-1/evidence/1/versions/1/file").status_code == 404
    newer = {"url": "https://wiki.example.test/new", "valid_until": "", "note": ""}
    assert client.post("/projects/INV-1/evidence/1/versions/new", newer).status_code == 303
    assert client.post("/projects/INV-1/evidence/1/withdraw", {"reason": ""}).status_code == 422
    assert client.post("/projects/INV-1/evidence/1/withdraw", {"reason": "moved"}).status_code == 303
    assert client.post("/projects/INV-1/evidence/1/withdraw", {"reason": "again"}).status_code == 409
    assert "proves nothing any more" in client.get("/projects/INV-1/evidence/1").text
    assert client.post("/projects/INV-1/evidence/1/put-back").status_code == 303
    assert project.key == "INV-1"


def test_what_was_typed_is_shown_as_text(app: Flask, client: Any, home: Path) -> None:
    project, person = a_project(key="INV-1"), a_person(role=Role.QUALITY_LEAD)
    a_file(project, by=person, home=home, title='<script>alert("x")</script>', filename='"><img src=x onerror=y>.pdf')
    client.sign_in(person)
    for path in ("/projects/INV-1/evidence/", "/projects/INV-1/evidence/1", '/projects/INV-1/evidence/?q="><script>'):
        text = client.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_the_pages_know_who_may_what(app: Flask, client: Any, home: Path) -> None:
    project, other = a_project(key="INV-1"), a_project(key="INV-2")
    guest, outsider, owner = a_person(), a_person(), a_person(role=Role.QUALITY_LEAD)
    a_member(project, guest, role=Role.GUEST)
    a_file(project, by=owner, home=home)
    a_link(other, by=owner)
    client.sign_in(guest)
    assert client.get("/projects/INV-1/evidence/1").status_code == 200
    assert client.get("/projects/INV-1/evidence/2").status_code == 404
    assert client.get("/projects/INV-1/evidence/new").status_code == 403
    assert client.post("/projects/INV-1/evidence/1/withdraw", {"reason": "no"}).status_code == 403
    assert client.get("/projects/INV-2/evidence/").status_code == 404
    client.sign_in(outsider)
    assert client.get("/projects/INV-1/evidence/1/versions/1/file").status_code == 404


@pytest.mark.parametrize("count", [1, 10, 50])
def test_the_list_asks_the_database_no_more_for_more_rows(
    app: Flask, client: Any, count_queries: Counter, count: int
) -> None:
    project, person = a_project(key="INV-1"), a_person(role=Role.QUALITY_LEAD)
    for _number in range(count):
        a_link(project, by=person)
    client.sign_in(person)
    with count_queries() as seen:
        client.get("/projects/INV-1/evidence/")
    asked = [each for each in seen if each.startswith("SELECT")]
    assert len(asked) == 5  # two for the session and the rights, the project, how many, the rows
