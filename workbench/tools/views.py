"""Pages of the tool register, and of the tools and limitations of one project."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.projects.rules import Layer
from workbench.tools import actions, forms, queries
from workbench.tools.rules import ConnectionKind, Sensitivity, Standing
from workbench.web.paging import wanted_page
from workbench.web.refusals import BadValue, NotThere

pages = Blueprint("tools", __name__)


@pages.get("/tools/")
@requires(P.TOOL_READ)
def index() -> str:
    """The register."""
    found = queries.register(
        search=request.args.get("q", "")[:100], standing=request.args.get("standing", "")[:20],
        page=wanted_page(request.args.get("page")),
    )
    return render_template("tools/index.html", page=found, words=forms)


def _tool(tool_id: int) -> Any:
    found = queries.tool(tool_id)
    if found is None:
        raise NotThere
    return found


@pages.get("/tools/<int:tool_id>")
@requires(P.TOOL_READ)
def show(tool_id: int) -> str:
    """One tool and its connections."""
    tool = _tool(tool_id)
    connections = queries.connections_of_tool(tool.id)
    missing = queries.missing_facts(tool)
    return render_template("tools/show.html", tool=tool, connections=connections, missing=missing, words=forms)


def _facts(form: forms.DescribeTool) -> dict[str, Any]:
    return {
        "name": form.name.data, "purpose": form.purpose.data, "vendor": form.vendor.data, "edition": form.edition.data,
        "owner_id": form.owner_id.data, "layer": Layer(form.layer.data) if form.layer.data else None,
        "sensitivity": Sensitivity(form.sensitivity.data) if form.sensitivity.data else None,
        "data_held": form.data_held.data, "standing": Standing(form.standing.data),
        "trial_ends_on": form.trial_ends_on.data,
    }


@pages.route("/tools/new", methods=["GET", "POST"])
@requires(P.TOOL_MANAGE)
def new() -> str | Response:
    """Put a tool on the register."""
    form = forms.DescribeTool.of_request().offer()
    if form.accepted():
        try:
            tool = actions.add_tool(by=g.person, **_facts(form))
            return redirect(url_for(".show", tool_id=tool.id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("tools/new.html", form=form)


@pages.route("/tools/<int:tool_id>/edit", methods=["GET", "POST"])
@requires(P.TOOL_MANAGE)
def edit(tool_id: int) -> str | Response:
    """Change what the register says about a tool."""
    tool = _tool(tool_id)
    form = forms.DescribeTool.of_request(obj=tool).offer(tool.owner)
    if form.accepted():
        forms.check_seen(tool, form)
        try:
            actions.change_tool(tool=tool, by=g.person, **_facts(form))
            return redirect(url_for(".show", tool_id=tool.id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("tools/edit.html", form=form, tool=tool)


@pages.route("/tools/<int:tool_id>/connections/new", methods=["GET", "POST"])
@requires(P.TOOL_MANAGE)
def connect(tool_id: int) -> str | Response:
    """Record that data goes from this tool to another."""
    tool = _tool(tool_id)
    form = forms.ConnectTools.of_request().offer(queries.all_tools(), without=tool.id)
    if form.accepted():
        actions.connect_tools(
            source=tool, target=_tool(form.target_id.data), kind=ConnectionKind(form.kind.data),
            carries=form.carries.data, by=g.person,
        )
        return redirect(url_for(".show", tool_id=tool.id), code=303)
    return render_template("tools/connect.html", form=form, tool=tool)


@pages.post("/tools/<int:tool_id>/connections/<int:connection_id>/remove")
@requires(P.TOOL_MANAGE)
def disconnect(tool_id: int, connection_id: int) -> Response:
    """Take a connection off the register."""
    connection = queries.connection(tool_id, connection_id)
    if connection is None:
        raise NotThere
    actions.disconnect(connection=connection, by=g.person)
    return redirect(url_for(".show", tool_id=tool_id), code=303)


@pages.get("/projects/<key>/tools")
@requires(P.PROJECT_READ, on="project")
def of_project(key: str) -> str:
    """The tools in a project's scope, how they are connected, and what they cannot do."""
    project = projects.project(g.rights.project_id)
    tools = queries.tools_of_project(project.id)
    return render_template(
        "tools/of_project.html", project=project, tools=tools,
        connections=queries.connections_among(each.id for each in tools),
        limitations=queries.limitations_of_project(project.id), missing_facts=queries.missing_facts, words=forms,
    )


@pages.route("/projects/<key>/tools/add", methods=["GET", "POST"])
@requires(P.PROJECT_MANAGE, on="project")
def put_in_scope(key: str) -> str | Response:
    """Put a tool of the register in the project's scope."""
    project = projects.project(g.rights.project_id)
    form = forms.PutInScope.of_request().offer(queries.all_tools(), queries.tools_of_project(project.id))
    if form.accepted():
        actions.put_in_scope(project=project, tool=_tool(form.tool_id.data), by=g.person)
        return redirect(url_for(".of_project", key=key), code=303)
    return render_template("tools/put_in_scope.html", form=form, project=project)


@pages.post("/projects/<key>/tools/<int:tool_id>/remove")
@requires(P.PROJECT_MANAGE, on="project")
def take_out_of_scope(key: str, tool_id: int) -> Response:
    """Take a tool out of the project's scope."""
    project = projects.project(g.rights.project_id)
    if queries.scope_link(project.id, tool_id) is None:
        raise NotThere
    actions.take_out_of_scope(project=project, tool=_tool(tool_id), by=g.person)
    return redirect(url_for(".of_project", key=key), code=303)


def _known(form: forms.DescribeLimitation) -> dict[str, Any]:
    return {
        "statement": form.statement.data, "layer": Layer(form.layer.data),
        "first_reported_on": form.first_reported_on.data, "promise": form.promise.data,
        "promised_on": form.promised_on.data, "disposition": form.disposition.data,
    }


@pages.route("/projects/<key>/limitations/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def report_limitation(key: str) -> str | Response:
    """Record what a tool in scope cannot do."""
    project = projects.project(g.rights.project_id)
    form = forms.ReportLimitation.of_request().offer(queries.tools_of_project(project.id))
    if form.accepted():
        try:
            actions.report_limitation(project=project, tool=_tool(form.tool_id.data), by=g.person, **_known(form))
            return redirect(url_for(".of_project", key=key, _anchor="limitations"), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("tools/report_limitation.html", form=form, project=project)


@pages.route("/projects/<key>/limitations/<int:limitation_id>/edit", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def change_limitation(key: str, limitation_id: int) -> str | Response:
    """Change what is known about a limitation."""
    limitation = queries.limitation(g.rights.project_id, limitation_id)
    if limitation is None:
        raise NotThere
    project = projects.project(g.rights.project_id)
    form = forms.DescribeLimitation.of_request(obj=limitation)
    if form.accepted():
        forms.check_seen(limitation, form)
        try:
            actions.change_limitation(project=project, limitation=limitation, by=g.person, **_known(form))
            return redirect(url_for(".of_project", key=key, _anchor="limitations"), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("tools/change_limitation.html", form=form, project=project, limitation=limitation)
