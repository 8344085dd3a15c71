"""Packs in and out: the commands, the pages, what is kept."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from tests.conftest import Inspector
from tests.factories.people import PASSWORD, a_person
from tests.factories.standards import DATA, LIBRARY, an_import
from workbench.checklists import library
from workbench.checklists import queries as checklists
from workbench.cli import main
from workbench.people.rules import Role
from workbench.standards import queries, store
from workbench.standards.formats import sheet, toml
from workbench.standards.formats.reading import Wishes, read
from workbench.web.refusals import BadValue


def run(home: Path, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, list(words), env={"NINEFOLD_HOME": str(home)}, input=typed)


@pytest.fixture
def lead(home: Path) -> Path:
    """A data folder where one person may edit packs."""
    words = ("--name", "Ada", "--email", "ada@example.org", "--role", "quality_lead")
    assert run(home, "person", "add", *words, typed=PASSWORD + "\n").exit_code == 0
    return home


def test_commands_import_a_library_and_export_it_again(lead: Path, tmp_path: Path) -> None:
    checked = run(lead, "packs", "import", str(LIBRARY), "--check")
    assert (checked.exit_code, checked.output.splitlines()[-1]) == (0, "Only checked; nothing is imported.")
    made = run(lead, "packs", "import", str(LIBRARY))
    assert (made.exit_code, made.output.splitlines()) == (0, [
        "kitchen_rules  version 3  edition 2026-02-01  Kitchen rules",
        "3 clauses, groups and controls, 2 of them asked about; 2 questions; languages: en, fr; groupings: 1",
        "mapping kitchen_rules → iso9001_2015: 1 links",
        "  not taken over: 1 × ends of links that are no clause of their pack, such as: iso9001_2015 99.9",
        "not taken over: 1 × mappings that say another one of the file backwards; links are read in both directions anyway, "
        "such as: ISO 9001:2015 -> Kitchen rules",
        "not taken over: 1 × reference controls as records of their own; their names stand in the guidance of what refers "
        "to them, such as: M.1",
        "not taken over: 1 × fields that a pack has no place for, such as: weight",
        "not taken over: 1 × translations into languages that packs do not speak, such as: de",
        "not taken over: 1 × scores; the seven answers are used instead",
        "not taken over: 1 × descriptions of implementation groups; their names are kept, such as: For everybody",
        "published: kitchen_rules 3, at /packs/kitchen_rules",
        "mappings kept: 1, known before: 0, at /packs/mappings",
    ])  # fmt: skip
    again = run(lead, "packs", "import", str(LIBRARY))
    assert (again.exit_code, again.output.splitlines()[-1]) == (
        1, "Error: version: Version 3 is published; the next one needs a higher number.",
    )  # fmt: skip
    first, second = tmp_path / "pack.toml", tmp_path / "pack.xlsx"
    assert run(lead, "packs", "export", "kitchen_rules", "-o", str(first)).exit_code == 0
    assert run(lead, "packs", "export", "kitchen_rules", "--format", "xlsx", "-o", str(second)).exit_code == 0
    assert read(second.read_bytes(), "pack.xlsx").body == first.read_bytes()
    raised = run(lead, "packs", "import", str(second), "--id", "house_rules", "--version", "1.0")
    assert (raised.exit_code, raised.output.splitlines()[-1]) == (0, "published: house_rules 1.0, at /packs/house_rules")


def test_command_names_every_fault_and_keeps_nothing(lead: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(LIBRARY.read_text("utf-8").replace("assessable: false", "assessable: maybe"), "utf-8")
    result = run(lead, "packs", "import", str(bad))
    assert (result.exit_code, result.output.splitlines()) == (1, [
        "bad.yaml: line 50, objects.framework.requirement_nodes[0].assessable: is a text, expected true or false; "
        "correct assessable",
        "Error: 1 fault; nothing is imported.",
    ])  # fmt: skip
    assert run(lead, "packs", "export", "kitchen_rules", "-o", str(tmp_path / "x")).exit_code == 1
    gates = run(lead, "packs", "export", "lifecycle_gates", "--format", "oscal", "-o", str(tmp_path / "x"))
    assert gates.output == "Error: The gates are no catalogue of controls; use toml or xlsx.\n"


def test_packs_are_checked_without_a_database(tmp_path: Path) -> None:
    assert run(tmp_path / "none", "packs", "check").exit_code == 0


def test_import_keeps_edition_remarks_and_mapping_once(app: Flask) -> None:
    ada = a_person(role=Role.QUALITY_LEAD)
    taken = an_import(by=ada)
    assert taken.edition is not None
    assert (taken.edition.origin, taken.edition.source_name, len(taken.edition.remarks)) == ("imported", "library.yaml", 6)
    assert taken.mappings[0].links[0]["relationship"] == "subset"
    later = LIBRARY.read_bytes().replace(b"version: 3", b"version: 4")
    from workbench.standards import actions  # noqa: PLC0415 - beside its only use

    again = actions.import_file(imported=read(later, "library.yaml"), by=ada, source_name="library.yaml")
    assert (len(again.mappings), again.known) == (0, 1)
    found = checklists.installed("kitchen_rules")
    assert found is not None
    assert (found.version, [walk.kind for walk in queries.crosswalks_of("kitchen_rules")]) == ("4", ["mapping"])
    shipped = read(toml.write(toml.document(library.pack("msp_principles"))), "pack.toml")
    with pytest.raises(BadValue):
        actions.import_file(imported=shipped, by=ada, source_name="pack.toml")


def test_profile_finds_its_imported_catalogue_by_file_name(app: Flask) -> None:
    an_import(by=a_person(role=Role.QUALITY_LEAD), file=DATA / "catalog.json")
    wishes = Wishes(shelf=queries.catalog_named)
    found = read((DATA / "profile.json").read_bytes(), "profile.json", wishes).pack
    assert found is not None
    assert [clause.ref for clause in found.clauses] == ["ws", "ws-1", "ws-1.1"]
    by_uuid = queries.catalog_named("6B0F3F0E-6f0a-4f6e-9c1f-3d9a0e6f1a01")
    assert by_uuid is not None
    assert by_uuid.id == "workshop_controls"


def test_person_uploads_looks_and_publishes(app: Flask, client: Inspector) -> None:
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    sent = client.post(
        "/packs/import", {"file": (io.BytesIO(LIBRARY.read_bytes()), "library.yaml")}, content_type="multipart/form-data"
    )
    assert sent.status_code == 303
    page = client.get(sent.location).text
    for words in ("Kitchen rules", "scores; the seven answers are used instead", "iso9001_2015 99.9", "Example House, free to use"):
        assert words in page
    assert queries.versions("kitchen_rules") == []
    done = client.post(sent.location, {"pack_id": "", "number": "3.1"})
    assert (done.status_code, done.location) == (303, "/packs/kitchen_rules")
    page = client.get("/packs/kitchen_rules").text
    assert ("Imported from library.yaml." in page, "/packs/mappings/1" in page) == (True, True)
    assert "a kitchen is infrastructure" in client.get("/packs/mappings/1").text
    assert "Kitchen rules -&gt; ISO 9001:2015" in client.get("/packs/mappings").text
    for form in ("toml", "xlsx", "oscal"):
        got = client.get(f"/packs/kitchen_rules/export/{form}")
        suffix = {"oscal": "json"}.get(form, form)
        assert got.headers["Content-Disposition"] == f"attachment; filename=kitchen_rules-3.1.{suffix}"
        found = read(got.data, f"x.{suffix}").pack
        assert found is not None
        assert found.version == "3.1"
    assert client.get("/packs/lifecycle_gates/export/oscal").status_code == 409
    again = client.post(sent.location, {"pack_id": "", "number": "3.1"})
    assert (again.status_code, "Version 3.1 is published" in again.text) == (422, True)


def test_upload_with_faults_shows_each_and_keeps_nothing(app: Flask, client: Inspector, home: Path) -> None:
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    bad = LIBRARY.read_text("utf-8").replace("assessable: false", "assessable: maybe").encode()
    page = client.post("/packs/import", {"file": (io.BytesIO(bad), "bad.yaml")}, content_type="multipart/form-data")
    assert (page.status_code, "line 50, objects.framework.requirement_nodes[0].assessable" in page.text) == (422, True)
    assert not (home / "packs" / "inbox").exists()
    assert client.get(f"/packs/import/{'0' * 64}").status_code == 404
    assert store.waiting(home, "../../etc") is None


@pytest.mark.parametrize("number", [1, 10])
def test_list_of_mappings_asks_the_same_questions_whatever_its_length(
    app: Flask, client: Inspector, count_queries: Callable[[], AbstractContextManager[list[str]]], number: int
) -> None:
    from tests.factories.standards import an_edition  # noqa: PLC0415 - beside its only use

    ada = a_person(role=Role.QUALITY_LEAD)
    an_edition(by=ada)
    from workbench.standards import actions  # noqa: PLC0415 - beside its only use

    for each in range(number):
        data = LIBRARY.read_bytes().replace(b"kitchen is infra", f"kitchen {each} is infra".encode())
        data = data.replace(b"version: 3", f"version: {each + 3}".encode())
        actions.import_file(imported=read(data, "library.yaml"), by=ada, source_name="library.yaml")
    client.sign_in(ada)
    client.get("/packs/mappings")
    with count_queries() as seen:
        assert client.get("/packs/mappings").status_code == 200
    assert len([each for each in seen if "pack_mapping" in each]) == 1


def test_workbook_of_a_pack_lists_its_crosswalks(app: Flask) -> None:
    an_import(by=a_person(role=Role.QUALITY_LEAD))
    pack = checklists.installed("kitchen_rules")
    assert pack is not None
    found = read(sheet.write(pack, queries.crosswalks_of("kitchen_rules")), "x.xlsx")
    assert [(each.code, each.count) for each in found.remarks] == [("crosswalk_rows", 1)]
