"""My work: what waits for a person, where each line leads, what is left out, and how many queries it takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import Inspector
from tests.factories.adoption import a_reevaluation
from tests.factories.changes import a_whole_request, an_answer, submitted, two_approvers
from tests.factories.checklists import a_checklist
from tests.factories.evidence import a_link
from tests.factories.inquiry import a_guest_link
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.practices import a_practice_record, a_reading_by, a_role, a_user, an_approval, an_instruction
from tests.factories.projects import a_project
from tests.factories.risks import a_risk
from tests.factories.tools import a_customisation, a_limitation, a_promise, a_tool
from workbench import clock
from workbench.adoption.registers import REEVALUATIONS
from workbench.changes.rules import RequestState
from workbench.checklists.actions import assign_items
from workbench.database import db
from workbench.desk.portfolio import Asked, projects_of
from workbench.desk.work import Kind, how_many, tasks_of
from workbench.inquiry.actions import Said, answer_guest_link
from workbench.inquiry.registers import CONSULTATIONS
from workbench.inquiry.rules import ContributionKind
from workbench.people.models import Person
from workbench.people.queries import membership
from workbench.people.rules import Function, Role
from workbench.projects.actions import open_project
from workbench.projects.models import Project
from workbench.projects.rules import ProjectKind, ProjectState
from workbench.registers.actions import withdraw_record
from workbench.tools.rules import Decision

Counter = Callable[[], AbstractContextManager[list[str]]]
YESTERDAY, FAR = clock.today() - timedelta(days=1), clock.today() + timedelta(days=60)


@pytest.fixture
def me(app: Flask) -> Person:
    return a_person(name="Mia Me", password=PASSWORD)


@pytest.fixture
def project(me: Person) -> Project:
    made = a_project(key="INV-1")
    a_member(made, me)
    return made


def waiting(person: Person) -> dict[str, list[str]]:
    """{kind: codes} of what waits."""
    db.session.flush()
    return {kind.value: [each.code for each in tasks] for kind, tasks in tasks_of(person).items() if tasks}


def fill(project: Project, me: Person, *, due: date) -> None:
    """One of each record that names an owner and a day."""
    tool = a_tool(project=project, by=me)
    a_promise(project, tool, by=me, owner_id=me.id, next_chase_on=due)
    a_limitation(project, tool, by=me, chaser_id=me.id, next_chase_on=due)
    a_risk(project, by=me, owner_id=me.id, review_on=due)
    a_reevaluation(project, by=me, who_id=me.id, due_on=due)
    channel = a_practice_record(project, "channels", by=me, owner_id=me.id)
    a_practice_record(project, "reminders", by=me, channel_id=channel.id, due_on=due)
    a_link(project, by=me).valid_until = due


def test_records_wait_for_their_owner_once_they_are_due(project: Project, me: Person) -> None:
    fill(project, me, due=YESTERDAY)
    found = waiting(me)
    assert found == {
        "promise": ["V-1"], "limitation": ["L-01"], "risk": ["R-1"], "reevaluation": ["RV-1"], "reminder": ["RE-1"],
        "evidence": ["E-1"],
    }
    assert how_many(me) == 6


def test_records_that_are_not_due_yet_do_not_wait(project: Project, me: Person) -> None:
    fill(project, me, due=FAR)
    assert (waiting(me), how_many(me)) == ({}, 0)


def test_records_of_others_do_not_wait(project: Project, me: Person) -> None:
    other = a_person()
    a_member(project, other)
    fill(project, me, due=YESTERDAY)
    assert waiting(other) == {}


def test_what_is_settled_or_withdrawn_does_not_wait(project: Project, me: Person) -> None:
    row = a_reevaluation(project, by=me, who_id=me.id, due_on=YESTERDAY)
    withdraw_record(REEVALUATIONS, project=project, row=row, reason="double", by=me)
    limitation = a_limitation(project, a_tool(project=project), by=me, chaser_id=me.id, next_chase_on=YESTERDAY)
    limitation.decision = Decision.DROP
    a_reevaluation(project, by=me, who_id=me.id, due_on=YESTERDAY, done_on=YESTERDAY)
    assert waiting(me) == {}


def test_nothing_waits_on_a_stopped_project_or_for_somebody_who_left(project: Project, me: Person) -> None:
    a_risk(project, by=me, owner_id=me.id, review_on=YESTERDAY)
    project.state = ProjectState.STOPPED
    stopped = waiting(me)
    project.state = ProjectState.CLOSED
    closed = waiting(me)
    db.session.delete(membership(project.id, me.id))
    assert (stopped, closed, waiting(me)) == ({}, {"risk": ["R-1"]}, {})


def test_customisation_waits_for_its_test_with_the_new_version(project: Project, me: Person) -> None:
    tool = a_tool(project=project, edition="2.0")
    row = a_customisation(project, tool, by=me, owner_id=me.id, version_tested="1.9", tested_on=YESTERDAY)
    before = waiting(me)
    row.version_tested = "2.0"
    assert (before, waiting(me)) == ({"retest": ["X-1"]}, {})


def test_approval_waits_until_it_is_signed_and_for_those_asked_alone(home: Path, project: Project, me: Person) -> None:
    owner, technical = two_approvers(project)
    row = submitted(project, a_whole_request(project, by=me, home=home), [owner, technical], by=me)
    before = (waiting(owner), waiting(technical), waiting(me))
    an_answer(project, row, by=owner)
    assert before == ({"approval": [row.code]}, {"approval": [row.code]}, {})
    assert (waiting(owner), waiting(technical)) == ({}, {"approval": [row.code]})


def test_change_waits_for_its_review_by_who_submitted_it(home: Path, project: Project, me: Person) -> None:
    row = submitted(project, a_whole_request(project, by=me, home=home), list(two_approvers(project)), by=me)
    row.state = RequestState.IMPLEMENTED
    assert waiting(me) == {"review": [row.code]}


def test_instruction_in_force_waits_for_its_reader_until_read(project: Project, me: Person) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    a_member(project, lead)
    role = a_role(project, by=lead)
    user = a_user(project, role, by=lead, person_id=me.id)
    text = an_instruction(project, by=me, role_id=role.id)
    draft = waiting(me)
    edition = an_approval(project, text, by=lead)
    in_force = waiting(me)
    a_reading_by(project, edition, user, by=me)
    assert (draft, in_force, waiting(me)) == ({}, {"reading": [text.code]}, {})


def test_answer_by_link_is_news_that_does_not_count(project: Project, me: Person) -> None:
    link, _token = a_guest_link(project, by=me)
    before = waiting(me)
    said = [Said(ContributionKind.OPINION, "In spring.")]
    answer_guest_link(CONSULTATIONS, project=project, link=link, said=said, has_consent=True, is_confidential=False)
    assert (before, waiting(me), how_many(me)) == ({}, {"guest": [link.code]}, 0)


def test_my_work_leads_to_what_waits_and_the_navigation_counts_it(client: Inspector, project: Project, me: Person) -> None:
    fill(project, me, due=YESTERDAY)
    page = client.sign_in(me).get("/").text
    for address in (
        "/projects/INV-1/records/promises/1", "/projects/INV-1/records/limitations/1", "/projects/INV-1/records/risks/1",
        "/projects/INV-1/adoption/reevaluations/1", "/projects/INV-1/practices/reminders/1",
        "/projects/INV-1/evidence/1",
    ):
        assert f'href="{address}"' in page
        assert client.get(address).status_code == 200
    assert re.search(r'class="count">6<', client.get("/projects/").text.partition("sidenav")[2]) is not None


def test_my_work_calls_checklists_by_their_titles_and_no_gate_of_a_management_system(
    client: Inspector, project: Project, me: Person
) -> None:
    checklist = a_checklist(project, by=me, pack="iso9001_2015")
    assign_items(project=project, checklist=checklist, item_keys=["4.1-1"], person=me, due_on=clock.today(), by=me)
    system = open_project(key="QMS-1", name="Our management system", by=me, kind=ProjectKind.SYSTEM)
    if membership(system.id, me.id) is None:
        a_member(system, me)
    page, table = client.sign_in(me).get("/").text, client.get("/my-work.csv").text
    assert (">ISO 9001:2015</a>" in page, "iso9001_2015" in page, "iso9001_2015" in table) == (True, False, False)
    assert (f"/projects/{system.key}/steps/1/gate" in page, "none: it has no steps" in page) == (False, True)


def test_my_work_says_that_nothing_waits(client: Inspector, project: Project, me: Person) -> None:
    page = client.sign_in(me).get("/").text
    assert ("Nothing waits for you." in page, 'class="count"' in page.partition("sidenav")[2].partition("</nav>")[0]) == (
        True, False,
    )


def test_relapse_waits_for_those_who_can_cure_it(client: Inspector, project: Project, me: Person) -> None:
    project.state = ProjectState.WATCH
    plain = "Relapses to cure" in client.sign_in(me).get("/").text
    adopter = a_person()
    a_member(db.session.get_one(Project, project.id), adopter, functions=[Function.ADOPTION_LEAD])
    assert (plain, "Relapses to cure" in client.sign_in(adopter).get("/").text) == (False, True)


@pytest.mark.parametrize("number", [1, 10, 100])
def test_my_work_takes_seven_queries(
    client: Inspector, count_queries: Counter, project: Project, me: Person, number: int
) -> None:
    for _each in range(number):
        a_risk(project, by=me, owner_id=me.id, review_on=YESTERDAY)
    client.sign_in(me)
    client.get("/")
    with count_queries() as seen:
        page = client.get("/").text
    reads = [each for each in seen if each.startswith("SELECT")]
    assert (len(re.findall(r"records/risks/\d+", page)), len(reads)) == (min(number, 20), 7)


def test_both_engines_answer_what_waits(any_app: Flask, home: Path) -> None:
    me = a_person(role=Role.QUALITY_LEAD, password=PASSWORD)
    project = a_project(key="INV-1", by=me)
    a_member(project, me, functions=[Function.SPONSOR])
    fill(project, me, due=YESTERDAY)
    submitted(project, a_whole_request(project, by=me, home=home), list(two_approvers(project)), by=me)
    (line,) = projects_of(me, Asked(mine=True, words="inv", state="open", step=1, sort="overdue")).rows
    assert (how_many(me), [each.project for each in tasks_of(me)[Kind.RISK]]) == (6, ["INV-1"])
    assert (line.approvals, line.waits.approvals, line.waits.decider) == (2, ["Olga Owner", "Tom Tech"], [me.name])
