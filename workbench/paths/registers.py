"""The registers of step 4: hypotheses and meetings."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.paths import forms
from workbench.paths.models import Hypothesis, Meeting
from workbench.paths.rules import Verdict
from workbench.registers.rules import Further, Register, Verb


def _judged(row: Any) -> str:
    """Why a hypothesis keeps its text; empty while it is open."""
    if row.verdict == Verdict.OPEN:
        return ""
    return str(_("The trial has given its verdict: the hypothesis keeps the text that was tried."))


def _mapping_run(row: Hypothesis) -> str:
    return f"M{row.mapping_run_number}" if row.mapping_run_number else ""


HYPOTHESES = Register(
    key="hypotheses",
    model=Hypothesis,
    form=forms.StateHypothesis,
    prefix="H-",
    title=_l("Hypotheses"),
    one=_l("State a hypothesis"),
    purpose=_l("What the trial must show before anything live is touched: each with its measure of success, then its verdict."),
    columns=("statement", "success_measure", "expected", "capability"),
    verbs=(Verb(_l("Give the verdict"), "trials.judge_hypothesis"),),
    keeps=_judged,
    looks={"verdict": {"open": "not_checked", "held": "met", "refuted": "not_met", "dropped": "withdrawn"}},
    further=(
        Further("verdict", _l("Verdict"), {each.value: word for each, word in forms.VERDICTS.items()}),
        Further("got", _l("What came out")),
        Further("run_number", _l("Trial run")),
        Further("mapping_run_number", _l("Run of a mapping"), said=_mapping_run),
        Further("judged_on", _l("Judged on"), in_list=False),
    ),
)
MEETINGS = Register(
    key="meetings",
    model=Meeting,
    form=forms.NoteMeeting,
    prefix="M-",
    title=_l("Meetings"),
    one=_l("Note a meeting"),
    purpose=_l("Who met, for what, and what came of it: the choice of the path and the presentation need all three hubs."),
    columns=("purpose", "held_on", "hubs", "brought_up"),
)
REGISTERS = (HYPOTHESES, MEETINGS)
