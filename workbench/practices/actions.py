"""What happens to a work instruction: writing it and revising it."""

from __future__ import annotations

from workbench.database import db
from workbench.people.models import Person
from workbench.practices.models import WorkInstruction
from workbench.projects.models import Project
from workbench.projects.queries import next_code
from workbench.trail.actions import record


def write_instruction(*, project: Project, title: str, by: Person, role: str = "", body: str = "") -> WorkInstruction:
    """Write how one role does the new practice; it gets the next code (WI-1 …) and is edition 1."""
    facts = {"title": title, "role": role, "body": body}
    code = next_code("work_instruction", project.id, "WI-")
    made = WorkInstruction(project_id=project.id, code=code, edition=1, **facts)
    db.session.add(made)
    record("instruction_written", made, by=by, project=project.key, after={"code": code, "edition": 1, **facts})
    return made


def revise_instruction(
    *, project: Project, instruction: WorkInstruction, title: str, role: str, body: str, by: Person
) -> None:
    """Publish a new edition of a work instruction; the trail keeps the text of the one before."""
    new = {"title": title, "role": role, "body": body, "edition": instruction.edition + 1}
    old = {name: getattr(instruction, name) for name in new}
    for name, value in new.items():
        setattr(instruction, name, value)
    after = {"code": instruction.code, **new}
    record("instruction_revised", instruction, by=by, project=project.key, before=old, after=after)
