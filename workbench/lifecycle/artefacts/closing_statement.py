"""How the project ends: what was reached, what was not, and what the next one should know (step 9)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import Artefact, Column, Row, lines, rows, text


@dataclass(frozen=True)
class ClosingStatement(Artefact):
    """Said without shame: an aim that was missed is named."""

    KEY: ClassVar[str] = "closing_statement"
    TITLE: ClassVar[tuple[str, str]] = ("Closing statement", "Déclaration de clôture")

    reached: tuple[str, ...] = lines("What was reached?", "Qu’est-ce qui a été atteint ?")
    not_reached: tuple[str, ...] = lines("What was not, and why?", "Qu’est-ce qui ne l’a pas été, et pourquoi ?")
    lessons: tuple[str, ...] = lines("What should the next project know?", "Que doit savoir le prochain projet ?")
    handed_over: str = text("Who keeps the new way going?", "Qui fait vivre la nouvelle méthode ?")
    signs: tuple[Row, ...] = rows(
        "Who signs the end of the project, and for what?",
        "Qui signe la fin du projet, et à quel titre ?",
        (
            Column("person", "Person", "Personne", "person", required=True),
            Column("as_whom", "For what they answer", "À quel titre", required=True),
        ),
    )
