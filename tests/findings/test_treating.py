"""From a raised finding to a proven cure: actions, cause, judgement, closing, opening again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.factories.evidence import a_link
from tests.factories.findings import (
    a_cause,
    a_check,
    a_finding,
    a_finding_action,
    a_grade,
    a_treated_finding,
    done,
    later,
)
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.database import db
from workbench.desk.waiting import Kind
from workbench.desk.work import tasks_of
from workbench.findings import actions, proofs, queries
from workbench.findings.models import EffectivenessCheck, Finding, FindingAction
from workbench.findings.rules import (
    OPEN,
    ActionKind,
    CauseMethod,
    Disposition,
    FindingKind,
    Verdict,
)
from workbench.flow import TransitionRefused
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.projects.models import Project
from workbench.trail.queries import history, verify
from workbench.web.refusals import BadValue, Refused
from workbench.web.transactions import commit


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
    return a_project(by=lead)


def test_finding_moves_on_with_what_is_done(lead: Person, auditor: Person, project: Project, home: Path) -> None:
    row, states = a_finding(project, by=lead), []
    done(project, row, a_finding_action(project, row, by=lead), by=lead)
    states.append(row.state)
    a_cause(project, row, by=lead)
    states.append(row.state)
    corrective = a_finding_action(project, row, by=lead, kind=ActionKind.CORRECTIVE)
    states.append(row.state)
    done(project, row, corrective, by=lead)
    states.append(row.state)
    assert (states, corrective.code) == (["corrected", "cause_known", "cause_known", "acted"], "F-1.2")
    assert (row.check_due_on, proofs.lacking_to_close(row)) == (date(2026, 3, 12), ["effectiveness not evaluated"])
    with later(30):
        a_check(project, row, by=auditor)
        actions.close_finding(project=project, finding=row, by=auditor)
    assert (row.state, row.closed_at, proofs.lacking_to_close(row)) == (
        "closed", datetime(2026, 3, 12, 9, tzinfo=UTC), [],
    )
    acts = [each.act.removeprefix("finding_") for each in history("finding", row.id)]
    assert acts == [
        "raised", "action_added", "action_done", "cause_stated", "action_added", "action_done", "effectiveness_judged",
        "closed",
    ]
    commit()
    assert verify(home / "keys").faults == ()


def test_closing_early_is_refused_with_everything_that_is_missing(lead: Person, project: Project) -> None:
    row = a_finding(project, by=lead)
    with pytest.raises(Refused) as bare:
        actions.close_finding(project=project, finding=row, by=lead)
    done(project, row, a_finding_action(project, row, by=lead), by=lead)
    a_cause(project, row, by=lead)
    done(project, row, a_finding_action(project, row, by=lead, kind=ActionKind.CORRECTIVE), by=lead)
    a_finding_action(project, row, by=lead, kind=ActionKind.PREVENTIVE)
    with pytest.raises(Refused) as late:
        actions.close_finding(project=project, finding=row, by=lead)
    assert bare.value.details == (
        "no correction or containment done", "cause not stated", "no corrective action on the cause done",
        "effectiveness not evaluated",
    )
    assert (row.state, late.value.message) == (
        "cause_known", "F-1 cannot be closed yet: effectiveness not evaluated; 1 action open.",
    )


def test_judgement_waits_for_the_delay_and_for_somebody_else(lead: Person, auditor: Person, project: Project) -> None:
    owner, worker = a_person(role=Role.AUDITOR), a_person(role=Role.AUDITOR)
    row = a_finding(project, by=lead, owner_id=owner.id, effectiveness_after_days=10)
    with pytest.raises(Refused) as early:
        a_check(project, row, by=auditor)
    done(project, row, a_finding_action(project, row, by=lead, owner=worker), by=lead)
    a_cause(project, row, by=lead)
    done(project, row, a_finding_action(project, row, by=lead, kind=ActionKind.CORRECTIVE, owner=worker), by=lead)
    with later(9), pytest.raises(Refused) as soon:
        a_check(project, row, by=auditor)
    with later(10):
        for each in (owner, worker, lead):  # who owns it, who owns an action, who marked one done
            with pytest.raises(Refused) as part:
                a_check(project, row, by=each)
            assert part.value.message == "Somebody who had no part in the actions judges whether they worked."
        check = a_check(project, row, by=auditor)
        with pytest.raises(Refused) as twice:
            a_check(project, row, by=auditor)
    assert early.value.message.startswith("F-1 cannot be judged yet: no correction or containment done")
    assert soon.value.message == "Whether it worked can be judged from 20 Feb 2026."
    assert (check.score, check.verdict, twice.value.message) == (100, "effective", "F-1 is judged effective already.")


def test_judgement_needs_a_note_a_score_and_evidence(lead: Person, auditor: Person, project: Project) -> None:
    row = a_treated_finding(project, by=lead)
    said = {"score": 80, "verdict": Verdict.EFFECTIVE, "note": "seen", "evidence_id": a_link(project, by=lead).id}
    elsewhere = a_link(a_project(by=lead), by=lead).id
    refused = []
    with later(30):
        for wrong in ({"note": " "}, {"score": 101}, {"evidence_id": None}, {"evidence_id": elsewhere}):
            with pytest.raises(BadValue) as refusal:
                actions.check_effectiveness(project=project, finding=row, by=auditor, **{**said, **wrong})
            refused.append(refusal.value.field)
    assert refused == ["note", "score", "evidence_id", "evidence_id"]


def test_actions_that_did_not_work_lead_back_to_the_cause(lead: Person, auditor: Person, project: Project) -> None:
    row = a_treated_finding(project, by=lead)
    with later(30):
        a_check(project, row, by=auditor, verdict=Verdict.NOT_EFFECTIVE, score=20)
        assert (row.state, row.check_due_on, proofs.lacking_to_close(row)) == (
            "cause_known", None, ["no corrective action on the cause done", "effectiveness not evaluated"],
        )
        done(project, row, a_finding_action(project, row, by=lead, kind=ActionKind.CORRECTIVE), by=lead)
        with later(30):
            a_check(project, row, by=auditor)
            actions.close_finding(project=project, finding=row, by=auditor)
    assert (row.state, [each.verdict for each in queries.checks_of(row.id)]) == ("closed", ["not_effective", "effective"])


def test_reopened_finding_is_treated_anew(lead: Person, auditor: Person, project: Project) -> None:
    row = a_treated_finding(project, by=lead)
    with later(30):
        a_check(project, row, by=auditor)
        with pytest.raises(Refused):
            a_finding_action(project, row, by=lead)
        actions.close_finding(project=project, finding=row, by=auditor)
        with pytest.raises(BadValue):
            actions.reopen_finding(project=project, finding=row, reason=" ", by=auditor)
        actions.reopen_finding(project=project, finding=row, reason="seen again in March", by=auditor)
    event = history("finding", row.id)[-1]
    assert (row.state, row.closed_at, event.act, event.reason) == ("raised", None, "finding_reopened", "seen again in March")
    assert len(proofs.lacking_to_close(row)) == 4
    with pytest.raises(TransitionRefused):
        actions.reopen_finding(project=project, finding=row, reason="once more", by=auditor)


def test_recurrence_opens_the_earlier_finding_again(lead: Person, auditor: Person, project: Project) -> None:
    row = a_treated_finding(project, by=lead)
    with later(30):
        a_check(project, row, by=auditor)
        actions.close_finding(project=project, finding=row, by=auditor)
        again = a_finding(project, by=lead, recurrence_of=row)
    assert (row.state, history("finding", row.id)[-1].reason) == ("raised", "It came back as F-2.")
    assert ([each.code for each in queries.recurrences(row.id)], again.recurrence_of_id) == (["F-2"], row.id)
    with pytest.raises(BadValue):
        a_finding(a_project(by=lead), by=lead, recurrence_of=row)


def test_opportunity_is_accepted_or_declined_and_asks_for_no_cause(lead: Person, project: Project) -> None:
    row, minor = a_finding(project, by=lead, kind=FindingKind.OPPORTUNITY), a_finding(project, by=lead)
    action = a_finding_action(project, row, by=lead, kind=ActionKind.IMPROVEMENT)
    said = {"project": project, "disposition": Disposition.ACCEPTED, "reason": "worth it", "by": lead}
    with pytest.raises(Refused) as waiting:
        actions.dispose_finding(finding=row, **said)
    with pytest.raises(Refused):
        a_cause(project, row, by=lead)
    with pytest.raises(Refused):
        actions.dispose_finding(finding=minor, **said)
    done(project, row, action, by=lead)
    assert (row.state, waiting.value.details) == (
        "raised", ("not decided whether it is accepted or declined", "1 action open"),
    )
    actions.dispose_finding(finding=row, **said)
    assert (row.state, row.disposition, row.disposition_reason) == ("closed", "accepted", "worth it")


def test_conformity_is_noted_and_closed_at_once(lead: Person, project: Project) -> None:
    row = a_finding(project, by=lead, kind=FindingKind.CONFORMITY)
    assert (row.state, row.closed_at, queries.open_findings(project.id)) == ("closed", clock.now(), [])


def test_action_says_what_who_and_when(lead: Person, project: Project) -> None:
    row = a_finding(project, by=lead)
    with pytest.raises(BadValue) as corrective:
        a_finding_action(project, row, by=lead, kind=ActionKind.CORRECTIVE)
    with pytest.raises(BadValue) as nothing:
        a_finding_action(project, row, by=lead, what=" ")
    action = a_finding_action(project, row, by=lead)
    refused = []
    for day in (clock.today() + timedelta(days=1), clock.today() - timedelta(days=1)):
        with pytest.raises(BadValue) as refusal:
            actions.finish_action(project=project, finding=row, action=action, done_on=day, by=lead)
        refused.append(refusal.value.message)
    told = {"project": project, "finding": row, "action": action, "by": lead}
    actions.change_action(what="Read them twice.", owner_id=lead.id, due_on=date(2026, 3, 1), **told)
    with pytest.raises(BadValue):
        actions.cancel_action(reason="", **told)
    actions.cancel_action(reason="done elsewhere", **told)
    with pytest.raises(Refused):
        actions.finish_action(done_on=clock.today(), **told)
    assert (corrective.value.field, nothing.value.field) == ("kind", "what")
    assert refused == ["An action is done today or earlier.", "The finding was raised after that day."]
    assert (action.what, action.state, action.cancelled_reason, row.state) == (
        "Read them twice.", "cancelled", "done elsewhere", "raised",
    )


def test_cause_keeps_its_whys_and_its_fishbone(lead: Person, project: Project) -> None:
    row = a_finding(project, by=lead)
    for wrong in ({"cause": " "}, {"whys": [""]}, {"method": CauseMethod.FISHBONE}):
        with pytest.raises(BadValue):
            a_cause(project, row, by=lead, **wrong)
    bones = {"tool": ["no quantity", ""], "people": [" "], "unknown": ["x"]}
    a_cause(project, row, by=lead, method=CauseMethod.FISHBONE, fishbone=bones, whys=["first", " ", "second"])
    assert (row.whys, row.fishbone, row.state) == (["first", "second"], {"tool": ["no quantity"]}, "raised")


def test_finding_is_looked_after_within_its_kind(lead: Person, project: Project) -> None:
    grade, row = a_grade(by=lead), a_finding(project, by=lead)
    facts = {"owner_id": lead.id, "due_on": date(2026, 3, 1), "grade_id": grade.id, "source": "complaint"}
    actions.change_finding(project=project, finding=row, facts=facts, by=lead)
    major = a_grade(by=lead, code="PP", kind=FindingKind.MAJOR)
    refused = []
    for wrong in ({"grade_id": major.id}, {"owner_id": 999}, {"source": "rumour"}, {"participant_id": 9}, {"tool_id": 9},
                  {"effectiveness_after_days": 0}):
        with pytest.raises(BadValue) as refusal:
            actions.change_finding(project=project, finding=row, facts=wrong, by=lead)
        refused.append(refusal.value.field)
    event = history("finding", row.id)[-1]
    assert (row.owner_id, row.grade_id, event.act, event.new["source"]) == (lead.id, grade.id, "finding_changed", "complaint")
    assert refused == ["grade_id", "owner_id", "source", "participant_id", "tool_id", "effectiveness_after_days"]


def test_delay_stays_once_the_actions_are_done(lead: Person, project: Project) -> None:
    row = a_treated_finding(project, by=lead)
    with pytest.raises(BadValue) as refusal:
        actions.change_finding(project=project, finding=row, facts={"effectiveness_after_days": 1}, by=lead)
    assert refusal.value.field == "effectiveness_after_days"


def test_grade_is_added_changed_and_withdrawn(lead: Person) -> None:
    row = a_grade(by=lead)
    with pytest.raises(BadValue) as twice:
        a_grade(by=lead, code="ps")
    actions.change_grade(grade=row, code="PSE", label_en="sensitive", label_fr="sensible", position=2, by=lead)
    actions.withdraw_grade(grade=row, by=lead)
    assert (twice.value.field, queries.grade_choices("fr"), row.code) == ("code", [], "PSE")
    actions.put_back_grade(grade=row, by=lead)
    assert queries.grade_choices("fr") == [(row.id, "PSE – sensible")]


def test_work_of_a_person_names_actions_findings_and_judgements(lead: Person, auditor: Person, project: Project) -> None:
    helper = a_person()
    a_member(project, helper, functions=[Function.INTERNAL_AUDITOR])
    row = a_treated_finding(project, by=lead, owner_id=lead.id)
    other = a_finding(project, by=lead, owner_id=lead.id, due_on=date(2026, 2, 12))
    a_finding_action(project, other, by=lead, owner=helper)
    assert [tasks_of(each)[Kind.CHECK] for each in (auditor, helper, lead)] == [[], [], []]
    with later(31):
        found = [[due.code for due in tasks_of(each)[Kind.CHECK]] for each in (auditor, helper, lead)]
        (action,) = tasks_of(helper)[Kind.ACTION]
        owned = [(each.code, each.due_on) for each in tasks_of(lead)[Kind.FINDING]]
    assert (found, owned) == ([["F-1"], ["F-1"], []], [("F-2", date(2026, 2, 12)), ("F-1", None)])
    assert (action.code, action.due_on, action.project, action.record_id) == (
        "F-2.1", date(2026, 2, 17), project.key, 2,
    )
    assert row.check_due_on == date(2026, 3, 12)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "done", "cancel", "cause", "check", "fail", "close", "reopen", "wait"]),
        st.integers(0, 2), st.sampled_from(list(ActionKind)),
    ),
    min_size=6, max_size=24,
)
USUAL = [
    ("add", 0, ActionKind.CORRECTION), ("done", 0, ActionKind.CORRECTION), ("cause", 0, ActionKind.CORRECTION),
    ("add", 1, ActionKind.CORRECTIVE), ("done", 0, ActionKind.CORRECTIVE), ("wait", 0, ActionKind.CORRECTION),
]


@given(STEPS, st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_tried_only_a_proven_cure_closes(app: Flask, steps: list[Any], is_usual: bool) -> None:
    clock.fix(datetime(2026, 2, 10, 9, tzinfo=UTC))
    people = [a_person(role=Role.QUALITY_LEAD) for _ in range(3)]
    project = a_project(by=people[0])
    row = a_finding(project, by=people[0], owner_id=people[0].id)
    for verb, who, kind in [*(USUAL if is_usual else []), *steps]:
        try:
            tried(project, row, verb, people[who], kind)
        except (Refused, BadValue, TransitionRefused):
            continue
        if verb == "close":
            assert_proven(row)


def tried(project: Project, row: Finding, verb: str, by: Person, kind: ActionKind) -> None:
    """One verb, whether or not it is possible."""
    waiting = next((each for each in queries.actions_of(row.id) if each.state == "open"), None)
    facts: dict[str, Any] = {"project": project, "finding": row, "by": by}
    if verb in ("done", "cancel") and waiting is None:
        return
    {
        "wait": lambda: clock.fix(clock.now() + timedelta(days=20)),
        "add": lambda: a_finding_action(**facts, kind=kind),
        "done": lambda: done(**facts, action=waiting),
        "cancel": lambda: actions.cancel_action(action=waiting, reason="not needed", **facts),
        "cause": lambda: a_cause(**facts),
        "check": lambda: a_check(**facts),
        "fail": lambda: a_check(**facts, verdict=Verdict.NOT_EFFECTIVE),
        "close": lambda: actions.close_finding(**facts),
        "reopen": lambda: actions.reopen_finding(reason="again", **facts),
    }[verb]()


def assert_proven(row: Finding) -> None:
    """All that closing stands for, read from the rows themselves."""
    acts = db.session.scalars(select(FindingAction).where(FindingAction.finding_id == row.id)).all()
    check = db.session.scalars(
        select(EffectivenessCheck).where(EffectivenessCheck.finding_id == row.id).order_by(EffectivenessCheck.id.desc())
    ).first()
    finished = [each for each in acts if each.state == "done"]
    assert check is not None
    assert (row.state, row.state in OPEN, check.verdict, bool(row.cause)) == ("closed", False, "effective", True)
    assert [each.code for each in acts if each.state == "open"] == []
    assert {"corrective"} <= {each.kind for each in finished}
    assert {"correction", "containment"} & {each.kind for each in finished} != set()
    assert check.checked_by_id not in {row.owner_id, *(each.owner_id for each in finished), *(each.done_by_id for each in finished)}
    assert check.checked_at.date() >= max(each.done_on for each in finished if each.done_on) + timedelta(days=30)
