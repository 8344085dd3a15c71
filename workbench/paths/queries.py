"""Named reads about the ways forward: the board, the decision matrix, hypotheses and meetings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import shorten
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from workbench.database import db
from workbench.inquiry.models import Criterion
from workbench.inquiry.queries import criteria
from workbench.paths import rules
from workbench.paths.models import Hypothesis, Path, PathNeed, Score
from workbench.paths.rules import STANDING, TAKEN, PathState, Verdict
from workbench.registers.queries import record_in
from workbench.tools.models import Capability, Limitation, Tool
from workbench.tools.rules import Able


@dataclass(frozen=True)
class Required:
    """A capability that a path needs, and what is known of it. `limitation` is a code, `is_decided` about that limitation."""

    path_id: int
    tool_id: int
    tool: str
    kind: str
    state: str
    limitation: str = ""
    is_decided: bool = False

    @property
    def name(self) -> str:
        """As forms and hypotheses name it."""
        return rules.capability(self.tool_id, self.kind)

    @property
    def is_missing(self) -> bool:
        """Whether the tool is known not to have it."""
        return self.state == Able.NO

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows yet."""
        return self.state == Able.UNKNOWN


@dataclass(frozen=True)
class Card:
    """A path as the board shows it. `total` is None while a score is missing; `rank` counts the standing paths only."""

    path: Path
    tools: tuple[str, ...]
    needs: tuple[Required, ...]
    total: int | None
    rank: int | None
    scored: int

    @property
    def missing(self) -> list[Required]:
        """What it needs and a tool does not have."""
        return [each for each in self.needs if each.is_missing]

    @property
    def unknown(self) -> list[Required]:
        """What it needs and nobody knows."""
        return [each for each in self.needs if each.is_unknown]


