"""Tools, connections and limitations, plainly made."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

from tests.factories.people import a_person
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.projects.rules import Layer
from workbench.registers.actions import add_record
from workbench.tools import actions
from workbench.tools.models import Tool
from workbench.tools.registers import CUSTOMISATIONS, LIMITATIONS, PROMISES
from workbench.tools.rules import Sensitivity

_number = itertools.count(1)


def a_tool(*, by: Person | None = None, name: str = "", project: Project | None = None, **facts: Any) -> Tool:
    """A tool with owner, layer and sensitivity, in the scope of `project` where one is given."""
    who = by or a_person(role=Role.QUALITY_LEAD)
    known = {"owner_id": who.id, "layer": Layer.EDITOR, "sensitivity": Sensitivity.INTERNAL, **facts}
    made = actions.add_tool(name=name or f"Tool {next(_number)}", by=who, **known)
    if project is not None:
        actions.put_in_scope(project=project, tool=made, by=who)
    return made


def a_limitation(project: Project, tool: Tool, *, by: Person, **facts: Any) -> Any:
    """A limitation of a tool in scope."""
    known = {
        "statement": "no export of quantities per client", "layer": Layer.RESELLER,
        "first_reported_on": date(2023, 1, 15), "promise": "", **facts,
    }
    return add_record(LIMITATIONS, project=project, facts={"tool_id": tool.id, **known}, by=by)


def a_promise(project: Project, tool: Tool, *, by: Person, **facts: Any) -> Any:
    """A promise of the editor about a tool in scope, without a date or somebody who asks again."""
    known = {"feature": "an export of quantities", "layer": Layer.EDITOR, **facts}
    return add_record(PROMISES, project=project, facts={"tool_id": tool.id, **known}, by=by)


def a_customisation(project: Project, tool: Tool, *, by: Person, **facts: Any) -> Any:
    """Something of our own in a tool in scope, tried with no version yet."""
    known = {"what": "a field for the contract number", "version_tested": "", **facts}
    return add_record(CUSTOMISATIONS, project=project, facts={"tool_id": tool.id, **known}, by=by)
