"""Strengths, weaknesses, opportunities and threats of the situation as observed (thesis §4.4, step 1)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import Artefact, Column, Row, rows

ENTRY = (
    Column("statement", "What we see", "Ce que l’on constate", "long", required=True),
    Column("evidence", "Evidence", "Preuve", "evidence"),
)


@dataclass(frozen=True)
class Swot(Artefact):
    """Each entry points to an observation."""

    KEY: ClassVar[str] = "swot"
    TITLE: ClassVar[tuple[str, str]] = ("SWOT", "FFOM (SWOT)")

    strengths: tuple[Row, ...] = rows("What works well today?", "Qu’est-ce qui fonctionne bien aujourd’hui ?", ENTRY)
    weaknesses: tuple[Row, ...] = rows("What works badly today?", "Qu’est-ce qui fonctionne mal aujourd’hui ?", ENTRY)
    opportunities: tuple[Row, ...] = rows(
        "What could help from outside?", "Qu’est-ce qui pourrait aider de l’extérieur ?", ENTRY
    )
    threats: tuple[Row, ...] = rows("What could harm from outside?", "Qu’est-ce qui pourrait nuire de l’extérieur ?", ENTRY)

    def quadrants(self) -> dict[str, tuple[Row, ...]]:
        """The entries by quadrant: strengths, weaknesses, opportunities, threats."""
        return {
            "strengths": self.strengths,
            "weaknesses": self.weaknesses,
            "opportunities": self.opportunities,
            "threats": self.threats,
        }
