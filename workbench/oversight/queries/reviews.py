"""Named reads about management reviews: one of them, the list, what it takes in, its decisions and actions, what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload

from workbench import clock
from workbench.database import db
from workbench.oversight.models import ManagementReview, ReviewAction, ReviewDecision, ReviewSnapshot
from workbench.oversight.queries import figures_of_conformity, figures_of_projects
from workbench.oversight.queries.spans import Span
from workbench.oversight.rules.reviews import (
    AHEAD,
    INPUTS,
    MONTHS_BETWEEN,
    REMINDED,
    Figure,
    Input,
    ReviewActionState,
    ReviewState,
    Row,
    months_after,
    thawed,
)
from workbench.people.models import Person
from workbench.people.rules import EVERYWHERE
from workbench.projects.models import Project
from workbench.projects.queries import ids_seen_by
from workbench.projects.rules import ProjectKind
from workbench.web.paging import Page

READS = {**figures_of_projects.READS, **figures_of_conformity.READS}


@dataclass(frozen=True)
class Line:
    """A review in the list, with how many of its actions are open and overdue."""

    row: ManagementReview
    open: int
    overdue: int


@dataclass(frozen=True)
class Pack:
    """What a review takes in, as it is now or as it was frozen."""

    inputs: tuple[Input, ...]
    snapshot: ReviewSnapshot | None
    seen: frozenset[str] | None = None  # the projects whose rows the reader may read; None: of all
    hidden: int = 0  # rows of the others

    def shown(self, figure: Figure) -> list[Row]:
        """The rows of a figure that the reader may read."""
        return [each for each in figure.rows if self.seen is None or not each.project or each.project in self.seen]


def review(number: str) -> ManagementReview | None:
    """One review with its chair."""
    wanted = select(ManagementReview).options(joinedload(ManagementReview.chair))
    return db.session.scalar(wanted.where(ManagementReview.number == number))


def page_of_reviews(*, state: str = "", page: int = 1, per_page: int = 50) -> Page[Line]:
    """A page of the reviews, newest first. Two queries."""
    waits = ReviewAction.state == ReviewActionState.OPEN
    late = case((waits & (ReviewAction.due_on < clock.today()), 1), else_=0)
    counted = (
        select(
            ReviewAction.review_id, func.sum(case((waits, 1), else_=0)).label("open"), func.sum(late).label("overdue")
        )
        .group_by(ReviewAction.review_id)
        .subquery()
    )
    wanted = select(ManagementReview, counted.c.open, counted.c.overdue)
    wanted = wanted.outerjoin(counted, counted.c.review_id == ManagementReview.id)
    if state:
        wanted = wanted.where(ManagementReview.state == state)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    ordered = wanted.options(joinedload(ManagementReview.chair)).order_by(
        ManagementReview.year.desc(), ManagementReview.serial.desc()
    )
    rows = db.session.execute(ordered.limit(per_page).offset((page - 1) * per_page))
    return Page([Line(row, int(waiting or 0), int(over or 0)) for row, waiting, over in rows], page, total, per_page)


def has_part(row: ManagementReview, person: Person) -> bool:
    """Whether somebody leads a review or answers for one of its actions: they read it, whatever their role."""
    theirs = select(ReviewAction.id).where(ReviewAction.review_id == row.id, ReviewAction.owner_id == person.id)
    return row.chair_id == person.id or db.session.scalar(theirs.limit(1)) is not None


def key_of_report(row: ManagementReview) -> str | None:
    """The project whose reports tell of a review: the management system's own, else the only one that it looks at."""
    system = select(Project.key).where(Project.kind == ProjectKind.SYSTEM).order_by(Project.id)
    only = row.project_ids if row.project_ids is not None and len(row.project_ids) == 1 else []
    return db.session.scalar(system.limit(1)) or db.session.scalar(select(Project.key).where(Project.id.in_(only)))


def next_number(year: int) -> tuple[str, int]:
    """The number of the next review of a year, and its serial."""
    highest = db.session.scalar(select(func.max(ManagementReview.serial)).where(ManagementReview.year == year)) or 0
    return f"MR-{year}-{highest + 1}", highest + 1


def last_held() -> ManagementReview | None:
    """The review that was held last."""
    wanted = select(ManagementReview).where(ManagementReview.state.in_((ReviewState.HELD, ReviewState.CLOSED)))
    return db.session.scalars(wanted.order_by(ManagementReview.held_on.desc(), ManagementReview.id.desc())).first()


