"""What the gate of step 5 asks of the trial: each function names what is lacking, nothing where all is in order."""

from __future__ import annotations

from workbench.paths.queries import hypotheses
from workbench.paths.rules import Verdict
from workbench.trials.queries import live_unchanged
from workbench.trials.queries.mirror import newest_pulls, sources_unchanged
from workbench.trials.queries.runs import runs_unchanged


def hypotheses_without_verdict(project_id: int) -> list[str]:
    """The codes of the hypotheses that nobody has judged."""
    return [each.code for each in hypotheses(project_id, verdict=Verdict.OPEN)]


def live_data_unchanged(project_id: int) -> tuple[bool, str]:
    """Whether live data stayed as they were while the sandbox read them, and the words for it.

    It holds where a reconciliation, a run of a mapping or a reading of the mirror shows it and none says otherwise; a
    source of the mirror that was not read again shows nothing, so that it does not hold.
    """
    told = [live_unchanged(project_id), runs_unchanged(project_id)]
    same, text = sources_unchanged(project_id)
    told.append((bool(same) if newest_pulls(project_id) else None, text))
    changed = [words for same, words in told if same is False]
    if changed:
        return False, " ".join(changed)
    shown = [words for same, words in told if same]
    return bool(shown), " ".join(shown or [told[0][1]])
