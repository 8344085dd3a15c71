"""Plans: what may enter, three-way checks, the inverse, rehearsals, and exports."""
from __future__ import annotations

import csv
import io
import json
import os
import re
import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sandbox.formats import schema
from sandbox.plan.checking import Decision, PlanCheck
from sandbox.plan.checking import check_plan as check
from sandbox.plan.checking import resolve_plan as resolve
from sandbox.plan.export import export_plan as export
from sandbox.plan.model import Control, Move, Plan, PlanRefused, PlanRow, PlanTarget, read_plan
from sandbox.plan.plan import inverse_plan as inverse
from sandbox.plan.plan import make_plan as make
from sandbox.plan.plan import rehearse_plan as rehearse
from sandbox.plan.plan import run_live
from sandbox.plan.values import value_from
from sandbox.reconciliation.run import Source
from tests.factories.run_folders import live_file, run_folder
from workbench.trials.commands.plan import plan as commands

TABLE = "psa.contracts"
TYPES = {"contract": "text", "price": "decimal(2)", "quantity": "int"}
LIVE = [["C-001", "10.00", "1"], ["C-007", "12.00", "3"], ["C-008", "9.00", "4"], ["C-009", None, "4"]]
STAGED = [["C-001", "10.00", "1"], ["C-007", "13.00", "3"], ["C-009", "2.50", "4"], ["C-010", "5.00", "2"],
          ["C-F", "1.00", "1"], ["C-M", "1.00", "1"]]
FAKE, MASKED = [("C-F",)], [("C-M",)]


def a_run(folder, **options):
    return run_folder(folder / "run", TYPES, 1, LIVE, STAGED, **{"fake": FAKE, "masked": MASKED, **options})


def now(folder, rows):
    return {TABLE: Source(live_file(folder / "now.parquet", TYPES, rows))}


@pytest.fixture(name="run", scope="module")
def fixture_run(tmp_path_factory):
    return a_run(tmp_path_factory.mktemp("plan"))


@pytest.fixture(name="plan", scope="module")
def fixture_plan(run):
    return make(run)


def brief(plan):
    return [(row.number, row.kind, *row.key.values(), {name: (move.live, move.trial) for name, move in row.fields.items()})
            for row in plan.rows]


ALL = [(1, "update", "C-007", {"price": ("12.00", "13.00")}),
       (2, "withdraw", "C-008", {"price": ("9.00", None), "quantity": (4, None)}),
       (3, "update", "C-009", {"price": (None, "2.50")}),
       (4, "create", "C-010", {"price": (None, "5.00"), "quantity": (None, 2)})]


def test_a_filter_that_names_no_kind_leaves_rows_in_doubt_out(tmp_path):
    folder = a_run(tmp_path)
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    record["details"]["targets"][0]["doubtful"] = ["create"]
    (folder / "run.json").unlink()
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    both = ("create", "update")
    found = {price: make(folder, only=[("price", price)], among=both) for price in ("5.00", "13.00", "9.00")}
    assert {price: [row.key["contract"] for row in plan.rows] for price, plan in found.items()} == {
        "5.00": [], "13.00": ["C-007"], "9.00": []}
    assert [plan.left_out for plan in found.values()] == [{"doubtful": 1}, {}, {}]
    assert [row.key["contract"] for row in make(folder, only=[("price", "5.00"), ("kind", "create")], among=both).rows] == ["C-010"]


def test_a_plan_of_a_whole_run_holds_every_row_but_the_fake_and_the_masked_and_names_those(run, plan):
    assert brief(plan) == ALL
    assert dict(plan.left_out) == {"fake": 1, "masked": 1}
    assert [dict(one) for one in plan.left_out_sample] == [
        {"row": "psa.contracts contract C-F", "reason": "fake"}, {"row": "psa.contracts contract C-M", "reason": "masked"}]
    assert plan.as_json()["control"] == {TABLE: {
        "create": 1, "update": 2, "withdraw": 1, "rows": {"before": 4, "after": 4},
        "sums": {"price": {"before": "31.00", "after": "30.50"}, "quantity": {"before": "12", "after": "10"}},
        "plan_sums": {"price": {"before": "21.00", "after": "20.50"}, "quantity": {"before": "4", "after": "2"}}}}
    assert plan.as_bytes() == make(run).as_bytes()
    assert read_plan(plan.as_bytes()) == plan
    assert [row.number for row in plan.part(2, 2)] == [2, 3]
    Draft202012Validator(schema("plan")).validate(plan.as_json())


