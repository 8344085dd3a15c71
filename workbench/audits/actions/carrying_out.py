"""Carrying out an audit: the opening meeting, the conclusion at the closing one, the report, the end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from workbench import clock
from workbench.audits import proofs, queries
from workbench.audits.actions.planning import check_complete, check_lead, sign
from workbench.audits.models import Audit, AuditMeeting
from workbench.audits.rules import FLOW, MeetingKind, Recommendation
from workbench.checklists.actions import close_checklists
from workbench.database import db
from workbench.people.actions import confirm_identity
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.trail.rules import plain
from workbench.web.refusals import BadValue, Refused


def open_audit(
    *, project: Project, audit: Audit, held_at: datetime, attendees: str, points: str, questions: str, by: Person
) -> AuditMeeting:
    """Hold the opening meeting: the audit is under way. Independence is looked at once more."""
    target = FLOW.target("open", audit.standing)
    team = queries.members(audit.id)
    against = proofs.conflicts_of(project, audit, team)
    check_complete(proofs.lacking_to_open(team, against), against, team)
    meeting = _held(audit, MeetingKind.OPENING, held_at, attendees, points, questions, by)
    audit.state = target
    after = {"number": audit.number, "held_at": held_at, "attendees": attendees}
    record("audit_opened", audit, by=by, project=project.key, after=after, also=[meeting])
    return meeting


def _held(
    audit: Audit, kind: MeetingKind, held_at: datetime, attendees: str, points: str, questions: str, by: Person
) -> AuditMeeting:
    if held_at > clock.now():
        raise BadValue("held_at", _("A meeting to come has not been held."))
    meeting = AuditMeeting(
        audit_id=audit.id, kind=kind, held_at=held_at, attendees=attendees, points=points, questions=questions,
        recorded_by_id=by.id, recorded_name=by.name,
    )
    db.session.add(meeting)
    return meeting


def conclude_audit(
    *, project: Project, audit: Audit, meeting: dict[str, Any], conclusion: str, recommendation: Recommendation,
    limits: str, not_seen: str, follow_up_on: date | None, password: str, by: Person,
) -> AuditMeeting:
    """Hold the closing meeting and sign the conclusion with its limits; the audit's checklists are closed.

    `meeting` holds held_at, attendees, points and questions.
    """
    target = FLOW.target("conclude", audit.standing)
    team = queries.members(audit.id)
    check_complete(proofs.lacking_to_conclude(audit), {}, team)
    check_lead(team, by)
    held = _held(audit, MeetingKind.CLOSING, by=by, **meeting)
    confirm_identity(person=by, password=password)
    said = {
        "conclusion": conclusion, "recommendation": recommendation, "limits": limits, "not_seen": not_seen,
        "follow_up_on": follow_up_on,
    }
    for name, value in said.items():
        setattr(audit, name, value)
    audit.state, audit.concluded_at = target, clock.now()
    signature = sign(audit, "conclusion", dict(plain({"number": audit.number, **said})), by)
    close_checklists(project=project, occasion=audit.number, by=by)
    after = {"number": audit.number, **said, "sha256": signature.sha256}
    record("audit_concluded", audit, by=by, project=project.key, after=after, also=[held, signature])
    return held


def report_audit(*, project: Project, audit: Audit, by: Person) -> None:
    """Say that the report has gone to everybody on its distribution list."""
    target = FLOW.target("report", audit.standing)
    check_complete(proofs.lacking_to_report(audit), {}, ())
    audit.state, audit.reported_at = target, clock.now()
    record("audit_reported", audit, by=by, project=project.key, after={"number": audit.number})


def close_audit(*, project: Project, audit: Audit, note: str, by: Person) -> None:
    """Close an audit whose findings are all closed, or which another audit follows up."""
    target = FLOW.target("close", audit.standing)
    still_open = proofs.lacking_to_close(audit)
    if still_open:
        raise Refused(
            _("These findings are open. Close them, or plan an audit that follows this one up."), tuple(still_open)
        )
    audit.state, audit.closed_at, audit.closed_note = target, clock.now(), note
    record("audit_closed", audit, by=by, project=project.key, after={"number": audit.number, "note": note})


def cancel_audit(*, project: Project, audit: Audit, reason: str, by: Person) -> None:
    """Give an audit up, with the reason; its number is not given again and its checklists are closed."""
    target = FLOW.target("cancel", audit.standing)
    if not reason.strip():
        raise BadValue("reason", _("Say why; the trail keeps the reason."))
    before = {"state": audit.state}
    audit.state, audit.cancelled_reason = target, reason.strip()
    close_checklists(project=project, occasion=audit.number, by=by)
    after = {"number": audit.number, "state": target}
    record("audit_cancelled", audit, by=by, project=project.key, before=before, after=after, reason=reason.strip())
