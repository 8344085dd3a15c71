"""The blueprint of audits, and what every page of an audit asks first."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from workbench.audits import queries
from workbench.audits.registers import AUDITS
from workbench.audits.rules import AUDITS as WHO_AUDIT
from workbench.audits.rules import FLOW, SIGNED_BY_LEAD, MemberRole
from workbench.people.guards import may
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.registers.views import serve_overviews
from workbench.web.refusals import NotThere, Refused

pages = Blueprint("audits", __name__)
serve_overviews(pages, AUDITS)


def project_at_hand() -> Any:
    """The project that the address names."""
    return projects.project(g.rights.project_id)


def audit_at_hand(audit_id: int) -> Any:
    """The audit that the address names; NotThere where it is not this project's."""
    found = queries.audit(g.rights.project_id, audit_id)
    if found is None:
        raise NotThere
    return found


def role_at_hand(audit: Any) -> str:
    """What the person at hand does in the team of this audit."""
    return queries.role_in(audit.id, g.person.id)


def may_work_on(audit: Any, role: str) -> bool:
    """Whether the person at hand plans audits here, or audits in this one."""
    return may(P.AUDIT_PLAN) or (role in WHO_AUDIT and may(P.AUDIT_CONDUCT))


def workable(audit_id: int) -> Any:
    """The audit that the address names, for somebody who may work on it; Forbidden for everybody else."""
    audit = audit_at_hand(audit_id)
    if not may_work_on(audit, role_at_hand(audit)):
        raise Forbidden
    return audit


def led(audit_id: int) -> Any:
    """The audit that the address names, for whoever signs as its lead auditor; Forbidden for everybody else."""
    audit = workable(audit_id)
    if not _signs(role_at_hand(audit), queries.members(audit.id)):
        raise Forbidden
    return audit


def check_as_read(row: Any, form: Any) -> None:
    """Refuse a signature or an approval under what somebody changed after the page was opened."""
    if form.seen_version() not in (None, row.version):
        raise Refused(_("Somebody changed it after this page was opened. Read it again first."))


def _signs(role: str, team: Any) -> bool:
    """Whether the person at hand signs: as lead auditor, or for a lead from outside as somebody who plans audits."""
    if role == MemberRole.LEAD:
        return True
    return may(P.AUDIT_PLAN) and any(each.role == MemberRole.LEAD and each.person_id is None for each in team)


def verbs_of(audit: Any, role: str, team: Any) -> set[str]:
    """What the person at hand may do next with an audit."""
    if not may_work_on(audit, role):
        return set()
    found = {each.verb for each in FLOW.open_to(audit.standing, g.rights.permissions)}
    return found if _signs(role, team) else found - SIGNED_BY_LEAD


def back_to(key: str, audit_id: int, anchor: str = "") -> Response:
    """Back to the page of an audit."""
    return redirect(url_for("audits.show", key=key, audit_id=audit_id, _anchor=anchor or None), code=303)
