"""Every folder here is a connector: it reads the export of one kind of tool, and has no way to write to it."""
from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from sandbox.errors import InputRefused
from sandbox.receiving.given import checked_settings
from sandbox.receiving.received import Received, Report, Settings

# What a file holds where its first bytes say so themselves, whatever its name ends in.
_CONTENT = {b"PK\x03\x04": "spreadsheet", b"\xd0\xcf\x11\xe0": "spreadsheet", b"PAR1": "parquet", b"ARROW1": "parquet"}


class Connector(Protocol):
    """What `connector.py` of each folder offers. Those that need a connection have no endings and offer `pull`."""

    NAME: str
    READS: tuple[str, ...]
    SETTINGS: Mapping[str, Any]

    def receive(self, path: Path, settings: Settings, folder: Path, *, name: str = "",
                report: Report = ...) -> tuple[Received, ...]: ...

    def proposed(self, path: Path, settings: Settings, name: str = "") -> dict[str, Any]: ...


@cache
def discover() -> dict[str, Connector]:
    """The connectors by name, found by their folders."""
    folders = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)
    modules = [import_module(f"{__name__}.{folder}.connector") for folder in folders]
    return {module.NAME: cast("Connector", module) for module in modules}


def connector_for(path: Path, name: str = "", settings: Settings | None = None) -> Connector:
    """The connector that reads this file: the one the settings name, else by its content, else by its ending."""
    shown, known = name or path.name, {key: one for key, one in discover().items() if one.READS}
    chosen = str((settings or {}).get("connector", ""))
    if chosen:
        if chosen not in known:
            raise InputRefused(f"{shown}: no connector {chosen} reads files; known: {', '.join(known)}")
        return known[chosen]
    suffix = Path(shown).suffix.lower()
    by_ending = next((key for key, one in known.items() if suffix in one.READS), "")
    start = _start(path, shown)
    by_content = next((key for magic, key in _CONTENT.items() if start.startswith(magic)), "")
    if by_content:
        return known[by_content]
    if by_ending in _CONTENT.values():
        raise InputRefused(f"{shown}: its content is not what the ending {suffix} says; export it again")
    if by_ending:
        return known[by_ending]
    endings = ", ".join(sorted(ending for one in known.values() for ending in one.READS))
    raise InputRefused(f"{shown}: no connector reads {suffix or 'a file without an ending'}; known: {endings}")


def receive_tables(path: Path, settings: Settings | None, folder: Path, *, name: str = "",
                   report: Report = lambda percent, doing: None) -> tuple[Received, ...]:
    """Every table of the file, written into `folder` as Parquet; settings are checked by the connector's schema."""
    connector = connector_for(path, name, settings)
    given = checked_settings(settings or {}, connector.SETTINGS, name or path.name)
    return connector.receive(path, given, folder, name=name, report=report)


def receive_file(path: Path, settings: Settings | None, folder: Path, name: str = "") -> Received:
    """The one table of the file at `path`; of a workbook the sheet that `sheet` names, else the first with data.

    `name` is what messages and the result call the file; the Parquet in `folder` has a name of our own.
    """
    return receive_tables(path, settings, folder, name=name)[0]


def proposed(path: Path, settings: Settings | None = None, name: str = "") -> dict[str, Any]:
    """How the file seems to be written: the connector's name and settings, to be shown and corrected."""
    connector = connector_for(path, name, settings)
    given = checked_settings(settings or {}, connector.SETTINGS, name or path.name)
    return {"connector": connector.NAME, **connector.proposed(path, given, name)}


def _start(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(8)
    except OSError as error:
        raise InputRefused(f"{name}: cannot be read ({error.strerror})") from error
