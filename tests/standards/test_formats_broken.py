"""Broken files: every fault at once, each with its exact place, and nothing that could hurt."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

import pytest
import xlsxwriter

from tests.factories.standards import DATA, LIBRARY
from workbench.checklists import library
from workbench.checklists.store import PackInvalid
from workbench.standards.formats import sheet
from workbench.standards.formats.base import LARGEST_FILE
from workbench.standards.formats.reading import Wishes, read

YAML = LIBRARY.read_text("utf-8")
JSON = (DATA / "catalog.json").read_text("utf-8")
PARENT = "urn:example:risk:req_node:kitchen-rules:1"
FRAMEWORK = "objects.framework.requirement_nodes"


def faults(data: bytes, name: str, wishes: Wishes | None = None) -> list[str]:
    """What is wrong, as it is printed."""
    with pytest.raises(PackInvalid) as told:
        read(data, name, wishes or Wishes())
    return [str(each) for each in told.value.faults]


def bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x.pdf", "%PDF", "x.pdf: is no format packs come in; use one of: .toml, .xlsx, .yaml, .yml, .json"),
        ("x.toml", "[pack\n", "x.toml: is not TOML: Expected ']' at the end of a table declaration (at line 1, column 6); "
                              "correct the syntax there"),
        ("x.yaml", "", "x.yaml: is empty; choose another file"),
        ("x.yaml", "a: [1\nb: 2\n", "x.yaml: line 2, column 2: is not YAML: did not find expected ',' or ']'; "
                                   "correct the syntax there"),
        ("x.yaml", "a: 1\na: 2\n", 'x.yaml: line 2: "a" stands twice in one table; keep one of them'),
        ("x.yaml", "a: !!python/object/apply:os.system [ls]\n", None),
        ("x.yaml", "a: !evil x\n", 'x.yaml: line 1: the tag "!evil" asks for more than plain values; remove the tag'),
        ("x.yaml", "[" * 40 + "]" * 40, "x.yaml: line 1: lies more than 30 levels deep; write the file flatter"),
        ("x.yaml", bomb(), None),
        ("x.yaml", "- 1\n", "x.yaml: is a list, expected a table; correct it"),
        ("x.yaml", "objects:\n  threats: []\n", "x.yaml: line 2, objects: holds no framework and no mapping, but: threats; "
                                               "choose a library with a framework"),
        ("x.yaml", YAML.replace("assessable: false", "assessable: maybe"),
         f"x.yaml: line 50, {FRAMEWORK}[0].assessable: is a text, expected true or false; correct assessable"),
        ("x.yaml", YAML.replace(f"parent_urn: {PARENT}\n      ref_id: '1.1'", "parent_urn: nowhere"),
         f'x.yaml: line 60, {FRAMEWORK}[1].parent_urn: "nowhere" is no node of this framework; add the node or correct it'),
        ("x.yaml", YAML.replace("relationship: subset", "relationship: alike"),
         'x.yaml: line 110, objects.requirement_mapping_sets[0].requirement_mappings[0].relationship: is "alike"; '
         "use one of: equal, subset, superset, intersect"),
        ("x.json", "{", "x.json: line 1, column 2: is not JSON: Expecting property name enclosed in double quotes; "
                        "correct the syntax there"),
        ("x.json", '{"a": 1, "a": 2}', 'x.json: "a" stands twice in one object; keep one of them'),
        ("x.json", "[" * 40 + "]" * 40, "x.json: lies more than 30 levels deep; write the file flatter"),
        ("x.json", '{"system-security-plan": {}}', "x.json: holds no catalog, but: system-security-plan; "
                                                   "choose an OSCAL catalog or profile"),
        ("x.json", JSON.replace('"id": "ws-2", "title": "Lights", ', '"id": "ws-2", '),
         'x.json: catalog.groups[0].controls[1]: "title" is missing or empty; write title'),
        ("x.json", JSON.replace('"parts": [{"id": "ws-2_smt"', '"parts": "none", "old": [{"id": "ws-2_smt"'),
         "x.json: catalog.groups[0].controls[1].parts: is a text, expected a list; correct parts"),
        ("x.json", (DATA / "profile.json").read_text("utf-8"),
         "x.json: profile.imports[0].href: takes its controls from catalog.json; give that catalogue too, or import it first"),
        ("x.xlsx", "no zip", "x.xlsx: is no .xlsx file; save the workbook as .xlsx"),
    ],
)  # fmt: skip
def test_broken_file_names_the_place(name: str, text: str, told: str | None) -> None:
    found = faults(text.encode(), name)
    assert len(found) >= 1
    if told is not None:
        assert found[0] == told


def test_all_faults_come_at_once_in_the_order_of_lines() -> None:
    broken = YAML.replace("assessable: false", "assessable: maybe").replace("relationship: subset", "relationship: alike")
    broken = broken.replace("value: 'yes'", "value: [1]")
    assert [each.split(",")[0] for each in faults(broken.encode(), "x.yaml")] == [
        "x.yaml: line 50", "x.yaml: line 79", "x.yaml: line 110",
    ]  # fmt: skip


def test_file_that_is_no_utf_8_or_too_large_is_refused() -> None:
    assert faults(b"a: b\nc: \xff\n", "x.yaml") == ["x.yaml: line 2: is not UTF-8; save the file as UTF-8"]
    assert faults(b"a: b\nc: \xff\n", "x.json") == ["x.json: line 2: is not UTF-8; save the file as UTF-8"]
    told = f"x.yaml: has {LARGEST_FILE + 1:,} bytes; at most {LARGEST_FILE:,} are read"
    assert faults(b" " * (LARGEST_FILE + 1), "x.yaml") == [told]


def workbook(change: Callable[[dict[str, list[list[object]]]], object]) -> bytes:
    """The workbook of a small pack, changed cell by cell."""
    tables: dict[str, list[list[object]]] = {
        "pack": [
            ["id", "kind", "edition", "version", "languages", "wording", "title.en", "source.en", "notice.en"],
            ["ours", "standard", "1", "1.0", "en", "own", "Ours", "Ours.", "Ours."],
        ],
        "clauses": [["ref", "title.en", "bearing"], ["1", "One", "yes"]],
        "items": [["key", "clause", "question.en", "refs"], ["1-1", "1", "Is it so?", "iso9001_2015 4.1"]],
    }
    change(tables)
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    for name, lines in tables.items():
        page = book.add_worksheet(name)
        for number, line in enumerate(lines):
            page.write_row(number, 0, line)
    book.close()
    return stream.getvalue()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda tables: tables.pop("pack"), 'x.xlsx: has no sheet "pack"; start from a workbook that was exported here'),
        (lambda tables: tables.pop("items"), 'x.xlsx: has no sheet "items"; start from a workbook that was exported here'),
        (lambda tables: tables["pack"].pop(),
         "x.xlsx: sheet pack: has 0 rows below its head, expected 1; describe one pack in row 2"),
        (lambda tables: tables["clauses"][1].__setitem__(2, "perhaps"),
         'x.xlsx: sheet clauses, row 2, column C (bearing): "perhaps" is neither yes nor no; write yes or no'),
        (lambda tables: tables["clauses"][1].__setitem__(0, 4.1),
         "x.xlsx: sheet clauses, row 2, column A (ref): is the number 4.1; format the cell as text and write it again"),
        (lambda tables: tables["items"][1].__setitem__(3, "iso9001_2015"),
         "x.xlsx: sheet items, row 2, column D (refs): a line does not name a standard and a clause; "
         "write lines such as: iso9001_2015 8.5.6"),
        (lambda tables: tables["items"][1].append("more"),
         "x.xlsx: sheet items, row 2, column E: a value stands in a column without title; give row 1 a title or remove the value"),
        (lambda tables: tables["clauses"][0].__setitem__(0, "number"),
         'x.xlsx: sheet clauses, row 1, column A: "number" is no column of this sheet; use: ref, parent, kind, title.en, '
         "title.fr, title_origin, title_fr_origin, bearing, grade, note.en, note.fr"),
        (lambda tables: tables["items"][1].__setitem__(1, "2"),
         'x.xlsx: clauses[1] "1": it bears requirements, but no item asks about it; add an item with clause = "1"'),
    ],
)  # fmt: skip
def test_broken_workbook_names_sheet_row_and_column(change: Callable[[dict[str, list[list[object]]]], object], told: str) -> None:
    assert faults(workbook(change), "x.xlsx")[0] == told


def test_small_workbook_of_a_person_is_read() -> None:
    found = read(workbook(lambda tables: tables["clauses"][1].__setitem__(0, 1)), "x.xlsx").pack
    assert found is not None
    assert (found.clauses[0].ref, found.items[0].refs[0].clause) == ("1", "4.1")


def test_workbook_that_would_grow_or_reach_far_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 5_000_000)
    assert "would grow from" in faults(stream.getvalue(), "x.xlsx")[0]
    far = workbook(lambda tables: tables.update(far=[[""] * 20]))
    with zipfile.ZipFile(io.BytesIO(far)) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    cell = b'<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    parts["xl/worksheets/sheet4.xml"] = parts["xl/worksheets/sheet4.xml"].replace(b"<sheetData/>", cell)
    assert b"XFD1048576" in parts["xl/worksheets/sheet4.xml"]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, data in parts.items():
            archive.writestr(each, data)
    assert faults(stream.getvalue(), "x.xlsx") == [
        "x.xlsx: is larger than 20 sheets of 25,000 rows and 60 columns; remove what does not belong to the pack"
    ]


def test_catalogue_of_ours_that_was_tampered_with_is_refused() -> None:
    data = json.loads(_exported())
    data["catalog"]["back-matter"]["resources"][0]["props"][0]["value"] = "pack.nothing"
    told = 'x.json: catalog: "nothing" is no field of a pack; export the pack again'
    assert faults(json.dumps(data).encode(), "x.json")[0] == told


def _exported() -> bytes:
    from datetime import UTC, datetime  # noqa: PLC0415 - used once

    from workbench.standards.formats import oscal_own  # noqa: PLC0415 - used once

    return oscal_own.write(library.pack("msp_principles"), datetime(2026, 1, 1, tzinfo=UTC))


def test_cell_is_text_whatever_it_begins_with() -> None:
    assert [sheet.of_cell(sheet.as_cell(each)) for each in ("=1", '"a"', "a\rb", " a", "-")] == ["=1", '"a"', "a\rb", " a", "-"]
