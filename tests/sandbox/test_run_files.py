"""The folder of a run: its files are checked by their hashes, its marks keep rows out of plans, its CSV is one table."""
from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from sandbox.compare import compare_runs
from sandbox.errors import InputRefused
from sandbox.mirror.overlay import CellEdit, FakeRow, applied
from sandbox.plan.model import PlanRefused
from sandbox.plan.plan import make_plan
from sandbox.trial import TrialInput, diff_rows, refused_rows, run_trial, stored_trial
from tests.sandbox.engines.tables import parquet, read
from workbench.trials.commands.trial import trial as command

MAPPING = """
mapping: 1
name: two-targets
sources:
  usage: {table: s.usage, fields: {code: text, units: text}}
  names: {table: s.names, fields: {code: text, title: text}}
  lines: {table: psa.lines, fields: {code: text, quantity: int}}
  labels: {table: psa.labels, fields: {kind: text, title: text}}
steps:
  - map: counted
    from: usage
    fields: {code: {formula: code, type: text}, quantity: {formula: int(units), type: int}}
  - map: named
    from: usage
    lookups: [{in: names, match: {code: code}, take: [title], required: true}]
    fields: {kind: {formula: code, type: text}, title: {formula: title, type: text}}
targets:
  - {table: psa.lines, from: counted, key: [code], missing: withdraw}
  - {table: psa.labels, from: named, key: [kind], missing: keep}
"""
TABLES = {"usage": ("code,units", ["a,3", "b,4"]), "names": ("code,title", ["a,Alpha", "b,Beta"]),
          "lines": ("code,quantity", ["a,2", "c,1"]), "labels": ("kind,title", ["a,Alpha"])}


def inputs(folder):
    for name, (header, rows) in TABLES.items():
        (folder / f"{name}.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return {name: TrialInput(folder / f"{name}.csv") for name in TABLES}


@pytest.fixture(name="run", scope="module")
def fixture_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    run_trial(MAPPING, inputs(folder), out=folder / "run", cache=folder / "cache")
    return folder / "run"


def test_a_file_that_is_not_as_the_run_left_it_is_refused_by_name(run, tmp_path):
    files = stored_trial(run)["details"]["files"]
    assert files == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in run.iterdir()
                     if path.name != "run.json"}
    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    assert diff_rows(copy, "psa.lines")["total"] == 3
    (copy / "diff-1.parquet").chmod(0o644)
    (copy / "diff-1.parquet").write_bytes((run / "diff-2.parquet").read_bytes())
    said = r"^copy: diff-1.parquet is not as the run left it: its SHA-256 is another. Run the mapping again$"
    for reading in (lambda: diff_rows(copy, "psa.lines"), lambda: make_plan(copy), lambda: compare_runs(run, copy)):
        with pytest.raises(InputRefused, match=said):
            reading()
    assert diff_rows(copy, "psa.labels")["total"] == 1
    (copy / "refused.parquet").unlink()
    with pytest.raises(InputRefused, match=r"^copy: no file refused.parquet$"):
        refused_rows(copy)
    done = CliRunner().invoke(command, ["diff", str(copy)])
    assert (done.exit_code, done.stderr.splitlines()) == (
        2, ["Error: copy: diff-1.parquet is not as the run left it: its SHA-256 is another. Run the mapping again"])