def is_one_ahead(*, beside: int = 0) -> bool:
    """Whether another review is planned and not held yet."""
    wanted = select(ManagementReview.id).where(ManagementReview.state.in_(AHEAD), ManagementReview.id != beside)
    return db.session.scalar(wanted.limit(1)) is not None


def next_due() -> date | None:
    """The day of the next review: of the one planned, else the one foreseen by the last held; None before the first."""
    wanted = select(func.min(ManagementReview.planned_on)).where(ManagementReview.state.in_(AHEAD))
    planned = db.session.scalar(wanted)
    last = None if planned is not None else last_held()
    if last is None or last.held_on is None:
        return planned
    return last.next_on or months_after(last.held_on, MONTHS_BETWEEN)


def reminder() -> date | None:
    """The day of the next review where it is so near, or past, that those who lead are reminded of it."""
    due = next_due()
    return due if due is not None and due - REMINDED <= clock.today() else None


def span_of(row: ManagementReview) -> Span:
    """The days and projects that a review looks at."""
    chosen = None if row.project_ids is None else tuple(row.project_ids)
    return Span(row.period_from, row.period_to, chosen, row.id or 0)


def inputs_of(row: ManagementReview) -> tuple[Input, ...]:
    """The inputs of a review as the registers are now. As many queries for one project as for fifty."""
    span = span_of(row)
    return tuple(
        Input(key, tuple(_figure(name, span) for name in names), row.notes.get(key, "")) for key, names in INPUTS.items()
    )


def _figure(name: str, span: Span) -> Figure:
    seen = READS[name](span)
    return seen if isinstance(seen, Figure) else Figure(name, tuple(seen))


def snapshot_of(review_id: int) -> ReviewSnapshot | None:
    """What was frozen when the review was held."""
    return db.session.scalar(select(ReviewSnapshot).where(ReviewSnapshot.review_id == review_id))


def pack_of(row: ManagementReview, reader: Person | None = None) -> Pack:
    """The inputs, frozen once the review was held. A reader sees the rows of their own projects only; counts stay whole."""
    snapshot = snapshot_of(row.id)
    inputs = inputs_of(row) if snapshot is None else thawed(snapshot.content)
    if reader is None or reader.access in EVERYWHERE:
        return Pack(inputs, snapshot)
    seen = frozenset(db.session.scalars(select(Project.key).where(Project.id.in_(ids_seen_by(reader)))))
    rows = [each for one in inputs for figure in one.figures for each in figure.rows]
    return Pack(inputs, snapshot, seen, sum(each.project not in {"", *seen} for each in rows))


def decisions_of(review_id: int) -> Sequence[ReviewDecision]:
    """What a review decided, in the order of deciding."""
    wanted = select(ReviewDecision).where(ReviewDecision.review_id == review_id)
    return db.session.scalars(wanted.order_by(ReviewDecision.number)).all()


def decision(review_id: int, number: int) -> ReviewDecision | None:
    """One decision of a review."""
    return db.session.scalar(
        select(ReviewDecision).where(ReviewDecision.review_id == review_id, ReviewDecision.number == number)
    )


def actions_of(review_id: int) -> Sequence[ReviewAction]:
    """The actions of a review with who answers for each."""
    wanted = select(ReviewAction).options(joinedload(ReviewAction.owner)).where(ReviewAction.review_id == review_id)
    return db.session.scalars(wanted.order_by(ReviewAction.number)).all()


def action(review_id: int, number: int) -> ReviewAction | None:
    """One action of a review."""
    wanted = select(ReviewAction).options(joinedload(ReviewAction.owner))
    return db.session.scalar(wanted.where(ReviewAction.review_id == review_id, ReviewAction.number == number))


def next_line(model: type[ReviewDecision] | type[ReviewAction], review_id: int) -> int:
    """The number of a review's next decision or action."""
    return (db.session.scalar(select(func.max(model.number)).where(model.review_id == review_id)) or 0) + 1


def projects_to_choose() -> list[tuple[int, str]]:
    """Every project as a list to choose from: (id, key and name)."""
    rows = db.session.execute(select(Project.id, Project.key, Project.name).order_by(Project.key))
    return [(number, f"{key} {name}") for number, key, name in rows]


def people_to_choose() -> list[tuple[int, str]]:
    """Everybody who can sign in, as a list to choose from."""
    rows = db.session.execute(select(Person.id, Person.name).where(Person.active).order_by(Person.name, Person.id))
    return [(number, name) for number, name in rows]
