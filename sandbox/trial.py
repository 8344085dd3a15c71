"""Trial runs: a mapping tried on received tables in a child process; the inputs are hashed before and after."""
from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from sandbox.child import Limits, run_task
from sandbox.engines import available, java_home
from sandbox.errors import InputRefused
from sandbox.mapping.check import checked
from sandbox.mapping.checked import SEMANTICS, CheckedMapping
from sandbox.naming import nearest
from sandbox.receiving.received import Report, Settings
from sandbox.run_files import check_files, file_hashes

# 10 million rows stay below 2 GB; more spill into the run's own folder, whose files may grow to the last number.
LIMITS = Limits(memory_mb=4096, cpu_seconds=3600, wall_seconds=3600, answer_mb=65536)
# Java counts what it reserves as well as what it uses; of this three tenths are its heap, and as much is DuckDB's.
SPARK_LIMITS = Limits(memory_mb=8192, cpu_seconds=7200, wall_seconds=7200, answer_mb=65536)
ENGINES = {"duckdb": ("trial", LIMITS), "spark": ("trial_spark", SPARK_LIMITS)}


@dataclass(frozen=True)
class TrialInput:
    """One received table: a Parquet of the mirror, or any file that a connector reads with these settings.

    `left_out` is how many records are not in a table of the mirror as the tool has them: refused when it was received, or
    left out or edited by an overlay.
    """

    path: Path
    name: str = ""
    settings: Settings = field(default_factory=dict)
    left_out: int = 0

    @property
    def shown_name(self) -> str:
        """What messages call it."""
        return self.name or self.path.name


def _quiet(percent: int, doing: str) -> None:
    """Nobody looks on."""


def _going_on() -> bool:
    return False


def run_trial(
    mapping_text: str, inputs: Mapping[str, TrialInput], *, out: Path, parameters: Mapping[str, str] | None = None,
    limits: Limits | None = None, report: Report = _quiet, cancelled: Callable[[], bool] = _going_on,
    engine: str = "duckdb", cache: Path | None = None, name: str = "mapping.yaml",
    salt: str = "",
) -> dict[str, Any]:
    """Carries the mapping out on `inputs` (by the mapping's source names) and writes the new folder `out`.

    The answer is what run.json holds; with `cache`, a folder of finished runs, the same inputs are answered from there
    with `cached: true`. `salt` is the project's, for columns of files that the mapping hashes on the way in. Raises
    MappingFaults, InputRefused, RunStopped or RunCancelled; `out` is then not there.
    """
    mapping = checked(mapping_text, name)
    given = dict(parameters or {})
    kind, bounds, more = _engine(engine, limits)
    if out.exists():
        raise InputRefused(f"{out.name}: the folder is there already; a run writes a new one")
    hashes = _hashes(mapping, inputs)
    identity = run_id(mapping, inputs, hashes, given, salt)
    if cache is not None and (cache / identity / "run.json").is_file():
        record = stored_trial(cache / identity)
        check_files(cache / identity, record)
        _link(cache / identity, out)
        return {**record, "cached": True}
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".trial-", dir=out.parent) as work:
        folder = Path(work) / "run"
        task = {**_task(mapping_text, inputs, given, bounds, name), **more}
        answer = run_task(kind, task, out=folder, limits=bounds, report=report, cancelled=cancelled,
                          secrets=_secrets(salt))
        _finish(answer, identity, hashes, mapping, given, inputs)
        (folder / "mapping.yaml").write_bytes(mapping_text.encode("utf-8"))
        answer["details"]["files"] = file_hashes(folder)
        text = json.dumps(answer, ensure_ascii=False, indent=1)
        (folder / "run.json").write_text(text, encoding="utf-8")
        for path in folder.iterdir():
            path.chmod(0o444)
        if cache is not None:
            cache.mkdir(parents=True, exist_ok=True)
            _link(folder, cache / identity)
        folder.rename(out)
    return {**answer, "cached": False}


