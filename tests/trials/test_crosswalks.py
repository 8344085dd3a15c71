"""Crosswalks through their pages: suggestions are decided by people, kept with who and when, and used again."""

from __future__ import annotations

import html
import io
import re

import pytest

from tests.factories.mappings import a_crosswalk, a_received_table, demo_tables
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench.people.rules import Role
from workbench.trail.queries import history
from workbench.trials import queries

AT = "/projects/INV-1/sandbox/names"


@pytest.fixture
def lead(app):
    return a_person(role=Role.QUALITY_LEAD, name="S. Petit")


@pytest.fixture
def project(lead, home):
    made = a_project(by=lead, key="INV-1")
    demo_tables(made, by=lead, home=home)
    return made


def text_of(response):
    body = re.sub(r"<(script|option|head)\b.*?</\1>", " ", response.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def lefts(response):
    found = re.findall(r'name="(left_\d+)" value="([^"]*)"', response.text)
    return {name: html.unescape(value) for name, value in found}


def place(response, left):
    return next(name.partition("_")[2] for name, value in lefts(response).items() if value == left)


def test_names_are_accepted_split_left_aside_and_opened_again(client, lead, project, save):
    made = a_crosswalk(project, by=lead)
    number = made.id
    save()
    client.sign_in(lead)
    page = client.get(f"{AT}/{number}")
    assert "Bakery Noe 2 Bakery Noé 100 · the same once case, accents and legal form are left out" in text_of(page)
    assert queries.crosswalks.rows(number) == []
    sent = {**lefts(page), "reason": "", "do": "chosen"}
    unexplained = client.post(f"{AT}/{number}", {**sent, f"choice_{place(page, 'Unknown')}": "ignored"})
    assert (unexplained.status_code, "“Unknown” is left aside: say why." in text_of(unexplained)) == (422, True)
    wrong = client.post(f"{AT}/{number}", {**sent, f"other_{place(page, 'Unknown')}": "Cafe Blue"})
    assert "there is no “Cafe Blue” on the right. The nearest is “Cafe Bleu”." in text_of(wrong)
    accepted = client.post(f"{AT}/{number}", {
        **sent, "reason": "a test account", f"choice_{place(page, 'Unknown')}": "ignored",
        f"choice_{place(page, 'Bakery Noe')}": "=0", f"other_{place(page, 'ACME Ltd')}": "Acme, Cafe Bleu",
    })
    assert accepted.status_code == 303
    assert queries.crosswalks.rows(number) == [
        ("ACME Ltd", "Acme"), ("ACME Ltd", "Cafe Bleu"), ("Bakery Noe", "Bakery Noé")]
    known = queries.crosswalks.decisions(number)
    assert [(one.left, one.state, one.score, one.is_suggested, one.reason) for one in known.values()] == [
        ("ACME Ltd", "mapped", None, False, "a test account"), ("Bakery Noe", "mapped", 100, True, "a test account"),
        ("Unknown", "ignored", None, False, "a test account"),
    ]
    assert "Nothing is open, or nothing fits the filter." in text_of(client.get(f"{AT}/{number}"))
    page = client.get(f"{AT}/{number}?show=ignored")
    opened = client.post(f"{AT}/{number}?show=ignored", {**lefts(page), "choice_0": "unmapped", "reason": "it is real"})
    assert opened.status_code == 303
    told = text_of(client.get(f"{AT}/{number}/history?left=Unknown"))
    assert told.index("open again") < told.index("left aside")
    entry = history("crosswalk_decision", known["ACME Ltd"].id)[0]
    assert (entry.act, entry.new["name: ACME Ltd"], entry.name) == ("names_decided", "Acme; Cafe Bleu", "S. Petit")


def test_next_month_only_new_names_are_open(client, lead, project, home, save):
    number = a_crosswalk(project, by=lead).id
    save()
    client.sign_in(lead)
    page = client.get(f"{AT}/{number}")
    assert client.post(f"{AT}/{number}", {**lefts(page), "reason": "", "do": "all_normalised"}).status_code == 303
    assert queries.crosswalks.rows(number) == [("ACME Ltd", "Acme"), ("Bakery Noe", "Bakery Noé")]
    a_received_table(project, by=lead, home=home, source="supplier", table="usage", rows=[
        {"account": name, "sku": "STOR", "units": "1"} for name in ("Bakery Noe", "Cafe Bleue", "<script>")])
    save()
    page = client.get(f"{AT}/{number}")
    assert sorted(lefts(page).values()) == ["<script>", "Cafe Bleue"]
    assert client.post(f"{AT}/{number}", {**lefts(page), "reason": "", "do": "all_fuzzy"}).status_code == 303
    assert queries.crosswalks.rows(number)[-1] == ("Cafe Bleue", "Cafe Bleu")
    assert "ACME Ltd none now Acme" in text_of(client.get(f"{AT}/{number}?show=mapped"))


def test_crosswalk_of_typed_names_and_a_file_goes_out_and_in_again(client, lead, project, home):
    client.sign_in(lead)
    made = client.post(f"{AT}/new", {
        "name": "shops", "title": "Shops", "left_column": "shop", "right_column": "place", "left_at": "",
        "left_typed": 'North, "the" first\nSouth', "right_at": "",
        "right_file": (io.BytesIO(b"place;town\nNorth;x\nSouth;y\n"), "places.csv"), "right_typed": "",
    })
    assert made.headers["Location"] == f"{AT}/1"
    page = client.get(f"{AT}/1")
    assert sorted(lefts(page).values()) == ['North, "the" first', "South"]
    assert client.post(f"{AT}/1", {**lefts(page), "reason": "", "do": "all_exact"}).status_code == 303
    assert client.post(f"{AT}/1", {
        **lefts(page), "reason": "", "other_" + place(page, 'North, "the" first'): "North"}).status_code == 303
    exported = client.get(f"{AT}/1/export/csv").data
    lines = [line if not line.startswith("South") else "South,,ignored,,,closed"
             for line in exported.decode("utf-8-sig").splitlines()]
    back = client.post(f"{AT}/1/import", {"file": (io.BytesIO("\n".join(lines).encode()), "shops.csv")})
    assert back.status_code == 303
    assert queries.crosswalks.rows(1) == [('North, "the" first', "North")]
    assert re.findall(r"T[0-9:]+[^,]*", exported.decode()) == re.findall(r"T\d\d:\d\d:\d\d\+00:00", exported.decode())
    for rows, faults in (
        (b"South,,ignored\nNorth,North,maybe\nSouth,,mapped\n", (
            "Nothing is taken: 3 rows have a fault.", "shops.csv: row 2: 'South' is ignored: the reason is missing",
            "shops.csv: row 3, state: unmapped, mapped or ignored was expected", "row 4: 'South' is mapped: a right name belongs")),
        (b"South,Nort,mapped\n\nNorth,East,mapped\nWest,,odd\n", (
            "shops.csv, row 2: “South”: there is no “Nort” on the right. The nearest is “North”.",
            "row 4: “North”: there is no", "row 5, state: unmapped")),
    ):
        broken = client.post(f"{AT}/1/import", {"file": (io.BytesIO(b"left,right,state\n" + rows), "shops.csv")})
        assert (broken.status_code, [each in text_of(broken) for each in faults]) == (422, [True] * len(faults))
    headless = client.post(f"{AT}/1/import", {"file": (io.BytesIO(b"left;right\nSouth;North\n"), "shops.csv")})
    assert 'column "state" is missing' in text_of(headless)


def test_crosswalk_is_decided_by_those_who_may_run_trials(client, lead, project, save):
    number = a_crosswalk(project, by=lead).id
    reader = a_person(role=Role.AUDITOR, name="Reader")
    save()
    page = client.sign_in(reader).get(f"{AT}/{number}")
    assert (page.status_code, "choice_0" in page.text) == (200, False)
    assert client.post(f"{AT}/{number}", {"left_0": "Unknown", "choice_0": "ignored", "reason": "x"}).status_code == 403
    assert client.get("/projects/INV-1/sandbox/mappings/new").status_code == 403


def test_lists_of_crosswalks_ask_the_database_the_same_for_many(lead, project, count_queries, save):
    a_crosswalk(project, by=lead)
    save()
    with count_queries() as one:
        queries.crosswalks.crosswalks_of_project(project.id)
    for number in range(29):
        a_crosswalk(project, by=lead, name=f"more-{number}")
    save()
    with count_queries() as many:
        assert len(queries.crosswalks.crosswalks_of_project(project.id)) == 30
    assert len(one) == len(many)
