"""The sandbox beside SQL by hand, polars and pandas: the same work on the same files, the results held equal."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import in_turns, sandbox_data
from benchmarks.in_turns import OTHER_PYTHON, Turns, Variant
from benchmarks.measuring import Outcome, Reach

OURS, SQL = "benchmarks.sandbox_engine", "benchmarks.naive.sandbox_sql"
POLARS, PANDAS = "benchmarks.naive.sandbox_polars", "benchmarks.naive.sandbox_pandas"
MILLION = 1_000_000
NO_PEER = "{}: not measured, since it is not there; install requirements/bench.in and name its Python by NINEFOLD_BENCH_PYTHON."
under, over = partial(Reach, at_least=False), partial(Reach, at_least=True)


def versions() -> dict[str, str]:
    """The versions of the peers that are there."""
    code = "import importlib, sys; print(importlib.import_module(sys.argv[1]).__version__)"
    return {name: subprocess.run([OTHER_PYTHON, "-c", code, name], capture_output=True, text=True, check=True).stdout.strip()
            for name in ("polars", "pandas", "pyarrow") if in_turns.has(name)}


def _inputs(folder: Path, millions: int) -> dict[str, str]:
    return {name: str(path) for name, path in sandbox_data.tables(folder / f"{millions}m", millions * MILLION).items()}


def _same_rows(paths: Mapping[str, str]) -> None:
    """Every variant staged the very rows of the first."""
    columns = "CAST(client_id AS BIGINT), CAST(service AS VARCHAR), CAST(units AS BIGINT), CAST(amount AS DECIMAL(18,4))"
    first, *others = [f"(SELECT {columns} FROM read_parquet('{path}'))" for path in paths.values()]
    with duckdb.connect() as connection:
        for other in others:
            for one, two in ((first, other), (other, first)):
                assert connection.execute(f"SELECT count(*) FROM ({one} EXCEPT ALL {two})").fetchall() == [(0,)]


def _steps(folder: Path, millions: int, rounds: int, peers: Mapping[str, str]) -> tuple[dict[str, Turns], list[str]]:
    """All steps by every variant that is there, with the remarks on those that are not."""
    there = {name: module for name, module in peers.items() if in_turns.has(name)}
    variants = {"SQL by hand": Variant(f"{SQL}:steps"), "specification": Variant(f"{OURS}:steps"),
                **{name: Variant(f"{module}:steps", OTHER_PYTHON) for name, module in there.items()}}
    inputs = _inputs(folder, millions)
    outs = {name: str(folder / f"out-{place}.parquet") for place, name in enumerate(variants)}
    given = {name: {"paths": inputs, "since": sandbox_data.SINCE, "out": outs[name]} for name in variants}
    turns = in_turns.in_turns(variants, given, rounds)
    found = turns["SQL by hand"].found
    assert all(one.found == found for one in turns.values()), {name: one.found for name, one in turns.items()}
    _same_rows(outs)
    return turns, [NO_PEER.format(name) for name in peers if name not in there]


def _against(turns: Mapping[str, Turns]) -> list[Reach]:
    reaches = [under("specification beside SQL by hand, CPU", in_turns.ratio(turns, "specification", "SQL by hand"), 1.25)]
    for name in ("polars", "pandas"):
        if name in turns:
            reaches.append(under(f"specification beside {name}, CPU", in_turns.ratio(turns, "specification", name), 1.0))
    return reaches


def _figures(turns: Mapping[str, Turns]) -> dict[str, dict[str, float]]:
    return {name: one.figures() for name, one in turns.items()}


def sandbox_steps(folder: Path) -> Outcome:
    """1 M rows: typed, two lookups, a condition, formulas, a check, an aggregate; every refused row counted."""
    turns, remarks = _steps(folder, 1, 7, {"polars": POLARS, "pandas": PANDAS})
    small = {name: str(path) for name, path in sandbox_data.tables(folder / "small", 1000).items()}
    compiling = in_turns.in_turns({"compile": Variant(f"{OURS}:compile_ms")},
                                  {"compile": {"paths": small, "since": sandbox_data.SINCE}}, 5)["compile"]
    reaches = [*_against(turns), under("from the text of the mapping to SQL", compiling.found, 20, unit="ms")]
    return Outcome("sandbox_steps", "1 M rows through a mapping", _figures(turns), reaches, remarks)


def sandbox_large(folder: Path) -> Outcome:
    """10 M rows: the same steps, their growth, and a whole run within 2 GB."""
    peers = {"polars": POLARS}
    (small, _), (large, remarks) = _steps(folder, 1, 3, {}), _steps(folder, 10, 2, peers)
    whole = in_turns.in_turns({"whole run, 2 GB": Variant(f"{OURS}:whole")}, {"whole run, 2 GB": {
        "paths": _inputs(folder, 10), "since": sandbox_data.SINCE, "memory_mb": 2048}}, 0)
    ours = large["specification"].figures()
    growth = ours["cpu_ms"] / small["specification"].figures()["cpu_ms"]
    within, most = whole["whole run, 2 GB"].rss_mb, ours["rss_mb"]
    return Outcome("sandbox_large", "10 M rows through a mapping", {**_figures(large), **_figures(whole)}, [
        *_against(large), under("10 M rows beside 1 M, CPU", growth, 11), under("memory of the steps", most, 3000, unit="MB"),
        under("memory of a whole run limited to 2 GB", within, 2048, unit="MB"),
    ], remarks)  # fmt: skip


def sandbox_huge(folder: Path) -> Outcome:
    """50 M rows in a whole run: what does not fit in memory spills."""
    turns = in_turns.in_turns({"whole run": Variant(f"{OURS}:whole")}, {"whole run": {
        "paths": _inputs(folder, 50), "since": sandbox_data.SINCE, "memory_mb": 4096}}, 0)
    figures = _figures(turns)
    reach = under("memory of a whole run of 50 M rows", figures["whole run"]["rss_mb"], 4096, unit="MB")
    return Outcome("sandbox_huge", "50 M rows in a whole run", figures, [reach])


def sandbox_diff(folder: Path) -> Outcome:
    """1 M × 1 M rows compared in full; ours also names reasons and source rows."""
    sides = sandbox_data.two_sides(folder / "sides", MILLION)
    variants = {"specification": Variant(f"{OURS}:difference")}
    if in_turns.has("polars"):
        variants["polars"] = Variant(f"{POLARS}:difference", OTHER_PYTHON)
    turns = in_turns.in_turns(variants, {name: {**sides, "out": str(folder / f"{name}.parquet")} for name in variants}, 5)
    assert all(one.found == turns["specification"].found for one in turns.values()), {n: o.found for n, o in turns.items()}
    if "polars" not in turns:
        return Outcome("sandbox_diff", "Full difference of 1 M rows", _figures(turns), [], [NO_PEER.format("polars")])
    reach = under("beside polars, CPU", in_turns.ratio(turns, "specification", "polars"), 0.5)
    return Outcome("sandbox_diff", "Full difference of 1 M rows", _figures(turns), [reach])


def sandbox_files(folder: Path) -> Outcome:
    """1 M rows of CSV beside DuckDB's own reader; rows of XLSX a second."""
    rows = 100_000
    csv, book = sandbox_data.csv_file(folder, Path(_inputs(folder, 1)["usage"])), sandbox_data.workbook(folder, rows)
    variants = {"DuckDB's reader": Variant(f"{OURS}:read_csv"), "CSV connector": Variant(f"{OURS}:received"),
                "XLSX connector": Variant(f"{OURS}:received")}
    given: dict[str, Any] = {name: {"path": str(book if "XLSX" in name else csv)} for name in variants}
    turns = in_turns.in_turns(variants, given, 5)
    assert [one.found for one in turns.values()] == [MILLION, MILLION, rows]
    figures = _figures(turns)
    return Outcome("sandbox_files", "Files received", figures, [
        under("CSV beside DuckDB's own reader, CPU", in_turns.ratio(turns, "CSV connector", "DuckDB's reader"), 1.3),
        over("XLSX, rows a second of CPU", rows / figures["XLSX connector"]["cpu_ms"] * 1000, 50_000, unit="/s"),
    ])  # fmt: skip


