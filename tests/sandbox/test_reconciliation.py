"""The child process: the same result as in this one, limits that hold, inputs hashed before and after."""
from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sandbox.child import Limits, child_environment
from sandbox.errors import InputRefused, RunStopped
from sandbox.mirror.mirror import Mirror
from sandbox.reconciliation.run import Source, reconcile_in_child
from sandbox.reconciliation.settings import load_settings
from tests.sandbox.cases import DEMO, FEBRUARY, LINES, LIST, P1, counted, reconciled, written

ROLES = {"packages": DEMO / "psa/packages.csv", "contracts": DEMO / "psa/contracts.csv",
         "prices": DEMO / "psa/prices.csv", "clients": DEMO / "aliases.csv"}


def golden_sources(tmp_path):
    paths = written(tmp_path, packages=P1, contracts=LINES, usage=counted(FEBRUARY), prices=LIST)
    return {role: Source(path) for role, path in paths.items()}


def a_long_usage(tmp_path, rows):
    sources = golden_sources(tmp_path)
    with sources["usage"].path.open("a") as file:
        file.writelines(f"client {number},S1,1\n" for number in range(rows))
    return sources


def test_the_child_gives_what_this_process_gives(tmp_path):
    outcome = reconcile_in_child(golden_sources(tmp_path))
    assert outcome.result == reconciled(counted(FEBRUARY), prices=LIST)
    assert {one.role: one.is_unchanged for one in outcome.inputs} == dict.fromkeys(
        ("packages", "contracts", "usage", "prices"), True)


def test_inputs_are_the_same_bytes_afterwards(tmp_path):
    sources = golden_sources(tmp_path)
    paths = [source.path for source in sources.values()]
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in paths]
    reconcile_in_child(sources)
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in paths] == before


def test_a_refusal_of_the_child_keeps_its_words(tmp_path):
    sources = golden_sources(tmp_path)
    sources["usage"].path.write_text("client,service,quantité\nA,S1,1\n", encoding="utf-8")
    with pytest.raises(InputRefused) as refusal:
        reconcile_in_child(sources)
    assert str(refusal.value) == (
        'usage.csv: column "quantity" is missing; the nearest is "quantité"; '
        "the header holds: client, service, quantité")


def test_a_run_that_wants_too_much_memory_is_ended(tmp_path):
    with pytest.raises(RunStopped) as stop:
        reconcile_in_child(a_long_usage(tmp_path, 300_000), limits=Limits(memory_mb=96))
    assert str(stop.value) == "the run was ended: it needs more than 96 MB of memory"


def test_a_run_that_computes_too_long_is_ended(tmp_path):
    with pytest.raises(RunStopped) as stop:
        reconcile_in_child(a_long_usage(tmp_path, 600_000), limits=Limits(cpu_seconds=1, memory_mb=4096))
    assert str(stop.value) == "the run was ended after 1 s of computing"


def test_a_run_that_takes_too_long_is_killed(tmp_path):
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    before = set(children.read_text().split())  # other tests of this process may have left a browser running
    with pytest.raises(RunStopped) as stop:
        reconcile_in_child(a_long_usage(tmp_path, 100_000), limits=Limits(wall_seconds=0.05))
    assert str(stop.value) == "the run was ended after 0.05 s"
    assert set(children.read_text().split()) - before == set()


def test_the_child_sees_none_of_our_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("NINEFOLD_SECRET", "do not hand on")
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit(9)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert reconcile_in_child(golden_sources(tmp_path)).result.totals["used"] == 64
    assert sorted(child_environment(tmp_path)) == ["HOME", "LANG", "MALLOC_ARENA_MAX", "PYTHONPATH", "TMPDIR"]


def test_a_file_that_is_absent_is_named(tmp_path):
    sources = golden_sources(tmp_path)
    sources["usage"].path.unlink()
    with pytest.raises(InputRefused, match=r"^usage\.csv: cannot be read \(No such file or directory\)$"):
        reconcile_in_child(sources)


def test_the_mirror_feeds_a_run_under_the_names_the_files_had(tmp_path):
    settings = load_settings(DEMO / "settings.toml")
    mirror = Mirror(tmp_path)
    files = {**ROLES, "usage": DEMO / "supplier/usage-2026-02.csv"}
    for role, path in files.items():
        mirror.receive(role, path, settings[role])
    result = reconcile_in_child({role: mirror.source(role) for role in files}).result
    rows = {(row.client, row.service): (row.used, row.over, row.origins[0]) for row in result.rows}
    assert rows["Bakery Noé", "S3"] == (19, 2, "usage-2026-02.csv:9")
    assert [check.is_unchanged for check in mirror.check_unchanged()] == [True] * 5


def test_importing_the_sandbox_loads_no_heavy_library():
    code = "import sys, sandbox; print(sorted({'duckdb', 'jsonschema', 'charset_normalizer'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=Path(__file__).parents[2], env={"PATH": os.environ["PATH"]})
    assert done.stdout == "[]\n"


def test_every_public_name_can_be_imported():
    import sandbox  # noqa: PLC0415 – the package is loaded lazily, which is what this tries

    named = {name: getattr(sandbox, name) for name in sandbox.__all__}
    # A union of classes has no name of its own.
    assert [getattr(one, "__name__", name) for name, one in named.items()] == sandbox.__all__
