"""What can be mirrored: the connectors, whether a source's settings fit, and how an uploaded file seems to be written."""
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

from sandbox.child import Limits, run_task
from sandbox.connectors import discover
from sandbox.connectors.rest.settings import source_of
from sandbox.connectors.sql.settings import checked as checked_connection
from sandbox.errors import InputRefused
from sandbox.receiving.given import COMMON, checked_settings

_LIVE = {"sql": checked_connection, "rest": source_of}
_SNIFF_LIMITS = Limits(memory_mb=2048, cpu_seconds=60, wall_seconds=90)
_SHOWN_CELL = 200  # characters of a cell of the first rows


@dataclass(frozen=True)
class Offering:
    """One connector: its name, the endings of the files it reads (none of a live source), and its settings' schema."""

    name: str
    reads: tuple[str, ...]
    schema: Mapping[str, Any]

    @property
    def is_live(self) -> bool:
        """Whether it reads a tool through a connection; else it reads files that a person brings."""
        return not self.reads

    @property
    def own_settings(self) -> dict[str, Any]:
        """{setting: its schema} of a file connector, with the decimal mark but without what the mirror sets itself."""
        hidden = set(COMMON) - {"decimal"}
        return {name: rule for name, rule in self.schema["properties"].items() if name not in hidden}


def offerings() -> dict[str, Offering]:
    """Every connector by name, in alphabetical order."""
    return {name: Offering(name, tuple(one.READS), one.SETTINGS) for name, one in discover().items()}


def checked_source(connector: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a source as JSON; raises InputRefused naming the key, what was expected and the nearest name."""
    known = offerings()
    if connector not in known:
        raise InputRefused(f'there is no connector "{connector}"; known: {", ".join(known)}')
    given: dict[str, Any] = json.loads(json.dumps(dict(settings), default=_plain))
    if connector in _LIVE:
        _LIVE[connector](given)
        return given
    return checked_settings(given, known[connector].schema, "settings")


def source_tables(connector: str, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The tables that a live source names, in their order; none of a file source."""
    if connector not in _LIVE:
        return ()
    return tuple(str(one.get("name") or one.get("table")) for one in settings.get("tables", ()))


def sniffed(path: Path, settings: Mapping[str, Any], *, name: str = "") -> dict[str, Any]:
    """How a file seems to be written, found in a child process: `connector`, `settings`, `columns`, first `rows`.

    `settings` are taken as given where they say something. Of a workbook `sheets` lists all sheets.
    """
    task = {"path": str(path.resolve()), "settings": dict(settings), "name": name or path.name}
    found = run_task("sniff", task, limits=_SNIFF_LIMITS)
    cut = [[str(cell)[:_SHOWN_CELL] for cell in row] for row in found.get("rows", ())]
    return {**found, "rows": cut}


def _plain(value: object) -> str:
    """A day or a time of a TOML file in ISO form."""
    if isinstance(value, date | time):
        return value.isoformat()
    raise InputRefused(f"settings: {value!r} is neither text, number, yes or no, list nor table")
