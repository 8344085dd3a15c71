"""Variants of one piece of work in processes of their own, asked in turn: CPU time, wall time and peak memory of each."""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

HOME = Path(__file__).resolve().parent.parent
# The Python that has polars and pandas (requirements/bench.in), where it is another one than that of the product.
OTHER_PYTHON = os.environ.get("NINEFOLD_BENCH_PYTHON", sys.executable)


@dataclass(frozen=True)
class Variant:
    """A function `module:name` of (**given) that gives what it found as JSON; `python` is what runs it."""

    function: str
    python: str = sys.executable


@dataclass
class Turns:
    """What one variant took, a figure a turn, and what it found."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    rss_mb: float = 0
    found: Any = None

    def figures(self) -> dict[str, float]:
        """Medians in milliseconds, and the peak memory of the process."""
        return {"cpu_ms": round(median(self.cpu) * 1000, 1), "wall_ms": round(median(self.wall) * 1000, 1),
                "rss_mb": round(self.rss_mb), "calls": len(self.cpu)}  # fmt: skip


def has(module: str, python: str = OTHER_PYTHON) -> bool:
    """Whether that Python can import the module."""
    return subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0


def in_turns(variants: Mapping[str, Variant], given: Mapping[str, Mapping[str, Any]], rounds: int) -> dict[str, Turns]:
    """Each variant called once uncounted, then `rounds` times, the variants taking turns; `given` by the name of each."""
    turns = {name: Turns() for name in variants}
    with ExitStack() as stack:
        asked = {name: stack.enter_context(_process(one)) for name, one in variants.items()}
        for number in range(rounds + 1):
            for name, process in asked.items():
                answer = _ask(process, given[name], name)
                turns[name].found, turns[name].rss_mb = answer["found"], answer["rss_mb"]
                if number or rounds == 0:
                    turns[name].cpu.append(answer["cpu"])
                    turns[name].wall.append(answer["wall"])
    return turns


def ratio(turns: Mapping[str, Turns], one: str, other: str, *, wall: bool = False) -> float:
    """The median of the ratios of the turns: two neighbours in time meet the same machine."""
    times: Sequence[Sequence[float]] = [turns[name].wall if wall else turns[name].cpu for name in (one, other)]
    return median(ours / theirs for ours, theirs in zip(*times, strict=True))


@contextmanager
def _process(one: Variant) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": str(HOME)}
    command = [one.python, "-m", "benchmarks.in_turns", one.function]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def _ask(process: subprocess.Popen[str], given: Mapping[str, Any], name: str) -> dict[str, Any]:
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(dict(given)) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    assert line, f"{name} ended with status {process.wait()}"
    answer: dict[str, Any] = json.loads(line)
    return answer


def _used() -> float:
    """CPU seconds of this process and of the children that have ended."""
    return sum(one.ru_utime + one.ru_stime for one in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def main() -> None:
    """One variant: a line of JSON in for each call, a line of JSON out."""
    module, _, name = sys.argv[1].partition(":")
    function = getattr(importlib.import_module(module), name)
    for line in sys.stdin:
        gc.collect()
        cpu, wall = _used(), time.perf_counter()
        found = function(**json.loads(line))
        told = {"wall": time.perf_counter() - wall, "cpu": _used() - cpu, "found": found}
        peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
        print(json.dumps({**told, "rss_mb": peak}), flush=True)


if __name__ == "__main__":
    main()
