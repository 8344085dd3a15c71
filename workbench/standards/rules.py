"""What holds for packs of our own: their names and versions, what a draft's tables may become, what two versions differ in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from workbench.checklists.library import Clause, Item, Pack

RESERVED = frozenset({"drafts", "new", "import", "export", "mappings"})  # words that stand in addresses
_VERSION = re.compile(r"[0-9]+(\.[0-9]+){0,3}")
Table = dict[str, Any]


class DraftState(StrEnum):
    """Where a draft stands."""

    OPEN = "open"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class Origin(StrEnum):
    """Where a pack comes from."""

    SHIPPED = "shipped"
    MADE = "made"
    ADAPTED = "adapted"
    IMPORTED = "imported"


class Part(StrEnum):
    """The two lists of a draft that are edited line by line."""

    CLAUSES = "clauses"
    ITEMS = "items"


# The field that names a line, by list.
NAMES = {Part.CLAUSES: "ref", Part.ITEMS: "key"}


def is_version(text: str) -> bool:
    """Whether a text is numbers with dots between them, such as 1.2."""
    return len(text) <= 20 and _VERSION.fullmatch(text) is not None


def version_key(text: str) -> tuple[int, ...]:
    """What versions are compared by: 1.10 is above 1.9, and 1.0 is 1. What is no number counts as 0."""
    numbers = [int(each) if each.isdecimal() else 0 for each in text.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def next_version(text: str) -> str:
    """The version after this one: its last number raised; 1.0 where there is none."""
    if not is_version(text):
        return "1.0"
    head, dot, last = text.rpartition(".")
    return f"{head}{dot}{int(last) + 1}" if dot else f"{text}.1"


@dataclass(frozen=True)
class Difference:
    """What a pack has that an earlier version has not."""

    added: tuple[Item, ...]
    removed: tuple[Item, ...]
    reworded: tuple[tuple[Item, Item], ...]
    clauses_added: tuple[Clause, ...]
    clauses_removed: tuple[Clause, ...]
    clauses_changed: tuple[tuple[Clause, Clause], ...]

    @property
    def is_empty(self) -> bool:
        """Whether clauses and questions are the same."""
        lists = (self.added, self.removed, self.reworded, self.clauses_added, self.clauses_removed, self.clauses_changed)
        return not any(lists)


def difference(old: Pack, new: Pack) -> Difference:
    """What changed from one version of a pack to another, by the keys of questions and the numbers of clauses."""
    items, clauses = {each.key: each for each in old.items}, {each.ref: each for each in old.clauses}
    keys, refs = {each.key for each in new.items}, {each.ref for each in new.clauses}
    return Difference(
        added=tuple(each for each in new.items if each.key not in items),
        removed=tuple(each for each in old.items if each.key not in keys),
        reworded=tuple((items[each.key], each) for each in new.items if each.key in items and items[each.key] != each),
        clauses_added=tuple(each for each in new.clauses if each.ref not in clauses),
        clauses_removed=tuple(each for each in old.clauses if each.ref not in refs),
        clauses_changed=tuple(
            (clauses[each.ref], each) for each in new.clauses if each.ref in clauses and clauses[each.ref] != each
        ),
    )


def empty_body(pack_id: str, title: Mapping[str, str]) -> Table:
    """The tables of a pack without clauses."""
    head = {"id": pack_id, "kind": "standard", "edition": "", "version": "1.0", "languages": ["en", "fr"], "wording": "own"}
    return {
        "pack": {**head, "title": dict(title), "source": {}, "notice": {}}, "clauses": [], "items": [],
    }  # fmt: skip


def place_of(body: Mapping[str, Any], part: Part, name: str) -> int | None:
    """At which place of its list a line stands."""
    field = NAMES[part]
    return next((number for number, each in enumerate(body.get(part, [])) if each.get(field) == name), None)


def next_key(body: Mapping[str, Any], clause: str) -> str:
    """A key for one more question of a clause: one above the highest number in use."""
    used = [each.get("key", "").rpartition("-") for each in body.get("items", [])]
    numbers = [int(number) for ref, _dash, number in used if ref == clause and number.isdecimal()]
    return f"{clause}-{max(numbers, default=0) + 1}"


def with_entry(body: Mapping[str, Any], part: Part, entry: Table, name: str = "") -> Table:
    """The tables with a line added, or with the line called `name` said anew. Items of a clause stay together."""
    lines = list(body.get(part, []))
    here = place_of(body, part, name) if name else None
    if here is not None:
        lines[here] = entry
    elif part == Part.ITEMS:
        same = [number for number, each in enumerate(lines) if each.get("clause") == entry["clause"]]
        lines.insert(same[-1] + 1 if same else len(lines), entry)
    else:
        lines.append(entry)
    made = {**body, part.value: lines}
    new = entry.get("ref", "")
    return _renamed(made, name, new) if part == Part.CLAUSES and here is not None and name != new else made


def _renamed(body: Table, old: str, new: str) -> Table:
    """A clause's new number, taken over wherever the old one stood: below it, in its questions, in groupings."""
    clauses = [{**each, "parent": new} if each.get("parent") == old else each for each in body["clauses"]]
    items = [{**each, "clause": new} if each.get("clause") == old else each for each in body.get("items", [])]
    made = {**body, "clauses": clauses, "items": items}
    if "groupings" in body:
        made["groupings"] = _in_groups(body["groupings"], lambda refs: [new if ref == old else ref for ref in refs])
    return made


def without_entry(body: Mapping[str, Any], part: Part, name: str) -> Table:
    """The tables without a line; a clause also leaves the groupings."""
    field = NAMES[part]
    made = {**body, part.value: [each for each in body.get(part, []) if each.get(field) != name]}
    if part == Part.CLAUSES and "groupings" in body:
        made["groupings"] = _in_groups(body["groupings"], lambda refs: [ref for ref in refs if ref != name])
    return made


def _in_groups(groupings: list[Table], changed: Callable[[list[str]], list[str]]) -> list[Table]:
    return [
        {**each, "groups": [{**group, "refs": changed(group["refs"])} for group in each["groups"]]} for each in groupings
    ]


def moved(body: Mapping[str, Any], part: Part, name: str, by: int) -> Table:
    """The tables with a line one place up (-1) or down (1); the first and the last stay where they are."""
    lines = list(body.get(part, []))
    here = place_of(body, part, name)
    if here is not None and 0 <= here + by < len(lines):
        lines[here], lines[here + by] = lines[here + by], lines[here]
    return {**body, part.value: lines}


def hanging_on(body: Mapping[str, Any], ref: str) -> list[str]:
    """What stands in the way of removing a clause: the clauses below it and its questions."""
    below = [each["ref"] for each in body.get("clauses", []) if each.get("parent") == ref]
    return below + [each["key"] for each in body.get("items", []) if each.get("clause") == ref]
