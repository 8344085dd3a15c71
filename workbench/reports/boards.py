"""What the boards of the steps show, as a report prints it: paths, capabilities, changes, instructions, channels, adoption."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.adoption import queries as adoption
from workbench.adoption.rules import Chart, chart
from workbench.changes import queries as changes
from workbench.changes import rules
from workbench.changes.queries import Answer
from workbench.evidence.queries import File
from workbench.paths import queries as paths
from workbench.practices import queries as practices
from workbench.practices.rules import percentage
from workbench.reports import reads
from workbench.tools.queries import capabilities_of_project, limitations_of_project


@dataclass(frozen=True)
class Ways:
    """Step 4: the paths, the matrix that ranks them, and what the tools in scope can do."""

    cards: Sequence[paths.Card]
    matrix: paths.Matrix
    able: Mapping[tuple[int, str], Any]
    limitations: Mapping[int, str]  # the code of a limitation by its number

    @property
    def gone(self) -> list[paths.Card]:
        """The paths that were rejected, or struck by a limitation."""
        return [each for each in self.cards if each.path.state in ("rejected", "killed")]


@dataclass(frozen=True)
class Given:
    """Somebody asked, with what they signed. `counts`: in this round, on what the request says now."""

    answer: Answer
    counts: bool


@dataclass(frozen=True)
class Change:
    """Step 6: one request for change with all that belongs to it."""

    row: Any
    level: str
    tools: tuple[str, ...]
    drafted_by: str
    plan: File | None
    given: tuple[Given, ...]
    rehearsals: tuple[Any, ...]
    review: Any


@dataclass(frozen=True)
class Instruction:
    """Step 7: one instruction, its edition in force with the signature under it, and how many have read it."""

    row: Any
    edition: Any
    approval: Any
    what_changed: str
    read: int
    readers: int

    @property
    def share(self) -> int:
        """How many of those who work by it have read it, in whole per cent."""
        return percentage(self.read, self.readers)


@dataclass(frozen=True)
class Habit:
    """Step 9: one measure with its weeks, its chart, and the verdict in a sentence."""

    counted: adoption.Counted
    chart: Chart | None
    sentence: str


@dataclass(frozen=True)
class Adoption:
    """Step 9: every measure, the ladder, and the losses of a habit, each with its sentence."""

    habits: tuple[Habit, ...]
    ladder: adoption.Ladder
    relapses: tuple[tuple[Any, str, str], ...]  # (relapse, code of the measure, sentence)
    verifications: Sequence[Any]


@dataclass(frozen=True)
class Boards:
    """All of them."""

    ways: Ways
    changes: tuple[Change, ...]
    exceptions: Sequence[tuple[str, Any, str]]
    instructions: tuple[Instruction, ...]
    messages: Sequence[practices.Message]
    adoption: Adoption

    @property
    def duplicates(self) -> list[practices.Message]:
        """The messages that go out on more than one channel."""
        return [each for each in self.messages if len(each.ways) > 1]

    @property
    def duplicate_minutes(self) -> int:
        """What the channels beyond the first cost in a month."""
        return sum(each.duplicate_minutes for each in self.messages)


def boards(project_id: int, evidence: Sequence[File]) -> Boards:
    """Read them all; the number of queries does not grow with the records."""
    return Boards(
        ways=_ways(project_id),
        changes=changes_of(project_id, evidence),
        exceptions=reads.exceptions(project_id),
        instructions=tuple(_instructions(project_id)),
        messages=practices.messages(project_id),
        adoption=habits_of(project_id),
    )


def _ways(project_id: int) -> Ways:
    limitations = {each.id: each.code for each in limitations_of_project(project_id)}
    return Ways(paths.board(project_id), paths.matrix(project_id), capabilities_of_project(project_id), limitations)


def changes_of(project_id: int, evidence: Sequence[File]) -> tuple[Change, ...]:
    """Every request for change with all that belongs to it, in the order of drafting. Six queries."""
    rows = changes.requests_for_change(project_id)
    given, tried, reviews = changes.answers(project_id), reads.rehearsals(project_id), reads.reviews(project_id)
    tools = changes.tool_names([number for row in rows for number in row.tool_ids or ()])
    people, pieces = changes.names([row.requested_by_id for row in rows]), {each.id: each for each in evidence}
    return tuple(
        Change(
            row=row,
            level=rules.level_of(row) or "",
            tools=tuple(sorted(tools[number] for number in row.tool_ids or () if number in tools)),
            drafted_by=people.get(row.requested_by_id or 0, ""),
            plan=pieces.get(row.plan_evidence_id or 0),
            given=tuple(_given(row, each) for each in given.get(row.id, [])),
            rehearsals=tuple(each for each in tried if each.request_id == row.id),
            review=reviews.get(row.id),
        )
        for row in rows
    )


def _given(row: Any, answer: Answer) -> Given:
    vote = answer.vote
    return Given(answer, vote is not None and vote.given_on == rules.given_on(row))


def _instructions(project_id: int) -> list[Instruction]:
    readings = {each.edition.instruction_id: each for each in practices.readings(project_id)}
    found: dict[int, Instruction] = {}
    for row, edition, approval in reads.editions(project_id):
        known = found.get(row.id)
        if approval is None and known is not None and known.approval is not None:
            continue  # a newer text that nobody has signed: the older edition stays in force
        reading = readings.get(row.id)
        read, unread = (len(reading.read), len(reading.unread)) if reading is not None else (0, 0)
        found[row.id] = Instruction(row, edition, approval, edition.what_changed, read, read + unread)
    return list(found.values())


def habits_of(project_id: int) -> Adoption:
    """Step 9 of a project. A fixed number of queries."""
    counted = adoption.counted(project_id)
    codes = {each.measure.id: each.measure.code for each in counted}
    return Adoption(
        habits=tuple(
            Habit(
                each, chart(each.weeks, each.measure.limit_percent, each.window),
                adoption.sentence(each.verdict) if each.verdict else "",
            )
            for each in counted
        ),
        ladder=adoption.ladder(project_id),
        relapses=tuple(
            (each, codes.get(each.measure_id, ""), adoption.sentence(each.verdict)) for each in adoption.relapses(project_id)
        ),
        verifications=adoption.verifications(project_id),
    )
