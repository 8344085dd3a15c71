"""Named reads about checklists that come again: their runs, how far each is, and the heat map of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from workbench import clock
from workbench.checklists.library import Pack
from workbench.checklists.models import Answer, Assignment, Checklist, PackWording, Recurrence
from workbench.checklists.queries.editions import installed
from workbench.checklists.queries.items import WORST_FIRST, chapter_of
from workbench.checklists.rules import SATISFYING, WAITING, AnswerState, Unit, due_run
from workbench.checklists.store import Text
from workbench.database import db
from workbench.projects.models import Project
from workbench.projects.rules import ProjectState

COLUMNS = 12  # runs beside each other on the page; the export holds all


@dataclass(frozen=True)
class Run:
    """One run of a recurrence and how far it is."""

    checklist: Checklist
    date: date
    waiting: int  # items that wait for the person asked
    overdue: int

    @property
    def answered(self) -> int:
        """How many items are answered."""
        return self.checklist.total - self.checklist.counts.get(AnswerState.NOT_CHECKED, 0)

    @property
    def satisfied(self) -> int:
        """How many items are conform, an opportunity or not applicable."""
        return sum(self.checklist.counts.get(state, 0) for state in SATISFYING)


@dataclass(frozen=True)
class Heat:
    """What one clause or chapter was answered in one run: the worst answer, and how many items satisfy."""

    worst: AnswerState
    satisfied: int
    total: int

    @property
    def percent(self) -> int:
        """The share that satisfies, rounded down: 100 means all."""
        return self.satisfied * 100 // self.total


@dataclass(frozen=True)
class HeatRow:
    """One clause, chapter or step over the runs; None where a run did not ask it."""

    ref: str
    title: Text
    part: str  # the chapter or step, as the checklist's page filters by
    cells: tuple[Heat | None, ...]


@dataclass(frozen=True)
class HeatMap:
    """The runs, oldest first, and a row for each clause or chapter."""

    runs: tuple[Run, ...]
    rows: tuple[HeatRow, ...]
    left_out: int  # older runs that are not shown


def occasion_of(recurrence: Recurrence, run: date) -> str:
    """The occasion of a run's checklist."""
    return f"R{recurrence.id}:{run.isoformat()}"


def has_run(recurrence: Recurrence, run: date) -> bool:
    """Whether the checklist of a run is there."""
    wanted = select(Checklist.id).where(
        Checklist.project_id == recurrence.project_id, Checklist.occasion == occasion_of(recurrence, run)
    )
    return db.session.scalar(wanted.limit(1)) is not None


def running_recurrences(project_id: int | None = None) -> Sequence[Recurrence]:
    """The recurrences that stand, of one project or of all that were not stopped, in order."""
    wanted = (
        select(Recurrence)
        .join(Project, Project.id == Recurrence.project_id)
        .where(Recurrence.withdrawn_at.is_(None), Project.state != ProjectState.STOPPED)
    )
    if project_id is not None:
        wanted = wanted.where(Recurrence.project_id == project_id)
    return db.session.scalars(wanted.order_by(Recurrence.id)).all()


def due_runs(today: date, project_id: int | None = None) -> list[tuple[Recurrence, date]]:
    """The runs that are due and not there yet, of one project or of all. Two queries."""
    dated = [
        (each, run)
        for each in running_recurrences(project_id)
        if (run := due_run(each.starts_on, each.every, Unit(each.unit), today)) is not None
        and installed(each.pack_id) is not None
    ]
    wanted = select(Checklist.occasion).where(Checklist.occasion.in_([occasion_of(each, run) for each, run in dated]))
    there = set(db.session.scalars(wanted))
    return [(each, run) for each, run in dated if occasion_of(each, run) not in there]


def recurrence_in(project_id: int, recurrence_id: int) -> Recurrence | None:
    """One recurrence of this project."""
    return db.session.scalar(
        select(Recurrence).where(Recurrence.project_id == project_id, Recurrence.id == recurrence_id)
    )


def runs_of(recurrence: Recurrence) -> list[Run]:
    """The runs of a recurrence, newest first. Two queries."""
    wanted = select(Checklist).where(
        Checklist.project_id == recurrence.project_id, Checklist.occasion.like(f"R{recurrence.id}:%")
    )
    return _runs(db.session.scalars(wanted.order_by(Checklist.occasion.desc())).all())


