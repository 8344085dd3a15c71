"""The pages of packs: the shelf, one pack, the editor."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from tests.conftest import Inspector
from tests.factories.checklists import a_checklist
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.standards import a_body, a_draft, an_edition
from workbench.checklists import library
from workbench.database import db
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.standards import actions, queries
from workbench.standards.models import PackDraft
from workbench.standards.rules import Part
from workbench.web.transactions import commit


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


def test_shelf_and_pack_show_clauses_links_and_where_to_buy(client: Inspector, lead: Person) -> None:
    client.sign_in(lead)
    page = client.get("/packs/?q=9001:2015&sort=-used").text
    assert ("ISO 9001:2015" in page, "ISO 9001:2026" in page, "No pack matches" in client.get("/packs/?q=zzz").text) == (
        True, False, True,
    )  # fmt: skip
    page = client.get("/packs/iso9001_2015?q=8.5.6").text
    told = ("Whose it is, and where to get it", "ISO/IEC 27001:2022", "the next edition", "/packs/iso9001_2015/clauses/8.5.6")
    assert [each for each in told if each not in page] == []
    page = client.get("/packs/iso9001_2015/clauses/8.5.6").text
    assert ("/packs/iso20000_1_2018/clauses/8.5.1" in page, "equivalent" in page) == (True, True)
    for address in ("/packs/nothing", "/packs/iso9001_2015/clauses/99", "/packs/iso9001_2015/differences"):
        assert client.get(address).status_code == 404


def test_every_shipped_pack_has_a_page(client: Inspector, lead: Person) -> None:
    client.sign_in(lead)
    for pack_id in library.pack_ids():
        assert client.get(f"/packs/{pack_id}").status_code == 200
        assert client.get(f"/packs/{pack_id}?page=2").status_code == 200


def test_pack_is_made_published_and_carried_on_in_the_browser(client: Inspector, lead: Person) -> None:
    client.sign_in(lead)
    made = client.post("/packs/new", {"pack_id": "our_list", "title_en": "Our list", "title_fr": "", "from_pack": ""})
    assert (made.status_code, made.location) == (303, "/packs/drafts/1")
    head = {"title_en": "Our list", "edition": "1", "languages": ["en"], "wording": "own"}
    head |= {"source_en": "Ours.", "notice_en": "Ours."}
    at = "/packs/drafts/1"
    assert client.post(f"{at}/head", {**head, "version": "1"}).location == at
    assert client.post(f"{at}/clauses/new", {"ref": "1", "title_en": "Buying", "bearing": "y"}).status_code == 303
    page = client.get(at).text
    assert ("it bears requirements, but no item asks about it" in page, f'href="{at}/clauses/1"' in page) == (True, True)
    refused = client.post(f"{at}/items/new", {"clause": "9", "question_en": "Who?"})
    assert (refused.status_code, "There is no clause 9 in this draft." in refused.text) == (422, True)
    item = {
        "clause": "1", "question_en": "Who signs?", "expected_evidence_en": "list\nnote", "documented": "retain",
        "documented_en": "The signed list.", "refs": "iso9001_2015 8.4",
    }  # fmt: skip
    assert client.post(f"{at}/items/new", item).location == f"{at}/items#items-1-1"
    assert "list\nnote" in client.get(f"{at}/items/1-1").text
    assert "Nothing. The draft can be published." in client.get(at).text
    version = str(db.session.get_one(PackDraft, 1).version)
    assert client.post(f"{at}/publish", {"number": "1.0", "version": version}).location == "/packs/our_list"
    page = client.get("/packs/our_list").text
    assert ("made here" in page, "Prepare the next version" in page) == (True, True)
    assert client.post("/packs/our_list/next").location == "/packs/drafts/2"
    assert client.post("/packs/our_list/next").location == "/packs/drafts/2"
    found = queries.pack_at("our_list")
    assert found is not None
    assert [(each.key, [piece.en for piece in each.expected_evidence], each.refs) for each in found.items] == [
        ("1-1", ["list", "note"], (library.Ref("iso9001_2015", "8.4"),))
    ]


def test_lines_are_moved_changed_and_taken_out(client: Inspector, lead: Person) -> None:
    row = a_draft(by=lead)
    for number in (2, 3):
        clause = {"ref": str(number), "title": {"en": f"Part {number}"}, "bearing": False}
        actions.write_entry(row=row, part=Part.CLAUSES, entry=clause, by=lead)
    client.sign_in(lead)
    at = f"/packs/drafts/{row.id}/clauses"
    assert client.post(f"{at}/3/up").location == f"{at}#clauses-3"
    assert client.post(f"{at}/1/down").location == f"{at}#clauses-1"
    assert client.post(f"{at}/2/remove").status_code == 303
    assert [each["ref"] for each in db.session.get_one(PackDraft, row.id).body["clauses"]] == ["3", "1"]
    assert client.post(f"{at}/9/remove").status_code == 404
    assert client.get(f"{at}?q=nothing").status_code == 200
    done = client.post(f"/packs/drafts/{row.id}/discard", {"reason": "Not needed."})
    assert (done.status_code, client.post(f"{at}/3/up").status_code) == (303, 409)


def test_line_saved_by_somebody_else_meanwhile_is_shown_beside_mine(client: Inspector, lead: Person) -> None:
    row = a_draft(by=lead)
    client.sign_in(lead)
    page = client.post(
        f"/packs/drafts/{row.id}/clauses/1", {"ref": "1", "title_en": "Mine", "bearing": "y", "version": str(row.version - 1)}
    )
    assert (page.status_code, "Mine" in page.text, "Buying" in page.text) == (409, True, True)


def test_earlier_version_stays_readable_and_is_compared(client: Inspector, lead: Person) -> None:
    project = a_project(by=lead)
    a_member(project, lead, role=Role.PROJECT_MANAGER)
    an_edition(by=lead)
    checklist = a_checklist(project, by=lead, pack="our_rules")
    number, key = checklist.id, project.key
    an_edition(by=lead, body=a_body(version="1.1", questions=3, first="Is it signed?"))
    client.sign_in(lead)
    assert "This is an earlier version." in client.get("/packs/our_rules?version=1.0").text
    page = client.get("/packs/our_rules/differences").text
    assert ("Is it written down?" in page, "Is it signed?" in page) == (True, True)
    page = client.get(f"/projects/{key}/checklists/{number}").text
    assert ("Version 1.1 is there now." in page, "Is it written down?" in page, "Is it signed?" in page) == (True, True, False)
    at = f"/projects/{key}/checklists/{number}/upgrade"
    page = client.get(at).text
    assert ("Is it signed?" in page, "1 question is unchanged." in page) == (True, True)
    assert client.post(at).location == f"/projects/{key}/checklists/{number + 1}"
    assert "There is no other version to take over here." in client.get(at).text
    assert "another version is there now" in client.get(f"/projects/{key}/checklists/").text


@pytest.mark.parametrize("address", ["/packs/", "/packs/our_rules", "/packs/drafts/1/items", "/packs/drafts/1"])
def test_pages_ask_the_database_equally_often_for_one_and_for_a_thousand(
    app: Flask, client: Inspector, lead: Person, count_queries: Callable[[], AbstractContextManager[list[str]]], address: str
) -> None:
    an_edition(by=lead)
    row = a_draft(by=lead)
    client.sign_in(lead)
    client.get(address)
    with count_queries() as few:
        assert client.get(address).status_code == 200
    for number in range(10):
        an_edition(by=lead, body=a_body(pack_id=f"list_{number}"))
    an_edition(by=lead, body=a_body(version="2.0", questions=1000))
    row = db.session.get_one(PackDraft, row.id)
    entries = [{"key": f"1-{number}", "clause": "1", "question": {"en": "Who?"}} for number in range(1, 1001)]
    row.body = {**row.body, "items": entries}
    actions.move_entry(row=row, part=Part.ITEMS, name="1-2", up=True, by=lead)
    commit()
    client.get(address)
    with count_queries() as many:
        page = client.get(address)
    assert (page.status_code, len(many) == len(few), len(page.data) < 90_000) == (200, True, True)
