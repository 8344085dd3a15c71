"""Who does what: responsible, accountable, consulted, informed (step 1)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import Artefact, Column, Row, rows


@dataclass(frozen=True)
class Raci(Artefact):
    """One line for each activity, with exactly one person who answers for it."""

    KEY: ClassVar[str] = "raci"
    TITLE: ClassVar[tuple[str, str]] = ("Who does what (RACI)", "Qui fait quoi (RACI)")

    activities: tuple[Row, ...] = rows(
        "Who does, answers for, is asked and is told about each activity?",
        "Qui réalise, répond, est consulté et est informé pour chaque activité ?",
        (
            Column("activity", "Activity", "Activité", required=True),
            Column("responsible", "Does it", "Réalise", "person", required=True),
            Column("accountable", "Answers for it", "Répond", "person", required=True),
            Column("consulted", "Is asked", "Consulté"),
            Column("informed", "Is told", "Informé"),
        ),
    )
