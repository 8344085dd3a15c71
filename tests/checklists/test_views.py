"""The pages of checklists."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import PDF, a_link
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.checklists import library, queries
from workbench.checklists.actions import attach_evidence
from workbench.checklists.rules import AnswerState
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trail.actions import record

Counter = Callable[[], AbstractContextManager[list[str]]]
BASE = "/projects/INV-1/checklists"
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def project(app: Flask) -> Project:
    return a_project(key="INV-1")


@pytest.fixture
def person(app: Flask, project: Project) -> Person:
    person = a_person(name="Ada Martin")
    a_member(project, person)
    return person


def at_step_five(project: Project, *, by: Person) -> None:
    """As the gate decisions before it leave the project."""
    project.current_step = 5
    record("step_reached", project, by=by, project=project.key)


def test_a_pack_is_started_from_the_list_and_only_once(client: Any, project: Project) -> None:
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    page = client.get(f"{BASE}/")
    assert "No checklist started yet" in page.text
    answer = client.post(f"{BASE}/", {"pack_id": "lifecycle_gates"})
    assert (answer.status_code, answer.location) == (303, f"{BASE}/1")
    assert "0 of 139" in client.get(f"{BASE}/").text
    assert client.post(f"{BASE}/", {"pack_id": "lifecycle_gates"}).status_code == 409
    assert client.post(f"{BASE}/", {"pack_id": "nonsense"}).status_code == 422


def test_the_gates_open_at_the_projects_step_and_say_who_should_answer(
    client: Any, project: Project, person: Person
) -> None:
    a_checklist(project, by=person)
    at_step_five(project, by=person)
    client.sign_in(person)
    text = client.get(f"{BASE}/1").text
    assert re.findall(r'id="item-(G\d)-01"', text) == ["G5"]
    assert '<span class="tag">technical lead</span>' in text
    assert len(text.encode()) < 60_000


def test_every_page_of_every_pack_stays_under_sixty_kilobytes(client: Any, project: Project, person: Person) -> None:
    for pack in library.pack_ids():
        checklist = a_checklist(project, by=person, pack=pack)
        for item in library.pack(pack).items[:20]:
            an_answer(project, checklist, item.key, by=person, note="Seen on site with the team lead. " * 3)
    client.sign_in(person)
    for number in (1, 2, 3):
        for page in range(1, 11):
            answer = client.get(f"{BASE}/{number}?step=all&page={page}", headers={"Accept-Language": "fr"})
            assert len(answer.data) < 60_000, (number, page)


def test_an_answer_leads_back_to_its_item_where_it_was_given(client: Any, project: Project, person: Person) -> None:
    a_checklist(project, by=person)
    client.sign_in(person)
    sent = {"state": "conform", "note": "Seen.", "version": "0"}
    answer = client.post(f"{BASE}/1/items/G1-01?step=all&q=schema", sent)
    assert (answer.status_code, answer.location) == (303, f"{BASE}/1?step=all&q=schema#item-G1-01")
    answer = client.post(f"{BASE}/1/items/G5-17", sent)
    assert answer.location == f"{BASE}/1?step=5&page=2#item-G5-17"
    text = client.get(f"{BASE}/1?step=1").text
    assert "Ada Martin" in text
    assert "conform without evidence" in text


def test_a_script_gets_only_the_row(client: Any, project: Project, person: Person) -> None:
    a_checklist(project, by=person)
    client.sign_in(person)
    sent = {"state": "partly", "note": "Half <b>done</b>", "version": "0"}
    answer = client.post(f"{BASE}/1/items/G1-01?step=1", sent, headers=FRAGMENT)
    assert answer.status_code == 200
    assert answer.text.strip().startswith('<article class="answer st-partly" id="item-G1-01"')
    assert 'name="version" value="1"' in answer.text
    assert "Half &lt;b&gt;done&lt;/b&gt;" in answer.text
    assert "Saved." in answer.text


def test_a_missing_note_is_said_and_what_was_chosen_stays(client: Any, project: Project, person: Person) -> None:
    a_checklist(project, by=person)
    client.sign_in(person)
    sent = {"state": "minor", "note": "", "version": "0"}
    row = client.post(f"{BASE}/1/items/G1-01?step=1", sent, headers=FRAGMENT)
    page = client.post(f"{BASE}/1/items/G1-01?step=1", sent)
    for answer in (row, page):
        assert answer.status_code == 422
        assert "Not saved. Write a note" in answer.text
        assert 'value="minor" checked' in answer.text
    assert "<!doctype html>" in page.text
    assert "<!doctype html>" not in row.text
    unknown = client.post(f"{BASE}/1/items/G1-01", {"state": "perfect", "note": "x", "version": "0"})
    assert unknown.status_code == 422


def test_two_people_at_once_see_both_answers(client: Any, project: Project, person: Person) -> None:
    checklist = a_checklist(project, by=person)
    an_answer(project, checklist, "G1-01", by=person, note="Map of March.")
    client.sign_in(person)
    sent = {"state": "minor", "note": "Map is old.", "version": "0"}
    conflict = client.post(f"{BASE}/1/items/G1-01?step=1", sent)
    assert conflict.status_code == 409
    shown = ("Somebody else saved first", "Map is old.", "Map of March.", "minor nonconformity", "/items/G1-01?step=1")
    assert [text for text in shown if text not in conflict.text] == []
    assert 'name="version" value="1"' in conflict.text
    assert '<option value="minor" selected>' in conflict.text
    kept = client.post(f"{BASE}/1/items/G1-01?step=1", sent | {"version": "1"})
    assert kept.status_code == 303


def test_different_items_are_answered_by_two_people_without_conflict(
    client: Any, project: Project, person: Person
) -> None:
    a_checklist(project, by=person)
    other = a_person(role=Role.QUALITY_LEAD)
    for who, item in ((person, "G1-01"), (other, "G1-02"), (person, "G1-03")):
        client.sign_in(who)
        sent = {"state": "conform", "note": "", "version": "0"}
        assert client.post(f"{BASE}/1/items/{item}", sent).status_code == 303
    checklist = queries.checklist_in(1, 1)
    assert checklist is not None
    assert checklist.counts == queries.counted(checklist)
    assert checklist.counts["conform"] == 3


def test_a_double_submission_answers_once(client: Any, project: Project, person: Person) -> None:
    a_checklist(project, by=person)
    client.sign_in(person)
    keys = client.keys()
    sent = {"state": "conform", "note": "Seen.", "version": "0"}
    first = client.post(f"{BASE}/1/items/G1-01", sent, keys=keys)
    second = client.post(f"{BASE}/1/items/G1-01", sent, keys=keys)
    assert (first.status_code, first.location) == (second.status_code, second.location)
    answer = queries.answer_to(1, "G1-01")
    assert answer is not None
    assert answer.version == 1


def test_evidence_is_attached_added_and_taken_away(client: Any, project: Project, person: Person) -> None:
    a_checklist(project, by=person)
    a_link(project, by=person, title="Wiki page")
    client.sign_in(person)
    here = f"{BASE}/1/items/G1-01/evidence"
    assert "E-1 Wiki page" in client.get(here).text
    assert client.post(here, {"evidence_id": "1"}).location == here
    fields = {"title": "Map", "valid_until": "", "note": ""}
    assert client.post(f"{here}/file", fields | {"file": (io.BytesIO(PDF), "map.pdf")}).location == here
    assert client.post(f"{here}/link", fields | {"url": "https://a.test/"}).location == here
    assert client.post(f"{here}/link", fields | {"url": "a.test"}).status_code == 422
    assert re.findall(r"E-\d", client.get(f"{BASE}/1").text) == ["E-1", "E-2", "E-3"]
    assert client.post(f"{here}/2/detach").status_code == 303
    assert client.post(f"{here}/2/detach").status_code == 404
    assert re.findall(r"E-\d", client.get(f"{BASE}/1").text) == ["E-1", "E-3"]
    assert "G1-01" in client.get("/projects/INV-1/evidence/1").text


def test_an_item_shows_what_happened_to_its_answer_to_those_who_read_the_trail(
    client: Any, project: Project, person: Person
) -> None:
    checklist = a_checklist(project, by=person)
    an_answer(project, checklist, "G1-01", by=person, note="first")
    an_answer(project, checklist, "G1-01", by=person, note="second", state=AnswerState.MINOR)
    attach_evidence(
        project=project, checklist=checklist, item_key="G1-01", evidence=a_link(project, by=person), by=person
    )
    client.sign_in(person)
    assert "What happened to this answer" not in client.get(f"{BASE}/1/items/G1-01").text
    client.sign_in(a_person(role=Role.AUDITOR))
    text = client.get(f"{BASE}/1/items/G1-01").text
    assert "What happened to this answer" in text
    assert "first" in text


def test_the_export_is_what_is_shown_and_no_cell_is_a_formula(client: Any, project: Project, person: Person) -> None:
    checklist = a_checklist(project, by=person)
    an_answer(project, checklist, "G1-01", by=person, note='=HYPERLINK("http://x")')
    an_answer(project, checklist, "G1-02", by=person)
    client.sign_in(person)
    answer = client.get(f"{BASE}/1/export.csv?step=1&state=conform")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename=INV-1-lifecycle_gates.csv"
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [(row["item"], row["answer"], row["note"]) for row in rows] == [
        ("G1-01", "conform", '\'=HYPERLINK("http://x")'),
        ("G1-02", "conform", "Seen on site."),
    ]
    everything = client.get(f"{BASE}/1/export.csv?step=all").text
    assert len(list(csv.reader(io.StringIO(everything)))) == 140


def test_what_was_typed_is_shown_as_text(client: Any, project: Project, person: Person) -> None:
    checklist = a_checklist(project, by=person)
    an_answer(project, checklist, "G1-01", by=person, note="</textarea><script>alert(1)</script>")
    client.sign_in(person)
    for path in ("1?step=1", '1?step=1&q="><script>alert(1)</script>', "1/items/G1-01", "1/items/G1-01/evidence"):
        assert "<script>alert" not in client.get(f"{BASE}/{path}").text


def test_nobody_answers_a_gate_who_may_only_read(client: Any, project: Project, person: Person) -> None:
    a_checklist(project, by=person)
    guest, auditor, outsider = a_person(), a_person(role=Role.AUDITOR), a_person()
    a_member(project, guest, role=Role.GUEST)
    sent = {"state": "conform", "note": "", "version": "0"}
    for reader, refused, shown in ((guest, 403, 403), (auditor, 409, 200)):  # an auditor answers the checklists of audits
        client.sign_in(reader)
        page = client.get(f"{BASE}/1?step=1")
        assert page.status_code == 200
        assert "data-autosubmit" not in page.text
        assert client.post(f"{BASE}/1/items/G1-01", sent).status_code == refused
        evidence = client.get(f"{BASE}/1/items/G1-01/evidence")
        assert (evidence.status_code, 'name="evidence_id"' in evidence.text) == (shown, False)
        assert client.post(f"{BASE}/", {"pack_id": "iso9001_2015"}).status_code == 403
    client.sign_in(outsider)
    assert client.get(f"{BASE}/1").status_code == 404


def test_a_checklist_or_item_of_elsewhere_is_not_there(client: Any, project: Project, person: Person) -> None:
    a_checklist(a_project(key="INV-2"), by=person)
    a_checklist(project, by=person)
    client.sign_in(person)
    assert client.get(f"{BASE}/1").status_code == 404
    assert client.get(f"{BASE}/2").status_code == 200
    for path in ("2/items/G1-99", "2/items/G1-99/evidence", "1/export.csv", "1/matrix", "99"):
        assert client.get(f"{BASE}/{path}").status_code == 404


def test_a_checklist_of_another_wording_is_read_only(client: Any, project: Project, person: Person) -> None:
    checklist = a_checklist(project, by=person)
    checklist.pack_digest = "0" * 64
    client.sign_in(person)
    text = client.get(f"{BASE}/1?step=1").text
    assert "This checklist can be read, not answered." in text
    assert "data-autosubmit" not in text
    answer = client.post(f"{BASE}/1/items/G1-01", {"state": "conform", "note": "", "version": "0"})
    assert answer.status_code == 409
    assert "which is not installed any more" in answer.text


def test_the_matrix_links_each_clause_to_its_items(client: Any, project: Project, person: Person) -> None:
    a_checklist(project, by=person, pack="iso9001_2015")
    a_checklist(project, by=person)
    client.sign_in(person)
    assert f'href="{BASE}/1?step=all&amp;chapter=8">8.5.6</a>' in client.get(f"{BASE}/1/matrix").text
    assert f'href="{BASE}/2?step=5">G5</a>' in client.get(f"{BASE}/2/matrix").text


@pytest.mark.parametrize("count", [1, 10, 100])
def test_the_page_asks_the_database_no_more_for_more_answers(
    app: Flask, client: Any, project: Project, person: Person, count_queries: Counter, home: Path, count: int
) -> None:
    checklist, link = a_checklist(project, by=person), a_link(project, by=person)
    for item in library.pack("lifecycle_gates").items[:count]:
        an_answer(project, checklist, item.key, by=person)
        attach_evidence(project=project, checklist=checklist, item_key=item.key, evidence=link, by=person)
    client.sign_in(person)
    # The checklist asks also of whom items were asked, how many comments stand and what was raised; the export only the first.
    for path, further in (("1?step=all", 3), ("1/matrix", 0), ("1/export.csv?step=all", 1)):
        with count_queries() as seen:
            client.get(f"{BASE}/{path}")
        assert len([each for each in seen if each.startswith("SELECT")]) == 2 + 4 + further  # session and rights, then four
