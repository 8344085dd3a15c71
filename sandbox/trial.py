"""Runs a reconciliation in a child process with limits, and hashes its inputs before and after."""
from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess  # the child is our own module under our own interpreter
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sandbox.errors import OUT_OF_MEMORY, InputRefused, RunStopped
from sandbox.quantities import Result
from sandbox.transport import from_record

_HOME = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Limits:
    """What one run may use; a run that passes a limit is ended and says which."""

    memory_mb: int = 1024
    cpu_seconds: int = 60
    wall_seconds: float = 90
    answer_mb: int = 200


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


def reconcile_in_child(sources: Mapping[str, Source], *, sum_duplicates: bool = False,
                       limits: Limits | None = None) -> Outcome:
    """Reconciles `packages`, `contracts`, `usage` and, where given, `clients` and `prices`. Only reads them."""
    before = {role: file_hash(source.path, source.shown_name) for role, source in sources.items()}
    task = {
        "sources": {role: {"path": str(source.path.resolve()), "name": source.shown_name,
                           "settings": dict(source.settings)} for role, source in sources.items()},
        "sum_duplicates": sum_duplicates,
        "limits": asdict(limits or Limits()),
    }
    answer = _answer(task, limits or Limits())
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


def _answer(task: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="ninefold-run-") as folder:
        code, errors = _child(json.dumps(task), Path(folder), limits)
        written = (Path(folder) / "answer.json").read_text(encoding="utf-8")
    if code == -signal.SIGXCPU:
        raise RunStopped(f"the run was ended after {limits.cpu_seconds} s of computing")
    if code == OUT_OF_MEMORY or "MemoryError" in errors:
        raise RunStopped(f"the run was ended: it needs more than {limits.memory_mb} MB of memory")
    if code != 0:
        reason = errors.strip().splitlines()[-1:] or [f"exit status {code}"]
        raise RunStopped(f"the run ended unexpectedly: {reason[0]}")
    answer: dict[str, Any] = json.loads(written)
    if "refused" in answer:
        raise InputRefused(answer["refused"])
    return answer


def child_environment(folder: Path) -> dict[str, str]:
    """All that the child inherits: our own environment may hold passwords, and its folder is its home."""
    return {"PYTHONPATH": str(_HOME), "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}


def _child(task: str, folder: Path, limits: Limits) -> tuple[int, str]:
    """The child's exit status and what it said on standard error; its whole process group ends with it."""
    # -P keeps the run's own folder off the import path.
    command = [sys.executable, "-P", "-s", "-B", "-X", "utf8", "-m", "sandbox.engines.worker"]
    with (folder / "answer.json").open("wb") as out, subprocess.Popen(  # noqa: S603 – a fixed command, no shell
            command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.PIPE, cwd=folder,
            env=child_environment(folder), text=True, encoding="utf-8", start_new_session=True) as child:
        try:
            _, errors = child.communicate(task, timeout=limits.wall_seconds)
        except subprocess.TimeoutExpired as error:
            _end_group(child.pid)
            raise RunStopped(f"the run was ended after {limits.wall_seconds:g} s") from error
        except BaseException:
            _end_group(child.pid)
            raise
    return child.returncode, errors


def _end_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return
