"""Named reads about hand-overs: one of them, the list, those of a project, and what somebody inherited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from workbench.database import db
from workbench.oversight.models import HandOver, HandOverShare, PassedApproval
from workbench.oversight.queries.holdings import held_by
from workbench.people.models import Person
from workbench.web.paging import Page


@dataclass(frozen=True)
class OfProject:
    """What one hand-over meant for a project: how many things went to whom."""

    row: HandOver
    shares: tuple[tuple[str, int], ...]

    @property
    def count(self) -> int:
        """How many things of the project were handed over."""
        return sum(count for _name, count in self.shares)


@dataclass(frozen=True)
class Inherited:
    """A thing that was handed to somebody, and whether it still waits for them."""

    hand_over_id: int
    from_name: str
    item: dict[str, Any]
    due_on: date | None
    is_open: bool


def hand_over_of(hand_over_id: int) -> HandOver | None:
    """One hand-over."""
    return db.session.get(HandOver, hand_over_id)


def page_of_hand_overs(*, page: int = 1, per_page: int = 50) -> Page[HandOver]:
    """A page of the hand-overs, newest first. Two queries."""
    total = db.session.scalar(select(func.count()).select_from(HandOver)) or 0
    wanted = select(HandOver).order_by(HandOver.id.desc()).limit(per_page).offset((page - 1) * per_page)
    return Page(db.session.scalars(wanted).all(), page, total, per_page)


def hand_overs_of_project(project_id: int) -> list[OfProject]:
    """The hand-overs that concerned a project, oldest first, with how much of it went to whom. One query."""
    wanted = (
        select(HandOver, HandOverShare.to_name, HandOverShare.count)
        .join(HandOverShare, HandOverShare.hand_over_id == HandOver.id)
        .where(HandOverShare.project_id == project_id)
        .order_by(HandOver.id, HandOverShare.id)
    )
    found: dict[HandOver, list[tuple[str, int]]] = {}
    for row, name, count in db.session.execute(wanted):
        found.setdefault(row, []).append((name, count))
    return [OfProject(row, tuple(shares)) for row, shares in found.items()]


def inherited(person: Person) -> list[Inherited]:
    """Everything that was handed to a person, what still waits first, what is due first, first."""
    mine = select(HandOverShare.hand_over_id).where(HandOverShare.to_id == person.id)
    rows = db.session.scalars(select(HandOver).where(HandOver.id.in_(mine)).order_by(HandOver.id)).all()
    waits = {each.pick for each in held_by(person.id)} if rows else set()
    found = [_inherited(row, item, waits, person.id) for row in rows for item in row.items if item["to"] == person.id]
    return sorted(found, key=lambda each: (not each.is_open, each.due_on or date.max, each.hand_over_id))


def _inherited(row: HandOver, item: dict[str, Any], waits: set[str], person_id: int) -> Inherited:
    due = date.fromisoformat(item["due_on"]) if item["due_on"] else None
    return Inherited(row.id, row.from_name, item, due, f"{item['holding']}:{item['now']}" in waits)


def is_passed_on(asked_id: Any) -> Any:
    """That another person was asked for an approval instead of the one first asked, as a condition of a select."""
    return select(PassedApproval.id).where(PassedApproval.asked_id == asked_id).exists()


def receivers(*, beside: int) -> Sequence[Person]:
    """Everybody who can sign in but one, by name."""
    wanted = select(Person).where(Person.active, Person.id != beside).order_by(Person.name, Person.id)
    return db.session.scalars(wanted).all()
