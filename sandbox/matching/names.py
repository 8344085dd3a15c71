"""Names of two tools matched to one another: suggestions with their scores and reasons, which people decide."""
from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

SCORE = 90.0
# Written without points and spaces, as names are once normalised.
LEGAL_FORMS = frozenset({
    "sarl", "sas", "sasu", "sa", "sca", "scs", "snc", "eurl", "eirl", "sprl", "srl", "bvba", "bv", "nv", "asbl", "vzw",
    "scrl", "gmbh", "ag", "kg", "ohg", "gbr", "ug", "mbh", "ltd", "limited", "llc", "llp", "plc", "inc", "incorporated",
    "corp", "corporation", "co", "spa", "srls", "sl", "slu", "sau", "lda", "oy", "ab", "as", "aps", "oyj", "kft", "zrt",
    "doo", "dd",
})
_PAIRS = (("societe", "anonyme"), ("pty", "ltd"), ("sp", "z", "oo"), ("spol", "s", "ro"), ("s", "a", "rl"),
          ("naamloze", "vennootschap"), ("besloten", "vennootschap"))
_ALSO_WORDS = {"as", "co", "ab", "dd", "spa"}  # at the beginning of a name these are no legal forms
_JOINED = {"&": " and ", "+": " and ", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l"}
_AND = {"et": "and", "und": "and", "en": "and", "e": "and", "y": "and"}
_POINTED = re.compile(r"\b(?:\w\.){2,}\w?")


@dataclass(frozen=True)
class Suggestion:
    """A left name and one right name it may stand for. Only `exact` counts as matched without a person."""

    left: str
    right: str
    score: float
    reason: str  # exact | normalised | fuzzy
    why: str


@lru_cache(maxsize=100_000)
def normalised(name: str) -> str:
    """The name without case, accents, punctuation and legal form; letters of other scripts are kept.

    A name that is nothing but a legal form stays as it is: "Limited" is not no name at all.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    text = _POINTED.sub(lambda found: found[0].replace(".", ""), text)
    text = "".join(_JOINED.get(sign, sign) for sign in text)
    # Marks go from Latin, Greek and Cyrillic letters; in other scripts they are vowels that tell words apart.
    text = "".join(sign for sign in unicodedata.normalize("NFKD", text)
                   if not (unicodedata.combining(sign) and ord(sign) < 0x370))
    text = unicodedata.normalize("NFC", text).replace("'", "").replace("’", "")
    words = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in text).split()
    words = [_AND.get(word, word) for word in words]
    return " ".join(_without_form(words) or words)


def _without_form(words: Sequence[str]) -> list[str]:
    kept = list(words)
    shrunk = True
    while shrunk and kept:
        shrunk = False
        for pair in _PAIRS:
            if tuple(kept[-len(pair):]) == pair:
                kept, shrunk = kept[:-len(pair)], True
        if kept and kept[-1] in LEGAL_FORMS | {"and"}:
            kept, shrunk = kept[:-1], True
    return kept[1:] if len(kept) > 1 and kept[0] in LEGAL_FORMS - _ALSO_WORDS else kept


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
