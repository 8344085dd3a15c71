"""The self-audit: each standing check is red on what was made for it and green once it is mended."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.audits import an_audit, an_audit_member
from tests.factories.changes import a_whole_request, submitted, two_approvers
from tests.factories.changes import an_answer as an_approval
from tests.factories.checklists import a_checklist, a_recurrence, an_answer
from tests.factories.evidence import a_link
from tests.factories.findings import a_cause, a_check, a_finding, a_finding_action, done, later
from tests.factories.inquiry import a_need
from tests.factories.lifecycle import a_decision, a_sponsor
from tests.factories.people import a_member, a_person
from tests.factories.practices import a_practice_record
from tests.factories.projects import a_project
from tests.factories.risks import a_risk
from tests.factories.tools import a_limitation, a_promise, a_tool
from workbench import clock
from workbench.audits import actions as auditing
from workbench.audits.rules import MemberRole
from workbench.checklists import actions as answering
from workbench.checklists.models import Checklist, Exclusion
from workbench.checklists.rules import AnswerState
from workbench.database import db
from workbench.evidence import actions as evidence
from workbench.findings import actions as curing
from workbench.findings.models import Finding
from workbench.findings.rules import ActionKind
from workbench.lifecycle.models import DecisionCondition, Waiver
from workbench.lifecycle.rules import Outcome
from workbench.oversight import checks
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.practices.models import Question
from workbench.projects.models import Project
from workbench.tools.models import Limitation
from workbench.tools.rules import Standing

NINE = "iso9001_2015"


@pytest.fixture
def project(app: Flask) -> Project:
    return a_project(key="INV-1")


@pytest.fixture
def lead(app: Flask, project: Project) -> Person:
    person = a_person(role=Role.QUALITY_LEAD, name="Lea Lead")
    a_member(project, person)
    return person


def found(name: str, key: str = "INV-1") -> list[tuple[str, str, str]]:
    """(code, note, value) of the rows of one check of a project, as nobody in particular sees them."""
    db.session.flush()
    result = checks.run(checks.CHECKS[name], checks.scope_of(None, key))
    assert result.count == len(result.rows)
    return [(row.code, row.note, row.value) for row in result.rows]


def test_checks_of_proof_tell_what_stands_on_nothing(project: Project, lead: Person) -> None:
    checklist, today = a_checklist(project, by=lead, pack=NINE), clock.today()
    an_answer(project, checklist, "8.5.6-1", by=lead)
    assert found("conform_bare") == [("8.5.6-1", "state", "conform")]
    piece = a_link(project, by=lead, valid_until=today + timedelta(days=5))
    answering.attach_evidence(project=project, checklist=checklist, item_key="8.5.6-1", evidence=piece, by=lead)
    assert (found("conform_bare"), found("evidence_ends")) == ([], [(piece.code, "days_left", "5")])
    with later(8):
        assert found("evidence_expired") == [(piece.code, "days_late", "3")]
        assert found("conform_bare") == [("8.5.6-1", "state", "conform")]
    evidence.withdraw(project=project, evidence=piece, reason="Replaced.", by=lead)
    assert (found("evidence_ends"), found("evidence_expired")) == ([], [])
    an_answer(project, checklist, "8.5.6-1", by=lead, state=AnswerState.MINOR)
    assert (found("conform_bare"), found("nonconform_unraised")) == ([], [("8.5.6-1", "state", "minor")])
    a_finding(project, by=lead, checklist_id=checklist.id, item_key="8.5.6-1")
    assert (found("nonconform_unraised"), found("answer_old")) == ([], [])
    with later(370):
        assert found("answer_old") == [("8.5.6-1", "state", "minor")]
        checklist.closed_at = clock.now()
        assert found("answer_old") == []


def test_checks_of_asking_tell_what_did_not_come(project: Project, lead: Person) -> None:
    checklist, today = a_checklist(project, by=lead, pack="iso20000_1_2018"), clock.today()
    assert (found("edition_old"), found("item_overdue"), found("run_missing")) == ([], [], [])
    older = a_checklist(project, by=lead, pack=NINE)
    assert found("edition_old") == [("", "edition_next", "iso9001_2026")]
    older.closed_at = clock.now()
    assert found("edition_old") == []
    answering.assign_items(
        project=project, checklist=checklist, item_keys=["4.1-1"], person=lead, due_on=today + timedelta(days=3), by=lead
    )
    run = a_recurrence(project, by=lead, starts_on=today + timedelta(days=2), unit="weeks", every=4)
    with later(4):
        assert found("item_overdue") == [("4.1-1", "owner", "Lea Lead")]
        assert found("run_missing") == [(run.code, "days_late", "2")]
        answering.start_due_checklists(clock.today())
        assert found("run_missing") == []
    checklist.pack_digest = "0" * 64
    assert [row[1] for row in found("edition_old")] == ["edition_newer"]


def test_check_of_exclusions_asks_for_a_reason_and_a_look_each_year(project: Project, lead: Person) -> None:
    checklist = a_checklist(project, by=lead, pack=NINE)
    made = answering.exclude_clause(
        project=project, checklist=checklist, clause="8.3", reason="Nothing is designed here.", by=lead
    )
    assert found("exclusion_weak") == []
    with later(370):
        assert found("exclusion_weak") == [("8.3", "excluded", NINE)]
    made.reason = "short"
    assert found("exclusion_weak") == [("8.3", "unreasoned", NINE)]
    answering.include_clause(project=project, checklist=checklist, clause="8.3", by=lead)
    assert (found("exclusion_weak"), db.session.get_one(Exclusion, made.id).ended_at is None) == ([], False)


def test_checks_of_deciding_tell_what_is_owed(project: Project, lead: Person, tmp_path: Path) -> None:
    sponsor, today = a_sponsor(project), clock.today()
    checklist = a_checklist(project, by=lead)
    decision = a_decision(project, 1, by=sponsor, keys=tmp_path, outcome=Outcome.HOLD)
    db.session.add(
        DecisionCondition(
            decision_id=decision.id, project_id=project.id, step=1, text="Show the map.", owner_id=lead.id,
            due_on=today - timedelta(days=2),
        )
    )
    waiver = Waiver(
        project_id=project.id, step=1, condition_key="item:G1-01", reason="The map comes later.", risk_accepted="A gap.",
        ends_on=today + timedelta(days=4), granted_at=clock.now(), granted_by_id=sponsor.id,
    )
    db.session.add(waiver)
    assert found("condition_overdue") == [("D-1", "days_late", "2")]
    assert (found("waiver_ends"), found("waiver_ended")) == ([("G1-01", "days_left", "4")], [])
    with later(5):
        assert (found("waiver_ends"), found("waiver_ended")) == ([], [("G1-01", "days_late", "1")])
        an_answer(project, checklist, "G1-01", by=lead)
        assert found("waiver_ended") == []
        waiver = Waiver(
            project_id=project.id, step=1, condition_key="layer_heard:reseller", reason="At the fair.", risk_accepted="A gap.",
            ends_on=today, granted_at=clock.now(), granted_by_id=sponsor.id,
        )
        db.session.add(waiver)
        assert found("waiver_ended") == [("G1", "days_late", "5")]
        project.current_step = 2
        assert found("waiver_ended") == []
    risk = a_risk(project, by=lead, likelihood=4, impact=4, measures="")
    assert found("risk_untreated") == [(risk.code, "level", "critical")]
    risk.measures = "Ask for the file a week before."
    assert found("risk_untreated") == []


def test_check_of_approvals_names_who_is_waited_for(project: Project, lead: Person, tmp_path: Path) -> None:
    owner, technical = two_approvers(project)
    request = submitted(project, a_whole_request(project, by=lead, home=tmp_path), [owner, technical], by=lead)
    assert found("approval_waiting") == []
    with later(16):
        waits = [(request.code, "name", "Olga Owner"), (request.code, "name", "Tom Tech")]
        assert found("approval_waiting") == waits
        an_approval(project, request, by=owner)
        assert found("approval_waiting") == waits[1:]


def test_checks_of_curing_follow_a_finding_from_its_raising_to_its_closing(project: Project, lead: Person) -> None:
    row: Finding = a_finding(project, by=lead)
    assert found("finding_ownerless") == [("F-1", "kind", "minor")]
    row.owner_id, row.due_on = lead.id, clock.today() + timedelta(days=20)
    assert (found("finding_ownerless"), found("cause_missing"), found("finding_overdue")) == ([], [], [])
    action = a_finding_action(project, row, by=lead)
    with later(21):
        assert found("action_overdue") == [("F-1.1", "owner", "Lea Lead")]
        assert found("cause_missing") == [("F-1", "days_open", "21")]
        assert found("finding_overdue") == [("F-1", "days_late", "1")]
        done(project, row, action, by=lead)
        a_cause(project, row, by=lead)
        assert (found("action_overdue"), found("cause_missing")) == ([], [])
        done(project, row, a_finding_action(project, row, by=lead, kind=ActionKind.CORRECTIVE), by=lead)
        assert found("check_due") == []
    with later(60):
        assert found("check_due") == [("F-1", "days_late", "9")]
        judge = a_person(role=Role.AUDITOR)
        a_check(project, row, by=judge)
        curing.close_finding(project=project, finding=row, by=judge)
        assert (found("check_due"), found("finding_overdue")) == ([], [])
        curing.reopen_finding(project=project, finding=row, reason="It came back.", by=judge)
        assert found("cause_missing") == []
    with later(75):
        assert found("cause_missing") == [("F-1", "days_open", "15")]


def test_checks_of_auditing_find_own_work_and_areas_left_out(project: Project, lead: Person) -> None:
    today = clock.today()
    auditing.set_area(project=project, year=today.year, importance=5, planned_month=6, note="", by=lead)
    assert found("area_unaudited") == [("", "importance", "5")]
    days = {"planned_from": today, "planned_to": today + timedelta(days=1)}
    audit = an_audit(project, by=lead, **days)
    assert (found("area_unaudited"), found("audit_late")) == ([], [])
    with later(3):
        assert found("audit_late") == [(audit.number, "audit", "planned")]
    clean, busy = a_person(role=Role.AUDITOR, name="Ada Auditor"), a_person(role=Role.AUDITOR, name="Bo Busy")
    an_audit_member(project, audit, clean, by=lead)
    member = an_audit_member(project, audit, busy, by=lead, role=MemberRole.AUDITOR)
    assert found("own_work") == []
    an_answer(project, a_checklist(project, by=lead, pack=NINE), "4.1-1", by=busy)
    assert found("own_work") == [(audit.number, "answered_there", "Bo Busy")]
    auditing.remove_member(project=project, audit=audit, member=member, reason="Answered there.", by=lead)
    assert found("own_work") == []
    a_need(project, by=clean)
    assert found("own_work") == [(audit.number, "worked_there", "Ada Auditor")]
    audit.period_to = today - timedelta(days=1)
    assert found("own_work") == []
    a_member(project, clean)
    assert found("own_work") == [(audit.number, "works_there", "Ada Auditor")]


def test_checks_of_standing_find_what_was_forgotten(project: Project, lead: Person) -> None:
    today = clock.today()
    tool = a_tool(by=lead, project=project, name="Meter", standing=Standing.TRIAL, trial_ends_on=today + timedelta(days=9))
    limitation: Limitation = a_limitation(project, tool, by=lead, first_reported_on=today - timedelta(days=400))
    promise = a_promise(project, tool, by=lead, due_on=today - timedelta(days=1))
    question: Question = a_practice_record(project, "questions", by=lead, asked_on=today - timedelta(days=20))
    assert found("licence_ends") == [("", "days_left", "9")]
    assert found("limitation_undecided") == [(limitation.code, "days_known", "400")]
    assert found("promise_late") == [(promise.code, "days_late", "1")]
    assert found("question_unanswered") == [(question.code, "days_open", "20")]
    tool.standing, limitation.decision, promise.state, question.answered_on = Standing.LIVE, "wait", "kept", today
    names = ("licence_ends", "limitation_undecided", "promise_late", "question_unanswered")
    assert [found(name) for name in names] == [[], [], [], []]


def test_check_of_those_who_left_counts_what_they_hold_on_each_project(project: Project, lead: Person) -> None:
    claire, other = a_person(name="Claire"), a_project(key="INV-2")
    a_member(project, claire)
    a_member(other, claire, functions=[Function.PROCESS_OWNER])
    a_risk(project, by=lead, owner_id=claire.id)
    a_risk(project, by=lead, owner_id=claire.id)
    a_tool(by=lead, name="Meter", owner_id=claire.id)
    assert found("left_with_work", "") == []
    claire.active = False
    assert (found("left_with_work"), found("left_with_work", "INV-2")) == ([("", "holds", "2")], [("", "holds", "1")])
    whole = checks.run(checks.CHECKS["left_with_work"], checks.scope_of(None))
    assert [(row.project, row.text, row.value) for row in whole.rows] == [
        ("", "Claire", "1"), ("INV-1", "Claire", "2"), ("INV-2", "Claire", "1")
    ]


def test_stopped_project_is_not_looked_at(project: Project, lead: Person) -> None:
    a_finding(project, by=lead)
    assert found("finding_ownerless", "") == [("F-1", "kind", "minor")]
    project.state = "stopped"
    assert found("finding_ownerless", "") == []
    assert db.session.get(Checklist, 1) is None
