"""A guarded name and guarded words: searched in the bytes of every page, export and answer that others may open."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories.inquiry import a_consultation
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.inquiry.registers import CONSULTATIONS, REGISTERS
from workbench.inquiry.rules import ContributionKind
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.projects.actions import name_participant
from workbench.projects.models import Project
from workbench.projects.rules import Layer
from workbench.registers import queries
from workbench.registers.queries import Wanted
from workbench.trail.queries import leaves_of_project, size, verify

NAME, WORDS = "Zénobie Quenneville", "the spring release slips by a quarter"
PAGE = "/projects/INV-1/records/consultations"


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture(params=[{"has_consent": True, "is_confidential": True}, {"has_consent": False}])
def project(lead: Person, request: pytest.FixtureRequest) -> Project:
    made = a_project(by=lead, key="INV-1")
    a_consultation(made, by=lead, said_by=NAME, statement=WORDS, kind=ContributionKind.CAUTION, **request.param)
    return made


def told_by(data: bytes) -> str:
    """What a page or an export says; a workbook is unpacked first."""
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            data = b"".join(book.read(name) for name in book.namelist())
    return data.decode("utf-8")


def addresses(app: Flask) -> list[str]:
    """Every page of the project that is found by its key alone, the registers' lists in every order, and the record."""
    plain = {
        rule.rule.replace("<key>", "INV-1")
        for rule in app.url_map.iter_rules()
        if rule.arguments == {"key"} and "GET" in (rule.methods or set())
    }
    lists = {f"/projects/INV-1/records/{each.key}{end}" for each in REGISTERS for end in ("", ".csv")}
    asked = {f"{PAGE}?q=Quenneville", f"{PAGE}?sort=said_by", f"{PAGE}?sort=-statement", f"{PAGE}?q=quarter", f"{PAGE}/1"}
    return sorted(plain | lists | asked | {"/", "/trail"})


def test_guarded_name_and_words_reach_no_other_person(client: Any, app: Flask, lead: Person, project: Project) -> None:
    people = {kind: a_person(role=kind) for kind in (Role.ADMIN, Role.AUDITOR, Role.GUEST, Role.CONTRIBUTOR)}
    a_member(project, people[Role.GUEST], role=Role.GUEST)
    sponsor = a_person(role=Role.GUEST)
    a_member(project, sponsor, role=Role.GUEST, functions=[Function.SPONSOR])
    told = []
    for person in (*people.values(), sponsor):
        client.sign_in(person)
        for address in addresses(app):
            text = told_by(client.get(address).data)
            # what was searched for stands in the search field of the page, as it was typed
            seen = text.replace('value="Quenneville"', "").replace('value="quarter"', "").replace("q=Quenneville", "")
            if "Quenneville" in seen or WORDS in seen:
                told.append((person.role, address))
    assert told == []


def test_writers_see_it_on_its_page_and_in_no_export(client: Any, lead: Person, project: Project) -> None:
    client.sign_in(lead)
    assert [each in client.get(f"{PAGE}/1").text for each in (NAME, WORDS)] == [True, True]
    exported = client.get(f"{PAGE}.csv").get_data(as_text=True)
    assert (NAME in exported, WORDS in exported, "a person at the reseller" in exported) == (False, False, True)


def test_search_filter_and_order_do_not_tell_it(client: Any, lead: Person, project: Project) -> None:
    a_consultation(project, by=lead, said_by="Aline", statement="advice", has_consent=True)

    def found(**wanted: Any) -> list[str]:
        return [each.code for each in queries.page_of(CONSULTATIONS, project.id, Wanted(**wanted)).rows]

    assert (found(search="Zénobie"), found(search="spring")) == ([], [])
    assert [found(sort=each) for each in ("said_by", "-said_by", "statement")] == [["C-1", "C-2"], ["C-2", "C-1"], ["C-1", "C-2"]]


def test_trail_holds_it_as_hashes_and_stays_whole(lead: Person, project: Project, home: Path) -> None:
    leaves = b"\n".join(leaf for _seq, leaf in leaves_of_project("INV-1", up_to=size()))
    assert (NAME.encode() in leaves, WORDS.encode() in leaves, b"sha256:" in leaves) == (False, False, True)
    assert verify(home / "keys").faults == ()


def test_confidential_party_is_named_to_those_who_write_records_only(client: Any, lead: Person, app: Flask) -> None:
    made = a_project(by=lead, key="INV-1")
    name_participant(
        project=made, name=NAME, organisation="D", layer=Layer.EDITOR, expects="", is_confidential=True, by=lead
    )
    guest = a_person(role=Role.GUEST)
    a_member(made, guest, role=Role.GUEST)
    told = {}
    for person in (lead, guest, a_person(role=Role.AUDITOR)):
        client.sign_in(person)
        pages = {each: told_by(client.get(each).data) for each in addresses(app) if "?q=" not in each}
        told[person.role] = [each for each, text in pages.items() if "Quenneville" in text and not each.endswith("/1")]
    assert (told[Role.GUEST], told[Role.AUDITOR]) == ([], [])
    assert "/projects/INV-1/team" in told[Role.QUALITY_LEAD]
