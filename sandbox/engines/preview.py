"""A step on a sample of its inputs, for an editor: what each formula gives and which cell fails, and why."""
# ruff: noqa: S608 – names in SQL are ours or quoted, and values are escaped; nothing a person types is SQL
from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox.engines.duckdb import Engine
from sandbox.engines.refusals import samples
from sandbox.engines.relations import ORIGIN_BITS, hit, line_of
from sandbox.engines.running import prepared
from sandbox.formula.tree import Value

SAMPLE = 2000  # rows read of each source; a where may leave many of them out
MOST_ROWS = 2000


def answer(task: Mapping[str, Any], folder: Path, report: Callable[[int, str], None]) -> dict[str, Any]:
    """The first rows of `task["step"]` with the faults of their cells."""
    # So few rows are read that a second thread costs more than it gives.
    engine, _ = prepared({**task, "threads": 1}, folder, report, is_sample=True)
    try:
        return preview(engine, task["step"], min(int(task["rows"]), MOST_ROWS))
    finally:
        engine.connection.close()


def preview(engine: Engine, step: str, rows: int) -> dict[str, Any]:
    """Runs what the step needs, on samples, and shows its rows, refused ones among them."""
    engine.run_sample(step, SAMPLE)
    relation = engine.relations[step]
    own = [one for one in engine.tallies if one.step == step and one.item.kind != "side"]
    table = own[0].table if own else relation.sql
    faults = _faults(engine, step)
    columns = [f"c{number}" for number in range(len(relation.schema))]
    flags = [hit(one.number) for one in own]
    shown = []
    for line, *cells in engine.rows(f"SELECT _line, {', '.join([*columns, *flags])} FROM {table} AS o "
                                    f"ORDER BY _line LIMIT {int(rows)}"):
        place = int(line) >> ORIGIN_BITS
        is_source = place < len(engine.sources)
        at = (engine.sources[place], line_of(int(line))) if is_source else ("", None)
        met = [one for one, flag in zip(own, cells[len(columns):], strict=True) if flag]
        said = {one.item.name: faults.get((one.item.name, one.item.kind, *at), _plain(one.item.kind)) for one in met}
        shown.append({"source": at[0], "line": at[1], "cells": [_text(cell) for cell in cells[:len(columns)]],
                      "faults": said})
    sampled = {name: min(SAMPLE, engine.inputs[name].rows) for name in engine.sources if name in engine.relations}
    return {"step": step, "columns": [{"name": name, "type": str(kind)} for name, kind in relation.schema.items()],
            "rows": shown, "sampled": sampled}


def _faults(engine: Engine, step: str) -> dict[tuple[str, str, str, int | None], str]:
    found = samples(engine, [one for one in engine.tallies if one.step == step])
    return {(one.item, one.kind, one.source, one.line): one.message for rows in found.values() for one in rows}


def _plain(kind: str) -> str:
    return {"lookup": "nothing was found", "check": "the check is not held"}.get(kind, "the row is refused")


def _text(cell: Value) -> str | bool | None:
    return cell if cell is None or isinstance(cell, bool) else str(cell)

