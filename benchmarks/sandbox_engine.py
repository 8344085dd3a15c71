"""The sandbox's own part of its benchmarks, each a call in a process of its own; see `in_turns`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import sandbox_data as data
from benchmarks.naive.sandbox_sql import connection
from sandbox.child import Limits
from sandbox.compare import compare_runs
from sandbox.connectors import receive_file
from sandbox.engines import diffing, preview, running
from sandbox.engines.duckdb import Engine
from sandbox.engines.relations import Relation
from sandbox.mapping.check import checked
from sandbox.starting import keep_ready
from sandbox.trial import TrialInput, preview_step, run_trial

ITEMS = ("clients", "services", "where", "units", "not-negative")  # as the variants by hand count them


def _quiet(percent: int, doing: str) -> None:
    """Nobody looks on."""


def _task(paths: Mapping[str, str], since: str) -> dict[str, Any]:
    inputs = {name: {"path": path, "name": name, "settings": {}} for name, path in paths.items()}
    return {"mapping": data.MAPPING, "parameters": {"since": since}, "memory_mb": 8192, "threads": 2, "inputs": inputs}


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ninefold-bench-") as name:
        (Path(name) / "out").mkdir()
        yield Path(name) / "out"


def steps(paths: Mapping[str, str], since: str, out: str) -> dict[str, Any]:
    """All steps of the mapping, from its text on, the staged rows written to `out`; the counts of refused rows."""
    with _folder() as folder:
        engine, _ = running.prepared(_task(paths, since), folder, _quiet)
        engine.run()
        columns = "c0 AS client_id, c1 AS service, c2 AS units, c3 AS amount"
        engine.execute(f"COPY (SELECT {columns} FROM {engine.relations['billed'].sql}) TO '{folder}/out.parquet' (FORMAT parquet)")
        engine.connection.close()
        (folder / "out.parquet").replace(out)
    counts = {(one.step, one.item.name): one.count for one in engine.tallies}
    found = [counts["usage", name] for name in ("price", "day")]
    return {"refused": found + [counts["clean", name] for name in ITEMS if name != "where"]}


class _Timed(Engine):
    """An engine that knows how long DuckDB worked."""

    def execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        start = time.process_time()
        found = super().execute(sql)
        self.worked = getattr(self, "worked", 0.0) + time.process_time() - start
        return found


def compile_ms(paths: Mapping[str, str], since: str) -> float:
    """CPU milliseconds from the text of the mapping to the last statement, without DuckDB's own work."""
    with _folder() as folder:
        plain, _ = running.prepared(_task(paths, since), folder, _quiet)
        start = time.process_time()
        mapping = checked(data.MAPPING)
        engine = _Timed(plain.connection, mapping, plain.inputs, plain.parameters)
        engine.run()
        took = time.process_time() - start - engine.worked
        plain.connection.close()
    return took * 1000


def whole(paths: Mapping[str, str], since: str, memory_mb: int, folder: str = "") -> dict[str, Any]:
    """A whole trial run in its child, difference, lineage and files included; kept where a folder is named."""
    inputs = {name: TrialInput(Path(path)) for name, path in paths.items()}
    limits = Limits(memory_mb=memory_mb, cpu_seconds=7200, wall_seconds=7200, answer_mb=200_000)
    with _folder() as own:
        out = Path(folder) if folder else own / "run"
        return dict(run_trial(data.MAPPING, inputs, out=out, parameters={"since": since}, limits=limits)["targets"])


def preview_work(paths: Mapping[str, str], since: str) -> int:
    """A preview of the first step as the child does it, without the start of a process; how many rows it shows."""
    with _folder() as folder:
        return len(preview.answer({**_task(paths, since), "memory_mb": 614, "step": "clean", "rows": 100}, folder, _quiet)["rows"])


def preview_whole(paths: Mapping[str, str], since: str) -> int:
    """The same with the start of its process."""
    inputs = {name: TrialInput(Path(path)) for name, path in paths.items()}
    return len(preview_step(data.MAPPING, inputs, "clean", parameters={"since": since})["rows"])


def preview_ready(paths: Mapping[str, str], since: str) -> int:
    """The same where a process waits for it, as it does for a page; the next one starts while others have their turn."""
    keep_ready(600)
    return preview_whole(paths, since)


def compare(first: str, second: str) -> dict[str, Any]:
    """Two stored runs side by side; how many rows moved."""
    found = compare_runs(Path(first), Path(second))
    return {one["table"]: one["counts"] for one in found.targets}


def difference(staged: str, live: str, out: str) -> dict[str, Any]:
    """The full difference of two tables by their key, with reasons and sources, written to `out`."""
    mapping = checked(data.DIFFERENCE)
    with connection() as made:
        engine = Engine(made, mapping, {}, {})
        for number, (name, path) in enumerate((("given", ""), ("live", live), ("out", staged))):
            if path:
                columns = ", ".join(f"{column} AS c{place}" for place, column in enumerate(mapping.schema(name)))
                sql = f"(SELECT id + {(number % 2) << 40} AS _line, 0 AS _fake, {columns} FROM read_parquet('{path}'))"
                engine.relations[name] = Relation(name, mapping.schema(name), sql, fake=False)
        found = diffing.compared(engine, 1, mapping.targets[0])
        made.execute(f"COPY (SELECT * EXCLUDE (_side, _at) FROM {found.diff}) TO '{out}' (FORMAT parquet)")
    return {"counts": {kind: count for kind, count in sorted(found.counts.items()) if count and kind != "unchanged"}}


def received(path: str) -> int:
    """A file read by its connector and kept as Parquet; the number of its rows."""
    with _folder() as folder:
        return receive_file(Path(path), {}, folder, Path(path).name).rows


def read_csv(path: str) -> int:
    """The same by DuckDB's own reader, every cell as text, kept as Parquet."""
    with _folder() as folder, connection() as made:
        out = f"{folder}/out.parquet"
        made.execute(f"COPY (SELECT * FROM read_csv('{path}', all_varchar=true)) TO '{out}' (FORMAT parquet)")
        return int(made.execute(f"SELECT count(*) FROM read_parquet('{out}')").fetchall()[0][0])
