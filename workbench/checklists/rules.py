"""The seven answers, which of them satisfy, and what each one needs."""

from __future__ import annotations

from enum import StrEnum


class AnswerState(StrEnum):
    """How a criterion was answered. The order is the keyboard's: 1 to 6, and 0 for not checked."""

    NOT_CHECKED = "not_checked"
    CONFORM = "conform"
    PARTLY = "partly"
    MINOR = "minor"
    MAJOR = "major"
    OPPORTUNITY = "opportunity"
    NOT_APPLICABLE = "not_applicable"


# What lets a gate pass: conform (with evidence) or not applicable (with a reason). An opportunity breaks no requirement.
SATISFYING = frozenset({AnswerState.CONFORM, AnswerState.OPPORTUNITY, AnswerState.NOT_APPLICABLE})
NEEDS_EVIDENCE = frozenset({AnswerState.CONFORM, AnswerState.OPPORTUNITY})
NEEDS_NOTE = frozenset({AnswerState.PARTLY, AnswerState.MINOR, AnswerState.MAJOR, AnswerState.NOT_APPLICABLE})
GATES_PACK = "lifecycle_gates"
