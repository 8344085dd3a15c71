"""Names of two tools matched to one another: suggestions with their scores and reasons, which people decide."""
from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from sandbox.naming import normalised

SCORE = 90.0


@dataclass(frozen=True)
class Suggestion:
    """A left name and one right name it may stand for. Only `exact` counts as matched without a person."""

    left: str
    right: str
    score: float
    reason: str  # exact | normalised | fuzzy
    why: str


def suggestions(left: Sequence[str], right: Sequence[str], *, decided: Mapping[str, str | None] | None = None,
                score: float = SCORE) -> list[Suggestion]:
    """For each left name not yet decided, the right names it may stand for, best first; alternatives are all kept.

    `decided`: what people have said before, a right name or None for ignored. An exact name has no alternatives;
    one that is alike once normalised has only those; the rest are compared letter by letter, from `score` of 100 on.
    """
    known = decided or {}
    places: dict[str, list[str]] = defaultdict(list)
    rights = list(dict.fromkeys(right))
    for name in rights:
        places[normalised(name)].append(name)
    exact, keys = set(rights), [key for key in places if key]
    found: list[Suggestion] = []
    for name in dict.fromkeys(left):
        if name in known or not name:
            continue
        if name in exact:
            found.append(Suggestion(name, name, 100.0, "exact", "the same name"))
        else:
            found += _alike(name, places, keys, score)
    return found


def _alike(name: str, places: Mapping[str, Sequence[str]], keys: Sequence[str], score: float) -> list[Suggestion]:
    key = normalised(name)
    if key and key in places:
        return [Suggestion(name, other, 100.0, "normalised", _difference(name, other)) for other in places[key]]
    if not key:
        return []
    near = process.extract(key, keys, scorer=fuzz.ratio, score_cutoff=score, limit=None)
    ranked = sorted(((-points, other) for match, points, _ in near for other in places[match]))
    return [Suggestion(name, other, round(-points, 1), "fuzzy", f"{-points:.0f} of 100 letters alike: "
                       f"{key!r} and {normalised(other)!r}") for points, other in ranked]


def _difference(first: str, second: str) -> str:
    """In what two spellings differ that are alike once normalised."""
    steps = (("case", str.casefold), ("spaces", lambda text: "".join(text.casefold().split())),
             ("accents", lambda text: _letters(text, marks=True)), ("punctuation", lambda text: _letters(text)))
    for word, simpler in steps:
        if simpler(first) == simpler(second):
            return f"differs only by {word}" if word in {"case", "spaces"} else f"differs by case, spaces or {word}"
    return "differs by legal form, punctuation, accents or case"


def _letters(text: str, *, marks: bool = False) -> str:
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold())
                    if not unicodedata.combining(sign) and not sign.isspace())
    return plain if marks else "".join(sign for sign in plain if sign.isalnum())
