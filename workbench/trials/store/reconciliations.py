"""The files of the trials: what was uploaded, what the mirror received, and the run over them. Knows no database."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import sandbox
from workbench.trials import rules
from workbench.web.refusals import BadValue, NotThere, Refused

Report = Callable[[int, str], None]
Settings = Mapping[str, Mapping[str, str | int]]
BY_CONNECTOR = (".xlsx", ".xlsm", ".xls", ".ods", ".toml")  # .toml: figures that a person read off a screen
_INBOX_NAME = re.compile(r"[0-9a-f]{64}/[^/]{1,200}")


@dataclass(frozen=True)
class Recipe:
    """What a run works on: files to receive by role, or inputs that an earlier run received, and how to count."""

    files: Mapping[str, Path] = field(default_factory=dict)
    again: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sum_duplicates: bool = False
    doing: str = "reconciliation"  # what the progress says meanwhile, in the person's language
    rules: Mapping[str, str] = field(default_factory=dict)  # chosen by hand: they come before those of the settings file


@dataclass(frozen=True)
class Computed:
    """What a run gives, before anything of it is written."""

    inputs: dict[str, dict[str, Any]]
    result: dict[str, Any]


def folder(home: Path, key: str) -> Path:
    """Where the mirror of one project lies."""
    return home / "sandbox" / key


def keep_upload(home: Path, key: str, filename: str, stream: BinaryIO) -> str:
    """Put an uploaded file into the project's inbox under its content hash; gives `<sha256>/<file name>`."""
    inbox = folder(home, key) / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=inbox, prefix=".incoming-", delete=False) as fresh:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
            fresh.write(chunk)
    name = rules.file_name(filename)
    place = inbox / digest.hexdigest()
    place.mkdir(exist_ok=True)
    Path(fresh.name).chmod(0o444)
    Path(fresh.name).replace(place / name)
    return f"{place.name}/{name}"


def uploaded(home: Path, key: str, name: str) -> Path:
    """Where an uploaded file lies. Raises NotThere for a name that `keep_upload` did not give."""
    path = folder(home, key) / "inbox" / name
    if not _INBOX_NAME.fullmatch(name) or name.endswith(("/.", "/..")) or not path.is_file():
        raise NotThere
    return path


def check_settings(path: Path) -> None:
    """Raise BadValue where the settings file cannot be used, in the sandbox's own words."""
    try:
        sandbox.rules_from(sandbox.load_settings(path).get("rules", {}))
    except sandbox.SandboxError as error:
        raise BadValue(rules.SETTINGS, str(error)) from error


def compute(home: Path, key: str, period_on: date | None, recipe: Recipe, report: Report) -> Computed:
    """Receive the files, reconcile the received copies in a child process, and hash the sources again.

    Raises Refused, naming file and line, where an input cannot be read as it stands or the run passed its limits.
    """
    try:
        return _compute(sandbox.Mirror(folder(home, key)), period_on, recipe, report)
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error


def _compute(mirror: sandbox.Mirror, period_on: date | None, recipe: Recipe, report: Report) -> Computed:
    written = sandbox.load_settings(recipe.files[rules.SETTINGS]) if rules.SETTINGS in recipe.files else {}
    snapshots: dict[str, sandbox.Snapshot] = {}
    for role in rules.ROLES:
        if role in recipe.files:
            report(10, recipe.files[role].name)  # a file's name needs no translation
            settings = _written(written, recipe, role)
            snapshots[role] = _received(mirror, _mirror_name(role, period_on), recipe.files[role], settings)
        elif role in recipe.again:
            snapshots[role] = mirror.store.snapshot(recipe.again[role]["snapshot"])
    originals = {role: mirror.store.original(one) for role, one in snapshots.items()}
    sources = {
        role: sandbox.Source(originals[role], _name(recipe, role), _written(written, recipe, role)) for role in snapshots
    }
    report(40, recipe.doing)
    chosen = sandbox.rules_from({**written.get("rules", {}), **recipe.rules})
    outcome = sandbox.reconcile_in_child(sources, sum_duplicates=recipe.sum_duplicates, rules=chosen)
    report(80, "SHA-256")
    live = {role: recipe.files.get(role, path) for role, path in originals.items()}
    inputs = {
        role: {
            "name": _name(recipe, role), "sha256": one.original_hash, "after": _hash(live[role]), "rows": one.row_count,
            "snapshot": one.id, "settings": dict(outcome.settings[role]), "is_again": role not in recipe.files,
        }
        for role, one in snapshots.items()
    }
    if recipe.sum_duplicates:
        inputs["usage"]["sum_duplicates"] = True
    if inputs["usage"]["is_again"] and "shots" in recipe.again["usage"]:
        inputs["usage"]["shots"] = recipe.again["usage"]["shots"]
    return Computed(inputs, {**outcome.record["result"], "details": outcome.record["details"]})


def _received(mirror: sandbox.Mirror, name: str, path: Path, settings: Mapping[str, str | int]) -> sandbox.Snapshot:
    """The file in the mirror: delimited text as it always was, a workbook or typed figures by their connector."""
    if path.suffix.lower() not in BY_CONNECTOR:
        return mirror.receive(name, path, settings)
    return next(iter(sandbox.receive_export(mirror.store.folder, path, settings).snapshots.values()))


def _written(written: Mapping[str, Mapping[str, str | int]], recipe: Recipe, role: str) -> Mapping[str, str | int]:
    """How a file is written, where it was said: now, or for an earlier file of the same kind; else it is recognised."""
    earlier = recipe.again.get(role, {})
    same = role not in recipe.files or Path(str(earlier.get("name", ""))).suffix == recipe.files[role].suffix
    return written.get(role) or (earlier.get("settings", {}) if same else {})


def _name(recipe: Recipe, role: str) -> str:
    """What the file of this role is called: its ending says how it is read."""
    return recipe.files[role].name if role in recipe.files else str(recipe.again[role]["name"])


def _mirror_name(role: str, period_on: date | None) -> str:
    return f"{role}-{period_on:%Y-%m}" if role == "usage" and period_on else role


def _hash(path: Path) -> str:
    """SHA-256 of the file now; empty where it can no longer be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def received_rows(home: Path, key: str, snapshot: str) -> tuple[tuple[str, ...], list[tuple[int, Mapping[str, str]]]]:
    """A received table by the id of its snapshot: (its columns, [(line, cells by column)]). Raises Refused."""
    try:
        kept = sandbox.Mirror(folder(home, key)).store
        table = kept.table(kept.snapshot(snapshot))
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error
    return table.columns, [(each.line, each.cells) for each in table.records]
