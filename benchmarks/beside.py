"""Others while a report is set: how long a page takes them, beside the same page on an idle machine."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from flask import Flask

from benchmarks import reports_data
from benchmarks.database import Made
from benchmarks.measuring import Outcome, Reach
from benchmarks.serving import Caller, signed_in

PAUSE = 0.05  # seconds between two pages: a person reads in between, so that a page finds the processor as it is
CALLS = 120  # at most, in each state
ANSWERS = reports_data.ANSWERS["100 pages"]


def report_beside(app: Flask, made: Made) -> Outcome:
    """The list of projects, asked for again and again: idle, then as long as a report of about 100 pages is being set."""
    reader, folder = signed_in(app, made.reader), made.home / "beside"
    folder.mkdir(exist_ok=True)
    page = folder / "page.html"
    page.write_text(reports_data.page(ANSWERS, -1), encoding="utf-8")
    for _warm in range(5):
        reader.get("/projects/")
    idle = _asked(reader, lambda: True)
    command = [sys.executable, "-m", "benchmarks.report_run", "ours", str(page), str(folder / "kept")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as setting:
        beside = _asked(reader, lambda: setting.poll() is None)
        has_ended = setting.wait() == 0
    assert has_ended, "the report was not set"
    found = {"idle": _figures(idle), "while a report is set": _figures(beside)}
    ratio = found["while a report is set"]["wall_ms"] / found["idle"]["wall_ms"]
    return Outcome("report_beside", "A page of somebody else while a report is set", found, [
        Reach("the page beside idle, median of wall time", ratio, 2, at_least=False),
    ])  # fmt: skip


def _asked(reader: Caller, goes_on: Callable[[], bool]) -> list[float]:
    """Seconds of wall time of each call."""
    seconds: list[float] = []
    while goes_on() and len(seconds) < CALLS:
        begun = time.perf_counter()
        reader.get("/projects/")
        seconds.append(time.perf_counter() - begun)
        time.sleep(PAUSE)
    return seconds


def _figures(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "wall_ms": round(statistics.median(ordered) * 1000, 1), "p95_ms": round(ordered[int(len(ordered) * 0.95)] * 1000, 1),
        "calls": len(ordered),
    }  # fmt: skip
