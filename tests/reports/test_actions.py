"""Building reports and bundles: which checkpoint is printed, what is kept, what a stranger can verify."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import text

from tests.factories.evidence import a_file
from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.reports.briefs import brief_of
from tests.reports.conftest import Building, opened
from workbench.database import db
from workbench.evidence import store
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects import queries as projects
from workbench.projects.actions import describe_project
from workbench.projects.models import Project
from workbench.projects.rules import Confidentiality
from workbench.reports import actions, bundle, document, lists, manifest, queries
from workbench.reports.models import BuiltReport
from workbench.tools.actions import add_tool
from workbench.trail import queries as trail
from workbench.trail.actions import checkpoint, record
from workbench.trail.rules import SYSTEM
from workbench.web.refusals import BadValue, Refused


@pytest.fixture
def english(app: Flask) -> Iterator[None]:
    """Refusals in one language."""
    with force_locale("en"):
        yield


@pytest.fixture
def lead(app: Flask) -> Person:
    """Somebody who may do everything here."""
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    """A project with nothing in it."""
    return a_project(by=lead, key="INV-1")


def printed(home: Path) -> int | None:
    """The size of the checkpoint that a report would print, None where one has to be signed first."""
    found = queries.checkpoint_to_print("INV-1")
    return found.size if found is not None else None


def test_the_printed_checkpoint_stays_while_nothing_that_counts_happens(
    home: Path, project: Project, lead: Person
) -> None:
    assert printed(home) is None
    first = checkpoint(keys=home / "keys", reason="test").size
    record("signed_in", lead, by=lead)
    record("report_built", project, by=lead, project="INV-1")
    record("bundle_built", project, by=lead, project="INV-1")
    record("project_described", project, by=lead, project="OTHER-1")
    checkpoint(keys=home / "keys", reason="later")
    assert printed(home) == first


def test_a_change_of_the_project_asks_for_a_new_checkpoint(home: Path, project: Project, lead: Person) -> None:
    checkpoint(keys=home / "keys", reason="test")
    describe_project(
        project=project,
        name="Other",
        purpose="",
        scope="",
        out_of_scope="",
        confidentiality=Confidentiality.PUBLIC,
        by=lead,
    )
    assert printed(home) is None


def test_a_change_of_the_installation_asks_for_a_new_checkpoint(home: Path, project: Project, lead: Person) -> None:
    checkpoint(keys=home / "keys", reason="test")
    add_tool(name="PSA", by=lead)
    assert printed(home) is None


def test_an_unknown_report_or_language_is_refused(english: None, home: Path, project: Project, lead: Person) -> None:
    wish = {"project": project, "home": home, "keys": home / "keys", "by": lead}
    with pytest.raises(BadValue) as report:
        actions.build_report(key="nothing", language="en", **wish)
    with pytest.raises(BadValue) as language:
        actions.build_report(key="audit_report", language="de", **wish)
    assert (report.value.field, language.value.field) == ("report", "language")


@pytest.mark.pdf
def test_everything_is_read_before_the_pause_and_written_after_it(
    english: None, home: Path, project: Project, lead: Person
) -> None:
    seen = []
    built = actions.build_report(
        project=project,
        key="audit_report",
        language="en",
        home=home,
        keys=home / "keys",
        by=lead,
        pause=lambda: seen.append(queries.built_reports(project.id).total),
    )
    assert seen == [0, 0]  # once before it is read, once after
    assert built.size == len(actions.read_built(built, home=home))
    last = trail.history("built_report", built.id)[-1]
    assert (last.act, last.new["sha256"]) == ("report_built", built.sha256)


def test_a_damaged_built_file_is_never_handed_out(english: None, home: Path, project: Project, lead: Person) -> None:
    row = BuiltReport(sha256=store.keep(b"%PDF-1.7 whole", home=home))
    path = store.path_of(row.sha256, home=home)
    path.chmod(0o644)
    path.write_bytes(b"%PDF-1.7 other")
    with pytest.raises(Refused):
        actions.read_built(row, home=home)


def test_a_bundle_is_not_gathered_over_damaged_evidence(
    english: None, home: Path, project: Project, lead: Person
) -> None:
    piece = a_file(project, by=lead, home=home, data=b"A plain text.\n", filename="a.txt")
    path = next(store.folder(home).glob("*/*"))
    path.chmod(0o644)
    path.write_bytes(b"Another text.\n")
    papers = bundle.papers_of(project, "en", queries.point_of(checkpoint(keys=home / "keys", reason="test"), home / "keys"))
    with pytest.raises(Refused) as refused:
        bundle.gather(project_key="INV-1", report=b"", vkey="", papers=papers, home=home)
    assert refused.value.details == (piece.code,)


@pytest.fixture
def unpacked(building: Building, tmp_path: Path) -> Path:
    """The bundle as an auditor unpacks it."""
    with zipfile.ZipFile(io.BytesIO(building.bundle)) as archive:
        archive.extractall(tmp_path / "bundle")
    return tmp_path / "bundle"


def verified(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """verify.py run in that folder, as a stranger does: no package of ours, no environment."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", *options],
        cwd=folder,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.pdf
