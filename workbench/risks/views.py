"""Pages about risks beside those of their register: the matrix, and accepting what remains."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.registers.forms import check_seen
from workbench.registers.queries import record_in
from workbench.registers.views import serve, serve_overviews
from workbench.risks import actions, forms, queries
from workbench.risks.registers import OVERVIEWS, REGISTERS, RISKS, may_accept
from workbench.risks.rules import IMPACTS, LIKELIHOODS, level
from workbench.web.refusals import BadValue, NotThere

pages = Blueprint("risks", __name__)
serve(pages, *REGISTERS, under="/projects/<key>/records")
serve_overviews(pages, *OVERVIEWS)


@pages.get("/projects/<key>/risk-matrix")
@requires(P.PROJECT_READ, on="project")
def matrix(key: str) -> str:
    """The risks of a project by likelihood and impact after the measures."""
    project = projects.project(g.rights.project_id)
    return render_template(
        "risks/matrix.html", project=project, cells=queries.cells(project.id), likelihoods=LIKELIHOODS, impacts=IMPACTS,
        level=level, words=forms,
    )


@pages.route("/projects/<key>/records/risks/<int:record_id>/accept", methods=["GET", "POST"])
@requires(P.PROJECT_READ, on="project")
def accept_risk(key: str, record_id: int) -> str | Response:
    """Accept what remains of a risk; its level says whose function that takes."""
    risk = record_in(RISKS.model, g.rights.project_id, record_id)
    if risk is None:
        raise NotThere
    if not may_accept(risk):
        raise Forbidden
    project = projects.project(g.rights.project_id)
    form = forms.AcceptRisk.of_request(data={"version": risk.version})
    if form.accepted():
        check_seen(risk, form)
        try:
            actions.accept_risk(project=project, risk=risk, reason=form.reason.data, until=form.until.data, by=g.person)
            flash(_("What remains of %(code)s is accepted.", code=risk.code), "success")
            return redirect(url_for(".record", key=key, register=RISKS.key, record_id=record_id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template(
        "risks/accept.html", form=form, project=project, register=RISKS, row=risk, words=forms,
        earlier=queries.acceptances(risk.id),
    )
