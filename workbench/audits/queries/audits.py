"""Named reads about one audit and what belongs to it, and about the audits of a project or a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from workbench.audits.models import Audit, AuditMeeting, AuditMember, AuditSignature
from workbench.checklists.models import Checklist
from workbench.checklists.queries import Started, checklists_of_occasion, started_with
from workbench.database import db
from workbench.findings.models import Finding
from workbench.findings.rules import OPEN as OPEN_FINDINGS
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.web.paging import Page


@dataclass(frozen=True)
class Followed:
    """A finding of an audit with its owner's name, and whether it is still open or late."""

    finding: Finding
    owner: str
    is_open: bool
    is_late: bool


@dataclass(frozen=True)
class Previous:
    """A finding of an earlier audit of the same project."""

    number: str
    audit_id: int
    finding: Finding
    is_open: bool


def audit(project_id: int, audit_id: int | None) -> Audit | None:
    """One audit of this project."""
    if audit_id is None:
        return None
    return db.session.scalar(select(Audit).where(Audit.project_id == project_id, Audit.id == audit_id))


def page_of_project(project_id: int, *, state: str = "", page: int = 1, per_page: int = 50) -> Page[Audit]:
    """A page of the audits of a project, newest first. Two queries."""
    wanted = select(Audit).where(Audit.project_id == project_id)
    if state:
        wanted = wanted.where(Audit.state == state)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    chosen = wanted.order_by(Audit.planned_from.desc(), Audit.id.desc()).limit(per_page).offset((page - 1) * per_page)
    return Page(db.session.scalars(chosen).all(), page, total, per_page)


def all_audits(projects: Select[int]) -> Select[Any]:
    """The audits of these projects, with the name of who leads each."""
    lead = (
        select(func.min(AuditMember.name))
        .where(AuditMember.audit_id == Audit.id, AuditMember.role == "lead", AuditMember.removed_at.is_(None))
        .scalar_subquery()
    )
    return (
        select(
            Audit.id.label("id"), Audit.number.label("number"), Audit.title.label("title"), Project.key.label("project"),
            Audit.kind.label("kind"), Audit.state.label("state"), Audit.planned_from.label("planned_from"),
            Audit.planned_to.label("planned_to"), lead.label("lead"), Audit.recommendation.label("recommendation"),
        )
        .join(Project, Project.id == Audit.project_id)
        .where(Audit.project_id.in_(projects))
    )


def members(audit_id: int) -> Sequence[AuditMember]:
    """Who is in the team now, in the order in which they were added."""
    wanted = select(AuditMember).where(AuditMember.audit_id == audit_id, AuditMember.removed_at.is_(None))
    return db.session.scalars(wanted.order_by(AuditMember.id)).all()


def member(audit_id: int, member_id: int) -> AuditMember | None:
    """One member of the team, removed or not."""
    return db.session.scalar(select(AuditMember).where(AuditMember.audit_id == audit_id, AuditMember.id == member_id))


def role_in(audit_id: int, person_id: int) -> str:
    """What a person does in the team, "" for who is not in it."""
    wanted = select(AuditMember.role).where(
        AuditMember.audit_id == audit_id, AuditMember.person_id == person_id, AuditMember.removed_at.is_(None)
    )
    return db.session.scalars(wanted.order_by(AuditMember.id).limit(1)).first() or ""


def signatures_of(audit_id: int) -> Mapping[str, AuditSignature]:
    """{meaning: the last signature of that meaning}."""
    wanted = select(AuditSignature).where(AuditSignature.audit_id == audit_id).order_by(AuditSignature.id)
    return {each.meaning: each for each in db.session.scalars(wanted)}


def meetings_of(audit_id: int) -> Mapping[str, AuditMeeting]:
    """{kind: the meeting as it was held}."""
    found = db.session.scalars(select(AuditMeeting).where(AuditMeeting.audit_id == audit_id))
    return {each.kind: each for each in found}


def lines_of(audit_id: int, model: type[Any]) -> Sequence[Any]:
    """What is written down about an audit in one of its tables, withdrawn lines left out."""
    wanted = select(model).where(model.audit_id == audit_id, model.withdrawn_at.is_(None))
    order = (model.day, model.starts, model.id) if hasattr(model, "day") else (model.id,)
    return db.session.scalars(wanted.order_by(*order)).all()


def line_in(audit_id: int, model: type[Any], line_id: int) -> Any | None:
    """One line of one of an audit's tables."""
    return db.session.scalar(select(model).where(model.audit_id == audit_id, model.id == line_id))


def checklists_of(row: Audit) -> list[Started]:
    """The checklists of an audit with the packs they are pinned to."""
    return started_with(checklists_of_occasion(row.project_id, row.number))


def findings_of(row: Audit, today: date) -> list[Followed]:
    """The findings raised on an audit's checklists, in the order of raising. One query."""
    wanted = (
        select(Finding, Person.name)
        .join(Checklist, Checklist.id == Finding.checklist_id)
        .outerjoin(Person, Person.id == Finding.owner_id)
        .where(Checklist.project_id == row.project_id, Checklist.occasion == row.number)
        .order_by(Finding.number)
    )
    return [_followed(found, owner or "", today) for found, owner in db.session.execute(wanted)]


def _followed(found: Finding, owner: str, today: date) -> Followed:
    is_open = found.state in OPEN_FINDINGS
    return Followed(found, owner, is_open, is_open and found.due_on is not None and found.due_on < today)


def previous_findings(row: Audit, *, limit: int = 50) -> list[Previous]:
    """The findings of earlier audits of the same project, newest audit first; withdrawn ones left out. One query."""
    wanted = (
        select(Audit.number, Audit.id, Finding)
        .join(Checklist, (Checklist.occasion == Audit.number) & (Checklist.project_id == Audit.project_id))
        .join(Finding, Finding.checklist_id == Checklist.id)
        .where(Audit.project_id == row.project_id, Audit.id < row.id, Finding.state != "withdrawn")
        .order_by(Audit.id.desc(), Finding.number)
        .limit(limit)
    )
    return [
        Previous(number, audit_id, found, found.state in OPEN_FINDINGS)
        for number, audit_id, found in db.session.execute(wanted)
    ]


def follow_ups(row: Audit) -> Sequence[Audit]:
    """The audits that follow this one up, cancelled ones left out."""
    wanted = select(Audit).where(Audit.follows_id == row.id, Audit.state != "cancelled")
    return db.session.scalars(wanted.order_by(Audit.id)).all()


def choices_of_followed(project_id: int) -> list[tuple[int, str]]:
    """The audits of a project that another may follow up: (id, number and title), newest first."""
    wanted = select(Audit.id, Audit.number, Audit.title).where(
        Audit.project_id == project_id, Audit.concluded_at.is_not(None)
    )
    rows = db.session.execute(wanted.order_by(Audit.id.desc()).limit(100))
    return [(audit_id, f"{number} {title}") for audit_id, number, title in rows]