def test_a_plan_by_filter_or_row_by_row_holds_that_subset_alone(run):

    def chosen(**choice):
        return [row.key["contract"] for row in make(run, **choice).rows]

    assert chosen(only=[("kind", "create"), ("kind", "withdraw")]) == ["C-008", "C-010"]
    assert chosen(only=[("price", "2.5")]) == ["C-009"]
    assert chosen(only=[("price", "9"), ("kind", "withdraw"), ("table", TABLE)]) == ["C-008"]
    assert chosen(rows=[(TABLE, ("C-010",)), (TABLE, ("C-007",))]) == ["C-007", "C-010"]
    assert chosen(without=[(TABLE, ("C-010",))]) == ["C-007", "C-008", "C-009"]
    assert chosen(only=[("contract", "C-F")]) == []


@pytest.mark.parametrize(("choice", "message"), [
    ({"rows": [(TABLE, ("C-M",)), (TABLE, ("C-F",)), (TABLE, ("C-007",))]},
     "psa.contracts contract C-F: a fake row never enters a plan\n"
     "psa.contracts contract C-M: a masked row never enters a plan: its true values are not known here"),
    ({"rows": [(TABLE, ("C-999",))]}, "psa.contracts contract C-999: no changed row of this run has this key"),
    ({"rows": [("psa.contract", ("C-7",))]}, 'psa.contract is not a target of this run; the nearest is "psa.contracts"'),
    ({"rows": [(TABLE, ("C-7", "x"))]}, "psa.contracts: a row is named by contract; 'C-7, x' was given"),
    ({"only": [("prise", "1")]}, 'no target of this run has a field "prise"; the nearest is "price"'),
    ({"only": [("price", "1,5")]}, "psa.contracts, column \"price\": '1,5': a number with a point and at most 2 places "
                                   "was expected"),
    ({"only": [("kind", "updates")]}, 'kind=updates: create, update or withdraw was expected; the nearest is "update"'),
    ({"only": [("kind", "create")], "rows": []}, "rows are chosen by filter or one by one, not both"),
], ids=["fake and masked", "no row", "no table", "key", "no field", "value", "kind", "both"])
def test_a_choice_that_cannot_be_made_is_refused_by_name(run, choice, message):
    with pytest.raises(PlanRefused, match=f"^{re.escape(message)}$"):
        make(run, **choice)


def test_a_flagged_row_enters_only_with_a_decision(tmp_path):
    run, key = a_run(tmp_path, missing="flag"), (TABLE, ("C-008",))
    assert dict(make(run).left_out) == {"fake": 1, "flagged": 1, "masked": 1}
    with pytest.raises(PlanRefused, match=r"^psa.contracts contract C-008: a flagged row enters only when it is chosen "
                                          "one by one with a decision: withdraw or keep$"):
        make(run, rows=[key])
    decided = make(run, rows=[], flagged={key: "withdraw"})
    assert brief(decided) == [(1, "withdraw", "C-008", {"price": ("9.00", None), "quantity": (4, None)})]
    assert decided.rows[0].decision == "withdraw"
    assert make(run, rows=[], flagged={key: "keep"}).rows == ()
    by_kind = CliRunner().invoke(commands, ["make", str(run), "--kind", "flagged", "-o", str(tmp_path / "plan.json")])
    assert (by_kind.exit_code, by_kind.stdout.splitlines()[1:], by_kind.stderr.partition(":")[0]) == (
        0, ["1 row: 0 create, 0 update, 1 withdraw in psa.contracts"], "Note")
    assert brief(read_plan((tmp_path / "plan.json").read_bytes())) == brief(decided)
    assert brief(make(run, kinds=["create", "flagged"])) == [
        (1, "withdraw", "C-008", {"price": ("9.00", None), "quantity": (4, None)}),
        (2, "create", "C-010", {"price": (None, "5.00"), "quantity": (None, 2)})]


