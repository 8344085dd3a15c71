"""The children that set pages: as many at once as there are cores, each with limits, ended at once when nobody waits any more."""

from __future__ import annotations

import base64
import json
import logging
import os
import queue
import signal
import subprocess  # the child is our own module under our own interpreter
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, cast

from workbench.reports import pdf

log = logging.getLogger("workbench.reports")
MOST = 4
RECYCLED_MB = 150  # a child that holds more is replaced before its next part
Assets = Mapping[str, Path | str | bytes]


@dataclass(frozen=True)
class Sheet:
    """One document to set: its HTML, which of the styles, the mark of a part (empty for a whole document), PDF/A or not."""

    html: str
    style: int = 0
    mark: str = ""
    is_archival: bool = False


def _nothing(*_given: object) -> None:
    """Nobody wants to know."""


class _Child:
    """One process; it sets document after document."""

    def __init__(self, setup: bytes, folder: Path, limits: pdf.Limits) -> None:
        self.limits, self.memory_mb = limits, 0
        self.said: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`
        self.process = subprocess.Popen(  # noqa: S603 - a fixed command, no shell
            pdf.child_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.said, cwd=folder,
            env=pdf.child_environment(folder), start_new_session=True,
        )
        self.stdin, self.stdout = cast("tuple[IO[bytes], IO[bytes]]", (self.process.stdin, self.process.stdout))
        self._write(setup)

    def _write(self, line: bytes) -> None:
        with suppress(BrokenPipeError):  # it ended: its exit status says why
            self.stdin.write(line + b"\n")
            self.stdin.flush()

    def set(self, sheet: Sheet) -> bytes:
        """The PDF; empty where the child ended first. Raises PdfFailed after the time of the limits."""
        late = threading.Event()

        def end() -> None:
            late.set()
            self.end()

        clock = threading.Timer(self.limits.wall_seconds, end)
        clock.start()
        try:
            job = {"html": sheet.html, "sheet": sheet.style, "mark": sheet.mark, "variant": sheet.is_archival}
            self._write(json.dumps(job).encode())
            made = self._read()
        finally:
            clock.cancel()
        if late.is_set():
            raise pdf.PdfFailed(f"setting the pages was ended after {self.limits.wall_seconds:g} s; the report is too large")
        return made

    def _read(self) -> bytes:
        head = self.stdout.read(pdf.REPLY.size)
        if len(head) < pdf.REPLY.size:
            return b""
        size, self.memory_mb = pdf.REPLY.unpack(head)
        made = self.stdout.read(size)
        return made if len(made) == size else b""

    def end(self) -> None:
        """Kill it, with whatever it may have started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def close(self) -> tuple[int, str]:
        """Its exit status once it has ended, and what it wrote to standard error."""
        with suppress(BrokenPipeError):
            self.stdin.close()
        self.stdout.close()
        code = self.process.wait()
        self.said.seek(0)
        said = self.said.read().decode(errors="replace")
        self.said.close()
        for line in said.splitlines():
            if line.startswith(pdf.REFUSED):
                log.warning("a report asked for an address outside its assets: %s", line.removeprefix(pdf.REFUSED))
        return code, said


class Crew:
    """Children that share lists of documents, for as long as it is open."""

    def __init__(self, styles: Sequence[str], assets: Assets, limits: pdf.Limits | None = None, most: int = 0) -> None:
        self.limits = limits or pdf.Limits()
        self.most = most or min(os.cpu_count() or 1, MOST)
        self.setup = json.dumps({
            "sheets": list(styles),
            "limits": asdict(self.limits),
            "assets": {name: str(each.resolve()) for name, each in assets.items() if isinstance(each, Path)},
            "texts": {name: each for name, each in assets.items() if isinstance(each, str)},
            "bytes": {name: base64.b64encode(each).decode() for name, each in assets.items() if isinstance(each, bytes)},
        }).encode()
        self._lock, self._is_over = threading.Lock(), False
        self._children: set[_Child] = set()
        self._idle: queue.SimpleQueue[_Child] = queue.SimpleQueue()
        self._folder = tempfile.TemporaryDirectory(prefix="ninefold-pdf-")
        self.peak_mb = 0

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_error: object) -> None:
        """End every child; nothing is waited for any more."""
        self._end()
        for child in list(self._children):
            self._dismiss(child)
        self._folder.cleanup()

    def set(
        self, sheets: Sequence[Sheet], done: Callable[[int, bytes], None] = _nothing, tick: Callable[[], None] = _nothing,
        meanwhile: Callable[[], None] = _nothing,
    ) -> list[bytes]:
        """The PDF of every document. `done(place, pdf)` is called in this thread as each is ready, `tick` once a second.

        `meanwhile` is called once, in this thread, when the children have begun.
        Whatever either of them raises ends all children at once. Raises PdfFailed.
        """
        waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        for place in sorted(range(len(sheets)), key=lambda each: -len(sheets[each].html)):
            waiting.put(place)  # the longest first, so that nobody ends up waiting for one late long part
        ready: queue.SimpleQueue[tuple[int, bytes | BaseException]] = queue.SimpleQueue()
        threads = [
            threading.Thread(target=self._work, args=(sheets, waiting, ready), name="pages", daemon=True)
            for _each in range(min(self.most, len(sheets)))
        ]
        for thread in threads:
            thread.start()
        try:
            meanwhile()
            return self._gather(len(sheets), ready, done, tick)
        except BaseException:
            self._end()
            raise
        finally:
            for thread in threads:
                thread.join()

    def _gather(
        self, count: int, ready: queue.SimpleQueue[tuple[int, bytes | BaseException]], done: Callable[[int, bytes], None],
        tick: Callable[[], None],
    ) -> list[bytes]:
        found: dict[int, bytes] = {}
        while len(found) < count:
            tick()
            try:
                place, made = ready.get(timeout=1)
            except queue.Empty:
                continue
            if isinstance(made, BaseException):
                raise made
            found[place] = made
            done(place, made)
        return [found[place] for place in range(count)]

    def _end(self) -> None:
        with self._lock:
            self._is_over = True
            for child in self._children:
                child.end()

    def _work(
        self, sheets: Sequence[Sheet], waiting: queue.SimpleQueue[int],
        ready: queue.SimpleQueue[tuple[int, bytes | BaseException]],
    ) -> None:
        try:
            child = self._idle.get_nowait()
        except queue.Empty:
            child = None
        try:
            while not self._is_over:
                place = waiting.get_nowait()
                child, made = self._one(child, sheets[place])
                ready.put((place, made))
        except queue.Empty:
            if child is not None:
                self._idle.put(child)
        except BaseException as error:
            ready.put((-1, error))

    def _one(self, child: _Child | None, sheet: Sheet) -> tuple[_Child | None, bytes]:
        """Set one document by the child at hand or a new one; a child that a library crashed is replaced once."""
        for is_last in (False, True):
            child = child or self._hire()
            made = child.set(sheet)
            self.peak_mb = max(self.peak_mb, child.memory_mb)
            if made:
                return self._kept(child), made
            code, said = self._dismiss(child)
            child = None
            if is_last or code != -signal.SIGSEGV:
                break
            log.warning("setting the pages crashed; it is tried once more")
        raise pdf.PdfFailed(pdf.reason(code, said, self.limits))

    def _kept(self, child: _Child) -> _Child | None:
        if child.memory_mb <= RECYCLED_MB:
            return child
        self._dismiss(child)
        return None

    def _hire(self) -> _Child:
        child = _Child(self.setup, Path(tempfile.mkdtemp(dir=self._folder.name)), self.limits)
        with self._lock:
            self._children.add(child)
            if self._is_over:
                child.end()
        return child

    def _dismiss(self, child: _Child | None) -> tuple[int, str]:
        if child is None:
            return 0, ""
        with self._lock:
            if child not in self._children:
                return 0, ""
            self._children.discard(child)
        return child.close()


def render(html: str, css: str, assets: Assets, limits: pdf.Limits | None = None, *, is_archival: bool = False) -> bytes:
    """The PDF of a page, set in one piece; the same input gives the same bytes. Raises PdfFailed.

    An asset is a file, a text such as a picture's SVG, or bytes.
    """
    with Crew([css], assets, limits, most=1) as crew:
        return crew.set([Sheet(html, is_archival=is_archival)])[0]
