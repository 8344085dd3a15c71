"""Crosswalks: the names on both sides, what may belong together, and what people decided."""

from __future__ import annotations

from collections.abc import Mapping as Keyed
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trials import store
from workbench.trials.models import Crosswalk, CrosswalkDecision, MirrorSnapshot, MirrorSource
from workbench.trials.rules import parts

if TYPE_CHECKING:
    from sandbox import Suggestion

STATES = ("unmapped", "suggested", "mapped", "ignored")


@dataclass(frozen=True)
class CrosswalkLine:
    """A crosswalk in the list, with how many names were decided."""

    crosswalk: Crosswalk
    mapped: int
    ignored: int
    decided_at: datetime | None


@dataclass(frozen=True)
class NameLine:
    """A name on the left with its state; `count` rows hold it now (0: it is only in earlier ones)."""

    left: str
    count: int
    state: str
    rights: tuple[str, ...]
    suggestions: tuple[Suggestion, ...]
    decision: CrosswalkDecision | None
    by: str = ""


@dataclass(frozen=True)
class Names:
    """All of a crosswalk: the names on the left in their order, and the names on the right."""

    lines: tuple[NameLine, ...]
    rights: tuple[str, ...]

    def count(self, state: str) -> int:
        """How many names have that state."""
        return sum(line.state == state for line in self.lines)

    def shown(self, state: str, text: str) -> list[NameLine]:
        """The names of that state (open: not decided; all: each) that hold the text."""
        wanted = {"open": ("unmapped", "suggested"), "all": STATES}.get(state, (state,))
        folded = text.casefold()
        return [line for line in self.lines if line.state in wanted and (
            folded in line.left.casefold() or any(folded in right.casefold() for right in line.rights))]


def crosswalk(project_id: int, crosswalk_id: int) -> Crosswalk | None:
    """One crosswalk of the project."""
    found = db.session.get(Crosswalk, crosswalk_id)
    return found if found is not None and found.project_id == project_id else None


def crosswalk_named(project_id: int, name: str) -> Crosswalk | None:
    """The crosswalk of that name."""
    return db.session.scalar(select(Crosswalk).where(Crosswalk.project_id == project_id, Crosswalk.name == name))


def standing(project_id: int) -> Sequence[Crosswalk]:
    """The crosswalks that are not withdrawn, by name."""
    return db.session.scalars(
        select(Crosswalk).where(Crosswalk.project_id == project_id, Crosswalk.withdrawn_at.is_(None)).order_by(Crosswalk.name)
    ).all()


def crosswalks_of_project(project_id: int) -> list[CrosswalkLine]:
    """The crosswalks by name, those withdrawn last, with what was decided; two statements."""
    found = db.session.scalars(
        select(Crosswalk).where(Crosswalk.project_id == project_id).order_by(Crosswalk.withdrawn_at.is_not(None), Crosswalk.name)
    ).all()
    newest = _newest([one.id for one in found])
    lines = []
    for one in found:
        own = [decision for decision in newest if decision.crosswalk_id == one.id]
        states = [decision.state for decision in own]
        at = max((decision.decided_at for decision in own), default=None)
        lines.append(CrosswalkLine(one, states.count("mapped"), states.count("ignored"), at))
    return lines


def _newest(ids: Sequence[int]) -> Sequence[CrosswalkDecision]:
    """The decision that stands for each name, in the order of the names."""
    last = (
        select(func.max(CrosswalkDecision.id)).where(CrosswalkDecision.crosswalk_id.in_(ids))
        .group_by(CrosswalkDecision.crosswalk_id, CrosswalkDecision.left)
    )
    return db.session.scalars(
        select(CrosswalkDecision).where(CrosswalkDecision.id.in_(last)).order_by(CrosswalkDecision.left)
    ).all()


def decisions(crosswalk_id: int) -> dict[str, CrosswalkDecision]:
    """The decision that stands for each name on the left."""
    return {one.left: one for one in _newest([crosswalk_id])}


