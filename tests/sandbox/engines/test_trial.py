"""Trial runs from files to their folder: reproducible, cached, refused in words, stopped at limits; never a write elsewhere."""
from __future__ import annotations

import hashlib
import json
import time

import duckdb
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from sandbox import trial
from sandbox.child import Limits
from sandbox.errors import InputRefused, RunCancelled, RunStopped
from sandbox.formats import schema
from sandbox.locked import locked_connection
from tests.sandbox.engines.tables import carried_out, parquet, read, task
from workbench.trials.commands.trial import trial as command

MAPPING = """
mapping: 1
name: counted
parameters: {most: int}
sources:
  usage: {table: supplier.usage, fields: {"SKU code": text, units: text, day: date}}
  names: {table: crosswalk.names, fields: {sku: text, code: text}}
  lines: {table: psa.lines, fields: {code: text, quantity: int}}
steps:
  - map: clean
    from: usage
    lookups: [{in: names, match: {"SKU code": sku}, take: [code]}]
    fields:
      code: {formula: code, type: text}
      units: {formula: int(units), type: int, why: numbers come as text}
    checks:
      - {name: not-negative, that: "units >= 0"}
      - {name: not-many, that: "units <= :most", level: warning}
  - aggregate: counted
    from: clean
    by: [code]
    measures: {quantity: {sum: units}}
targets: [{table: psa.lines, from: counted, key: [code], missing: withdraw}]
"""
FILES = {
    "usage": "SKU code,units,day\na,3,2026-01-01\na,4,2026-01-02\nb,x,2026-01-03\nc,-1,2026-01-04\nz,1,2026-01-05\n"
             "d,99,2026-01-06\nd,1,26-01-07\n",
    "names": "sku,code\na,A\nb,B\nc,C\nd,D\n",
    "lines": "code,quantity\nA,5\nE,1\n",
}
NO_INT = "is not a whole number; expected digits only, such as 12 or -3"
COUNTS = {"create": 1, "update": 1, "withdraw": 1, "unchanged": 0, "refused": 0, "flagged": 0}


def files(folder, **changed):
    for name, text in {**FILES, **changed}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return {name: trial.TrialInput(folder / f"{name}.csv") for name in FILES}


def rows(name, *cells, **more):
    """Rows of a Parquet from tuples, lines from 2."""
    columns = FILES[name].partition("\n")[0].split(",")
    return [{"_line": line, **dict(zip(columns, row, strict=True)), **more} for line, row in enumerate(cells, 2)]


