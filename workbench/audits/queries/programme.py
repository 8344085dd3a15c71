"""Named reads about the programme of a year: its areas in the order of risk, and its audits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased, joinedload

from workbench.audits.models import Audit, AuditArea, Programme
from workbench.audits.rules import CHANGES, HELD, AreaFacts, Component, months_between, score
from workbench.checklists.models import Checklist
from workbench.database import db
from workbench.findings.models import Finding
from workbench.findings.rules import OPEN as OPEN_FINDINGS
from workbench.projects.models import Project
from workbench.trail.models import Entry

_USUAL_IMPORTANCE = 3


@dataclass(frozen=True)
class Area:
    """A project in the programme: its score with the parts it is made of, the month foreseen, and its audits of the year."""

    project_id: int
    key: str
    name: str
    kind: str
    importance: int
    planned_month: int | None
    note: str
    parts: tuple[Component, ...]
    last_on: date | None
    audits: tuple[Audit, ...] = ()

    @property
    def points(self) -> int:
        """The score."""
        return sum(each.points for each in self.parts)


def programme(year: int) -> Programme | None:
    """The programme of a year with who approved it."""
    return db.session.scalar(select(Programme).options(joinedload(Programme.approved_by)).where(Programme.year == year))


def area_row(project_id: int, year: int) -> AuditArea | None:
    """How a project was weighed for a year's programme."""
    wanted = select(AuditArea).join(Programme, Programme.id == AuditArea.programme_id)
    return db.session.scalar(wanted.where(Programme.year == year, AuditArea.project_id == project_id))


def years() -> Sequence[int]:
    """The years that have a programme, newest first."""
    return db.session.scalars(select(Programme.year).order_by(Programme.year.desc())).all()


def next_serial(programme_id: int) -> int:
    """The number of the next audit of a year."""
    return (db.session.scalar(select(func.max(Audit.serial)).where(Audit.programme_id == programme_id)) or 0) + 1


def audits_of_year(projects: Select[int], year: int) -> Sequence[Audit]:
    """The audits of a year's programme in these projects, with their projects, in the order of their days."""
    wanted = (
        select(Audit)
        .options(joinedload(Audit.project))
        .join(Programme, Programme.id == Audit.programme_id)
        .where(Programme.year == year, Audit.project_id.in_(projects))
    )
    return db.session.scalars(wanted.order_by(Audit.planned_from, Audit.id)).all()


def areas(projects: Select[int], year: int, today: date) -> list[Area]:
    """Every running project of these, the one with the highest score first. Five queries whatever their number."""
    open_now, last, changed = _open_findings(projects), _last_results(projects), _changes(projects)
    audits: dict[int, list[Audit]] = {}
    for each in audits_of_year(projects, year):
        audits.setdefault(each.project_id, []).append(each)
    found = []
    for project, area in _rows(projects, year):
        result = last.get(project.id, {})
        facts = AreaFacts(
            importance=area.importance if area else _USUAL_IMPORTANCE,
            majors=open_now.get((project.id, "major"), 0),
            minors=open_now.get((project.id, "minor"), 0),
            months=months_between(result["on"], today) if result.get("on") else None,
            changes=changed.get(project.key, 0),
            last_majors=result.get("major", 0),
            last_minors=result.get("minor", 0),
        )
        found.append(
            Area(
                project.id, project.key, project.name, project.kind, facts.importance,
                area.planned_month if area else None, area.note if area else "", tuple(score(facts)),
                result.get("on"), tuple(audits.get(project.id, ())),
            )
        )
    return sorted(found, key=lambda each: (-each.points, each.key))


def _rows(projects: Select[int], year: int) -> list[tuple[Project, AuditArea | None]]:
    of_year = select(Programme.id).where(Programme.year == year).scalar_subquery()
    wanted = (
        select(Project, AuditArea)
        .outerjoin(AuditArea, (AuditArea.project_id == Project.id) & (AuditArea.programme_id == of_year))
        .where(Project.id.in_(projects), Project.state.in_(("open", "watch")))
    )
    return [(project, area) for project, area in db.session.execute(wanted)]


def _open_findings(projects: Select[int]) -> dict[tuple[int, str], int]:
    wanted = (
        select(Finding.project_id, Finding.kind, func.count())
        .where(Finding.project_id.in_(projects), Finding.state.in_(OPEN_FINDINGS))
        .group_by(Finding.project_id, Finding.kind)
    )
    return {(project_id, kind): count for project_id, kind, count in db.session.execute(wanted)}


def _last_results(projects: Select[int]) -> dict[int, dict[str, Any]]:
    """{project: when its last audit was concluded ("on"), and how many findings of each kind it raised}."""
    later = aliased(Audit)
    newest = ~(
        select(later.id)
        .where(later.project_id == Audit.project_id, later.state.in_(sorted(HELD)), later.id != Audit.id)
        .where((later.concluded_at > Audit.concluded_at) | ((later.concluded_at == Audit.concluded_at) & (later.id > Audit.id)))
        .exists()
    )
    wanted = (
        select(Audit.project_id, Audit.concluded_at, Finding.kind, func.count(Finding.id))
        .outerjoin(Checklist, (Checklist.occasion == Audit.number) & (Checklist.project_id == Audit.project_id))
        .outerjoin(Finding, (Finding.checklist_id == Checklist.id) & (Finding.state != "withdrawn"))
        .where(Audit.project_id.in_(projects), Audit.state.in_(sorted(HELD)), newest)
        .group_by(Audit.project_id, Audit.concluded_at, Finding.kind)
    )
    found: dict[int, dict[str, Any]] = {}
    for project_id, at, kind, count in db.session.execute(wanted):
        result = found.setdefault(project_id, {"on": at.date() if at else None})
        if kind is not None:
            result[kind] = count
    return found


def _changes(projects: Select[int]) -> dict[str, int]:
    """{project key: how many gates were decided and changes carried out since its last audit was concluded}."""
    earlier = aliased(Entry)
    last = (
        select(func.coalesce(func.max(earlier.seq), 0))
        .where(earlier.project == Entry.project, earlier.act == "audit_concluded")
        .scalar_subquery()
    )
    keys = select(Project.key).where(Project.id.in_(projects))
    wanted = (
        select(Entry.project, func.count())
        .where(Entry.project.in_(keys), Entry.act.in_(CHANGES), Entry.seq > last)
        .group_by(Entry.project)
    )
    return {key: count for key, count in db.session.execute(wanted)}
