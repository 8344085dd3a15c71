"""The difference of a run as one table, whatever the columns of its targets: a header, and a line for each row."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_FIRST, _LAST = ("table", "kind"), ("changed", "why", "from", "fake", "edited", "masked")
_OWN = frozenset((*_FIRST, *_LAST))


def difference_header(targets: Sequence[Mapping[str, Any]]) -> list[str]:
    """Table and kind, the key of every target, `live.` and `trial.` of every compared column, then what explains a row.

    A column that several targets have stands once; a key named as one of our own columns is written `key.<name>`.
    """
    keys = dict.fromkeys(_key(name) for one in targets for name in one["key"])
    sides = dict.fromkeys(f"{side}.{name}" for one in targets for name in one["compare"] for side in ("live", "trial"))
    return [*_FIRST, *keys, *(name for name in sides if name not in keys), *_LAST]


def difference_cells(header: Sequence[str], target: Mapping[str, Any], row: Mapping[str, Any]) -> list[Any]:
    """One row of a target under that header; nothing in the columns that are other targets' alone."""
    said = {"table": target["table"], "kind": row["_kind"], "changed": " ".join(row["_changed"]), "why": row["_why"],
            "from": " ".join(row["_from"]), "fake": row["_fake"], "edited": row.get("_edited", False),
            "masked": row["_masked"]}
    said |= {f"{side}.{name}": row[f"{side}.{name}"] for name in target["compare"] for side in ("live", "trial")}
    said |= {_key(name): row[name] for name in target["key"]}
    return [said.get(name) for name in header]


def _key(name: str) -> str:
    return f"key.{name}" if name in _OWN else name
