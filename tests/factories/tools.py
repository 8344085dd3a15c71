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
from workbench.tools import actions
from workbench.tools.models import Limitation, Tool
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


def a_limitation(project: Project, tool: Tool, *, by: Person, **facts: Any) -> Limitation:
    """A limitation of a tool in scope."""
    known = {
        "statement": "no export of quantities per client", "layer": Layer.RESELLER,
        "first_reported_on": date(2023, 1, 15), **facts,
    }
    return actions.report_limitation(project=project, tool=tool, by=by, **known)
