"""Lists of findings of one project or of all that a person may see: filters, order, ages and days to close."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from workbench import clock
from workbench.database import db
from workbench.findings.models import Finding, FindingAction
from workbench.findings.rules import BAND_NAMES, BANDS, OLDEST, OPEN, ActionState, FindingState
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.web.paging import Page

SORTS: Mapping[str, Any] = {
    "number": Finding.number, "project": Project.key, "kind": Finding.kind, "state": Finding.state,
    "due": Finding.due_on, "raised": Finding.raised_at,
}
_LATEST = 500  # closed findings that the days to close are counted from


@dataclass(frozen=True)
class Wanted:
    """Which findings, in which order: `sort` is one of SORTS, "-" before it turns it round."""

    kind: str = ""
    state: str = ""  # a state, or "open" for every one that is neither closed nor withdrawn
    owner: int | None = None
    source: str = ""
    project: str = ""
    overdue: bool = False
    sort: str = "-raised"


@dataclass(frozen=True)
class Line:
    """One finding in a list, with how many of its actions are open and done. `days` is its age, or how long it took."""

    finding: Finding
    project_key: str
    actions_open: int
    actions_done: int
    days: int
    is_overdue: bool


def page_of_findings(
    projects: Select[int] | int, wanted: Wanted = Wanted(), *, page: int = 1, per_page: int = 50
) -> Page[Line]:
    """A page of the findings of one project, or of several; two queries whatever the number."""
    conditions = _asked(projects, wanted)
    counted = select(func.count()).select_from(Finding).join(Project, Project.id == Finding.project_id)
    total = db.session.scalar(counted.where(*conditions)) or 0
    chosen = _lines(conditions, wanted).limit(per_page).offset((page - 1) * per_page)
    return Page([_line(row) for row in db.session.execute(chosen)], page, total, per_page)


def rows_of_findings(projects: Select[int] | int, wanted: Wanted = Wanted()) -> list[Line]:
    """Every finding that is wanted, for an export."""
    return [_line(row) for row in db.session.execute(_lines(_asked(projects, wanted), wanted))]


def _within(projects: Select[int] | int) -> ColumnElement[bool]:
    return Finding.project_id == projects if isinstance(projects, int) else Finding.project_id.in_(projects)


def _asked(projects: Select[int] | int, wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [_within(projects)]
    if wanted.state:
        found.append(Finding.state.in_(OPEN) if wanted.state == "open" else Finding.state == wanted.state)
    if wanted.owner is not None:
        found.append(Finding.owner_id == wanted.owner)
    if wanted.overdue:
        found.append(_overdue())
    texts = ((Finding.kind, wanted.kind), (Finding.source, wanted.source), (Project.key, wanted.project))
    return [*found, *(column == value for column, value in texts if value)]


def _overdue() -> ColumnElement[bool]:
    """Open, and its own date, one of its actions or the judgement whether they worked is past its day."""
    today = clock.today()
    late = select(FindingAction.id).where(
        FindingAction.finding_id == Finding.id, FindingAction.state == ActionState.OPEN, FindingAction.due_on < today
    )
    judged = and_(Finding.state == FindingState.ACTED, Finding.check_due_on < today)
    return and_(Finding.state.in_(OPEN), or_(Finding.due_on < today, late.exists(), judged))


def _lines(conditions: Sequence[ColumnElement[bool]], wanted: Wanted) -> Select[Any]:
    actions = (
        select(
            FindingAction.finding_id,
            func.sum(case((FindingAction.state == ActionState.OPEN, 1), else_=0)).label("open"),
            func.sum(case((FindingAction.state == ActionState.DONE, 1), else_=0)).label("done"),
        )
        .group_by(FindingAction.finding_id)
        .subquery()
    )
    return (
        select(Finding, Project.key, actions.c.open, actions.c.done, case((_overdue(), 1), else_=0).label("overdue"))
        .join(Project, Project.id == Finding.project_id)
        .outerjoin(actions, actions.c.finding_id == Finding.id)
        .options(joinedload(Finding.raised_by), joinedload(Finding.owner), joinedload(Finding.grade))
        .where(*conditions)
        .order_by(*_order(wanted.sort))
    )


def _order(sort: str) -> tuple[Any, ...]:
    """The order asked for; what has no date comes last, the newest first between equals."""
    column = SORTS.get(sort.removeprefix("-"), Finding.raised_at)
    turned = column.desc() if sort.startswith("-") else column.asc()
    return case((column.is_(None), 1), else_=0), turned, Finding.id.desc()


def _line(row: Any) -> Line:
    found, project_key, actions_open, actions_done, overdue = row
    until = found.closed_at if found.closed_at is not None else clock.now()
    days = (until.date() - found.raised_at.date()).days
    return Line(found, project_key, actions_open or 0, actions_done or 0, days, bool(overdue))


def ages(projects: Select[int] | int, wanted: Wanted = Wanted()) -> dict[tuple[str, str], int]:
    """{(age band, kind): how many are open} of the findings that the filter chooses; one query."""
    now = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    bands = case(
        *((Finding.raised_at >= now - timedelta(days=last), name) for name, last in BANDS), else_=OLDEST
    ).label("band")
    rows = (
        select(bands, Finding.kind.label("kind"))
        .join(Project, Project.id == Finding.project_id)
        .where(*_asked(projects, wanted), Finding.state.in_(OPEN))
        .subquery()
    )
    counted = select(rows.c.band, rows.c.kind, func.count()).group_by(rows.c.band, rows.c.kind)
    found = {(band, kind): count for band, kind, count in db.session.execute(counted)}
    return dict(sorted(found.items(), key=lambda each: BAND_NAMES.index(each[0][0])))


def days_to_close(projects: Select[int] | int, wanted: Wanted = Wanted()) -> list[int]:
    """How many days each of the latest closed findings took, newest first."""
    chosen = select(Finding.raised_at, Finding.closed_at).join(Project, Project.id == Finding.project_id)
    rows = db.session.execute(
        chosen.where(*_asked(projects, wanted), Finding.state == FindingState.CLOSED, Finding.closed_at.is_not(None))
        .order_by(Finding.closed_at.desc())
        .limit(_LATEST)
    )
    return [(closed_at.date() - raised_at.date()).days for raised_at, closed_at in rows if closed_at is not None]


def owners_of(projects: Select[int] | int) -> list[tuple[int, str]]:
    """Who owns a finding of these projects: (person id, name), by name."""
    person = aliased(Person)
    wanted = select(person.id, person.name).join(Finding, Finding.owner_id == person.id).where(_within(projects))
    return [(number, name) for number, name in db.session.execute(wanted.distinct().order_by(person.name, person.id))]