def test_live_that_moved_makes_a_plan_stale_and_each_field_is_named(tmp_path, run, plan):
    assert check(plan, run_live(run)).is_stale is False
    found = check(plan, now(tmp_path, [["C-001", "99.00", "9"], ["C-007", "12.50", "8"], ["C-008", "9.00", "5"],
                                       ["C-010", "5.00", "2"]]))
    assert found.is_stale is True
    assert found.messages() == ("stale: contract C-007 price 12.00 → 12.50", "stale: contract C-008 quantity 4 → 5",
                                "stale: contract C-009 is gone")
    assert [(row.number, row.state) for row in found.rows] == [
        (1, "conflict"), (2, "conflict"), (3, "gone"), (4, "done")]
    assert found.as_json()["counts"] == {"ok": 0, "done": 1, "conflict": 2, "gone": 1}
    exists = check(plan, now(tmp_path, [*LIVE, ["C-010", "4.00", None]]))
    assert exists.messages() == ("stale: contract C-010 price nothing → 4.00",
                                 "stale: contract C-010 quantity nothing → nothing")
    with pytest.raises(PlanRefused, match=r"^now.parquet: contract C-007 stands twice, in rows 3 and 6; "
                                          "a key stands for one row$"):
        check(plan, now(tmp_path, [*LIVE, ["C-007", "1.00", "1"]]))
    with pytest.raises(PlanRefused, match=r"^the plan changes psa.contracts; name the file of this live table as it is "):
        check(plan, {})


def test_conflicts_resolved_give_a_new_plan_over_live_as_it_is(tmp_path, run, plan):
    live = now(tmp_path, [["C-007", "12.50", "3"], ["C-008", "9.00", "5"], ["C-009", None, "4"], ["C-010", "4.00", "2"]])
    found = check(plan, live)
    with pytest.raises(PlanRefused) as refused:
        resolve(plan, found, {})
    assert str(refused.value).splitlines() == [
        "row 1, contract C-007 price: original 12.00, trial 13.00, live now 12.50: say trial, live or a new value",
        "row 2, contract C-008: say live or trial for the whole row",
        "row 4, contract C-010 price: original nothing, trial 5.00, live now 4.00: say trial, live or a new value"]
    decisions = {(1, "price"): Decision("value", "14"), (2, ""): Decision("trial"), (4, "price"): Decision("trial")}
    new = resolve(plan, found, decisions)
    assert brief(new) == [
        (1, "update", "C-007", {"price": ("12.50", "14.00")}),
        (2, "withdraw", "C-008", {"price": ("9.00", None), "quantity": (5, None)}),
        (3, "update", "C-009", {"price": (None, "2.50")}),
        (4, "update", "C-010", {"price": ("4.00", "5.00")})]
    assert (new.based_on, new.sha256 != plan.sha256) == (plan.sha256, True)
    assert new.decisions[0] == {"number": 1, "row": "contract C-007", "field": "price", "taken": "value", "value": "14.00"}
    assert new.as_json()["control"][TABLE]["sums"]["price"] == {"before": "25.50", "after": "21.50"}
    assert [row.state for row in check(new, live).rows] == ["ok"] * 4
    kept = resolve(plan, found, {(1, "price"): Decision("live"), (2, ""): Decision("live"), (4, "price"): Decision("live")})
    assert [row.key["contract"] for row in kept.rows] == ["C-009"]
    with pytest.raises(PlanRefused, match=r"^row 1, contract C-007 price: 'x': a number with a point and at most 2 "):
        resolve(plan, found, {**decisions, (1, "price"): Decision("value", "x")})
    with pytest.raises(PlanRefused, match=r"^row 3, field price: there is no conflict to decide$"):
        resolve(plan, found, {**decisions, (3, "price"): Decision("trial")})
    with pytest.raises(PlanRefused, match=r"^the check is of another plan; check this plan again$"):
        resolve(new, found, {})


