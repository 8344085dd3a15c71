"""Runs of mappings: their inputs put together, the run in a child process, and what its folder holds. Knows no database."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sandbox
from workbench.trials.store.mappings import crosswalk_table
from workbench.trials.store.mirror import overlaid, parquet
from workbench.trials.store.reconciliations import folder, uploaded
from workbench.web.refusals import Refused

MOST_VALUES = 200  # names without a match that are kept of one lookup
FILED_ROWS = 20_000  # a difference with more rows is not filed as a table: it can be taken from the run's page
_PAGE = 10_000
Watch = Callable[[int, str], None]


@dataclass(frozen=True)
class Rows:
    """Which rows of a difference are wanted."""

    kinds: tuple[str, ...] = ()
    changed: str = ""
    holding: str = ""
    only_fake: bool = False


@dataclass(frozen=True)
class Done:
    """A finished run: what run.json holds with the names that found no match, and what the overlay did to each input."""

    record: dict[str, Any]
    overlays: dict[str, dict[str, Any]]
    is_cached: bool


def runs_folder(home: Path, key: str) -> Path:
    """Where the folders of a project's runs lie, by their ids."""
    return folder(home, key) / "runs"


def run_folder(home: Path, key: str, run_id: str, result: Mapping[str, Any] | None = None) -> Path:
    """The folder of one finished run. Raises Refused where its rows are no longer kept.

    With the `result` that was sealed, also where the folder's own record names other hashes of its files.
    """
    found = runs_folder(home, key) / run_id
    if not (found / "run.json").is_file():
        raise Refused(f"the rows of run {run_id[:12]} are no longer kept; run it again")
    kept = (result or {}).get("details", {}).get("files")
    if kept is not None and _record(found)["details"].get("files") != kept:
        raise Refused(f"run.json of run {run_id[:12]} is not as the run left it")
    return found


def _record(folder: Path) -> dict[str, Any]:
    try:
        return dict(sandbox.stored_trial(folder))
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error


def run_mapping(
    home: Path, key: str, text: str, given: Mapping[str, Mapping[str, Any]], *, parameters: Mapping[str, str],
    salt: str, name: str, report: Watch, still_wanted: Callable[[], None],
) -> Done:
    """Carry a mapping out on `given` inputs (see `_input`); the folder stays under the run's id.

    The same inputs are answered from the folder that is there. `still_wanted` is asked now and then and raises where
    the run is to end. Raises Refused with the sandbox's own words.
    """
    runs = runs_folder(home, key)
    runs.mkdir(parents=True, exist_ok=True)

    def cancelled() -> bool:
        still_wanted()
        return False

    try:
        with tempfile.TemporaryDirectory(prefix=".inputs-", dir=runs) as work:
            put = {source: _input(home, key, one) for source, one in given.items()}
            inputs = {source: one for source, (one, _overlay) in put.items()}
            out = Path(work) / "run"
            record = sandbox.run_trial(text, inputs, out=out, parameters=parameters, cache=runs, name=name, salt=salt,
                                       report=report, cancelled=cancelled)
    except sandbox.MappingFaults as faults:
        raise Refused(faults.in_words()) from faults
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error
    is_cached = record.pop("cached")
    record["unmatched"] = unmatched(runs / record["run"], record)
    return Done(record, {source: overlay for source, (_one, overlay) in put.items() if overlay}, is_cached)


def _input(home: Path, key: str, one: Mapping[str, Any]) -> tuple[sandbox.TrialInput, dict[str, Any]]:
    """An input of a run, and what its overlay did. `one` has `store` (id of a snapshot), `table` or `kept` (an upload)."""
    if "kept" in one:
        return sandbox.TrialInput(uploaded(home, key, one["kept"]), one["name"], one["settings"]), {}
    if "table" in one:
        rows = [(left, right) for left, right in one["table"]]
        return sandbox.TrialInput(crosswalk_table(home, key, rows, (one["columns"][0], one["columns"][1])), one["name"]), {}
    path, snapshot = parquet(home, key, one["store"])
    settings: dict[str, Any] = {"decimal": snapshot.settings["decimal"]} if snapshot.settings.get("decimal") else {}
    if snapshot.masked:
        settings["masked"] = list(snapshot.masked)
    if not one["edits"]:
        return sandbox.TrialInput(path, one["name"], settings, snapshot.refused_count), {}
    done = overlaid(home, key, one["store"], one["edits"])
    overlay = {"fake": done.fakes, "edited": done.edits, "withdrawn": done.withdrawn,
               "orphaned": [orphan.why for orphan in done.orphaned]}
    # What an edit or a row left out takes away carries no mark: it may look new or gone for that alone.
    left_out = snapshot.refused_count + done.edits + done.withdrawn
    return sandbox.TrialInput(done.path, one["name"], settings, left_out), overlay


