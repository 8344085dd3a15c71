"""Pages of steps 7 and 8: work instructions."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.practices import actions, forms, queries
from workbench.projects import queries as projects
from workbench.tools.forms import check_seen
from workbench.web.refusals import NotThere

pages = Blueprint("practices", __name__, url_prefix="/projects/<key>/practices")


@pages.get("")
@requires(P.PROJECT_READ, on="project")
def index(key: str) -> str:
    """The work instructions, each with its text."""
    project = projects.project(g.rights.project_id)
    return render_template("practices/index.html", project=project, rows=queries.instructions(project.id))


@pages.route("/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def new(key: str) -> str | Response:
    """Write a work instruction."""
    project = projects.project(g.rights.project_id)
    form = forms.WriteInstruction.of_request()
    if form.accepted():
        actions.write_instruction(
            project=project, title=form.title.data, role=form.role.data, body=form.body.data, by=g.person
        )
        return redirect(url_for(".index", key=key), code=303)
    return render_template("practices/new.html", form=form, project=project)


@pages.route("/<int:instruction_id>/edit", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def edit(key: str, instruction_id: int) -> str | Response:
    """Publish a new edition of a work instruction."""
    project = projects.project(g.rights.project_id)
    row = queries.instruction(project.id, instruction_id)
    if row is None:
        raise NotThere
    form = forms.WriteInstruction.of_request(obj=row)
    if form.accepted():
        check_seen(row, form)
        actions.revise_instruction(
            project=project, instruction=row, title=form.title.data, role=form.role.data, body=form.body.data,
            by=g.person,
        )
        return redirect(url_for(".index", key=key), code=303)
    return render_template("practices/edit.html", form=form, project=project, row=row)
