"""The settings file of a reconciliation: how each file is written, checked against its schema."""
from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from sandbox.errors import InputRefused
from sandbox.formats import schema
from sandbox.naming import nearest

FileSettings = dict[str, str | int]


def load_settings(path: Path) -> dict[str, FileSettings]:
    """The settings by file, such as `usage`; anything the schema does not know is refused by name."""
    try:
        with path.open("rb") as file:
            loaded = tomllib.load(file)
    except OSError as error:
        raise InputRefused(f"{path.name}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputRefused(f"{path.name}: not a TOML file: {error}") from error
    return checked_settings(loaded, path.name)


def checked_settings(loaded: Mapping[str, Any], name: str) -> dict[str, FileSettings]:
    """The same mapping when the schema accepts it, else the first fault in words."""
    errors = sorted(Draft202012Validator(schema("settings")).iter_errors(loaded), key=lambda error: list(error.path))
    if errors:
        raise InputRefused(f"{name}: {_in_words(errors[0])}")
    return {section: dict(values) for section, values in loaded.items()}


def _in_words(error: ValidationError) -> str:
    where = [str(part) for part in error.path]
    if error.validator == "additionalProperties":
        known = sorted(error.schema["properties"])  # type: ignore[index,call-overload,unused-ignore]
        unknown = sorted(set(error.instance) - set(known))[0]
        near = nearest(unknown, known)
        hint = f"; the nearest is {near}" if near else ""
        kind = f"[{where[0]}] has an unknown key {unknown}" if where else f"unknown section [{unknown}]"
        return f"{kind}{hint}; known: {', '.join(known)}"
    if len(where) < 2:
        return f"{where[0] if where else 'the file'} should be a section such as [usage]"
    shown = {"enum": f"is one of {', '.join(repr(v) for v in _allowed(error))}", "type": "is a whole number",
             "minimum": "is 1 or more", "maximum": "is at most 1000"}
    return f"[{where[0]}] {where[1]} = {error.instance!r}: it {shown[str(error.validator)]}"


def _allowed(error: ValidationError) -> list[Any]:
    value = error.validator_value
    return list(value) if isinstance(value, list) else []
