"""The pages of answers as a spreadsheet, and files dropped on a question."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.checklists.test_sheets import ANSWER, EVIDENCE, NOTE, edited, exported
from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import PDF, a_link
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.checklists import library
from workbench.checklists.models import AnswerImport
from workbench.checklists.rules import AnswerState
from workbench.database import db
from workbench.evidence.models import Evidence
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trail import queries as trail_queries
from workbench.web.workbooks import tables_of

Counter = Callable[[], AbstractContextManager[list[str]]]
BASE = "/projects/INV-1/checklists/1"
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def project(app: Flask) -> Project:
    return a_project(key="INV-1")


@pytest.fixture
def person(project: Project) -> Person:
    found = a_person(name="Ada Martin")
    a_member(project, found)
    return found


def send(client: Any, data: bytes, name: str = "answers.xlsx") -> Any:
    return client.post(f"{BASE}/import", {"file": (io.BytesIO(data), name)}, content_type="multipart/form-data")


def test_the_export_holds_what_the_filter_shows(client: Any, project: Project, person: Person) -> None:
    checklist = a_checklist(project, by=person)
    an_answer(project, checklist, "G1-01", by=person, note="=1+1")
    client.sign_in(person)
    page = client.get(f"{BASE}?step=all&state=conform").text
    assert f'href="{BASE}/answers.xlsx?step=all&amp;state=conform"' in page
    assert f'href="{BASE}/import"' in page
    answer = client.get(f"{BASE}/answers.xlsx?step=all&state=conform")
    assert answer.headers["Content-Disposition"] == "attachment; filename=INV-1-lifecycle_gates.xlsx"
    rows = tables_of(answer.data)["answers"].rows
    assert [(row[0], row[5], row[ANSWER], row[NOTE]) for row in rows[1:]] == [("G1-01", "1", "conform", "=1+1")]


def test_a_spreadsheet_is_previewed_confirmed_and_told(client: Any, project: Project, person: Person) -> None:
    checklist = a_checklist(project, by=person)
    a_link(project, by=person)
    an_answer(project, checklist, "G1-01", by=person, note="Seen on Monday.")
    an_answer(project, checklist, "G1-02", by=person, note="First.")
    data = edited(
        exported(checklist),
        {
            ("G1-01", NOTE): "Seen on Friday.", ("G1-01", EVIDENCE): "E-1", ("G1-02", NOTE): "Mine.",
            ("G1-03", ANSWER): "maybe", ("G1-04", 2): "Altered",
        },
    )  # fmt: skip
    an_answer(project, checklist, "G1-02", by=person, note="Theirs.")
    client.sign_in(person)
    answer = send(client, data)
    assert (answer.status_code, answer.location) == (303, f"{BASE}/imports/1")
    page = client.get(answer.location).text
    assert "Seen on <del>Monday.</del><ins>Friday.</ins>" in page
    assert "<ins>+ E-1</ins>" in page
    assert "“maybe” is no answer. Allowed are: conform / conforme, partly / partiel," in page
    assert "“Question” is locked and was altered" in page
    assert all(text in page for text in ("First.", "Theirs.", "Mine."))
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen is not None
    assert seen.group(1) == "G1-01=1 G1-02=2"
    refused = client.post(answer.location, {"seen": seen.group(1)})
    assert refused.status_code == 422
    assert "Choose which answer is kept." in refused.text
    done = client.post(answer.location, {"seen": seen.group(1), "pick-G1-02": "theirs"})
    assert (done.status_code, done.location) == (303, answer.location)
    told = client.get(answer.location).text
    assert "1 answer is taken over. G1-01" in told
    assert "Left as they were, as you chose: G1-02." in told
    item = client.get(f"{BASE}/items/G1-01").text
    assert "Seen on Friday." in item
    assert client.post(answer.location, {"seen": seen.group(1)}).status_code == 409


def test_a_file_that_is_none_is_refused_and_kept_nowhere(client: Any, project: Project, person: Person) -> None:
    a_checklist(project, by=person)
    client.sign_in(person)
    answer = send(client, b"no spreadsheet", "answers.xlsx")
    assert answer.status_code == 422
    assert "answers.xlsx is neither an XLSX nor an ODS file." in answer.text
    assert db.session.scalar(select(func.count()).select_from(AnswerImport)) == 0


def test_a_spreadsheet_is_discarded_by_its_reader_only(client: Any, project: Project, person: Person) -> None:
    checklist = a_checklist(project, by=person)
    lead = a_person(role=Role.QUALITY_LEAD)
    client.sign_in(person)
    send(client, edited(exported(checklist), {("G1-01", ANSWER): "conform"}))
    client.sign_in(lead)
    assert "Only the person who imported the file" in client.get(f"{BASE}/imports/1").text
    assert client.post(f"{BASE}/imports/1/discard").status_code == 409
    client.sign_in(person)
    assert client.post(f"{BASE}/imports/1/discard").status_code == 303
    assert "This spreadsheet was discarded; no answer changed." in client.get(f"{BASE}/imports/1").text
    kept = db.session.scalars(select(AnswerImport)).one()
    assert (kept.state, kept.rows) == ("discarded", [])


@pytest.mark.parametrize("count", [1, 10, 100])
def test_the_preview_asks_the_database_no_more_for_more_rows(
    client: Any, project: Project, person: Person, count_queries: Counter, count: int
) -> None:
    checklist = a_checklist(project, by=person)
    items = [item.key for item in library.pack("lifecycle_gates").items[:count]]
    for item in items[::2]:
        an_answer(project, checklist, item, by=person, state=AnswerState.OPPORTUNITY)
    client.sign_in(person)
    send(client, edited(exported(checklist), {(item, ANSWER): "conform" for item in items}))
    with count_queries() as seen:
        page = client.get(f"{BASE}/imports/1").text
    assert page.count('<th scope="row" data-label="Item">') == count
    assert len([each for each in seen if each.startswith("SELECT")]) <= 11


def files(*named: tuple[str, bytes]) -> dict[str, Any]:
    return {"file": [(io.BytesIO(data), name) for name, data in named]}


def test_files_dropped_on_a_row_are_attached_and_the_refused_named(
    client: Any, project: Project, person: Person
) -> None:
    a_checklist(project, by=person)
    client.sign_in(person)
    sent = files(("map.pdf", PDF), ("run.exe", b"MZ\x90\x00" + b"\x00" * 60), ("notes.txt", b"Seen on site."))
    entries = trail_queries.size()
    address = f"{BASE}/items/G1-01/evidence/files"
    answer = client.post(address, sent, content_type="multipart/form-data", headers=FRAGMENT)
    assert (answer.status_code, answer.text.count("<article")) == (200, 1)
    assert "Attached: E-1, E-2." in answer.text
    assert "Not attached: The content of run.exe is" in answer.text
    assert trail_queries.size() == entries + 4  # each piece added, each attached
    assert [each.title for each in db.session.scalars(select(Evidence).order_by(Evidence.number))] == ["map.pdf", "notes.txt"]
    nothing = client.post(address, files(("run.exe", b"MZ\x90\x00")), content_type="multipart/form-data", headers=FRAGMENT)
    assert nothing.status_code == 422
    assert "Not attached: The content of run.exe is" in nothing.text
    plain = client.post(address, files(("other.txt", b"Plain.")), content_type="multipart/form-data")
    assert (plain.status_code, plain.location) == (303, f"{BASE}/items/G1-01/evidence")


def test_the_plain_form_takes_several_files_and_a_photo(
    client: Any, project: Project, person: Person, home: Path
) -> None:
    a_checklist(project, by=person)
    client.sign_in(person)
    address = f"{BASE}/items/G1-01/evidence/file"
    page = client.get(address).text
    assert re.search(r'<input[^>]*capture="environment"[^>]*name="photo"[^>]*>|name="photo"', page)
    assert 'accept="image/*"' in page
    sent = {**files(("a.txt", b"One.")), "photo": (io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"\x00" * 40), "IMG_1.png"), "title": "Both"}
    answer = client.post(address, sent, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert "Added and attached: E-1, E-2." in client.get(answer.location).text
    empty = client.post(address, {"title": "Nothing"}, content_type="multipart/form-data")
    assert empty.status_code == 422
    assert "Choose a file or take a photo." in empty.text
