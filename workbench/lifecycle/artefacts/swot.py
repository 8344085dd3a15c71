"""Strengths, weaknesses, opportunities and threats of the situation as observed (thesis §4.4, step 1)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import Artefact, lines


@dataclass(frozen=True)
class Swot(Artefact):
    """Each entry points to an observation."""

    KEY: ClassVar[str] = "swot"
    TITLE: ClassVar[tuple[str, str]] = ("SWOT", "FFOM (SWOT)")

    strengths: tuple[str, ...] = lines("What works well today?", "Qu’est-ce qui fonctionne bien aujourd’hui ?")
    weaknesses: tuple[str, ...] = lines("What works badly today?", "Qu’est-ce qui fonctionne mal aujourd’hui ?")
    opportunities: tuple[str, ...] = lines(
        "What could help from outside?", "Qu’est-ce qui pourrait aider de l’extérieur ?"
    )
    threats: tuple[str, ...] = lines("What could harm from outside?", "Qu’est-ce qui pourrait nuire de l’extérieur ?")
