"""Opens a spreadsheet that somebody sent: in a child process with limits, every cell as text, formulas named and not run."""

from __future__ import annotations

import json
import os
import signal
import subprocess  # the child is our own module under our own interpreter
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench import layout
from workbench.web.workbook_child import cell_name as cell_name

WALL = 60  # seconds


@dataclass(frozen=True)
class Table:
    """One sheet: its rows as texts, and the cells that hold a formula, such as G7."""

    rows: tuple[tuple[str, ...], ...]
    formulas: frozenset[str]


class Unreadable(Exception):
    """A spreadsheet cannot be opened: `why` is broken, too_large or too_many_rows; `rows` is how many are read."""

    def __init__(self, why: str, rows: int) -> None:
        super().__init__(why)
        self.why, self.rows = why, rows


def tables_of(data: bytes, *, rows: int = 10_000) -> dict[str, Table]:
    """{name of the sheet: its cells} of an XLSX or ODS file. Raises Unreadable.

    The caller has judged the file's directory before (evidence.store.media_type): what unpacks to too much stays out.
    """
    with tempfile.TemporaryDirectory(prefix="ninefold-sheet-") as folder:
        answer = _child(data, Path(folder), rows)
    if "refused" in answer:
        raise Unreadable(answer["refused"], rows)
    return {
        name: Table(tuple(tuple(row) for row in table["rows"]), frozenset(table["formulas"]))
        for name, table in answer["sheets"].items()
    }


def _child(data: bytes, folder: Path, rows: int) -> dict[str, Any]:
    command = [sys.executable, "-P", "-s", "-B", "-X", "utf8", "-m", "workbench.web.workbook_child", str(rows)]
    inherited = {"PYTHONPATH": str(layout.PACKAGE.parent), "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}
    with subprocess.Popen(  # noqa: S603 - a fixed command, no shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=inherited,
        start_new_session=True,
    ) as child:
        try:
            said, _errors = child.communicate(data, timeout=WALL)
        except BaseException as error:
            _end(child.pid)
            if isinstance(error, subprocess.TimeoutExpired):
                raise Unreadable("too_large", rows) from error
            raise
    if child.returncode != 0:  # ended by its own limits: memory, computing time
        raise Unreadable("too_large", rows)
    answer: dict[str, Any] = json.loads(said)
    return answer


def _end(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return
