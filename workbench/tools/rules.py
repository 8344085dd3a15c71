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


def whole_months(since: date, until: date) -> int:
    """How many whole months lie between two days; 0 where `since` is later."""
    months = (until.year - since.year) * 12 + until.month - since.month - (1 if until.day < since.day else 0)
    return max(0, months)
