"""What moved live since a plan was made, of the result of a check: as the trail keeps it, and in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from workbench.web.filters import exact


def moved_fields(result: Mapping[str, Any]) -> list[str]:
    """The fields that moved, of a check's result, as the trail keeps them: `contract C-007 price 12.00 → 12.50`."""
    return [str(each).removeprefix("stale: ") for each in result["messages"]]


def moved_said(result: Mapping[str, Any], counts: Mapping[str, Any]) -> list[str]:
    """The same in the reader's language. `counts` are those of the plan: its control totals name the columns of numbers."""
    return [words for row in result["rows"] for words in _row_said(row, counts["control"])]


def _row_said(row: Mapping[str, Any], control: Mapping[str, Any]) -> list[str]:
    if row["state"] == "gone":
        return [str(_("%(row)s is gone", row=row["row"]))]
    numbers = control.get(row["table"], {}).get("sums", {})
    moved = [one for one in row["fields"] if one["state"] == "conflict"]
    return [f"{row['row']} {one['field']} {move_said(one, is_number=one['field'] in numbers)}" for one in moved]


def move_said(one: Mapping[str, Any], *, is_number: bool) -> str:
    """How a field moved live: `12.00 → 12.50`."""
    return " → ".join(value_said(one[side], is_number=is_number) for side in ("original", "now"))


def value_said(value: Any, *, is_number: bool) -> str:
    """A value of a plan in words; a decimal with the marks of the language."""
    if value is None:
        return str(_("nothing"))
    if isinstance(value, bool):
        return str(value).lower()
    return exact(value) if is_number and isinstance(value, str) else str(value)
