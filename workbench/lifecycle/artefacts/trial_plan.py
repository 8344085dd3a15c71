"""The plan of the trial, written before it begins (steps 4 and 5). What is to be shown are records: hypotheses."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from flask_babel import gettext as _

from workbench.lifecycle.artefacts import Artefact, Fault, day, day_of, old, text


@dataclass(frozen=True)
class TrialPlan(Artefact):
    """What counts as success, the data to use, and when to stop."""

    KEY: ClassVar[str] = "trial_plan"
    TITLE: ClassVar[tuple[str, str]] = ("Trial plan", "Plan d’essai")

    success_measure: str = text("What counts as success?", "Qu’est-ce qui vaut réussite ?")
    stop_rule: str = text("What stops the trial early?", "Qu’est-ce qui arrête l’essai avant son terme ?")
    data_used: str = text("Which data is mirrored?", "Quelles données sont copiées ?")
    fake_records: str = text("Which fake records are added?", "Quelles fiches fictives sont ajoutées ?", required=False)
    masking: str = text("How is what is sensitive masked?", "Comment les données sensibles sont-elles masquées ?")
    begins: str = day("On which day does the trial begin?", "Quel jour l’essai commence-t-il ?")
    ends_on: str = day("On which day does it end?", "Quel jour finit-il ?")
    hypotheses: tuple[str, ...] = old("lines", "What is to be shown?", "Que faut-il montrer ?")
    ends: str = old(
        "text", "When does the trial end, and what stops it early?", "Quand l’essai finit-il, et qu’est-ce qui l’arrête avant ?"
    )

    def last_day(self) -> date | None:
        """The day on which the trial ends; None where the plan does not say it as a date."""
        return day_of(self.ends_on)

    def faults(self, tools: object = ()) -> list[Fault]:
        """A trial does not end before it begins."""
        first, last = day_of(self.begins), self.last_day()
        turned = first is not None and last is not None and last < first
        return [*super().faults(), *([Fault("ends_on", _("The trial ends before it begins."))] if turned else [])]
