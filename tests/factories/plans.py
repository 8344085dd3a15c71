"""Promotion plans of runs of mappings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trials.actions.plans import make_plan
from workbench.trials.models import MappingRun, PromotionPlan
from workbench.trials.rules.plans import Choice


def a_plan(project: Project, run: MappingRun, *, by: Person, home: Path, **choice: Any) -> PromotionPlan:
    """A plan of every row of the run's first target that may enter, or of what `choice` says."""
    chosen = Choice(**choice) if choice else Choice(only=(("table", run.result["details"]["targets"][0]["table"]),))
    return make_plan(project=project, run=run, title="January", choice=chosen, home=home, by=by)
