"""Handing over all open work of somebody who leaves: what goes, what stays, and the one record of it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.adoption import a_lesson, a_reevaluation
from tests.factories.audits import an_audit, an_audit_member
from tests.factories.changes import a_connection, a_whole_request, an_answer, submitted, two_approvers
from tests.factories.checklists import a_checklist, a_recurrence
from tests.factories.evidence import a_link
from tests.factories.findings import a_finding, a_finding_action
from tests.factories.inquiry import a_guest_link
from tests.factories.lifecycle import a_decision
from tests.factories.oversight import a_hand_over, a_review, a_review_action
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.practices import a_practice_record
from tests.factories.projects import a_project
from tests.factories.risks import a_risk
from tests.factories.tools import a_customisation, a_limitation, a_promise, a_tool
from tests.factories.trials import a_weakness
from workbench import clock
from workbench.changes.models import ApprovalAsked
from workbench.checklists.actions import assign_items
from workbench.database import Base, db
from workbench.lifecycle.models import DecisionCondition
from workbench.lifecycle.rules import Outcome
from workbench.oversight.actions.handover import hand_over
from workbench.oversight.forms.handover import REASONS, TITLES
from workbench.oversight.models import HandOver
from workbench.oversight.queries import handover as queries
from workbench.oversight.queries.holdings import HOLDINGS, NO_WORK, Held, held_by
from workbench.oversight.rules.handover import Stays
from workbench.people.models import Membership, Person
from workbench.people.rules import Function, Hub, Role
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.trail.models import Entry
from workbench.trail.queries import verify
from workbench.web.refusals import BadValue, Refused
from workbench.web.transactions import commit

Counter = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD, name="Lea Lead", password=PASSWORD)


def a_leaver(lead: Person, home: Path) -> tuple[Person, Project]:
    """Claire, quality lead of a project, who holds one thing of every kind."""
    claire = a_person(name="Claire", role=Role.QUALITY_LEAD, password=PASSWORD)
    project = a_project(by=lead, key="INV-1")
    a_member(project, claire, role=Role.PROJECT_MANAGER, functions=[Function.QUALITY_LEAD])
    mine = {"owner_id": claire.id}
    tool = a_tool(by=claire, project=project)
    assign_items(
        project=project, checklist=a_checklist(project, by=lead), item_keys=["G1-01"], person=claire,
        due_on=clock.today(), by=lead,
    )
    a_recurrence(project, by=claire)
    finding = a_finding(project, by=lead, **mine)
    a_finding_action(project, finding, by=lead, owner=claire)
    a_link(project, by=claire)
    decision = a_decision(project, 1, by=lead, keys=home / "keys", outcome=Outcome.HOLD)
    condition = DecisionCondition(
        decision_id=decision.id, project_id=project.id, step=1, text="name the sponsor", due_on=date(2099, 1, 1), **mine
    )
    db.session.add(condition)
    record("gate_decided", condition, by=lead, project=project.key)
    a_risk(project, by=lead, **mine)
    a_limitation(project, tool, by=lead, chaser_id=claire.id)
    a_promise(project, tool, by=lead, **mine)
    a_customisation(project, tool, by=lead, **mine)
    a_weakness(project, by=lead, **mine)
    a_practice_record(project, "channels", by=lead, **mine)
    a_lesson(project, by=lead, **mine)
    a_reevaluation(project, by=lead, who_id=claire.id)
    a_guest_link(project, by=claire)
    review = a_review(by=lead, chair_id=claire.id)
    a_review_action(review, by=lead, owner=claire)
    return claire, project


def keys(held: list[Held]) -> list[str]:
    return sorted({each.holding.key for each in held})


def all_of(held: list[Held], to: Person | None) -> dict[str, Person | None]:
    return {each.pick: to for each in held}


def test_every_column_that_names_a_person_is_a_holding_or_explained(app: Flask) -> None:
    named = set()
    for mapper in Base.registry.mappers:
        table = mapper.class_.__table__
        for column in table.columns:
            if any(key.column.table.name == "person" for key in column.foreign_keys):
                named.add((table.name, column.name, mapper.class_.__sealed__))
    work = {(name, column) for name, column, is_sealed in named if not is_sealed and not column.endswith("_by_id")}
    listed = {(str(each.model.__tablename__), each.column) for each in HOLDINGS}
    assert sorted(work - listed - NO_WORK.keys()) == []
    assert sorted(listed - {(name, column) for name, column, _sealed in named}) == []


def test_every_kind_and_every_reason_has_its_words() -> None:
    assert ([each.key for each in HOLDINGS if each.key not in TITLES], [each for each in Stays if each not in REASONS]) == ([], [])


def test_everything_goes_in_one_act_with_one_entry(any_app: Flask, home: Path) -> None:
    lead = a_person(role=Role.QUALITY_LEAD, name="Lea Lead", password=PASSWORD)
    claire, _project = a_leaver(lead, home)
    held = held_by(claire.id)
    heir = a_person(role=Role.QUALITY_LEAD, name="Hanna")
    before = len(db.session.scalars(select(Entry.seq)).all())
    made = hand_over(person=claire, picks=all_of(held, heir), reason="Claire left.", by=lead)
    entries = db.session.scalars(select(Entry).order_by(Entry.seq)).all()[before:]
    told = json.loads(entries[0].leaf)
    assert [each.act for each in entries] == ["work_handed_over"]
    assert (len(told["new"]["items"]), told["new"]["items"]) == (
        len(held), [f"{each['holding']}:{each['id']}" for each in made.items],
    )
    assert (made.left, made.held_before, made.held_after, held_by(claire.id)) == ([], len(held), 0, [])
    assert keys(held_by(heir.id)) == keys(held)
    assert [(each.count, each.shares) for each in queries.hand_overs_of_project(_project.id)] == [
        (sum(bool(each.project) for each in held), (("Hanna", sum(bool(each.project) for each in held)),)),
    ]
    commit()
    assert verify(home / "keys").faults == ()


def test_leaver_holds_one_thing_of_nearly_every_kind(app: Flask, lead: Person, home: Path) -> None:
    claire, _project = a_leaver(lead, home)
    assert {each.key for each in HOLDINGS} - set(keys(held_by(claire.id))) == {"audits", "approvals", "connections"}


def test_done_and_withdrawn_things_are_not_held(app: Flask, lead: Person) -> None:
    project = a_project(by=lead)
    risk, finding = a_risk(project, by=lead, owner_id=lead.id), a_finding(project, by=lead, owner_id=lead.id)
    seen = [keys(held_by(lead.id))]
    risk.withdrawn_at, finding.state = clock.now(), "closed"
    db.session.flush()
    assert (*seen, keys(held_by(lead.id))) == (["findings", "risks"], [])


def test_connection_goes_too(app: Flask, lead: Person) -> None:
    project, claire = a_project(by=lead), a_person()
    a_member(project, claire)
    a_connection(project, by=lead, owner_id=claire.id)
    hand_over(person=claire, picks=all_of(held_by(claire.id), lead), reason="left", by=lead)
    assert (keys(held_by(claire.id)), "connections" in keys(held_by(lead.id))) == ([], True)


def test_receiver_outside_the_team_gets_nothing_unless_added(app: Flask, lead: Person) -> None:
    project, claire, heir = a_project(by=lead), a_person(), a_person(name="Hanna")
    a_member(project, claire, role=Role.CONTRIBUTOR, hub=Hub.TECHNICAL, functions=[Function.TECHNICAL_LEAD])
    a_risk(project, by=lead, owner_id=claire.id)
    held = held_by(claire.id)
    first = hand_over(person=claire, picks=all_of(held, heir), reason="left", by=lead, add_to_team=False)
    assert ([each["reason"] for each in first.left], first.held_after) == (["not_in_team", "not_in_team"], 2)
    second = hand_over(person=claire, picks=all_of(held, heir), reason="left", by=lead)
    member = db.session.scalars(select(Membership).where(Membership.person_id == heir.id)).one()
    assert (second.left, second.held_after) == ([], 0)
    assert (member.role, member.hub, member.functions) == ("contributor", "technical", ["technical_lead"])


@pytest.mark.parametrize(
    ("role", "is_giver", "reason"),
    [(Role.ADMIN, False, "no_right"), (Role.AUDITOR, False, "no_right"), (Role.QUALITY_LEAD, True, "same")],
)
def test_who_may_not_do_it_does_not_get_it(app: Flask, lead: Person, role: Role, is_giver: bool, reason: str) -> None:
    project, claire = a_project(by=lead), a_person(role=Role.QUALITY_LEAD)
    a_risk(project, by=lead, owner_id=claire.id)
    to = claire if is_giver else a_person(role=role)
    made = hand_over(person=claire, picks=all_of(held_by(claire.id), to), reason="left", by=lead, add_to_team=False)
    expected = "not_in_team" if reason == "no_right" else reason
    assert ([each["reason"] for each in made.left], made.held_after) == ([expected], 1)


def test_nobody_gives_themselves_a_function_that_decides(app: Flask, lead: Person) -> None:
    project, claire = a_project(by=lead), a_person()
    a_member(project, claire, functions=[Function.SPONSOR])
    a_member(project, lead)
    made = hand_over(person=claire, picks=all_of(held_by(claire.id), lead), reason="left", by=lead)
    assert [each["reason"] for each in made.left] == ["own_rights"]


def test_approval_is_asked_of_the_receiver_unless_they_wrote_it(app: Flask, lead: Person, home: Path) -> None:
    project = a_project(by=lead)
    writer = a_person(name="Walter")
    a_member(project, writer)
    owner, technical = two_approvers(project)
    request = submitted(project, a_whole_request(project, by=writer, home=home), [owner, technical], by=writer)
    held = [each for each in held_by(owner.id) if each.holding.key == "approvals"]
    made = hand_over(person=owner, picks=all_of(held, writer), reason="left", by=lead)
    assert [each["reason"] for each in made.left] == ["author"]
    made = hand_over(person=owner, picks=all_of(held, technical), reason="left", by=lead)
    assert [each["reason"] for each in made.left] == ["asked"]
    heir = a_person(name="Hanna", password=PASSWORD)
    a_member(project, heir, functions=[Function.CHANGE_AUTHORITY])
    made = hand_over(person=owner, picks=all_of(held, heir), reason="left", by=lead)
    assert (made.left, [each for each in held_by(owner.id) if each.holding.key == "approvals"]) == ([], [])
    assert len(db.session.scalars(select(ApprovalAsked)).all()) == 3
    an_answer(project, request, by=technical)
    an_answer(project, request, by=heir)
    assert request.state == "authorised"


def test_audit_goes_to_nobody_who_would_audit_their_own_work(app: Flask, lead: Person) -> None:
    project, auditor = a_project(by=lead), a_person(role=Role.AUDITOR, name="Ada")
    member, heir = a_person(), a_person(role=Role.AUDITOR, name="Adam")
    a_member(project, member)
    audit = an_audit(project, by=lead)
    an_audit_member(project, audit, auditor, by=lead)
    held = held_by(auditor.id)
    found = []
    for to in (lead, heir):
        made = hand_over(person=auditor, picks=all_of(held, to), reason="left", by=lead)
        found.append([each["reason"] for each in made.left])
    assert (found, keys(held_by(heir.id)), held_by(auditor.id)) == ([["own_work"], []], ["audits"], [])


def test_act_needs_a_reason_and_something_picked(app: Flask, lead: Person) -> None:
    fields = []
    for picks, reason in (({}, "left"), ({"risks:1": lead}, " ")):
        with pytest.raises(BadValue) as refusal:
            hand_over(person=a_person(), picks=picks, reason=reason, by=lead)
        fields.append(refusal.value.field)
    assert fields == ["picks", "reason"]


def test_what_is_not_held_any_more_is_said_so(app: Flask, lead: Person) -> None:
    made = hand_over(person=a_person(), picks={"risks:77": lead}, reason="left", by=lead)
    assert made.left == [{"holding": "risks", "id": 77, "reason": "gone"}]


def test_sign_in_is_taken_away_by_an_admin_only_and_given_back(app: Flask, client: Any, lead: Person) -> None:
    project, claire, admin = a_project(by=lead), a_person(), a_person(role=Role.ADMIN)
    a_risk(project, by=lead, owner_id=claire.id)
    picks = all_of(held_by(claire.id), lead)
    for person, by in ((claire, lead), (admin, admin)):
        with pytest.raises(Refused):
            hand_over(person=person, picks=picks, reason="left", by=by, end_sign_in=True)
    hand_over(person=claire, picks=picks, reason="left", by=admin, end_sign_in=True)
    assert claire.active is False
    commit()
    client.sign_in(admin)
    assert "cannot sign in" in client.get(f"/people/{claire.id}/hand-over").text
    client.post(f"/people/{claire.id}/sign-in")
    assert db.session.get_one(Person, claire.id).active is True


def test_story_one_through_the_pages(client: Any, lead: Person, home: Path) -> None:
    """“I took over ISO 9001 last week because Claire left. What did I inherit?”"""
    claire, project = a_leaver(lead, home)
    count = len(held_by(claire.id))
    client.sign_in(lead)
    assert client.get(f"/hand-overs?person={claire.id}").location == f"/people/{claire.id}/hand-over"
    page = client.get(f"/people/{claire.id}/hand-over").text
    assert (f"{count} open things in all projects" in page, page.count('name="picks"')) == (True, count)
    empty = client.post(f"/people/{claire.id}/hand-over", {"reason": "Claire left.", "to": str(lead.id)})
    assert "Tick what is handed over." in html.unescape(empty.text)
    risk = next(each.pick for each in held_by(claire.id) if each.holding.key == "risks")
    other = a_person(role=Role.QUALITY_LEAD, name="Olaf")
    first = {"reason": "Claire left.", "to": str(lead.id), "to_risks": str(other.id), "picks": risk, "kinds": "lessons"}
    client.post(f"/people/{claire.id}/hand-over", first)
    sent = {"reason": "Claire left.", "to": str(lead.id), "everything": "y", "add_to_team": "y"}
    answer = client.post(f"/people/{claire.id}/hand-over", sent)
    page = client.get(answer.location).text
    assert "0 open things are left with Claire." in page
    assert re.findall(r"<strong>(\d+)</strong> <span>([a-z ]+)</span>", page) == [
        (str(count - 2), "open things before"), (str(count - 2), "handed over"), ("0", "left"),
    ]
    acts = [each.act for each in db.session.scalars(select(Entry).order_by(Entry.seq))]
    assert (acts.count("work_handed_over"), held_by(claire.id)) == (2, [])
    mine = client.get("/inherited").text
    assert (f"{count - 1} things that were handed to you still wait" in mine, "name the sponsor" in mine) == (True, True)
    assert "0 left" in client.get(f"/people/{claire.id}/hand-over").text
    assert ("Olaf (1)" in client.get(f"/projects/{project.key}/hand-overs").text, "Claire" in client.get("/hand-overs").text) == (
        True, True,
    )
    client.post("/language", {"language": "fr"})
    assert [client.get(each).status_code for each in ("/inherited", answer.location, f"/people/{claire.id}/hand-over")] == [200] * 3


def test_page_takes_as_many_queries_for_a_hundred_things_as_for_one(
    client: Any, lead: Person, count_queries: Counter
) -> None:
    claire, counts = a_person(), []
    for number in (1, 9, 90):
        for _each in range(number):
            a_risk(a_project(by=lead, key=f"MANY-{number}{_each:02d}"), by=lead, owner_id=claire.id, review_on=date(2026, 1, 1))
        client.sign_in(lead)
        with count_queries() as seen:
            client.get(f"/people/{claire.id}/hand-over")
        counts.append(len([each for each in seen if each.startswith("SELECT")]))
    assert len(set(counts)) == 1


def test_inherited_lists_what_is_due_first_and_leaves_out_what_is_done(app: Flask, lead: Person) -> None:
    project, claire = a_project(by=lead), a_person()
    days = [clock.today() + timedelta(days=each) for each in (9, 3, 5)]
    risks = [a_risk(project, by=lead, owner_id=claire.id, review_on=day) for day in days]
    a_hand_over(project, by=lead, person=claire, picks=all_of(held_by(claire.id), lead))
    risks[2].withdrawn_at = clock.now()
    db.session.flush()
    found = [(each.due_on, each.is_open) for each in queries.inherited(lead)]
    assert found == [(days[1], True), (days[0], True), (days[2], False)]
    assert db.session.scalars(select(HandOver)).one().held_after == 0
