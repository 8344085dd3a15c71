"""What the commands say to somebody who gives them the wrong thing, and that nothing is taken silently."""
from __future__ import annotations

import json
import os

import pytest
from click.testing import CliRunner

from sandbox.formula.faults import FormulaFault
from sandbox.formula.parser import parsed
from sandbox.plan.model import read_plan
from sandbox.receiving.contracts import held
from workbench.trials.commands.mapping import mapping
from workbench.trials.commands.offers import offers
from workbench.trials.commands.plan import plan
from workbench.trials.commands.reconcile import reconcile
from workbench.trials.commands.trial import trial

LEFT_OUT = "rows were refused, edited or left out on the way to it; of the 1 to withdraw some may be missing for that alone."
RULES = """\
mapping: 1
name: two-tables
parameters: {least: int}
sources:
  usage: {table: supplier.usage, fields: {client: text, unit: int, price: decimal(2)}}
  lines: {table: psa.lines, fields: {client: text, unit: int}}
  sums: {table: psa.sums, fields: {client: text, price: decimal(2)}}
steps:
  - map: counted
    from: usage
    where: unit >= :least
    fields:
      client: {formula: client, type: text}
      unit: {formula: unit, type: int}
      price: {formula: price, type: decimal(2)}
targets:
  - {table: psa.lines, from: counted, key: [client], compare: [unit], missing: withdraw}
  - {table: psa.sums, from: counted, key: [client], compare: [price], missing: flag}
"""


