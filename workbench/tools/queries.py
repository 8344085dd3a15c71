"""Named reads about tools, their connections, their limitations and the projects that touch them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select, union_all
from sqlalchemy.orm import joinedload

from workbench.database import db
from workbench.evidence.models import Evidence
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.tools.models import Capability, Customisation, Limitation, ProjectTool, Promise, Tool, ToolConnection
from workbench.tools.rules import Able, CapabilityKind, Retest, RetestResult, Standing
from workbench.web.paging import Page


def tool(tool_id: int) -> Tool | None:
    """One tool with its owner."""
    return db.session.scalar(select(Tool).options(joinedload(Tool.owner)).where(Tool.id == tool_id))


def tool_named(name: str) -> Tool | None:
    """The tool with this name, whatever its case."""
    return db.session.scalar(select(Tool).where(func.lower(Tool.name) == func.lower(name.strip())))


def register(*, search: str = "", standing: str = "", page: int = 1, per_page: int = 50) -> Page[Tool]:
    """A page of the register by name; `search` looks in name, vendor and purpose. Two queries whatever the number."""
    wanted = select(Tool)
    if search:
        columns = (Tool.name, Tool.vendor, Tool.purpose)
        wanted = wanted.where(or_(*(each.icontains(search, autoescape=True) for each in columns)))
    if standing:
        wanted = wanted.where(Tool.standing == standing)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    chosen = wanted.options(joinedload(Tool.owner)).order_by(func.lower(Tool.name))
    return Page(db.session.scalars(chosen.limit(per_page).offset((page - 1) * per_page)).all(), page, total, per_page)


def all_tools() -> Sequence[Tool]:
    """Every tool by name, for a list to choose from."""
    return db.session.scalars(select(Tool).order_by(func.lower(Tool.name))).all()


def _in_scope(project_id: int) -> Select[Tool]:
    return select(Tool).join(ProjectTool, ProjectTool.tool_id == Tool.id).where(ProjectTool.project_id == project_id)


def tools_of_project(project_id: int) -> Sequence[Tool]:
    """The tools in a project's scope with their owners, by name."""
    wanted = _in_scope(project_id).options(joinedload(Tool.owner))
    return db.session.scalars(wanted.order_by(func.lower(Tool.name))).all()


def choices(project_id: int) -> list[tuple[int, str]]:
    """The tools in a project's scope as a list to choose from: (tool id, name), by name."""
    wanted = _in_scope(project_id).with_only_columns(Tool.id, Tool.name).order_by(func.lower(Tool.name))
    return [(number, name) for number, name in db.session.execute(wanted)]


def scope_link(project_id: int, tool_id: int) -> ProjectTool | None:
    """What puts a tool in a project's scope."""
    return db.session.scalar(
        select(ProjectTool).where(ProjectTool.project_id == project_id, ProjectTool.tool_id == tool_id)
    )


def incomplete_tools(project_id: int) -> list[tuple[Tool, tuple[str, ...]]]:
    """The tools in scope that lack an owner, a layer or a sensitivity, each with the names of what is missing."""
    lacking = or_(Tool.owner_id.is_(None), Tool.layer == "", Tool.sensitivity == "")
    found = db.session.scalars(_in_scope(project_id).where(lacking).order_by(func.lower(Tool.name)))
    return [(each, missing_facts(each)) for each in found]


def missing_facts(row: Tool) -> tuple[str, ...]:
    """What gate 1 asks about a tool and is not known yet: of "owner", "layer", "sensitivity"."""
    facts = {"owner": row.owner_id, "layer": row.layer, "sensitivity": row.sensitivity}
    return tuple(name for name, value in facts.items() if not value)


def _connections(condition: ColumnElement[bool]) -> Sequence[ToolConnection]:
    both = (joinedload(ToolConnection.source), joinedload(ToolConnection.target))
    wanted = select(ToolConnection).options(*both).where(condition).order_by(ToolConnection.id)
    return db.session.scalars(wanted).all()


def connections_of_tool(tool_id: int) -> Sequence[ToolConnection]:
    """What goes into and out of one tool, with the tools at both ends."""
    return _connections(or_(ToolConnection.source_id == tool_id, ToolConnection.target_id == tool_id))


def connections_among(tool_ids: Iterable[int]) -> Sequence[ToolConnection]:
    """The connections whose both ends are among these tools."""
    wanted = list(tool_ids)
    return _connections(ToolConnection.source_id.in_(wanted) & ToolConnection.target_id.in_(wanted))


def connection(tool_id: int, connection_id: int) -> ToolConnection | None:
    """One connection of this tool."""
    return next((each for each in connections_of_tool(tool_id) if each.id == connection_id), None)


def trials_ending(before: date) -> Sequence[Tool]:
    """The tools on trial whose licence ends before a day, soonest first."""
    wanted = select(Tool).where(Tool.standing == Standing.TRIAL, Tool.trial_ends_on < before)
    return db.session.scalars(wanted.order_by(Tool.trial_ends_on, Tool.name)).all()


def limitations_of_project(project_id: int) -> Sequence[Limitation]:
    """What the project's tools cannot do, with each tool, in the order of the codes; withdrawn ones left out."""
    wanted = select(Limitation).options(joinedload(Limitation.tool)).where(Limitation.project_id == project_id)
    return db.session.scalars(wanted.where(Limitation.withdrawn_at.is_(None)).order_by(Limitation.id)).all()


def limitation(project_id: int, limitation_id: int | None) -> Limitation | None:
    """One limitation of this project."""
    return db.session.scalar(
        select(Limitation).where(Limitation.project_id == project_id, Limitation.id == limitation_id)
    )


