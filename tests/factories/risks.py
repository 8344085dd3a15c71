"""Risks, plainly made."""

from __future__ import annotations

from typing import Any

from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.registers.actions import add_record
from workbench.risks.registers import RISKS


def a_risk(project: Project, *, by: Person, likelihood: int = 2, impact: int = 2, **facts: Any) -> Any:
    """A risk rated low unless said otherwise."""
    known = {"statement": "the file comes late", "likelihood": likelihood, "impact": impact, "treatment": "reduce", **facts}
    return add_record(RISKS, project=project, facts=known, by=by)
