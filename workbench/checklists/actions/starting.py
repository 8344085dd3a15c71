"""The checklists of one occasion, such as an audit: who alone may answer them, and closing them for good."""

from __future__ import annotations

from collections.abc import Sequence

from workbench import clock
from workbench.checklists import queries
from workbench.checklists.models import Checklist
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record


def reserve_checklists(*, project: Project, occasion: str, reserved_for: Sequence[int], by: Person) -> list[Checklist]:
    """Say anew who alone may answer the checklists of an occasion; closed ones stay as they are."""
    persons = sorted(set(reserved_for))
    changed = []
    for each in queries.checklists_of_occasion(project.id, occasion):
        if each.closed_at is None and each.reserved_for != persons:
            before, each.reserved_for = {"reserved_for": each.reserved_for}, persons
            record(
                "checklist_reserved", each, by=by, project=project.key, before=before, after={"reserved_for": persons}
            )
            changed.append(each)
    return changed


def close_checklists(*, project: Project, occasion: str, by: Person) -> list[Checklist]:
    """Close every checklist of an occasion: nothing is answered in it any more."""
    closed = [each for each in queries.checklists_of_occasion(project.id, occasion) if each.closed_at is None]
    for each in closed:
        each.closed_at = clock.now()
        record("checklist_closed", each, by=by, project=project.key, after={"occasion": occasion})
    return closed
