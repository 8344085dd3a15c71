"""Every report of the catalogue: paired with its template, builds on a full and on an empty project, opens as a PDF."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from tests.factories.projects import a_project
from tests.factories.walked import a_walked_project
from tests.inspection import _Reader
from workbench import layout
from workbench.people.rules import Permission
from workbench.reports import catalogue as shelf
from workbench.reports import document, queries
from workbench.reports.rules import Brief, Identity
from workbench.trail.actions import checkpoint

KEYS = sorted(queries.catalogue())


def test_every_file_of_the_shelf_is_a_report() -> None:
    files = sorted(file.stem for file in Path(shelf.__path__[0]).glob("[!_]*.py"))
    assert files == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_a_report_names_itself_and_has_its_template(key: str) -> None:
    report = queries.catalogue()[key]
    assert key == report.KEY
    assert report.PERMISSION in Permission
    assert (layout.TEMPLATES / "reports" / f"{key}.html").is_file()


def html_of(key: str, home: Path, *, is_full: bool, language: str) -> str:
    """The page of a report."""
    with force_locale("en"):
        project = a_walked_project(home).project if is_full else a_project()
        signed = checkpoint(keys=home / "keys", reason="test")
        return document.html(key, Brief(project, language, Identity("Nordpont"), queries.point_of(signed, home / "keys")))


@pytest.mark.parametrize("is_full", [True, False])
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("key", KEYS)
def test_a_report_is_valid_html(app: Flask, home: Path, key: str, language: str, is_full: bool) -> None:
    reader = _Reader()
    reader.feed(html_of(key, home, is_full=is_full, language=language))
    reader.close()
    assert (reader.faults, reader.stack) == ([], [])
    assert [name for name, count in reader.ids.items() if count > 1] == []


@pytest.mark.pdf
@pytest.mark.parametrize("key", KEYS)
def test_a_report_opens_as_a_tagged_pdf(app: Flask, home: Path, tmp_path: Path, key: str) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(document.set_pages(html_of(key, home, is_full=False, language="fr")))
    shown = subprocess.run(["pdfinfo", str(file)], capture_output=True, text=True, check=True).stdout
    facts = {name: value.strip() for name, _, value in (line.partition(":") for line in shown.splitlines())}
    assert (facts["Tagged"], facts["Encrypted"]) == ("yes", "no")
    assert facts["JavaScript"] in ("no", "none")  # the word depends on poppler's version