def test_run_counts_explains_and_repeats(tmp_path):
    inputs, seen = files(tmp_path), []
    first = trial.run_trial(MAPPING, inputs, out=tmp_path / "one", parameters={"most": "50"}, cache=tmp_path / "cache",
                      report=lambda percent, doing: seen.append(doing))
    Draft202012Validator(schema("trial")).validate(first)
    assert first["targets"] == {"psa.lines": COUNTS}
    assert [(one["step"], one["item"], one["kind"], one["count"], one["sample"]) for one in first["refused"]] == [
        ("usage", "day", "source", 1, [{"source": "usage", "line": 8, "message":
          "'26-01-07' is not a date written YYYY-MM-DD with a year from 1000 to 9999"}]),
        ("clean", "names", "lookup", 1, [{"source": "usage", "line": 6, "message": "names has no row with sku = 'z'"}]),
        ("clean", "units", "field", 1, [{"source": "usage", "line": 4, "message": f"'x' {NO_INT}"}]),
        ("clean", "not-negative", "check", 1,
         [{"source": "usage", "line": 5, "message": "the check not-negative is not held: units >= 0, where units is -1"}])]
    assert [(one["name"], one["count"]) for one in first["checks"]] == [("not-negative", 1), ("not-many", 1)]
    assert first["coverage"] == {"clean.names": {"matched": 5, "unmatched": 1}}
    assert [(row["_kind"], row["code"], row["live.quantity"], row["trial.quantity"], row["_from"])
            for row in trial.diff_rows(tmp_path / "one", "psa.lines")["rows"]] == [
        ("update", "A", 5, 7, ["usage:2", "usage:3"]), ("create", "D", None, 99, ["usage:7"]),
        ("withdraw", "E", 1, None, ["lines:3"])]
    assert [row["row"] for row in trial.refused_rows(tmp_path / "one", item="units")["rows"]] == [
        '{"SKU code": "b", "units": "x", "day": "2026-01-03", "code": "B"}']
    assert "step clean" in seen
    again = trial.run_trial(MAPPING, inputs, out=tmp_path / "two", parameters={"most": "50"})
    stored = trial.stored_trial(tmp_path / "two")
    assert {**stored, "details": {**stored["details"], "seconds": 0}} == {
        **trial.stored_trial(tmp_path / "one"), "details": {**first["details"], "seconds": 0}}
    assert [read(tmp_path / "two" / name) for name in ("staged-1.parquet", "live-1.parquet", "diff-1.parquet")] == [
        read(tmp_path / "one" / name) for name in ("staged-1.parquet", "live-1.parquet", "diff-1.parquet")]
    cached = trial.run_trial(MAPPING, inputs, out=tmp_path / "three", parameters={"most": "50"}, cache=tmp_path / "cache")
    assert (again["cached"], cached["cached"], cached["run"]) == (False, True, first["run"])
    assert sorted(path.name for path in (tmp_path / "three").iterdir()) == [
        "diff-1.parquet", "live-1.parquet", "mapping.yaml", "refused.parquet", "run.json", "staged-1.parquet"]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "three").iterdir()} == {0o444}
    assert trial.trace_row(tmp_path / "one", "psa.lines", ["A"], inputs) == ["usage:2", "usage:3"]
    other = trial.run_trial(MAPPING, files(tmp_path, lines="code,quantity\nA,7\n"), out=tmp_path / "four", parameters={"most": "1"})
    assert [(one["source"], one["kind"]) for one in trial.input_drift(first, other)] == [("lines", "rows"), ("lines", "content")]
    with pytest.raises(InputRefused) as refusal:
        trial.trace_row(tmp_path / "one", "psa.lines", ["A"], inputs)
    assert str(refusal.value) == "source lines: lines.csv is not what the run read"


FAULTS = [
    ({"usage": "SKU-code,units,day\na,3,2026-01-01\n"}, {},
     'source usage: column "SKU code" is missing; the nearest is "SKU-code"'),
    ({"lines": "code,quantity,price\nA,5,1\n"}, {},
     'source lines: column "price" is new; name it in the fields, or set the contract to allow or discard'),
    ({"names": "sku,code\na,A\na,B\n"}, {}, "step clean, lookup names: 'a' stands twice in names, line 2 and line 3"),
    ({}, {"most": "many"}, f"parameter most: 'many' {NO_INT}"),
    ({}, None, "the parameter most (int) has no value"),
]


@pytest.mark.parametrize(("changed", "parameters", "message"), FAULTS)
def test_run_stops_and_names_what_does_not_fit(changed, parameters, message, tmp_path):
    columns = {name: FILES[name].partition("\n")[0].split(",") for name in FILES}
    paths = {}
    for name, text in {**FILES, **changed}.items():
        header, *lines = [line.split(",") for line in text.splitlines()]
        found = [{"_line": number, **dict(zip(header, line, strict=True))} for number, line in enumerate(lines, 2)]
        paths[name] = parquet(tmp_path / f"{name}.parquet", found, tuple(columns[name]))
    given = {} if parameters is None else {"most": "5", **parameters}
    with pytest.raises(InputRefused) as refusal:
        carried_out(tmp_path / "run", task(MAPPING, paths, parameters=given))
    assert str(refusal.value) == message


