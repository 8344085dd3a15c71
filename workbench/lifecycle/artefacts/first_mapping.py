"""The first mapping between the two tools: which field becomes which, and by which rule (step 6)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import Artefact, Column, Row, day, rows, text


@dataclass(frozen=True)
class FirstMapping(Artefact):
    """Made once with care, then kept up."""

    KEY: ClassVar[str] = "first_mapping"
    TITLE: ClassVar[tuple[str, str]] = ("First mapping", "Première correspondance")

    fields: tuple[Row, ...] = rows(
        "Which field of the source becomes which field of the target?",
        "Quel champ de la source devient quel champ de la cible ?",
        (
            Column("tool", "Source tool", "Outil source", "tool", required=True),
            Column("source", "Source field", "Champ source", required=True),
            Column("target_tool", "Target tool", "Outil cible", "tool", required=True),
            Column("target", "Target field", "Champ cible", required=True),
            Column("rule", "Rule", "Règle"),
        ),
    )
    names: str = text(
        "How were different spellings of one client brought together?",
        "Comment les graphies différentes d’un même client ont-elles été rapprochées ?",
    )
    checked_on: str = day(
        "On which day was it checked against a real period?", "Quel jour a-t-elle été vérifiée sur une période réelle ?"
    )
    upkeep: str = text("Who keeps it up, and when?", "Qui la tient à jour, et quand ?")