def sandbox_preview(folder: Path) -> Outcome:
    """100 rows of a step on a source of 10 M rows, each cell with its fault."""
    variants = {"work": Variant(f"{OURS}:preview_work"), "with its process": Variant(f"{OURS}:preview_whole"),
                "by a process that waits": Variant(f"{OURS}:preview_ready")}
    given = {"paths": _inputs(folder, 10), "since": sandbox_data.SINCE}
    turns = in_turns.in_turns(variants, dict.fromkeys(variants, given), 9)
    assert [one.found for one in turns.values()] == [100, 100, 100]
    figures = _figures(turns)
    waited = figures["by a process that waits"]["wall_ms"]
    beside = in_turns.ratio(turns, "by a process that waits", "with its process", wall=True)
    return Outcome("sandbox_preview", "Preview of a step", figures, [
        under("preview on 10 M rows by a process that waits, wall time", waited, 100, unit="ms"),
        under("the same beside a preview that starts its process, wall time", beside, 0.5),
    ])  # fmt: skip


def sandbox_compare(folder: Path) -> Outcome:
    """Two stored runs of 1 M rows side by side, which differ by a parameter."""
    inputs = _inputs(folder, 1)
    runs = {"first": "2026-01-04", "second": "2026-01-05"}
    for name, since in runs.items():
        in_turns.in_turns({name: Variant(f"{OURS}:whole")}, {name: {
            "paths": inputs, "since": since, "memory_mb": 4096, "folder": str(folder / name)}}, 0)
    turns = in_turns.in_turns({"compare": Variant(f"{OURS}:compare")}, {"compare": {
        name: str(folder / name) for name in runs}}, 5)
    figures = _figures(turns)
    reach = under("two stored runs, CPU with the process", figures["compare"]["cpu_ms"] / 1000, 1, unit="s")
    return Outcome("sandbox_compare", "Two stored runs of 1 M rows", figures, [reach])


Benchmark = Callable[[Path], Outcome]
BENCHMARKS: dict[str, Benchmark] = {each.__name__: each for each in (
    sandbox_steps, sandbox_large, sandbox_diff, sandbox_files, sandbox_preview, sandbox_compare)}
ASKED_FOR: dict[str, Benchmark] = {"sandbox_huge": sandbox_huge}
