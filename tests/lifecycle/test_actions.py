"""Deciding a gate: what is refused and why, what is frozen, and what a decision leaves behind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.factories.lifecycle import a_decision, a_ready_gate, a_sponsor, proven_items
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_tool
from tests.lifecycle.asking import TODAY, answer, gate, missing
from workbench import clock
from workbench.checklists.rules import AnswerState
from workbench.database import db
from workbench.lifecycle import actions, queries
from workbench.lifecycle.actions import Asked
from workbench.lifecycle.gates import snapshot_digest
from workbench.lifecycle.models import GateDecision
from workbench.lifecycle.rules import Outcome
from workbench.people.models import Person
from workbench.people.queries import approvers
from workbench.people.rules import Function
from workbench.projects.models import Project
from workbench.trail.models import Checkpoint
from workbench.trail.queries import history, size, verify
from workbench.web.refusals import BadValue, Refused
from workbench.web.transactions import SealedRowChanged, commit


def passed(project: Project, steps: int, *, by: Person) -> None:
    """The first steps decided before this test begins: written as decisions are, without proving each again."""
    for number in range(1, steps + 1):
        db.session.add(
            GateDecision(
                project_id=project.id,
                number=number,
                step=number,
                pass_number=1,
                outcome=Outcome.PASS,
                reason="before",
                meaning="",
                signed_name=by.name,
                snapshot={},
                snapshot_sha256="",
                decided_at=clock.now(),
                decided_by_id=by.id,
            )
        )
    db.session.flush()


def test_pass_is_signed_and_frozen(ready: tuple[Project, Person, Person], keys: Path) -> None:
    project, contributor, sponsor = ready
    made = a_decision(project, 1, by=sponsor, keys=keys)
    commit()
    assert (made.code, made.step, made.pass_number, made.outcome) == ("D-1", 1, 1, Outcome.PASS)
    assert (made.signed_name, made.signed_functions, made.decided_at) == ("Sam Sponsor", ["sponsor"], clock.now())
    assert made.meaning == "I approve that step 1 is done."
    first = made.snapshot["answers"][0]
    assert (first["item"], first["state"], first["by"], len(first["evidence"])) == (
        "G1-01",
        "conform",
        contributor.name,
        1,
    )
    assert made.snapshot["trail_size"] == size() - 1
    assert (project.current_step, project.steps_passed, project.state) == (2, 1, "open")


def test_digest_of_the_snapshot_is_that_of_its_canonical_bytes_also_when_read_again(
    ready: tuple[Project, Person, Person], keys: Path
) -> None:
    project, _contributor, sponsor = ready
    made = a_decision(project, 1, by=sponsor, keys=keys)
    digest = made.snapshot_sha256
    commit()
    db.session.remove()
    stored = db.session.scalars(select(GateDecision)).one()
    assert (snapshot_digest(stored.snapshot), stored.snapshot_sha256) == (digest, digest)
    assert verify(keys).faults == ()


def test_decision_is_recorded_and_a_checkpoint_signed_over_it(
    ready: tuple[Project, Person, Person], keys: Path
) -> None:
    project, _contributor, sponsor = ready
    made = a_decision(project, 1, by=sponsor, keys=keys)
    event = history("gate_decision", made.id)[0]
    assert (event.act, event.seq, event.reason) == ("gate_decided", size(), "As agreed in the meeting.")
    assert (event.new["snapshot_sha256"], event.new["meaning"]) == (made.snapshot_sha256, made.meaning)
    assert db.session.scalars(select(Checkpoint.size)).all() == [event.seq]


def test_pass_is_refused_and_every_failing_criterion_named(ready: tuple[Project, Person, Person], keys: Path) -> None:
    project, contributor, sponsor = ready
    answer(project, "G1-01", AnswerState.MINOR, by=contributor, note="no owner for the portal")
    answer(project, "G1-02", AnswerState.NOT_CHECKED, by=contributor, note="")
    tool = a_tool(project=project)
    tool.owner_id = None
    db.session.flush()
    with pytest.raises(Refused) as refusal:
        a_decision(project, 1, by=sponsor, keys=keys)
    assert refusal.value.code == 409
    assert [each.partition(" – ")[0] for each in refusal.value.details] == ["G1-01", "G1-02", "tools_described"]
    assert refusal.value.details[0].endswith("no owner for the portal")
    assert queries.decisions_of_project(project.id) == []


def test_pass_without_a_checklist_is_refused(keys: Path) -> None:
    project = a_project()
    with pytest.raises(Refused) as refusal:
        a_decision(project, 1, by=a_sponsor(project), keys=keys)
    assert [each.partition(" – ")[0] for each in refusal.value.details] == [
        "gates_checklist",
        "tools_described",
        "swot_filled:strengths",
        "swot_filled:weaknesses",
        "swot_filled:opportunities",
        "swot_filled:threats",
        "source_chosen",
        "objectives_measured",
    ]


def test_conform_without_evidence_does_not_pass(ready: tuple[Project, Person, Person]) -> None:
    project, contributor, _sponsor = ready
    bare = a_project()
    proven_items(bare, 1, by=contributor, but=["G1-01"])
    answer(bare, "G1-01", AnswerState.CONFORM, by=contributor)
    items = [each for each in missing(bare) if each.startswith("item:")]
    assert (missing(project), items) == ([], ["item:G1-01"])


def test_not_applicable_with_its_reason_lets_pass(ready: tuple[Project, Person, Person], keys: Path) -> None:
    project, contributor, sponsor = ready
    answer(project, "G1-01", AnswerState.NOT_APPLICABLE, by=contributor, note="there is no tool yet")
    assert a_decision(project, 1, by=sponsor, keys=keys).outcome == Outcome.PASS


def test_opportunity_breaks_no_requirement(ready: tuple[Project, Person, Person]) -> None:
    project, contributor, _sponsor = ready
    answer(project, "G1-01", AnswerState.OPPORTUNITY, by=contributor)
    assert missing(project) == []


def test_evidence_that_expired_proves_nothing(ready: tuple[Project, Person, Person]) -> None:
    project, _contributor, _sponsor = ready
    clock.fix(datetime(2099, 1, 1, tzinfo=UTC))
    assert missing(project) == []
    proof = gate(project).answers[0].evidence[0]
    db.session.connection().exec_driver_sql("UPDATE evidence SET valid_until = '2098-12-31'")
    assert len(missing(project)) == len([each for each in gate(project).answers if each.item.mandatory != "no"])
    assert proof.state == "current"


def test_who_answered_an_item_does_not_pass_the_gate(ready: tuple[Project, Person, Person], keys: Path) -> None:
    project, _contributor, sponsor = ready
    answer(project, "G1-01", AnswerState.OPPORTUNITY, by=sponsor)
    with pytest.raises(Refused, match="Gate 1 cannot pass: 1 mandatory") as refusal:
        a_decision(project, 1, by=sponsor, keys=keys)
    assert [each.split(" – ")[0] for each in refusal.value.details] == ["approver_is_independent"]
    assert "You answered G1-01" in refusal.value.details[0]
    assert a_decision(project, 1, by=sponsor, keys=keys, outcome=Outcome.HOLD).outcome == Outcome.HOLD


def test_an_answer_changed_by_a_colleague_still_bars_who_gave_it_first(
    ready: tuple[Project, Person, Person], keys: Path
) -> None:
    project, contributor, sponsor = ready
    answer(project, "G1-01", AnswerState.OPPORTUNITY, by=sponsor)
    answer(project, "G1-01", AnswerState.CONFORM, by=contributor)
    with pytest.raises(Refused) as refusal:
        a_decision(project, 1, by=sponsor, keys=keys)
    assert "You answered G1-01" in refusal.value.details[0]


def test_gate_says_when_nobody_is_left_to_decide(ready: tuple[Project, Person, Person]) -> None:
    project, _contributor, _sponsor = ready
    for person_id in approvers(project.id):
        answer(project, "G1-01", AnswerState.CONFORM, by=db.session.get_one(Person, person_id))
        answer(project, "G1-01", AnswerState.OPPORTUNITY, by=db.session.get_one(Person, person_id))
    assert missing(project) == ["approver_is_independent"]


@pytest.mark.parametrize(("step", "refused"), [(3, False), (4, True), (5, True), (6, True), (7, False)])
def test_technical_lead_does_not_pass_gates_four_to_six(step: int, refused: bool) -> None:
    project, person = a_project(), a_person()
    a_member(project, person, functions=[Function.SPONSOR, Function.TECHNICAL_LEAD])
    try:
        actions._check_technical_lead(project.id, step, person)
        outcome = False
    except Refused as refusal:
        outcome = "technical lead" in refusal.message
    assert outcome is refused


def test_wrong_password_signs_nothing(ready: tuple[Project, Person, Person], keys: Path) -> None:
    project, _contributor, sponsor = ready
    with pytest.raises(BadValue) as refusal:
        a_decision(project, 1, by=sponsor, keys=keys, password="not the right sentence")
    assert (refusal.value.field, queries.decisions_of_project(project.id)) == ("password", [])


@pytest.mark.parametrize(
    ("field", "wish"),
    [
        ("reason", {"reason": ""}),
        ("back_to", {"outcome": Outcome.BACK}),
        ("back_to", {"outcome": Outcome.BACK, "back_to": 1}),
        ("back_to", {"outcome": Outcome.BACK, "back_to": 0}),
        ("conditions", {"outcome": Outcome.PASS_WITH_CONDITIONS}),
        ("conditions", {"conditions": [Asked("x", 1, TODAY)]}),
        (
            "conditions",
            {"outcome": Outcome.PASS_WITH_CONDITIONS, "conditions": [Asked("x", 1, TODAY - timedelta(days=1))]},
        ),
        ("also", {"also": ["go home"]}),
    ],
)
def test_decision_says_what_it_must(
    ready: tuple[Project, Person, Person], keys: Path, field: str, wish: dict[str, Any]
) -> None:
    project, _contributor, sponsor = ready
    with pytest.raises(BadValue) as refusal:
        a_decision(project, 1, by=sponsor, keys=keys, **wish)
    assert refusal.value.field == field


def test_hold_needs_no_proof_and_is_not_the_last_word(ready: tuple[Project, Person, Person], keys: Path) -> None:
    project, _contributor, sponsor = ready
    held = a_decision(project, 1, by=sponsor, keys=keys, outcome=Outcome.HOLD, also=["wait_for_vendor"])
    assert (held.also, queries.timeline(project.id)[0].state) == (["wait_for_vendor"], "held")
    assert a_decision(project, 1, by=sponsor, keys=keys).code == "D-2"
    assert queries.timeline(project.id)[0].state == "passed"


def test_stop_ends_the_project(ready: tuple[Project, Person, Person], keys: Path) -> None:
    project, _contributor, sponsor = ready
    a_decision(project, 1, by=sponsor, keys=keys, outcome=Outcome.STOP)
    assert project.state == "stopped"
    with pytest.raises(Refused, match="not open any more"):
        a_decision(project, 1, by=sponsor, keys=keys)


def test_passed_gate_is_not_decided_again(ready: tuple[Project, Person, Person], keys: Path) -> None:
    project, _contributor, sponsor = ready
    a_decision(project, 1, by=sponsor, keys=keys)
    with pytest.raises(Refused, match="Gate 1 is decided: D-1"):
        a_decision(project, 1, by=sponsor, keys=keys, outcome=Outcome.STOP)


@pytest.mark.parametrize("step", [2, 7, 9])
def test_step_that_has_not_begun_is_not_decided(ready: tuple[Project, Person, Person], keys: Path, step: int) -> None:
    project, _contributor, sponsor = ready
    with pytest.raises(Refused, match=f"Step {step} has not begun"):
        a_decision(project, step, by=sponsor, keys=keys, outcome=Outcome.HOLD)


def test_back_opens_a_second_pass_and_keeps_the_first(ready: tuple[Project, Person, Person], keys: Path) -> None:
    project, _contributor, sponsor = ready
    a_decision(project, 1, by=sponsor, keys=keys)
    made = a_decision(project, 2, by=sponsor, keys=keys, outcome=Outcome.BACK, back_to=1)
    again = a_decision(project, 1, by=sponsor, keys=keys)
    assert (made.meaning, made.back_to) == ("I send the project from step 2 back to step 1.", 1)
    assert (again.pass_number, [each.state.value for each in queries.timeline(project.id)[0].passes]) == (
        2,
        ["passed"] * 2,
    )
    assert (project.current_step, project.steps_passed) == (2, 1)


def test_last_gate_closes_the_project(ready: tuple[Project, Person, Person], keys: Path) -> None:
    project, contributor, sponsor = ready
    passed(project, 8, by=sponsor)
    a_ready_gate(project, 9, by=contributor)
    a_decision(project, 9, by=sponsor, keys=keys)
    assert (project.state, project.steps_passed, project.current_step) == ("closed", 9, 9)


def test_decision_cannot_be_changed(ready: tuple[Project, Person, Person], keys: Path) -> None:
    project, _contributor, sponsor = ready
    made = a_decision(project, 1, by=sponsor, keys=keys)
    commit()
    made.reason = "Another reason."
    with pytest.raises(SealedRowChanged):
        db.session.flush()


def test_conditions_fail_a_later_gate_once_they_are_overdue(ready: tuple[Project, Person, Person], keys: Path) -> None:
    project, contributor, sponsor = ready
    asked = Asked("Name the owner of the portal", contributor.id, TODAY + timedelta(days=7))
    made = a_decision(project, 1, by=sponsor, keys=keys, outcome=Outcome.PASS_WITH_CONDITIONS, conditions=[asked])
    a_ready_gate(project, 2, by=contributor)
    commit()
    assert (made.meaning, missing(project, 2)) == ("I approve that step 1 is done, on the conditions named.", [])
    clock.fix(datetime(2026, 3, 9, 23, 59, tzinfo=UTC))
    assert missing(project, 2) == []
    clock.fix(datetime(2026, 3, 10, tzinfo=UTC))
    assert missing(project, 2) == ["earlier_conditions_met"]
    (condition,) = queries.conditions_of_project(project.id)
    actions.meet_condition(project=project, condition=condition, note="see E-1", by=contributor)
    assert missing(project, 2) == []
    with pytest.raises(Refused, match="met already"):
        actions.meet_condition(project=project, condition=condition, note="again", by=contributor)


def test_open_condition_fails_the_last_gate_before_it_is_due(ready: tuple[Project, Person, Person]) -> None:
    project, contributor, sponsor = ready
    passed(project, 8, by=sponsor)
    a_ready_gate(project, 9, by=contributor)
    assert missing(project, 9) == []
    decision = queries.decisions_of_project(project.id)[0]
    db.session.add(
        actions.DecisionCondition(
            decision_id=decision.id,
            project_id=project.id,
            step=1,
            text="x",
            owner_id=contributor.id,
            due_on=date(2099, 1, 1),
        )
    )
    db.session.flush()
    assert missing(project, 9) == ["all_conditions_met"]
