"""Every folder here is a connector: it reads the export of one kind of tool, and has no way to write to it."""
from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from sandbox.tables import Table

Settings = Mapping[str, str | int]


class Connector(Protocol):
    """What `connector.py` of each folder offers."""

    NAME: str
    READS: tuple[str, ...]

    def read(self, path: Path, settings: Settings | None = None) -> tuple[Table, ...]: ...


def discover() -> dict[str, Connector]:
    """The connectors by name, found by their folders."""
    folders = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)
    modules = [import_module(f"{__name__}.{folder}.connector") for folder in folders]
    return {module.NAME: cast("Connector", module) for module in modules}