@dataclass(frozen=True)
class Matrix:
    """Criteria with weights, paths, and the scores between them: {path id: {criterion id: score}}."""

    criteria: Sequence[Criterion]
    paths: Sequence[Path]
    scores: Mapping[int, Mapping[int, Score]]
    weights: Mapping[int, int] = field(init=False)
    totals: Mapping[int, int] = field(init=False)
    ranks: Mapping[int, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", {each.id: each.weight for each in self.criteria})
        object.__setattr__(self, "totals", rules.totals(self.weights, self._values(self.paths)))
        object.__setattr__(self, "ranks", rules.ranks(rules.totals(self.weights, self._values(self.standing))))

    def _values(self, paths: Iterable[Path]) -> dict[int, dict[int, int]]:
        return {
            path.id: {
                number: score.value for number, score in self.scores.get(path.id, {}).items() if score.value is not None
            }
            for path in paths
        }

    @property
    def standing(self) -> list[Path]:
        """The paths that are ranked: neither rejected nor killed."""
        return [each for each in self.paths if each.state in STANDING]

    @property
    def highest(self) -> int:
        """The sum of a path with the highest score everywhere."""
        return rules.HIGHEST * sum(self.weights.values())

    def scored(self, path: Path) -> int:
        """On how many of the criteria a path is scored."""
        return sum(number in self.weights for number in self._values([path])[path.id])

    @property
    def first(self) -> list[str]:
        """The code of the path that comes first, or of all those that share the place."""
        return [each.code for each in self.standing if self.ranks.get(each.id) == 1]

    @property
    def shifts(self) -> list[tuple[Criterion, list[tuple[int, list[str]]]]]:
        """For each criterion, what changes when its weight moves by a tenth: (9 or 11, codes that come first then)."""
        by_id = {each.id: each.code for each in self.paths}
        found = rules.sensitivity(self.weights, self._values(self.standing))
        return [
            (
                each,
                [
                    (shift.tenths, rules.in_order([by_id[number] for number in shift.first]))
                    for shift in found if shift.criterion == each.id and shift.is_changed
                ],
            )
            for each in self.criteria
        ]

    @property
    def seen(self) -> str:
        """Changes with every score: a form sent over a matrix that somebody changed meanwhile is found by it."""
        state = [
            (score.path_id, score.criterion_id, score.version)
            for scores in self.scores.values() for score in scores.values()
        ]
        return hashlib.sha256(repr(sorted(state)).encode()).hexdigest()[:16]


def _of(project_id: int) -> Select[Any]:
    return select(Path).where(Path.project_id == project_id, Path.state != PathState.WITHDRAWN).order_by(Path.id)


def paths(project_id: int) -> Sequence[Path]:
    """The ways forward of a project in the order in which they were described, without withdrawn ones."""
    return db.session.scalars(_of(project_id)).all()


def path(project_id: int, path_id: int) -> Path | None:
    """One way forward of this project, with the limitation that killed it."""
    wanted = select(Path).options(joinedload(Path.killed_by))
    return db.session.scalar(wanted.where(Path.project_id == project_id, Path.id == path_id))


def chosen(project_id: int) -> Path | None:
    """The path that is chosen, or confirmed after the trial; None before the choice."""
    return db.session.scalars(_of(project_id).where(Path.state.in_(TAKEN))).first()


def present_way(project_id: int) -> Path | None:
    """The path that keeps and improves the present way."""
    return db.session.scalars(_of(project_id).where(Path.keeps_present.is_(True))).first()


def withdrawn(project_id: int) -> Sequence[Path]:
    """The paths that were withdrawn, in the order of describing."""
    wanted = select(Path).where(Path.project_id == project_id, Path.state == PathState.WITHDRAWN)
    return db.session.scalars(wanted.order_by(Path.id)).all()


def needs_of(path_id: int) -> list[str]:
    """What a path needs, as its form names it."""
    wanted = select(PathNeed.tool_id, PathNeed.kind).where(PathNeed.path_id == path_id).order_by(PathNeed.id)
    return [rules.capability(*row) for row in db.session.execute(wanted)]


def need_rows(path_id: int) -> Sequence[PathNeed]:
    """The rows of what a path needs."""
    return db.session.scalars(select(PathNeed).where(PathNeed.path_id == path_id)).all()


def requirements(project_id: int, *, taken: bool = False) -> list[Required]:
    """What the project's paths need and what is known of it, in one query; with `taken` of the chosen path only."""
    columns = (
        PathNeed.path_id, PathNeed.tool_id, Tool.name, PathNeed.kind, Capability.state, Limitation.code,
        Limitation.decision, Limitation.withdrawn_at,
    )
    same = (Capability.tool_id == PathNeed.tool_id) & (Capability.kind == PathNeed.kind)
    wanted = (
        select(*columns)
        .join(Path, Path.id == PathNeed.path_id)
        .join(Tool, Tool.id == PathNeed.tool_id)
        .outerjoin(Capability, same)
        .outerjoin(Limitation, Limitation.id == Capability.limitation_id)
        .where(Path.project_id == project_id, Path.state.in_(TAKEN if taken else list(PathState)))
        .order_by(PathNeed.path_id, Tool.name, PathNeed.id)
    )
    return [
        Required(path_id, tool_id, tool, kind, state or Able.UNKNOWN, code or "", bool(decision and gone_at is None))
        for path_id, tool_id, tool, kind, state, code, decision, gone_at in db.session.execute(wanted)
    ]


def scores(project_id: int) -> dict[int, dict[int, Score]]:
    """{path id: {criterion id: score}} of a project, in one query."""
    wanted = select(Score).join(Path, Path.id == Score.path_id).where(Path.project_id == project_id)
    found: dict[int, dict[int, Score]] = {}
    for each in db.session.scalars(wanted.order_by(Score.id)):
        found.setdefault(each.path_id, {})[each.criterion_id] = each
    return found


def matrix(project_id: int) -> Matrix:
    """The decision matrix, in three queries."""
    return Matrix(criteria(project_id), paths(project_id), scores(project_id))


def board(project_id: int) -> list[Card]:
    """Every path with all that the board shows of it, in five queries."""
    rows = db.session.scalars(_of(project_id).options(joinedload(Path.killed_by))).all()
    found = Matrix(criteria(project_id), rows, scores(project_id))
    needed: dict[int, list[Required]] = {}
    for each in requirements(project_id):
        needed.setdefault(each.path_id, []).append(each)
    names = _names({number for each in rows for number in each.tool_ids or ()})
    return [
        Card(
            each, tuple(names[number] for number in each.tool_ids or () if number in names),
            tuple(needed.get(each.id, ())), found.totals.get(each.id), found.ranks.get(each.id), found.scored(each),
        )
        for each in rows
    ]


def _names(tool_ids: Iterable[int]) -> dict[int, str]:
    wanted = select(Tool.id, Tool.name).where(Tool.id.in_(sorted(tool_ids)))
    return {number: name for number, name in db.session.execute(wanted)}


def killed_by(limitation_ids: Iterable[int]) -> dict[int, list[str]]:
    """The codes of the paths that each of these limitations killed, in one query."""
    wanted = select(Path.killed_by_id, Path.code).where(Path.killed_by_id.in_(list(limitation_ids))).order_by(Path.id)
    found: dict[int, list[str]] = {}
    for number, code in db.session.execute(wanted):
        if number is not None:
            found.setdefault(number, []).append(code)
    return found


def limitations(project_id: int) -> list[tuple[int, str]]:
    """What may kill a path: (id, code and statement) of the project's limitations."""
    wanted = select(Limitation.id, Limitation.code, Limitation.statement).where(
        Limitation.project_id == project_id, Limitation.withdrawn_at.is_(None)
    )
    found = db.session.execute(wanted.order_by(Limitation.id))
    return [(number, f"{code} {shorten(text, 120, placeholder='…')}") for number, code, text in found]


def limitation(project_id: int, limitation_id: int | None) -> Limitation | None:
    """One limitation of this project."""
    found: Limitation | None = record_in(Limitation, project_id, limitation_id)
    return found


def hypothesis(project_id: int, hypothesis_id: int) -> Hypothesis | None:
    """One hypothesis of this project."""
    found: Hypothesis | None = record_in(Hypothesis, project_id, hypothesis_id)
    return found


def hypotheses(project_id: int, *, verdict: Verdict | None = None) -> Sequence[Hypothesis]:
    """The hypotheses that are not withdrawn, in the order of their codes; with `verdict` only those."""
    wanted = select(Hypothesis).where(Hypothesis.project_id == project_id, Hypothesis.withdrawn_at.is_(None))
    if verdict is not None:
        wanted = wanted.where(Hypothesis.verdict == verdict)
    return db.session.scalars(wanted.order_by(Hypothesis.id)).all()
