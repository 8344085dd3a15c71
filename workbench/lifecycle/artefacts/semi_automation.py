"""What runs by itself, what stays by hand, and which totals show that nothing was lost between them (step 6)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import Artefact, Column, Row, rows, text

HOW = {"automatic": ("automatic", "automatique"), "hand": ("by hand", "à la main")}


@dataclass(frozen=True)
class SemiAutomation(Artefact):
    """The procedure step by step with its control totals."""

    KEY: ClassVar[str] = "semi_automation"
    TITLE: ClassVar[tuple[str, str]] = ("Semi-automation procedure", "Procédure de semi-automatisation")

    steps: tuple[Row, ...] = rows(
        "Which steps are there, in order?",
        "Quelles sont les étapes, dans l’ordre ?",
        (
            Column("step", "Step", "Étape", "long", required=True),
            Column("how", "How", "Comment", "choice", HOW, required=True),
            Column("control", "Control total", "Total de contrôle"),
            Column("who", "Who", "Qui", "person"),
        ),
    )
    on_difference: str = text(
        "What is done when a control total differs?", "Que fait-on lorsqu’un total de contrôle diffère ?"
    )
