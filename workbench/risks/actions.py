"""What happens to a risk beyond its register: what remains of it is accepted by whoever may."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.risks import queries
from workbench.risks.models import Risk, RiskAcceptance
from workbench.risks.rules import Level, score
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, Refused


def accept_risk(*, project: Project, risk: Risk, reason: str, by: Person, until: date | None = None) -> RiskAcceptance:
    """Accept what remains of a risk as it is rated now. Its level says whose function it takes; a critical one needs a date."""
    if risk.withdrawn_at is not None:
        raise Refused(_("%(code)s is withdrawn. Put it back first.", code=risk.code))
    likelihood, impact = risk.left
    level = risk.residual_level
    function = None if by.access is Role.ADMIN else queries.accepting_function(project.id, by.id, level)
    if function is None:
        raise Refused(_("Your functions on this project do not reach for a risk of this level."), code=403)
    if not reason.strip():
        raise BadValue("reason", _("Say why; the trail keeps the reason."))
    if level is Level.CRITICAL and until is None:
        raise BadValue("until", _("A critical risk is accepted until a day only; otherwise the work stops."))
    if until is not None and until < clock.today():
        raise BadValue("until", _("This day has passed."))
    facts = {
        "likelihood": likelihood, "impact": impact, "score": score(likelihood, impact), "level": level, "function": function,
        "reason": reason.strip(), "until": until,
    }
    made = RiskAcceptance(
        project_id=project.id, risk_id=risk.id, risk_version=risk.version, accepted_at=clock.now(), accepted_by_id=by.id,
        **facts,
    )
    db.session.add(made)
    after = {"code": risk.code, **facts}
    record("risk_accepted", risk, by=by, project=project.key, after=after, reason=reason.strip(), also=[made])
    db.session.expire(risk, ["acceptances"])
    return made
