"""What becomes of each question when a checklist goes over to the next edition of its standard, and the reports kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from workbench.checklists import library
from workbench.checklists.library import Crosswalk, Item, Link, Pack
from workbench.checklists.models import Checklist, Transition
from workbench.checklists.queries.applicability import excluded_items
from workbench.checklists.queries.editions import installed
from workbench.checklists.queries.items import ItemAnswer, answered, with_evidence
from workbench.checklists.rules import AnswerState
from workbench.checklists.store import Text
from workbench.database import db
from workbench.people.models import Person

CARRIED, AGAIN, NEW, GONE = "carried", "again", "new", "gone"
HELD = frozenset({"same", "moved"})  # relations of clauses under which an answer holds on


@dataclass(frozen=True)
class Origin:
    """A question of the earlier edition, as it stood answered."""

    key: str
    clause: str
    state: str
    note: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """What becomes of one question: of the later edition, or, where it fell away, of the earlier one."""

    kind: str  # carried | again | new | gone
    key: str
    clause: str
    question: Text
    why: str  # for again: changed | into_parent | reworded | switched_off; for carried: same | moved
    note: Text | None  # what the crosswalk says about the clause
    origins: tuple[Origin, ...]


@dataclass(frozen=True)
class Report:
    """What becomes of every question; planned, or kept from the day it was done."""

    from_title: Text
    from_version: str
    to_pack: str
    to_title: Text
    to_version: str
    lines: tuple[Line, ...]

    def of_kind(self, kind: str) -> tuple[Line, ...]:
        """The lines of one kind, in the order of the edition they belong to."""
        return tuple(line for line in self.lines if line.kind == kind)

    @property
    def total(self) -> int:
        """How many questions the later edition asks."""
        return len(self.lines) - len(self.of_kind(GONE))

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


@dataclass(frozen=True)
class Done:
    """A transition that was made: both checklists, the report of that day, who and when."""

    from_id: int
    to_id: int
    report: Report
    at: datetime
    by_name: str


def later_editions(pack_id: str) -> list[Pack]:
    """The packs that a checklist of this one can go over to."""
    walks = (each for each in library.crosswalks() if each.kind == "transition" and each.from_pack == pack_id)
    return [pack for each in walks if (pack := installed(each.to_pack)) is not None]


def planned_transition(checklist: Checklist, pack: Pack, to_pack: str) -> Report | None:
    """What would become of each question, by the crosswalk of both editions; None where there is none. Two queries."""
    later = next((each for each in later_editions(pack.id) if each.id == to_pack), None)
    walk = library.crosswalk(pack.id, to_pack) if later is not None else None
    if later is None or walk is None:
        return None
    rows = {each.key: each for each in with_evidence(answered(checklist.id, pack.items))}
    lines = _Plan(pack, walk, rows, excluded_items(checklist, pack)).lines(later)
    return Report(pack.title, checklist.pack_version, later.id, later.title, later.version, tuple(lines))


@dataclass(frozen=True)
class _Plan:
    pack: Pack
    walk: Crosswalk
    rows: dict[str, ItemAnswer]
    off: dict[str, str]

    def lines(self, later: Pack) -> list[Line]:
        """Every question of the later edition, then what fell away."""
        found = self._carried(later)
        taken = {origin.key for line in found.values() for origin in line.origins}
        for item in later.items:
            if item.key not in found:
                found[item.key] = self._not_carried(item, taken)
        used = {origin.key for line in found.values() for origin in line.origins}
        gone = [
            Line(GONE, each.key, each.clause or "", each.question, "", None, (self._origin(each),))
            for each in self.pack.items
            if each.key not in used
        ]
        return [*(found[item.key] for item in later.items), *gone]

    def _carried(self, later: Pack) -> dict[str, Line]:
        """{new item: line} where the clause stayed the same and the question asks the same."""
        found: dict[str, Line] = {}
        taken: set[str] = set()
        for item in later.items:
            for link in self._links(item):
                old = self._same_question(link, item)
                if link.relation in HELD and old is not None and old.key not in taken and old.key not in self.off:
                    taken.add(old.key)
                    found[item.key] = self._line(CARRIED, item, link.relation, link.note, [old])
                    break
        return found

    def _not_carried(self, item: Item, taken: set[str]) -> Line:
        links = self._links(item)
        for link in links:  # the very question, whose clause changed or was switched off
            old = self._same_question(link, item)
            if old is not None and old.key not in taken:
                why = "switched_off" if old.key in self.off else link.relation
                return self._line(AGAIN, item, why, link.note, [old])
        for link in sorted(links, key=lambda each: each.relation in HELD):  # what changed says more than what stayed
            olds = [each for each in self.pack.items_of_clause(link.from_clause) if each.key not in taken]
            if olds:
                why = "reworded" if link.relation in HELD else link.relation
                return self._line(AGAIN, item, why, link.note, olds)
        if any(self.pack.items_of_clause(link.from_clause) for link in links):
            return self._line(AGAIN, item, "reworded", links[0].note, [])
        return self._line(NEW, item, "", None, [])

    def _links(self, item: Item) -> list[Link]:
        return [link for link in self.walk.links if link.to_clause == item.clause]

    def _same_question(self, link: Link, item: Item) -> Item | None:
        olds = self.pack.items_of_clause(link.from_clause)
        return next((each for each in olds if _asks_the_same(each, item)), None)

    def _line(self, kind: str, item: Item, why: str, note: Text | None, olds: Sequence[Item]) -> Line:
        origins = tuple(self._origin(each) for each in olds)
        return Line(kind, item.key, item.clause or "", item.question, why, note, origins)

    def _origin(self, item: Item) -> Origin:
        row = self.rows[item.key]
        pieces = tuple(piece.code for piece in row.evidence)
        return Origin(item.key, item.clause or "", row.answer_state.value, row.note, pieces)


def _asks_the_same(old: Item, new: Item) -> bool:
    return (old.question, old.expected_evidence) == (new.question, new.expected_evidence)


def transition_of(checklist_id: int) -> Done | None:
    """The transition that led away from a checklist, or else the one that made it. One query."""
    wanted = (
        select(Transition, Person.name)
        .join(Person, Person.id == Transition.made_by_id)
        .where(or_(Transition.from_id == checklist_id, Transition.to_id == checklist_id))
        .order_by((Transition.from_id == checklist_id).desc())
    )
    row = db.session.execute(wanted.limit(1)).first()
    return None if row is None else _done(*row)


def _done(row: Transition, name: str) -> Done:
    return Done(row.from_id, row.to_id, _report(row.report), row.made_at, name)


def _report(kept: dict[str, Any]) -> Report:
    lines = tuple(
        Line(
            **{
                **each,
                "question": Text(**each["question"]),
                "note": Text(**each["note"]) if each["note"] else None,
                "origins": tuple(
                    Origin(**{**origin, "evidence": tuple(origin["evidence"])}) for origin in each["origins"]
                ),
            }
        )
        for each in kept["lines"]
    )
    titles = {name: Text(**kept[name]) for name in ("from_title", "to_title")}
    return Report(**{**kept, **titles, "lines": lines})


def is_answered(line: Line) -> bool:
    """Whether anything was said before about what a line asks."""
    return any(each.state != AnswerState.NOT_CHECKED for each in line.origins)
