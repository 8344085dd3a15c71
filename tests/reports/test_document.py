"""The audit report as it is handed over: what it says, in both languages, and that its contents lead to the right pages."""

from __future__ import annotations

import re
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from tests.factories.projects import a_project
from tests.factories.reports import SECRET_PARTY, SECRET_VOICE
from tests.reports.conftest import Building, opened, text_of
from workbench import clock
from workbench.checklists import library
from workbench.lifecycle.queries import decisions_of_project
from workbench.people.queries import active_persons
from workbench.projects.actions import describe_project
from workbench.projects.queries import project_with_key
from workbench.projects.rules import Confidentiality
from workbench.reports import document, queries
from workbench.reports.catalogue.audit_report import ANNEXES, SECTIONS, age
from workbench.reports.rules import Brief, Identity, Options, Period
from workbench.trail.actions import checkpoint

pytestmark = pytest.mark.pdf


@pytest.fixture(scope="module", params=["english", "french"])
def pages(request: pytest.FixtureRequest, building: Building) -> list[str]:
    """The text of each page."""
    return text_of(getattr(building, request.param), "-layout").split("\f")


@pytest.fixture(scope="module")
def words(pages: list[str]) -> set[str]:
    """Everything that stands between spaces."""
    return set(re.split(r"[\s,;()]+", " ".join(pages)))


def test_every_decision_and_finding_is_named(words: set[str]) -> None:
    codes = {"D-1", "D-2", "D-3", "D-4", "D-5", "D-6", "F-1", "F-2", "L-01", "L-02", "O1", "O1b"}
    assert sorted(codes - words) == []


def test_every_clause_of_every_matrix_is_printed(words: set[str]) -> None:
    refs = {clause.ref for name in ("iso9001_2015", "iso9001_2026") for clause in library.pack(name).clauses}
    assert sorted(refs - words) == []


def test_every_item_of_the_decided_gates_is_printed(words: set[str]) -> None:
    keys = {item.key for step in (1, 2, 3) for item in library.pack("lifecycle_gates").items_of_step(step)}
    assert sorted(keys - words) == []


def test_snapshot_hashes_and_evidence_hashes_are_whole(building: Building, words: set[str]) -> None:
    with opened(building.settings):
        project = project_with_key("INV-1")
        assert project is not None
        hashes = {each.snapshot_sha256 for each in decisions_of_project(project.id)}
    assert hashes - words == set()


def test_the_golden_numbers_are_printed_in_english(building: Building) -> None:
    lines = [re.sub(r"\s+", " ", line).strip() for line in text_of(building.english, "-layout").splitlines()]
    assert "Bakery Noé S3 10 7 17 17 0 0 equal 17 used = 10 in package P1 + 7 extra" in lines
    assert "Bakery Noé S5 10 5 15 15 0 0 equal 15 used = 10 in package P1 + 5 extra" in lines
    assert "Bakery Noé 12 62 50 €345.50 €570.50" in lines
    over = "Bakery Noé S3 10 7 17 19 2 0 over €8.00 19 used = 10 in package P1 + 7 extra"
    assert any(line.startswith(over) for line in lines)
    assert any(line.startswith("Bakery Noé S6 0 0 0 2 2 0 not in contract no price known") for line in lines)


def test_the_golden_numbers_are_printed_in_french(building: Building) -> None:
    lines = [re.sub(r"\s+", " ", line).strip() for line in text_of(building.french, "-layout").splitlines()]
    equal = [line for line in lines if line.startswith("Bakery Noé S3 10 7 17 17 0 0")]
    assert [line for line in equal if "17 utilisés = 10 dans le forfait P1" not in line] == []
    assert len(equal) == 1
    assert "Bakery Noé 12 62 50 345,50 € 570,50 €" in lines


def test_the_contents_give_the_right_pages(pages: list[str]) -> None:
    found = re.findall(r"^\s*(\d+|[ABCD])\s{2,}(\S.*?)(?: \.)+ +(\d+)$", pages[1], re.MULTILINE)
    assert [number for number, _title, _page in found] == [str(each) for each in range(1, len(SECTIONS) + 1)] + list(
        "ABCD"
    )
    wrong = [
        (number, title)
        for number, title, page in found
        if not re.search(rf"^\s*{number}\s+{re.escape(title.strip())}\s*$", pages[int(page) - 1], re.MULTILINE)
    ]
    assert wrong == []
    assert len(found) == len(SECTIONS) + len(ANNEXES)


