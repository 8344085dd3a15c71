"""A checklist taken over into another wording: what is switched off stays so, and a closed one is not begun again."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.standards import a_body, an_edition
from workbench.checklists import actions, queries
from workbench.checklists.rules import AnswerState
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trail.queries import verify
from workbench.web.refusals import Refused
from workbench.web.transactions import commit

SECOND = b'\n[[clauses]]\nref = "2"\nkind = "chapter"\ntitle.en = "Selling"\nbearing = true\n'


def body(version: str, questions: int) -> bytes:
    """Two clauses: the questions of the first, and one of the second."""
    head, _mark, items = a_body(version=version, questions=questions).partition(b"\n[[items]]")
    last = b'\n[[items]]\nkey = "2-1"\nclause = "2"\nquestion.en = "Is it sold?"\n'
    return head + SECOND + b"\n[[items]]" + items + last


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead)


def test_clause_switched_off_stays_off_and_gives_back_what_was_said(lead: Person, project: Project, home: Path) -> None:
    an_edition(by=lead, body=body("1.0", 2))
    old = a_checklist(project, by=lead, pack="our_rules")
    an_answer(project, old, "1-1", by=lead, state=AnswerState.MINOR)
    actions.exclude_clause(project=project, checklist=old, clause="1", reason="Nothing is bought here.", by=lead)
    an_edition(by=lead, body=body("1.1", 3))
    made = actions.upgrade_checklist(project=project, pack_id="our_rules", by=lead)
    assert (made.excluded, made.counts, queries.counted(made)) == (
        {"1": "Nothing is bought here."},
        {**dict.fromkeys(made.counts, 0), "not_applicable": 3, "not_checked": 1}, made.counts,
    )
    with pytest.raises(Refused, match="switched off"):
        an_answer(project, made, "1-3", by=lead)
    actions.include_clause(project=project, checklist=made, clause="1", by=lead)
    said = {key: (row.state, row.note) for key, row in queries.stored_answers(made.id, ["1-1", "1-2", "1-3"]).items()}
    assert said == {"1-1": ("minor", "Seen on site."), "1-2": ("not_checked", ""), "1-3": ("not_checked", "")}
    assert queries.counted(made) == made.counts
    commit()
    assert verify(home / "keys").faults == ()


def test_checklist_that_a_later_edition_closed_is_not_begun_again(lead: Person, project: Project) -> None:
    an_edition(by=lead, body=body("1.0", 2))
    old = a_checklist(project, by=lead, pack="our_rules")
    actions.close_checklists(project=project, occasion="", by=lead)
    an_edition(by=lead, body=body("1.1", 3))
    with pytest.raises(Refused, match="closed"):
        actions.upgrade_checklist(project=project, pack_id="our_rules", by=lead)
    assert [each.checklist.id for each in queries.checklists_of_project(project.id)] == [old.id]
