"""The specification note: aim, criteria and bounds set at the start, against which paths are judged (thesis §4.3, line 1055)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import Artefact, lines, text


@dataclass(frozen=True)
class SpecificationNote(Artefact):
    """What the sponsor asked for."""

    KEY: ClassVar[str] = "specification_note"
    TITLE: ClassVar[tuple[str, str]] = ("Specification note", "Note de cadrage")

    aim: str = text("What is the project to reach?", "Que doit atteindre le projet ?")
    criteria: tuple[str, ...] = lines(
        "By which criteria will paths be judged?", "Selon quels critères les voies seront-elles jugées ?"
    )
    out_of_scope: tuple[str, ...] = lines("What is out of scope?", "Qu’est-ce qui est hors périmètre ?", required=False)
    envelope: str = text("Which budget and time are there?", "Quel budget et quel temps sont disponibles ?")
    sponsor: str = text("Who is the sponsor?", "Qui est le commanditaire ?")
