"""Ways forward, scores, hypotheses and meetings, plainly made."""

from __future__ import annotations

from datetime import date
from typing import Any

from workbench.paths import actions
from workbench.paths.models import Hypothesis, Meeting, Path
from workbench.paths.registers import HYPOTHESES, MEETINGS
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.registers.actions import add_record


def a_path(project: Project, *, by: Person, **facts: Any) -> Path:
    """An open path; before the first one of a project comes the present way, P0."""
    return actions.describe_path(project=project, by=by, **{"name": "Import the export each month", **facts})


def a_hypothesis(project: Project, *, by: Person, **facts: Any) -> Hypothesis:
    """A hypothesis that nobody has tried."""
    known = {
        "statement": "a month is explained in an hour", "success_measure": "minutes for January", "expected": "60 or less",
        "need_id": None, "capability": "", **facts,
    }
    made: Hypothesis = add_record(HYPOTHESES, project=project, facts=known, by=by)
    return made


def a_meeting(project: Project, *, by: Person, **facts: Any) -> Meeting:
    """A meeting to decide, with all three hubs."""
    known = {
        "purpose": "decision", "held_on": date(2025, 4, 1), "hubs": ["administration", "technical", "sales"],
        "attendees": "head of billing", "minutes": "", "brought_up": "", "evidence_id": None, **facts,
    }
    made: Meeting = add_record(MEETINGS, project=project, facts=known, by=by)
    return made