@pytest.mark.parametrize(("contract", "new"), [("allow", ["price"]), ("discard", [])])
def test_contract_lets_new_columns_pass_and_lists_allowed_ones(contract, new, tmp_path):
    mapping = MAPPING.replace("quantity: int}}", f"quantity: int}}, contract: {contract}}}")
    paths = {name: parquet(tmp_path / f"{name}.parquet", [], tuple(FILES[name].partition("\n")[0].split(",")))
             for name in ("usage", "names")}
    paths["lines"] = parquet(tmp_path / "lines.parquet", rows("lines", ("A", "5"), price="1"))
    record = carried_out(tmp_path / "run", task(mapping, paths, parameters={"most": "1"}))
    assert (record["details"]["inputs"]["lines"]["new"], record["targets"]["psa.lines"]["withdraw"]) == (new, 1)


def test_masked_columns_never_reach_the_run(tmp_path):
    mapping = MAPPING.replace("fields: {sku: text, code: text}", "fields: {sku: text, code: text}, mask: {code: hash}")
    files(tmp_path)
    paths = {name: tmp_path / f"{name}.csv" for name in FILES}
    given = {**task(mapping, paths, parameters={"most": "50"}), "secrets": {"salt": "a salt of a project"}}
    carried_out(tmp_path / "run", given)
    found = {(row["_kind"], row["code"][:2], row["_masked"]) for row in read(tmp_path / "run/out/diff-1.parquet")}
    assert found == {("create", "h:", True), ("withdraw", "A", True), ("withdraw", "E", True)}


EVIL = ["'; DROP TABLE r0; --", '"; DROP TABLE r0; --', "x') FROM read_text('/etc/passwd')--", "\\", "$$", "{0}", "%s", "a\nb"]


@pytest.mark.parametrize("text", EVIL)
def test_names_and_cells_stay_data(text, tmp_path):
    name = json.dumps(text)
    mapping = f"""
mapping: 1
name: odd
sources:
  here: {{table: a.b, fields: {{{name}: text, "n": int}}}}
  live: {{table: c.d, fields: {{{name}: text, "n": int}}}}
steps: [{{union: both, of: [here, live]}}, {{aggregate: out, from: both, by: [{name}], measures: {{n: {{max: n}}}}}}]
targets: [{{table: c.d, from: out, key: [{name}]}}]
"""
    paths = {source: parquet(tmp_path / f"{source}.parquet", [{"_line": 2, text: text, "n": number}])
             for source, number in (("here", "2"), ("live", "1"))}
    record = carried_out(tmp_path / "run", task(mapping, paths))
    assert record["targets"]["c.d"]["update"] == 1
    [row] = read(tmp_path / "run/out/diff-1.parquet")
    assert (row[text], row["live.n"], row["trial.n"], row["_from"]) == (text, 1, 2, ["here:2", "live:2"])


ESCAPES = [
    "COPY (SELECT 1) TO '{outside}/x.csv'", "SELECT * FROM read_text('/etc/passwd')", "ATTACH '{outside}/x.db'",
    "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access = true", "RESET lock_configuration",
    "SET memory_limit = '90GB'", "EXPORT DATABASE '{outside}'", "SELECT * FROM glob('/etc/*')",
    "CREATE PERSISTENT SECRET s (TYPE http)", "SELECT * FROM rows_of_python", "PRAGMA enable_profiling",
    "SELECT * FROM read_csv('http://127.0.0.1/x')", "SELECT getenv('HOME')",
]


@pytest.mark.parametrize("statement", ESCAPES)
def test_locked_connection_refuses_escapes(statement, tmp_path):
    outside, work = tmp_path / "outside", tmp_path / "work"
    outside.mkdir()
    work.mkdir()
    rows_of_python = [1]
    with locked_connection(work) as connection, pytest.raises(duckdb.Error):
        connection.execute(statement.format(outside=outside)).fetchall()
    assert (list(outside.iterdir()), rows_of_python) == ([], [1])


