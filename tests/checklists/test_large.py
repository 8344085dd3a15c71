"""A checklist of a thousand questions with five thousand links to evidence asks the database as often as one of twenty."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from flask import Flask
from sqlalchemy import func, select

from tests.conftest import Inspector
from tests.factories.checklists import a_checklist
from tests.factories.evidence import a_link
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.standards import a_body, an_edition
from workbench.checklists import actions
from workbench.checklists.models import AnswerEvidence, Checklist
from workbench.checklists.rules import AnswerState
from workbench.database import db
from workbench.people.models import Person
from workbench.people.queries import rights_on
from workbench.people.rules import Role

Counter = Callable[[], AbstractContextManager[list[str]]]
PIECES = 5


def a_large_checklist(key: str, lead: Person, questions: int) -> Checklist:
    """Every question answered and proven by five pieces of evidence."""
    project = a_project(key=key)
    a_member(project, lead)
    pack_id = f"large_{questions}"
    an_edition(by=lead, body=a_body(pack_id, questions=questions))
    checklist = a_checklist(project, by=lead, pack=pack_id)
    keys = [f"1-{number}" for number in range(1, questions + 1)]
    rights = rights_on(lead, key)
    assert rights is not None
    told = {"project": project, "checklist": checklist, "by": lead, "rights": rights}
    actions.answer_items(seen=dict.fromkeys(keys), state=AnswerState.CONFORM, note="", **told)
    for _number in range(PIECES):
        actions.attach_to_items(item_keys=keys, evidence=a_link(project, by=lead), **told)
    return checklist


def test_thousand_questions_take_as_many_queries_as_twenty(app: Flask, client: Inspector, count_queries: Counter) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    asked = {}
    for questions in (20, 1000):
        checklist = a_large_checklist(f"BIG-{questions}", lead, questions)
        base = f"/projects/BIG-{questions}/checklists/{checklist.id}"
        client.sign_in(lead)
        client.get(base)  # reads the pack, once for the process
        counts = []
        for path in (base, f"{base}?page=2", f"{base}?state=conform&q=point"):
            with count_queries() as seen:
                page = client.get(path)
            assert (page.status_code, len(page.data) < 60_000, page.text.count("data-answer") > 5) == (200, True, True)
            counts.append(len(seen))
        form = {"state": "minor", "note": "One sample of three.", "version": "1"}
        keys = client.keys()
        with count_queries() as seen:
            assert client.post(f"{base}/items/1-7", form, keys=keys).status_code == 303
        asked[questions] = [*counts, len(seen)]
    links = db.session.scalar(select(func.count()).select_from(AnswerEvidence))
    assert (asked[1000], links) == (asked[20], PIECES * 1020)
