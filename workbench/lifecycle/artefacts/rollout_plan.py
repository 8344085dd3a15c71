"""How the new way reaches everybody, wave by wave (step 8)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import Artefact, Column, Row, rows, text


@dataclass(frozen=True)
class RolloutPlan(Artefact):
    """Who begins when, and what is watched before the next wave."""

    KEY: ClassVar[str] = "rollout_plan"
    TITLE: ClassVar[tuple[str, str]] = ("Roll-out plan", "Plan de déploiement")

    waves: tuple[Row, ...] = rows(
        "Who begins when?",
        "Qui commence quand ?",
        (
            Column("group", "Who", "Qui", required=True),
            Column("begins", "From", "À partir de", required=True),
            Column("condition", "What must be seen before", "Ce qui doit être constaté avant", "long"),
            Column("owner", "Led by", "Conduit par", "person"),
        ),
    )
    way_back: str = text("How does one go back if it goes wrong?", "Comment revient-on en arrière si cela échoue ?")
