"""Two runs side by side: what a changed rule moved, row by row, exactly."""
from __future__ import annotations

import json
import time

import duckdb
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from sandbox.compare import compare_runs
from sandbox.errors import InputRefused
from sandbox.formats import schema
from tests.factories.run_folders import run_folder
from workbench.trials.commands.compare import compare as command

TYPES = {"client": "int", "code": "text", "price": "decimal(2)", "quantity": "int"}
LIVE = [["1", "S1", "10.00", "1"], ["1", "S2", "10.00", "2"], ["2", "S1", "10.00", "3"], ["3", "S1", None, "4"]]
FIRST = [["1", "S1", "11.00", "1"], ["1", "S2", "10.00", "5"], ["3", "S1", None, "4"], ["4", "é\"'", "1.00", "1"]]
SECOND = [["1", "S1", "12.00", "1"], ["1", "S2", "10.00", "5"], ["2", "S1", None, "7"], ["3", "S1", "2.00", "4"]]
MAPPING = """mapping: 1
name: m
sources: {lines: {table: psa.lines, fields: {client: int, price: decimal}}}
steps:
  - map: out
    from: lines
    fields: {client: {formula: client, type: int}, price: {formula: FORMULA, type: decimal}}
"""


@pytest.fixture(name="runs", scope="module")
def fixture_runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compared")
    options = {"table": "psa.lines"}
    return (run_folder(folder / "a", TYPES, 2, LIVE, FIRST, mapping=MAPPING.replace("FORMULA", "price"), **options),
            run_folder(folder / "b", TYPES, 2, LIVE, SECOND, mapping=MAPPING.replace("FORMULA", "price * 2"), **options))


def test_a_comparison_names_what_moved_and_which_rule_did_it(runs, tmp_path):
    found = compare_runs(*runs, out=tmp_path / "out")
    [target] = found.targets
    assert target["counts"] == {"only_first": 1, "only_second": 1, "moved": 2}
    assert target["diff_rows"] == {"first": 4, "second": 4}
    assert target["fields"] == {"price": 1, "quantity": 1}
    assert [(row["state"], row["kind"]["first"], row["kind"]["second"], list(row["key"].values()), row["fields"])
            for row in target["rows"]] == [
        ("moved", "update", "update", [1, "S1"], {"price": {"first": "11.00", "second": "12.00"}}),
        ("moved", "withdraw", "update", [2, "S1"], {"quantity": {"first": None, "second": 7}}),
        ("only_second", None, "update", [3, "S1"],
         {"price": {"first": None, "second": "2.00"}, "quantity": {"first": None, "second": 4}}),
        ("only_first", "create", None, [4, "é\"'"],
         {"price": {"first": "1.00", "second": None}, "quantity": {"first": 1, "second": None}})]
    assert found.mapping["changes"] == ["step out: field price is now `price * 2` (was `price`)"]
    assert [(one["name"], one["same"]) for one in found.inputs] == [("lines", True), ("usage", False)]
    assert json.loads((tmp_path / "out" / "comparison.json").read_text(encoding="utf-8")) == found.as_json()
    Draft202012Validator(schema("comparison")).validate(found.as_json())
    with duckdb.connect() as connection:
        kept = connection.execute(f"SELECT client, code, _state, _moved FROM '{tmp_path / 'out' / 'moved-1.parquet'}'")
        assert kept.fetchall() == [(1, "S1", "moved", ["price"]), (2, "S1", "moved", ["quantity"]),
                                   (3, "S1", "only_second", []), (4, "é\"'", "only_first", [])]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["comparison.json", "moved-1.parquet"]


def test_targets_that_cannot_be_compared_say_why_and_a_run_is_equal_to_itself(runs, tmp_path):
    other = run_folder(tmp_path / "c", {"client": "int", "price": "text"}, 1, [["1", "x"]], [["1", "y"]],
                       table="psa.lines", mapping=MAPPING)
    assert compare_runs(runs[0], other).targets[0]["not_compared"] == (
        "the key is client, code in the first run and client in the second")
    same = compare_runs(runs[0], runs[0])
    assert (same.is_same, same.mapping["same"], same.targets[0]["rows"]) == (True, True, [])
    third = run_folder(tmp_path / "d", {"client": "int", "price": "text"}, 1, [], [], mapping=MAPPING)
    assert [one["not_compared"] for one in compare_runs(other, third).targets] == [
        "only the first run has this table", "only the second run has this table"]
    (third / "run.json").unlink()
    with pytest.raises(InputRefused, match=r"^d: run\.json cannot be read \(No such file or directory\); the folder that "):
        compare_runs(other, third)


def test_the_command_shows_a_comparison_as_table_json_and_csv(runs):
    said = {form: CliRunner().invoke(command, [*map(str, runs), "--format", form]) for form in ("table", "json", "csv")}
    assert [one.exit_code for one in said.values()] == [0, 0, 0]
    Draft202012Validator(schema("comparison")).validate(json.loads(said["json"].stdout))
    assert said["csv"].stdout.splitlines()[1] == (
        "psa.lines,client=1; code=S1,moved,update,update,price,11.00,12.00,rule of update")
    assert "mapping: step out: field price is now `price * 2` (was `price`)" in said["table"].stdout
    assert "moved        client 1, code S1  price 11.00 → 12.00" in said["table"].stdout


@pytest.mark.heavy
def test_two_runs_of_a_million_rows_are_compared_in_little_time(tmp_path):
    folders = [run_folder(tmp_path / name, TYPES, 2, LIVE, FIRST, table="psa.lines", mapping=MAPPING) for name in "ab"]
    for step, folder in enumerate(folders):
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT 'update' AS _kind, i AS client, 'S' || (i % 9) AS code, 1.00::DECIMAL(18,2) AS "
                f"\"live.price\", i AS \"live.quantity\", ((i % (50 + {step}) + 1) / 4)::DECIMAL(18,2) AS \"trial.price\", "
                f"i AS \"trial.quantity\", ['price'] AS _changed, 'rule' AS _why, ['usage:' || i] AS _from, "
                f"false AS _fake, false AS _masked FROM range({step * 1000}, 1000000 + {step * 1000}) AS r(i) ORDER BY i) "
                f"TO '{folder / 'diff-1.parquet'}' (FORMAT parquet)")
    started = time.perf_counter()
    found = compare_runs(*folders, out=tmp_path / "out")
    assert time.perf_counter() - started < 10
    assert found.targets[0]["counts"]["only_first"] == 1000
