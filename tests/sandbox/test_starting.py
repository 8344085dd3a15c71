"""The child that waits ready for a preview: it serves once, like any other child, and goes when nobody wants it."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox import starting
from sandbox.child import Limits, run_task
from sandbox.errors import OUT_OF_MEMORY, InputRefused, RunStopped
from sandbox.starting import child_for, keep_ready
from sandbox.trial import TrialInput, preview_step
from tests.sandbox.engines.tables import parquet

MAPPING = """
mapping: 1
name: shown
sources:
  usage: {table: supplier.usage, fields: {code: text, units: text}}
  lines: {table: psa.lines, fields: {code: text, units: int}}
steps:
  - map: clean
    from: usage
    fields: {code: {formula: code, type: text}, units: {formula: int(units), type: int}}
targets: [{table: psa.lines, from: clean, key: [code], missing: keep}]
"""


@pytest.fixture
def kept():
    """A child is kept ready during the test, and has started."""
    keep_ready(60)
    yield waited(lambda: starting._ready.child)
    starting._ready.until = 0
    starting._ready.end()


def waited(look, seconds=20):
    """What the look gives once it gives something."""
    end = time.monotonic() + seconds
    while not look() and time.monotonic() < end:
        time.sleep(0.02)
    return look()


def is_there(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def tables(folder):
    usage = [{"_line": 2, "code": "a", "units": "3"}, {"_line": 3, "code": "b", "units": "x"}]
    return {"usage": TrialInput(parquet(folder / "usage.parquet", usage)),
            "lines": TrialInput(parquet(folder / "lines.parquet", [], ("code", "units")))}


def test_ready_child_serves_one_preview_as_any_other_and_another_takes_its_place(kept, tmp_path):
    inputs = tables(tmp_path)
    first = preview_step(MAPPING, inputs, "clean")
    assert (is_there(kept.process.pid), kept.folder.exists(), kept.process.returncode) == (False, False, 0)
    after = waited(lambda: starting._ready.child)
    assert after.process.pid != kept.process.pid
    starting._ready.until = 0
    starting._ready.end()
    assert (is_there(after.process.pid), after.folder.exists()) == (False, False)
    assert preview_step(MAPPING, inputs, "clean") == first
    assert starting._ready.child is None
    assert [(row["line"], row["cells"], list(row["faults"])) for row in first["rows"]] == [
        (2, ["a", "3"], []), (3, ["b", None], ["units"])]


def test_ready_child_has_the_environment_and_the_limits_of_its_task(kept, tmp_path):
    environment = Path(f"/proc/{kept.process.pid}/environ").read_bytes().split(b"\0")
    names = sorted(one.partition(b"=")[0].decode() for one in environment if one)
    assert names == ["HOME", "LANG", "MALLOC_ARENA_MAX", "PYTHONPATH", "TMPDIR"]
    assert f"HOME={kept.folder}".encode() in environment
    with pytest.raises(RunStopped, match=r"^the run was ended: it needs more than 60 MB of memory$"):
        preview_step(MAPPING, tables(tmp_path), "clean", limits=Limits(memory_mb=60))
    assert kept.process.returncode == OUT_OF_MEMORY


def test_ready_child_is_for_previews_alone_and_one_that_died_is_not_used(kept, tmp_path):
    for kind, beside in (("sniff", None), (starting.AHEAD, tmp_path)):
        other = child_for(kind, beside)
        assert other is not kept
        other.end()
    kept.process.kill()
    kept.process.wait()
    task = {"mapping": MAPPING.replace("name: shown", "name: shown\nparameters: {month: int}"), "inputs": {},
            "parameters": {}, "step": "clean", "rows": 5}
    with pytest.raises(InputRefused, match=r"^the parameter month"):
        run_task(starting.AHEAD, task)
    assert kept.folder.exists() is False


def test_ready_child_goes_when_nobody_asks_for_it():
    keep_ready(0.3)
    child = waited(lambda: starting._ready.child)
    assert waited(lambda: not child.folder.exists()) is True
    assert (is_there(child.process.pid), starting._ready.child) == (False, None)


SCRIPT = """
import os, sys, time
from sandbox import starting
starting.keep_ready(60)
while starting._ready.child is None:
    time.sleep(0.01)
child = starting._ready.child
forked = os.fork()
if not forked:  # a process of its own, which ends as usual: the child is not its to end
    sys.exit(0 if starting._ready.child is None else 1)
status = os.waitpid(forked, 0)[1]
print(status, child.process.pid, child.process.poll(), child.folder, flush=True)
if sys.argv[1] == "wait":
    time.sleep(60)
"""


@pytest.mark.parametrize("way", ["wait", "leave"])
def test_ready_child_ends_with_its_parent_and_leaves_no_folder(way):
    known = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with subprocess.Popen([sys.executable, "-c", SCRIPT, way], stdout=subprocess.PIPE, text=True, env=known) as parent:
        assert parent.stdout is not None
        status, pid, ended, folder = parent.stdout.readline().split()
        assert (status, ended) == ("0", "None")
        if way == "wait":
            assert is_there(pid) is True
            parent.send_signal(signal.SIGKILL)
    assert waited(lambda: not is_there(pid) and not Path(folder).exists()) is True