def test_a_finished_run_that_was_altered_gives_no_answer_to_the_same_inputs(run, tmp_path):
    cache = tmp_path / "cache"
    shutil.copytree(run.parent / "cache", cache)
    [kept] = cache.iterdir()
    (kept / "staged-1.parquet").chmod(0o644)
    (kept / "staged-1.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputRefused, match=f"^{kept.name}: staged-1.parquet is not as the run left it"):
        run_trial(MAPPING, inputs(tmp_path), out=tmp_path / "again", cache=cache)
    assert (tmp_path / "again").exists() is False


def test_a_run_of_an_earlier_version_is_read_with_a_note(run, tmp_path):
    copy = tmp_path / "old"
    shutil.copytree(run, copy)
    record = stored_trial(copy)
    del record["details"]["files"]
    (copy / "run.json").chmod(0o644)
    (copy / "run.json").write_text(json.dumps(record), encoding="utf-8")
    done = CliRunner().invoke(command, ["diff", str(copy)])
    assert (done.exit_code, done.stdout.splitlines()[0], done.stderr) == (0, "psa.lines: 3 rows",
        "Note: old: the run kept no hashes of its files; nothing shows that they are as it left them.\n")


def test_the_difference_of_several_tables_is_one_csv(run):
    done = CliRunner().invoke(command, ["diff", str(run), "--format", "csv"])
    assert list(csv.reader(io.StringIO(done.stdout))) == [
        ["table", "kind", "code", "key.kind", "live.quantity", "trial.quantity", "live.title", "trial.title", "changed", "why",
         "from", "fake", "edited", "masked"],
        ["psa.lines", "update", "a", "", "2", "3", "", "", "quantity", "", "usage:2", "False", "False", "False"],
        ["psa.lines", "create", "b", "", "", "4", "", "", "", "", "usage:3", "False", "False", "False"],
        ["psa.lines", "withdraw", "c", "", "1", "", "", "", "", "", "lines:3", "False", "False", "False"],
        ["psa.labels", "create", "", "b", "", "", "", "Beta", "", "", "usage:3", "False", "False", "False"]]


def test_a_row_that_comes_from_an_edited_value_never_enters_a_plan(tmp_path):
    def table(name):
        header, rows = TABLES[name]
        columns = header.split(",")
        return columns, parquet(tmp_path / f"{name}.parquet", [
            {"_line": line, **dict(zip(columns, row.split(","), strict=True))} for line, row in enumerate(rows, 2)])

    paths = {name: table(name)[1] for name in TABLES}
    edits = {"usage": [CellEdit({"code": "a"}, "units", "9", "3"), FakeRow({"code": "f", "units": "1"}, 1)],
             "names": [CellEdit({"code": "b"}, "title", "Bravo", "Beta")]}
    for name, made in edits.items():
        paths[name] = applied(paths[name], table(name)[0], made, tmp_path / f"{name}-overlaid.parquet").path
    run_trial(MAPPING, {name: TrialInput(path) for name, path in paths.items()}, out=tmp_path / "run")
    assert [(row["code"], row["_fake"], row["_edited"]) for row in read(tmp_path / "run" / "diff-1.parquet")] == [
        ("a", False, True), ("b", False, False), ("c", False, False), ("f", True, False)]
    assert [(row["kind"], row["_fake"], row["_edited"]) for row in read(tmp_path / "run" / "diff-2.parquet")] == [
        ("b", False, True)]
    plan = make_plan(tmp_path / "run")
    assert ([(row.table, *row.key.values()) for row in plan.rows], dict(plan.left_out)) == (
        [("psa.lines", "b"), ("psa.lines", "c")], {"edited": 2, "fake": 1})
    refusal = "psa.lines code a: a row that comes from an edited value never enters a plan: no tool holds that value"
    with pytest.raises(PlanRefused, match=f"^{re.escape(refusal)}$"):
        make_plan(tmp_path / "run", rows=[("psa.lines", ("a",))])


def test_a_command_that_is_asked_to_end_leaves_nothing_behind(tmp_path):
    inputs(tmp_path)
    (tmp_path / "m.yaml").write_text(MAPPING, encoding="utf-8")
    with (tmp_path / "usage.csv").open("a", encoding="utf-8") as more:
        more.writelines(f"x{number},{number}\n" for number in range(400_000))
    (tmp_path / "place").mkdir()
    given = [f"--source={name}={tmp_path}/{name}.csv" for name in TABLES]
    code = "import sys; from workbench.trials.commands.trial import trial; trial(sys.argv[1:], prog_name='trial')"
    started = subprocess.Popen([sys.executable, "-c", code, "run", f"--mapping={tmp_path}/m.yaml", *given,
                                f"--out={tmp_path}/place/run"])
    end = time.monotonic() + 30
    while not list((tmp_path / "place").iterdir()) and started.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    started.send_signal(signal.SIGTERM)
    assert (started.wait(30), list((tmp_path / "place").iterdir())) == (128 + signal.SIGTERM, [])
