"""Where a path stands, and which verb leads where."""

from __future__ import annotations

from enum import StrEnum

from workbench.flow import Flow, Transition
from workbench.people.rules import Permission as P


class PathState(StrEnum):
    """A path is open until it is chosen or rejected with a reason."""

    OPEN = "open"
    CHOSEN = "chosen"
    REJECTED = "rejected"


FLOW = Flow(
    Transition("change", PathState.OPEN, PathState.OPEN, needs=P.RECORD_WRITE),
    Transition("change", PathState.CHOSEN, PathState.CHOSEN, needs=P.RECORD_WRITE),
    Transition("choose", PathState.OPEN, PathState.CHOSEN, needs=P.RECORD_WRITE),
    Transition("reject", PathState.OPEN, PathState.REJECTED, needs=P.RECORD_WRITE),
    Transition("reject", PathState.CHOSEN, PathState.REJECTED, needs=P.RECORD_WRITE),
)
