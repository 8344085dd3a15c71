"""`python -m benchmarks [names…]`: run the benchmarks side by side and say what was reached."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import checklists, database, measuring, pages, start, trail, writes
from benchmarks.measuring import Outcome
from workbench import clock

BENCHMARKS = {
    each.__name__: each
    for each in (
        pages.project_list, pages.checklist_page, pages.checklist_first_page, checklists.large_checklist, start.cold_start,
        trail.trail_verify, trail.trail_append, writes.answer,
    )
}  # fmt: skip
RESULTS = Path(__file__).resolve().parent / "results"


def main() -> int:
    """Generate the database, run what was asked for, print it; keep it where asked."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="ninefold-bench-") as folder:
        begun = time.perf_counter()
        made = database.make(Path(folder), projects=asked.size)
        size = {"projects": made.projects, "answers": made.answers, "trail_entries": made.entries}
        about = {"date": clock.today().isoformat(), "machine": measuring.machine(), "size": size}
        _say_where(about, time.perf_counter() - begun)
        app = database.application(made.home)
        outcomes = []
        for name in asked.names or BENCHMARKS:
            outcomes.append(BENCHMARKS[name](app, made))
            _say(outcomes[-1])
    reaches = [each for outcome in outcomes for each in outcome.reaches]
    print(f"{sum(each.is_reached for each in reaches)} of {len(reaches)} figures reached.")
    if asked.keep:
        _keep(about, outcomes)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument(
        "--size", type=int, default=1000, help="projects in the database, 100 answers each (default: 1000)"
    )
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/<date>.json")
    asked = parser.parse_args()
    unknown = sorted(set(asked.names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]}; there are {', '.join(BENCHMARKS)}")
    if asked.size < 50:
        parser.error("--size: the list of projects needs 50 at least")
    return asked


def _say_where(about: dict[str, Any], seconds: float) -> None:
    machine, size = about["machine"], about["size"]
    print(f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}")
    print(", ".join(f"{name} {version}" for name, version in machine["versions"].items()))
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
