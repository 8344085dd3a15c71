"""What happens to a year's programme: describing and approving it, weighing its areas."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from workbench import clock
from workbench.audits.models import AuditArea, Programme
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, Refused

_TEXTS = ("objectives", "risks_and_opportunities", "resources")


def programme_of(year: int, *, by: Person) -> Programme:
    """The programme of a year, begun empty where there is none; locked, so that numbers are given one after another."""
    wanted = select(Programme).where(Programme.year == year).with_for_update()
    found = db.session.scalar(wanted.execution_options(populate_existing=True))
    if found is not None:
        return found
    made = Programme(year=year)
    db.session.add(made)
    record("audit_programme_begun", made, by=by, after={"year": year})
    return made


def _check_reason(programme: Programme, reason: str) -> None:
    if programme.approved_at is not None and not reason.strip():
        raise BadValue("reason", _("The programme is approved; say why it changes."))


def describe_programme(
    *, year: int, objectives: str, risks_and_opportunities: str, resources: str, reason: str = "", by: Person
) -> Programme:
    """Say what the audits of a year are for, what could go wrong, what they take. Once approved, only with a reason."""
    programme = programme_of(year, by=by)
    _check_reason(programme, reason)
    told = dict(zip(_TEXTS, (objectives, risks_and_opportunities, resources), strict=True))
    before = {name: getattr(programme, name) for name in _TEXTS}
    for name, value in told.items():
        setattr(programme, name, value)
    programme.changed_reason = reason.strip()
    record("audit_programme_described", programme, by=by, before=before, after=told, reason=reason.strip())
    return programme


def approve_programme(*, programme: Programme, reason: str, by: Person) -> None:
    """Approve a programme, with the reason why it is fit for the year; later changes need a reason of their own."""
    if programme.approved_at is not None:
        raise Refused(_("The programme is approved already."))
    if not programme.objectives.strip():
        raise BadValue("reason", _("Say first what the audits of the year are for."))
    if not reason.strip():
        raise BadValue("reason", _("Say why; the trail keeps the reason."))
    programme.approved_at, programme.approved_by_id = clock.now(), by.id
    programme.approved_reason = reason.strip()
    record("audit_programme_approved", programme, by=by, after={"year": programme.year}, reason=reason.strip())


def set_area(
    *, year: int, project: Project, importance: int, planned_month: int | None, note: str, reason: str = "", by: Person
) -> AuditArea:
    """Say how much hangs on an area and in which month it is to be audited."""
    programme = programme_of(year, by=by)
    _check_reason(programme, reason)
    if importance not in range(1, 6):
        raise BadValue("importance", _("From 1 (little hangs on it) to 5 (much hangs on it)."))
    area = db.session.scalar(
        select(AuditArea).where(AuditArea.programme_id == programme.id, AuditArea.project_id == project.id)
    )
    before = {"importance": area.importance, "planned_month": area.planned_month, "note": area.note} if area else {}
    if area is None:
        area = AuditArea(programme_id=programme.id, project_id=project.id)
        db.session.add(area)
    area.importance, area.planned_month, area.note = importance, planned_month, note
    after = {"year": programme.year, "importance": importance, "planned_month": planned_month, "note": note}
    record("audit_area_set", area, by=by, project=project.key, before=before, after=after, reason=reason.strip())
    return area
