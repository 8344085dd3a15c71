"""Pages of carrying out an audit: opening, conclusion, report, end, giving it up."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from flask import g, render_template
from werkzeug.wrappers import Response

from workbench.audits import actions, forms, proofs
from workbench.audits.rules import FLOW, Recommendation
from workbench.audits.views.blueprint import audit_at_hand, back_to, led, pages, project_at_hand, workable
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.web.refusals import BadValue

_ONE = "/projects/<key>/audits/<int:audit_id>"


def _meeting(form: Any) -> dict[str, Any]:
    held = {name: form[name].data for name in ("held_at", "attendees", "points", "questions")}
    return {**held, "held_at": held["held_at"].replace(tzinfo=UTC)}


@pages.route(f"{_ONE}/open", methods=["GET", "POST"])
@requires(P.AUDIT_CONDUCT, on="project")
def open_audit(key: str, audit_id: int) -> str | Response:
    """Record the opening meeting; the audit is under way."""
    project, audit = project_at_hand(), workable(audit_id)
    form = forms.HoldMeeting.of_request()
    if form.accepted():
        try:
            actions.open_audit(project=project, audit=audit, by=g.person, **_meeting(form))
            return back_to(key, audit_id)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("audits/open_audit.html", form=form, project=project, audit=audit)


@pages.route(f"{_ONE}/conclude", methods=["GET", "POST"])
@requires(P.AUDIT_CONDUCT, on="project")
def conclude(key: str, audit_id: int) -> str | Response:
    """Record the closing meeting and sign the conclusion."""
    project, audit = project_at_hand(), led(audit_id)
    form = forms.ConcludeAudit.of_request()
    if form.accepted():
        try:
            names = ("conclusion", "limits", "not_seen", "follow_up_on", "password")
            actions.conclude_audit(
                project=project, audit=audit, meeting=_meeting(form), by=g.person,
                recommendation=Recommendation(form.recommendation.data), **{name: form[name].data for name in names},
            )
            return back_to(key, audit_id)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("audits/conclude.html", form=form, project=project, audit=audit)


@pages.post(f"{_ONE}/report")
@requires(P.AUDIT_CONDUCT, on="project")
def report(key: str, audit_id: int) -> Response:
    """Say that the report has gone to everybody on the list."""
    project, audit = project_at_hand(), workable(audit_id)
    actions.report_audit(project=project, audit=audit, by=g.person)
    return back_to(key, audit_id)


@pages.route(f"{_ONE}/close", methods=["GET", "POST"])
@requires(P.AUDIT_CONDUCT, on="project")
def close(key: str, audit_id: int) -> str | Response:
    """Close an audit."""
    project, audit = project_at_hand(), workable(audit_id)
    form = forms.CloseAudit.of_request()
    if form.accepted():
        actions.close_audit(project=project, audit=audit, note=form.note.data, by=g.person)
        return back_to(key, audit_id)
    lacks = proofs.lacking_to_close(audit)
    return render_template("audits/close.html", form=form, project=project, audit=audit, lacks=lacks)


@pages.route(f"{_ONE}/cancel", methods=["GET", "POST"])
@requires(P.AUDIT_PLAN, on="project")
def cancel(key: str, audit_id: int) -> str | Response:
    """Give an audit up."""
    project, audit = project_at_hand(), audit_at_hand(audit_id)
    FLOW.target("cancel", audit.standing)
    form = forms.GiveReason.of_request()
    if form.accepted():
        actions.cancel_audit(project=project, audit=audit, reason=form.reason.data, by=g.person)
        return back_to(key, audit_id)
    return render_template("audits/cancel.html", form=form, project=project, audit=audit)
