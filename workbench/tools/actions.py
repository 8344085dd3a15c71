"""What happens to tools: registering, connecting, taking into a project's scope, recording what they cannot do."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.projects.queries import next_code
from workbench.projects.rules import Layer
from workbench.tools import queries
from workbench.tools.models import Limitation, ProjectTool, Tool, ToolConnection
from workbench.tools.rules import ConnectionKind, Sensitivity, Standing
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, Refused


def add_tool(
    *, name: str, by: Person, purpose: str = "", vendor: str = "", edition: str = "", owner_id: int | None = None,
    layer: Layer | None = None, sensitivity: Sensitivity | None = None, data_held: str = "",
    standing: Standing = Standing.LIVE, trial_ends_on: date | None = None,
) -> Tool:
    """Put a tool on the register. Owner, layer and sensitivity may follow later; gate 1 asks for them."""
    if queries.tool_named(name) is not None:
        raise BadValue("name", _("“%(name)s” is on the register already.", name=name))
    _check_trial(standing, trial_ends_on)
    facts = {
        "name": name, "purpose": purpose, "vendor": vendor, "edition": edition, "owner_id": owner_id,
        "layer": layer or "", "sensitivity": sensitivity or "", "data_held": data_held, "standing": standing,
        "trial_ends_on": trial_ends_on,
    }
    tool = Tool(**facts)
    db.session.add(tool)
    record("tool_added", tool, by=by, after=facts)
    return tool


def change_tool(
    *, tool: Tool, name: str, purpose: str, vendor: str, edition: str, owner_id: int | None, layer: Layer | None,
    sensitivity: Sensitivity | None, data_held: str, standing: Standing, trial_ends_on: date | None, by: Person,
) -> None:
    """Change what the register says about a tool."""
    other = queries.tool_named(name)
    if other is not None and other.id != tool.id:
        raise BadValue("name", _("“%(name)s” is on the register already.", name=name))
    _check_trial(standing, trial_ends_on)
    new = {
        "name": name, "purpose": purpose, "vendor": vendor, "edition": edition, "owner_id": owner_id,
        "layer": layer or "", "sensitivity": sensitivity or "", "data_held": data_held, "standing": standing,
        "trial_ends_on": trial_ends_on,
    }
    old = _set(tool, new)
    record("tool_changed", tool, by=by, before=old, after=new)


def _check_trial(standing: Standing, trial_ends_on: date | None) -> None:
    if standing is Standing.TRIAL and trial_ends_on is None:
        raise BadValue("trial_ends_on", _("A tool on trial needs the day on which its trial licence ends."))


def _set(row: Any, new: dict[str, Any]) -> dict[str, Any]:
    """Give a row its new values; returns the old ones."""
    old = {name: getattr(row, name) for name in new}
    for name, value in new.items():
        setattr(row, name, value)
    return old


def connect_tools(*, source: Tool, target: Tool, kind: ConnectionKind, by: Person, carries: str = "") -> ToolConnection:
    """Record that data goes from one tool to another, and how."""
    if source.id == target.id:
        raise BadValue("target_id", _("A connection leads to another tool."))
    made = ToolConnection(source_id=source.id, target_id=target.id, kind=kind, carries=carries)
    db.session.add(made)
    after = {"source": source.name, "target": target.name, "kind": kind, "carries": carries}
    record("tools_connected", made, by=by, after=after)
    return made


def disconnect(*, connection: ToolConnection, by: Person) -> None:
    """Take a connection off the register. The trail keeps what it was; source and target must be loaded."""
    before = {
        "source": connection.source.name, "target": connection.target.name, "kind": connection.kind,
        "carries": connection.carries,
    }
    record("tools_disconnected", connection, by=by, before=before)
    db.session.delete(connection)


def put_in_scope(*, project: Project, tool: Tool, by: Person) -> ProjectTool:
    """Put a tool in a project's scope."""
    if queries.scope_link(project.id, tool.id) is not None:
        raise BadValue("tool_id", _("%(name)s is in scope already.", name=tool.name))
    link = ProjectTool(project_id=project.id, tool_id=tool.id)
    db.session.add(link)
    record("tool_put_in_scope", link, by=by, project=project.key, after={"tool": tool.name})
    return link


def take_out_of_scope(*, project: Project, tool: Tool, by: Person) -> None:
    """Take a tool out of a project's scope. Refused while the project records limitations for it."""
    link = queries.scope_link(project.id, tool.id)
    if link is None:
        raise Refused(_("%(name)s is not in scope.", name=tool.name))
    codes = tuple(queries.limitation_codes(project.id, tool.id))
    if codes:
        message = _("%(name)s stays in scope: limitations of this project are recorded for it.", name=tool.name)
        raise Refused(message, codes)
    record("tool_taken_out_of_scope", link, by=by, project=project.key, before={"tool": tool.name})
    db.session.delete(link)


def report_limitation(
    *, project: Project, tool: Tool, statement: str, layer: Layer, first_reported_on: date, by: Person,
    promise: str = "", promised_on: date | None = None, disposition: str = "",
) -> Limitation:
    """Record what a tool in scope cannot do, at which layer, since when it is known; its code follows (L-01 …)."""
    if queries.scope_link(project.id, tool.id) is None:
        raise BadValue("tool_id", _("%(name)s is not in the scope of this project.", name=tool.name))
    _check_reported(first_reported_on)
    facts = {
        "statement": statement, "layer": layer, "first_reported_on": first_reported_on, "promise": promise,
        "promised_on": promised_on, "disposition": disposition,
    }
    code = next_code("limitation", project.id, "L-", digits=2)
    made = Limitation(project_id=project.id, tool_id=tool.id, code=code, **facts)
    db.session.add(made)
    record("limitation_reported", made, by=by, project=project.key, after={"code": code, "tool": tool.name, **facts})
    return made


def change_limitation(
    *, project: Project, limitation: Limitation, statement: str, layer: Layer, first_reported_on: date, promise: str,
    promised_on: date | None, disposition: str, by: Person,
) -> None:
    """Change what is known about a limitation: its promise, or whether to wait, work around or drop."""
    _check_reported(first_reported_on)
    new = {
        "statement": statement, "layer": layer, "first_reported_on": first_reported_on, "promise": promise,
        "promised_on": promised_on, "disposition": disposition,
    }
    old = _set(limitation, new)
    after = {"code": limitation.code, **new}
    record("limitation_changed", limitation, by=by, project=project.key, before=old, after=after)


def _check_reported(day: date) -> None:
    if day > clock.today():
        message = _("This day is still to come; a limitation is known since a day that has passed.")
        raise BadValue("first_reported_on", message)
