"""The clause matrix: what speaks for each clause of a standard, by step, by project or by audit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, select

from workbench.audits.models import Audit
from workbench.checklists.library import Clause, Pack
from workbench.checklists.models import Checklist
from workbench.checklists.queries import ItemAnswer, answered, installed, with_evidence
from workbench.checklists.queries.items import WORST_FIRST, chapter_of
from workbench.checklists.queries.mapped import Cell as Answered
from workbench.checklists.queries.mapped import Reach, cells_of, packs_of, reach_of, standing_checklists
from workbench.checklists.rules import GATES_PACK, NEEDS_EVIDENCE, AnswerState
from workbench.database import db
from workbench.projects.models import Project

OWN, OTHERS = "own", "others"  # the standard's own checklist; what the checklists of other standards say through crosswalks
STEPS = tuple(f"S{number}" for number in range(1, 10))
ALL = "all"  # every column together


@dataclass(frozen=True)
class Bearing:
    """A question that bears on a clause, with its answer. `strength` is "" for the standard's own questions."""

    clause: str
    column: str  # own, S1 to S9, or others
    checklist_id: int
    pack_id: str
    item_key: str
    strength: str
    state: AnswerState
    evidence: frozenset[int]  # what proves something today
    stale: frozenset[int]  # expired or withdrawn

    @property
    def is_bare(self) -> bool:
        """Said to be satisfied, but without valid evidence."""
        return self.state in NEEDS_EVIDENCE and not self.evidence


@dataclass(frozen=True)
class Square:
    """One cell: the bearings of one clause in one column. Falsy where nothing bears on it."""

    bearings: tuple[Bearing, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.bearings)

    @property
    def evidence(self) -> frozenset[int]:
        """The different pieces of evidence that prove something today."""
        return frozenset().union(*(each.evidence for each in self.bearings))

    @property
    def answered(self) -> int:
        """How many of its questions are answered."""
        return sum(each.state is not AnswerState.NOT_CHECKED for each in self.bearings)

    @property
    def state(self) -> AnswerState:
        """The worst of the answers given; not checked where there is none."""
        given = [each.state for each in self.bearings if each.state is not AnswerState.NOT_CHECKED]
        return min(given, key=WORST_FIRST.index, default=AnswerState.NOT_CHECKED)

    @property
    def is_bare(self) -> bool:
        """Whether a question is said to be satisfied without valid evidence."""
        return any(each.is_bare for each in self.bearings)

    @property
    def is_mapped(self) -> bool:
        """Whether it stands on questions of other standards only."""
        return bool(self.bearings) and all(each.column == OTHERS for each in self.bearings)


EMPTY = Square()


@dataclass(frozen=True)
class Row:
    """A clause with its squares, in the order of the columns."""

    clause: Clause
    depth: int
    squares: tuple[Square, ...]

    @property
    def evidence(self) -> frozenset[int]:
        """The different pieces over the whole row."""
        return frozenset().union(*(each.evidence for each in self.squares))

    @property
    def is_bare(self) -> bool:
        """Whether one of its squares is."""
        return any(each.is_bare for each in self.squares)


@dataclass(frozen=True)
class Column:
    """What a column stands for: its key, the code at its head, and the project and occasion that its squares lead to."""

    key: str
    head: str
    project: str = ""
    occasion: str = ""


@dataclass(frozen=True)
class Matrix:
    """All clauses of a standard against the columns."""

    pack: Pack
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: tuple[int, ...] = field(default=())  # different pieces of evidence by column

    @property
    def total(self) -> int:
        """The different pieces of evidence over all squares."""
        return len(frozenset().union(*(each.evidence for each in self.rows)))


def matrix_of_project(project: Project, pack_id: str, *, occasion: str = "") -> Matrix | None:
    """Clauses by step of one project, beside the standard's own checklist and the other standards. Two queries."""
    pack = installed(pack_id)
    if pack is None:
        return None
    found = bearings_of([project.id], pack, occasion)[project.id]
    heads = {OWN: pack.id, **{step: step for step in STEPS}, OTHERS: OTHERS}
    used = {each.column for each in found}
    keys = [key for key in heads if key in used or (key == OWN or (key in STEPS and GATES_PACK in _packs_in(found)))]
    columns = tuple(Column(key, heads[key], project.key, occasion) for key in keys)
    return _laid_out(pack, columns, [[each for each in found if each.column == key] for key in keys])


def matrix_of_projects(projects: Sequence[Project], pack_id: str) -> Matrix | None:
    """Clauses by project: everything that speaks for a clause there. Two queries however many projects."""
    pack = installed(pack_id)
    if pack is None:
        return None
    found = bearings_of([each.id for each in projects], pack)
    columns = tuple(Column(ALL, each.key, each.key) for each in projects)
    return _laid_out(pack, columns, [found[each.id] for each in projects])


def matrix_of_audits(audits: Sequence[tuple[Audit, Project]], pack_id: str) -> Matrix | None:
    """Clauses by audit: what the checklists of each audit say. Two queries for each audit shown."""
    pack = installed(pack_id)
    if pack is None:
        return None
    columns = tuple(Column(ALL, audit.number, project.key, audit.number) for audit, project in audits)
    found = [bearings_of([project.id], pack, audit.number)[project.id] for audit, project in audits]
    return _laid_out(pack, columns, found)


def projects_seen(projects: Select[int]) -> Sequence[Project]:
    """The projects of a select of numbers, by key."""
    return db.session.scalars(select(Project).where(Project.id.in_(projects)).order_by(Project.key)).all()


