"""What the floors above raise when a wish cannot be granted; `web.errors` turns each into a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class NotThere(Exception):
    """The record is not there, or must not be known to be there: 404."""


class Refused(Exception):
    """A rule forbids it; `message` says which, `details` lists what is missing. 409 unless another code is given."""

    def __init__(self, message: str, details: tuple[str, ...] = (), *, code: int = 409) -> None:
        super().__init__(message)
        self.message, self.details, self.code = message, details, code


class BadValue(Exception):
    """A value cannot be accepted: which field, and what was expected. Forms show it beside the field; commands print it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@dataclass(frozen=True)
class Side:
    """One field of a conflict: its name in the form, what I typed and what is stored now."""

    name: str
    label: str
    mine: str
    theirs: str

    @property
    def differs(self) -> bool:
        """Whether the two texts differ."""
        return self.mine != self.theirs


class Conflict(Exception):
    """Somebody saved the record after this form was opened: 409 with both texts side by side, nothing lost."""

    def __init__(self, sides: tuple[Side, ...], *, version: int) -> None:
        super().__init__("the record changed since the form was opened")
        self.sides, self.version = sides, version


def check_version(row: Any, seen: int | None, typed: Mapping[str, tuple[str, str]]) -> None:
    """Raise Conflict where `row` was saved after the form was opened.

    `seen` is the version the form carried (None: the form carries none, so there is nothing to compare);
    `typed` is {field: (label, the text typed)}.
    """
    if seen is None or seen == row.version:
        return
    sides = (Side(name, str(label), mine, str(getattr(row, name) or "")) for name, (label, mine) in typed.items())
    raise Conflict(tuple(sides), version=row.version)
