"""A workbook of answers that LibreOffice really opened, changed and saved: exactly the edits arrive."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from tests.checklists.test_sheets import HOSTILE, applied, exported, previewed, read, state_of
from tests.factories.checklists import a_checklist, an_answer
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.checklists.rules import AnswerState
from workbench.web.workbooks import tables_of

OFFICE = shutil.which("soffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="no LibreOffice: apt-get install libreoffice-calc-nogui")


def converted(file: Path, kind: str, ending: str, folder: Path) -> Path:
    """The file as LibreOffice saves it in another format."""
    folder.mkdir(exist_ok=True)
    command = [str(OFFICE), f"-env:UserInstallation={(folder.parent / 'profile').as_uri()}", "--headless", "--convert-to", kind]
    subprocess.run([*command, "--outdir", str(folder), str(file)], check=True, capture_output=True, timeout=120)
    return folder / f"{file.stem}.{ending}"


def typed(text: str, old: str, new: str, *, item: str) -> str:
    """The flat document with another text in the first cell holding `old` after the item's own cell."""
    start = text.index(f"<text:p>{item}</text:p>")
    at = text.index(f"<text:p>{old}</text:p>", start)
    assert text.find("</table:table-row>", start) > at
    return text[:at] + f"<text:p>{new}</text:p>" + text[at + len(f"<text:p>{old}</text:p>") :]


@needs_office
@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_exactly_the_edits_made_in_libreoffice_arrive(app: Flask, tmp_path: Path, ending: str) -> None:
    project, person = a_project(key="INV-1"), a_person(name="Ada Martin")
    a_member(project, person)
    checklist = a_checklist(project, by=person)
    for number, note in enumerate(HOSTILE, start=1):
        an_answer(project, checklist, f"G1-0{number}", by=person, note=note, state=AnswerState.PARTLY)
    an_answer(project, checklist, "G2-01", by=person, note="Seen on Monday.")
    file = tmp_path / "answers.xlsx"
    file.write_bytes(exported(checklist))
    flat = converted(file, "fods", "fods", tmp_path / "flat")
    text = flat.read_text(encoding="utf-8")
    text = typed(text, "partly", "major nonconformity", item="G1-01")
    text = typed(text, "not checked", "conform", item="G2-02")
    text = typed(text, "Seen on Monday.", "=2+3 typed as text", item="G2-01")
    flat.write_text(text, encoding="utf-8")
    kind = "xlsx:Calc MS Excel 2007 XML" if ending == "xlsx" else "ods"
    saved = converted(flat, kind, ending, tmp_path / "saved").read_bytes()
    assert {name: table.formulas for name, table in tables_of(saved).items()} == dict.fromkeys(
        ("answers", "base", "ninefold"), frozenset()
    )
    sheet = read(project, checklist, saved, person)
    assert (sheet.faults, sheet.remarks, sheet.unchanged) == ([], [], 136)
    found = previewed(project, checklist, sheet, person)
    assert [(each.item.key, each.change.state, each.change.note) for each in found.changes] == [
        ("G1-01", "major", "=1+1"),
        ("G2-01", "conform", "=2+3 typed as text"),
        ("G2-02", "conform", ""),
    ]
    assert applied(project, checklist, sheet, person).done == ["G1-01", "G2-01", "G2-02"]
    assert state_of(checklist, "G2-01")[:2] == ("conform", "=2+3 typed as text")
    assert [state_of(checklist, f"G1-0{number}")[1] for number in range(1, 10)] == list(HOSTILE)


@needs_office
def test_a_formula_written_in_libreoffice_is_refused_by_its_cell(app: Flask, tmp_path: Path) -> None:
    project, person = a_project(key="INV-1"), a_person(name="Ada Martin")
    a_member(project, person)
    checklist = a_checklist(project, by=person)
    an_answer(project, checklist, "G1-01", by=person, note="Seen on Monday.")
    file = tmp_path / "answers.xlsx"
    file.write_bytes(exported(checklist))
    flat = converted(file, "fods", "fods", tmp_path / "flat")
    text = flat.read_text(encoding="utf-8")
    cell = re.search(r'<table:table-cell [^>]*office:value-type="string"[^>]*>\s*<text:p>Seen on Monday\.</text:p>', text)
    assert cell is not None
    written = '<table:table-cell table:formula="of:=2+3" office:value-type="float" office:value="5"><text:p>5</text:p>'
    flat.write_text(text.replace(cell.group(0), written, 1), encoding="utf-8")
    saved = converted(flat, "xlsx:Calc MS Excel 2007 XML", "xlsx", tmp_path / "saved").read_bytes()
    sheet = read(project, checklist, saved, person)
    assert [(fault["code"], fault["item"], fault["value"]) for fault in sheet.faults] == [("formula", "G1-01", "H2")]
