"""`python -m benchmarks [names…]`: run the benchmarks side by side and say what was reached."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import beside, checklists, database, measuring, pages, reports, sandbox, start, trail, writes
from benchmarks.measuring import Outcome
from workbench import clock

BENCHMARKS = {
    each.__name__: each
    for each in (
        pages.project_list, pages.checklist_page, pages.checklist_first_page, checklists.large_checklist, start.cold_start,
        trail.trail_verify, trail.trail_append, writes.answer, beside.report_beside,
    )
}  # fmt: skip
NAMES = [*BENCHMARKS, *reports.BENCHMARKS, *sandbox.BENCHMARKS]
ON_FILES = {**reports.BENCHMARKS, **reports.ASKED_FOR, **sandbox.BENCHMARKS, **sandbox.ASKED_FOR}
RESULTS = Path(__file__).resolve().parent / "results"


def main() -> int:
    """Generate what is worked on, run what was asked for, print it; keep it where asked."""
    asked = _arguments()
    names = asked.names or NAMES
    machine = measuring.machine()
    if any(name.startswith("sandbox_") for name in names):
        machine["versions"] |= sandbox.versions()
    about: dict[str, Any] = {"date": clock.today().isoformat(), "machine": machine}
    _say_machine(machine)
    with tempfile.TemporaryDirectory(prefix="ninefold-bench-", dir=asked.folder) as folder:
        outcomes = _pages(Path(folder), [name for name in names if name in BENCHMARKS], asked.size, about)
        for name in (name for name in names if name not in BENCHMARKS):
            outcomes.append(ON_FILES[name](Path(folder)))
            _say(outcomes[-1])
    reaches = [each for outcome in outcomes for each in outcome.reaches]
    print(f"{sum(each.is_reached for each in reaches)} of {len(reaches)} figures reached.")
    if asked.keep:
        _keep(about, outcomes)
    return 0


def _pages(folder: Path, names: list[str], size: int, about: dict[str, Any]) -> list[Outcome]:
    """The benchmarks of the workbench, on a database of its own."""
    outcomes: list[Outcome] = []
    if not names:
        return outcomes
    begun = time.perf_counter()
    made = database.make(folder, projects=size)
    about["size"] = {"projects": made.projects, "answers": made.answers, "trail_entries": made.entries}
    _say_size(about["size"], time.perf_counter() - begun)
    app = database.application(made.home)
    for name in names:
        outcomes.append(BENCHMARKS[name](app, made))
        _say(outcomes[-1])
    return outcomes


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(NAMES)} (default: all)")
    parser.add_argument(
        "--size", type=int, default=1000, help="projects in the database, 100 answers each (default: 1000)"
    )
    parser.add_argument("--folder", help="where the generated files lie while it runs (default: the system's)")
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/<date>.json")
    asked = parser.parse_args()
    known = [*NAMES, *reports.ASKED_FOR, *sandbox.ASKED_FOR]
    unknown = sorted(set(asked.names) - set(known))
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]}; there are {', '.join(known)}")
    if asked.size < 50:
        parser.error("--size: the list of projects needs 50 at least")
    return asked


def _say_machine(machine: dict[str, Any]) -> None:
    print(f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}")
    print(", ".join(f"{name} {version}" for name, version in machine["versions"].items()), flush=True)


def _say_size(size: dict[str, int], seconds: float) -> None:
    sizes = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in size.items())
    print(f"{sizes}; SQLite, WAL, synchronous FULL; written in {seconds:.0f} s\n", flush=True)


def _say(outcome: Outcome) -> None:
    print(f"{outcome.name}: {outcome.title}")
    for line in measuring.table(outcome.variants):
        print(f"  {line}")
    for each in outcome.reaches:
        print(f"  {each.said()}")
    for remark in outcome.remarks:
        print(f"  {remark}")
    print(flush=True)


def _keep(about: dict[str, Any], outcomes: list[Outcome]) -> None:
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{about['date']}.json"
    content = {**about, "benchmarks": {each.name: each.as_json() for each in outcomes}}
    file.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(f"Kept in {file.relative_to(RESULTS.parent.parent)}.")


if __name__ == "__main__":
    sys.exit(main())
