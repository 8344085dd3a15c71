"""The plan of the trial, written before it begins (steps 4 and 5)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import Artefact, lines, text


@dataclass(frozen=True)
class TrialPlan(Artefact):
    """Hypotheses with what would prove them, the data to use, and when to stop."""

    KEY: ClassVar[str] = "trial_plan"
    TITLE: ClassVar[tuple[str, str]] = ("Trial plan", "Plan d’essai")

    hypotheses: tuple[str, ...] = lines(
        "What is to be shown, one hypothesis a line?", "Que faut-il montrer, une hypothèse par ligne ?"
    )
    success_measure: str = text("What counts as success?", "Qu’est-ce qui vaut réussite ?")
    data_used: str = text(
        "Which data is mirrored, and how is it masked?",
        "Quelles données sont copiées, et comment sont-elles masquées ?",
    )
    ends: str = text(
        "When does the trial end, and what stops it early?", "Quand l’essai finit-il, et qu’est-ce qui l’arrête avant ?"
    )