def _engine(name: str, limits: Limits | None) -> tuple[str, Limits, dict[str, str]]:
    """The task of an engine, its limits, and what it needs to know of this machine."""
    if name not in ENGINES:
        raise InputRefused(f"there is no engine {name}; known: {', '.join(ENGINES)}")
    kind, own = ENGINES[name]
    if name == "duckdb":
        return kind, limits or own, {}
    if why := available()[name]:
        raise InputRefused(f"the engine {name} cannot run here: {why}")
    return kind, limits or own, {"java": java_home()}


def run_id(mapping: CheckedMapping, inputs: Mapping[str, TrialInput], hashes: Mapping[str, str],
           parameters: Mapping[str, str], salt: str = "") -> str:
    """The same mapping, inputs, settings, parameters and salt have the same id."""
    parts: dict[str, Any] = {"semantics": SEMANTICS, "mapping": mapping.sha256, "parameters": dict(parameters),
             "inputs": {name: [hashes[name], dict(inputs[name].settings)] for name in mapping.sources}}
    if left_out := {name: inputs[name].left_out for name in mapping.sources if inputs[name].left_out}:
        parts["left_out"] = left_out
    if salt:
        parts["salt"] = hashlib.sha256(salt.encode("utf-8")).hexdigest()
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _hashes(mapping: CheckedMapping, inputs: Mapping[str, TrialInput]) -> dict[str, str]:
    """The SHA-256 of each input's bytes; a source without an input, or an input without a source, is named."""
    for given in inputs:
        if given not in mapping.sources:
            near = nearest(given, mapping.sources)
            hint = f"; the nearest is {near}" if near else ""
            raise InputRefused(f"the mapping has no source {given}{hint}; it has {', '.join(mapping.sources)}")
    for name in mapping.sources:
        if name not in inputs:
            raise InputRefused(f"source {name} ({mapping.sources[name].table}) has no input; give it a file")
    return {name: _hash(inputs[name]) for name in mapping.sources}


def _hash(one: TrialInput) -> str:
    try:
        with one.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputRefused(f"{one.shown_name}: cannot be read ({error.strerror})") from error


