"""Projects, plainly made."""

from __future__ import annotations

import itertools

from tests.factories.people import a_person
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.actions import open_project
from workbench.projects.models import Project

_number = itertools.count(100)


def a_project(*, by: Person | None = None, key: str = "", name: str = "Supplier usage to client invoices") -> Project:
    """A project at step 1, opened by a quality lead unless somebody else is given."""
    return open_project(key=key or f"INV-{next(_number)}", name=name, by=by or a_person(role=Role.QUALITY_LEAD))