def unmatched(run: Path, record: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The names that required lookups did not find, of the rows that were kept: {lookup: {columns, names, rows}}.

    `names` are texts, joined by a bar where the lookup matches several columns, the most frequent first.
    """
    wanted = [one for one in record["refused"] if one["kind"] == "lookup"]
    if not wanted:
        return {}
    mapping = sandbox.checked((run / "mapping.yaml").read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = {}
    for one in wanted:
        step = mapping.step(one["step"])
        lookup = next((each for each in getattr(step, "lookups", ()) if each.name == one["item"]), None)
        if lookup is None:
            continue
        rows = sandbox.refused_rows(run, step=one["step"], item=one["item"], kind="lookup", nearby=True)["rows"]
        counted: dict[str, int] = {}
        for row in rows:
            cells = json.loads(row["row"])
            name = "|".join(str(cells.get(column) or "") for column in lookup.match)
            counted[name] = counted.get(name, 0) + 1
        names = sorted(counted, key=lambda name: (-counted[name], name))
        table = mapping.sources[lookup.within].table if lookup.within in mapping.sources else ""
        found[f"{one['step']}.{one['item']}"] = {
            "columns": list(lookup.match), "names": {name: counted[name] for name in names[:MOST_VALUES]},
            "rows": one["count"], "table": table, "is_whole": len(rows) == one["count"] and len(names) <= MOST_VALUES,
        }
    return found


def difference_page(run: Path, table: str, wanted: Rows, *, page: int, per_page: int) -> tuple[list[dict[str, Any]], int]:
    """A page of a target's difference and how many rows there are. Raises Refused."""
    try:
        found = sandbox.diff_rows(run, table, kinds=wanted.kinds, changed=wanted.changed, holding=wanted.holding,
                                  only_fake=wanted.only_fake, offset=(page - 1) * per_page, limit=per_page, nearby=True)
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error
    return found["rows"], found["total"]


def all_rows(run: Path, table: str, wanted: Rows) -> Iterator[dict[str, Any]]:
    """Every row of the difference that is wanted, a block at a time."""
    page, seen, total = 1, 0, 1
    while seen < total:
        rows, total = difference_page(run, table, wanted, page=page, per_page=_PAGE)
        if not rows:
            return
        yield from rows
        page, seen = page + 1, seen + len(rows)


def refused_page(run: Path, *, step: str, item: str, kind: str, page: int, per_page: int) -> tuple[list[dict[str, Any]], int]:
    """A page of the refused rows that were kept, their cells by column. Raises Refused."""
    try:
        found = sandbox.refused_rows(run, step=step, item=item, kind=kind, offset=(page - 1) * per_page, limit=per_page,
                                     nearby=True)
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error
    return [{**row, "cells": _cells(row["row"])} for row in found["rows"]], found["total"]


def _cells(text: str) -> dict[str, Any]:
    """The cells of a refused row by column; what a connector refused is one text."""
    try:
        found = json.loads(text)
    except ValueError:
        found = text
    return found if isinstance(found, dict) else {"": found}


def header(targets: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns of a difference as one table: kind, keys, both sides of each field, and where the row is from."""
    return list(sandbox.difference_header(targets))


def cells(columns: Sequence[str], target: Mapping[str, Any], row: Mapping[str, Any]) -> list[Any]:
    """One row under those columns."""
    return list(sandbox.difference_cells(columns, target, row))


def difference_csv(run: Path, record: Mapping[str, Any]) -> str:
    """The whole difference of all targets as one CSV; empty where it has more rows than are filed."""
    counted = sum(count for counts in record["targets"].values() for kind, count in counts.items() if kind != "unchanged")
    if counted > FILED_ROWS:
        return ""
    targets = record["details"]["targets"]
    columns = header(targets)
    return str(sandbox.csv_text(
        columns, [cells(columns, one, row) for one in targets for row in all_rows(run, one["table"], Rows())]))


def compared(first: Path, second: Path) -> sandbox.RunComparison:
    """Two runs side by side. Raises Refused."""
    try:
        return sandbox.compare_runs(first, second)
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error


def comparison_table(found: sandbox.RunComparison) -> str:
    """What moved between the two runs, as CSV."""
    return str(sandbox.comparison_csv(found))


def drifted(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What differs in the inputs of two runs: what the sandbox tells, likely new names of columns, names without a match.

    The last two have the kinds `renamed` ({"before": old, "after": new}) and `unmatched` (the names that are new).
    """
    found = sandbox.input_drift(before, after)
    for one in [each for each in found if each["kind"] == "columns"]:
        gone = [name for name in one["before"] if name not in one["after"]]
        come = [name for name in one["after"] if name not in one["before"]]
        for name in gone:
            new = sandbox.nearest(name, come)
            found += [{"source": one["source"], "kind": "renamed", "before": name, "after": new}] if new else []
    old = before.get("unmatched", {})
    for lookup, one in after.get("unmatched", {}).items():
        known = old.get(lookup, {}).get("names", {})
        names = [name for name in one["names"] if name not in known]
        if names:
            found.append({"source": lookup, "kind": "unmatched", "before": len(known), "after": names})
    return found


def sources_of(text: str) -> dict[str, str]:
    """The sources of a mapping without faults, with the table that each stands for."""
    return {name: source.table for name, source in sandbox.checked(text).sources.items()}


def parameters_of(text: str) -> dict[str, str]:
    """The parameters of a mapping without faults, with their types."""
    return {name: str(kind) for name, kind in sandbox.checked(text).parameters.items()}


def sha256(data: bytes) -> str:
    """The digest under which evidence is filed."""
    return hashlib.sha256(data).hexdigest()


def written_settings(path: Path, sources: Sequence[str]) -> dict[str, dict[str, Any]]:
    """A settings file by source of the mapping. Raises Refused naming a section that stands for none."""
    try:
        found = sandbox.source_settings(path)
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error
    unknown = [name for name in found if name not in sources]
    if unknown:
        raise Refused(f"{path.name}: the mapping has no source {unknown[0]}; it has {', '.join(sources)}")
    return found
