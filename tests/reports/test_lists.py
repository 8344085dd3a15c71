"""Every list that exports CSV exports the same rows as a workbook, in which nothing is run."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from flask import Flask

from tests.conftest import Inspector
from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_link
from tests.factories.inquiry import a_baseline
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_tool
from workbench import layout
from workbench.people.rules import Role
from workbench.registers.views import _SERVED as SERVED
from workbench.reports.lists import lists_of
from workbench.reports.rules import Point
from workbench.web import sheets
from workbench.web.refusals import Refused
from workbench.web.transactions import commit

HOSTILE = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", "'=1", "1 day"]


def cells(data: bytes) -> list[list[Any]]:
    """The rows of the only sheet of a workbook."""
    (sheet,) = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    return [["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)]


def test_a_workbook_types_its_columns_and_runs_nothing(app: Flask) -> None:
    day, moment = date(2026, 3, 1), datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    rows: list[list[Any]] = [["=head", "No.", "Day", "At", "Amount", "Sure", "Said", "Long"]]
    rows += [[text, 3, day, moment, Decimal("-12.50"), True, sheets.Told("1 Mar 2026", day), 10**16] for text in HOSTILE]
    book = openpyxl.load_workbook(io.BytesIO(sheets.xlsx_bytes(rows)))
    (sheet,) = book.worksheets
    told = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert told[0] == rows[0]
    assert [row[0].replace("_x000D_", "\r") for row in told[1:]] == HOSTILE
    at = datetime(2026, 3, 1, 12, 30)  # noqa: DTZ001 - a spreadsheet knows no zones
    midnight = datetime(2026, 3, 1)  # noqa: DTZ001
    assert told[1][1:] == [3, midnight, at, -12.5, "yes", midnight, str(10**16)]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s", "n", "d"}
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.print_title_rows) == ("A2", f"A1:H{len(rows)}", "$1:$1")
    assert (sheet["A1"].font.b, sheet.column_dimensions["D"].width > sheet.column_dimensions["B"].width) == (True, True)


def test_a_csv_says_the_same_in_words(app: Flask) -> None:
    row = [1, date(2026, 3, 1), Decimal("2.50"), False, None, sheets.Told("1 Mar", date(2026, 3, 1)), sheets.measured("3.0"), "=x"]
    assert sheets.csv_text([row]) == "\ufeff1,2026-03-01,2.50,no,,1 Mar,3.0,'=x\r\n"


def test_a_text_longer_than_a_cell_says_that_it_was_cut(app: Flask) -> None:
    ((whole,), (cut,)) = cells(sheets.xlsx_bytes([["x" * sheets.LONGEST], ["x" * 40_000]]))
    ending = "… [cut here: 40000 characters, of which a cell holds 32767; the CSV has them all]"
    assert (len(whole), len(cut), cut.lstrip("x")) == (sheets.LONGEST, sheets.LONGEST, ending)


def test_more_rows_than_a_sheet_has_are_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    assert len(cells(sheets.xlsx_bytes([["a"], ["b"], ["c"]]))) == 3
    with pytest.raises(Refused):
        sheets.xlsx_bytes([["a"], ["b"], ["c"], ["d"]])


def lists(app: Flask) -> list[str]:
    """The address of every list that exports CSV and needs no more than a project to be there."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule.endswith((".csv", "/export/csv")) and rule.arguments <= {"key", "register"}:
            address = rule.rule.replace("<key>", "INV-1")
            if "register" not in rule.arguments:
                found.append(address)
                continue
            blueprint = rule.endpoint.partition(".")[0]
            begin, _colon, end = address.partition("<any(")[0], "", address.rpartition(">")[2]
            found += [f"{begin}{key}{end}" for name, key in SERVED if name == blueprint]
    return sorted(set(found))


