"""A pack's tables as rows of strings and back: what the workbook and the OSCAL catalogue have in common."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a table: its path in the file, its kind, and the width of its column in a workbook."""

    path: str
    kind: str = "text"  # text | whole | truth | list | refs
    width: int = 14
    locked: bool = False
    always: bool = False  # an empty list is written in the file too


def both(path: str, *, kind: str = "text", width: int = 48) -> tuple[Column, Column]:
    """The same field in English and in French."""
    return Column(f"{path}.en", kind, width), Column(f"{path}.fr", kind, width)


HEAD = (
    Column("id", locked=True), Column("kind", locked=True), Column("edition"), Column("version"),
    Column("languages", "list"), Column("wording"), *both("title"), *both("source"), *both("notice"),
)  # fmt: skip
CLAUSES = (
    Column("ref", locked=True), Column("parent"), Column("kind"), *both("title"), Column("title_origin"),
    Column("title_fr_origin"), Column("bearing", "truth"), Column("grade", width=8), *both("note"),
)  # fmt: skip
ITEMS = (
    Column("key", locked=True), Column("clause"), *both("question", width=60), *both("guidance", width=60),
    *both("expected_evidence", kind="list"), Column("documented_information.kind"), *both("documented_information"),
    Column("refs", "refs", 24),
)  # fmt: skip
GATE_ITEMS = (
    Column("key", locked=True), Column("step", "whole", 8), *both("question", width=60), *both("guidance", width=60),
    Column("mandatory"), *both("condition"), Column("role"), Column("evidence", "list", always=True), Column("origin"),
    Column("refs", "refs", 24, always=True),
)  # fmt: skip
STEPS = (
    Column("number", "whole", 8), Column("key", locked=True), Column("gate"), *both("title"), *both("purpose"),
    Column("pdca"), Column("bpm_phases", "list", always=True), Column("itil_ci_steps", "list", always=True),
    Column("itil5_lifecycle", "list", always=True), Column("decisions", "list", always=True),
)  # fmt: skip
VOCABULARIES = (Column("vocabulary", locked=True), Column("key", locked=True), *both("words"))
GROUPINGS = (
    Column("grouping", locked=True), *both("title", width=32), Column("group", locked=True),
    *both("group_title", width=32), Column("refs", "list", 40, always=True),
)  # fmt: skip


class BadCell(ValueError):
    """A cell that says nothing of its kind; `problem` and `remedy` are for the reader of a fault."""

    def __init__(self, problem: str, remedy: str) -> None:
        self.problem, self.remedy = problem, remedy
        super().__init__(problem)


def flat(table: Mapping[str, Any], columns: Sequence[Column]) -> Iterator[tuple[Column, str]]:
    """The fields of a table that say something, as strings."""
    for column in columns:
        value: Any = table
        for part in column.path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None and value != []:
            yield column, said(value, column.kind)


def said(value: Any, kind: str) -> str:
    """A value as the string of a cell."""
    if kind == "truth":
        return "yes" if value else "no"
    if kind == "refs":
        return "\n".join(f"{ref['standard']} {ref['clause']}" for ref in value)
    if kind == "list":
        return _listed([str(each) for each in value])
    return str(value)


def _listed(entries: list[str]) -> str:
    """One entry a line; as JSON where lines would not come back as they were."""
    plain = "\n".join(entries)
    return (
        plain if plain.split("\n") == entries and not plain.startswith("[") else json.dumps(entries, ensure_ascii=False)
    )


def meant(cell: str, kind: str) -> Any:
    """The value that a cell says, or BadCell."""
    if kind == "whole":
        if not cell.strip().removesuffix(".0").isdecimal():
            raise BadCell(f'"{cell[:40]}" is no whole number', "write a whole number")
        return int(cell.strip().removesuffix(".0"))
    if kind == "truth":
        found = {
            "yes": True,
            "true": True,
            "1": True,
            "oui": True,
            "no": False,
            "false": False,
            "0": False,
            "non": False,
        }
        if cell.strip().lower() not in found:
            raise BadCell(f'"{cell[:40]}" is neither yes nor no', "write yes or no")
        return found[cell.strip().lower()]
    if kind == "refs":
        return _pointers(cell)
    return _entries(cell) if kind == "list" else cell


def _pointers(cell: str) -> list[dict[str, str]]:
    pairs = [line.split() for line in cell.split("\n") if line.strip()]
    if any(len(pair) != 2 for pair in pairs):  # a standard and a clause
        raise BadCell("a line does not name a standard and a clause", "write lines such as: iso9001_2015 8.5.6")
    return [{"standard": standard, "clause": clause} for standard, clause in pairs]


def _entries(cell: str) -> list[str]:
    if not cell.startswith("["):
        return cell.split("\n")
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError) as error:
        raise BadCell("begins with [ but is no list", 'write one entry a line, or ["one", "two"]') from error
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise BadCell("is a list of something else than texts", 'write one entry a line, or ["one", "two"]')
    return found


def nested(fields: Mapping[str, Any], columns: Sequence[Column]) -> dict[str, Any]:
    """Values by path as the table of the file, its keys in the order of the columns."""
    table: dict[str, Any] = {}
    for column in columns:
        value = fields.get(column.path)
        if value is None and column.always:
            value = []
        if value is None:
            continue
        inner, *rest = column.path.split(".")
        if rest:
            table.setdefault(inner, {})[rest[0]] = value
        else:
            table[inner] = value
    return table
