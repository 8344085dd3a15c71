"""Words of the tool register."""

from __future__ import annotations

from datetime import date
from enum import StrEnum


class Sensitivity(StrEnum):
    """How sensitive the data a tool holds is."""

    NONE = "none"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    PERSONAL = "personal"


class Standing(StrEnum):
    """Whether the company works with the tool or only tries it."""

    LIVE = "live"
    TRIAL = "trial"
    ENDED = "ended"


class ConnectionKind(StrEnum):
    """How data goes from one tool to another."""

    API = "api"
    FILE = "file"
    HAND = "hand"


class CapabilityKind(StrEnum):
    """What a path may need a tool to be able to do."""

    READ = "read"
    EXPORT = "export"
    QUANTITY_PER_CUSTOMER = "quantity_per_customer"
    CREATE = "create"
    REMOVE = "remove"
    AUTOMATIC_CHARGE = "automatic_charge"
    BUNDLE_SPLIT = "bundle_split"


class Able(StrEnum):
    """Whether a tool can do it."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Decision(StrEnum):
    """What is done about a limitation."""

    WAIT = "wait"
    TEMPORARY = "temporary"
    DROP = "drop"


class PromiseState(StrEnum):
    """What became of a promise."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"


class RetestResult(StrEnum):
    """How a customisation did when it was tried again."""

    WORKS = "works"
    FAILS = "fails"


class Retest(StrEnum):
    """Whether a customisation must be tried again."""

    FRESH = "fresh"
    DUE = "due"
    FAILED = "failed"


def retest_standing(edition: str, version_tested: str, tested_on: date | None, result: str) -> Retest:
    """A customisation is due where it was never tried, or the tool moved on from the version it was tried with."""
    if tested_on is None or (edition.strip() and edition.strip() != version_tested.strip()):
        return Retest.DUE
    return Retest.FAILED if result == RetestResult.FAILS else Retest.FRESH


def whole_months(since: date, until: date) -> int:
    """How many whole months lie between two days; 0 where `since` is later."""
    months = (until.year - since.year) * 12 + until.month - since.month - (1 if until.day < since.day else 0)
    return max(0, months)
