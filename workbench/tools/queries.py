"""Named reads about tools, their connections, their limitations and the projects that touch them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from workbench.database import db
from workbench.tools.models import Limitation, ProjectTool, Tool, ToolConnection
from workbench.tools.rules import Standing
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
    """What the project's tools cannot do, with each tool, in the order of the codes."""
    wanted = select(Limitation).options(joinedload(Limitation.tool)).where(Limitation.project_id == project_id)
    return db.session.scalars(wanted.order_by(Limitation.id)).all()


def limitation(project_id: int, limitation_id: int) -> Limitation | None:
    """One limitation of this project."""
    return db.session.scalar(
        select(Limitation).where(Limitation.project_id == project_id, Limitation.id == limitation_id)
    )


def limitation_codes(project_id: int, tool_id: int) -> Sequence[str]:
    """The codes of the limitations that a project records for a tool."""
    wanted = select(Limitation.code).where(Limitation.project_id == project_id, Limitation.tool_id == tool_id)
    return db.session.scalars(wanted.order_by(Limitation.id)).all()
