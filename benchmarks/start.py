"""Cold start: a fresh process up to its first page, in CPU time and memory, beside one that imports everything."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from flask import Flask

from benchmarks.database import Made
from benchmarks.measuring import Outcome, Reach

ROUNDS = 5
ROOT = Path(__file__).resolve().parent.parent
# The child says how much CPU it took and how much memory it ever held (VmHWM: the parent's own does not count).
CHILD = """
import sys
{prepare}
from workbench.app import create_app
answer = create_app().test_client().get("/sign-in")
assert answer.status_code == 200, answer.status
import json, time
from pathlib import Path
held = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(json.dumps({{"cpu": time.process_time(), "kb": int(held[0])}}))
"""
PREPARE = {"naive": "from benchmarks.naive.start import import_everything; import_everything()", "product": ""}


def cold_start(app: Flask, made: Made) -> Outcome:
    """Import, create the application, answer one page; medians of fresh processes, in turn."""
    seen: dict[str, list[dict[str, float]]] = {name: [] for name in PREPARE}
    for _round in range(ROUNDS):
        for name, prepare in PREPARE.items():
            seen[name].append(_child(CHILD.format(prepare=prepare), made.home))
    found = {
        name: {
            "cpu_ms": round(statistics.median(each["cpu"] for each in runs) * 1000, 1),
            "MB": round(statistics.median(each["kb"] for each in runs) / 1024, 1),
            "calls": len(runs),
        }
        for name, runs in seen.items()
    }
    product = found["product"]
    return Outcome("cold_start", "Cold start to the first page", found, [
        Reach("CPU to the first page", product["cpu_ms"] / 1000, 0.6, at_least=False, unit="s"),
        Reach("memory of a worker", product["MB"], 70, at_least=False, unit="MB"),
        Reach("CPU less than naive", found["naive"]["cpu_ms"] / product["cpu_ms"], 1, at_least=True),
    ])  # fmt: skip


def _child(code: str, home: Path) -> dict[str, float]:
    environment = {**os.environ, "NINEFOLD_HOME": str(home), "PYTHONPATH": str(ROOT)}
    environment.pop("NINEFOLD_DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
