"""Ways around the rules of audits that do not lead anywhere, and rules that would stand in the way of an honest audit."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.factories.audits import PLAN, a_line, an_agreed_audit, an_audit, an_audit_member, conclude
from tests.factories.checklists import a_checklist, an_answer
from tests.factories.oversight import a_hand_over
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.audits import actions, queries
from workbench.audits.rules import AuditState, MemberRole
from workbench.checklists import actions as checklists
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.projects.models import Project
from workbench.web.refusals import BadValue, Refused

PACK = "iso9001_2015"


@pytest.fixture
def planner(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD, name="Planner", password=PASSWORD)


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.AUDITOR, name="Ada", password=PASSWORD)


@pytest.fixture
def project(planner: Person) -> Project:
    return a_project(by=planner, key="INV-1")


def test_nobody_enters_a_team_as_an_outsider_of_the_same_name(planner: Person, project: Project) -> None:
    audit = an_audit(project, by=planner)
    with pytest.raises(BadValue, match="choose the person"):
        an_audit_member(project, audit, None, by=planner, name="PLANNER")
    assert an_audit_member(project, audit, None, by=planner, name="Somebody Else").person_id is None


def test_planner_does_not_touch_what_was_asked_of_the_auditors(planner: Person, lead: Person, project: Project) -> None:
    an_agreed_audit(project, by=planner, lead=lead, packs=[PACK])
    [started] = queries.checklists_of(queries.audit(project.id, 1))  # type: ignore[arg-type]
    key, manager = started.pack.items[0].key, a_person(name="Paul")
    a_member(project, manager, role=Role.PROJECT_MANAGER)
    a_member(project, lead, functions=[Function.INTERNAL_AUDITOR])
    with pytest.raises(Refused, match="Only the persons of its audit"):
        checklists.assign_items(
            project=project, checklist=started.checklist, item_keys=[key], person=lead, due_on=clock.today(), by=manager
        )
    with pytest.raises(Refused, match="Only the persons of its audit"):
        checklists.judge_items(
            project=project, checklist=started.checklist, verb="accept", item_keys=[key], by=manager
        )


def test_pack_left_out_of_a_later_plan_asks_for_no_answer(planner: Person, lead: Person, project: Project) -> None:
    audit = an_agreed_audit(project, by=planner, lead=lead, packs=[PACK, "iso27001_2022"])
    actions.change_audit(project=project, audit=audit, facts={**PLAN, "packs": [PACK]}, by=planner)
    actions.agree_plan(project=project, audit=audit, told="Billing", told_on=clock.today(), password=PASSWORD, by=lead)
    actions.open_audit(
        project=project, audit=audit, held_at=clock.now(), attendees="Billing", points="", questions="", by=lead
    )
    [kept] = [each for each in queries.checklists_of(audit) if each.checklist.pack_id == PACK]
    assert kept.pack is not None
    an_answer(project, kept.checklist, kept.pack.items[0].key, by=lead)
    conclude(project, audit, lead)
    assert audit.state == AuditState.CONCLUDED


def test_what_an_auditor_does_beside_the_area_is_no_own_work(planner: Person, project: Project) -> None:
    own = a_checklist(project, by=planner, pack=PACK)
    checklists.exclude_clause(
        project=project, checklist=own, clause="8.3", reason="Nothing is designed here.", by=planner
    )
    a_hand_over(project, by=planner)
    found = queries.conflicts(project, [planner.id])[planner.id]
    assert {each.what for each in found} & {"clause_excluded", "work_handed_over"} == set()
    assert [each.count for each in found if each.kind == "answers"] != []  # what was answered with the clause counts as such


def test_plan_changed_meanwhile_is_not_signed_unread(client: Any, planner: Person, lead: Person, project: Project) -> None:
    audit = an_audit(project, by=planner)
    an_audit_member(project, audit, lead, by=planner)
    a_line(project, audit, "agenda", by=planner)
    version, at = audit.version, f"/projects/INV-1/audits/{audit.id}/agree"
    actions.change_audit(project=project, audit=audit, facts={**PLAN, "scope": "Something else."}, by=planner)
    client.sign_in(lead)
    told = {"told": "Billing lead", "told_on": clock.today().isoformat(), "password": PASSWORD}
    refused = client.post(at, {**told, "version": str(version)})
    assert (refused.status_code, PASSWORD in refused.text) == (409, False)
    assert client.post(at, told).status_code == 303


def test_area_weighed_and_programme_described_meanwhile_are_not_overwritten(
    client: Any, planner: Person, project: Project
) -> None:
    client.sign_in(planner)
    at = "/projects/INV-1/audits/area/2026"
    said = {"importance": "4", "planned_month": "12", "note": "", "reason": ""}
    assert client.post(at, said).status_code == 303
    assert client.post(at, {**said, "importance": "2", "version": "1"}).status_code == 303
    assert client.post(at, {**said, "importance": "5", "version": "1"}).status_code == 409
    client.post("/audits/2026/describe", {"objectives": "One.", "risks_and_opportunities": "", "resources": ""})
    client.post("/audits/2026/describe", {"objectives": "Two.", "risks_and_opportunities": "", "resources": ""})
    assert client.post("/audits/2026/approve", {"reason": "Fits.", "version": "1"}).status_code == 409


def test_internal_auditor_of_a_project_reads_the_audits_they_carry_out(
    client: Any, planner: Person, project: Project
) -> None:
    auditor = a_person(role=Role.GUEST, name="Ina", password=PASSWORD)
    a_member(project, auditor, role=Role.GUEST, functions=[Function.INTERNAL_AUDITOR])
    audit = an_audit(project, by=planner)
    an_audit_member(project, audit, auditor, by=planner, role=MemberRole.LEAD)
    client.sign_in(auditor)
    assert client.get(f"/projects/INV-1/audits/{audit.id}").status_code == 200