def said(command, *arguments):
    done = CliRunner().invoke(command, [str(one) for one in arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(("written", "instead", "words"), [
    ("{formula: unit, type: int}", "{formula: unit, typ: int}",
     "step counted, field unit: the key typ is not known here; expected one of formula, type, why; the nearest is type"),
    (":least", ":leasts", "step counted, where: there is no parameter :leasts; expected :least; the nearest is :least"),
    ("unit >= :least", "units >= :least",
     "step counted, where: there is no column units; expected one of client, unit, price; the nearest is unit"),
    ("unit >= :least", "unit => :least", "step counted, where: => cannot stand here: at least is written >="),
])
def test_a_fault_of_a_mapping_names_what_could_stand_there(tmp_path, written, instead, words):
    path = tmp_path / "m.yaml"
    path.write_text(RULES.replace(written, instead))
    status, out, _ = said(mapping, "check", path)
    faults = [line.partition(": ")[2] for line in out.splitlines()]
    assert (status, [fault for fault in faults if fault == words]) == (1, [words])


def test_an_open_bracket_is_said_to_lack_its_closing_one():
    with pytest.raises(FormulaFault, match=r"^character 3: \( has no \); expected \) before the end of the formula$"):
        parsed("if(unit > 0, 1")


def test_a_missing_column_that_nothing_is_like_comes_with_what_the_file_has():
    assert held(("x9", "y9"), ("client", "unit"), "freeze").in_words("usage") == (
        'source usage: column "client" is missing; the file has x9, y9', 'source usage: column "unit" is missing',
        'source usage: column "x9" is new; name it in the fields, or set the contract to allow or discard',
        'source usage: column "y9" is new; name it in the fields, or set the contract to allow or discard')


@pytest.fixture(name="given", scope="module")
def fixture_given(tmp_path_factory):
    """A folder with the mapping, its files (one of them French) and a run."""
    folder = tmp_path_factory.mktemp("été")
    (folder / "m.yaml").write_text(RULES)
    (folder / "usage.csv").write_text("client,unit,price\nA,3,1.50\nB,4,2.00\nC,oops,1.00\n")
    (folder / "lines.csv").write_text("client,unit\nA,1\nB,4\nC,9\n")
    (folder / "odd.csv").write_text("client,unit\nA,1\nB,4\n,9\nD,\n")
    (folder / "sums.csv").write_text("client;price\nA;1,50\nB;1 234,50\nC;1,00\n", encoding="cp1252")
    (folder / "s.toml").write_text('[sums]\ndecimal = ","\n')
    status, out, _ = said(trial, "run", *_inputs(folder), "--parameter", "least=1", "--out", folder / "run")
    assert (status, out.splitlines()[-5:-1]) == (1, [
        "Refused: 1 row at usage, source unit",
        "    usage:4 'oops' is not a whole number; expected digits only, such as 12 or -3",
        f"Note: target psa.lines: {LEFT_OUT}",
        f"Note: target psa.sums: {LEFT_OUT}"])
    return folder


def _inputs(folder):
    return ["--mapping", folder / "m.yaml", "--source", f"usage={folder / 'usage.csv'}", "--target",
            f"lines={folder / 'lines.csv'}", "--target", f"psa.sums={folder / 'sums.csv'}", "--settings", folder / "s.toml"]


@pytest.mark.parametrize(("more", "words"), [
    (["--parameter", "least=1", "--parameter", "least=2"], "--parameter NAME=VALUE: least is given twice"),
    (["--parameter", "least"], "--parameter NAME=VALUE: 'least' has no = and what comes after it"),
    (["--source", "usage="], "--source usage: there is no name of a file after ="),
    (["--source", "more=/"], "--source more: / is a folder; a file was expected"),
    (["--source", "more=/dev/null"], "--source more: /dev/null is a pipe or a device; a file was expected"),
])
def test_an_option_of_a_run_that_cannot_be_taken_is_named(given, more, words):
    status, _, err = said(trial, "run", *_inputs(given), *more)
    assert (status, err.splitlines()[-1]) == (2, f"Error: {words}")


def test_a_pipe_that_nobody_writes_to_holds_no_command_up(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    said_of_it = f"{pipe} is a pipe or a device; a file was expected"
    for command, *given in ((mapping, "check", pipe), (offers, "compare", pipe), (plan, "check", pipe, "--live", "lines=x"),
                            (reconcile, "--packages", pipe), (trial, "run", "--mapping", pipe)):
        status, _, err = said(command, *given)
        assert (status, err.splitlines()[-1].endswith(f": {said_of_it}")) == (2, True), (given, err)


def test_a_run_whose_folder_cannot_be_written_is_refused(given):
    status, _, err = said(trial, "run", *_inputs(given), "--parameter", "least=1", "--out", given / "m.yaml" / "run")
    assert (status, err.startswith(f"Error: {given / 'm.yaml' / 'run'}: cannot be written (")) == (2, True)


def test_a_plan_asks_for_the_tables_that_it_changes_and_no_others(given):
    file = given / "plan.json"
    assert said(plan, "make", given / "run", "--only", "kind=update", "--only", "client=A", "-o", file)[0] == 0
    made = read_plan(file.read_bytes())
    assert ([one.table for one in made.targets], list(made.control)) == (["psa.lines"], ["psa.lines"])
    lines = f"lines={given / 'lines.csv'}"
    assert said(plan, "check", file, "--live", lines)[:2] == (0, "1 row: 1 ok, 0 done; the plan is not stale\n")
    assert said(plan, "check", file, "--live", lines, "--live", f"psa.{lines}")[2] == (
        "Error: --live psa.lines: psa.lines is given twice\n")
    assert said(plan, "check", file, "--live", f"lines={given}")[2] == (
        f"Error: --live lines: {given} is a folder; a file was expected\n")


def test_live_files_of_a_plan_may_each_be_written_their_own_way(given):
    file = given / "all.json"
    made = said(plan, "make", given / "run", "-o", file)
    assert (made[0], made[2].splitlines()) == (0, [
        "Left out: psa.lines client C: doubtful", "Left out: psa.sums client C: flagged",
        "Doubtful: rows were refused, edited or left out, and for that alone these may look gone or new. "
        "Take them in by their kind: --kind withdraw or --kind create.",
        "Flagged: live rows that the trial does not have. Withdraw them with --kind flagged."])
    live = ["--live", f"lines={given / 'lines.csv'}", "--live", f"sums={given / 'sums.csv'}"]
    fine = (0, "2 rows: 2 ok, 0 done; the plan is not stale\n")
    assert said(plan, "check", file, *live)[:2] == fine  # each file's decimal mark is recognised
    assert said(plan, "check", file, *live, "--decimal", ".")[0] == 2
    assert said(plan, "check", file, *live, "--decimal", ".", "--settings", given / "s.toml")[:2] == fine
    (given / "other.toml").write_text('[sum]\ndecimal = ","\n')
    assert said(plan, "check", file, *live, "--settings", given / "other.toml")[2] == (
        "Error: --settings other.toml: no section is of a live table; it has sum, and the plan has psa.lines, psa.sums\n")
    assert said(plan, "make", given / "run", "--only", "kind=withdraw", "-o", file)[1].splitlines()[1] == (
        "1 row: 0 create, 0 update, 1 withdraw in psa.lines")


def test_a_plan_says_which_live_rows_its_control_totals_leave_out(given, tmp_path):
    odd = [f"lines={given / 'odd.csv'}" if str(one).startswith("lines=") else one for one in _inputs(given)]
    assert said(trial, "run", *odd, "--parameter", "least=1", "--out", tmp_path / "run")[0] == 1
    assert said(plan, "make", tmp_path / "run", "--only", "table=psa.lines", "--only", "kind=withdraw",
                "--only", "kind=create", "--only", "kind=update", "--only", "kind=refused", "-o", tmp_path / "p.json")[2] == (
        "Left out: psa.lines client nothing: refused\n"
        "Not in the control totals of psa.lines: live rows that were refused, 1 at psa.lines, target live-key-empty\n")
    rows = said(trial, "diff", tmp_path / "run", "--kind", "withdraw")[1].splitlines()
    assert rows[:2] == ["psa.lines: 1 row", "  withdraw  D; from lines:5"]


def test_a_plan_is_not_exported_beside_the_files_of_another(given, tmp_path):
    for name, only in (("one", "client=A"), ("two", "client=B")):
        assert said(plan, "make", given / "run", "--only", only, "-o", tmp_path / name)[0] == 0
        assert said(plan, "export", tmp_path / name, "-o", tmp_path / f"{name} out")[0] == 0
    assert said(plan, "export", tmp_path / "one", "-o", tmp_path / "one out")[0] == 0
    status, _, err = said(plan, "export", tmp_path / "one", "-o", tmp_path / "two out")
    assert (status, err) == (2, "Error: two out: the folder holds 01-psa-sums-update.csv, which is not of this plan; "
                                "name a new or an empty folder\n")


def test_an_empty_plan_and_a_file_that_is_no_plan_are_named(given, tmp_path):
    assert said(plan, "make", given / "run", "--only", "client=Z", "-o", tmp_path / "none.json")[2] == (
        "No row was chosen: the plan is empty.\n")
    (tmp_path / "other.json").write_text(json.dumps({"rows": []}))
    status, _, err = said(plan, "export", tmp_path / "other.json", "-o", tmp_path / "x")
    assert (status, err.partition("; ")[2]) == (2, "the file that `plan make` wrote was expected\n")
    assert said(plan, "make", given / "run", "-o", tmp_path / "no" / "p.json")[2] == (
        f"Error: {tmp_path / 'no' / 'p.json'}: cannot be written (No such file or directory)\n")


@pytest.fixture(name="books")
def fixture_books(tmp_path):
    (tmp_path / "p.csv").write_text("package,service,units\nP1,S1,1\n")
    (tmp_path / "c.csv").write_text("client,contract,kind,item,quantity,unit_price,currency\n"
                                    "Ets. Lefèvre & Fils,C,package,P1,1,30.00,EUR\nEts. Lefèvre & Fils,C,service,S1,4,,\n")
    (tmp_path / "u.csv").write_text("client,service,quantity\nEts. Lefèvre & Fils,S1,1\nX,S2,2\n")
    return ["--packages", tmp_path / "p.csv", "--contracts", tmp_path / "c.csv", "--usage", tmp_path / "u.csv"]


def test_an_empty_period_is_refused_and_not_taken_for_none(books):
    status, _, err = said(reconcile, *books, "--period", "")
    assert (status, err.splitlines()[-1]) == (
        2, "Error: --period: it is empty; a month is written year-month, such as 2026-01")


def test_a_header_that_was_not_cut_points_at_the_delimiter(books, tmp_path):
    (tmp_path / "s.toml").write_text('[usage]\ndelimiter = ";"\n')
    assert said(reconcile, *books, "--settings", tmp_path / "s.toml")[2] == (
        'Error: u.csv: column "client" is missing; the header holds: client,service,quantity in one piece; '
        "check delimiter under [usage] of the settings\n")


def test_the_table_fits_a_terminal_of_80_columns(books, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = said(reconcile, *books)[1].splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[4:6] == ["X                   S2           0     0     2     2      0  not in contract",
                          "    2 used = 2 not in contract (no price); from u.csv:3"]
    assert [line for line in lines if line.startswith("Every count")] == [
        "Every count billed as a line: 3 units, 30.00 EUR: 1 unit fewer; 3 without a"]


def test_offers_say_the_most_that_is_saved_and_no_fractions(tmp_path):
    path = tmp_path / "o.toml"
    written = ('title = "T"\nunit = "GB"\ncurrency = "EUR"\n[range]\nto = 20\n'
               '[[offers]]\nname = "by use"\noverage = 3\nfees = []\n'
               '[[offers]]\nname = "tiers"\nfees = [{name = "f", amount = 10, per = "line"}]\n'
               'tiers = [{up_to = 10, price = 0}, {price = 4}]\n')
    path.write_text(written)
    out = said(offers, "compare", path)[1].splitlines()
    assert [line for line in out if line.startswith(("From", "Equal"))] == [
        'From 0 to about 3.33 GB a line, offer "by use": 0.00 to 10.00 EUR less than the next.',
        'From about 3.33 to 20 GB a line, offer "tiers": 0.00 to 20.00 EUR less than the next.',
        "Equal at about 3.33 GB: by use and tiers, 10.00 EUR"]
    path.write_text(written.replace("currency", "curency"))
    assert said(offers, "compare", path)[2].startswith("Error: o.toml: unknown key curency; the nearest is currency; ")
    path.write_text(f'count = 1\n{written}[[lines]]\nname = "a"\nuse = 1\n[[lines]]\nname = "b"\nuse = 1\n')
    assert said(offers, "compare", path)[2] == (
        "Error: o.toml: count: 1; 2 lines are named, the count is that or more\n")
