"""`workbench reconcile` for a month, against an earlier one, by other rules, and as a workbook."""
from __future__ import annotations

import json
import zipfile

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from python_calamine import CalamineWorkbook

from sandbox.formats import schema
from tests.sandbox.cases import DEMO, FEBRUARY, JANUARY, LINES, LIST, P1, counted, written
from workbench.trials.commands.reconcile import reconcile

PSA = ("--packages", DEMO / "psa/packages.csv", "--contracts", DEMO / "psa/contracts.csv", "--settings",
       DEMO / "settings.toml", "--prices", DEMO / "psa/prices.csv", "--clients", DEMO / "aliases.csv")
MONTHS = {month: DEMO / f"supplier/usage-2026-{month}.csv" for month in ("01", "02")}


def run(*arguments):
    return CliRunner().invoke(reconcile, [str(argument) for argument in arguments], env={"COLUMNS": "100"})


def plain(tmp_path, *arguments, usage=counted(FEBRUARY), **files):  # noqa: B008 – a constant of the golden case
    paths = written(tmp_path, **{"packages": P1, "contracts": LINES, "usage": usage, "prices": LIST, **files})
    return run(*(part for role, path in paths.items() for part in (f"--{role}", path)), *arguments)


def test_february_against_january_says_what_drifted_and_why():
    done = run(*PSA, "--usage", MONTHS["02"], "--period", "2026-02", "--against-usage", MONTHS["01"],
               "--format", "json")
    answer = json.loads(done.stdout)
    Draft202012Validator(schema("reconciliation")).validate(answer)
    assert [(one["item"], one["why"]) for one in answer["drift"] if one["client"] == "Bakery Noé"] == [
        ("S2", "used 10 → 9 (-1)"), ("S3", "used 17 → 19 (+2)"), ("S5", "used 15 → 14 (-1)"),
        ("S6", "used 0 → 2 (+2)")]
    # January holds two rows that are refused: the difference to it is not whole, and the status says so.
    assert (done.exit_code, done.stderr.count("Refused of the earlier month: usage-2026-01.csv:4")) == (1, 2)
    accepted = run(*PSA, "--usage", MONTHS["02"], "--against-usage", MONTHS["01"], "--accept-refused")
    assert accepted.exit_code == 0
    assert "Drift: Bakery Noé S3: equal → over; used 17 → 19 (+2)" in accepted.stdout.splitlines()


def test_the_period_takes_lines_by_their_dates():
    found = {month: json.loads(run(*PSA, "--usage", MONTHS["02"], "--period", month, "--format", "json").stdout)
             for month in ("2026-02", "2026-03")}
    lemaire = {month: [line["amount"] for line in answer["bills"] if line["client"] == "Garage Lemaire"]
               for month, answer in found.items()}
    assert lemaire == {"2026-02": ["60.00"], "2026-03": []}
    assert [answer["rules"]["period"] for answer in found.values()] == ["2026-02", "2026-03"]


def test_the_earlier_month_may_have_files_of_its_own(tmp_path):
    (tmp_path / "earlier").mkdir()
    earlier = written(tmp_path / "earlier", usage=counted(JANUARY), contracts=LINES[:2],
                      prices=[("P1", "29.00", "EUR"), *LIST[1:]])
    done = plain(tmp_path, "--format", "json", "--against-usage", earlier["usage"], "--against-contracts",
                 earlier["contracts"], "--against-prices", earlier["prices"], usage=counted(JANUARY))
    assert [(one["item"], one["why"]) for one in json.loads(done.stdout)["drift"]] == [("S5", "S5 lines added: 5")]


def test_the_table_shows_rules_both_bills_and_the_margin(tmp_path):
    lines = plain(tmp_path, usage=counted(JANUARY)).stdout.splitlines()
    assert lines[-4:] == [
        "Rules: units are pooled per client; extra units are billed as contracted; no period: every line",
        "    counts in full",
        "Bill by contract: 10 packages and 12 units beside them, 345.50 EUR",
        "Every count billed as a line: 62 units, 570.50 EUR: 50 units more"]


def test_a_rule_of_the_settings_changes_the_bill_and_is_shown(tmp_path):
    settings = tmp_path / "s.toml"
    settings.write_text('[rules]\nunder_use = "use"\n')
    answer = json.loads(plain(tmp_path, "--settings", settings, "--format", "json").stdout)
    assert (answer["rules"]["under_use"], answer["psa"]["right"]["amounts"]) == ("use", {"EUR": "342.00"})
    settings.write_text('[rules]\npool = "all"\n')
    done = plain(tmp_path, "--settings", settings)
    assert (done.exit_code, done.stderr) == (
        2, "Error: s.toml: [rules] pool = 'all': it is one of 'client', 'contract'\n")


def test_a_workbook_holds_every_sheet_with_typed_cells(tmp_path):
    out = tmp_path / "out.xlsx"
    usage = [*counted(FEBRUARY), ("=HYPERLINK(1)", "S1", 2)]
    arguments = ("--format", "xlsx", "--out", out, "--against-usage", MONTHS["02"])
    done = plain(tmp_path, *arguments, usage=usage)
    book = CalamineWorkbook.from_path(str(out))
    assert (done.exit_code, done.stdout) == (0, "")
    assert book.sheet_names == ["Rows", "Totals", "Rules", "Unmatched", "Refused", "Bills", "PSA", "Drift"]
    assert book.get_sheet_by_name("Rows").to_python()[1][:7] == ["=HYPERLINK(1)", "S1", 0, 0, 0, 2, 0]
    assert book.get_sheet_by_name("Bills").to_python()[1][4:11] == [10, 10, 30, "", "", 300, "EUR"]
    with zipfile.ZipFile(out) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert [mark in sheet for mark in ("<f>", 'state="frozen"', "<autoFilter ")] == [False, True, True]
    first = out.read_bytes()
    plain(tmp_path, *arguments, usage=usage)
    assert out.read_bytes() == first


@pytest.mark.parametrize(("arguments", "message"), [
    (["--format", "xlsx"], "--format xlsx needs --out FILE"),
    (["--against-prices", MONTHS["01"]], "--against-prices needs --against-usage FILE"),
    (["--against-period", "2026-01"], "--against-period needs --against-usage FILE"),
    (["--period", "2026-13"], 'period "2026-13": a month is written year-month, such as 2026-01'),
])
def test_options_that_do_not_fit_are_explained(tmp_path, arguments, message):
    done = plain(tmp_path, *arguments)
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (2, f"Error: {message}")


def test_the_json_goes_to_a_file_when_asked(tmp_path):
    out = tmp_path / "out.json"
    done = plain(tmp_path, "--format", "json", "--out", out)
    assert (done.stdout, json.loads(out.read_text(encoding="utf-8"))["totals"]["used"]) == ("", 64)
