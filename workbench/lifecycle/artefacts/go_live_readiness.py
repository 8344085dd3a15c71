"""Whether everything is ready for the first day of the new way (step 7)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import YES_NO, Artefact, Column, Row, day, rows, text


@dataclass(frozen=True)
class GoLiveReadiness(Artefact):
    """One line for each point, with who answers for it."""

    KEY: ClassVar[str] = "go_live_readiness"
    TITLE: ClassVar[tuple[str, str]] = ("Ready to go live", "Prêt pour la mise en service")

    points: tuple[Row, ...] = rows(
        "What has to be ready, and is it?",
        "Qu’est-ce qui doit être prêt, et l’est-ce ?",
        (
            Column("point", "Point", "Point", "long", required=True),
            Column("ready", "Ready", "Prêt", "choice", YES_NO, required=True),
            Column("who", "Who", "Qui", "person"),
            Column("evidence", "Evidence", "Preuve", "evidence"),
        ),
    )
    first_day: str = day("Which is the first day of the new way?", "Quel est le premier jour de la nouvelle méthode ?")
    if_not: str = text("What is done if a point is not ready?", "Que fait-on si un point n’est pas prêt ?")

    def not_ready(self) -> tuple[str, ...]:
        """The points that are not ready."""
        return tuple(each["point"] for each in self.points if each.get("ready") != "yes")
