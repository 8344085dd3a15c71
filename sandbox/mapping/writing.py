"""Writes a mapping as YAML in one way: the same specification gives the same text, and reading it gives it back."""
from __future__ import annotations

from typing import Any

import yaml

from sandbox.mapping.model import MappingSpec

_WIDTH = 120
# Breaks that YAML readers turn into another character unless they are written as escapes.
_BREAKS = frozenset("\r\x85\u2028\u2029")


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # PyYAML has no types
    """Small parts on one line, no aliases, and texts quoted where a YAML reader could take them for something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


def _text(dumper: _Dumper, value: str) -> Any:
    style = '"' if _BREAKS.intersection(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def as_yaml(spec: MappingSpec) -> str:
    """The specification as a file: what has its default value is left out, the order is that of the format."""
    return written(spec.model_dump(by_alias=True, exclude_defaults=True))


def written(data: dict[str, Any]) -> str:
    """Keys, lists and values as YAML in the one way that `as_yaml` has."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH,
                          default_flow_style=None)
    return text