def choices_of_limitations(project_id: int) -> list[tuple[int, str]]:
    """The project's limitations as a list to choose from: (id, code and statement); withdrawn ones left out."""
    return [(each.id, f"{each.code} {each.statement[:100]}") for each in limitations_of_project(project_id)]


def codes_about(project_id: int, tool_id: int) -> Sequence[str]:
    """The codes of a project's records about a tool: limitations, promises, customisations."""
    parts = [
        select(model.code).where(model.project_id == project_id, model.tool_id == tool_id)
        for model in (Limitation, Promise, Customisation)
    ]
    return sorted(db.session.scalars(union_all(*parts)))


def capability(tool_id: int, kind: str) -> Capability | None:
    """What is known about one thing that a tool can or cannot do."""
    return db.session.scalar(select(Capability).where(Capability.tool_id == tool_id, Capability.kind == kind))


def capabilities_of_project(project_id: int) -> dict[tuple[int, str], Capability]:
    """{(tool, kind): what is known} of the tools in scope; what has no entry is unknown."""
    wanted = select(Capability).join(ProjectTool, ProjectTool.tool_id == Capability.tool_id)
    found = db.session.scalars(wanted.where(ProjectTool.project_id == project_id))
    return {(each.tool_id, each.kind): each for each in found}


def capability_proofs(project_id: int) -> dict[int, int]:
    """{row: number} of this project's evidence behind what its tools can do; another project's stays there. One query."""
    wanted = select(Evidence.id, Evidence.number).join(Capability, Capability.evidence_id == Evidence.id)
    found = db.session.execute(wanted.where(Evidence.project_id == project_id))
    return {row: number for row, number in found}


# What the overviews across projects list; `projects` is a select of the numbers of those at sight.
def all_limitations(projects: Select[int]) -> Select[Any]:
    """The limitations of these projects."""
    wanted = select(
        Limitation.id, Project.key.label("project"), Limitation.code, Tool.name.label("tool"), Limitation.statement,
        Limitation.layer, Limitation.first_reported_on, Limitation.first_reported_on.label("age"), Limitation.promise,
        Limitation.promised_on, func.coalesce(Evidence.number, 0).label("evidence"),
        func.coalesce(Limitation.decision, "undecided").label("decision"), Limitation.temporary_solution,
    ).join(Evidence, Evidence.id == Limitation.evidence_id, isouter=True)
    return _of_projects(wanted, Limitation, projects)


def all_promises(projects: Select[int]) -> Select[Any]:
    """The promises noted in these projects."""
    wanted = select(
        Promise.id, Project.key.label("project"), Promise.code, Tool.name.label("tool"), Promise.feature, Promise.layer,
        Promise.promised_by, Promise.made_on, Promise.due_on, Person.name.label("owner"), Promise.next_chase_on,
        Promise.state,
    ).join(Person, Person.id == Promise.owner_id, isouter=True)
    return _of_projects(wanted, Promise, projects)


def retest_of() -> ColumnElement[str]:
    """rules.retest_standing, in the database; the customisation's tool is to be joined."""
    moved_on = (func.trim(Tool.edition) != "") & (func.trim(Tool.edition) != func.trim(Customisation.version_tested))
    return case(
        (Customisation.tested_on.is_(None) | moved_on, Retest.DUE.value),
        (Customisation.result == RetestResult.FAILS, Retest.FAILED.value),
        else_=Retest.FRESH.value,
    )


def all_customisations(projects: Select[int]) -> Select[Any]:
    """The customisations of these projects; `retest` is due, failed or fresh, as rules.retest_standing says."""
    wanted = select(
        Customisation.id, Project.key.label("project"), Customisation.code, Tool.name.label("tool"), Customisation.what,
        Tool.edition, Customisation.version_tested, Customisation.tested_on, Customisation.retest_trigger,
        Person.name.label("owner"), retest_of().label("retest"),
    ).join(Person, Person.id == Customisation.owner_id, isouter=True)
    return _of_projects(wanted, Customisation, projects)


def _of_projects(wanted: Any, model: type[Any], projects: Select[int]) -> Select[Any]:
    joined: Select[Any] = wanted.join(Project, Project.id == model.project_id).join(Tool, Tool.id == model.tool_id)
    return joined.where(model.project_id.in_(projects), model.withdrawn_at.is_(None))


def all_licences(projects: Select[int]) -> Select[Any]:
    """The tools on trial with the end of their licence, once for each of these projects that has them in scope."""
    seen = (
        select(ProjectTool.tool_id, Project.key)
        .join(Project, Project.id == ProjectTool.project_id)
        .where(Project.id.in_(projects))
        .subquery()
    )
    wanted = select(
        Tool.id, Tool.name.label("tool"), Tool.vendor, Tool.trial_ends_on.label("ends_on"),
        Tool.trial_ends_on.label("left"), Person.name.label("owner"), seen.c.key.label("project"),
    )
    joined = wanted.join(seen, seen.c.tool_id == Tool.id, isouter=True).join(Person, Person.id == Tool.owner_id, isouter=True)
    return joined.where(Tool.standing == Standing.TRIAL, Tool.trial_ends_on.is_not(None))


def all_capabilities(projects: Select[int]) -> Select[Any]:
    """Every tool with what it can do; the register of tools belongs to no project."""
    kinds = [
        func.coalesce(func.max(case((Capability.kind == each, Capability.state))), Able.UNKNOWN.value).label(each.value)
        for each in CapabilityKind
    ]
    wanted = select(Tool.id, Tool.name.label("tool"), *kinds)
    return wanted.join(Capability, Capability.tool_id == Tool.id, isouter=True).group_by(Tool.id, Tool.name)
