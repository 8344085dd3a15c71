"""What happens to a request for change: drafting it and changing the draft."""

from __future__ import annotations

from datetime import date

from workbench.changes.models import RequestForChange
from workbench.changes.rules import ChangeType
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.projects.queries import next_code
from workbench.trail.actions import record


def draft_request(
    *, project: Project, title: str, by: Person, change_type: ChangeType = ChangeType.NORMAL, reason: str = "",
    impact: str = "", planned_on: date | None = None, back_out_plan: str = "",
) -> RequestForChange:
    """Draft a request for change; it gets the next code (RFC-1 …)."""
    facts = {
        "title": title, "change_type": change_type, "reason": reason, "impact": impact, "planned_on": planned_on,
        "back_out_plan": back_out_plan,
    }
    code = next_code("request_for_change", project.id, "RFC-")
    made = RequestForChange(project_id=project.id, code=code, **facts)
    db.session.add(made)
    record("change_requested", made, by=by, project=project.key, after={"code": code, **facts})
    return made


def change_request(
    *, project: Project, request_for_change: RequestForChange, title: str, change_type: ChangeType, reason: str,
    impact: str, planned_on: date | None, back_out_plan: str, by: Person,
) -> None:
    """Change a request for change; the trail keeps what it said before."""
    new = {
        "title": title, "change_type": change_type, "reason": reason, "impact": impact, "planned_on": planned_on,
        "back_out_plan": back_out_plan,
    }
    old = {name: getattr(request_for_change, name) for name in new}
    for name, value in new.items():
        setattr(request_for_change, name, value)
    after = {"code": request_for_change.code, **new}
    record("change_request_changed", request_for_change, by=by, project=project.key, before=old, after=after)
