"""Work instructions, plainly made."""

from __future__ import annotations

from typing import Any

from workbench.people.models import Person
from workbench.practices import actions
from workbench.practices.models import WorkInstruction
from workbench.projects.models import Project


def an_instruction(project: Project, *, by: Person, **facts: Any) -> WorkInstruction:
    """Edition 1 of a work instruction."""
    known = {"title": "Monthly invoices", "role": "billing clerk", "body": "Fetch the export.\nRun the mapping.", **facts}
    return actions.write_instruction(project=project, by=by, **known)
