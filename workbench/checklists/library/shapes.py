"""What a pack and a crosswalk are once they are read: clauses, items, steps, groupings, links."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from workbench.checklists.store import Text

CLAUSE_KINDS = (
    "chapter", "clause", "theme", "control", "group", "practice", "domain", "objective", "element", "principle", "level",
)  # fmt: skip
DOCUMENTED_INFORMATION = (
    "none", "maintain", "retain", "maintain_and_retain", "available", "as_determined", "control", "amend", "consider",
)  # fmt: skip
# From the strongest to the weakest: how much an answer to one clause says about another.
STRENGTHS = ("identical", "equivalent", "direct", "partial", "weak")
# What a link of a transition, which says where a clause went, amounts to as a strength.
OF_RELATION = {"same": "identical", "moved": "identical", "changed": "partial", "into_parent": "partial"}
_BACK_TO = re.compile(r"back_to_S([1-9])")


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered clause of a standard: its number and short title, never its sentences."""

    ref: str
    parent: str | None
    title: Text
    title_origin: str  # iso | publisher | ours
    title_fr_origin: str  # iso | carried_over | ours
    bearing: bool  # carries requirements of its own, so at least one item asks about it
    grade: str | None  # A | B | C: how far number and title are trusted
    note: Text | None
    kind: str = ""  # one of CLAUSE_KINDS, or "" where the pack does not say


@dataclass(frozen=True, slots=True)
class DocumentedInformation:
    """Whether a document or record is asked for, and which, in our own words."""

    kind: str  # one of DOCUMENTED_INFORMATION
    note: Text


@dataclass(frozen=True, slots=True)
class Ref:
    """A pointer from an item to a clause of a standard."""

    standard: str
    clause: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to answer. Standard items have a clause, gate items have a step."""

    key: str
    clause: str | None
    step: int | None
    question: Text
    guidance: Text | None
    expected_evidence: tuple[Text, ...]
    documented_information: DocumentedInformation | None
    mandatory: str  # yes | no | conditional
    condition: Text | None
    role: str | None
    evidence_kinds: tuple[str, ...]
    refs: tuple[Ref, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class Step:
    """One of the nine steps as the gate pack states it."""

    number: int
    key: str
    gate: str
    title: Text
    purpose: Text
    pdca: str
    bpm_phases: tuple[str, ...]
    itil_ci_steps: tuple[str, ...]
    itil5_lifecycle: tuple[str, ...]
    decisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """One part of a grouping: the clauses that belong together."""

    key: str
    title: Text
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """One way to sort the clauses of a pack, beside their tree. In a shipped pack each bearing clause is in one group."""

    key: str
    title: Text
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Pack:
    """A standard or the gates as data. `digest` is the SHA-256 of the bytes of pack.toml: an exact pin."""

    id: str
    kind: str  # standard | gates
    title: Text
    edition: str
    version: str
    languages: tuple[str, ...]
    wording: str  # own | others: whose words the questions are; the notice says whose
    source: Text
    notice: Text
    digest: str
    clauses: tuple[Clause, ...]
    items: tuple[Item, ...]
    steps: tuple[Step, ...]
    vocabularies: Mapping[str, Mapping[str, Text]]
    groupings: tuple[Grouping, ...] = ()

    @cached_property
    def _by_key(self) -> dict[str, Item]:
        return {item.key: item for item in self.items}

    @cached_property
    def _by_ref(self) -> dict[str, Clause]:
        return {clause.ref: clause for clause in self.clauses}

    @cached_property
    def _by_clause(self) -> dict[str | None, list[Item]]:
        found: dict[str | None, list[Item]] = {}
        for item in self.items:
            found.setdefault(item.clause, []).append(item)
        return found

    def item(self, key: str) -> Item:
        """KeyError tells that the pack has no such item."""
        return self._by_key[key]

    def clause(self, ref: str) -> Clause:
        return self._by_ref[ref]

    def step(self, number: int) -> Step:
        return next(step for step in self.steps if step.number == number)

    def has_clause(self, ref: str) -> bool:
        return ref in self._by_ref

    def items_of_step(self, number: int) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.step == number)

    def items_of_clause(self, ref: str) -> tuple[Item, ...]:
        return tuple(self._by_clause.get(ref, ()))

    def counts(self) -> dict[str, int]:
        """How many clauses there are of each kind, in the order in which the kinds come first."""
        return dict(Counter(clause.kind for clause in self.clauses if clause.kind))

    def word(self, vocabulary: str, key: str) -> Text:
        return self.vocabularies[vocabulary][key]

    def decision(self, key: str) -> Text:
        """The words of a gate decision, `back_to_S4` included."""
        back = _BACK_TO.fullmatch(key)
        if back is None:
            return self.word("decisions", key)
        return Text(f"send back to step {back[1]}", f"renvoyer à l’étape {back[1]}")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a clause of one edition went in the other, or how much it has in common with a clause of another standard."""

    from_clause: str
    to_clause: str
    relation: str  # of a transition: same | changed | moved | into_parent; "" in a mapping
    confidence: str  # of a transition: high | medium | low; "" in a mapping
    note: Text | None
    strength: str = ""  # one of STRENGTHS


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """All links between the clauses of two packs."""

    from_pack: str
    to_pack: str
    version: str
    source: Text
    digest: str
    links: tuple[Link, ...]
    kind: str = "transition"  # transition: the next edition of the same standard | mapping: another standard

    def onward(self, clause: str) -> tuple[Link, ...]:
        return tuple(link for link in self.links if link.from_clause == clause)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A clause of another pack that says something like a clause at hand, and through which editions it was found."""

    pack_id: str
    clause: str
    strength: str  # one of STRENGTHS: the weakest on the way
    via: tuple[str, ...] = ()  # "pack clause" stepped over; empty for a direct link
