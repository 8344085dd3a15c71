"""Which standards bear on the project, and why (step 2)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import YES_NO, Artefact, Column, Row, rows

APPLIES = {**YES_NO, "partly": ("partly", "en partie")}


@dataclass(frozen=True)
class StandardsApplicability(Artefact):
    """One line for each checklist pack, with the clauses that matter."""

    KEY: ClassVar[str] = "standards_applicability"
    TITLE: ClassVar[tuple[str, str]] = ("Standards that apply", "Normes applicables")

    standards: tuple[Row, ...] = rows(
        "Which standards apply, with which clauses, and why?",
        "Quelles normes s’appliquent, pour quels articles, et pourquoi ?",
        (
            Column("pack", "Standard", "Norme", "pack", required=True),
            Column("applies", "Applies", "S’applique", "choice", APPLIES, required=True),
            Column("clauses", "Clauses", "Articles"),
            Column("reason", "Reason", "Raison", "long", required=True),
        ),
    )

    def packs(self) -> frozenset[str]:
        """The packs that are judged."""
        return frozenset(each["pack"] for each in self.standards if each.get("pack"))
