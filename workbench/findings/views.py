"""Pages of findings: the list, raising one from a checklist line, one finding, withdrawing it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response

from workbench.findings import actions, forms, queries
from workbench.findings.rules import FLOW, FindingKind, FindingState
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.registers.forms import check_seen
from workbench.trail.queries import history
from workbench.web.addresses import row_number
from workbench.web.paging import wanted_page
from workbench.web.refusals import NotThere

pages = Blueprint("findings", __name__, url_prefix="/projects/<key>/findings")


@pages.get("")
@requires(P.PROJECT_READ, on="project")
def index(key: str) -> str:
    """The findings of a project, and how many of each kind stand."""
    project = projects.project(g.rights.project_id)
    found = queries.page_of_findings(
        project.id, kind=request.args.get("kind", "")[:20], state=request.args.get("state", "")[:20],
        page=wanted_page(request.args.get("page")),
    )
    counts = queries.counts_by_kind(project.id)
    return render_template("findings/index.html", project=project, page=found, counts=counts, words=forms)


def _criterion() -> queries.Criterion | None:
    """The checklist line that the address names; None where it names none, NotThere where it is not in the project."""
    if "checklist" not in request.args:
        return None
    checklist_id, item = row_number(request.args["checklist"]) or 0, request.args.get("item", "")[:40]
    found = queries.criterion(g.rights.project_id, checklist_id, item, str(get_locale()))
    if found is None:
        raise NotThere
    return found


@pages.route("/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def new(key: str) -> str | Response:
    """Raise a finding; ?checklist=…&item=… fills in what the line says."""
    project = projects.project(g.rights.project_id)
    line = _criterion()
    form = forms.RaiseFinding.of_request(**({} if line is None else _suggested(line)))
    if form.accepted():
        made = actions.raise_finding(
            project=project, kind=FindingKind(form.kind.data), requirement=form.requirement.data,
            evidence=form.evidence.data, statement=form.statement.data, by=g.person,
            checklist_id=line.checklist_id if line else None, item_key=line.item_key if line else "",
        )
        return redirect(url_for(".show", key=key, number=made.number), code=303)
    return render_template("findings/new.html", form=form, project=project)


def _suggested(line: queries.Criterion) -> dict[str, str]:
    return {"requirement": line.requirement, "kind": line.kind, "evidence": line.evidence}


def _finding(number: int) -> Any:
    found = queries.finding(g.rights.project_id, number)
    if found is None:
        raise NotThere
    return found


@pages.get("/<int:number>")
@requires(P.PROJECT_READ, on="project")
def show(key: str, number: int) -> str:
    """One finding with its history."""
    project = projects.project(g.rights.project_id)
    finding = _finding(number)
    verbs = {each.verb for each in FLOW.open_to(FindingState(finding.state), g.rights.permissions)}
    events = history("finding", finding.id)
    return render_template(
        "findings/show.html", project=project, finding=finding, verbs=verbs, events=events, words=forms
    )


@pages.route("/<int:number>/withdraw", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def withdraw(key: str, number: int) -> str | Response:
    """Withdraw a finding that does not hold."""
    project = projects.project(g.rights.project_id)
    finding = _finding(number)
    form = forms.WithdrawFinding.of_request(version=finding.version)
    if form.accepted():
        check_seen(finding, form)
        actions.withdraw_finding(project=project, finding=finding, reason=form.reason.data, by=g.person)
        return redirect(url_for(".show", key=key, number=number), code=303)
    return render_template("findings/withdraw.html", form=form, project=project, finding=finding)
