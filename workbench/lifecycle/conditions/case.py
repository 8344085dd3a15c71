"""What every condition shares: the line it gives, and the case it looks at, read once for a whole gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from flask_babel import gettext as _

from workbench.checklists.library import Item
from workbench.checklists.queries import ItemAnswer, gates_checklist, step_answers
from workbench.lifecycle import queries
from workbench.lifecycle.artefacts import Artefact, read
from workbench.lifecycle.queries import StepLine
from workbench.lifecycle.rules import Result
from workbench.people.queries import approvers, team
from workbench.projects import queries as projects

if TYPE_CHECKING:
    from workbench.checklists.models import Checklist
    from workbench.lifecycle.models import ArtefactRevision, DecisionCondition, Waiver
    from workbench.people.models import Membership

Kind = TypeVar("Kind", bound=Artefact)
Link = tuple[str, dict[str, Any]]
MOST_NAMED = 8


@dataclass(frozen=True)
class Condition:
    """One line of a gate: what is asked, how it stands, why, and where to mend it (endpoint and arguments)."""

    key: str
    label: str
    result: Result
    reason: str = ""
    mandatory: bool = True
    link: Link | None = None
    item: Item | None = None
    answer: ItemAnswer | None = None
    waivable: bool = False  # may be set aside with a reason although the system measures it (W in product.md §6)

    @property
    def blocks(self) -> bool:
        """Whether the gate cannot pass because of this line."""
        return self.mandatory and self.result is Result.FAIL

    @property
    def is_waivable(self) -> bool:
        """Checklist items may be set aside, and the few measured lines that say so; no other measurement may."""
        return (self.item is not None or self.waivable) and self.blocks

    @property
    def name(self) -> str:
        """How the line is named in an address: the item's key, else its own."""
        return self.key.removeprefix("item:")


@dataclass(frozen=True)
class Gate:
    """Everything one gate asks, as it stands on a day."""

    step: int
    conditions: tuple[Condition, ...]
    answers: tuple[ItemAnswer, ...] = ()

    def called(self, key: str) -> str:
        """What people call a line of this gate: the number of an item, else what the line asks."""
        if key.startswith("item:"):
            return key.removeprefix("item:")
        return next((each.label for each in self.conditions if each.key == key), _("no longer asked"))

    @property
    def missing(self) -> tuple[Condition, ...]:
        """The lines that block."""
        return tuple(each for each in self.conditions if each.blocks)

    @property
    def passes(self) -> bool:
        """Whether nothing blocks."""
        return not self.missing


@dataclass(frozen=True)
class Reads:
    """What the gates of one project read of the floors below, each once however many conditions ask."""

    project_id: int
    key: str
    on: date
    language: str

    @cached_property
    def steps(self) -> Sequence[StepLine]:
        """The nine steps as the decisions left them."""
        return queries.timeline(self.project_id)

    @cached_property
    def checklist(self) -> Checklist | None:
        """The checklist of the gates' criteria."""
        return gates_checklist(self.project_id)

    @cached_property
    def waivers(self) -> Sequence[Waiver]:
        """Every waiver of the project."""
        return queries.waivers_of_project(self.project_id)

    @cached_property
    def conditions(self) -> Sequence[DecisionCondition]:
        """What passes with conditions still ask for."""
        return queries.conditions_of_project(self.project_id)

    @cached_property
    def artefacts(self) -> Mapping[str, ArtefactRevision]:
        """The newest revision of each document, by kind."""
        return queries.artefacts_of_project(self.project_id)

    @cached_property
    def thresholds(self) -> Mapping[str, int]:
        """The project's own limits."""
        return projects.thresholds(self.project_id)

    @cached_property
    def team(self) -> Sequence[Membership]:
        """The members of the project."""
        return team(self.project_id)

    @cached_property
    def approvers(self) -> Mapping[int, str]:
        """Those who may decide."""
        return approvers(self.project_id)

    def document(self, kind: type[Kind]) -> Kind:
        """What a document of a step says now; an empty one where nobody wrote it."""
        found = self.artefacts.get(kind.KEY)
        return read(kind, found.body) if found is not None else kind()  # type: ignore[return-value]


@dataclass(frozen=True)
class Case:
    """What a condition looks at: one step of one project."""

    step: int
    reads: Reads
    approver_id: int | None = None  # who is about to decide; None where nobody in particular looks

    @property
    def project_id(self) -> int:
        """The project."""
        return self.reads.project_id

    @property
    def on(self) -> date:
        """The day for which the gate is asked."""
        return self.reads.on

    @cached_property
    def answers(self) -> Sequence[ItemAnswer]:
        """The items of the gate; none where the checklist is not started."""
        return tuple(step_answers(self.project_id, self.step)) if self.reads.checklist is not None else ()

    def at(self, endpoint: str, **more: Any) -> Link:
        """A page of this project."""
        return endpoint, {"key": self.reads.key, **more}

    def register(self, subject: str, register: str) -> Link:
        """The list of one kind of records."""
        return self.at(f"{subject}.records", register=register)

    def document(self, kind: str) -> Link:
        """The page on which a document of a step is written."""
        return self.at("lifecycle.write_artefact", kind=kind)


Check = Callable[[Case], list[Condition]]


def result(ok: bool) -> Result:
    """Pass or fail."""
    return Result.PASS if ok else Result.FAIL


def named(left: Sequence[str]) -> str:
    """The first few names in a row, and how many more there are."""
    shown = ", ".join(str(each) for each in left[:MOST_NAMED])
    return (
        shown
        if len(left) <= MOST_NAMED
        else _("%(names)s and %(count)s more", names=shown, count=len(left) - MOST_NAMED)
    )


def sentences(left: Sequence[str]) -> str:
    """Sentences of what is lacking, in a row."""
    return " ".join(each if each.endswith((".", "!", "?")) else f"{each}." for each in map(str, left[:MOST_NAMED]))


def line(
    key: str,
    label: str,
    reason: str,
    link: Link | None,
    *,
    fails: bool | Sequence[str],
    mandatory: bool = True,
    waivable: bool = False,
) -> list[Condition]:
    """One measured line: where it fails the reason says what is missing, else it is left out."""
    bad = bool(fails)
    return [Condition(key, label, result(not bad), reason if bad else "", mandatory, link, waivable=waivable)]
