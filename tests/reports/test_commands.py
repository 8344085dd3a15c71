"""`workbench report` and `workbench bundle` on the command line."""

from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.reports.conftest import Building
from workbench.config import Settings
from workbench.database import db
from workbench.people.rules import Role
from workbench.reports.commands import bundle, report
from workbench.reports.models import BuiltReport


def ran(app: Flask, group: object, *words: str) -> Result:
    """A command, run inside the app as cli.py runs it."""
    settings: Settings = app.extensions["ninefold"]
    return CliRunner().invoke(group, words, obj=settings)  # type: ignore[arg-type]


@pytest.fixture
def project(app: Flask) -> None:
    """INV-1."""
    a_project(by=a_person(role=Role.QUALITY_LEAD), key="INV-1")


def test_an_unknown_project_is_named(app: Flask, project: None, tmp_path: Path) -> None:
    done = ran(app, report, "build", "INV-9", "audit_report", "-o", str(tmp_path / "r.pdf"))
    assert (done.exit_code, done.output) == (1, "Error: There is no project INV-9.\n")


def test_an_unknown_report_is_named_with_those_there_are(app: Flask, project: None, tmp_path: Path) -> None:
    done = ran(app, report, "build", "INV-1", "annual", "-o", str(tmp_path / "r.pdf"))
    assert done.exit_code == 1
    assert done.output.startswith("Error: There is no report annual: “annual” is none of: ")
    assert "audit_report, " in done.output


def test_a_place_that_cannot_be_written_is_said_before_any_work(app: Flask, tmp_path: Path) -> None:
    target = tmp_path / "nowhere" / "r.pdf"
    for group, words in ((report, ("build", "INV-1", "audit_report")), (bundle, ("build", "INV-1"))):
        done = ran(app, group, *words, "-o", str(target))
        assert (done.exit_code, done.output) == (
            1,
            f"Error: {target} cannot be written: there is no folder {target.parent}.\n",
        )


def test_an_unknown_language_is_refused(app: Flask, project: None, tmp_path: Path) -> None:
    done = ran(app, report, "build", "INV-1", "audit_report", "--language", "de", "-o", str(tmp_path / "r.pdf"))
    assert done.exit_code == 2


@pytest.mark.pdf
def test_the_first_page_is_set_alone_and_nothing_is_kept(app: Flask, project: None, tmp_path: Path) -> None:
    target = tmp_path / "first.pdf"
    done = ran(app, report, "build", "INV-1", "audit_report", "--confidentiality", "public", "--first-page", "-o", str(target))
    assert (done.exit_code, done.output) == (
        0, f"{target}: the first page, {target.stat().st_size} bytes; nothing of it is kept\n",
    )
    text = subprocess.run(["pdftotext", str(target), "-"], capture_output=True, check=True).stdout.decode()
    assert (text.count("\f"), "INV-1" in text, "public" in text.casefold()) == (1, True, True)
    assert db.session.query(BuiltReport).count() == 0


def test_the_first_page_is_a_pdf_to_look_at(app: Flask, project: None, tmp_path: Path) -> None:
    for words in (("--format", "docx"), ("--archival",)):
        done = ran(app, report, "build", "INV-1", "audit_report", "--first-page", *words, "-o", str(tmp_path / "r.pdf"))
        assert done.exit_code == 2
        assert done.output.endswith("Error: The first page is a PDF to look at: leave --format and --archival out.\n")


@pytest.mark.pdf
def test_a_report_and_a_bundle_are_built_and_verified(app: Flask, project: None, tmp_path: Path) -> None:
    made = ran(app, report, "build", "inv-1", "audit_report", "--language", "fr", "-o", str(tmp_path / "r.pdf"))
    packed = ran(app, bundle, "build", "INV-1", "-o", str(tmp_path / "b.zip"))
    checked = ran(app, bundle, "verify", str(tmp_path / "b.zip"))
    assert [each.exit_code for each in (made, packed, checked)] == [0, 0, 0], (
        made.output + packed.output + checked.output
    )
    assert (tmp_path / "r.pdf").read_bytes()[:5] == b"%PDF-"
    assert checked.output.splitlines()[0] == "This bundle verifies."
    assert sorted(each.name for each in tmp_path.iterdir() if each.is_file()) == ["b.zip", "r.pdf"]


@pytest.mark.pdf
def test_verifying_needs_no_app_and_names_what_is_broken(building: Building, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    data = bytearray(building.bundle)
    at = data.index(b"%PDF-") + 2000
    data[at] ^= 1
    file.write_bytes(data)
    done = CliRunner().invoke(bundle, ["verify", str(file)])
    assert done.exit_code == 1
    with zipfile.ZipFile(io.BytesIO(building.bundle)) as archive:
        damaged = max((each for each in archive.infolist() if each.header_offset < at), key=lambda each: each.header_offset)
    assert done.output.splitlines()[0] == f"{damaged.filename}: damaged: it cannot be unpacked"


@pytest.mark.pdf
def test_a_key_that_is_none_or_another_is_refused(building: Building, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    file.write_bytes(building.bundle)
    assert CliRunner().invoke(bundle, ["verify", str(file), "--key", "nonsense"]).exit_code == 2


@pytest.mark.parametrize(("words", "said"), [
    (("--period", "2026-01"), "Invalid value for --period: “2026-01” is no period; it is written FROM..TO, such as"),
    (("--period", "2026-02-30.."), "Invalid value for --period: “2026-02-30” is no day; it is written year-month-day"),
    (("--period", "2026-02-01..2026-01-01"), "Invalid value for --period: it ends (2026-01-01) before it begins (2026-02-01)."),
    (("--period", "20260101.."), "Invalid value for --period: “20260101” is no day; it is written year-month-day"),
    (("--archival", "--format", "docx"), "Invalid value for --archival: only a PDF is made for the archive: leave it out"),
    (("--steps", "1,,2"), "Invalid value for --steps: “” is no step or row of steps; they go from 1 to 9"),
    (("--steps", "0-3"), "Invalid value for --steps: “0-3” is no step or row of steps; they go from 1 to 9"),
    (("--confidentiality", "publik"), "Invalid value for --confidentiality: “publik” is none of: public, internal, confidential. "
                                      "The nearest is public."),
    (("--without", "evidense"), "Invalid value for --without: “evidense” is none of: items, evidence, trail, records. "
                                "The nearest is evidence."),
    (("--checklist", "iso9001"), "Invalid value for --checklist: “iso9001” is not there: this report has nothing of the kind"),
    (("--only", "RFC-1"), "Invalid value for --only: “RFC-1” is not there: this report has nothing of the kind"),
    (("--paper", "A3"), "Invalid value for --paper: “A3” is none of: A4, letter. The nearest is A4."),
])
def test_a_bad_option_is_named_with_what_was_expected(
    app: Flask, project: None, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = ran(app, report, "build", "INV-1", "audit_report", *words, "-o", str(tmp_path / "r.pdf"))
    assert (done.exit_code, said in " ".join(done.output.split())) == (2, True), done.output


def test_the_list_names_every_report_with_its_appendices(app: Flask) -> None:
    lines = ran(app, report, "list").output.splitlines()
    assert "audit_report  Audit report" in lines
    assert "    --without evidence: Evidence index" in lines


def test_nothing_due_is_said(app: Flask, project: None) -> None:
    assert ran(app, report, "due").output == "0 due\n"
