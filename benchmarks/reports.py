"""Reports set part by part and kept, beside the same report as people set one: cold, after one changed answer, and its preview."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks import reports_data
from benchmarks.measuring import Outcome, Reach

VARIANTS = ("naive", "cold", "one answer changed", "nothing changed", "preview")
ROUNDS = {"100 pages": 3, "450 pages": 1}
OF_A_PROCESS, ONE_CHANGE_S = 150, 2.5


def _run(variant: str, page: Path, home: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.report_run", variant, str(page), str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _sizes(folder: Path, size: str) -> dict[str, list[dict[str, float]]]:
    """Every variant in turn; the cache is empty before "cold" and holds the report before "one answer changed"."""
    answers = reports_data.ANSWERS[size]
    pages = [folder / f"{size.split()[0]}-{number}.html" for number in range(ROUNDS[size] + 1)]
    for number, file in enumerate(pages):
        file.write_text(reports_data.page(answers, answers // 2 + number if number else -1), encoding="utf-8")
    found: dict[str, list[dict[str, float]]] = {name: [] for name in VARIANTS}
    for number in range(ROUNDS[size]):
        home = folder / f"home-{number}"
        found["naive"].append(_run("naive", pages[0], home))
        found["cold"].append(_run("ours", pages[0], home))
        found["one answer changed"].append(_run("ours", pages[number + 1], home))
        found["nothing changed"].append(_run("ours", pages[number + 1], home))
        found["preview"].append(_run("preview", pages[0], folder / "nothing-kept"))
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(folder / "nothing-kept", ignore_errors=True)
    return found


def _median(turns: list[dict[str, float]], name: str) -> float:
    return statistics.median(each[name] for each in turns)


def _figures(turns: list[dict[str, float]]) -> dict[str, float]:
    return {name: _median(turns, name) for name in ("wall_s", "cpu_s", "pages", "bytes", "parent_mb", "largest_child_mb")}


def _ratio(found: dict[str, list[dict[str, float]]], variant: str) -> float:
    """The median of the ratios of neighbouring turns: naive over the variant, wall time."""
    pairs = zip(found["naive"], found[variant], strict=True)
    return statistics.median(naive["wall_s"] / ours["wall_s"] for naive, ours in pairs)


def _reaches(found: dict[str, list[dict[str, float]]], changed: float) -> list[Reach]:
    largest = max(each["largest_child_mb"] for name in ("cold", "one answer changed") for each in found[name])
    share = _median(found["cold"], "bytes") / _median(found["naive"], "bytes")
    return [
        Reach("cold beside naive, wall", _ratio(found, "cold"), 2.8, True),
        Reach("after one changed answer beside naive, wall", _ratio(found, "one answer changed"), changed, True),
        Reach("the largest child", largest, OF_A_PROCESS, False, "MB"),
        Reach("the file beside naive", share, 0.4, False),
    ]


def reports(folder: Path) -> Outcome:
    """780 answers, about 100 pages."""
    found = _sizes(folder, "100 pages")
    preview = Reach("preview of the first page, nothing kept", _median(found["preview"], "wall_s"), 1.0, False, "s")
    variants = {name: _figures(turns) for name, turns in found.items()}
    return Outcome("reports", "a report of about 100 pages", variants, [*_reaches(found, 10), preview])


def reports_large(folder: Path) -> Outcome:
    """3,900 answers, about 450 pages; grown from 780 in proportion."""
    small = _sizes(folder, "100 pages")
    found = _sizes(folder, "450 pages")
    growth = (_median(found["cold"], "cpu_s") / _median(found["cold"], "pages")) / (
        _median(small["cold"], "cpu_s") / _median(small["cold"], "pages")
    )
    reaches = [
        *_reaches(found, 35),
        Reach("after one changed answer", _median(found["one answer changed"], "wall_s"), ONE_CHANGE_S, False, "s"),
        Reach("computing per page, 450 pages beside 100", growth, 1.1, False),
    ]
    variants = {name: _figures(turns) for name, turns in found.items()}
    return Outcome("reports_large", "a report of about 450 pages", variants, reaches)


BENCHMARKS = {"reports": reports}
ASKED_FOR = {"reports_large": reports_large}