def audits_seen(projects: Select[int], *, limit: int | None = None) -> list[tuple[Audit, Project]]:
    """The last audits with a checklist in these projects, the newest first."""
    has_checklist = select(Checklist.id).where(
        Checklist.project_id == Audit.project_id, Checklist.occasion == Audit.number
    )
    wanted = select(Audit, Project).join(Project, Project.id == Audit.project_id)
    wanted = wanted.where(Audit.project_id.in_(projects), has_checklist.exists())
    return [(audit, project) for audit, project in db.session.execute(wanted.order_by(Audit.id.desc()).limit(limit))]


def bearings_of(project_ids: Collection[int], pack: Pack, occasion: str = "") -> dict[int, list[Bearing]]:
    """{project: every question that bears on a clause of the pack}. Two queries however many projects."""
    started = standing_checklists(project_ids, occasion)
    cells = cells_of([each.id for own in started.values() for each in own.values()])
    packs = packs_of(each for own in started.values() for each in own.values())
    return {number: _bearings(pack, started[number], packs, cells) for number in project_ids}


def _bearings(
    asked: Pack,
    started: Mapping[str, Checklist],
    packs: Mapping[str, Pack],
    cells: Mapping[tuple[int, str], Answered],
) -> list[Bearing]:
    own = started.get(asked.id)
    pack = packs.get(own.pack_digest, asked) if own is not None else asked
    reach = reach_of({name: each for name, each in started.items() if name != asked.id}, packs)
    found = []
    for clause in pack.clauses:
        if own is not None:
            keys = tuple(item.key for item in pack.items_of_clause(clause.ref))
            found += [_bearing(clause.ref, OWN, own, key, "", cells) for key in keys]
        found += _borrowed(pack, clause.ref, reach, cells)
    return found


def _borrowed(pack: Pack, ref: str, reach: Reach, cells: Mapping[tuple[int, str], Answered]) -> list[Bearing]:
    """What the gates and the other standards say about a clause; each question once, by its strongest tie."""
    found: dict[tuple[int, str], Bearing] = {}
    for source in reach.sources(pack, ref):
        for key in source.keys:
            column = f"S{reach.step_of(key)}" if source.checklist.pack_id == GATES_PACK else OTHERS
            made = _bearing(ref, column, source.checklist, key, source.strength, cells)
            found.setdefault((source.checklist.id, key), made)
    return list(found.values())


def _bearing(
    clause: str, column: str, checklist: Checklist, key: str, strength: str, cells: Mapping[tuple[int, str], Answered]
) -> Bearing:
    cell = cells.get((checklist.id, key)) or Answered(AnswerState.NOT_CHECKED)
    valid, stale = frozenset(cell.evidence - cell.stale), frozenset(cell.stale)
    return Bearing(clause, column, checklist.id, checklist.pack_id, key, strength, cell.answer_state, valid, stale)


def _packs_in(found: Iterable[Bearing]) -> set[str]:
    return {each.pack_id for each in found}


def _laid_out(pack: Pack, columns: tuple[Column, ...], found: Sequence[Sequence[Bearing]]) -> Matrix:
    squares: list[dict[str, Square]] = []
    for bearings in found:
        by_clause: dict[str, list[Bearing]] = {}
        for each in bearings:
            by_clause.setdefault(each.clause, []).append(each)
        squares.append({ref: Square(tuple(own)) for ref, own in by_clause.items()})
    depths: dict[str, int] = {}
    for clause in pack.clauses:
        depths[clause.ref] = depths[clause.parent] + 1 if clause.parent in depths else 0
    rows = tuple(
        Row(clause, depths[clause.ref], tuple(column.get(clause.ref, EMPTY) for column in squares))
        for clause in pack.clauses
    )
    totals = tuple(len(frozenset().union(*(each.evidence for each in column.values()))) for column in squares)
    return Matrix(pack, columns, rows, totals)


def shown(rows: Sequence[Row], *, chapter: str = "", only: str = "") -> list[Row]:
    """The rows asked for: a chapter; only those with something; only those where something is said without evidence."""
    found = [each for each in rows if not chapter or chapter_of(each.clause.ref) == chapter]
    if only == "bare":
        return [each for each in found if each.is_bare]
    if only == "uncovered":
        return [each for each in found if each.clause.bearing and not each.evidence]
    return [each for each in found if any(each.squares)] if only == "covered" else found


@dataclass(frozen=True)
class Told:
    """A bearing in full: the pack, question, answer and evidence."""

    bearing: Bearing
    pack: Pack
    checklist: Checklist
    answer: ItemAnswer


def told(bearings: Sequence[Bearing]) -> list[Told]:
    """The questions behind a square with their answers and evidence. Two queries for each checklist."""
    by_checklist: dict[int, list[Bearing]] = {}
    for each in bearings:
        by_checklist.setdefault(each.checklist_id, []).append(each)
    wanted = select(Checklist).where(Checklist.id.in_(by_checklist))
    found: dict[tuple[int, str], Told] = {}
    for checklist in db.session.scalars(wanted):
        pack = packs_of([checklist]).get(checklist.pack_digest)
        own = {each.item_key: each for each in by_checklist[checklist.id]}
        items = [item for item in pack.items if item.key in own] if pack is not None else []
        for answer in with_evidence(answered(checklist.id, items)):
            if pack is not None:
                found[checklist.id, answer.key] = Told(own[answer.key], pack, checklist, answer)
    places = [(each.checklist_id, each.item_key) for each in bearings]
    return [found[place] for place in places if place in found]