def test_a_rehearsal_gives_the_live_table_back_and_refuses_one_that_moved(tmp_path, run, plan):
    done = rehearse(plan, run_live(run))
    assert (done.equal, done.as_planned, done.differences) == (True, True, ())
    assert (done.before == done.reverted, done.before == done.applied) == (True, False)
    back = rehearse(inverse(plan), now(tmp_path, [["C-010", "5.00", "2"], ["C-009", "2.50", "4"], ["C-007", "13.00", "3"],
                                                  ["C-001", "10.00", "1"]]))
    assert (back.before, back.applied, back.equal) == (done.applied, done.before, True)
    with pytest.raises(PlanRefused, match=r"cannot be rehearsed on these tables:\nstale: contract C-007 price 12.00 → 1.00"):
        rehearse(plan, now(tmp_path, [["C-007", "1.00", "3"], *LIVE[2:]]))


def test_the_inverse_swaps_creations_and_withdrawals_and_its_inverse_is_the_plan_again(plan):
    back = inverse(plan)
    assert brief(back)[0] == (1, "withdraw", "C-010", {"price": ("5.00", None), "quantity": (2, None)})
    assert back.inverse_of == plan.sha256
    assert back.as_json()["control"][TABLE]["rows"] == {"before": 4, "after": 4}
    assert back.as_json()["control"][TABLE]["sums"]["price"] == {"before": "30.50", "after": "31.00"}
    assert inverse(back).rows == plan.rows


@pytest.mark.parametrize(("altered", "message"), [
    (lambda plan: {**plan, "run": "0"}, "its content is not what its hash"),
    (lambda plan: {**plan, "note": 1}, "Additional properties are not allowed"),
    (lambda plan: {**plan, "rows": [{**plan["rows"][0], "kind": "flagged"}]}, "row 1 kind: 'flagged' is not one of"),
    (lambda plan: {**plan, "rows": [plan["rows"][0], {**plan["rows"][0], "number": 2}]},
     "row 2: the row stands under number 1 already"),
    (lambda plan: {**plan, "rows": [{**plan["rows"][0], "key": {"contract": None}}]}, "row 1: the key must have a value"),
    (lambda plan: {**plan, "rows": [{**plan["rows"][0], "fields": {"price": {"live": "12.0", "trial": None}}}]},
     "column \"price\": '12.0' is not of type decimal(2)"),
    (lambda plan: {**plan, "rows": [{**plan["rows"][0], "table": "psa.other"}]}, "psa.other is not among the targets"),
    (lambda plan: [plan], "plan.json: a JSON object was expected"),
], ids=["altered", "key", "kind", "twice", "no key", "value", "table", "list"])
def test_a_plan_file_that_was_altered_is_refused(plan, altered, message):
    with pytest.raises(PlanRefused, match=re.escape(message)):
        read_plan(json.dumps(altered(plan.as_json())).encode())
    with pytest.raises(PlanRefused, match=r"^plan.json: is not a JSON file in UTF-8$"):
        read_plan(b"\xff")


