"""Ways forward, plainly made."""

from __future__ import annotations

from typing import Any

from workbench.paths import actions
from workbench.paths.models import Path
from workbench.people.models import Person
from workbench.projects.models import Project


def a_path(project: Project, *, by: Person, **facts: Any) -> Path:
    """An open path."""
    return actions.describe_path(project=project, by=by, **{"name": "Import the export each month", **facts})
