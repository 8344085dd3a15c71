"""A request for change from the draft to the review: what is asked, what is signed, what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.factories.changes import (
    PLAN,
    a_request_for_change,
    a_whole_request,
    an_acceptance_run,
    an_answer,
    an_exception,
    submitted,
    two_approvers,
)
from tests.factories.evidence import a_link
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.changes import actions, queries
from workbench.changes.models import Approval, RequestForChange
from workbench.changes.rules import ChangeType, Verdict
from workbench.database import db
from workbench.evidence.actions import add_version
from workbench.evidence.queries import evidence_in
from workbench.flow import TransitionRefused
from workbench.people.models import Person
from workbench.people.rules import Function, Hub, Role
from workbench.projects.models import Project
from workbench.trail.queries import history
from workbench.web.refusals import BadValue, Refused

DONE = datetime(2026, 1, 5, 18, tzinfo=UTC)


@dataclass
class Scene:
    """A project whose request can be submitted to two people."""

    project: Project
    lead: Person
    owner: Person
    technical: Person
    row: RequestForChange
    home: Path

    def submit(self) -> RequestForChange:
        return submitted(self.project, self.row, [self.owner, self.technical], by=self.lead)

    def verdict(self) -> Verdict:
        return queries.verdict(self.row, queries.answers(self.project.id, self.row.id).get(self.row.id, []))

    def change(self, **facts: object) -> None:
        actions.change_request(project=self.project, request_for_change=self.row, by=self.lead, **facts)

    def new_plan(self) -> None:
        piece = evidence_in(self.project.id, self.row.plan_evidence_id or 0)
        assert piece is not None
        add_version(
            project=self.project, evidence=piece, stream=io.BytesIO(PLAN + b"Mill;S3;1\n"), filename="plan.csv", note="more",
            home=self.home, by=self.lead,
        )


@pytest.fixture
def scene(app: Flask, home: Path) -> Scene:
    lead = a_person(role=Role.QUALITY_LEAD, password=PASSWORD)
    project = a_project(by=lead, key="INV-1")
    owner, technical = two_approvers(project)
    return Scene(project, lead, owner, technical, a_whole_request(project, by=lead, home=home), home)


def test_draft_request_gets_a_code_and_is_recorded(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    rows = [a_request_for_change(project, by=lead, planned_on=date(2026, 5, 4)) for _ in range(2)]
    (event,) = history("request_for_change", rows[1].id)
    assert [each.code for each in rows] == ["RFC-1", "RFC-2"]
    assert (event.act, event.project, event.new["planned_on"]) == ("change_requested", project.key, "2026-05-04")


def test_change_request_records_before_and_after(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    row = a_request_for_change(project, by=lead)
    actions.change_request(
        project=project, request_for_change=row, change_type=ChangeType.EMERGENCY, back_out_plan="restore the price list",
        by=lead,
    )
    event = history("request_for_change", row.id)[-1]
    assert (event.act, event.old["change_type"], event.new["change_type"], event.new["back_out_plan"]) == (
        "change_request_changed", "normal", "emergency", "restore the price list",
    )


def test_window_ends_after_it_starts(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    with pytest.raises(BadValue, match="ends after it starts"):
        a_request_for_change(a_project(by=lead), by=lead, window_start=DONE, window_end=DONE)


def test_request_that_lacks_something_cannot_be_submitted(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    row = a_request_for_change(project, by=lead, reason="why", back_out_plan="back")
    with pytest.raises(Refused) as refusal:
        submitted(project, row, [lead], by=lead)
    assert refusal.value.details == (
        "likelihood", "impact", "items touched", "planned start and end", "customers and users affected",
        "personal or confidential data", "implementation plan", "tests and acceptance limits", "who is told, when",
        "promotion plan, attached as evidence",
    )


def test_plan_is_searched_when_it_is_attached(scene: Scene) -> None:
    row = a_whole_request(scene.project, by=scene.lead, home=scene.home, plan=b"client;mail\n[FAKE] Noe;ann@forge.fr\n")
    assert (row.plan_fake_rows, row.plan_sensitive_cells) == (1, 1)
    with pytest.raises(Refused) as refusal:
        submitted(scene.project, row, [scene.owner, scene.technical], by=scene.lead)
    assert refusal.value.details == ("a plan without fake rows and without personal data in the clear",)


def test_plan_is_a_file_of_the_project(scene: Scene) -> None:
    link = a_link(scene.project, by=scene.lead)
    for number in (link.id, 999):
        with pytest.raises(BadValue, match="is a file among the evidence"):
            actions.attach_plan(
                project=scene.project, request_for_change=scene.row, evidence_id=number, home=scene.home, by=scene.lead
            )


def test_those_asked_suffice_for_a_yes(scene: Scene) -> None:
    def refused(*asked: Person) -> str:
        with pytest.raises(BadValue) as refusal:
            submitted(scene.project, scene.row, asked, by=scene.lead)
        return refusal.value.message[:22]

    sales, plain = a_person(), a_person()
    a_member(scene.project, sales, hub=Hub.SALES, functions=[Function.CHANGE_AUTHORITY])
    a_member(scene.project, plain, hub=Hub.ADMINISTRATION)
    a_member(scene.project, scene.lead, functions=[Function.CHANGE_AUTHORITY])
    assert refused(scene.owner) == "Ask at least 2 people."
    assert refused(scene.owner, sales) == "Ask somebody of the ad"
    assert refused(plain, scene.technical) == "The risk asks for a fu"
    assert refused(scene.lead, scene.technical) == "Nobody approves a chan"
    assert scene.row.standing == "draft"


def test_quorum_of_both_hubs_authorises(scene: Scene) -> None:
    scene.submit()
    first = an_answer(scene.project, scene.row, by=scene.owner)
    assert (scene.row.standing, scene.verdict()) == ("submitted", Verdict.PENDING)
    an_answer(scene.project, scene.row, by=scene.technical)
    assert (scene.row.standing, scene.verdict()) == ("authorised", Verdict.AUTHORISED)
    (event,) = history("approval", first.id)
    assert (event.act, first.meaning, first.plan_sha256) == (
        "change_answered", "I approve RFC-1 as submitted in round 1", scene.row.plan_sha256,
    )


STEPS: dict[str, Callable[[Scene], object]] = {
    "approve a": lambda scene: an_answer(scene.project, scene.row, by=scene.owner),
    "approve b": lambda scene: an_answer(scene.project, scene.row, by=scene.technical),
    "reject a": lambda scene: an_answer(scene.project, scene.row, by=scene.owner, verdict="rejected"),
    "reject b": lambda scene: an_answer(scene.project, scene.row, by=scene.technical, verdict="rejected"),
    "change": lambda scene: scene.change(tests="others"),
    "new plan": lambda scene: scene.new_plan(),
    "author": lambda scene: an_answer(scene.project, scene.row, by=scene.lead),
    "outsider": lambda scene: an_answer(
        scene.project, scene.row, by=a_person(role=Role.CONTRIBUTOR, password=PASSWORD)
    ),
}


@pytest.mark.parametrize(("steps", "state", "refused"), [
    (("approve a", "approve b"), "authorised", 0),
    (("approve a", "reject b"), "rejected", 0),
    (("reject a", "approve b"), "rejected", 1),
    (("reject a", "approve a", "approve b"), "rejected", 2),
    (("approve a", "reject a"), "submitted", 1),
    (("approve a", "author", "outsider"), "submitted", 2),
    (("approve a", "change", "approve b"), "draft", 1),
    (("approve a", "new plan", "approve b"), "submitted", 1),
    (("approve a", "approve b", "reject a"), "authorised", 1),
    (("approve a", "approve b", "change"), "draft", 0),
])
def test_no_sequence_shows_a_rejected_request_as_approved(
    scene: Scene, steps: tuple[str, ...], state: str, refused: int
) -> None:
    scene.submit()
    refusals = 0
    for step in steps:
        try:
            STEPS[step](scene)
        except (Refused, TransitionRefused):
            refusals += 1
    assert (scene.row.standing, refusals) == (state, refused)
    assert (scene.verdict() is Verdict.AUTHORISED) == (state == "authorised")


def test_answer_is_asked_signed_and_given_once(scene: Scene) -> None:
    scene.submit()
    admin = a_person(role=Role.ADMIN, password=PASSWORD)
    for person, code in ((admin, 403), (scene.lead, 403)):
        with pytest.raises(Refused) as refusal:
            an_answer(scene.project, scene.row, by=person)
        assert refusal.value.code == code
    with pytest.raises(BadValue) as wrong:
        actions.decide_request(
            project=scene.project, request_for_change=scene.row, verdict="approved", reason="x", password="not it",
            by=scene.owner,
        )
    an_answer(scene.project, scene.row, by=scene.owner)
    with pytest.raises(Refused, match="answered already"):
        an_answer(scene.project, scene.row, by=scene.owner, verdict="rejected")
    assert wrong.value.field == "password"


def test_signed_answer_cannot_be_altered_in_the_database(scene: Scene) -> None:
    scene.submit()
    an_answer(scene.project, scene.row, by=scene.owner, verdict="rejected")
    with pytest.raises(DatabaseError, match="never change"):
        db.session.execute(text("UPDATE approval SET verdict = 'approved'"))
    db.session.rollback()


def test_new_round_asks_anew_and_keeps_the_former_answers(scene: Scene) -> None:
    scene.submit()
    an_answer(scene.project, scene.row, by=scene.owner, verdict="rejected")
    scene.change(back_out_plan="restore list and contracts")
    scene.submit()
    an_answer(scene.project, scene.row, by=scene.technical)
    assert (scene.row.round, scene.row.standing) == (2, "submitted")
    an_answer(scene.project, scene.row, by=scene.owner)
    assert (scene.row.standing, db.session.query(Approval).count()) == ("authorised", 3)


def test_plan_that_changed_since_is_neither_scheduled_nor_carried_out(scene: Scene) -> None:
    scene.submit()
    for person in (scene.owner, scene.technical):
        an_answer(scene.project, scene.row, by=person)
    scene.new_plan()
    with pytest.raises(Refused, match="newer version than the one approved"):
        actions.schedule_change(project=scene.project, request_for_change=scene.row, by=scene.lead)


def carried_out(scene: Scene) -> None:
    actions.implement_change(
        project=scene.project, request_for_change=scene.row, actual_start=DONE, actual_end=DONE, by=scene.lead
    )


def reviewed(scene: Scene, result: str = "successful") -> None:
    actions.review_change(
        project=scene.project, request_for_change=scene.row, answers={"purpose": "yes"}, result=result,
        reviewed_on=clock.today(), by=scene.lead,
    )


def test_authorised_change_is_scheduled_carried_out_and_reviewed(scene: Scene) -> None:
    scene.submit()
    for person in (scene.owner, scene.technical):
        an_answer(scene.project, scene.row, by=person)
    with pytest.raises(TransitionRefused):
        carried_out(scene)
    actions.schedule_change(project=scene.project, request_for_change=scene.row, by=scene.lead)
    carried_out(scene)
    with pytest.raises(BadValue, match="backed out"):
        reviewed(scene, "rolled_back")
    reviewed(scene)
    acts = [each.act for each in history("request_for_change", scene.row.id)]
    assert (scene.row.standing, acts[-3:]) == ("reviewed", ["change_submitted", "change_scheduled", "change_implemented"])
    with pytest.raises(TransitionRefused):
        scene.change(title="other")


def test_change_that_is_backed_out_is_reviewed_as_rolled_back(scene: Scene) -> None:
    scene.submit()
    for person in (scene.owner, scene.technical):
        an_answer(scene.project, scene.row, by=person)
    actions.schedule_change(project=scene.project, request_for_change=scene.row, by=scene.lead)
    actions.back_out_change(
        project=scene.project, request_for_change=scene.row, reason="totals differ", actual_end=DONE, by=scene.lead
    )
    reviewed(scene, "rolled_back")
    assert scene.row.standing == "reviewed"


def test_emergency_is_carried_out_first_and_answered_before_its_review(scene: Scene) -> None:
    scene.change(change_type=ChangeType.EMERGENCY)
    scene.submit()
    carried_out(scene)
    with pytest.raises(Refused, match="the answers come before the review"):
        reviewed(scene)
    for person in (scene.owner, scene.technical):
        an_answer(scene.project, scene.row, by=person)
    assert (scene.row.standing, scene.verdict()) == ("implemented", Verdict.AUTHORISED)
    reviewed(scene)
    assert scene.row.standing == "reviewed"


def test_standard_change_is_of_low_risk_and_takes_one_answer(scene: Scene) -> None:
    scene.change(change_type=ChangeType.STANDARD)
    with pytest.raises(Refused) as refusal:
        submitted(scene.project, scene.row, [scene.owner], by=scene.lead)
    assert refusal.value.details == ("a low risk, since only those are standard; or another type",)
    scene.change(likelihood=1)
    submitted(scene.project, scene.row, [scene.owner], by=scene.lead)
    an_answer(scene.project, scene.row, by=scene.owner)
    assert scene.row.standing == "authorised"


def test_critical_risk_asks_for_a_rehearsal_and_the_sponsor(scene: Scene) -> None:
    scene.change(likelihood=5, impact_level=5)
    sponsor = a_person(password=PASSWORD)
    a_member(scene.project, sponsor, functions=[Function.SPONSOR])
    with pytest.raises(Refused) as refusal:
        scene.submit()
    assert refusal.value.details == ("a rehearsal of the way back that went well, since the risk is critical",)
    actions.rehearse(
        project=scene.project, request_for_change=scene.row, held_on=clock.today(), observed_by="A. Martin", result="ok",
        minutes=12, by=scene.lead,
    )
    with pytest.raises(BadValue, match="asks for a function"):
        scene.submit()
    submitted(scene.project, scene.row, [sponsor, scene.technical], by=scene.lead)
    assert scene.row.standing == "submitted"


def test_request_is_withdrawn_until_it_is_decided(scene: Scene) -> None:
    scene.submit()
    actions.withdraw_request(project=scene.project, request_for_change=scene.row, reason="no longer wanted", by=scene.lead)
    assert (scene.row.standing, scene.row.withdrawn_reason) == ("withdrawn", "no longer wanted")


def test_acceptance_run_is_accepted_once_its_exceptions_are_decided(scene: Scene) -> None:
    run = an_acceptance_run(scene.project, by=scene.lead, got_units=30)
    assert (run.totals, run.acceptance) == ("different", "open")
    exception = an_exception(scene.project, run, by=scene.lead)
    decide = {"project": scene.project, "run": run, "exception": exception, "decision": "credit note", "by": scene.lead}
    actions.decide_exception(**decide)
    assert (run.exceptions_open, run.exceptions_decided, run.acceptance) == (0, 1, "accepted")
    with pytest.raises(Refused, match="decided already"):
        actions.decide_exception(**decide)
    assert an_acceptance_run(scene.project, by=scene.lead).acceptance == "accepted"


def test_whoever_changed_the_text_or_the_plan_is_not_asked(scene: Scene) -> None:
    actions.change_request(project=scene.project, request_for_change=scene.row, by=scene.owner, reason="my own words")
    assert [each.person_id for each in queries.candidates(scene.project.id, scene.row)] == [scene.technical.id]
    with pytest.raises(BadValue, match="Nobody approves a change of their own"):
        scene.submit()