def test_exports_hold_each_table_and_kind_in_cells_that_are_safe(tmp_path):
    live = [["=1+1", "1.00", "1"], ["C-2", "2.00", "2"]]
    run = run_folder(tmp_path / "run", TYPES, 1, live, [["=1+1", "1.00", "5"], ["C-2", "3.00", "2"], ["C|3", None, "1"]])
    plan = make(run)
    files = export(plan, "csv")
    assert list(files) == ["01-psa-contracts-create.csv", "02-psa-contracts-update.csv"]
    assert list(csv.reader(io.StringIO(files["02-psa-contracts-update.csv"].decode()))) == [
        ["number", "contract", "changed", "price", "price before", "quantity", "quantity before"],
        ["1", "'=1+1", "quantity", "", "", "5", "1"], ["2", "C-2", "price", "3.00", "2.00", "", ""]]
    [created] = json.loads(export(plan, "json")["01-psa-contracts-create.json"])["rows"]
    assert created["fields"] == {"price": {"live": None, "trial": None}, "quantity": {"live": None, "trial": 1}}
    text = export(plan, "checklist")["checklist.md"].decode()
    assert ("as the run read them, as `control`" in text, "3. [ ] Create 1 row of psa.contracts: file" in text) == (True, True)
    assert "2. [ ] Count in psa.contracts before the work: 2 rows, price 3.00 in all, quantity 3 in all." in text
    assert "    - contract C\\|3: price nothing, quantity 1\n" in text
    assert "5. [ ] Count in psa.contracts after the work: 3 rows, price 4.00 in all, quantity 8 in all." in text
    # Live has another row by now, and one of the two updates: it is counted as it is, and only what waits moves.
    grown = check(plan, now(tmp_path, [["=1+1", "1.00", "5"], ["C-2", "2.00", "2"], ["C-9", "7.00", "1"]]))
    text = export(plan, "checklist", grown.control)["checklist.md"].decode()
    assert "as the newest check found them. `control` in `plan.json` keeps what the run read" in text
    assert "2. [ ] Count in psa.contracts before the work: 3 rows, price 10.00 in all, quantity 8 in all." in text
    assert "5. [ ] Count in psa.contracts after the work: 4 rows, price 11.00 in all, quantity 9 in all." in text
    steps = [json.loads(line) for line in export(plan, "steps")["steps.jsonl"].decode().splitlines()]
    assert [(step["step"], step["do"]) for step in steps] == [
        (1, "check"), (2, "count"), (3, "create"), (4, "update"), (5, "count"), (6, "confirm")]


WIDE = {"id": "int", "name": "text", "price": "decimal(2)", "since": "date", "open": "bool"}
CELLS = st.tuples(
    st.none() | st.text("aé'\"=;\n\u202e漢", min_size=1, max_size=4),
    st.none() | st.integers(-10**17, 10**17).map(lambda cents: f"{Decimal(cents).scaleb(-2):.2f}"),
    st.none() | st.integers(0, 9000).map(lambda days: (date(2000, 1, 1) + timedelta(days)).isoformat()),
    st.none() | st.sampled_from(["true", "false"]))
KEYS = st.integers(-10, 20)
TABLES = st.dictionaries(KEYS, CELLS, max_size=30)
RUNS = 100 if os.environ.get("NINEFOLD_HEAVY") == "1" else 2


def rows_of(table):
    return [[str(key), *cells] for key, cells in table.items()]


def moved(table, plan):
    """The table with the plan, in plain Python."""
    held = {key: list(cells) for key, cells in table.items()}
    for row in plan.rows:
        key = row.key["id"]
        if row.kind == "withdraw":
            del held[key]
            continue
        cells = held.setdefault(key, [None] * 4)
        for name, move in row.fields.items():
            cells[list(WIDE).index(name) - 1] = str(move.trial).lower() if isinstance(move.trial, bool) else move.trial
    return {key: tuple(cells) for key, cells in held.items()}


@settings(max_examples=RUNS, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(live=TABLES, staged=TABLES, fake=st.sets(KEYS, max_size=2), part=st.sets(KEYS))
def test_a_diff_applied_to_live_gives_the_trial_and_its_inverse_gives_live_again(live, staged, fake, part):
    with tempfile.TemporaryDirectory() as folder:
        run = run_folder(Path(folder) / "run", WIDE, 1, rows_of(live), rows_of(staged),
                         fake=[(str(key),) for key in fake])
        plan = make(run, without=[(TABLE, (str(key),)) for key in part])
        done = rehearse(plan, run_live(run))
    untouched = part | fake
    expected = {key: cells for key, cells in staged.items() if key not in untouched}
    expected |= {key: cells for key, cells in live.items() if key in untouched}
    assert moved(live, plan) == expected
    assert moved(expected, inverse(plan)) == live
    assert {row.key["id"] for row in plan.rows} & untouched == set()
    assert (done.equal, done.as_planned) == (True, True)
    assert (done.before == done.applied) == (not plan.rows)


@given(st.lists(CELLS, min_size=1, max_size=6), st.data())
@settings(max_examples=60, deadline=None)
def test_a_plan_file_reads_back_to_the_same_bytes_and_no_byte_of_it_may_move(cells, data):
    kinds = list(WIDE.items())[1:]
    target = PlanTarget(TABLE, ("id",), tuple(name for name, _ in kinds), WIDE)
    values = [{name: Move(None, value_from(cell or "", target.kinds[name]))
               for (name, _), cell in zip(kinds, row, strict=True)} for row in cells]
    rows = tuple(PlanRow(number, "create", TABLE, {"id": number}, fields) for number, fields in enumerate(values, 1))
    plan = Plan("m", "r", (target,), rows, {TABLE: Control(0, {"price": "0"})})
    content = plan.as_bytes()
    assert read_plan(content).as_bytes() == content
    at = data.draw(st.integers(0, len(content) - 2))
    other = content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1:]
    with pytest.raises(PlanRefused, match=r"^plan\.json: "):
        read_plan(other)


