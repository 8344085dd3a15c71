"""`workbench reconcile` on the demo exports and on plain files: golden numbers, exit statuses, exact messages."""
from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from sandbox.formats import schema
from tests.sandbox.cases import DEMO, FEBRUARY, JANUARY, LINES, LIST, P1, counted, written
from workbench.trials.commands.reconcile import reconcile

PSA = ("--packages", DEMO / "psa/packages.csv", "--contracts", DEMO / "psa/contracts.csv",
       "--prices", DEMO / "psa/prices.csv", "--clients", DEMO / "aliases.csv")
NUMBERS = ("included", "extra", "entitled", "used", "over", "unused")


def run(*arguments):
    return CliRunner().invoke(reconcile, [str(argument) for argument in arguments], env={"COLUMNS": "100"})


def demo(month, *arguments, settings=True):
    said = ("--settings", DEMO / "settings.toml") if settings else ()
    return run(*PSA, *said, "--usage", DEMO / f"supplier/usage-2026-{month}.csv", *arguments)


def plain(tmp_path, *arguments, usage=counted(FEBRUARY), **files):  # noqa: B008 – a constant of the golden case
    paths = written(tmp_path, **{"packages": P1, "contracts": LINES, "usage": usage, **files})
    return run(*(part for role, path in paths.items() for part in (f"--{role}", path)), *arguments)


def bakery(output):
    rows = [row for row in json.loads(output)["rows"] if row["client"] == "Bakery Noé"]
    return {row["service"]: (*(row[name] for name in NUMBERS), row["verdict"], row["amount_over"]) for row in rows}


@pytest.mark.parametrize("settings", [True, False], ids=["settings", "sniffed"])
def test_the_demo_january_holds_golden_case_a(settings):
    done = demo("01", "--format", "json", settings=settings)
    assert bakery(done.stdout) == {
        "S1": (10, 0, 10, 10, 0, 0, "equal", "0.00"), "S2": (10, 0, 10, 10, 0, 0, "equal", "0.00"),
        "S3": (10, 7, 17, 17, 0, 0, "equal", "0.00"), "S4": (10, 0, 10, 10, 0, 0, "equal", "0.00"),
        "S5": (10, 5, 15, 15, 0, 0, "equal", "0.00")}
    assert done.exit_code == 1
    assert [(one["row"], one["value"]) for one in json.loads(done.stdout)["refused"]] == [
        (44, "Carrosserie Lambert, S2"), (45, "Carrosserie Lambert, S2")]


@pytest.mark.parametrize("settings", [True, False], ids=["settings", "sniffed"])
def test_the_demo_february_holds_golden_case_b(settings):
    done = demo("02", "--format", "json", settings=settings)
    assert bakery(done.stdout) == {
        "S1": (10, 0, 10, 10, 0, 0, "equal", "0.00"), "S2": (10, 0, 10, 9, 0, 1, "unused", "0.00"),
        "S3": (10, 7, 17, 19, 2, 0, "over", "8.00"), "S4": (10, 0, 10, 10, 0, 0, "equal", "0.00"),
        "S5": (10, 5, 15, 14, 0, 1, "unused", "0.00"), "S6": (0, 0, 0, 2, 2, 0, "not_in_contract", None)}
    assert done.exit_code == 0
    assert json.loads(done.stdout)["unmatched"] == {
        "clients_only_in_usage": ["Studio Halloy"], "clients_only_in_contracts": ["Garage Lemaire"],
        "services_not_in_any_package_or_line": ["S6"]}


@pytest.mark.parametrize("month", ["01", "02"])
def test_the_demo_holds_twelve_clients(month):
    written_json = json.loads(demo(month, "--format", "json").stdout)
    Draft202012Validator(schema("reconciliation")).validate(written_json)
    assert len({row["client"] for row in written_json["rows"]}) == 12


def test_refused_rows_are_accepted_when_asked():
    assert demo("01", "--accept-refused").exit_code == 0


def test_plain_files_need_no_settings(tmp_path):
    done = plain(tmp_path, "--format", "json", prices=LIST)
    assert (done.exit_code, done.stderr) == (0, "Not in any package or line: S6\n")
    assert json.loads(done.stdout)["totals"] == {
        "included": 50, "extra": 12, "entitled": 62, "used": 64, "over": 4, "unused": 2}


