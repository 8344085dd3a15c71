"""Requests for change, plainly made."""

from __future__ import annotations

from typing import Any

from workbench.changes import actions
from workbench.changes.models import RequestForChange
from workbench.people.models import Person
from workbench.projects.models import Project


def a_request_for_change(project: Project, *, by: Person, **facts: Any) -> RequestForChange:
    """A drafted request for change."""
    return actions.draft_request(project=project, by=by, **{"title": "Bill from the mapping", **facts})
