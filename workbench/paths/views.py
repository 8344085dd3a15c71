"""Pages of step 4: the ways forward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from workbench.paths import actions, forms, queries
from workbench.paths.rules import FLOW, PathState
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.tools.forms import check_seen
from workbench.web.refusals import NotThere

pages = Blueprint("paths", __name__, url_prefix="/projects/<key>/paths")


def _path(path_id: int) -> Any:
    found = queries.path(g.rights.project_id, path_id)
    if found is None:
        raise NotThere
    return found


@pages.get("")
@requires(P.PROJECT_READ, on="project")
def index(key: str) -> str:
    """The ways forward, chosen and rejected ones with their reasons."""
    project = projects.project(g.rights.project_id)
    rows = queries.paths(project.id)
    verbs = {each.id: _verbs(each.state) for each in rows}
    return render_template("paths/index.html", project=project, paths=rows, verbs=verbs, words=forms)


def _verbs(state: str) -> set[str]:
    """What the person at hand may do with a path in this state."""
    return {each.verb for each in FLOW.open_to(PathState(state), g.rights.permissions)}


def _facts(form: forms.DescribePath) -> dict[str, Any]:
    return {
        "name": form.name.data, "description": form.description.data, "needs_covered": form.needs_covered.data,
        "cost": form.cost.data, "way_back": form.way_back.data,
    }


@pages.route("/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def new(key: str) -> str | Response:
    """Describe a way forward."""
    project = projects.project(g.rights.project_id)
    form = forms.DescribePath.of_request()
    if form.accepted():
        actions.describe_path(project=project, by=g.person, **_facts(form))
        return redirect(url_for(".index", key=key), code=303)
    return render_template("paths/new.html", form=form, project=project)


@pages.route("/<int:path_id>/edit", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def edit(key: str, path_id: int) -> str | Response:
    """Describe a way forward anew."""
    project = projects.project(g.rights.project_id)
    path = _path(path_id)
    form = forms.DescribePath.of_request(obj=path)
    if form.accepted():
        check_seen(path, form)
        actions.change_path(project=project, path=path, by=g.person, **_facts(form))
        return redirect(url_for(".index", key=key), code=303)
    return render_template("paths/edit.html", form=form, project=project, path=path)


@pages.route("/<int:path_id>/choose", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def choose(key: str, path_id: int) -> str | Response:
    """Choose a way forward."""
    return _decide(key, path_id, actions.choose_path, "paths/choose.html")


@pages.route("/<int:path_id>/reject", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def reject(key: str, path_id: int) -> str | Response:
    """Reject a way forward."""
    return _decide(key, path_id, actions.reject_path, "paths/reject.html")


def _decide(key: str, path_id: int, act: Callable[..., None], template: str) -> str | Response:
    project = projects.project(g.rights.project_id)
    path = _path(path_id)
    form = forms.GiveReason.of_request(version=path.version)
    if form.accepted():
        check_seen(path, form)
        act(project=project, path=path, reason=form.reason.data, by=g.person)
        return redirect(url_for(".index", key=key), code=303)
    return render_template(template, form=form, project=project, path=path)