def test_every_list_with_a_csv_opens_as_a_workbook_with_the_same_rows(app: Flask, client: Inspector) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead, key="INV-1")
    a_member(project, lead)
    a_tool(by=lead, project=project)
    a_link(project, by=lead)
    a_baseline(project, by=lead)
    an_answer(project, a_checklist(project, by=lead), "G1-01", by=lead, note="=1+1")
    commit()
    addresses = lists(app)
    hosts = [address for address in addresses if address.startswith("/connectors/")]  # an admin's, who sees no project
    admin, person = a_person(role=Role.ADMIN), lead
    commit()
    client.sign_in(lead)
    for address in [*(each for each in addresses if each not in hosts), *hosts]:
        if address in hosts and person is lead:
            person = admin
            client.sign_in(admin)
        text, book = client.get(address), client.get(f"{address}?format=xlsx")
        assert (address, text.status_code, book.status_code) == (address, 200, 200)
        assert (text.mimetype, book.mimetype) == ("text/csv", sheets.XLSX), address
        head, *rows = csv.reader(io.StringIO(text.get_data(as_text=True).removeprefix("\ufeff")))
        top, *same = cells(book.get_data())
        assert (address, [str(cell) for cell in top], len(same)) == (address, head, len(rows))
        for row, twin in zip(rows, same, strict=True):
            assert [bool(cell) or cell == 0 for cell in twin] == [bool(cell) for cell in row], address
            assert [cell for cell in twin if isinstance(cell, str) and cell and cell not in map(sheets.plain_cell, row)] == []
    names = {address.rpartition("/")[2] for address in addresses}
    assert names >= {"list.csv", "people.csv", "tools.csv", "trail.csv", "audits.csv", "findings.csv", "built.csv", "requests.csv"}
    assert names >= {
        "named.csv", "names.csv", "mirror.csv", "hosts.csv", "secrets.csv", "accounts.csv", "shelf.csv", "mappings.csv", "runs.csv",
        "reviews.csv", "hand-overs.csv", "inherited.csv", "surveys.csv", "team.csv", "participants.csv", "channel-plan.csv",
        "capabilities.csv", "connections.csv", "my-work.csv",
    }
    assert len(addresses) > 60


# Templates that print a table and offer no export, by why.
WITHOUT = {
    "one record, or what belongs to it alone": (
        "adoption/_found audits/_plan changes/_plan changes/show checklists/evidence checklists/item checklists/together"
        " evidence/show findings/_actions lifecycle/_said lifecycle/_situation_map lifecycle/decision oversight/checks_rows"
        " reports/_built standards/clause trials/_panels trials/_plan_parts trials/_run_panels trials/mapping"
        " trials/mapping_run_refused trials/name_history trials/overlay trials/pull trials/resolve_plan"
    ),
    "a choice or a preview before it is saved": (
        "checklists/proposals checklists/upgrade lifecycle/upgrade trials/choose_plan trials/dry_run trials/edit_part"
        " trials/receive"
    ),
    "counts of a list that is exported": "checklists/applicability checklists/matrix findings/_chart lifecycle/gate risks/matrix",
    "part of a page that exports it": "audits/_conduct audits/_result",
    "a pack, which is taken away whole": "standards/_parts standards/entries standards/show",
    "for guests, who take the files themselves": "reports/shared",
}
# What of a project a bundle does not hold as a list, by why.
NOT_IN_A_BUNDLE = {
    "all of it is in trail/entries.jsonl": "desk.export_project_trail",
    "changes whenever something is built, and a bundle with it": "reports.export_built reports.export_named",
    "names guests outside": "inquiry.export_guest_links reports.export_sharings",
    "in lists/capabilities.csv and lists/learned.csv": "tools.export_capabilities trials.export_knowledge",
}
OTHER_NAMES = {  # of the file in a bundle
    "adoption.export_surveys": "surveys", "adoption.export_weeks": "weeks", "adoption.export_ladder": "ladder",
    "audits.export_of_project": "audits", "changes.export": "requests-for-change",
    "checklists.export_all_runs": "recurring-checklists",
    "evidence.export": "evidence", "findings.export_csv": "findings", "inquiry.export_coverage": "who-was-heard",
    "lifecycle.export_conditions": "gate-conditions", "oversight.export_hand_overs_of_project": "hand-overs",
    "paths.export": "paths", "paths.export_matrix": "decision-matrix", "tools.export_scope_connections": "tool-connections",
    "trials.export_crosswalks": "crosswalks", "trials.export_mapping_runs": "mapping-runs", "trials.export_mappings": "mappings",
}


