"""What the research taught, need by need, with fact, opinion and guess kept apart (step 2)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from flask_babel import gettext as _

from workbench.lifecycle.artefacts import Artefact, Column, Fault, Row, lines, rows

LINES = 5  # that a need's synthesis may take (thesis: read in a minute)


@dataclass(frozen=True)
class Synthesis(Artefact):
    """One page at most: a few lines for each need."""

    KEY: ClassVar[str] = "synthesis"
    TITLE: ClassVar[tuple[str, str]] = ("Synthesis of the research", "Synthèse de la recherche")

    by_need: tuple[Row, ...] = rows(
        "What did the research teach about each need, in five lines at most?",
        "Qu’apprend la recherche sur chaque besoin, en cinq lignes au plus ?",
        (
            Column("need", "Need", "Besoin", "need", required=True),
            Column("text", "What we learnt", "Ce que l’on a appris", "long", required=True),
        ),
    )
    facts: tuple[str, ...] = lines("What is established?", "Qu’est-ce qui est établi ?")
    opinions: tuple[str, ...] = lines("What is opinion?", "Qu’est-ce qui relève de l’opinion ?", required=False)
    guesses: tuple[str, ...] = lines("What do we only suppose?", "Que ne fait-on que supposer ?", required=False)
    questions: tuple[str, ...] = lines("What do we have to ask in step 3?", "Que faut-il demander à l’étape 3 ?")

    def needs(self) -> frozenset[str]:
        """The codes of the needs that are dealt with."""
        return frozenset(each["need"] for each in self.by_need if each.get("need"))

    def faults(self, tools: Collection[str] = ()) -> list[Fault]:
        """Five lines are enough for a need."""
        found = super().faults(tools)
        for number, each in enumerate(self.by_need, start=1):
            if len(each.get("text", "").splitlines()) > LINES:
                message = _("%(need)s: at most %(count)s lines.", need=each.get("need", ""), count=LINES)
                found.append(Fault("by_need", message, number, "text"))
        return found
