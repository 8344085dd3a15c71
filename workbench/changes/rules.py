"""Kinds of change."""

from __future__ import annotations

from enum import StrEnum


class ChangeType(StrEnum):
    """Standard is authorised beforehand; normal is assessed each time; emergency is assessed afterwards."""

    STANDARD = "standard"
    NORMAL = "normal"
    EMERGENCY = "emergency"
