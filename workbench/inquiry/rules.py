"""Words of steps 1 to 3: priorities, kinds of source, kinds of contribution; codes, numbers, the life of a guest link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_NUMBER = re.compile(r"[-+]?\d{1,12}([.,]\d{1,6})?", re.ASCII)
_LIMITATION = re.compile(r"\bL-\d+\b")
LONGEST_INVITATION = 90  # days


class Priority(StrEnum):
    """How much a need weighs."""

    MUST = "must"
    SHOULD = "should"
    COULD = "could"


class ObjectiveState(StrEnum):
    """Whether an objective was reached. A missed one keeps its text; a revised one points back to it."""

    SET = "set"
    MET = "met"
    NOT_MET = "not_met"


class SourceKind(StrEnum):
    """What a source is."""

    CASE = "case"
    METHOD = "method"
    STANDARD = "standard"
    VENDOR = "vendor"
    FORUM = "forum"
    NOTHING_FOUND = "nothing_found"


class Credibility(StrEnum):
    """How far a source is to be believed."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class ContributionKind(StrEnum):
    """What somebody said: an opinion, advice, or a caution that needs an answer."""

    OPINION = "opinion"
    ADVICE = "advice"
    CAUTION = "caution"


class Channel(StrEnum):
    """By which way it was said."""

    MEETING = "meeting"
    CALL = "call"
    EMAIL = "email"
    FORM = "form"
    OTHER = "other"


class DispositionKind(StrEnum):
    """What became of a caution."""

    PATH_CONSTRAINT = "path_constraint"
    RISK = "risk"
    ACCEPTED = "accepted"
    OTHER = "other"


@dataclass(frozen=True)
class Guest:
    """Somebody outside who answers through a guest link: the trail names the link, never the person."""

    name: str  # such as "guest link G-1"
    id: int = 0


@dataclass(frozen=True)
class Said:
    """One thing that a guest says."""

    kind: ContributionKind
    statement: str


def is_number(text: str) -> bool:
    """Whether a text is one number, with a point or a comma before its fraction; spaces between thousands do not count."""
    return _NUMBER.fullmatch("".join(text.split())) is not None


def limitations_named(*texts: str) -> list[str]:
    """The codes of limitations that texts name, each once, in order of their numbers: "L-03, L-01" gives L-01, L-03."""
    found = {code for text in texts for code in _LIMITATION.findall(text)}
    return sorted(found, key=code_order)


def link_state(is_answered: bool, is_closed: bool, expires_on: date, today: date) -> str:
    """Where a guest link stands: answered, closed, expired, or open for an answer. It is open on its last day."""
    if is_answered:
        return "answered"
    if is_closed:
        return "closed"
    return "expired" if expires_on < today else "open"


def code_order(code: str) -> tuple[int, str]:
    """Sorts O1, O1b, O2, O10 in this order."""
    return int("".join(each for each in code if each.isdigit()) or 0), code


def next_revision(code: str) -> str:
    """The code of the objective that follows a missed one: O1 → O1b → O1c."""
    letter = code[-1]
    return f"{code}b" if letter.isdigit() else f"{code[:-1]}{chr(ord(letter) + 1)}"