def rows(crosswalk_id: int) -> list[tuple[str, str]]:
    """The mapped names, (left, right), several where a name was split; in the order of the names."""
    return sorted((one.left, right) for one in _newest([crosswalk_id]) if one.state == "mapped" for right in one.rights)


def history(crosswalk_id: int, left: str) -> list[tuple[CrosswalkDecision, str]]:
    """Every decision about one name with who made it, newest first."""
    found = db.session.execute(
        select(CrosswalkDecision, Person.name).join(Person, Person.id == CrosswalkDecision.decided_by_id)
        .where(CrosswalkDecision.crosswalk_id == crosswalk_id, CrosswalkDecision.left == left)
        .order_by(CrosswalkDecision.id.desc())
    )
    return [(one, name) for one, name in found]


def name_columns(project_id: int) -> list[str]:
    """Every column of the newest mirrored tables as `source.table.column`."""
    return [f"{table}.{column}" for table, (one, _title) in newest_tables(project_id).items() for column in one.columns]


def newest_tables(project_id: int) -> dict[str, tuple[MirrorSnapshot, str]]:
    """The newest snapshot of each mirrored table and its source's title, by the name that mappings give the table."""
    newest = (
        select(func.max(MirrorSnapshot.id)).where(MirrorSnapshot.project_id == project_id, MirrorSnapshot.removed_at.is_(None))
        .group_by(MirrorSnapshot.source_id, MirrorSnapshot.table_name)
    )
    found = db.session.execute(
        select(MirrorSnapshot, MirrorSource.name, MirrorSource.title)
        .join(MirrorSource, MirrorSource.id == MirrorSnapshot.source_id)
        .where(MirrorSnapshot.id.in_(newest), MirrorSource.withdrawn_at.is_(None))
        .order_by(MirrorSource.name, MirrorSnapshot.table_name)
    )
    return {parts.table_named(source, snapshot.table_name): (snapshot, title) for snapshot, source, title in found}


def side(project: Project, at: str, column: str, home: Path) -> dict[str, int]:
    """The names at a place, each with how many rows hold it: of the mirror, of a kept file, or none."""
    if at.startswith(store.FILE):
        return store.names_of_file(home, project.key, at.removeprefix(store.FILE), column)
    for table, (snapshot, _title) in newest_tables(project.id).items() if at else ():
        if at.startswith(f"{table}.") and at[len(table) + 1:] in snapshot.columns:
            return store.names(store.given(home, project.key, snapshot.store_id).path, at[len(table) + 1:])
    return {}


def names(project: Project, found: Crosswalk, home: Path) -> Names:
    """Every name on the left with its state: decided, suggested or open; names decided earlier stay in the list."""
    left = side(project, found.left_at, found.left_column, home)
    rights = tuple(side(project, found.right_at, found.right_column, home))
    known = decisions(found.id)
    deciders = select(Person.id, Person.name).where(Person.id.in_({one.decided_by_id for one in known.values()}))
    people = {number: name for number, name in db.session.execute(deciders)}
    offered = store.suggested(tuple(left), rights)
    every = sorted({*left, *known}, key=lambda name: (name.casefold(), name))
    return Names(tuple(_line(name, left, known, offered, people) for name in every), rights)


def _line(name: str, left: Keyed[str, int], known: Keyed[str, CrosswalkDecision],
          offered: Keyed[str, tuple[Suggestion, ...]], people: Keyed[int, str]) -> NameLine:
    decision, found = known.get(name), offered.get(name, ())
    is_decided = decision is not None and decision.state != "unmapped"
    state = decision.state if decision and is_decided else "suggested" if found else "unmapped"
    rights = tuple(decision.rights) if decision and is_decided else ()
    by = people.get(decision.decided_by_id, "") if decision else ""
    return NameLine(name, left.get(name, 0), state, rights, found, decision, by)
