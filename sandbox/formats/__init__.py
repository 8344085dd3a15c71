"""The JSON Schemas of every file the sandbox reads or writes; the code reads its columns and patterns from here."""
from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def schema(name: str) -> dict[str, Any]:
    """The schema of that format, such as `usage` or `reconciliation`."""
    text = files("sandbox.formats").joinpath(f"{name}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
