"""What the gate of step 5 asks of the trial: each function names what is lacking, nothing where all is in order."""

from __future__ import annotations

from workbench.paths.queries import hypotheses
from workbench.paths.rules import Verdict


def hypotheses_without_verdict(project_id: int) -> list[str]:
    """The codes of the hypotheses that nobody has judged."""
    return [each.code for each in hypotheses(project_id, verdict=Verdict.OPEN)]
