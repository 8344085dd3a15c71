"""Kinds of finding and the states between raising and closing."""

from __future__ import annotations

from enum import StrEnum

from workbench.flow import Flow, Transition
from workbench.people.rules import Permission as P


class FindingKind(StrEnum):
    """What a finding is. An opportunity never softens a nonconformity."""

    MAJOR = "major"
    MINOR = "minor"
    OPPORTUNITY = "opportunity"


class FindingState(StrEnum):
    """Where a finding stands."""

    RAISED = "raised"
    WITHDRAWN = "withdrawn"


FLOW = Flow(Transition("withdraw", FindingState.RAISED, FindingState.WITHDRAWN, needs=P.RECORD_WRITE))
