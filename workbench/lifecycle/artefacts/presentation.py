"""What was shown after the trial and what it brought up (step 5). Who was there is noted with the meeting."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import Artefact, Column, Row, rows, text


@dataclass(frozen=True)
class Presentation(Artefact):
    """The presentation of the advancement to the three hubs."""

    KEY: ClassVar[str] = "presentation"
    TITLE: ClassVar[tuple[str, str]] = ("Presentation of the trial", "Présentation de l’essai")

    summary: str = text("What do the slides say?", "Que disent les diapositives ?")
    questions: tuple[Row, ...] = rows(
        "Which questions were raised, and what was answered?",
        "Quelles questions ont été posées, et quelles réponses données ?",
        (
            Column("question", "Question", "Question", "long", required=True),
            Column("asked_by", "Asked by", "Posée par", "person"),
            Column("answer", "Answer", "Réponse", "long"),
            Column("evidence", "Evidence", "Preuve", "evidence"),
        ),
        required=False,
    )
    brought_up: str = text("What new information came up?", "Quelles informations nouvelles sont apparues ?")
