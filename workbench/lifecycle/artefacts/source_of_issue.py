"""Where the issue comes from: practice, tool or strategy (thesis §4.4, lines 1283-1289)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import Artefact, choice, text


@dataclass(frozen=True)
class SourceOfIssue(Artefact):
    """The class of the issue, its level, and the observation that shows it. A matter of strategy is signed by the sponsor."""

    KEY: ClassVar[str] = "source_of_issue"
    TITLE: ClassVar[tuple[str, str]] = ("Source of the issue", "Origine du problème")

    source: str = choice(
        "Where does the issue come from?",
        "D’où vient le problème ?",
        {
            "practice": ("practice or process", "pratique ou processus"),
            "tool": ("tool", "outil"),
            "strategy": ("strategy", "stratégie"),
        },
    )
    level: str = choice(
        "At which level?",
        "À quel niveau ?",
        {
            "operational": ("operational", "opérationnel"),
            "tactical": ("tactical", "tactique"),
            "strategic": ("strategic", "stratégique"),
        },
    )
    observation: str = text("Which observation shows it?", "Quelle observation le montre ?")
    reason: str = text("Why this class and not another?", "Pourquoi cette origine et pas une autre ?")
    wait_or_act: str = text(
        "If a tool is the cause: wait for it, or find a temporary solution?",
        "Si un outil est en cause : attendre, ou trouver une solution temporaire ?",
        required=False,
    )

    def needs_sponsor(self) -> bool:
        """A matter of strategy is not decided by the project."""
        return self.source == "strategy"
