"""What stays together on the pages of a Word document: small tables whole, long ones with the ends of them; and when pages turn.

Pure functions of blocks (blocks.py). How high something comes out is guessed: each Word sets the pages a little otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

LETTER = 90  # twentieths of a point: how wide a letter of a cell is, about
WHOLE = {False: 14, True: 9}  # lines of a table that is not cut, on an upright page and on one that lies
ENDS = 3  # rows that stay together where a long table begins and ends
SHORT = 8  # lines that these may have; taller rows may be parted
FEW = 1800  # letters of a stretch without a table that do not turn the page


def rows(block: Mapping[str, Any], columns: Sequence[int], *, is_wide: bool) -> set[int]:
    """Numbers of the rows of a table's body that stand on the page of the row after them."""
    body: Sequence[Mapping[str, Any]] = block["rows"]
    lines = [height(row, columns) for row in body]
    last = len(body) - 1
    if sum(lines) + len(block["heads"]) <= WHOLE[is_wide]:
        return set(range(last))
    kept = _first(lines) | {last - each - 1 for each in _first(lines[::-1])}
    for number, row in enumerate(body[:last]):
        if "chapter-row" in row["look"].split() or "more" in body[number + 1]["look"].split():
            kept.add(number)
        kept |= set(range(number, min(last, number + max((cell["rows"] for cell in row["cells"]), default=1) - 1)))
    return {each for each in kept if 0 <= each < last}


def _first(lines: Sequence[int]) -> set[int]:
    """The rows among the first that are low enough to stay with the one after them."""
    return set(takewhile(lambda number: sum(lines[: number + 2]) <= SHORT, range(min(ENDS - 1, len(lines) - 1))))


def height(row: Mapping[str, Any], columns: Sequence[int]) -> int:
    """How many lines a row has, about."""
    tallest, place = 1, 0
    for cell in row["cells"]:
        letters = max(1, sum(columns[place : place + cell["span"]]) // LETTER)
        words = "".join(run[0] for run in cell["runs"]).split("\n")
        tallest = max(tallest, sum(max(1, -(-len(line) // letters)) for line in words))
        place += cell["span"]
    return tallest


def turn_for_tables(sections: Sequence[dict[str, Any]]) -> None:
    """Pages are turned for the tables on them: a stretch that has none, and is short or would lie, goes on as the pages before."""
    before = False
    for section in sections:
        for stretch, blocks in _stretches(section):
            has_table = any(block["kind"] == "table" for block in blocks)
            letters = sum(len(run[0]) for block in blocks for run in block.get("runs", ()))
            if not has_table and (stretch["wide"] or letters <= FEW):
                stretch["wide"] = before
            before = stretch["wide"]


def _stretches(section: dict[str, Any]) -> list[tuple[dict[str, Any], list[Mapping[str, Any]]]]:
    """What says how the pages of a stretch lie (the section, then each turn in it) with its blocks."""
    found: list[tuple[dict[str, Any], list[Mapping[str, Any]]]] = [(section, [])]
    for block in section["blocks"]:
        if block["kind"] == "turn":
            found.append((block, []))
        else:
            found[-1][1].append(block)
    return found
