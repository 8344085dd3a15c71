"""The child's part of an upload: how the file seems to be written, which may come from a stranger."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox.connectors import proposed


def answer(task: Mapping[str, Any], folder: Path, report: Callable[[int, str], None]) -> dict[str, Any]:
    """The connector's name, its settings, the columns and the first rows."""
    report(0, "reading how the file is written")
    return proposed(Path(task["path"]), task["settings"], task["name"])