def test_every_page_with_a_list_offers_it_as_csv_and_workbook() -> None:
    """A new list is exported, or it is said above why not; what is said there of a list that is exported is out of date."""
    told = {f"{name}.html" for names in WITHOUT.values() for name in names.split()}
    lacking = set()
    for file in layout.TEMPLATES.rglob("*.html"):
        path, text = file.relative_to(layout.TEMPLATES).as_posix(), file.read_text(encoding="utf-8")
        is_page = path.split("/")[0] not in ("components", "layout") and not is_document(path)
        if is_page and re.search(r"call table\(|simple_table\(", text) and "export" not in text:
            lacking.add(path)
    assert lacking == told


def is_document(path: str) -> bool:
    """Whether it is a part of a report, which is taken away as a file."""
    folder, *_rest, name = path.split("/")
    return folder == "reports" and (len(path.split("/")) > 2 or not re.match(r"(_built|index|named|shar)", name))


def test_a_bundle_holds_every_list_of_a_project_as_csv_and_in_one_workbook(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead, key="INV-1")
    a_baseline(project, by=lead)
    point = Point(size=1, root="", key_name="", vkey="", note="", at=datetime(2026, 3, 1, tzinfo=UTC))
    files = lists_of(project, "fr", point).files()
    assert files == lists_of(project, "fr", point).files()
    left_out = {name for names in NOT_IN_A_BUNDLE.values() for name in names.split()}
    for rule in app.url_map.iter_rules():
        is_list = rule.rule.startswith("/projects/<key>/") and rule.rule.endswith((".csv", "/export/csv"))
        if is_list and rule.arguments == {"key"} and rule.endpoint not in left_out:
            named = OTHER_NAMES.get(rule.endpoint, rule.rule.rpartition("/")[2].removesuffix(".csv"))
            assert f"lists/{named}.csv" in files, rule.endpoint
    assert {f"registers/{key}.csv" for _blueprint, key in SERVED} - set(files) == set()
    book = openpyxl.load_workbook(io.BytesIO(files.pop("registers.xlsx")))
    contents, *others = book.worksheets
    shown = [[cell.value for cell in row] for row in contents.iter_rows(min_row=2)]
    assert [path for _sheet, _told, path, _rows in shown] == list(files)
    assert [name for name, _told, _path, _rows in shown] == [sheet.title for sheet in others]
    assert [path for _name, told, path, _rows in shown if not told or told == path.rpartition("/")[2].removesuffix(".csv")] == []
    for (_name, _told, path, count), sheet in zip(shown, others, strict=True):
        head, *rows = csv.reader(io.StringIO(files[path].decode("utf-8-sig")))
        assert (path, [cell.value for cell in sheet[1]], count, sheet.max_row) == (path, head, len(rows), len(rows) + 1)
        assert (path, sheet.freeze_panes) == (path, "A2")
    head = [cell.value for cell in book["reconciliations"][1]]
    assert head[3:9] == ["Dans le forfait", "Supplément", "Droit", "Utilisé", "En trop", "Inutilisé"]
    assert (contents["A2"].hyperlink.location, contents["A1"].value) == ("'baselines'!A1", "Feuille")


def test_both_checklists_of_a_pack_are_in_a_bundle(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead, key="INV-1")
    earlier = a_checklist(project, by=lead)
    an_answer(project, earlier, "G1-01", by=lead, note="said of the earlier edition")
    earlier.pack_digest = "0" * 64  # another wording than the one that is shipped now
    a_checklist(project, by=lead)
    point = Point(size=1, root="", key_name="", vkey="", note="", at=datetime(2026, 3, 1, tzinfo=UTC))
    lists = lists_of(project, "en", point)
    first, second = (lists.files()[f"lists/checklist-lifecycle_gates{number}.csv"] for number in ("", "-2"))
    assert [b"said of the earlier edition" in each for each in (first, second)] == [True, False]
    told = [lists._told(f"lists/checklist-lifecycle_gates{number}.csv") for number in ("", "-2")]
    assert told[1] == f"{told[0]} 2"
