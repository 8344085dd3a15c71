"""Pages that treat a finding: its actions and its cause."""

from __future__ import annotations

from typing import Any

from flask import g, render_template
from werkzeug.wrappers import Response

from workbench.findings import actions, forms, queries
from workbench.findings.rules import ActionKind, CauseKind
from workbench.findings.views.blueprint import ONE, finding_of, pages, to_finding
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.registers.forms import check_seen
from workbench.web.refusals import BadValue, NotThere

ACTION = f"{ONE}/actions/<int:action_number>"


def _action(finding: Any, number: int) -> Any:
    found = queries.action_of(finding.id, number)
    if found is None:
        raise NotThere
    return found


@pages.route(f"{ONE}/actions/new", methods=["GET", "POST"])
@requires(P.FINDING_TREAT, on="project")
def add_action(key: str, number: int) -> str | Response:
    """Say what is to be done about a finding."""
    project, finding = projects.project(g.rights.project_id), finding_of(number)
    form = forms.AddAction.of_request().offer(project.id)
    if form.accepted():
        facts = form.facts()
        try:
            kind = ActionKind(facts.pop("kind"))
            actions.add_action(project=project, finding=finding, kind=kind, by=g.person, **facts)
            return to_finding(key, number)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("findings/add_action.html", form=form, project=project, finding=finding)


@pages.route(f"{ACTION}/edit", methods=["GET", "POST"])
@requires(P.FINDING_TREAT, on="project")
def change_action(key: str, number: int, action_number: int) -> str | Response:
    """Say an open action anew."""
    project, finding = projects.project(g.rights.project_id), finding_of(number)
    row = _action(finding, action_number)
    form = forms.ChangeAction.of_request(obj=row).offer(project.id)
    if form.accepted():
        check_seen(row, form)
        try:
            actions.change_action(project=project, finding=finding, action=row, by=g.person, **form.facts())
            return to_finding(key, number)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("findings/change_action.html", form=form, project=project, finding=finding, action=row)


@pages.route(f"{ACTION}/done", methods=["GET", "POST"])
@requires(P.FINDING_TREAT, on="project")
def finish_action(key: str, number: int, action_number: int) -> str | Response:
    """Mark an action done."""
    project, finding = projects.project(g.rights.project_id), finding_of(number)
    row = _action(finding, action_number)
    form = forms.FinishAction.of_request().offer(project.id)
    if form.accepted():
        try:
            actions.finish_action(project=project, finding=finding, action=row, by=g.person, **form.facts())
            return to_finding(key, number)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("findings/finish_action.html", form=form, project=project, finding=finding, action=row)


@pages.route(f"{ACTION}/cancel", methods=["GET", "POST"])
@requires(P.FINDING_TREAT, on="project")
def cancel_action(key: str, number: int, action_number: int) -> str | Response:
    """Give an action up."""
    project, finding = projects.project(g.rights.project_id), finding_of(number)
    row = _action(finding, action_number)
    form = forms.Reason.of_request()
    if form.accepted():
        actions.cancel_action(project=project, finding=finding, action=row, reason=form.reason.data, by=g.person)
        return to_finding(key, number)
    return render_template("findings/cancel_action.html", form=form, project=project, finding=finding, action=row)


@pages.route(f"{ONE}/cause", methods=["GET", "POST"])
@requires(P.FINDING_TREAT, on="project")
def state_cause(key: str, number: int) -> str | Response:
    """Say what made it happen."""
    project, finding = projects.project(g.rights.project_id), finding_of(number)
    form = forms.StateCause.of_request(version=finding.version, **forms.StateCause.told(finding))
    if form.accepted():
        check_seen(finding, form)
        try:
            actions.state_cause(project=project, finding=finding, by=g.person, **form.facts())
            return to_finding(key, number)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template(
        "findings/cause.html", form=form, project=project, finding=finding, bones=[f"fish_{each}" for each in CauseKind]
    )
