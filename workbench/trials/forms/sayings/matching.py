"""Which sentence of the tables a text is, and what stands in its places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from workbench.trials.forms.sayings import (
    files,
    formulas,
    functions,
    general,
    knowledge,
    mappings,
    mirrors,
    offers,
    plans,
    reconciliations,
    runs,
    sources,
)

_TABLES = (
    runs, formulas, mappings, mirrors, files, sources, plans, reconciliations, offers, knowledge, functions, general,
)
_PLACE = re.compile(r"%\((\w+)\)s")
_QUOTED = re.compile(r"(?<!\w)'[^']*'(?!\w)")
# A text longer than this is no sentence of the sandbox.
_LONGEST = 4_000


@dataclass(frozen=True)
class Saying:
    """A sentence with places: the text between them and the names of the places, in order."""

    words: str
    between: tuple[str, ...]
    names: tuple[str, ...]

    def values(self, text: str) -> dict[str, str] | None:
        """What stands in the places where the text is this sentence; each holds at least one character. In linear time."""
        first, *middle, last = self.between
        if not text.startswith(first) or not text.endswith(last):
            return None
        at, end, found = len(first), len(text) - len(last), []
        for piece in middle:
            start = text.find(piece, at + 1, end)
            if start < 0:
                return None
            found.append(text[at:start])
            at = start + len(piece)
        return None if at >= end else dict(zip(self.names, [*found, text[at:end]], strict=True))


@cache
def fixed() -> frozenset[str]:
    """The sentences without a place."""
    return frozenset(words for table in _TABLES for words in table.SAYINGS if not _PLACE.search(words))


@cache
def with_places() -> Sequence[Saying]:
    """The sentences with places; those with the most words of their own first."""
    found = []
    for words in {words for table in _TABLES for words in table.SAYINGS} - fixed():
        between = tuple(piece.replace("%%", "%") for piece in _PLACE.split(words)[::2])
        found.append(Saying(words, between, tuple(_PLACE.findall(words))))
    return sorted(found, key=lambda one: (-sum(map(len, one.between)), one.words))


@lru_cache(maxsize=8_192)
def match(text: str, *, is_loose: bool = False) -> tuple[str, dict[str, str]] | None:
    """The sentence that the text is, with the values of its places; None where it is none that is known.

    A value holds no `; ` but in single quotes, since it ends a sentence; and no `: `, which sets apart where something is,
    unless the sentence has that sign itself. `is_loose` leaves both out, for texts of people that hold such signs.
    """
    if text in fixed():
        return text, {}
    if len(text) > _LONGEST:
        return None
    for one in with_places():
        values = one.values(text)
        if values is not None and (is_loose or _holds(one, values)):
            return one.words, values
    return None


def _holds(one: Saying, values: dict[str, str]) -> bool:
    is_apart = any(": " in piece for piece in one.between)
    for number, (name, value) in enumerate(values.items()):
        if is_quoted(value):
            continue
        if not number and not one.between[0] and (value.endswith(":") or ": " in value):
            return False
        if (": " in value and not is_apart) or ("; " in _QUOTED.sub("", value) and name != "what"):
            return False
    return True


def is_quoted(value: str) -> bool:
    """Whether the whole value stands between quotation marks, as the sandbox shows what people wrote."""
    return len(value) > 1 and value[0] in "'\"`" and value[-1] == value[0] and value[0] not in value[1:-1]
