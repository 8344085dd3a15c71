"""Runs a reconciliation in a child process with limits, and hashes its inputs before and after."""
from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.child import Limits, run_task
from sandbox.errors import InputRefused
from sandbox.reconciliation.policies import Rules
from sandbox.reconciliation.quantities import Result
from sandbox.reconciliation.transport import from_record


@dataclass(frozen=True)
class Source:
    """One input: where it lies, what messages call it, and how it is written."""

    path: Path
    name: str = ""
    settings: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def shown_name(self) -> str:
        return self.name or self.path.name


@dataclass(frozen=True)
class InputHash:
    """The SHA-256 of one input before and after the run."""

    role: str
    name: str
    before: str
    after: str

    @property
    def is_unchanged(self) -> bool:
        return self.before == self.after


@dataclass(frozen=True)
class Outcome:
    """What a run gives: the result, its record for keeping, the hashes of its inputs, and how each was read."""

    result: Result
    record: Mapping[str, Any]
    inputs: tuple[InputHash, ...]
    settings: Mapping[str, Mapping[str, str | int]]


def reconcile_in_child(sources: Mapping[str, Source], *, sum_duplicates: bool = False, rules: Rules | None = None,
                       limits: Limits | None = None) -> Outcome:
    """Reconciles `packages`, `contracts`, `usage` and, where given, `clients` and `prices`. Only reads them.

    `rules` are those that change the bill, and the period. Raises InputRefused, RunStopped.
    """
    before = {role: file_hash(source.path, source.shown_name) for role, source in sources.items()}
    task = {
        "sources": {role: {"path": str(source.path.resolve()), "name": source.shown_name,
                           "settings": dict(source.settings)} for role, source in sources.items()},
        "sum_duplicates": sum_duplicates, "rules": (rules or Rules()).as_json(),
    }
    answer = run_task("reconcile", task, limits=limits)
    after = {role: file_hash(source.path, source.shown_name) for role, source in sources.items()}
    for role, source in sources.items():
        if answer["inputs"][role] != before[role]:
            raise InputRefused(f"{source.shown_name}: the file changed while it was being read")
    hashes = tuple(InputHash(role, source.shown_name, before[role], after[role]) for role, source in sources.items())
    return Outcome(from_record(answer["record"]), answer["record"], hashes, answer["settings"])


def file_hash(path: Path, name: str) -> str:
    """SHA-256 of the file's bytes."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputRefused(f"{name}: cannot be read ({error.strerror})") from error
