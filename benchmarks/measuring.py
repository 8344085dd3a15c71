"""Measuring side by side: CPU time of calls in alternating rounds, medians, ratios, and what was to be reached."""

from __future__ import annotations

import gc
import importlib.metadata
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Call = Callable[[], object]
LIBRARIES = ("flask", "sqlalchemy", "jinja2", "werkzeug", "flask-security", "weasyprint", "duckdb")


@dataclass(frozen=True)
class Reach:
    """One figure of the design with the bound it is held to."""

    what: str
    value: float
    bound: float
    at_least: bool
    unit: str = "×"

    @property
    def is_reached(self) -> bool:
        """Whether the figure keeps its bound."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def said(self) -> str:
        """The figure, its bound and the verdict in one line."""
        sign, verdict = ("≥" if self.at_least else "≤"), ("reached" if self.is_reached else "NOT reached")
        return f"{self.what}: {shown(self.value)} {self.unit} (to reach: {sign} {shown(self.bound)}) {verdict}"


@dataclass(frozen=True)
class Outcome:
    """What one benchmark found: a line per variant, the figures to reach, and remarks."""

    name: str
    title: str
    variants: dict[str, dict[str, float]]
    reaches: list[Reach] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The outcome as it is kept."""
        reaches = [{**asdict(each), "is_reached": each.is_reached} for each in self.reaches]
        return {"title": self.title, "variants": self.variants, "reaches": reaches, "remarks": self.remarks}


@dataclass
class Timed:
    """The times of one variant: CPU and wall milliseconds of each call."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Median CPU, and the 95th percentile of the wall time."""
        ordered = sorted(self.wall)
        at = min(len(ordered) - 1, int(len(ordered) * 0.95))
        return {"cpu_ms": round(statistics.median(self.cpu), 3), "p95_ms": round(ordered[at], 3), "calls": len(ordered)}


def side_by_side(variants: Mapping[str, Call], *, rounds: int = 5, seconds: float = 0.5) -> dict[str, dict[str, float]]:
    """Call every variant in turn, `rounds` times for about `seconds` each; a slow moment of the machine hits all alike."""
    times = {name: Timed() for name in variants}
    for call in variants.values():
        call()  # the first call fills caches; it is not counted
    for _round in range(rounds):
        for name, call in variants.items():
            gc.collect()
            _fill(times[name], call, seconds)
    return {name: found.figures() for name, found in times.items()}


def _fill(timed: Timed, call: Call, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while True:
        cpu, wall = time.process_time(), time.perf_counter()
        call()
        now = time.perf_counter()
        timed.cpu.append((time.process_time() - cpu) * 1000)
        timed.wall.append((now - wall) * 1000)
        if now >= end:
            return


def cpu_seconds(call: Call) -> float:
    """The CPU time of one call."""
    gc.collect()
    before = time.process_time()
    call()
    return time.process_time() - before


def shown(value: float) -> str:
    """A figure with as many digits as it deserves."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(variants: Mapping[str, Mapping[str, float]]) -> Iterable[str]:
    """The variants as lines of a table."""
    columns = list(dict.fromkeys(name for figures in variants.values() for name in figures))
    width = max(len(name) for name in variants) + 2
    yield " " * width + "".join(f"{name:>16}" for name in columns)
    for name, figures in variants.items():
        cells = (shown(figures[each]) if each in figures else "–" for each in columns)
        yield f"{name:<{width}}" + "".join(f"{cell:>16}" for cell in cells)


def machine() -> dict[str, Any]:
    """Where this ran: processor, cores, system, Python and the libraries that matter."""
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {
        "processor": _processor(), "cores": os.cpu_count(), "system": platform.system(),
        "python": platform.python_version(), "versions": versions,
    }  # fmt: skip


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()
