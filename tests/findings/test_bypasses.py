"""Ways around the rules of findings that do not lead anywhere: days put back, owners changed, lines of others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.findings import a_cause, a_check, a_finding, a_finding_action, a_treated_finding, done, later
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.standards import a_body, an_edition
from workbench import clock
from workbench.checklists import actions as checklists
from workbench.checklists.rules import AnswerState
from workbench.desk.waiting import Kind
from workbench.desk.work import tasks_of
from workbench.findings import actions, queries
from workbench.findings.rules import ActionKind, FindingState, Verdict
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.web.refusals import BadValue, Refused


@pytest.fixture(autouse=True)
def held(app: Flask) -> Any:
    clock.fix(datetime(2026, 2, 10, 9, tzinfo=UTC))
    yield
    clock.fix(None)


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def auditor(app: Flask) -> Person:
    return a_person(role=Role.AUDITOR)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def test_action_is_not_done_before_its_round_began(lead: Person, auditor: Person, project: Project) -> None:
    row = a_treated_finding(project, by=lead)
    with later(40):
        a_check(project, row, by=auditor, verdict=Verdict.NOT_EFFECTIVE, score=10)
        again = a_finding_action(project, row, by=lead, kind=ActionKind.CORRECTIVE)
        with pytest.raises(BadValue, match="opened again or sent back"):
            actions.finish_action(
                project=project, finding=row, action=again, done_on=clock.today() - timedelta(days=1), by=lead
            )
        done(project, row, again, by=lead)
        assert row.check_due_on == clock.today() + timedelta(days=30)


def test_reopened_finding_waits_anew_for_its_judgement(lead: Person, auditor: Person, project: Project) -> None:
    row = a_treated_finding(project, by=lead)
    with later(40):
        a_check(project, row, by=auditor)
        actions.close_finding(project=project, finding=row, by=auditor)
    with later(100):
        actions.reopen_finding(project=project, finding=row, reason="It is back.", by=auditor)
        correction = a_finding_action(project, row, by=lead)
        with pytest.raises(BadValue, match="opened again or sent back"):
            actions.finish_action(
                project=project, finding=row, action=correction, done_on=clock.today() - timedelta(days=60), by=lead
            )
        done(project, row, correction, by=lead)
        a_cause(project, row, by=lead)
        done(project, row, a_finding_action(project, row, by=lead, kind=ActionKind.CORRECTIVE), by=lead)
        assert (row.state, row.check_due_on) == (FindingState.ACTED, clock.today() + timedelta(days=30))


def test_owner_while_it_was_treated_does_not_judge_after_giving_it_away(
    lead: Person, auditor: Person, project: Project
) -> None:
    row, worker = a_finding(project, by=lead, owner_id=auditor.id), a_person()
    a_member(project, worker)
    done(project, row, a_finding_action(project, row, by=worker), by=worker)
    a_cause(project, row, by=worker)
    done(project, row, a_finding_action(project, row, by=worker, kind=ActionKind.CORRECTIVE), by=worker)
    actions.change_finding(project=project, finding=row, facts={"owner_id": lead.id}, by=worker)
    with later(40):
        assert tasks_of(auditor)[Kind.CHECK] == []
        with pytest.raises(Refused, match="no part"):
            a_check(project, row, by=auditor)


def test_finding_is_raised_on_a_line_by_those_it_is_kept_to(lead: Person, auditor: Person, project: Project) -> None:
    kept = checklists.start_checklist(
        project=project, pack_id="iso9001_2015", by=lead, occasion="A-2026-01", reserved_for=[auditor.id]
    )
    with pytest.raises(Refused, match="Only the persons of its audit"):
        a_finding(project, by=lead, checklist_id=kept.id, item_key="4.1-1")
    assert a_finding(project, by=auditor, checklist_id=kept.id, item_key="4.1-1").checklist_id == kept.id
    checklists.close_checklists(project=project, occasion="A-2026-01", by=lead)
    with pytest.raises(Refused, match="closed"):
        a_finding(project, by=auditor, checklist_id=kept.id, item_key="4.1-1")


def test_line_is_quoted_as_it_was_asked(client: Any, lead: Person, project: Project) -> None:
    an_edition(by=lead)
    checklist = a_checklist(project, by=lead, pack="our_rules")
    an_answer(project, checklist, "1-1", by=lead, state=AnswerState.MINOR)
    an_edition(by=lead, body=a_body(version="1.1", first="Is it signed?"))
    found = queries.criterion(project.id, checklist.id, "1-1", "en")
    assert found is not None
    assert found.requirement == "Our rules, 1: Is it written down?"


def test_line_with_a_long_key_can_be_found_wanting(client: Any, lead: Person, project: Project) -> None:
    ref = "A" * 50
    an_edition(by=lead, body=a_body().replace(b'ref = "1"', f'ref = "{ref}"'.encode()).replace(
        b'clause = "1"', f'clause = "{ref}"'.encode()).replace(b'key = "1-', f'key = "{ref}-'.encode()))
    checklist = a_checklist(project, by=lead, pack="our_rules")
    client.sign_in(lead)
    page = client.get(f"/projects/INV-1/findings/new?checklist={checklist.id}&item={ref}-1")
    assert (page.status_code, "Is it written down?" in page.text) == (200, True)
    shown = client.get(f"/projects/INV-1/checklists/{checklist.id}?chapter={ref}")
    assert "Is it written down?" in shown.text
