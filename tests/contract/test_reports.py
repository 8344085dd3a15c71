"""Every report of the catalogue: paired with its template, builds on a full and on an empty project, opens as a PDF."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.caching import shared_cache
from tests.factories.projects import a_project
from tests.inspection import _Reader
from tests.reports.conftest import opened
from workbench import layout
from workbench.config import Settings
from workbench.people.rules import Permission
from workbench.projects.queries import project_with_key
from workbench.reports import catalogue as shelf
from workbench.reports import document, queries
from workbench.reports.rules import Brief, Identity
from workbench.trail.actions import checkpoint
from workbench.web import transactions

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


@pytest.fixture(scope="module")
def made(walked_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[bool, Brief]]:
    """{whether it is full: a project, as a report is asked for on it}: the full one takes seconds, so both are made once."""
    home = tmp_path_factory.mktemp("contract") / "home"
    shutil.copytree(walked_home, home)
    with opened(Settings(home=home, testing=True)):
        projects = {True: project_with_key("INV-1"), False: a_project()}
        point = queries.point_of(checkpoint(keys=home / "keys", reason="test"), home / "keys")
        transactions.commit()
        yield {is_full: Brief(each, "en", Identity("Nordpont"), point) for is_full, each in projects.items() if each is not None}


@pytest.mark.parametrize("key", KEYS)
def test_what_may_be_chosen_is_named_and_told_apart(made: dict[bool, Brief], key: str) -> None:
    report = queries.catalogue()[key]
    offered = report.subjects(made[True].project.id)
    assert len({label for _code, label in offered}) == len({code for code, _label in offered}) == len(offered)
    assert bool(str(report.SUBJECTS)) or not offered


@pytest.mark.parametrize("is_full", [True, False])
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("key", KEYS)
def test_a_report_is_valid_html(made: dict[bool, Brief], key: str, language: str, is_full: bool) -> None:
    reader = _Reader()
    reader.feed(document.html(key, replace(made[is_full], language=language)))
    reader.close()
    assert (reader.faults, reader.stack) == ([], [])
    assert [name for name, count in reader.ids.items() if count > 1] == []


@pytest.mark.pdf
@pytest.mark.parametrize("key", KEYS)
def test_a_report_opens_as_a_tagged_pdf(
    made: dict[bool, Brief], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, key: str
) -> None:
    file = tmp_path / "report.pdf"
    page = document.html(key, replace(made[False], language="fr"))
    file.write_bytes(document.set_pages(page, home=shared_cache(tmp_path_factory).parent))
    shown = subprocess.run(["pdfinfo", str(file)], capture_output=True, text=True, check=True).stdout
    facts = {name: value.strip() for name, _, value in (line.partition(":") for line in shown.splitlines())}
    assert (facts["Tagged"], facts["Encrypted"]) == ("yes", "no")
    assert facts["JavaScript"] in ("no", "none")  # the word depends on poppler's version
