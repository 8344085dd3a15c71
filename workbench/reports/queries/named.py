"""Named reads about reports under a name, and about what was built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from workbench.database import db
from workbench.jobs import Job, JobState
from workbench.projects.models import Project
from workbench.reports.models import BuiltReport, NamedReport
from workbench.web.paging import PER_PAGE, Page

# How the list of built files may be sorted: the first is the usual one.
SORTS: dict[str, tuple[Any, ...]] = {
    "newest": (BuiltReport.id.desc(),),
    "oldest": (BuiltReport.id,),
    "report": (BuiltReport.key, BuiltReport.id.desc()),
    "size": (BuiltReport.size.desc(), BuiltReport.id.desc()),
}
_RECENT = 200


@dataclass(frozen=True)
class Wanted:
    """Which built files are listed: of one report, in one language, under one name; and in which order."""

    key: str = ""
    language: str = ""
    named_id: int | None = None
    sort: str = "newest"


@dataclass(frozen=True)
class NamedLine:
    """A report under a name, when it was last built, and the newest job about it where that failed or goes on."""

    row: NamedReport
    built: int
    last_built: BuiltReport | None
    job: Job | None

    @property
    def failed(self) -> bool:
        """Whether the last try to build it went wrong."""
        return self.job is not None and self.job.state == JobState.FAILED


def _built(project_id: int, wanted: Wanted) -> Select[BuiltReport]:
    found = select(BuiltReport).where(BuiltReport.project_id == project_id)
    narrowed = ((BuiltReport.key, wanted.key), (BuiltReport.language, wanted.language), (BuiltReport.named_id, wanted.named_id))
    for column, value in narrowed:
        if value:
            found = found.where(column == value)
    return found


def built_page(project_id: int, wanted: Wanted, *, page: int = 1, per_page: int = PER_PAGE) -> Page[BuiltReport]:
    """A page of what was built on a project. One query, and one more behind the last page."""
    found = _built(project_id, wanted)
    ordered = _ordered(found, wanted).add_columns(func.count().over()).limit(per_page).offset((page - 1) * per_page)
    rows = db.session.execute(ordered).all()
    total = rows[0][1] if rows else db.session.scalar(select(func.count()).select_from(found.subquery())) if page > 1 else 0
    return Page([row[0] for row in rows], page, total or 0, per_page)


def built_all(project_id: int, wanted: Wanted) -> Sequence[BuiltReport]:
    """Everything that was built, for an export. One query."""
    return db.session.scalars(_ordered(_built(project_id, wanted), wanted)).all()


def _ordered(found: Select[BuiltReport], wanted: Wanted) -> Select[BuiltReport]:
    return found.options(joinedload(BuiltReport.built_by)).order_by(*SORTS.get(wanted.sort, SORTS["newest"]))


def named_reports(project_id: int, recent: Sequence[Job] | None = None) -> list[NamedLine]:
    """The reports under a name, standing ones first. Three queries, or two where the `recent_jobs` are known."""
    wanted = select(NamedReport).options(joinedload(NamedReport.owner)).where(NamedReport.project_id == project_id)
    rows = db.session.scalars(wanted.order_by(NamedReport.withdrawn_at.isnot(None), NamedReport.title, NamedReport.id)).all()
    return _lines(project_id, rows, recent)


def _lines(project_id: int, rows: Sequence[NamedReport], recent: Sequence[Job] | None = None) -> list[NamedLine]:
    if not rows:
        return []
    newest = (
        select(BuiltReport.named_id, func.max(BuiltReport.id).label("newest"), func.count().label("count"))
        .where(BuiltReport.named_id.in_([each.id for each in rows])).group_by(BuiltReport.named_id).subquery()
    )
    built = {
        row.named_id: (count, row)
        for count, row in db.session.execute(select(newest.c.count, BuiltReport).join(newest, BuiltReport.id == newest.c.newest))
    }
    at_work: dict[int, Job] = {}
    for job in recent_jobs(project_id) if recent is None else recent:
        if job.payload.get("named_id"):
            at_work.setdefault(job.payload["named_id"], job)
    return [NamedLine(each, *built.get(each.id, (0, None)), at_work.get(each.id)) for each in rows]


def recent_jobs(project_id: int) -> Sequence[Job]:
    """The newest jobs that build reports and bundles of the project, newest first. One query."""
    key = select(Project.key).where(Project.id == project_id).scalar_subquery()
    wanted = select(Job).where(Job.kind.in_(("report", "bundle")), Job.project_key == key)
    return db.session.scalars(wanted.order_by(Job.id.desc()).limit(_RECENT)).all()


def named_report(project_id: int, named_id: int) -> NamedReport | None:
    """One of this project, with its owner."""
    wanted = select(NamedReport).options(joinedload(NamedReport.owner))
    return db.session.scalar(wanted.where(NamedReport.project_id == project_id, NamedReport.id == named_id))


def named_line(row: NamedReport) -> NamedLine:
    """The same with what was built of it. Two queries."""
    return _lines(row.project_id, [row])[0]


def is_name_taken(project_id: int, title: str, *, without: int | None = None) -> bool:
    """Whether another standing report of the project has this name, whatever its case."""
    wanted = select(NamedReport.id, NamedReport.title).where(
        NamedReport.project_id == project_id, NamedReport.withdrawn_at.is_(None)
    )
    return any(other.casefold() == title.casefold() for number, other in db.session.execute(wanted) if number != without)


def due_reports(today: date) -> Sequence[NamedReport]:
    """Those whose day has come, with their owners."""
    wanted = select(NamedReport).options(joinedload(NamedReport.owner))
    due = wanted.where(NamedReport.next_on <= today, NamedReport.withdrawn_at.is_(None))
    return db.session.scalars(due.order_by(NamedReport.id)).all()