def test_pages_are_numbered_but_for_the_cover(pages: list[str]) -> None:
    total = len(pages) - 1  # the text ends with a form feed
    found = [re.search(rf"\S+ (\d+) \S+ {total}\s*$", page.rstrip()) for page in pages[:total]]
    assert [int(each[1]) if each else 0 for each in found] == [0, *range(2, total + 1)]


def test_confidential_names_are_withheld(pages: list[str]) -> None:
    text = " ".join(pages)
    assert [name for name in (SECRET_PARTY, SECRET_VOICE, "Verhaeghe", "Quenneville") if name in text] == []


def test_only_bundled_fonts_are_used(building: Building, tmp_path: Path) -> None:
    for name in ("english", "french"):
        file = tmp_path / "report.pdf"
        file.write_bytes(getattr(building, name))
        listed = subprocess.run(
            ["pdffonts", str(file)], capture_output=True, check=True, text=True
        ).stdout.splitlines()[2:]
        assert {line.split("+")[1].partition("-")[0] for line in listed} | {"dejavu"} == {"Source", "dejavu"}


def test_the_cover_prints_key_checkpoint_and_root(building: Building, pages: list[str]) -> None:
    with opened(building.settings):
        signed = queries.checkpoint_to_print("INV-1")
        assert signed is not None
        point = queries.point_of(signed, building.settings.keys)
    assert [each for each in (point.vkey, point.root, str(point.size)) if each not in pages[0]] == []


def test_the_same_data_give_the_same_bytes(building: Building) -> None:
    english, french, bundled, bundle = building.rows
    assert english.sha256 == bundled.sha256
    assert {each.checkpoint_size for each in (english, french, bundled, bundle)} == {english.checkpoint_size}


def test_a_report_says_the_same_whenever_it_is_built(building: Building) -> None:
    with opened(building.settings):
        project, signed = project_with_key("INV-1"), queries.checkpoint_to_print("INV-1")
        assert project is not None
        assert signed is not None
        brief = Brief(project, "en", Identity(""), queries.point_of(signed, building.settings.keys))
        today = document.html("audit_report", brief)
        clock.fix(clock.now() + timedelta(days=400))
        try:
            assert document.html("audit_report", brief) == today
        finally:
            clock.fix(None)


def test_a_typed_text_is_printed_and_never_run(app: Flask, home: Path) -> None:
    with force_locale("en"):
        project = a_project()
        text = '<img src="file:///etc/passwd"><style>@import url(http://127.0.0.1/x)</style>{{ 7*7 }}'
        describe_project(
            project=project,
            name=text,
            purpose=text,
            scope=text,
            out_of_scope=text,
            by=active_persons()[0],
            confidentiality=Confidentiality.PUBLIC,
        )
        signed = checkpoint(keys=home / "keys", reason="test")
        page = document.html("audit_report", Brief(project, "en", Identity(text), queries.point_of(signed, home / "keys")))
    assert "<img" not in page
    assert "<style" not in page
    assert "49" not in text_of(document.set_pages(page)).split("\f")[0].splitlines()


def test_an_empty_project_says_so_honestly(app: Flask, home: Path) -> None:
    with force_locale("en"):
        project = a_project()
        signed = checkpoint(keys=home / "keys", reason="test")
        page = document.html("audit_report", Brief(project, "en", Identity(""), queries.point_of(signed, home / "keys")))
    assert page.count("None raised.") == 2
    assert [
        each
        for each in (
            "No trial was run.",
            "No gate was decided yet.",
            "No checklist was started.",
            "No evidence was added.",
        )
        if each not in page
    ] == []


def test_a_period_without_a_decision_is_not_a_project_without_one(app: Flask, home: Path) -> None:
    with force_locale("en"):
        project = a_project()
        signed = checkpoint(keys=home / "keys", reason="test")
        options = Options(period=Period(date(2026, 1, 1)))
        brief = Brief(project, "en", Identity(""), queries.point_of(signed, home / "keys"), options)
        page = document.html("audit_report", brief)
    assert "No gate was decided in this period." in page
    assert "No gate was decided yet." not in page


def test_age_is_counted_to_the_day_of_the_report(app: Flask) -> None:
    with force_locale("en"):
        assert age(date(2022, 9, 1), date(2025, 11, 21)) == "3 years 2 months"
        assert age(date(2025, 11, 1), date(2025, 11, 21)) == "less than a month"
