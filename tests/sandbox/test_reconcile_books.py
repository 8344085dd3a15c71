"""Workbooks of others instead of text files: the golden case out of XLSX, with the rows of the sheet as lines."""
from __future__ import annotations

import json

import xlsxwriter
from click.testing import CliRunner

from tests.sandbox.cases import FEBRUARY, HEADERS, LINES, LIST, P1, counted, written
from workbench.trials.commands.reconcile import reconcile


def a_book(path, role, rows):
    """The file as a workbook: numbers as numbers, two title rows above its head."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Export")
        sheet.write_row(0, 0, ["Exported by the portal"])
        sheet.write_row(2, 0, HEADERS[role].split(","))
        for place, row in enumerate(rows, start=3):
            for column, cell in enumerate(row):
                number = (role == "prices" and column == 1) or isinstance(cell, int)
                (sheet.write_number if number else sheet.write_string)(place, column, float(cell) if number else cell)
    return path


def test_workbooks_give_the_golden_case(tmp_path):
    paths = written(tmp_path, packages=P1, contracts=LINES)
    usage = a_book(tmp_path / "usage.xlsx", "usage", counted(FEBRUARY))
    prices = a_book(tmp_path / "prices.xlsx", "prices", LIST)
    settings = tmp_path / "s.toml"
    settings.write_text('[usage]\nsheet = "Export"\nheader_row = 3\n[prices]\nheader_row = 3\n')
    done = CliRunner().invoke(reconcile, [str(part) for part in (
        "--packages", paths["packages"], "--contracts", paths["contracts"], "--usage", usage, "--prices", prices,
        "--settings", settings, "--format", "json")])
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["totals"]["over"], answer["psa"]["right"]["amounts"]) == (0, 4, {"EUR": "345.50"})
    assert [(row["over"], row["amount_over"], row["from"][0]) for row in answer["rows"]][2] == (
        2, "8.00", "usage.xlsx:6")
    settings.write_text('[usage]\ndelimiter = ";"\n')
    done = CliRunner().invoke(reconcile, [str(part) for part in (
        "--packages", paths["packages"], "--contracts", paths["contracts"], "--usage", usage, "--settings", settings)])
    assert (done.exit_code, done.stderr) == (
        2, "Error: usage.xlsx: unknown setting delimiter; known: connector, decimal, header_row, masked, sheet\n")
