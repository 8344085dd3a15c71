"""A mapping taken apart for an editor: also one with faults, as long as it is YAML; and put together again."""
from __future__ import annotations

from typing import Any

import yaml

from sandbox.errors import SandboxError
from sandbox.mapping.reading import read
from sandbox.mapping.tree import document
from sandbox.mapping.writing import as_yaml, written


def mapping_parts(text: str, name: str = "mapping.yaml") -> dict[str, Any]:
    """The keys, lists and texts of the file as they stand; raises MappingFaults where it is no YAML of one mapping."""
    data: dict[str, Any] = document(text, name).data
    return data


def mapping_text(parts: dict[str, Any]) -> str:
    """The file of these parts: in the one way of `as_yaml` where they are a mapping, else as they stand."""
    text = written(_plain(parts))
    try:
        return as_yaml(read(text).spec)
    except (SandboxError, yaml.YAMLError):
        return text


def _plain(parts: dict[str, Any]) -> dict[str, Any]:
    """The version as a number; every other value is a text."""
    version = parts.get("mapping")
    return {**parts, "mapping": int(version)} if isinstance(version, str) and version.isdecimal() else parts
