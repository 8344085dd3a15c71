"""What happens to tools: registering, connecting, taking into a project's scope, deciding on what they cannot do."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.projects.rules import Layer
from workbench.tools import queries
from workbench.tools.models import (
    Capability,
    Customisation,
    Limitation,
    ProjectTool,
    Promise,
    Tool,
    ToolConnection,
)
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
    """Take a tool out of a project's scope. Refused while records of the project are about it."""
    link = queries.scope_link(project.id, tool.id)
    if link is None:
        raise Refused(_("%(name)s is not in scope.", name=tool.name))
    codes = tuple(queries.codes_about(project.id, tool.id))
    if codes:
        message = _("%(name)s stays in scope: records of this project are about it.", name=tool.name)
        raise Refused(message, codes)
    record("tool_taken_out_of_scope", link, by=by, project=project.key, before={"tool": tool.name})
    db.session.delete(link)


def decide_limitation(
    *, project: Project, limitation: Limitation, decision: Decision, reason: str, by: Person, temporary_solution: str = ""
) -> None:
    """Say whether the limitation is waited for, worked around for a time, or what needs it is dropped; and why."""
    _check_standing(limitation)
    if not reason.strip():
        raise BadValue("disposition", _("Say why; the reason is printed in the audit report."))
    if decision is Decision.TEMPORARY and not temporary_solution.strip():
        raise BadValue("temporary_solution", _("Say what is done meanwhile."))
    new = {
        "decision": decision, "temporary_solution": temporary_solution.strip() or None, "disposition": reason.strip(),
        "decided_on": clock.today(), "decided_by_id": by.id,
    }
    old = _set(limitation, new)
    after = {"code": limitation.code, **new}
    record("limitation_decided", limitation, by=by, project=project.key, before=old, after=after, reason=reason.strip())


def settle_promise(*, project: Project, promise: Promise, state: PromiseState, outcome: str, by: Person) -> None:
    """Say what became of a promise; a wrong verdict can be given anew, or the promise opened again."""
    _check_standing(promise)
    if not outcome.strip():
        raise BadValue("outcome", _("Say what shows it."))
    settled = None if state is PromiseState.OPEN else clock.today()
    new = {"state": state, "outcome": outcome.strip(), "settled_on": settled}
    old = _set(promise, new)
    record("promise_settled", promise, by=by, project=project.key, before=old, after={"code": promise.code, **new})


def retest_customisation(
    *, project: Project, customisation: Customisation, version_tested: str, tested_on: date, result: RetestResult,
    note: str, by: Person,
) -> None:
    """Record how a customisation did with a version of its tool."""
    _check_standing(customisation)
    if tested_on > clock.today():
        raise BadValue("tested_on", _("This day is still to come; a test is recorded once it was made."))
    if not version_tested.strip():
        raise BadValue("version_tested", _("Name the version it was tried with."))
    if result is RetestResult.FAILS and not note.strip():
        raise BadValue("result_note", _("Say what no longer works."))
    new = {
        "version_tested": version_tested.strip(), "tested_on": tested_on, "result": result,
        "result_note": note.strip() or None,
    }
    old = _set(customisation, new)
    after = {"code": customisation.code, **new}
    record("customisation_retested", customisation, by=by, project=project.key, before=old, after=after)


def _check_standing(row: Any) -> None:
    if row.withdrawn_at is not None:
        raise Refused(_("%(code)s is withdrawn. Put it back first.", code=row.code))


def set_capability(
    *, project: Project, tool: Tool, kind: CapabilityKind, state: Able, by: Person, note: str = "",
    evidence_id: int | None = None, limitation_id: int | None = None,
) -> Capability:
    """Say whether a tool in the project's scope can do something; a yes or a no needs a note or evidence."""
    if queries.scope_link(project.id, tool.id) is None:
        raise BadValue("tool_id", _("%(name)s is not in the scope of this project.", name=tool.name))
    if state is not Able.UNKNOWN and not note.strip() and evidence_id is None:
        raise BadValue("note", _("Say how this is known, or choose evidence."))
    if limitation_id is not None and queries.limitation(project.id, limitation_id) is None:
        raise BadValue("limitation_id", _("This limitation is not recorded in the project."))
    new: dict[str, Any] = {
        "state": state, "note": note.strip(), "evidence_id": evidence_id, "limitation_id": limitation_id,
        "checked_on": clock.today(), "checked_by_id": by.id,
    }
    row = queries.capability(tool.id, kind)
    if row is None:
        row, old = Capability(tool_id=tool.id, kind=kind, **new), {"state": Able.UNKNOWN}
        db.session.add(row)
    else:
        old = _set(row, new)
    after = {"tool": tool.name, "kind": kind, **new}
    record("capability_set", row, by=by, project=project.key, before=old, after=after)
    return row
