"""What the research taught, with fact, opinion and guess kept apart (step 2)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import Artefact, lines


@dataclass(frozen=True)
class Synthesis(Artefact):
    """One page at most."""

    KEY: ClassVar[str] = "synthesis"
    TITLE: ClassVar[tuple[str, str]] = ("Synthesis of the research", "Synthèse de la recherche")

    facts: tuple[str, ...] = lines("What is established?", "Qu’est-ce qui est établi ?")
    opinions: tuple[str, ...] = lines("What is opinion?", "Qu’est-ce qui relève de l’opinion ?")
    guesses: tuple[str, ...] = lines("What do we only suppose?", "Que ne fait-on que supposer ?", required=False)
    questions: tuple[str, ...] = lines("What do we have to ask in step 3?", "Que faut-il demander à l’étape 3 ?")