def test_run_stops_at_its_limits_and_leaves_nothing(tmp_path):
    inputs = files(tmp_path)
    before = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    with pytest.raises(RunCancelled):
        trial.run_trial(MAPPING, inputs, out=tmp_path / "out", parameters={"most": "1"}, cancelled=lambda: True)
    with pytest.raises(RunStopped) as stopped:
        trial.run_trial(MAPPING, inputs, out=tmp_path / "out", parameters={"most": "1"}, limits=Limits(wall_seconds=0.01))
    assert str(stopped.value) == "the run was ended after 0.01 s"
    with pytest.raises(RunStopped):
        trial.run_trial(MAPPING, inputs, out=tmp_path / "out", parameters={"most": "1"}, limits=Limits(memory_mb=150))
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()} == before


def test_preview_shows_values_and_faults_of_cells(tmp_path):
    found = trial.preview_step(MAPPING, files(tmp_path), "clean", parameters={"most": "50"})
    assert found["columns"] == [{"name": "code", "type": "text"}, {"name": "units", "type": "int"}]
    assert [(row["line"], row["cells"], row["faults"]) for row in found["rows"]] == [
        (2, ["A", "3"], {}), (3, ["A", "4"], {}), (4, ["B", None], {"units": f"'x' {NO_INT}"}),
        (5, ["C", "-1"], {"not-negative": "the check not-negative is not held: units >= 0, where units is -1"}),
        (6, [None, "1"], {"names": "names has no row with sku = 'z'"}),
        (7, ["D", "99"], {"not-many": "the check not-many is not held: units <= :most, where units is 99, :most is 50"})]
    with pytest.raises(InputRefused) as refusal:
        trial.preview_step(MAPPING, files(tmp_path), "cleen", parameters={"most": "50"})
    assert str(refusal.value) == ("the mapping has no step cleen; the nearest is clean; it has usage, names, lines, clean, "
                                  "counted")


def invoked(*arguments):
    return CliRunner().invoke(command, [str(one) for one in arguments])


def test_command_runs_shows_and_exits_by_what_was_refused(tmp_path):
    files(tmp_path)
    (tmp_path / "m.yaml").write_text(MAPPING, encoding="utf-8")
    given = ["run", "--mapping", tmp_path / "m.yaml", "--source", f"usage={tmp_path}/usage.csv", "--source",
             f"names={tmp_path}/names.csv", "--target", f"psa.lines={tmp_path}/lines.csv"]
    done = invoked(*given, "--parameter", "most=50", "--out", tmp_path / "out", "--format", "json")
    assert (done.exit_code, json.loads(done.stdout)["targets"]) == (1, {"psa.lines": COUNTS})
    assert invoked("diff", tmp_path / "out").stdout.splitlines() == [
        "psa.lines: 3 rows", "  update    A: quantity 5 → 7; from usage:2, usage:3",
        "  create    D: quantity nothing → 99; from usage:7", "  withdraw  E: quantity 1 → nothing; from lines:3"]
    assert invoked("diff", tmp_path / "out", "--format", "csv", "--kind", "create").stdout == (
        "table,kind,code,live.quantity,trial.quantity,changed,why,from,fake,edited,masked\n"
        "psa.lines,create,D,,99,,,usage:7,False,False,False\n")
    unusable = invoked(*given)
    assert (unusable.exit_code, unusable.stderr) == (2, "Error: the parameter most (int) has no value\n")


@pytest.mark.heavy
def test_preview_of_a_long_source_is_quick(tmp_path):
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT i AS _line, 'a' AS \"SKU code\", '1' AS units, '2026-01-01' AS day "
                           f"FROM range(10000000) t(i)) TO '{tmp_path}/usage.parquet' (FORMAT parquet)")
    inputs = {**files(tmp_path), "usage": trial.TrialInput(tmp_path / "usage.parquet")}
    start = time.monotonic()
    found = trial.preview_step(MAPPING, inputs, "clean", parameters={"most": "50"})
    assert (len(found["rows"]), time.monotonic() - start < 5) == (100, True)
