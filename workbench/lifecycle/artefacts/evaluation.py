"""The evaluation of the change from four sides by three measures (McNaughton and Ray's frame, own wording; step 9)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import Artefact, Column, Row, rows, text

SIDES = {
    "management": ("management", "direction"),
    "technology": ("technology", "technologie"),
    "it_users": ("users", "utilisateurs"),
    "it_employees": ("IT staff", "équipe informatique"),
}


@dataclass(frozen=True)
class Evaluation(Artefact):
    """What each side sees: does it work, can we do it, what does it cost."""

    KEY: ClassVar[str] = "evaluation"
    TITLE: ClassVar[tuple[str, str]] = ("Evaluation", "Évaluation")

    sides: tuple[Row, ...] = rows(
        "What does each side see?",
        "Que constate chacun ?",
        (
            Column("side", "Side", "Point de vue", "choice", SIDES, required=True),
            Column("effectiveness", "Does it reach its aim?", "Atteint-on le but ?", "long"),
            Column("capability", "Are we able to do it?", "Sait-on le faire ?", "long"),
            Column("efficiency", "With what effort?", "Avec quel effort ?", "long"),
        ),
        given=SIDES,
    )
    conclusion: str = text("What follows from it?", "Qu’en conclut-on ?")
