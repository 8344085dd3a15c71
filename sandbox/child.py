"""Runs one task in a child process with limits; the child says how far it is, and is ended when it passes a limit."""
from __future__ import annotations

import errno
import json
import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sandbox.errors import OUT_OF_MEMORY, InputRefused, RunCancelled, RunStopped
from sandbox.starting import child_environment, child_for, done, packed

__all__ = ["Limits", "child_environment", "run_task"]

_BEAT = 0.2  # seconds between two looks at the clock and at the wish to cancel
# What Python, and the loader of a library that no longer fits, say of it.
_NO_MEMORY = ("MemoryError", "OutOfMemoryException", "failed to map segment", "memory allocation of")
_TOO_LARGE = os.strerror(errno.EFBIG)
_ERROR_LINE = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|Exit)\b")
_FOLDERS = re.compile(r"(?:/[^\s'\"/]+)+/(?=[^\s'\"/])")

Report = Callable[[int, str], None]


@dataclass(frozen=True)
class Limits:
    """What one run may use; a run that passes a limit is ended and says which."""

    memory_mb: int = 1024
    cpu_seconds: int = 60
    wall_seconds: float = 90
    answer_mb: int = 200


def run_task(
    kind: str, task: Mapping[str, Any], *, out: Path | None = None, limits: Limits | None = None,
    report: Report = lambda percent, doing: None, cancelled: Callable[[], bool] = lambda: False,
    secrets: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The answer of task `kind` (a key of `TASKS` in `engines/worker.py`), computed in a folder of its own.

    Files that the child leaves in its folder `out/` become the new folder `out`, which must not exist; without `out`
    they are removed. `secrets` reach the child through a pipe, never a file or the environment; it finds them in its
    task under that name, and no message that comes back holds one. Raises InputRefused for what the child refuses,
    RunStopped at a limit, RunCancelled when `cancelled` says so.
    """
    bounds, known = limits or Limits(), dict(secrets or {})
    packed(known)
    child = child_for(kind, out.parent if out else None)
    try:
        child.hand_over(json.dumps({"kind": kind, "task": task, "limits": asdict(bounds)}), known)
        _watch(child.process, bounds, report, cancelled)
        code = child.process.wait()
        child.end_group()
        answer = _answer(child.folder, code, _without(known, child.complaint()), bounds, known)
        if out is not None:
            (child.folder / "out").rename(out)
    finally:
        child.end()
        done(kind)
    return answer


def _without(secrets: Mapping[str, str], text: str) -> str:
    for value in sorted(filter(None, secrets.values()), key=len, reverse=True):
        text = text.replace(value, "***")
    return text


def _answer(folder: Path, code: int, complaint: str, limits: Limits, secrets: Mapping[str, str]) -> dict[str, Any]:
    if code == -signal.SIGXCPU:
        raise RunStopped(f"the run was ended after {limits.cpu_seconds} s of computing")
    if code == OUT_OF_MEMORY or any(word in complaint for word in _NO_MEMORY):
        raise RunStopped(f"the run was ended: it needs more than {limits.memory_mb} MB of memory")
    if code == -signal.SIGXFSZ or _TOO_LARGE in complaint:
        raise RunStopped(f"the run was ended: it writes more than {limits.answer_mb} MB")
    if code != 0:
        lines = complaint.strip().splitlines()
        # The last error by name: a library may say more below it; and where the files lie concerns nobody.
        reason = [line for line in lines if _ERROR_LINE.match(line)][-1:] or lines[-1:] or [f"exit status {code}"]
        raise RunStopped(f"the run ended unexpectedly: {_FOLDERS.sub('', reason[0])}")
    answer: dict[str, Any] = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    if "refused" in answer:
        raise InputRefused(_without(secrets, answer["refused"]))
    given: dict[str, Any] = answer["answer"]
    return given


def _watch(child: subprocess.Popen[bytes], limits: Limits, report: Report, cancelled: Callable[[], bool]) -> None:
    """Passes on what the child reports, line by line, until it closes its output."""
    end, waiting = time.monotonic() + limits.wall_seconds, b""
    assert child.stdout is not None  # noqa: S101 – it was asked for as a pipe
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            if time.monotonic() > end:
                raise RunStopped(f"the run was ended after {limits.wall_seconds:g} s")
            if cancelled():
                raise RunCancelled("the run was cancelled")
            if not selector.select(_BEAT):
                continue
            chunk = os.read(child.stdout.fileno(), 65536)
            if not chunk:
                break
            *lines, waiting = (waiting + chunk).split(b"\n")
            for line in lines:
                percent, doing = json.loads(line)
                report(int(percent), str(doing))
    try:
        child.wait(max(0.0, end - time.monotonic()) + _BEAT)
    except subprocess.TimeoutExpired as error:
        raise RunStopped(f"the run was ended after {limits.wall_seconds:g} s") from error
