"""Every sequence of decisions: on paper all of them, and at a real gate every mixture of what must keep it shut."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.factories.inquiry import a_consultation
from tests.factories.lifecycle import a_decision
from tests.factories.people import PASSWORD
from tests.lifecycle.asking import TODAY, answer, missing
from workbench import clock
from workbench.changes.actions import draft_request, submit_request
from workbench.changes.rules import ChangeType
from workbench.checklists.rules import AnswerState
from workbench.database import db
from workbench.lifecycle import actions, queries
from workbench.lifecycle.actions import Asked
from workbench.lifecycle.models import GateDecision
from workbench.lifecycle.queries import StepLine, passed_steps, walked
from workbench.lifecycle.rules import PASSING, Outcome, StepState, may_start
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.web.refusals import Refused
from workbench.web.transactions import SealedRowChanged, commit

OPENED = datetime(2026, 1, 1, tzinfo=UTC)
OPEN = (StepState.CURRENT, StepState.HELD, StepState.REOPENED)
Told = tuple[int, Outcome, int | None]


def decided(told: list[Told]) -> list[GateDecision]:
    return [
        GateDecision(
            number=number, step=step, outcome=outcome, back_to=back, decided_at=OPENED + timedelta(days=number)
        )
        for number, (step, outcome, back) in enumerate(told, start=1)
    ]


def possible(steps: list[StepLine]) -> list[Told]:
    """What may be decided next: at each open step each outcome, and back to the first, the middle and the last before."""
    if any(each.state is StepState.STOPPED for each in steps):
        return []
    at = [each.number for each in steps if each.state in OPEN]
    plain = [(number, outcome, None) for number in at for outcome in Outcome if outcome is not Outcome.BACK]
    backs = [
        (number, Outcome.BACK, back) for number in at for back in sorted({1, number // 2, number - 1}) if 0 < back < number
    ]
    return [*plain, *backs]


def sequences(told: list[Told], more: int) -> Iterator[list[Told]]:
    """This sequence and every one that continues it by at most so many decisions."""
    yield told
    if more:
        for each in possible(walked(decided(told), OPENED)):
            yield from sequences([*told, each], more - 1)


def passed_up_to(number: int) -> list[Told]:
    return [(each, Outcome.PASS, None) for each in range(1, number + 1)]


@pytest.mark.parametrize(("begun", "more", "count"), [(0, 4, 317), (6, 3, 720), (8, 3, 154)])
def test_no_sequence_breaks_the_order_of_the_steps(begun: int, more: int, count: int) -> None:
    found = list(sequences(passed_up_to(begun), more))
    assert len(found) == count
    for told in found:
        steps = walked(decided(told), OPENED)
        passed = passed_steps(steps)
        assert all(may_start(number, passed) for number in passed), told
        assert 9 not in passed or {7, 8} <= passed, told
        for step in steps:
            _check_passes(step, told)
        kept = sorted(each.number for step in steps for one in step.passes for each in one.decisions)
        assert kept == list(range(1, len(told) + 1)), told


def _check_passes(step: StepLine, told: list[Told]) -> None:
    """Within a pass nothing is decided after it passed or stopped; what is shown as passed ends with a passing decision."""
    for one in step.passes:
        outcomes = [each.outcome for each in one.decisions]
        assert not any(each in PASSING or each is Outcome.STOP for each in outcomes[:-1] if outcomes[-1] != Outcome.BACK), told
        assert (one.state is StepState.PASSED) == (bool(outcomes) and outcomes[-1] in PASSING), told
    if step.state is StepState.PASSED:
        assert step.passes[-1].state is StepState.PASSED, told


def test_seven_and_eight_pass_in_either_order_and_nine_after_both() -> None:
    for first, second in ((7, 8), (8, 7)):
        told = [*passed_up_to(6), (first, Outcome.PASS, None)]
        steps = walked(decided(told), OPENED)
        assert (steps[second - 1].state, steps[8].state) == (StepState.CURRENT, StepState.UPCOMING)
        steps = walked(decided([*told, (second, Outcome.PASS, None)]), OPENED)
        assert steps[8].state is StepState.CURRENT


def test_relapse_opens_the_last_gate_again_in_a_new_pass_and_a_cure_closes_it() -> None:
    taken = decided([*passed_up_to(9), (9, Outcome.PASS, None)])
    relapse = OPENED + timedelta(days=9, hours=1)
    steps = walked(taken[:9], OPENED, [relapse])
    assert (steps[8].state, steps[8].pass_number, steps[8].passes[1].opened_at) == (StepState.REOPENED, 2, relapse)
    assert (steps[8].passes[0].state, passed_steps(steps)) == (StepState.PASSED, frozenset(range(1, 9)))
    cured = walked(taken, OPENED, [relapse])
    assert (cured[8].state, cured[8].pass_number) == (StepState.PASSED, 2)
    assert [[each.number for each in one.decisions] for one in cured[8].passes] == [[9], [10]]


def test_relapse_while_the_gate_is_open_changes_nothing() -> None:
    taken = decided(passed_up_to(8))
    assert walked(taken, OPENED, [OPENED + timedelta(days=9)]) == walked(taken, OPENED)


@pytest.fixture
def second_pass(ready: tuple[Project, Person, Person], keys: Path) -> tuple[Project, Person, Person]:
    """Gate 1 passed on a condition due in ten days, then taken up again from gate 2."""
    project, contributor, sponsor = ready
    asked = Asked("name the owner", contributor.id, TODAY + timedelta(days=10))
    a_decision(project, 1, by=sponsor, keys=keys, outcome=Outcome.PASS_WITH_CONDITIONS, conditions=[asked])
    a_decision(project, 2, by=sponsor, keys=keys, outcome=Outcome.BACK, back_to=1)
    commit()
    return project, contributor, sponsor


def _spoil(project: Project, contributor: Person, sponsor: Person, *, caution: bool, approval: bool, waiver: bool) -> None:
    """An open caution, an approval that nobody gave, and a waiver that ends before the gate is decided (or long after)."""
    if caution:
        a_consultation(project, by=contributor)
    if approval:
        request = draft_request(
            project=project, title="early", by=contributor, change_type=ChangeType.STANDARD, reason="x", likelihood=1,
            impact_level=1, items_touched="x", affected="x", data_involved="x", implementation_plan="x", tests="x",
            back_out_plan="x", communication="x", window_start=clock.now(), window_end=clock.now() + timedelta(hours=1),
        )
        submit_request(
            project=project, request_for_change=request, asked=[sponsor.id], due_on=TODAY + timedelta(days=90), by=contributor
        )
    answer(project, "G1-01", AnswerState.PARTLY, by=contributor)
    actions.waive(
        project=project, step=1, condition_key="item:G1-01", reason="abroad", risk_accepted="late", by=sponsor,
        ends_on=TODAY + timedelta(days=5 if waiver else 30), password=PASSWORD,
    )


def test_no_gate_passes_over_caution_approval_expired_waiver_or_overdue_condition(
    second_pass: tuple[Project, Person, Person], keys: Path
) -> None:
    project, contributor, sponsor = second_pass
    (condition,) = queries.conditions_of_project(project.id)
    for caution, approval, waiver, overdue in product((False, True), repeat=4):
        kept = db.session.begin_nested()
        clock.fix(datetime(2026, 3, 2, 9, tzinfo=UTC))
        _spoil(project, contributor, sponsor, caution=caution, approval=approval, waiver=waiver)
        if not overdue:
            actions.meet_condition(project=project, condition=condition, note="done", by=contributor)
        clock.fix(datetime(2026, 3, 13, 9, tzinfo=UTC))
        wrong = {
            "item:G1-01": waiver, "earlier_conditions_met": overdue, "cautions_answered": caution,
            "no_approval_undecided": approval,
        }
        expected = [key for key, is_wrong in wrong.items() if is_wrong]
        assert missing(project) == expected
        assert _outcomes(project, contributor, sponsor, keys) == ([] if expected else list(PASSING_IN_ORDER))
        kept.rollback()


PASSING_IN_ORDER = (Outcome.PASS, Outcome.PASS_WITH_CONDITIONS)


def _outcomes(project: Project, contributor: Person, sponsor: Person, keys: Path) -> list[Outcome]:
    """Which of the passing decisions are accepted, each tried by itself."""
    asked = [Asked("later", contributor.id, TODAY + timedelta(days=60))]
    found = []
    for outcome in PASSING_IN_ORDER:
        kept = db.session.begin_nested()
        more: dict[str, Any] = {"conditions": asked} if outcome is Outcome.PASS_WITH_CONDITIONS else {}
        try:
            a_decision(project, 1, by=sponsor, keys=keys, outcome=outcome, **more)
            found.append(outcome)
        except Refused:
            pass
        kept.rollback()
    return found


@pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.HOLD, Outcome.STOP])
def test_no_decision_changes_after_it_is_made(
    ready: tuple[Project, Person, Person], keys: Path, outcome: Outcome
) -> None:
    project, _contributor, sponsor = ready
    made = a_decision(project, 1, by=sponsor, keys=keys, outcome=outcome)
    commit()
    made.outcome = Outcome.PASS_WITH_CONDITIONS
    with pytest.raises(SealedRowChanged):
        db.session.flush()
    db.session.rollback()
    for statement in ("UPDATE gate_decision SET outcome = 'pass_with_conditions'", "DELETE FROM gate_decision"):
        with pytest.raises(DatabaseError):
            db.session.execute(text(statement))
        db.session.rollback()
    assert [each.outcome for each in queries.decisions_of_project(project.id)] == [outcome]
