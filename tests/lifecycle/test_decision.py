"""A decision read later: what it was taken on stays, and what changed since is told, with whether it weighs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import text as sql

from tests.conftest import Inspector
from tests.factories.evidence import a_link
from tests.factories.lifecycle import a_decision
from tests.lifecycle.asking import TODAY, answer, gate
from workbench import clock
from workbench.checklists.actions import attach_evidence, detach_evidence
from workbench.checklists.queries import gates_checklist, step_answers
from workbench.checklists.rules import AnswerState
from workbench.database import db
from workbench.evidence.queries import evidence_in
from workbench.lifecycle import queries
from workbench.lifecycle.actions import Asked, write_artefact
from workbench.lifecycle.artefacts.swot import Swot
from workbench.lifecycle.gates import Since, since
from workbench.lifecycle.models import GateDecision
from workbench.lifecycle.queries import Altered, altered
from workbench.lifecycle.rules import Outcome
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.trail.queries import history
from workbench.web.transactions import commit

Ready = tuple[Project, Person, Person]


@pytest.fixture
def made(ready: Ready, keys: Path) -> GateDecision:
    project, _contributor, sponsor = ready
    decision = a_decision(project, 1, by=sponsor, keys=keys)
    commit()
    return decision


def later(project: Project, decision: GateDecision) -> Since:
    return since(decision.snapshot, gate(project))


def test_nothing_differs_just_after_the_decision(ready: Ready, made: GateDecision) -> None:
    found = later(ready[0], made)
    assert (found.later, found.criteria, found.needs_approval) == ((), {}, False)


def test_answer_changed_afterwards_asks_for_another_approval(ready: Ready, made: GateDecision) -> None:
    project, contributor, _sponsor = ready
    answer(project, "G1-01", AnswerState.PARTLY, by=contributor)
    found = later(project, made)
    assert [(each.what, each.then, each.now, each.weighs) for each in found.later] == [
        ("G1-01", "pass", "fail", True), ("G1-01", "conform", "partly", True),
    ]
    assert (found.criteria, found.needs_approval) == ({"item:G1-01": "fail"}, True)


def test_note_alone_is_for_information(ready: Ready, made: GateDecision) -> None:
    project, contributor, _sponsor = ready
    answer(project, "G1-01", AnswerState.CONFORM, by=contributor, note="seen again")
    assert [(each.what, each.weighs) for each in later(project, made).later] == [("G1-01", False)]


def test_evidence_added_is_for_information_and_taken_away_weighs(ready: Ready, made: GateDecision) -> None:
    project, contributor, _sponsor = ready
    checklist = gates_checklist(project.id)
    assert checklist is not None
    proof = a_link(project, by=contributor)
    attach_evidence(project=project, checklist=checklist, item_key="G1-01", evidence=proof, by=contributor)
    assert [(each.what, each.weighs) for each in later(project, made).later] == [(f"G1-01 {proof.code}", False)]
    first = step_answers(project.id, 1)[0].evidence[0]
    kept = evidence_in(project.id, first.id)
    assert kept is not None
    detach_evidence(project=project, checklist=checklist, item_key="G1-01", evidence=kept, by=contributor)
    assert later(project, made).needs_approval is True


def test_page_lists_what_came_after_and_says_so(client: Inspector, ready: Ready, made: GateDecision) -> None:
    project, contributor, _sponsor = ready
    address = f"/projects/{project.key}/decisions/{made.number}"
    client.sign_in(contributor)
    before = client.get(address).text
    assert ("needs re-approval" in before, "After the decision" in before) == (False, False)
    entry = ({"statement": "calm", "evidence": "E-1"},)
    write_artefact(project=project, artefact=Swot(strengths=entry), by=contributor)
    answer(project, "G1-01", AnswerState.PARTLY, by=contributor)
    commit()
    page = client.get(address).text
    for text in ("needs re-approval", "After the decision", "document of a step written", "item answered", ">SWOT<"):
        assert text in page
    assert made.snapshot_sha256 in page
    assert "the snapshot is as it was signed" in page


def test_passed_gate_does_not_fail_for_who_answered_an_item_of_it(client: Inspector, ready: Ready, made: GateDecision) -> None:
    project, contributor, _sponsor = ready
    contributor.role = Role.QUALITY_LEAD  # who decides gates, and answered the items of this one before
    record("role_changed", contributor, by=contributor)
    commit()
    page = client.sign_in(contributor).get(f"/projects/{project.key}/steps/1/gate").text
    assert ("Every mandatory criterion is met." in page, "so somebody else decides" in page) == (True, False)


def test_overdue_conditions_are_told_with_their_days_in_words(app: Flask, ready: Ready, keys: Path) -> None:
    project, contributor, sponsor = ready
    asked = [Asked(name, contributor.id, TODAY + timedelta(days=1)) for name in ("name the owner", "ask the editor")]
    a_decision(project, 1, by=sponsor, keys=keys, outcome=Outcome.PASS_WITH_CONDITIONS, conditions=asked)
    clock.fix(datetime(2026, 3, 4, tzinfo=UTC))
    with app.test_request_context(), force_locale("fr"):
        (late,) = gate(project).missing
    name = contributor.name
    assert late.reason == f"En retard\u00a0: name the owner ({name}, 3 mars 2026)\u00a0; ask the editor ({name}, 3 mars 2026)"


def test_overdue_condition_marks_its_step(ready: Ready, keys: Path) -> None:
    project, contributor, sponsor = ready
    asked = Asked("name the owner", contributor.id, TODAY + timedelta(days=1))
    a_decision(project, 1, by=sponsor, keys=keys, outcome=Outcome.PASS_WITH_CONDITIONS, conditions=[asked])
    clock.fix(datetime(2026, 3, 3, 23, tzinfo=UTC))
    assert [each.overdue for each in queries.timeline(project.id)] == [False] * 9
    clock.fix(datetime(2026, 3, 4, tzinfo=UTC))
    assert [each.overdue for each in queries.timeline(project.id)] == [True, *[False] * 8]
    assert [each.key for each in gate(project).missing] == ["earlier_conditions_met"]


def test_decision_changed_by_hand_is_named_with_the_entry_and_what_it_says(
    client: Inspector, ready: Ready, made: GateDecision
) -> None:
    project, _contributor, sponsor = ready
    client.sign_in(sponsor)
    address = f"/projects/{project.key}/decisions/1"
    (entry,) = [each for each in history("gate_decision", made.id) if each.act == "gate_decided"]
    assert (altered([made]), "not as it was signed" in client.get(address).text) == ((), False)
    _by_hand("reason = 'nothing is lacking', outcome = 'hold'")
    db.session.expire_all()
    changed = queries.decision(project.id, 1)
    assert changed is not None
    assert altered([changed]) == (Altered("D-1", 1, entry.seq, {"outcome": "pass", "reason": entry.reason}),)
    page = client.get(address).text
    assert f"D-1 was changed in the database after entry {entry.seq} of the trail recorded it" in page
    assert entry.reason in page
    assert "the snapshot is as it was signed" not in page


def test_decision_put_in_by_hand_is_said_to_be_unsigned(ready: Ready, made: GateDecision) -> None:
    columns = [each.key for each in GateDecision.__table__.columns if each.key not in ("id", "number")]
    names = ", ".join(columns)
    db.session.execute(sql(f"INSERT INTO gate_decision (number, {names}) SELECT 2, {names} FROM gate_decision"))
    forged = queries.decision(ready[0].id, 2)
    assert forged is not None
    assert altered([made, forged]) == (Altered("D-2", 1, 0, {}),)


def _by_hand(change: str) -> None:
    """As somebody does who has the file: the trigger is taken off first."""
    db.session.execute(sql("DROP TRIGGER sealed_gate_decision_update"))
    db.session.execute(sql(f"UPDATE gate_decision SET {change}"))
    commit()
