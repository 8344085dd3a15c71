"""Pages of the tool register, and of the tools and limitations of one project."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.projects.rules import Layer
from workbench.registers.forms import check_seen
from workbench.registers.queries import record_in
from workbench.registers.rules import Register
from workbench.registers.views import overviews, serve, serve_overviews
from workbench.tools import actions, forms, queries
from workbench.tools.registers import CUSTOMISATIONS, LIMITATIONS, OVERVIEWS, PROMISES, REGISTERS
from workbench.tools.rules import (
    Able,
    CapabilityKind,
    ConnectionKind,
    Decision,
    PromiseState,
    RetestResult,
    Sensitivity,
    Standing,
)
from workbench.web import sheets
from workbench.web.paging import wanted_page
from workbench.web.refusals import BadValue, NotThere

pages = Blueprint("tools", __name__)
serve(pages, *REGISTERS, under="/projects/<key>/records")
serve_overviews(pages, *OVERVIEWS)


@pages.get("/tools/")
@requires(P.TOOL_READ)
def index() -> str:
    """The register."""
    found = queries.register(
        search=request.args.get("q", "")[:100], standing=request.args.get("standing", "")[:20],
        page=wanted_page(request.args.get("page")),
    )
    return render_template("tools/index.html", page=found, words=forms)


@pages.get("/tools.csv")
@requires(P.TOOL_READ)
def export() -> Response:
    """The tools that the filter shows, on all its pages."""
    found = queries.register(
        search=request.args.get("q", "")[:100], standing=request.args.get("standing", "")[:20], per_page=sheets.ALL
    )
    return sheets.csv_answer(forms.tools_table(found.rows), "tools.csv")


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


@pages.get("/tools/<int:tool_id>/connections.csv")
@requires(P.TOOL_READ)
def export_connections(tool_id: int) -> Response:
    """What goes into and out of one tool."""
    found = queries.connections_of_tool(_tool(tool_id).id)
    return sheets.csv_answer(forms.connections_table(found), f"tool-{tool_id}-connections.csv")


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
        check_seen(tool, form)
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


@pages.get("/projects/<key>/tools.csv")
@requires(P.PROJECT_READ, on="project")
def export_scope(key: str) -> Response:
    """The tools in a project's scope."""
    return sheets.csv_answer(forms.tools_table(queries.tools_of_project(g.rights.project_id)), f"{key}-tools.csv")


@pages.get("/projects/<key>/connections.csv")
@requires(P.PROJECT_READ, on="project")
def export_scope_connections(key: str) -> Response:
    """What goes from one tool in a project's scope to another."""
    found = queries.connections_among(each.id for each in queries.tools_of_project(g.rights.project_id))
    return sheets.csv_answer(forms.connections_table(found), f"{key}-connections.csv")


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


@pages.get("/projects/<key>/capabilities")
@requires(P.PROJECT_READ, on="project")
def capabilities(key: str) -> str:
    """What each tool in scope can do: read, export, quantity per customer and so on."""
    project = projects.project(g.rights.project_id)
    return render_template(
        "tools/capabilities.html", project=project, tools=queries.tools_of_project(project.id),
        known=queries.capabilities_of_project(project.id), proofs=queries.capability_proofs(project.id), words=forms,
    )


@pages.get("/projects/<key>/capabilities.csv")
@requires(P.PROJECT_READ, on="project")
def export_capabilities(key: str) -> Response:
    """What each tool in scope can do, a line for each tool and capability, with the note behind it."""
    tools = queries.tools_of_project(g.rights.project_id)
    table = forms.capabilities_table(tools, queries.capabilities_of_project(g.rights.project_id))
    return sheets.csv_answer(table, f"{key}-capabilities.csv")


@pages.route("/projects/<key>/capabilities/<int:tool_id>/<kind>", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def set_capability(key: str, tool_id: int, kind: str) -> str | Response:
    """Say whether a tool in scope can do something, and how that is known."""
    project = projects.project(g.rights.project_id)
    if kind not in forms.CAPABILITIES or queries.scope_link(project.id, tool_id) is None:
        raise NotThere
    tool, row = _tool(tool_id), queries.capability(tool_id, kind)
    form = forms.SetCapability.of_request(obj=row).offer(project.id)
    if form.accepted():
        if row is not None:
            check_seen(row, form)
        try:
            actions.set_capability(
                project=project, tool=tool, kind=CapabilityKind(kind), state=Able(form.state.data), note=form.note.data,
                evidence_id=form.evidence_id.data, limitation_id=form.limitation_id.data, by=g.person,
            )
            return redirect(url_for(".capabilities", key=key), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("tools/set_capability.html", form=form, project=project, tool=tool, kind=kind, words=forms)


@pages.get("/registers/")
@requires(P.SESSION_USE)
def all_registers() -> str:
    """The lists that reach across projects."""
    return render_template("registers/overviews.html", overviews=overviews())


def _of_register(register: Register, record_id: int) -> Any:
    found = record_in(register.model, g.rights.project_id, record_id)
    if found is None:
        raise NotThere
    return found


@pages.route("/projects/<key>/records/limitations/<int:record_id>/decide", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def decide_limitation(key: str, record_id: int) -> str | Response:
    """Say what is done about a limitation."""
    limitation = _of_register(LIMITATIONS, record_id)
    form = forms.DecideLimitation.of_request(obj=limitation)
    if form.accepted():
        check_seen(limitation, form)
        try:
            actions.decide_limitation(
                project=projects.project(g.rights.project_id), limitation=limitation, by=g.person,
                decision=Decision(form.decision.data), reason=form.disposition.data,
                temporary_solution=form.temporary_solution.data,
            )
            return _to_record(key, LIMITATIONS, record_id)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return _verb_page("tools/decide_limitation.html", LIMITATIONS, limitation, form)


@pages.route("/projects/<key>/records/promises/<int:record_id>/settle", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def settle_promise(key: str, record_id: int) -> str | Response:
    """Say what became of a promise."""
    promise = _of_register(PROMISES, record_id)
    form = forms.SettlePromise.of_request(obj=promise)
    if form.accepted():
        check_seen(promise, form)
        actions.settle_promise(
            project=projects.project(g.rights.project_id), promise=promise, state=PromiseState(form.state.data),
            outcome=form.outcome.data, by=g.person,
        )
        return _to_record(key, PROMISES, record_id)
    return _verb_page("tools/settle_promise.html", PROMISES, promise, form)


@pages.route("/projects/<key>/records/customisations/<int:record_id>/retest", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def retest_customisation(key: str, record_id: int) -> str | Response:
    """Record how a customisation did with a version of its tool."""
    customisation = _of_register(CUSTOMISATIONS, record_id)
    offered = {"version_tested": customisation.tool.edition, "version": customisation.version}
    form = forms.RetestCustomisation.of_request(data=offered)
    if form.accepted():
        check_seen(customisation, form)
        try:
            actions.retest_customisation(
                project=projects.project(g.rights.project_id), customisation=customisation, by=g.person,
                version_tested=form.version_tested.data, tested_on=form.tested_on.data,
                result=RetestResult(form.result.data), note=form.result_note.data,
            )
            return _to_record(key, CUSTOMISATIONS, record_id)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return _verb_page("tools/retest_customisation.html", CUSTOMISATIONS, customisation, form)


def _to_record(key: str, register: Register, record_id: int) -> Response:
    return redirect(url_for(".record", key=key, register=register.key, record_id=record_id), code=303)


def _verb_page(template: str, register: Register, row: Any, form: Any) -> str:
    project = projects.project(g.rights.project_id)
    return render_template(template, form=form, project=project, register=register, row=row)
