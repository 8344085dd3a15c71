"""Pages that judge a finding: whether its actions worked, closing, deciding, opening again."""

from __future__ import annotations

from flask import flash, g, render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from workbench.findings import actions, forms
from workbench.findings.rules import Disposition, Verdict
from workbench.findings.views.blueprint import ONE, finding_of, pages, to_finding
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.web.refusals import BadValue


@pages.route(f"{ONE}/check", methods=["GET", "POST"])
@requires(P.FINDING_CHECK, on="project")
def check(key: str, number: int) -> str | Response:
    """Judge whether the actions worked."""
    project, finding = projects.project(g.rights.project_id), finding_of(number)
    form = forms.CheckEffectiveness.of_request().offer(project.id)
    if form.accepted():
        facts = form.facts()
        verdict, closes = Verdict(facts.pop("verdict")), facts.pop("close")
        try:
            actions.check_effectiveness(project=project, finding=finding, verdict=verdict, by=g.person, **facts)
            if closes and verdict is Verdict.EFFECTIVE:
                actions.close_finding(project=project, finding=finding, by=g.person)
            return to_finding(key, number)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("findings/check.html", form=form, project=project, finding=finding)


@pages.post(f"{ONE}/close")
@requires(P.FINDING_CHECK, on="project")
def close(key: str, number: int) -> Response:
    """Close a finding whose cure is proven."""
    project, finding = projects.project(g.rights.project_id), finding_of(number)
    actions.close_finding(project=project, finding=finding, by=g.person)
    flash(_("%(code)s is closed.", code=finding.code), "success")
    return to_finding(key, number)


@pages.route(f"{ONE}/decide", methods=["GET", "POST"])
@requires(P.FINDING_CHECK, on="project")
def dispose(key: str, number: int) -> str | Response:
    """Accept or decline what is no nonconformity."""
    project, finding = projects.project(g.rights.project_id), finding_of(number)
    form = forms.DisposeFinding.of_request()
    if form.accepted():
        actions.dispose_finding(
            project=project, finding=finding, disposition=Disposition(form.disposition.data), reason=form.reason.data,
            by=g.person,
        )
        return to_finding(key, number)
    return render_template("findings/dispose.html", form=form, project=project, finding=finding)


@pages.route(f"{ONE}/reopen", methods=["GET", "POST"])
@requires(P.FINDING_CHECK, on="project")
def reopen(key: str, number: int) -> str | Response:
    """Open a closed finding again."""
    project, finding = projects.project(g.rights.project_id), finding_of(number)
    form = forms.Reason.of_request()
    if form.accepted():
        actions.reopen_finding(project=project, finding=finding, reason=form.reason.data, by=g.person)
        return to_finding(key, number)
    return render_template("findings/reopen.html", form=form, project=project, finding=finding)