def _runs(found: Sequence[Checklist]) -> list[Run]:
    """These checklists as runs, in the same order. One query."""
    waiting = (
        select(Assignment.checklist_id, Assignment.due_on, func.count())
        .where(Assignment.checklist_id.in_([each.id for each in found]), Assignment.state.in_(WAITING))
        .group_by(Assignment.checklist_id, Assignment.due_on)
    )
    today = clock.today()
    left: dict[int, tuple[int, int]] = {}
    for number, due_on, count in db.session.execute(waiting):
        before = left.get(number, (0, 0))
        left[number] = (before[0] + count, before[1] + (count if due_on < today else 0))
    return [Run(each, _date_of(each), *left.get(each.id, (0, 0))) for each in found]


def last_runs(recurrences: Sequence[Recurrence]) -> list[tuple[Recurrence, Run | None]]:
    """Each recurrence with its newest run. Two queries for all of them."""
    names = {f"R{each.id}": each for each in recurrences}
    projects = {each.project_id for each in recurrences}
    wanted = select(Checklist).where(Checklist.project_id.in_(projects), Checklist.occasion.like("R%:%"))
    newest: dict[str, Checklist] = {}
    for each in db.session.scalars(wanted.order_by(Checklist.occasion)):
        newest[each.occasion.partition(":")[0]] = each
    shown = {run.checklist.id: run for run in _runs([each for name, each in newest.items() if name in names])}
    found = ((each, newest.get(name)) for name, each in names.items())
    return [(each, shown[checklist.id] if checklist is not None else None) for each, checklist in found]


def title_of(pack_id: str, language: str) -> str:
    """The title of a pack; its name where it is not installed any more."""
    pack = installed(pack_id)
    return pack_id if pack is None else pack.title.in_(language)


def _date_of(checklist: Checklist) -> date:
    return date.fromisoformat(checklist.occasion.rpartition(":")[2])


def heat_map(recurrence: Recurrence, *, by_clause: bool = True, columns: int = COLUMNS) -> HeatMap:
    """Clauses, or chapters, down and the last runs across. Four queries whatever the number of runs."""
    runs = runs_of(recurrence)
    shown = tuple(reversed(runs[:columns]))
    places = _places({run.checklist.pack_digest for run in shown}, by_clause)
    states = _states([run.checklist.id for run in shown])
    sums = [
        _sums(places.get(run.checklist.pack_digest, {}), states.get(run.checklist.id, {}), run.checklist.parts)
        for run in shown
    ]
    pack = installed(recurrence.pack_id)
    refs = dict.fromkeys(ref for each in sums for ref in each)
    rows = [HeatRow(ref, _title(pack, ref), _part(pack, ref), tuple(each.get(ref) for each in sums)) for ref in refs]
    return HeatMap(shown, tuple(rows), len(runs) - len(shown))


def _places(digests: set[str], by_clause: bool) -> dict[str, dict[str, tuple[str, str]]]:
    """{digest: {item key: (row of the map, chapter or step)}} of the wordings that were kept. One query."""
    wanted = select(PackWording.pack_digest, PackWording.items).where(PackWording.pack_digest.in_(digests))
    return {
        digest: {each["key"]: _place(each["clause"], each["step"], by_clause) for each in items}
        for digest, items in db.session.execute(wanted)
    }


def _place(clause: str | None, step: int | None, by_clause: bool) -> tuple[str, str]:
    if step:
        return str(step), str(step)
    part = chapter_of(clause or "")
    return (clause or "") if by_clause else part, part


def _states(checklist_ids: list[int]) -> dict[int, dict[str, AnswerState]]:
    """{checklist: {item key: answer}}. One query."""
    wanted = select(Answer.checklist_id, Answer.item_key, Answer.state).where(Answer.checklist_id.in_(checklist_ids))
    found: dict[int, dict[str, AnswerState]] = {}
    for number, key, state in db.session.execute(wanted):
        found.setdefault(number, {})[key] = AnswerState(state)
    return found


def _sums(
    places: dict[str, tuple[str, str]], states: dict[str, AnswerState], parts: list[str] | None
) -> dict[str, Heat]:
    by_row: dict[str, list[AnswerState]] = {}
    for key, (row, part) in places.items():
        if parts is None or part in parts:
            by_row.setdefault(row, []).append(states.get(key, AnswerState.NOT_CHECKED))
    return {
        row: Heat(min(found, key=WORST_FIRST.index), sum(each in SATISFYING for each in found), len(found))
        for row, found in by_row.items()
    }


def _title(pack: Pack | None, ref: str) -> Text:
    if pack is not None and pack.steps and ref.isdecimal():
        return pack.step(int(ref)).title
    return pack.clause(ref).title if pack is not None and pack.has_clause(ref) else Text(ref, ref)


def _part(pack: Pack | None, ref: str) -> str:
    return ref if pack is None or pack.steps else chapter_of(ref)
