"""The nine steps: what each leaves behind and what its gate asks. The page to read second; titles come from the gates pack."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.lifecycle.artefacts import Artefact
from workbench.lifecycle.artefacts.source_of_issue import SourceOfIssue
from workbench.lifecycle.artefacts.specification_note import SpecificationNote
from workbench.lifecycle.artefacts.swot import Swot
from workbench.lifecycle.artefacts.synthesis import Synthesis
from workbench.lifecycle.artefacts.trial_plan import TrialPlan


@dataclass(frozen=True)
class Step:
    """One of the nine. `records` names the pages whose records belong here; `conditions` are functions of gates.py."""

    number: int
    key: str
    artefacts: tuple[type[Artefact], ...] = ()
    records: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


ALWAYS = ("steps_before_passed", "items_answered", "approver_is_independent", "earlier_conditions_met")

STEPS: tuple[Step, ...] = (
    Step(1, "observe", (SourceOfIssue, Swot, SpecificationNote), ("inquiry", "tools"), (*ALWAYS, "tools_described")),
    Step(2, "research", (Synthesis,), ("inquiry",), ALWAYS),
    Step(3, "consult", (), ("inquiry", "tools"), (*ALWAYS, "cautions_answered")),
    Step(4, "identify", (TrialPlan,), ("paths", "changes"), (*ALWAYS, "path_chosen")),
    Step(5, "experiment", (), ("trials",), (*ALWAYS, "live_data_unchanged", "reconciliation_explained")),
    Step(6, "integrate", (), ("changes",), ALWAYS),
    Step(7, "familiarise", (), ("practices",), ALWAYS),
    Step(8, "inform", (), ("practices",), ALWAYS),
    Step(9, "adopt", (), ("adoption",), (*ALWAYS, "all_conditions_met")),
)
ARTEFACTS: dict[str, type[Artefact]] = {kind.KEY: kind for step in STEPS for kind in step.artefacts}


def step(number: int) -> Step:
    """The step with this number, 1 to 9; raises IndexError beyond."""
    if not 1 <= number <= len(STEPS):
        raise IndexError(number)
    return STEPS[number - 1]


def step_of(kind: str) -> Step:
    """The step that an artefact belongs to."""
    return next(each for each in STEPS if any(kind == artefact.KEY for artefact in each.artefacts))