def run_command(*arguments):
    return CliRunner().invoke(commands, [str(argument) for argument in arguments])


def test_the_commands_make_check_export_invert_and_rehearse_a_plan(tmp_path, run):
    file = tmp_path / "plan.json"
    made = run_command("make", run, "-o", file)
    assert made.exit_code == 1
    assert "Left out: psa.contracts contract C-F: fake" in made.stderr
    again = run_command("make", run, "--only", "kind=update", "--only", "contract=C-007", "-o", file)
    assert (again.exit_code, again.stdout) == (0, f"Plan {read_plan(file.read_bytes()).sha256}\n1 row: 0 create, 1 update, "
                                                  "0 withdraw in psa.contracts\n")
    moved_rows = live_file(tmp_path / "moved.parquet", TYPES, [["C-007", "12.50", "3"]])
    stale = run_command("check", file, "--live", f"psa.contracts={moved_rows}")
    assert (stale.exit_code, stale.stdout) == (1, "stale: contract C-007 price 12.00 → 12.50\n")
    export_of_psa = tmp_path / "contracts.csv"
    export_of_psa.write_text("contract;price;quantity;note\nC-007;12,00;3;x\nC-001;10,00;1;\n", encoding="cp1252")
    fine = run_command("check", file, "--live", f"contracts={export_of_psa}", "--decimal", ",")
    assert (fine.exit_code, fine.stdout) == (0, "1 row: 1 ok, 0 done; the plan is not stale\n")
    assert run_command("rehearse", file, "--live", f"contracts={export_of_psa}", "--decimal", ",").exit_code == 0
    assert run_command("check", file, "--live", f"contracts={export_of_psa}").exit_code == 0  # the comma is recognised
    unread = run_command("check", file, "--live", f"contracts={export_of_psa}", "--decimal", ".")
    assert (unread.exit_code, unread.stderr) == (
        2, "Error: contracts.csv: row 2, column \"price\": '12,00' is not of type decimal(2) with the decimal mark .; "
           "name another with --decimal, or as decimal of its section in --settings\n")
    other = run_command("check", file, "--live", f"contract={export_of_psa}")
    assert (other.exit_code, other.stderr) == (
        2, "Error: --live contract: no table of the plan has this name; the plan has psa.contracts\n")
    assert run_command("inverse", file, "-o", tmp_path / "back.json").exit_code == 0
    assert read_plan((tmp_path / "back.json").read_bytes()).inverse_of == read_plan(file.read_bytes()).sha256
    assert run_command("export", file, "-o", tmp_path / "out").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "01-psa-contracts-update.csv", "01-psa-contracts-update.json", "checklist.md", "steps.jsonl"]
    file.write_bytes(file.read_bytes().replace(b"C-007", b"C-008"))
    assert run_command("check", file, "--live", f"contracts={moved_rows}").exit_code == 2


def test_a_check_says_nothing_of_a_plan_without_rows(tmp_path):
    empty = Plan("m", "r", (), (), {})
    assert check(empty, {}) == PlanCheck(empty.sha256, (), {}, {})
