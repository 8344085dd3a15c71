"""Writing and revising a work instruction."""

from __future__ import annotations

from flask import Flask

from tests.factories.people import a_person
from tests.factories.practices import an_instruction
from tests.factories.projects import a_project
from workbench.people.rules import Role
from workbench.practices import actions
from workbench.trail.queries import history


def test_write_instruction_is_edition_one(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    rows = [an_instruction(project, by=lead) for _ in range(2)]
    (event,) = history("work_instruction", rows[0].id)
    assert [(each.code, each.edition) for each in rows] == [("WI-1", 1), ("WI-2", 1)]
    assert (event.act, event.project, event.new["edition"]) == ("instruction_written", project.key, 1)


def test_revise_instruction_raises_the_edition_and_keeps_the_old_text(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    row = an_instruction(project, by=lead, body="old text")
    actions.revise_instruction(project=project, instruction=row, title=row.title, role=row.role, body="new text", by=lead)
    event = history("work_instruction", row.id)[-1]
    assert (row.edition, event.act, event.old["body"], event.old["edition"], event.new["body"], event.new["edition"]) == (
        2, "instruction_revised", "old text", 1, "new text", 2,
    )
