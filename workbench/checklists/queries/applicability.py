"""Named reads about what applies: the clauses of a checklist that are switched off, and the questions under them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from workbench.checklists.library import Clause, Pack
from workbench.checklists.models import Answer, Checklist, Exclusion
from workbench.database import db
from workbench.people.models import Person


@dataclass(frozen=True)
class Applies:
    """One clause of a checklist: how many questions it asks with all below it, and what switched it off."""

    clause: Clause
    depth: int  # 0 for a chapter
    questions: int
    off_by: str  # the clause that is switched off: this one, or one above it; "" where it applies
    reason: str

    @property
    def is_off_itself(self) -> bool:
        """Whether this very clause was switched off, and not one above it."""
        return self.off_by == self.clause.ref


@dataclass(frozen=True)
class Excluded:
    """One time a clause was switched off, and on again where it was."""

    clause: str
    reason: str
    at: datetime
    by_name: str
    ended_at: datetime | None
    ended_by_name: str


def above(pack: Pack, ref: str | None) -> Iterator[str]:
    """A clause and those above it, from itself to its chapter."""
    while ref:
        yield ref
        ref = pack.clause(ref).parent if pack.has_clause(ref) else None


def below(pack: Pack, ref: str) -> frozenset[str]:
    """A clause and all below it."""
    return frozenset(clause.ref for clause in pack.clauses if ref in above(pack, clause.ref))


def off_by(checklist: Checklist, pack: Pack, ref: str | None) -> str:
    """The clause at or above `ref` that is switched off for this checklist; "" where `ref` applies."""
    off = checklist.excluded or {}
    return next((each for each in above(pack, ref) if each in off), "") if off else ""


def excluded_items(checklist: Checklist, pack: Pack) -> dict[str, str]:
    """{item key: clause switched off above it} of the questions that are not asked of this checklist for now."""
    found = ((item.key, off_by(checklist, pack, item.clause)) for item in pack.items)
    return {key: clause for key, clause in found if clause}


def applies(checklist: Checklist, pack: Pack) -> list[Applies]:
    """Every clause that asks something, itself or below it, with what switched it off. Asks the database nothing."""
    asked: dict[str, int] = {}
    for item in pack.items:
        for ref in above(pack, item.clause):
            asked[ref] = asked.get(ref, 0) + 1
    reasons = checklist.excluded or {}
    found = []
    for clause in pack.clauses:
        if clause.ref in asked:
            off = off_by(checklist, pack, clause.ref)
            depth = sum(1 for _each in above(pack, clause.ref)) - 1
            found.append(Applies(clause, depth, asked[clause.ref], off, reasons.get(off, "")))
    return found


def exclusion_of(checklist_id: int, clause: str) -> Exclusion | None:
    """What switched a clause off, where it is off now."""
    wanted = select(Exclusion).where(Exclusion.checklist_id == checklist_id, Exclusion.clause == clause)
    return db.session.scalars(wanted.where(Exclusion.ended_at.is_(None)).limit(1)).first()


def exclusions_now(checklist_id: int) -> Sequence[Exclusion]:
    """What switched the clauses off that are off now, the oldest first."""
    wanted = select(Exclusion).where(Exclusion.checklist_id == checklist_id, Exclusion.ended_at.is_(None))
    return db.session.scalars(wanted.order_by(Exclusion.id)).all()


def exclusions_over(checklist_id: int, item_key: str) -> list[Exclusion]:
    """Every time a question was switched off with its clause, the oldest first. One query."""
    wanted = select(Exclusion).where(Exclusion.checklist_id == checklist_id).order_by(Exclusion.id)
    return [each for each in db.session.scalars(wanted) if item_key in each.before]


def stored_answers(checklist_id: int, item_keys: Collection[str]) -> dict[str, Answer]:
    """{item key: stored answer} of some items. One query."""
    wanted = select(Answer).where(Answer.checklist_id == checklist_id, Answer.item_key.in_(item_keys))
    return {row.item_key: row for row in db.session.scalars(wanted)}


def exclusions(checklist_id: int) -> list[Excluded]:
    """Each time a clause was switched off, the newest first. One query."""
    return all_exclusions([checklist_id]).get(checklist_id, [])


def all_exclusions(checklist_ids: Collection[int]) -> dict[int, list[Excluded]]:
    """{checklist: each time a clause of it was switched off, the newest first}. One query."""
    ender = aliased(Person)
    wanted = (
        select(Exclusion, Person.name, ender.name)
        .join(Person, Person.id == Exclusion.excluded_by_id)
        .outerjoin(ender, ender.id == Exclusion.ended_by_id)
        .where(Exclusion.checklist_id.in_(checklist_ids))
        .order_by(Exclusion.id.desc())
    )
    found: dict[int, list[Excluded]] = {}
    for each, name, ended in db.session.execute(wanted):
        told = Excluded(each.clause, each.reason, each.excluded_at, name, each.ended_at, ended or "")
        found.setdefault(each.checklist_id, []).append(told)
    return found
