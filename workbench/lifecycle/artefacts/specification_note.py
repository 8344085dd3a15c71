"""The specification note: aim and bounds set at the start, against which paths are judged (thesis §4.3, line 1055)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import Artefact, lines, old, text


@dataclass(frozen=True)
class SpecificationNote(Artefact):
    """What the sponsor asked for. Objectives and criteria are records of their own."""

    KEY: ClassVar[str] = "specification_note"
    TITLE: ClassVar[tuple[str, str]] = ("Specification note", "Note de cadrage")

    aim: str = text("What is the project to reach?", "Que doit atteindre le projet ?")
    out_of_scope: tuple[str, ...] = lines("What is out of scope?", "Qu’est-ce qui est hors périmètre ?", required=False)
    budget: str = text("Which budget is there?", "Quel budget est disponible ?")
    time: str = text("How much time is there?", "De combien de temps dispose-t-on ?")
    sponsor: str = text("Who is the sponsor?", "Qui est le commanditaire ?")
    criteria: tuple[str, ...] = old(
        "lines", "By which criteria will paths be judged?", "Selon quels critères les voies seront-elles jugées ?"
    )
    envelope: str = old("text", "Which budget and time are there?", "Quel budget et quel temps sont disponibles ?")