def _task(text: str, inputs: Mapping[str, TrialInput], parameters: Mapping[str, str], limits: Limits,
          name: str) -> dict[str, Any]:
    shown = {key: {"path": str(one.path.resolve()), "name": one.shown_name, "settings": dict(one.settings),
                   "left_out": one.left_out} for key, one in inputs.items()}
    # DuckDB keeps within its share; the rest is for the interpreter, for what it does not count, and for headroom.
    return {"mapping": text, "name": name, "inputs": shown, "parameters": dict(parameters),
            "memory_mb": max(64, limits.memory_mb * 3 // 10), "threads": min(8, os.cpu_count() or 1)}


def _secrets(salt: str) -> dict[str, str]:
    """What reaches the child through a pipe only."""
    return {"salt": salt} if salt else {}


def _finish(answer: dict[str, Any], identity: str, hashes: Mapping[str, str], mapping: CheckedMapping,
            parameters: Mapping[str, str], inputs: Mapping[str, TrialInput]) -> None:
    """Adds what only the parent knows: the hashes before and after, and the id of the run."""
    after = {name: _hash(inputs[name]) for name in hashes}
    changed = [name for name in hashes if after[name] != hashes[name]]
    if changed:
        raise InputRefused(f"source {changed[0]}: {inputs[changed[0]].shown_name} changed while it was being read")
    details = answer["details"]
    for name, one in details["inputs"].items():
        one |= {"file": inputs[name].shown_name, "sha256": hashes[name], "after": after[name]}
    details["parameters"] = dict(parameters)
    parts = {"run": identity, "inputs": dict(hashes), "mapping": mapping.sha256, **answer}
    answer.clear()
    answer.update(parts)


def stored_trial(folder: Path) -> dict[str, Any]:
    """What run.json of a finished run holds."""
    try:
        found: Any = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise InputRefused(f"{folder.name}: run.json cannot be read ({error.strerror}); "
                           "the folder that `trial run --out` wrote was expected") from error
    except (ValueError, RecursionError) as error:
        raise InputRefused(f"{folder.name}: run.json is not JSON in UTF-8") from error
    if not isinstance(found, dict) or not _is_run(found):
        raise InputRefused(f"{folder.name}: run.json is not what a run writes")
    record: dict[str, Any] = found
    return record


def _is_run(found: Mapping[str, Any]) -> bool:
    """Whether it has the parts that are looked into; the whole schema would take longer than reading a page of rows."""
    details = found.get("details")
    targets = details.get("targets") if isinstance(details, dict) else None
    return isinstance(found.get("inputs"), dict) and isinstance(targets, list) and all(
        isinstance(one, dict) and isinstance(one.get("table"), str) and isinstance(one.get("diff"), str)
        and all(_are_names(one.get(part)) for part in ("key", "compare")) for one in targets)


def _are_names(given: object) -> bool:
    return isinstance(given, list) and all(isinstance(one, str) for one in given)


def _link(folder: Path, to: Path) -> None:
    """The same files in a second folder: hard links where the disk allows them, else copies. They are read-only."""
    if to.exists():
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".linked-", dir=to.parent) as work:
        fresh = Path(work) / "run"
        fresh.mkdir()
        for path in folder.iterdir():
            try:
                os.link(path, fresh / path.name)
            except OSError:
                shutil.copy2(path, fresh / path.name)
        try:
            fresh.rename(to)
        except OSError:
            if not to.exists():
                raise


def preview_step(mapping_text: str, inputs: Mapping[str, TrialInput], step: str, rows: int = 100, *,
            parameters: Mapping[str, str] | None = None, limits: Limits | None = None,
            name: str = "mapping.yaml", salt: str = "") -> dict[str, Any]:
    """The first rows of one step (or of a source) on a sample of its inputs, lookups whole, each cell with its fault.

    `{"step", "columns": [{"name", "type"}], "rows": [{"source", "line", "cells", "faults"}], "sampled": {source: n}}`;
    sums over a sample are sums of the sample.
    """
    mapping = checked(mapping_text, name)
    if step not in mapping.sources and mapping.step(step) is None:
        known = [*mapping.sources, *(one.name for one in mapping.steps)]
        near = nearest(step, known)
        hint = f"; the nearest is {near}" if near else ""
        raise InputRefused(f"the mapping has no step {step}{hint}; it has {', '.join(known)}")
    bounds = limits or Limits(memory_mb=2048, cpu_seconds=30, wall_seconds=30)
    task = _task(mapping_text, inputs, parameters or {}, bounds, name)
    return run_task("trial_preview", {**task, "step": step, "rows": int(rows)}, limits=bounds, secrets=_secrets(salt))


def trace_row(folder: Path, target: str, key: Sequence[str], inputs: Mapping[str, TrialInput], *,
          limits: Limits | None = None, salt: str = "") -> list[str]:
    """The source rows, such as `usage:14`, that the row of that key (as texts) was made of; at most a thousand.

    The run is carried out again on the same inputs; inputs that have changed since are refused by name.
    """
    record = stored_trial(folder)
    check_files(folder, record, ["mapping.yaml"])
    text = (folder / "mapping.yaml").read_bytes().decode("utf-8")
    mapping = checked(text)
    found = next((one for one in mapping.targets if one.table == target), None)
    if found is None:
        raise InputRefused(f"the run has no target {target}; it has {', '.join(one.table for one in mapping.targets)}")
    if len(key) != len(found.key):
        raise InputRefused(f"the key of {target} is {', '.join(found.key)}; {len(key)} values were given")
    for name, sha256 in _hashes(mapping, inputs).items():
        if sha256 != record["inputs"][name]:
            raise InputRefused(f"source {name}: {inputs[name].shown_name} is not what the run read")
    bounds = limits or LIMITS
    task = _task(text, inputs, record["details"]["parameters"], bounds, "mapping.yaml")
    answer = run_task("trial_trace", {**task, "target": target, "key": [str(one) for one in key]}, limits=bounds,
                      secrets=_secrets(salt))
    return [str(one) for one in answer["from"]]


def input_drift(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What changed between the inputs of two runs (their records), source by source: columns, rows, contract, file.

    `[{"source", "kind": source_new | source_gone | content | columns | rows | contract, "before", "after"}]`
    """
    old, new = before["details"]["inputs"], after["details"]["inputs"]
    found: list[dict[str, Any]] = []
    for name in dict.fromkeys([*old, *new]):
        if name not in old or name not in new:
            kind = "source_new" if name in new else "source_gone"
            found.append({"source": name, "kind": kind, "before": name in old, "after": name in new})
            continue
        for kind, part in (("columns", "columns"), ("rows", "rows"), ("contract", "contract"), ("content", "sha256")):
            if old[name][part] != new[name][part]:
                found.append({"source": name, "kind": kind, "before": old[name][part], "after": new[name][part]})
    return found


def diff_rows(folder: Path, table: str, *, kinds: Sequence[str] = (), changed: str = "",
              equal: Mapping[str, str] | None = None, holding: str = "", only_fake: bool = False, offset: int = 0,
              limit: int = 1000, nearby: bool = False) -> dict[str, Any]:
    """A page of a target's difference: `{"total": n, "rows": [{column: value}]}`, in the order of its key.

    Only rows of those `kinds`, with that `changed` column, whose columns (as texts) are `equal` to these, and with the
    text `holding` in one of their key columns whatever its case. `nearby` reads in this process, in a third of the
    time: for folders that this installation wrote itself, never for one from a stranger.
    """
    record = stored_trial(folder)
    found = [one for one in record["details"]["targets"] if one["table"] == table]
    if not found:
        raise InputRefused(f"{folder.name}: the run has no target {table}")
    known = [*found[0]["key"], *(f"{side}.{name}" for name in found[0]["compare"] for side in ("live", "trial"))]
    for name in equal or {}:
        if name not in known:
            raise InputRefused(f"the difference has no column {name}; it has {', '.join(known)}")
    wanted = {"kinds": list(kinds), "changed": changed, "equal": dict(equal or {}), "holding": holding,
              "only_fake": only_fake, "key": list(found[0]["key"]), "offset": offset, "limit": limit}
    return _page(folder, record, str(found[0]["diff"]), wanted, nearby=nearby)


def refused_rows(folder: Path, *, step: str = "", item: str = "", kind: str = "", offset: int = 0, limit: int = 1000,
                 nearby: bool = False) -> dict[str, Any]:
    """A page of the refused rows that were kept: `{"total": n, "rows": [{step, item, kind, source, line, …}]}`."""
    record = stored_trial(folder)
    equal = {name: value for name, value in (("step", step), ("item", item), ("kind", kind)) if value}
    wanted = {"kinds": [], "changed": "", "equal": equal, "offset": offset, "limit": limit}
    return _page(folder, record, "refused.parquet", wanted, nearby=nearby)


def _page(folder: Path, record: Mapping[str, Any], name: str, wanted: Mapping[str, Any], *, nearby: bool) -> dict[str, Any]:
    path = folder / name
    if Path(name).name != name or not path.is_file() or path.is_symlink():  # a link could lead to a table of somebody else
        raise InputRefused(f"{folder.name}: no file {name}")
    check_files(folder, record, [name])
    if not nearby:
        return run_task("trial_rows", {"path": str(path.resolve()), **wanted}, limits=Limits(memory_mb=2048))
    with tempfile.TemporaryDirectory(prefix="ninefold-rows-") as work:
        return _read_nearby(path, Path(work), wanted)


def _read_nearby(path: Path, work: Path, wanted: Mapping[str, Any]) -> dict[str, Any]:
    page = import_module("sandbox.engines.showing").page  # loaded when first asked for: it brings DuckDB with it
    found: dict[str, Any] = page(path.resolve(), work, wanted)
    return found


def source_settings(path: Path) -> dict[str, dict[str, Any]]:
    """How each input is written: a TOML file with a section for each source; the connectors check what it says."""
    try:
        loaded = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise InputRefused(f"{path.name}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputRefused(f"{path.name}: not a TOML file: {error}") from error
    for name, section in loaded.items():
        if not isinstance(section, dict):
            raise InputRefused(f"{path.name}: {name} should be a section such as [usage]")
    return loaded

