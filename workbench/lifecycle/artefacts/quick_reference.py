"""What fits beside the screen: the few steps of the new way (step 7)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import Artefact, Column, Row, rows, text


@dataclass(frozen=True)
class QuickReference(Artefact):
    """One page for those who do the task now and then."""

    KEY: ClassVar[str] = "quick_reference"
    TITLE: ClassVar[tuple[str, str]] = ("Quick reference", "Aide-mémoire")

    task: str = text("Which task is it for?", "Pour quelle tâche ?")
    steps: tuple[Row, ...] = rows(
        "What does one do, step by step?",
        "Que fait-on, étape par étape ?",
        (
            Column("step", "Step", "Étape", "long", required=True),
            Column("tool", "In which tool", "Dans quel outil", "tool"),
            Column("check", "How one sees that it worked", "Comment voir que c’est fait"),
        ),
    )
    when_stuck: str = text("Whom does one ask when stuck?", "À qui s’adresser en cas de blocage ?")
