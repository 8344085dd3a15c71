"""Words of steps 1 to 3: priorities, kinds of source, kinds of contribution."""

from __future__ import annotations

from enum import StrEnum


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


class ContributionKind(StrEnum):
    """What somebody said: an opinion, advice, or a caution that needs an answer."""

    OPINION = "opinion"
    ADVICE = "advice"
    CAUTION = "caution"


def code_order(code: str) -> tuple[int, str]:
    """Sorts O1, O1b, O2, O10 in this order."""
    return int("".join(each for each in code if each.isdigit()) or 0), code


def next_revision(code: str) -> str:
    """The code of the objective that follows a missed one: O1 → O1b → O1c."""
    letter = code[-1]
    return f"{code}b" if letter.isdigit() else f"{code[:-1]}{chr(ord(letter) + 1)}"
