"""Who has a say and who decides in matters of tools (Weill and Ross: five domains, six archetypes)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import Artefact, Column, Row, rows, text

DOMAINS = {
    "it_principles": ("principles: what tools are for", "principes : à quoi servent les outils"),
    "it_architecture": ("architecture: how they fit together", "architecture : comment ils s’assemblent"),
    "it_infrastructure": ("infrastructure: what all of them stand on", "infrastructure : ce sur quoi ils reposent"),
    "business_applications": ("applications: what the trade needs", "applications : ce dont le métier a besoin"),
    "investment": ("investment: what is paid for first", "investissement : ce que l’on finance d’abord"),
}
ARCHETYPES = {
    "business_monarchy": ("business monarchy: senior managers", "monarchie métier : la direction"),
    "it_monarchy": ("IT monarchy: those who run the tools", "monarchie informatique : ceux qui gèrent les outils"),
    "feudal": ("feudal: each unit for itself", "féodal : chaque unité pour elle-même"),
    "federal": ("federal: the centre and the units together", "fédéral : le centre et les unités ensemble"),
    "it_duopoly": ("duopoly: IT and one other group", "duopole : l’informatique et un autre groupe"),
    "anarchy": ("anarchy: each person for themselves", "anarchie : chacun pour soi"),
}


@dataclass(frozen=True)
class GovernanceMatrix(Artefact):
    """For each domain who is heard and who decides."""

    KEY: ClassVar[str] = "governance_matrix"
    TITLE: ClassVar[tuple[str, str]] = ("Governance matrix", "Matrice de gouvernance")

    domains: tuple[Row, ...] = rows(
        "Who is heard and who decides in each domain?",
        "Qui est entendu et qui décide dans chaque domaine ?",
        (
            Column("domain", "Domain", "Domaine", "choice", DOMAINS, required=True),
            Column("heard", "Heard", "Entendu", "choice", ARCHETYPES),
            Column("decides", "Decides", "Décide", "choice", ARCHETYPES, required=True),
            Column("who", "Who that is here", "De qui il s’agit ici"),
        ),
        given=DOMAINS,
    )
    consequence: str = text(
        "Whom does this project have to convince?", "Qui ce projet doit-il convaincre ?", required=False
    )