def test_the_table_fits_a_hundred_columns_and_gives_reasons(tmp_path):
    done = plain(tmp_path, prices=LIST)
    assert max(len(line) for line in done.stdout.splitlines()) <= 100
    assert done.stdout.splitlines()[5:7] == [
        "Bakery Noé S3          10     7       17    19     2      0  over                8.00 EUR",
        "    19 used = 10 in package P1 + 7 extra + 2 not billed; from usage.csv:4, contracts.csv:2,"]
    assert "Total                  50    12       62    64     4      2" in done.stdout.splitlines()


def test_the_csv_is_safe_in_a_spreadsheet(tmp_path):
    usage = [("=HYPERLINK(1)", "S1", 2), *counted(JANUARY)]
    rows = list(csv.DictReader(io.StringIO(plain(tmp_path, "--format", "csv", usage=usage).stdout)))
    assert [(row["client"], row["service"], row["used"], row["from"]) for row in rows][:2] == [
        ("'=HYPERLINK(1)", "S1", "2", "usage.csv:2"), ("Bakery Noé", "S1", "10", "usage.csv:3 contracts.csv:2")]


def test_control_signs_do_not_reach_the_terminal(tmp_path):
    done = plain(tmp_path, usage=[("\x1b[2Jevil", "S1", 1)])
    assert "\x1b" not in done.output
    assert "·[2Jevil" in done.stdout


def test_duplicates_are_summed_when_asked(tmp_path):
    usage = [*counted(JANUARY), ("Bakery Noé", "S1", 2)]
    assert plain(tmp_path, usage=usage).exit_code == 1
    done = plain(tmp_path, "--sum-duplicates", "--format", "json", usage=usage)
    assert (done.exit_code, json.loads(done.stdout)["rows"][0]["used"]) == (0, 12)


def test_bad_rows_do_not_hide_good_ones(tmp_path):
    done = plain(tmp_path, "--format", "json", usage=[*counted(JANUARY), ("Bakery Noé", "S9", "-3")])
    assert (done.exit_code, json.loads(done.stdout)["totals"]["used"]) == (1, 62)
    assert json.loads(done.stdout)["refused"] == [{
        "file": "usage.csv", "row": 7, "field": "quantity", "value": "-3",
        "message": "a quantity is a whole number, 0 or more"}]


@pytest.mark.parametrize(("text", "message"), [
    ("[usage\n", "Error: s.toml: not a TOML file: "
     "Expected ']' at the end of a table declaration (at line 1, column 7)\n"),
    ('[usage]\ndelimeter = ";"\n', "Error: s.toml: [usage] has an unknown key delimeter; the nearest is delimiter; "
     "known: decimal, delimiter, encoding, header_row, sheet\n"),
    ("[use]\n", "Error: s.toml: unknown section [use]; the nearest is usage; "
     "known: clients, contracts, packages, prices, rules, usage\n"),
    ('[usage]\ndelimiter = "x"\n', "Error: s.toml: [usage] delimiter = 'x': it is one of ',', ';', '\\t', '|'\n"),
    ("[usage]\nheader_row = 0\n", "Error: s.toml: [usage] header_row = 0: it is 1 or more\n"),
    ("[usage]\nheader_row = true\n", "Error: s.toml: [usage] header_row = True: it is a whole number\n"),
    ("usage = 1\n", "Error: s.toml: usage should be a section such as [usage]\n"),
])
def test_settings_that_cannot_be_used_are_explained(tmp_path, text, message):
    settings = tmp_path / "s.toml"
    settings.write_text(text)
    done = plain(tmp_path, "--settings", settings)
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", message)


@pytest.mark.parametrize(("content", "message"), [
    (b"", "Error: usage.csv: the file is empty\n"),
    (b"client,service,quantity\n", "Error: usage.csv: a header and no records\n"),
    (b"client,service\nA,S1\n",
     'Error: usage.csv: column "quantity" is missing; the header holds: client, service\n'),
    (b"client,service,quantity\nA,\x00,1\n", "Error: usage.csv: line 2 holds a NUL byte; this is not a text file\n"),
])
def test_a_file_that_cannot_be_used_is_explained(tmp_path, content, message):
    usage = tmp_path / "broken" / "usage.csv"
    usage.parent.mkdir()
    usage.write_bytes(content)
    paths = written(tmp_path, packages=P1, contracts=LINES)
    done = run("--packages", paths["packages"], "--contracts", paths["contracts"], "--usage", usage)
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", message)


def test_a_missing_file_and_a_missing_option_are_wrong_use(tmp_path):
    assert run("--usage", tmp_path / "absent.csv").exit_code == 2
    assert run().exit_code == 2
