"""Answers as a spreadsheet: written, read back, taken over."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from flask import Flask

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_link
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.checklists import actions, queries
from workbench.checklists.actions import answers_workbook, apply_answers, read_answers
from workbench.checklists.models import AnswerImport, Checklist
from workbench.checklists.queries import Preview
from workbench.checklists.rules import AnswerState
from workbench.evidence.actions import withdraw
from workbench.people.models import Person
from workbench.people.queries import rights_on
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trail import queries as trail_queries
from workbench.web.refusals import BadValue, Refused
from workbench.web.workbooks import Table, tables_of

A = AnswerState
ANSWER, NOTE, EVIDENCE = 6, 7, 8  # columns
HOSTILE = ("=1+1", "+2", "-3", "@SUM(1)", "\tafter a tab", "\rafter a return", "=cmd|' /C calc'!A0", "\uff1d1", "_x0041_")


@pytest.fixture
def project(app: Flask) -> Project:
    return a_project(key="INV-1")


@pytest.fixture
def person(project: Project) -> Person:
    found = a_person(name="Ada Martin")
    a_member(project, found)
    return found


@pytest.fixture
def checklist(project: Project, person: Person) -> Checklist:
    return a_checklist(project, by=person)


def exported(checklist: Checklist, language: str = "en") -> bytes:
    """The whole checklist as a workbook."""
    pack = queries.exact_pack(checklist)
    assert pack is not None
    rows = queries.checklist_page(checklist, pack, queries.Wanted(), language=language, per_page=10_000).rows
    return answers_workbook(checklist=checklist, answers=rows, language=language)


def edited(data: bytes, cells: Mapping[tuple[str, int], str], *, heads: Mapping[int, str] | None = None) -> bytes:
    """The workbook with other texts in some cells of the answers, by item and column; a row without item is added."""
    tables, stream = tables_of(data), io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        for name, table in tables.items():
            sheet = book.add_worksheet(name)
            rows = [list(row) for row in table.rows]
            if name in ("answers", "réponses"):
                change(rows, cells, heads or {})
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if value.startswith("formula:"):
                        sheet.write_formula(number, column, value.removeprefix("formula:"), None, "2")
                    else:
                        sheet.write_string(number, column, value)
    return stream.getvalue()


def change(rows: list[list[str]], cells: Mapping[tuple[str, int], str], heads: Mapping[int, str]) -> None:
    for column, head in heads.items():
        rows[0][column] = head
    for (item, column), value in cells.items():
        row = next(row for row in rows if row[0] == item)
        row.extend([""] * (9 - len(row)))
        row[column] = value


def read(project: Project, checklist: Checklist, data: bytes, person: Person) -> AnswerImport:
    return read_answers(project=project, checklist=checklist, data=data, filename="answers.xlsx", by=person)


def previewed(project: Project, checklist: Checklist, sheet: AnswerImport, person: Person) -> Preview:
    pack, rights = queries.exact_pack(checklist), rights_on(person, project.key)
    assert pack is not None
    assert rights is not None
    return queries.preview(checklist, pack, sheet, person, rights)


def applied(project: Project, checklist: Checklist, sheet: AnswerImport, person: Person, **more: Any) -> Any:
    """The file taken over as its preview stands, unless `seen` says what the person saw."""
    found, rights = previewed(project, checklist, sheet, person), rights_on(person, project.key)
    assert rights is not None
    seen = {each.item.key: each.now.version for each in (*found.changes, *found.conflicts)}
    sent: dict[str, Any] = {"seen": seen, "picks": {}, **more}
    return apply_answers(project=project, checklist=checklist, sheet=sheet, by=person, rights=rights, **sent)


def state_of(checklist: Checklist, item: str) -> tuple[str, str, int]:
    found = queries.answer_to(checklist.id, item)
    return (found.state, found.note, found.version) if found is not None else ("not_checked", "", 0)


def test_the_workbook_holds_texts_only_and_says_what_it_belongs_to(
    app: Flask, project: Project, person: Person, checklist: Checklist
) -> None:
    for number, note in enumerate(HOSTILE, start=1):
        an_answer(project, checklist, f"G1-0{number}", by=person, note=note, state=A.PARTLY)
    tables = tables_of(exported(checklist))
    assert list(tables) == ["answers", "base", "ninefold"]
    assert tables["answers"].rows[0] == (
        "Item", "Clause or step", "Question", "Guidance", "Evidence to look for", "Revision", "Answer", "Note", "Evidence",
    )
    assert [row[NOTE] for row in tables["answers"].rows[1:10]] == list(HOSTILE)
    assert [row[ANSWER] for row in tables["answers"].rows[1:10]] == ["partly"] * 9
    assert {name: table.formulas for name, table in tables.items()} == dict.fromkeys(tables, frozenset())
    about = {row[0]: row[1] for row in tables["ninefold"].rows}
    assert (about["checklist"], about["digest"], about["language"]) == (str(checklist.id), checklist.pack_digest, "en")


def test_a_workbook_sent_back_untouched_changes_nothing(
    project: Project, person: Person, checklist: Checklist
) -> None:
    for number, note in enumerate(HOSTILE, start=1):
        an_answer(project, checklist, f"G1-0{number}", by=person, note=note, state=A.PARTLY)
    sheet = read(project, checklist, exported(checklist), person)
    assert (sheet.rows, sheet.faults, sheet.remarks, sheet.unchanged) == ([], [], [], 139)
    with pytest.raises(Refused, match="Nothing was changed"):
        applied(project, checklist, sheet, person)


def test_answers_notes_and_evidence_are_taken_over_with_one_entry(
    project: Project, person: Person, checklist: Checklist
) -> None:
    first, second = a_link(project, by=person), a_link(project, by=person)
    an_answer(project, checklist, "G1-01", by=person, note="Seen on site.")
    actions.attach_evidence(project=project, checklist=checklist, item_key="G1-01", evidence=first, by=person)
    data = edited(
        exported(checklist),
        {
            ("G1-01", EVIDENCE): "e-2 e-2", ("G1-02", ANSWER): "Non-conformité majeure", ("G1-02", NOTE): "=1+1",
            ("G1-03", ANSWER): "  Conform ", ("G1-03", EVIDENCE): "E-1 E-2",
        },
    )  # fmt: skip
    sheet = read(project, checklist, data, person)
    assert sheet.faults == []
    found = previewed(project, checklist, sheet, person)
    assert [(each.item.key, each.attach, each.detach) for each in found.changes] == [
        ("G1-01", ("E-2",), ("E-1",)), ("G1-02", (), ()), ("G1-03", ("E-1", "E-2"), ()),
    ]  # fmt: skip
    assert state_of(checklist, "G1-02") == ("not_checked", "", 0)  # nothing is saved yet
    entries = trail_queries.size()
    done = applied(project, checklist, sheet, person)
    assert (done.done, done.refused) == (["G1-01", "G1-02", "G1-03"], {})
    assert trail_queries.size() == entries + 1
    assert state_of(checklist, "G1-01")[:2] == ("conform", "Seen on site.")
    assert state_of(checklist, "G1-02")[:2] == ("major", "=1+1")
    pack = queries.exact_pack(checklist)
    assert pack is not None
    codes = {each: [p.code for p in queries.item_answer(checklist, pack.item(each)).evidence] for each in ("G1-01", "G1-03")}
    assert codes == {"G1-01": ["E-2"], "G1-03": ["E-1", "E-2"]}
    assert checklist.counts == queries.counted(checklist)
    event = trail_queries.history("checklist", checklist.id)[-1]
    assert (event.act, event.new["items"]["G1-03"]) == (
        "answers_imported", {"state": "conform", "note": "", "evidence": ["E-1", "E-2"]},
    )  # fmt: skip
    with pytest.raises(Refused, match="already"):
        applied(project, checklist, sheet, person)
    assert second.state == "current"


def test_bad_rows_are_named_and_the_good_ones_go_on(project: Project, person: Person, checklist: Checklist) -> None:
    withdraw(project=project, evidence=a_link(project, by=person), reason="Out of date.", by=person)
    data = edited(
        exported(checklist),
        {
            ("G1-02", ANSWER): "yes", ("G1-03", ANSWER): "minor nonconformity", ("G1-04", EVIDENCE): "E-9 X",
            ("G1-05", NOTE): "formula:=1+1", ("G1-06", EVIDENCE): "E-1", ("G1-07", NOTE): "x" * 20_001,
            ("G1-08", 0): "G1-09", ("G2-01", 0): "G9-99", ("G2-02", 0): "", ("G2-03", ANSWER): "not_applicable",
            ("G2-03", NOTE): "There is none.", ("G2-04", 2): "Another question", ("G2-04", ANSWER): "conform",
        },
    )  # fmt: skip
    sheet = read(project, checklist, data, person)
    assert [(fault["row"], fault["code"], fault["item"], fault["value"]) for fault in sheet.faults] == [
        (3, "answer_word", "G1-02", "yes"),
        (4, "note_due", "G1-03", ""),
        (5, "evidence_unknown", "G1-04", "E-9, X"),
        (6, "formula", "G1-05", "H6"),
        (7, "evidence_withdrawn", "G1-06", "E-1"),
        (8, "note_too_long", "G1-07", ""),
        (9, "twice", "G1-09", ""),
        (10, "twice", "G1-09", ""),
        (sheet.faults[8]["row"], "unknown_item", "G9-99", "G9-99"),
        (sheet.faults[9]["row"], "no_item", "", ""),
    ]
    assert [(each["item"], each["value"]) for each in sheet.remarks] == [("G2-04", "question")]
    assert applied(project, checklist, sheet, person).done == ["G2-03", "G2-04"]


def test_a_stale_revision_is_a_conflict_and_only_the_pick_decides(
    project: Project, person: Person, checklist: Checklist
) -> None:
    an_answer(project, checklist, "G1-01", by=person, note="First.")
    data = edited(exported(checklist), {("G1-01", NOTE): "Mine.", ("G1-02", ANSWER): "conform"})
    other = a_person(name="Bob")
    a_member(project, other)
    an_answer(project, checklist, "G1-01", by=other, note="Theirs.")
    sheet = read(project, checklist, data, person)
    found = previewed(project, checklist, sheet, person)
    assert [(c.change.base_note, c.now.note, c.change.note) for c in found.conflicts] == [("First.", "Theirs.", "Mine.")]
    assert [each.item.key for each in found.changes] == ["G1-02"]
    done = applied(project, checklist, sheet, person, picks={"G1-01": "theirs"})
    assert (done.done, state_of(checklist, "G1-01")[1]) == (["G1-02"], "Theirs.")
    again = read(project, checklist, data, person)
    assert applied(project, checklist, again, person, picks={"G1-01": "mine"}).done == ["G1-01"]
    assert state_of(checklist, "G1-01")[1] == "Mine."


def test_what_changed_since_the_preview_is_refused_by_row(
    project: Project, person: Person, checklist: Checklist
) -> None:
    data = edited(exported(checklist), {("G1-01", ANSWER): "conform", ("G1-02", ANSWER): "conform"})
    sheet = read(project, checklist, data, person)
    an_answer(project, checklist, "G1-01", by=person, state=A.PARTLY)
    done = applied(project, checklist, sheet, person, seen={"G1-01": 0, "G1-02": 0}, picks={"G1-01": "mine"})
    assert (done.done, list(done.refused)) == (["G1-02"], ["G1-01"])
    assert state_of(checklist, "G1-01")[0] == "partly"
    assert sheet.outcome == {"done": ["G1-02"], "kept": [], "refused": done.refused}


def test_rights_are_asked_for_every_row(project: Project, person: Person, checklist: Checklist) -> None:
    data = edited(exported(checklist), {("G1-01", ANSWER): "conform", ("G1-02", ANSWER): "conform"})
    lead, asked = a_person(role=Role.QUALITY_LEAD), a_person(name="Asked")
    a_member(project, asked, role=Role.CONTRIBUTOR)
    day = checklist.started_at.date().replace(year=2099)
    actions.assign_items(project=project, checklist=checklist, item_keys=["G1-01"], person=asked, due_on=day, by=lead)
    other = a_person(name="Other")
    a_member(project, other, role=Role.CONTRIBUTOR)
    sheet = read(project, checklist, data, other)
    found = previewed(project, checklist, sheet, other)
    assert [(each.item.key, str(each.barred)) for each in found.barred] == [("G1-01", "asked_of_another")]
    done = applied(project, checklist, sheet, other)
    assert (done.done, list(done.refused)) == (["G1-02"], ["G1-01"])
    mine = read(project, checklist, data, other)
    with pytest.raises(Refused, match="Only the person who imported"):
        applied(project, checklist, mine, asked)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"digest": "0" * 64}, "another wording"),
        ({"checklist": "99"}, "another checklist"),
        ({"format": "pack 1"}, "hidden sheets are missing"),
    ],
)
def test_a_file_of_something_else_is_refused_by_name(
    project: Project, person: Person, checklist: Checklist, cells: dict[str, str], told: str
) -> None:
    tables, stream = tables_of(exported(checklist)), io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        for name, table in tables.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(with_other(table, cells) if name == "ninefold" else table.rows):
                for column, value in enumerate(row):
                    sheet.write_string(number, column, value)
    with pytest.raises(BadValue, match=told):
        read(project, checklist, stream.getvalue(), person)


def with_other(table: Table, cells: dict[str, str]) -> list[tuple[str, ...]]:
    return [(row[0], cells.get(row[0], row[1]), *row[2:]) for row in table.rows]


def test_a_file_without_a_column_or_of_another_kind_is_refused(
    project: Project, person: Person, checklist: Checklist, tmp_path: Path
) -> None:
    with pytest.raises(BadValue, match="“Note” is missing"):
        read(project, checklist, edited(exported(checklist), {}, heads={NOTE: "Remark"}), person)
    with pytest.raises(BadValue, match="neither an XLSX nor an ODS"):
        read(project, checklist, b"item;answer\nG1-01;conform\n", person)
    with pytest.raises(BadValue, match="too many rows; at most 5000"):
        read(project, checklist, long_file(), person)


def long_file() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("answers")
        for number in range(5_002):
            sheet.write_string(number, 0, str(number))
    return stream.getvalue()


def test_a_french_workbook_speaks_french_and_takes_words_of_both_languages(
    project: Project, person: Person, checklist: Checklist
) -> None:
    data = exported(checklist, "fr")
    assert [row[3] for row in tables_of(data)["ninefold"].rows[:2]] == ["conforme", "partiel"]
    cells = {("G1-01", ANSWER): "conforme", ("G1-02", ANSWER): "partly", ("G1-02", NOTE): "À moitié."}
    sheet = read(project, checklist, edited(data, cells), person)
    assert [(each["item"], each["state"]) for each in sheet.rows] == [("G1-01", "conform"), ("G1-02", "partly")]
