"""Promotion plans: where one stands, what is chosen of a run's difference, how an address names a row, what a plan counts."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

STATES = ("fresh", "stale", "outdated", "done", "partly", "not_checked", "replaced")
PLAN_KINDS = ("create", "update", "withdraw")
MOST_TICKED = 100  # rows ticked one by one: they stand in the address of the dry run
RowKey = tuple[str, tuple[str, ...]]  # a table, and the values of its key as text


@dataclass(frozen=True)
class Wanted:
    """Which rows of a difference are shown and, taken together, chosen: one table, a kind, one field with its value."""

    table: str
    kind: str = ""
    field: str = ""
    value: str = ""
    is_compared: bool = False  # the field is no part of the key

    def as_args(self) -> dict[str, str]:
        """What of it stands in an address."""
        return {name: value for name, value in vars(self).items() if value and name != "is_compared"}

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of rows that pass, all where it is empty; a compared field without a kind is asked of the trial."""
        return (self.kind,) if self.kind else self.among

    @property
    def among(self) -> tuple[str, ...]:
        """The kinds that are meant without being named, as `sandbox.make_plan` takes them."""
        return ("create", "update") if self.field and self.is_compared and not self.kind else ()

    @property
    def only(self) -> tuple[tuple[str, str], ...]:
        """The same filter as `sandbox.make_plan` takes it."""
        pairs = [("table", self.table), *([("kind", self.kind)] if self.kind else [])]
        return (*pairs, (self.field, self.value)) if self.field else tuple(pairs)


@dataclass(frozen=True)
class Choice:
    """What a plan is made of: the rows of a filter, or rows one by one; flagged ones to withdraw."""

    only: tuple[tuple[str, str], ...] = ()
    rows: tuple[RowKey, ...] = ()
    flagged: tuple[RowKey, ...] = ()
    among: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is chosen."""
        return not (self.only or self.rows or self.flagged)

    def as_json(self) -> dict[str, Any]:
        """How a plan keeps the way it was chosen."""
        kinds = {"among": list(self.among)} if self.among else {}
        by = {"by": "filter", "only": [list(pair) for pair in self.only], **kinds} if self.only else {"by": "rows"}
        rows = {name: [[table, *key] for table, key in getattr(self, name)] for name in ("rows", "flagged")}
        return {**by, **rows}


def row_name(table: str, key: Sequence[Any]) -> str:
    """A row as an address and a form hold it."""
    return json.dumps([table, *map(key_text, key)], ensure_ascii=False, separators=(",", ":"))


def key_text(value: Any) -> str:
    """A value of a key as the sandbox reads it back."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def rows_named(texts: Sequence[str]) -> tuple[RowKey, ...]:
    """The rows that these names stand for, each once; whatever is no such name is left out."""
    found: dict[RowKey, None] = {}
    for text in texts:
        try:
            given = json.loads(text)
        except ValueError:
            continue
        if isinstance(given, list) and len(given) > 1 and all(isinstance(each, str) for each in given):
            found[given[0], tuple(given[1:])] = None
    return tuple(found)


def control_now(counts: Mapping[str, Any], checked: Mapping[str, Any] | None) -> tuple[Mapping[str, Any], bool]:
    """Control totals over live as the newest check found it fresh before the work, with True; else over what the run read."""
    if checked is not None and not checked["stale"] and not checked.get("is_after") and checked.get("control"):
        return checked["control"], True
    return counts["control"], False


def plan_counts(content: Mapping[str, Any]) -> dict[str, Any]:
    """What a list says of a plan: rows by kind, the control totals by table, and what was left out, by reason."""
    control = content["control"]
    kinds = {kind: sum(int(one[kind]) for one in control.values()) for kind in PLAN_KINDS}
    return {**kinds, "rows": sum(kinds.values()), "control": control, "left_out": dict(content["left_out"]["counts"])}


def plan_state(*, replaced_by: int | None, is_stale: bool | None, newer: Collection[str], came_of: str) -> str:
    """Where a plan stands, as a word of STATES: its page, the lists, requests for change and reports all ask here.

    `is_stale` is of its newest check, None before the first; `newer` are the live tables received anew, and otherwise, since
    then; `came_of` is what that check found after the work. A plan that was carried out is not outdated: live may go on.
    """
    if replaced_by is not None:
        return "replaced"
    if is_stale is None:
        return "not_checked"
    return "stale" if is_stale else came_of or ("outdated" if newer else "fresh")


def came_of(is_after: object, is_done: object) -> str:
    """What a check found: done or partly, where the plan was carried out before it."""
    return ("done" if is_done else "partly") if is_after else ""


def newer_tables(check: Any, tables: Mapping[str, tuple[int, str, Any]]) -> tuple[str, ...]:
    """The tables of a check (its live and checked_at) that stand otherwise in a newer snapshot: the check is outdated.

    `tables` holds, by table, the id of its newest snapshot, the hash of its content, and when it was received.
    """

    def is_newer(table: str, one: Mapping[str, Any]) -> bool:
        number, content, received_at = tables.get(table, (0, one["sha256"], check.checked_at))
        is_later = number > int(one["snapshot"]) if "snapshot" in one else received_at > check.checked_at
        return bool(is_later) and content != one["sha256"]

    return tuple(table for table, one in sorted(check.live.items()) if is_newer(table, one))


def read_at(live: Mapping[str, Any], tables: Mapping[str, tuple[int, str, Any]]) -> tuple[tuple[str, Any], ...]:
    """When each table that a check took from the mirror was last received; an uploaded export is read at its check.

    `tables` as for newer_tables: where the newest snapshot is not what the check saw, the check is outdated anyway.
    """
    return tuple((table, tables[table][2]) for table, one in sorted(live.items()) if "snapshot" in one and table in tables)


def typed_decimal(text: str) -> str:
    """A number as typed with a decimal comma and spaces between its thousands, as the sandbox reads it; else as it is."""
    bare = "".join(text.split())
    return bare.replace(",", ".") if bare.count(",") == 1 and "." not in bare else bare
