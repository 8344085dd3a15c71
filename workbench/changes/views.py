"""Pages of step 6: the request for change."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from workbench.changes import actions, forms, queries
from workbench.changes.rules import ChangeType
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.tools.forms import check_seen, nearness
from workbench.web.refusals import NotThere

pages = Blueprint("changes", __name__, url_prefix="/projects/<key>/changes")


@pages.get("")
@requires(P.PROJECT_READ, on="project")
def index(key: str) -> str:
    """The requests for change."""
    project = projects.project(g.rights.project_id)
    rows = queries.requests_for_change(project.id)
    return render_template("changes/index.html", project=project, rows=rows, words=forms, nearness=nearness)


def _facts(form: forms.DraftRequest) -> dict[str, Any]:
    return {
        "title": form.title.data, "change_type": ChangeType(form.change_type.data), "reason": form.reason.data,
        "impact": form.impact.data, "planned_on": form.planned_on.data, "back_out_plan": form.back_out_plan.data,
    }


@pages.route("/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def new(key: str) -> str | Response:
    """Draft a request for change."""
    project = projects.project(g.rights.project_id)
    form = forms.DraftRequest.of_request()
    if form.accepted():
        actions.draft_request(project=project, by=g.person, **_facts(form))
        return redirect(url_for(".index", key=key), code=303)
    return render_template("changes/new.html", form=form, project=project)


@pages.route("/<int:request_id>/edit", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def edit(key: str, request_id: int) -> str | Response:
    """Change a request for change."""
    project = projects.project(g.rights.project_id)
    row = queries.request_for_change(project.id, request_id)
    if row is None:
        raise NotThere
    form = forms.DraftRequest.of_request(obj=row)
    if form.accepted():
        check_seen(row, form)
        actions.change_request(project=project, request_for_change=row, by=g.person, **_facts(form))
        return redirect(url_for(".index", key=key), code=303)
    return render_template("changes/edit.html", form=form, project=project, row=row)
