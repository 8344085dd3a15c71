"""Child processes as they are started, and one started ahead of its task for a process that serves pages."""
from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import subprocess  # the child is our own module under our own interpreter
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from sandbox.errors import RUN_FOLDER, InputRefused

AHEAD = "trial_preview"  # the task that somebody waits for in an editor
_IDLE = 300.0  # seconds that a child waits for its task
_HOME = Path(__file__).resolve().parent.parent
_LONGEST_COMPLAINT = 100_000
_PIPE_HOLDS = 60_000  # bytes that a pipe takes before anybody reads it, with room to spare


def child_environment(folder: Path) -> dict[str, str]:
    """All that the child inherits: our own environment may hold passwords, and its folder is its home."""
    # Its address space is limited: an arena of memory for each thread takes a quarter of 2 GB before it holds anything.
    return {"PYTHONPATH": str(_HOME), "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2"}


class Child:
    """A process that waits for its one task, in a new folder of its own, which goes with it.

    `beside` is where the folder lies; `ahead` names a task whose modules are loaded before it comes.
    """

    def __init__(self, beside: Path | None = None, ahead: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=RUN_FOLDER, dir=beside))
        self._is_ended = False
        # -P keeps the run's own folder off the import path.
        command = [sys.executable, "-P", "-s", "-B", "-X", "utf8", "-m", "sandbox.engines.worker", str(os.getpid())]
        try:
            (self.folder / "out").mkdir()
            self._said = (self.folder / "complaint").open("w+b")
            self.process = subprocess.Popen(  # noqa: S603 – a fixed command, no shell
                [*command, *filter(None, [ahead])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said,
                cwd=self.folder, env=child_environment(self.folder), start_new_session=True)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def hand_over(self, task: str, secrets: Mapping[str, str]) -> None:
        """Its task lies in its folder; secrets go through the pipe that it waits at, and nothing can read them again."""
        (self.folder / "task.json").write_text(task, encoding="utf-8")
        assert self.process.stdin is not None  # noqa: S101 – it was asked for as a pipe
        with contextlib.suppress(BrokenPipeError):  # a child that is gone is told by its exit status
            self.process.stdin.write(packed(secrets))
            self.process.stdin.close()

    def complaint(self) -> str:
        """The end of what it said on standard error."""
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - _LONGEST_COMPLAINT))
        return self._said.read().decode("utf-8", "replace")

    def end_group(self) -> None:
        """It ends with all that it started; only once, since the number of a group that is gone can be another's."""
        if not self._is_ended:
            self._is_ended = True
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def end(self) -> None:
        """It ends, and its folder goes."""
        self.end_group()
        for pipe in (self.process.stdin, self.process.stdout, self._said):
            with contextlib.suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def packed(secrets: Mapping[str, str]) -> bytes:
    """The secrets as they go through the pipe."""
    data = json.dumps(dict(secrets)).encode()
    if len(data) > _PIPE_HOLDS:
        raise InputRefused(f"the secrets of one run may have {_PIPE_HOLDS} bytes together")
    return data


class _Ready:
    """The child that this process keeps ready, if it does; it serves one task and is then replaced."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.child: Child | None = None
        self.seconds, self.until = 0.0, 0.0  # how long a child waits for its task, and how long there is to be one
        self.look: threading.Timer | None = None  # whether it is still wanted

    def keep(self, seconds: float) -> None:
        with self.lock:
            self.seconds, self.until = seconds, time.monotonic() + seconds
        threading.Thread(target=self.fill, daemon=True).start()

    def fill(self) -> None:
        with self.lock:
            left = self.until - time.monotonic()
            if left > 0 and self.child is None:
                with contextlib.suppress(OSError):  # where none can start now, the preview says so itself
                    self.child = Child(ahead=AHEAD)
            if left > 0:
                self._look_in(left)

    def _look_in(self, seconds: float) -> None:
        if self.look is not None:
            self.look.cancel()
        self.look = threading.Timer(seconds, self._look)
        self.look.daemon = True
        self.look.start()

    def _look(self) -> None:
        with self.lock:
            left = self.until - time.monotonic()
            if left > 0:
                self._look_in(left)
        if left <= 0:
            self.end()

    def taken(self) -> Child | None:
        with self.lock:
            child, self.child = self.child, None
        if child is not None and child.process.poll() is not None:
            child.end()
            return None
        return child

    def end(self) -> None:
        with self.lock:
            child, self.child = self.child, None
        if child is not None:
            child.end()


_ready = _Ready()
_others: list[_Ready] = []  # of the process that this one was forked from; its child is not ours to end


def _start_anew() -> None:
    global _ready
    _others.append(_ready)
    _ready = _Ready()


os.register_at_fork(after_in_child=_start_anew)
atexit.register(lambda: _ready.end())


def keep_ready(seconds: float = _IDLE) -> None:
    """Has a child at hand for the next preview, for that long; each preview then leaves another. Returns at once.

    For a process that serves pages: the child takes some 70 MB while it waits. It has no task yet, and no other limit,
    folder or environment than any child; it ends with this process.
    """
    _ready.keep(seconds)


def child_for(kind: str, beside: Path | None) -> Child:
    """The child that is ready where it fits, else a new one."""
    return (_ready.taken() if kind == AHEAD and beside is None else None) or Child(beside)


def done(kind: str) -> None:
    """A task of that kind has its answer: where a child is kept ready, the next one starts."""
    if kind == AHEAD and _ready.until > time.monotonic():
        _ready.keep(_ready.seconds)