def test_a_stranger_verifies_the_bundle(building: Building, unpacked: Path) -> None:
    vkey = (unpacked / "trail/key.vkey").read_text().strip()
    done = verified(unpacked, "--key", vkey)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "This bundle verifies.")
    assert (unpacked / "report.pdf").read_bytes() == building.english


@pytest.mark.pdf
@pytest.mark.parametrize(
    "pattern",
    [
        "report.pdf",
        "manifest.json",
        "evidence/*.pdf",
        "evidence/index.csv",
        "trail/entries.jsonl",
        "trail/checkpoint",
        "proofs/manifest.tlog-proof",
        "proofs/entries/*.tlog-proof",
    ],
)
def test_one_flipped_byte_is_found_and_named(unpacked: Path, pattern: str) -> None:
    file = sorted(unpacked.glob(pattern))[0]
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.chmod(0o644)
    file.write_bytes(data)
    done = verified(unpacked)
    assert done.returncode == 1
    assert file.name.partition(".")[0] in done.stdout


@pytest.mark.pdf
def test_the_bundle_holds_the_entries_of_its_project_alone(building: Building, unpacked: Path) -> None:
    lines = [json.loads(line) for line in (unpacked / "trail/entries.jsonl").read_text().splitlines()]
    assert {each["project"] for each in lines} == {"INV-1"}
    assert max(each["seq"] for each in lines) <= building.rows[-1].checkpoint_size  # as the report: to its checkpoint


@pytest.mark.pdf
def test_the_index_lists_every_file_and_runs_in_no_spreadsheet(unpacked: Path) -> None:
    rows = (unpacked / "evidence/index.csv").read_text().splitlines()
    assert rows[0] == "file,sha256,original_name,proves"
    there = sorted(each.name for each in (unpacked / "evidence").iterdir())
    assert sorted({row.split(",")[0] for row in rows[1:]} | {"index.csv"}) == there
    assert [row for row in rows if ",=minutes" in row] == []


@pytest.mark.pdf
def test_the_trail_is_whole_after_building(building: Building) -> None:
    with opened(building.settings):
        assert trail.verify(building.settings.keys).faults == ()


@pytest.mark.pdf
def test_the_same_files_pack_to_the_same_bytes(unpacked: Path, building: Building) -> None:
    files = {str(each.relative_to(unpacked)): each for each in unpacked.rglob("*") if each.is_file()}
    assert manifest.zip_bytes(files) == building.bundle
    shutil.rmtree(unpacked)


@pytest.mark.pdf
def test_the_same_data_give_the_same_manifest(building: Building, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(building.home, home)
    with opened(replace(building.settings, home=home)):
        wish = {"home": home, "keys": home / "keys", "by": SYSTEM, "organisation": building.settings.organisation}
        again = actions.build_bundle(project=projects.project_with_key("INV-1"), language="en", **wish)
        data = actions.read_built(again, home=home)
    listings = [zipfile.ZipFile(io.BytesIO(each)).read("manifest.json") for each in (building.bundle, data)]
    assert listings[0] == listings[1]


@pytest.mark.pdf
def test_a_decision_changed_by_hand_is_named_in_the_report_and_no_bundle_is_built_of_it(building: Building, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(building.home, home)
    with opened(replace(building.settings, home=home)):
        db.session.execute(text("DROP TRIGGER sealed_gate_decision_update"))
        db.session.execute(text("UPDATE gate_decision SET reason = 'It was fine.' WHERE number = 2"))
        project = projects.project_with_key("INV-1")
        page = document.html("audit_report", brief_of(project, home))
        assert page.count("D-2 was changed in the database after entry") == 2  # in the summary and in the conclusion
        with pytest.raises(Refused) as refused:
            actions.build_bundle(project=project, language="en", home=home, keys=home / "keys", by=SYSTEM)
        assert refused.value.details[0].startswith("D-2 was changed in the database after entry")


@pytest.mark.pdf
def test_the_bundle_holds_every_register_and_list(unpacked: Path) -> None:
    there = {each.stem for each in (unpacked / "registers").iterdir()}
    assert there == {each.key for each in lists.registers()}
    assert {"findings", "actions", "gate-decisions", "checklist-lifecycle_gates"} <= {
        each.stem for each in (unpacked / "lists").iterdir()
    }
    needs = (unpacked / "registers/needs.csv").read_text(encoding="utf-8-sig").splitlines()
    assert (needs[0].split(",")[0], needs[1].split(",")[0]) == ("code", "N-1")
