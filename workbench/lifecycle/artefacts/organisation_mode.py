"""What the organisation expects of its tools: support, factory, turnaround or strategic (Nolan and McFarlan's grid)."""

from dataclasses import dataclass
from typing import ClassVar

from workbench.lifecycle.artefacts import YES_NO, Artefact, Said, choice, text, word

MODES = {
    "support": ("support", "support"),
    "factory": ("factory", "usine"),
    "turnaround": ("turnaround", "transition"),
    "strategic": ("strategic", "stratégique"),
}
_BY_NEED = {(False, False): "support", (True, False): "factory", (False, True): "turnaround", (True, True): "strategic"}
_QUESTION = ("Mode that the answers point to", "Mode que les réponses indiquent")
_OPEN = ("open until every question is answered", "indéterminé tant que toutes les questions n’ont pas de réponse")


@dataclass(frozen=True)
class OrganisationMode(Artefact):
    """Three questions on the need for tools that do not fail, three on the need for new ones; most of each decide."""

    KEY: ClassVar[str] = "organisation_mode"
    TITLE: ClassVar[tuple[str, str]] = ("Mode of the organisation", "Mode de l’organisation")

    loss: str = choice(
        "If this tool stops for one hour, do we lose money or a client?",
        "Si cet outil s’arrête une heure, perd-on de l’argent ou un client ?",
        YES_NO,
    )
    paper: str = choice(
        "Would we be back to paper on the same day?", "Faudrait-il revenir au papier le jour même ?", YES_NO
    )
    unseen: str = choice(
        "Could a wrong figure reach a client unseen?",
        "Un chiffre faux peut-il atteindre un client sans être vu ?",
        YES_NO,
    )
    offer: str = choice(
        "Would a new tool let us sell what we cannot sell today?",
        "Un nouvel outil permettrait-il de vendre ce que l’on ne peut pas vendre aujourd’hui ?",
        YES_NO,
    )
    rivals: str = choice(
        "Do competitors win with a tool that we lack?",
        "Des concurrents gagnent-ils grâce à un outil qui nous manque ?",
        YES_NO,
    )
    spending: str = choice(
        "Does most of the money for tools go to new ones?",
        "La plus grande part du budget des outils va-t-elle à des nouveautés ?",
        YES_NO,
    )
    mode: str = choice("Which mode do we see ourselves in?", "Dans quel mode nous situons-nous ?", MODES)
    consequence: str = text(
        "What does it mean for this project?", "Qu’est-ce que cela signifie pour ce projet ?"
    )

    def suggested(self) -> str:
        """The mode that the answers point to, "" while one is open."""
        reliable, new = (self.loss, self.paper, self.unseen), (self.offer, self.rivals, self.spending)
        if "" in (*reliable, *new):
            return ""
        return _BY_NEED[reliable.count("yes") >= 2, new.count("yes") >= 2]

    def concluded(self, language: str) -> list[Said]:
        """The mode that follows from the answers."""
        french = language == "fr"
        return [Said("suggested", _QUESTION[french], word(MODES, self.suggested(), language) or _OPEN[french])]
