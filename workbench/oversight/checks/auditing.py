"""Checks of audits: nobody audits their own work, what matters is audited, and on its days."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select

from workbench.audits.models import Audit, AuditArea, AuditMember, Programme
from workbench.audits.rules import AUDITS, NEUTRAL_STARTS, OWN_ACTS, AuditState, belongs_to_area, is_own_work
from workbench.checklists.models import Answer, Checklist
from workbench.database import db
from workbench.oversight.checks.base import Check, Look, Severity
from workbench.oversight.queries import figures_of_conformity as conformity
from workbench.oversight.queries.spans import found, iso
from workbench.oversight.rules.reviews import Row
from workbench.people.models import Membership
from workbench.people.rules import Permission
from workbench.projects.models import Project
from workbench.projects.rules import ProjectState
from workbench.trail.models import Entry

IMPORTANT = 4  # of five
NOT_CANCELLED = Audit.state != AuditState.CANCELLED


@dataclass(frozen=True)
class _Auditor:
    """Somebody who audits an area, with the days the audit looks at."""

    key: str
    audit: Audit
    person_id: int
    name: str

    def looks_at(self, day: date) -> bool:
        """Whether a day lies in what the audit looks at."""
        return (self.audit.period_from or day) <= day <= (self.audit.period_to or day)


def own_work(look: Look) -> Iterator[Row]:
    """An auditor who belongs to the area, answered its checklists or worked on it in the time looked at. Four queries."""
    auditors = _auditors(look)
    belongs, answered, worked = _belongs(auditors), _answered(auditors), _worked(auditors)
    for each in auditors:
        told = [("works_there", each.name)] if (each.audit.project_id, each.person_id) in belongs else []
        told += [("answered_there", each.name)] if _did(each, answered, each.audit.project_id) else []
        told += [("worked_there", each.name)] if _did(each, worked, each.key) else []
        args = {"key": each.key, "audit_id": each.audit.id}
        for note, name in told[:1]:  # the weightiest reason is enough: the audit's page tells them all
            yield Row(each.key, each.audit.number, each.audit.title, iso(each.audit.planned_from), note, name, "audits.show", args)


def _auditors(look: Look) -> list[_Auditor]:
    wanted = look.of(Audit, Audit, AuditMember.person_id, AuditMember.name)
    joined = wanted.join(AuditMember, AuditMember.audit_id == Audit.id)
    active = (AuditMember.removed_at.is_(None), AuditMember.person_id.is_not(None), AuditMember.role.in_(sorted(AUDITS)))
    return [_Auditor(*row) for row in found(joined.where(NOT_CANCELLED, *active).order_by(AuditMember.id))]


def _belongs(auditors: Sequence[_Auditor]) -> set[tuple[int, int]]:
    """(project, person) of those on the team of an audited area who are not its internal auditor alone."""
    model = Membership
    wanted = select(model.project_id, model.person_id, model.functions).where(
        model.person_id.in_({each.person_id for each in auditors}),
        model.project_id.in_({each.audit.project_id for each in auditors}),
    )
    return {(project, person) for project, person, functions in db.session.execute(wanted) if belongs_to_area(functions)}


Days = dict[tuple[int | str, int], set[date]]  # {(project or its key, person): days}


def _did(auditor: _Auditor, days: Days, area: int | str) -> bool:
    return any(auditor.looks_at(day) for day in days.get((area, auditor.person_id), ()))


def _answered(auditors: Sequence[_Auditor]) -> Days:
    """The days on which one of them answered an area's own checklists; those of audits are not its own."""
    areas = {each.audit.project_id for each in auditors}
    wanted = (
        select(Checklist.project_id, Answer.answered_by_id, Answer.answered_at)
        .join(Checklist, Checklist.id == Answer.checklist_id)
        .where(Checklist.project_id.in_(areas), Answer.answered_by_id.in_({each.person_id for each in auditors}))
        .where(Checklist.occasion.not_in(select(Audit.number).where(Audit.project_id == Checklist.project_id)))
    )
    days: Days = {}
    for project_id, person_id, at in db.session.execute(wanted):
        days.setdefault((project_id, person_id), set()).add(at.date())
    return days


def _worked(auditors: Sequence[_Auditor]) -> Days:
    """The days on which one of them wrote an entry of the trail that tells of work on the area."""
    people, days = {each.person_id for each in auditors}, Days()
    neutral = or_(*(Entry.act.startswith(each, autoescape=True) for each in NEUTRAL_STARTS))
    wanted = select(Entry.project, Entry.act, Entry.leaf).where(
        Entry.project.in_({each.key for each in auditors}), Entry.act.in_(sorted(OWN_ACTS)) | ~neutral
    )
    for key, act, leaf in db.session.execute(wanted.execution_options(yield_per=1000)):
        told = json.loads(leaf)
        if is_own_work(act) and told["person"] in people:
            days.setdefault((key, told["person"]), set()).add(datetime.fromisoformat(told["at"]).date())
    return days


def area_unaudited(look: Look) -> Iterator[Row]:
    """An area of this year's programme on which much hangs, and no audit of the year planned in it."""
    area, year = AuditArea, look.today.year
    planned = select(Audit.id).where(Audit.project_id == area.project_id, Audit.programme_id == area.programme_id, NOT_CANCELLED)
    wanted = look.of(area, area, Project.name).join(Programme, Programme.id == area.programme_id)
    runs = Project.state.in_((ProjectState.OPEN, ProjectState.WATCH))
    heavy = wanted.where(Programme.year == year, area.importance >= IMPORTANT, runs, ~planned.exists())
    for key, each, name in found(heavy.order_by(area.importance.desc(), area.id)):
        foreseen = date(year, each.planned_month, 1) if each.planned_month else None
        note = ("importance", str(each.importance), "audits.of_project", {"key": key})
        yield Row(key, "", name, iso(foreseen), *note)


def audit_late(look: Look) -> Iterator[Row]:
    """An audit whose days have passed and that did not begin."""
    return conformity.audits_late(look.span)


CHECKS = (
    Check("own_work", Severity.SEVERE, own_work, Permission.AUDIT_READ),
    Check("area_unaudited", Severity.WARNING, area_unaudited, Permission.AUDIT_READ),
    Check("audit_late", Severity.WARNING, audit_late, Permission.AUDIT_READ),
)
