"""The tools of a project as their report prints them: what they cannot do and what that strikes, what passes between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from workbench.changes.queries import names
from workbench.evidence.queries import File, files_of_project
from workbench.inquiry.queries import objectives
from workbench.lifecycle.artefacts.situation_map import SituationMap
from workbench.lifecycle.queries import artefacts_of_project
from workbench.paths.queries import board
from workbench.registers.queries import standing
from workbench.reports.judging import as_of
from workbench.reports.records import Map, map_of
from workbench.reports.rules import Brief, Options
from workbench.tools.forms import age
from workbench.tools.models import Customisation, Promise
from workbench.tools.queries import (
    capabilities_of_project,
    connections_among,
    limitations_of_project,
    tools_of_project,
)
from workbench.tools.rules import Decision, PromiseState, Standing
from workbench.trials.queries.knowledge import ProposalLine, all_proposals

SOON = 60  # days to the end of a trial licence


@dataclass(frozen=True)
class Struck:
    """What a limitation strikes: codes of paths it ended, of paths that need what is missing, of objectives, and capabilities."""

    ended: tuple[str, ...]
    needing: tuple[str, ...]
    objectives: tuple[str, ...]
    capabilities: tuple[tuple[str, str], ...]  # (tool, kind)

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is known to be struck."""
        return not (self.ended or self.needing or self.objectives or self.capabilities)


@dataclass(frozen=True)
class Limit:
    """One limitation with its age on the day of the report (`clock.today` while it is built), who asks again, what it strikes."""

    row: Any
    age: str
    chaser: str
    decided_by: str
    proof: File | None
    promises: tuple[Any, ...]
    strikes: Struck

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for somebody outside to do something."""
        return self.row.decision == Decision.WAIT or any(each.state == PromiseState.OPEN for each in self.promises)


@dataclass(frozen=True)
class Licence:
    """A trial licence of a tool in scope; `days` are left on the day of the report, less than 0 once it has ended."""

    tool: str
    ends_on: date | None
    days: int | None


@dataclass(frozen=True)
class Tooling:
    """Everything about the tools of a project."""

    limits: tuple[Limit, ...]
    tools: Sequence[Any]
    able: Mapping[tuple[int, str], Any]
    codes: Mapping[int, str]  # of a limitation by its number
    proofs: Mapping[int, str]  # the code of a piece of evidence by its number
    connections: Sequence[Any]
    map: Map | None
    licences: tuple[Licence, ...]
    promises: tuple[Any, ...]
    customisations: Sequence[Any]
    learnt: tuple[ProposalLine, ...]
    owners: Mapping[int, str]

    @property
    def undecided(self) -> list[Limit]:
        """Limitations about which nothing was decided."""
        return [each for each in self.limits if not each.row.decision]

    @property
    def waiting(self) -> list[Limit]:
        """Limitations that wait for somebody outside."""
        return [each for each in self.limits if each.is_waiting]

    def tool(self, number: int) -> str:
        """The name of a tool in scope; "–" where it was taken out of the scope since."""
        return next((each.name for each in self.tools if each.id == number), "–")


def tooling(brief: Brief) -> Tooling:
    """Read everything; the number of queries does not grow with the records."""
    number, on = brief.project.id, brief.point.on
    tools, able, rows = tools_of_project(number), capabilities_of_project(number), limitations_of_project(number)
    files = {each.id: as_of(each, on) for each in files_of_project(number)}
    promises, customisations = standing(Promise, number), standing(Customisation, number)
    people = names([
        *(each.chaser_id for each in rows), *(each.decided_by_id for each in rows),
        *(each.owner_id for each in promises), *(each.owner_id for each in customisations),
    ])
    connections = connections_among(each.id for each in tools)
    paths, aims = board(number), objectives(number)
    limits = [
        Limit(
            each, age(each.first_reported_on), people.get(each.chaser_id or 0, ""), people.get(each.decided_by_id or 0, ""),
            files.get(each.evidence_id or 0), tuple(one for one in promises if one.limitation_id == each.id),
            _struck(each, paths, aims, able, tools),
        )
        for each in rows
        if brief.options.takes(each.code)
    ]
    return Tooling(
        limits=tuple(sorted(limits, key=lambda each: (each.row.first_reported_on, each.row.id))),
        tools=tools, able=able, codes={each.id: each.code for each in rows},
        proofs={each.id: each.code for each in files.values()}, connections=connections,
        map=map_of(brief, artefacts_of_project(number).get(SituationMap.KEY)), licences=_licences(tools, on),
        promises=tuple(each for each in promises if _is_told(each, brief.options)), customisations=customisations,
        learnt=tuple(reversed(all_proposals(number, outcome="confirmed"))), owners=people,
    )


def _is_told(row: Any, options: Options) -> bool:
    """A promise that was open at some time in the period."""
    return options.period.meets(row.made_on, None if row.state == PromiseState.OPEN else row.settled_on)


def _struck(
    row: Any, paths: Iterable[Any], aims: Iterable[Any], able: Mapping[tuple[int, str], Any], tools: Iterable[Any]
) -> Struck:
    known = {each.id: each.name for each in tools}
    cards = list(paths)
    ended = tuple(each.path.code for each in cards if each.path.killed_by_id == row.id)
    return Struck(
        ended,
        tuple(
            each.path.code for each in cards
            if each.path.code not in ended and any(need.limitation == row.code for need in each.missing)
        ),
        tuple(each.code for each in aims if row.code in (each.limitation_codes or ())),
        tuple(
            (known[tool], kind) for (tool, kind), each in sorted(able.items())
            if each.limitation_id == row.id and tool in known
        ),
    )


def _licences(tools: Iterable[Any], on: date) -> tuple[Licence, ...]:
    """The tools on trial, the licence that ends first before the others."""
    found = [
        Licence(each.name, each.trial_ends_on, (each.trial_ends_on - on).days if each.trial_ends_on else None)
        for each in tools
        if each.standing == Standing.TRIAL
    ]
    return tuple(sorted(found, key=lambda each: (each.ends_on or date.max, each.tool)))
