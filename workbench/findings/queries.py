"""Named reads about findings, and the criterion on a checklist line that a finding is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from workbench.checklists.models import Answer, Checklist
from workbench.checklists.queries import installed
from workbench.database import db
from workbench.findings.models import Finding
from workbench.findings.rules import FindingKind, FindingState
from workbench.web.paging import Page


@dataclass(frozen=True)
class Criterion:
    """A checklist line as a finding quotes it, with the kind and evidence that its answer suggests."""

    checklist_id: int
    item_key: str
    requirement: str
    kind: str
    evidence: str


def findings_of_project(project_id: int) -> Sequence[Finding]:
    """Every finding of a project with who raised it, in the order of raising; withdrawn ones too."""
    wanted = select(Finding).options(joinedload(Finding.raised_by)).where(Finding.project_id == project_id)
    return db.session.scalars(wanted.order_by(Finding.number)).all()


def open_findings(project_id: int) -> Sequence[Finding]:
    """The findings that stand: raised and not withdrawn, in the order of raising."""
    wanted = select(Finding).where(Finding.project_id == project_id, Finding.state == FindingState.RAISED)
    return db.session.scalars(wanted.order_by(Finding.number)).all()


def page_of_findings(
    project_id: int, *, kind: str = "", state: str = "", page: int = 1, per_page: int = 50
) -> Page[Finding]:
    """A page of a project's findings, newest first. Two queries whatever the number."""
    wanted = select(Finding).where(Finding.project_id == project_id)
    if kind:
        wanted = wanted.where(Finding.kind == kind)
    if state:
        wanted = wanted.where(Finding.state == state)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    chosen = wanted.options(joinedload(Finding.raised_by)).order_by(Finding.number.desc())
    return Page(db.session.scalars(chosen.limit(per_page).offset((page - 1) * per_page)).all(), page, total, per_page)


def counts_by_kind(project_id: int) -> dict[FindingKind, int]:
    """How many findings of each kind stand, withdrawn ones left out; every kind is there."""
    wanted = select(Finding.kind, func.count()).where(
        Finding.project_id == project_id, Finding.state != FindingState.WITHDRAWN
    )
    found = {kind: count for kind, count in db.session.execute(wanted.group_by(Finding.kind))}
    return {kind: found.get(kind, 0) for kind in FindingKind}


def finding(project_id: int, number: int) -> Finding | None:
    """One finding of this project by its number, with who raised it."""
    wanted = select(Finding).options(joinedload(Finding.raised_by))
    return db.session.scalar(wanted.where(Finding.project_id == project_id, Finding.number == number))


def next_number(project_id: int) -> int:
    """The number of the project's next finding."""
    return (db.session.scalar(select(func.max(Finding.number)).where(Finding.project_id == project_id)) or 0) + 1


def criterion(project_id: int, checklist_id: int, item_key: str, language: str) -> Criterion | None:
    """The line of a checklist of this project in a language: clause or gate, and our question; None where it is not."""
    row = db.session.execute(
        select(Checklist.pack_id, Answer.state, Answer.note)
        .outerjoin(Answer, (Answer.checklist_id == Checklist.id) & (Answer.item_key == item_key))
        .where(Checklist.project_id == project_id, Checklist.id == checklist_id)
    ).first()
    pack = installed(row.pack_id) if row is not None else None
    item = next((each for each in pack.items if each.key == item_key), None) if pack is not None else None
    if row is None or pack is None or item is None:
        return None
    place = item.clause or _("gate %(number)s", number=item.step)
    requirement = f"{pack.title.in_(language)}, {place}: {item.question.in_(language)}"
    kind = row.state if row.state in set(FindingKind) else ""
    return Criterion(checklist_id, item_key, requirement, kind, row.note or "")
