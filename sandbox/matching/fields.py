"""Fields of a source matched to fields of a target, by name, by the type seen in samples, and by content they share."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from sandbox.formula.cells import read
from sandbox.formula.faults import CellFault
from sandbox.formula.types import Kind
from sandbox.naming import field_name, normalised
from sandbox.plan.values import type_of

_WORDS = ("true", "false")
_NARROWER = ("int", "date", "decimal", "decimal(9)")  # four places, or as many as there can be
_LEAST = 50.0
_SEEN = 1000  # sample cells looked at in one column


@dataclass(frozen=True)
class Column:
    """A field with its type as a mapping writes it ("" where unknown), some of its cells, and their decimal mark."""

    name: str
    type: str = ""
    samples: Sequence[str] = ()
    decimal: str = "."


@dataclass(frozen=True)
class FieldSuggestion:
    """A source column that may fill a target field; `reasons` are some of name, type and content, in this order."""

    source: str
    target: str
    score: float
    reasons: tuple[str, ...]


def field_suggestions(sources: Sequence[Column], targets: Sequence[Column]) -> list[FieldSuggestion]:
    """For each target field the source columns that may fill it, best first; scores of 50 to 100.

    A name counts up to 70 points, shared content 70 (where there is any), a type that fits 15; a type that does not
    fit rules a pair out. A suggestion needs a name or content in common: a type alone says nothing.
    """
    types = {column.name: column.type or seen_type(column.samples, column.decimal) for column in sources}
    cells = {column.name: _cells(column) for column in sources}
    found = []
    for target in targets:
        held = _cells(target)
        scored = [one for source in sources
                  if (one := _scored(source, target, types[source.name], cells[source.name], held)) is not None]
        found += sorted(scored, key=lambda one: (-one.score, one.source))
    return found


def _scored(source: Column, target: Column, seen: str, cells: frozenset[str], held: frozenset[str]
            ) -> FieldSuggestion | None:
    wanted = target.type or seen_type(target.samples, target.decimal)
    if not _fits(seen, wanted):
        return None
    name = fuzz.ratio(field_name(source.name), field_name(target.name))
    shared = len(cells & held) / min(len(cells), len(held)) if cells and held else 0.0
    by_name, by_content = name >= 85.0, shared >= 0.5 and len(cells & held) > 1
    if not by_name and not by_content:
        return None
    typed = bool(seen and wanted and wanted != "text")
    points = max(70 * name / 100 if by_name else 0.0, 70 * shared if by_content else 0.0)
    points += 15 * (by_name and by_content) + 15 * typed
    reasons = [reason for reason, holds in (("name", by_name), ("type", typed), ("content", by_content)) if holds]
    return FieldSuggestion(source.name, target.name, round(min(points, 100.0), 1), tuple(reasons)) \
        if points >= _LEAST else None


def seen_type(samples: Sequence[str], decimal: str = ".") -> str:
    """The narrowest type as which a run reads every filled sample: bool, int, date, decimal or text; "" without any sample.

    `decimal` is the decimal mark of the table: where it is a comma, 1.000 is no number to a run, and so text.
    """
    filled = [cell for cell in samples[:_SEEN] if cell != ""]
    if not filled:
        return ""
    if any(len(cell) > 1 and cell[0] == "0" and cell.isdigit() for cell in filled):
        return "text"  # an id: as a number it would lose its zeros
    if all(cell in _WORDS for cell in filled):  # a run also takes 1 and 0 for true and false, which are more likely counts
        return "bool"
    return next((written for written in _NARROWER if all(_reads(cell, written, decimal) for cell in filled)), "text")


def _reads(cell: str, written: str, decimal: str) -> bool:
    try:
        read(type_of(written), cell, decimal)
    except CellFault:
        return False
    return True


def _fits(seen: str, wanted: str) -> bool:
    """Whether cells of one type can be read as another; anything can be read as text."""
    if not seen or not wanted:
        return True
    have, need = type_of(seen).kind, type_of(wanted).kind
    return need in {have, Kind.TEXT} or (have, need) == (Kind.INT, Kind.DECIMAL)


def _cells(column: Column) -> frozenset[str]:
    return frozenset(normalised(cell) for cell in column.samples[:_SEEN] if cell.strip())


def best_fields(found: Sequence[FieldSuggestion]) -> Mapping[str, str]:
    """One source by target, each used once, the surest pairs first: what an editor proposes."""
    taken: dict[str, str] = {}
    for one in sorted(found, key=lambda each: (-each.score, each.target, each.source)):
        if one.target not in taken and one.source not in taken.values():
            taken[one.target] = one.source
    return taken
