"""Mappings through their pages: begun, edited as forms and as text, previewed, saved, compared."""

from __future__ import annotations

import hmac
import html
import io
import re

import pytest

import sandbox
from tests.factories.mappings import DEMO, a_crosswalk, a_mapping_row, a_received_table, demo_tables
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench.people.rules import Role
from workbench.trail.queries import history
from workbench.trials import queries, store
from workbench.trials.actions.crosswalks import Decided, decide_names

AT = "/projects/INV-1/sandbox/mappings"


@pytest.fixture
def lead(app):
    return a_person(role=Role.QUALITY_LEAD, name="S. Petit")


@pytest.fixture
def project(lead):
    return a_project(by=lead, key="INV-1")


@pytest.fixture
def tables(project, lead, home):
    demo_tables(project, by=lead, home=home)


def text_of(response):
    body = re.sub(r"<(script|option|head)\b.*?</\1>", " ", response.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def form_of(response, **changed):
    """Every field of the page's part form as a browser would send it."""
    body = response.text.split('id="part"')[1].split("</form>")[0]
    sent = {}
    for tag in re.findall(r"<input [^>]+>", body):
        given = {key: html.unescape(value) for key, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        if given.get("type") != "checkbox" or " checked" in tag:
            sent[given["name"]] = given.get("value", "")
    for name, inside in re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', body, re.DOTALL):
        sent[name] = html.unescape(inside).strip()
    for tag, inside in re.findall(r"<select ([^>]+)>(.*?)</select>", body, re.DOTALL):
        chosen = re.search(r'<option selected[^>]*value="([^"]*)"', inside)
        sent[re.search(r'name="([^"]+)"', tag).group(1)] = html.unescape(chosen.group(1)) if chosen else ""
    return {key: value for key, value in {**sent, **changed}.items() if key not in ("csrf_token", "idempotency_key")}


def draft(mapping_id=1, project_id=1):
    found = queries.mappings.mapping(project_id, mapping_id)
    return found, queries.mappings.text_of_mapping(found)


def test_mapping_begins_from_two_tables_with_the_fields_that_suit(client, lead, project, tables, home):
    a_received_table(project, by=lead, home=home, source="supplier", table="Counts 2026", rows=[
        {"Kunde ID": "1", "Reference": "S3", "Menge": "17"}, {"Kunde ID": "2", "Reference": "S3", "Menge": "3"}])
    client.sign_in(lead)
    assert client.post(f"{AT}/new", {
        "name": "usage-to-lines", "title": "", "way": "blank", "source": "supplier.counts_2026", "target": "psa.lines",
        "copy_of": "0",
    }).status_code == 303
    spec = sandbox.checked(draft()[1]).spec
    assert spec.sources["live"].fields == {"client_id": "int", "code": "text", "quantity": "int"}
    assert {name: one.formula for name, one in spec.steps[0].fields.items()} == {
        "client_id": '"Kunde ID"', "code": "Reference", "quantity": "Menge"}
    assert [target.table for target in spec.targets] == ["psa.lines"]
    # A source whose decimal mark is a comma: 1.000 is text to a run, and the preview reads what was proposed.
    a_received_table(project, by=lead, home=home, source="supplier", table="prices", decimal=",", rows=[
        {"code": "S3", "quantity": "1.000", "price": "2,50"}, {"code": "P1", "quantity": "2", "price": "1 200,00"}])
    assert client.post(f"{AT}/new", {
        "name": "prices", "way": "blank", "source": "supplier.prices", "target": "", "copy_of": "0"}).status_code == 303
    page = client.get(f"{AT}/2/edit/map/1")
    shown = text_of(client.post(f"{AT}/2/edit/map/1", form_of(page, do="preview")))
    assert "1.000" in shown
    assert "expected digits" not in shown
    assert sandbox.checked(draft(2)[1]).spec.sources["given"].fields == {"code": "text", "quantity": "text", "price": "decimal"}
    again = client.post(f"{AT}/new", {
        "name": "usage-to-lines", "way": "blank", "source": "", "target": "", "copy_of": "0"})
    assert (again.status_code, "has a mapping usage-to-lines already" in text_of(again)) == (422, True)


def test_every_part_goes_through_its_form_unchanged(client, lead, project, tables):
    a_mapping_row(project, by=lead)
    client.sign_in(lead)
    places = [("head", 1), *[("source", at) for at in range(1, 6)], ("map", 1), ("aggregate", 2), ("join", 3),
              ("reconcile", 4), ("map", 5), ("target", 1)]
    for kind, place in places:
        page = client.get(f"{AT}/1/edit/{kind}/{place}")
        assert (kind, place, page.status_code) == (kind, place, 200)
        answer = client.post(f"{AT}/1/edit/{kind}/{place}", form_of(page, do="save"))
        assert (kind, place, answer.status_code) == (kind, place, 303)
    assert sandbox.checked(draft()[1]).spec == sandbox.checked(DEMO.read_text()).spec


def test_fault_is_kept_in_the_draft_and_shown_with_its_place(client, lead, project, tables):
    a_mapping_row(project, by=lead)
    client.sign_in(lead)
    page = client.get(f"{AT}/1/edit/map/1")
    sent = form_of(page, field_2_formula="int(unts)", do="save")
    answer = client.post(f"{AT}/1/edit/map/1", sent)
    assert answer.headers["Location"] == f"{AT}/1/edit/map/1"
    body = client.get(f"{AT}/1/edit").text
    assert '<pre class="pointed">    int(unts)\n        ^^^^</pre>' in body
    assert "step usage_clean, field units" in body
    assert (body.count("Remove<span"), body.count('/map/1/up"'), body.count('/map/1/down"')) == (11, 0, 1)
    assert f'href="{AT}/1/edit/map/1">Mend it' in body
    refused = client.post(f"{AT}/1/save", {"note": "x", "version": str(draft()[0].version)})
    assert (refused.status_code, "The mapping has faults" in text_of(refused)) == (409, True)
    stale = client.post(f"{AT}/1/edit/map/1", {**sent, "field_2_formula": "int(units) + 1"})
    assert (stale.status_code, "Somebody else saved first" in stale.text, "int(unts)" in stale.text) == (409, True, True)


def test_preview_shows_rows_and_the_fault_of_each_cell(client, lead, project, tables, save):
    a_mapping_row(project, by=lead)
    for name, pairs in (("clients", {"Bakery Noe": "1", "ACME Ltd": "2"}), ("services", {"STOR": "S3", "MAIL": "S4"})):
        made = a_crosswalk(project, by=lead, name=name, left_column="account" if name == "clients" else "sku",
                           right_column="client_id" if name == "clients" else "service")
        decide_names(project=project, crosswalk=made, rights=(), by=lead,
                     decided=[Decided(left, "mapped", (right,)) for left, right in pairs.items()])
    save()
    client.sign_in(lead)
    page = client.get(f"{AT}/1/edit/map/1")
    assert "clients: 1 of 4 rows finds nothing · Decide about the names Unknown 1" in text_of(page)
    shown = client.post(f"{AT}/1/edit/map/1", form_of(page, do="preview", field_2_formula="int(units) * 2"))
    body = text_of(shown)
    assert "usage:2 1 S3 34 usage:3 2 S3 6" in body
    assert "usage:4 1 S4 – " in body
    assert "usage:5 clients: " in body
    assert draft()[1] == queries.mappings.newest_version(1).text
    faulty = client.post(f"{AT}/1/edit/map/1", form_of(page, do="preview", field_2_formula="int(units"))
    assert '<pre class="pointed">' in faulty.text


def test_preview_masks_as_a_run_does(lead, project, tables, home, app):
    keys = app.extensions["ninefold"].keys
    live = {"table": "psa.lines", "fields": {"client_id": "text", "code": "text", "quantity": "int"}, "mask": {"client_id": "hash"}}
    held = {"mapping": 1, "name": "m", "purpose": "p", "sources": {"live": live}}
    shown = queries.editor.preview(project, held, "live", home, keys)
    token = hmac.new(store.salt(keys, project.id).encode(), b"1", "sha256").hexdigest()[:24]
    assert (shown.message, shown.faults) == ("", ())
    assert shown.answer["rows"][0]["cells"] == [f"h:{token}", "P1", "1"]


def test_rows_and_proposals_are_added_to_the_form(client, lead, project, tables):
    a_mapping_row(project, by=lead)
    client.sign_in(lead)
    page = client.get(f"{AT}/1/edit/map/5")
    sent = form_of(page, field_1_name="", field_1_formula="", field_1_type="", field_1_why="")
    more = client.post(f"{AT}/1/edit/map/5", {**sent, "do": "more"})
    assert more.text.count('_formula"') > page.text.count('_formula"')
    twice = client.post(f"{AT}/1/edit/map/5", {**sent, "field_1_name": "quantity", "do": "save"})
    assert (twice.status_code, "quantity stands twice" in text_of(twice)) == (422, True)
    source = client.get(f"{AT}/1/edit/source/0?table=psa.clients")
    assert 'value="name"' in source.text
    taken = client.post(f"{AT}/1/edit/source/0", form_of(source, do="save"))
    assert (taken.status_code, "There is a source clients already." in text_of(taken)) == (422, True)
    assert client.post(f"{AT}/1/edit/source/0", form_of(source, do="save", name="people")).status_code == 303
    assert sandbox.mapping_parts(draft()[1])["sources"]["people"] == {
        "table": "psa.clients", "fields": {"name": "text", "id": "int"}}


def test_steps_are_moved_and_removed(client, lead, project, tables):
    a_mapping_row(project, by=lead)
    client.sign_in(lead)
    seen = str(draft()[0].version)
    assert client.post(f"{AT}/1/edit/aggregate/2/down", {"version": seen}).status_code == 303
    assert [next(iter(step)) for step in sandbox.mapping_parts(draft()[1])["steps"]][:3] == ["map", "join", "aggregate"]
    assert client.post(f"{AT}/1/edit/target/1/remove", {"version": seen}).status_code == 409
    assert client.post(f"{AT}/1/edit/target/1/remove", {"version": str(draft()[0].version)}).status_code == 303
    assert "targets" not in sandbox.mapping_parts(draft()[1])


def test_text_goes_both_ways_and_versions_differ_in_words(client, lead, project, tables):
    a_mapping_row(project, by=lead)
    client.sign_in(lead)
    page = client.get(f"{AT}/1/edit/text")
    assert "# matched by people" in html.unescape(page.text)
    changed = draft()[1].replace("int(units)", "int(units) * 2")
    seen = {"version": str(draft()[0].version)}
    assert client.post(f"{AT}/1/edit/text", {**seen, "draft": ""}).status_code == 422
    assert client.post(f"{AT}/1/edit/text", {**seen, "draft": changed}).status_code == 303
    shown = client.get(f"{AT}/1/difference").text
    assert "step usage_clean, field units is now <code>int(units) * 2</code> (was <code>int(units)</code>)" in shown
    assert client.post(f"{AT}/1/save", {"note": "", **seen}).status_code == 422
    saved = client.post(f"{AT}/1/save", {"note": "units are pairs", "version": str(draft()[0].version)})
    assert saved.status_code == 303
    page = client.get(f"{AT}/1")
    run_it = f"/projects/INV-1/sandbox/runs/new?version_id={queries.mappings.newest_version(1).id}"
    assert (text_of(page).count("units are pairs"), page.text.count(run_it)) == (2, 1)
    assert client.get(f"{AT}/1/versions/1.yaml").data == DEMO.read_bytes()
    event = history("mapping_version", 2)[0]
    assert (event.act, event.reason, event.new["number"]) == ("mapping_version_saved", "units are pairs", 2)
    assert client.post(f"{AT}/1/versions/1/take").status_code == 303
    assert draft()[1] == DEMO.read_text()


def test_file_that_is_no_yaml_can_only_be_mended_as_text(client, lead, project, tables):
    a_mapping_row(project, by=lead)
    client.sign_in(lead)
    seen = str(draft()[0].version)
    sent = {"file": (io.BytesIO(b"mapping: [1\nname: x"), "broken.yaml"), "version": seen}
    assert client.post(f"{AT}/1/upload", sent).status_code == 303
    assert "this is not YAML" in text_of(client.get(f"{AT}/1/edit"))
    assert client.get(f"{AT}/1/edit/map/1").headers["Location"] == f"{AT}/1/edit/text"
    assert client.get(f"{AT}/1/edit/text").status_code == 200


def test_list_asks_the_database_the_same_for_many(client, lead, project, count_queries, save):
    a_mapping_row(project, by=lead)
    save()
    with count_queries() as one:
        queries.mappings.mappings_of_project(project.id)
    text = DEMO.read_text()
    for number in range(30):
        name = f"copy-{number:02}"
        a_mapping_row(project, by=lead, text=text.replace("name: supplier-usage-to-contract-lines", f"name: {name}"), name=name)
    save()
    with count_queries() as many:
        queries.mappings.mappings_of_project(project.id)
    assert len(one) == len(many)
    client.sign_in(lead)
    assert text_of(client.get(f"{AT}?q=copy-0")).count("copy-0") == 20
    export = client.get(f"{AT}/export/csv?q=copy-01")
    assert export.text.splitlines()[1].split(",")[:3] == ["copy-01", "copy-01", "1"]
    assert client.post(f"{AT}/1/withdraw", {"reason": "replaced", "version": str(draft()[0].version)}).status_code == 303
    assert "This mapping is withdrawn. replaced" in text_of(client.get(f"{AT}/1"))
