"""What the gates ask of changes."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories.changes import (
    PLAN,
    a_connection,
    a_request_for_change,
    a_whole_request,
    an_acceptance_run,
    an_answer,
    an_exception,
    submitted,
    two_approvers,
)
from tests.factories.people import PASSWORD, a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.changes import actions, proofs
from workbench.changes.models import RequestForChange
from workbench.changes.rules import ChangeType
from workbench.evidence.actions import add_version
from workbench.evidence.queries import evidence_in
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project

Counting = Callable[[], AbstractContextManager[list[str]]]
TOMORROW = timedelta(days=1)


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD, password=PASSWORD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


@pytest.fixture
def row(project: Project, lead: Person, home: Path) -> RequestForChange:
    return a_whole_request(project, by=lead, home=home)


def authorised(project: Project, row: RequestForChange, lead: Person) -> tuple[Person, Person]:
    people = two_approvers(project)
    submitted(project, row, people, by=lead)
    for person in people:
        an_answer(project, row, by=person)
    return people


def carried_out(project: Project, row: RequestForChange, lead: Person, when: datetime) -> None:
    if row.standing == "authorised":
        actions.schedule_change(project=project, request_for_change=row, by=lead)
    actions.implement_change(project=project, request_for_change=row, actual_start=when, actual_end=when, by=lead)


def a_newer_plan(project: Project, row: RequestForChange, lead: Person, home: Path) -> None:
    piece = evidence_in(project.id, row.plan_evidence_id or 0)
    assert piece is not None
    add_version(project=project, evidence=piece, stream=io.BytesIO(PLAN + b"Mill;S3;1\n"), filename="p.csv", home=home, by=lead)


def test_without_a_request_that_is_what_is_lacking(project: Project) -> None:
    asked = (
        proofs.request_missing, proofs.plan_missing, proofs.plan_not_rehearsed, proofs.fake_in_plan,
        proofs.plan_not_as_approved, proofs.back_out_missing, proofs.approvals_missing,
    )
    assert [each(project.id) for each in asked] == [["no request for change"]] * 7
    assert proofs.acceptance_open(project.id) == ["no acceptance run"]
    late = date(2099, 1, 1)
    assert (proofs.approvals_undecided(project.id, late), proofs.review_overdue(project.id, late)) == ([], [])


def test_draft_lacks_its_words_its_plan_and_its_way_back(project: Project, lead: Person) -> None:
    made = a_request_for_change(project, by=lead, reason="why")
    assert proofs.request_missing(project.id)[0].startswith("RFC-1: likelihood, impact, items touched")
    assert (proofs.plan_missing(project.id), proofs.back_out_missing(project.id)) == ([made.code], [made.code])
    assert proofs.fake_in_plan(project.id) == ["RFC-1: no plan attached"]
    assert proofs.plan_not_as_approved(project.id) == ["RFC-1: no plan attached"]
    assert proofs.approvals_missing(project.id) == ["RFC-1: not submitted"]


def test_whole_request_lacks_nothing_of_that(project: Project, row: RequestForChange) -> None:
    asked = (proofs.request_missing, proofs.plan_missing, proofs.back_out_missing, proofs.fake_in_plan)
    assert [each(project.id) for each in asked] == [[], [], [], []]


def test_rehearsal_counts_for_the_plan_as_attached_and_the_last_one(
    project: Project, row: RequestForChange, lead: Person, home: Path
) -> None:
    def tried(result: str) -> list[str]:
        actions.rehearse(
            project=project, request_for_change=row, held_on=clock.today(), observed_by="A. Martin", result=result,
            minutes=12, by=lead,
        )
        return proofs.plan_not_rehearsed(project.id)

    assert (proofs.plan_not_rehearsed(project.id), tried("ok"), tried("failed"), tried("ok")) == (["RFC-1"], [], ["RFC-1"], [])
    a_newer_plan(project, row, lead, home)
    actions.attach_plan(
        project=project, request_for_change=row, evidence_id=row.plan_evidence_id or 0, home=home, by=lead
    )
    assert proofs.plan_not_rehearsed(project.id) == ["RFC-1"]


def test_plan_holds_no_fake_and_is_searched_anew_after_a_new_version(
    project: Project, row: RequestForChange, lead: Person, home: Path
) -> None:
    a_newer_plan(project, row, lead, home)
    a_whole_request(project, by=lead, home=home, plan=b"a;b\n[FAKE] Noe;ann@forge.fr\n")
    a_whole_request(project, by=lead, home=home, plan=b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n")
    assert proofs.fake_in_plan(project.id) == [
        "RFC-1: the newest version of the plan is not searched yet; attach it again",
        "RFC-2: fake rows: 1, cells with personal data: 1",
        "RFC-3: the plan cannot be searched; attach it as a table or a text",
    ]


def test_plan_is_the_one_approved_and_not_stale(
    project: Project, row: RequestForChange, lead: Person, home: Path
) -> None:
    assert proofs.plan_not_as_approved(project.id) == ["RFC-1: the plan is not approved"]
    authorised(project, row, lead)
    assert proofs.plan_not_as_approved(project.id) == []
    now = clock.now()
    clock.fix(now + timedelta(days=15))
    stale = proofs.plan_not_as_approved(project.id)
    clock.fix(None)
    a_newer_plan(project, row, lead, home)
    assert stale == [f"RFC-1: the plan is stale, it dates from {now.date().isoformat()}"]
    assert proofs.plan_not_as_approved(project.id) == ["RFC-1: the plan has a newer version than the one submitted"]


def test_approvals_missing_names_who_has_not_signed(project: Project, row: RequestForChange, lead: Person) -> None:
    owner, technical = two_approvers(project)
    submitted(project, row, [owner, technical], by=lead)
    an_answer(project, row, by=owner)
    waiting = proofs.approvals_missing(project.id)
    undecided = [proofs.approvals_undecided(project.id, day) for day in (date(2099, 1, 1), date(2099, 1, 2))]
    an_answer(project, row, by=technical)
    assert (waiting, undecided) == (["RFC-1: Tom Tech"], [[], ["RFC-1: Tom Tech, due 2099-01-01"]])
    assert (proofs.approvals_missing(project.id), proofs.approvals_undecided(project.id, date(2099, 1, 2))) == ([], [])


def test_rejected_request_alone_fails(project: Project, row: RequestForChange, lead: Person) -> None:
    owner, technical = two_approvers(project)
    submitted(project, row, [owner, technical], by=lead)
    an_answer(project, row, by=owner, verdict="rejected")
    assert proofs.approvals_missing(project.id) == ["RFC-1: rejected"]
    a_request_for_change(project, by=lead)
    assert proofs.approvals_missing(project.id) == ["RFC-2: not submitted"]


def test_emergency_rejected_afterwards_stays_rejected(project: Project, row: RequestForChange, lead: Person) -> None:
    actions.change_request(project=project, request_for_change=row, change_type=ChangeType.EMERGENCY, by=lead)
    owner, technical = two_approvers(project)
    submitted(project, row, [owner, technical], by=lead)
    carried_out(project, row, lead, clock.now())
    an_answer(project, row, by=owner, verdict="rejected")
    assert (row.standing, proofs.approvals_missing(project.id)) == ("implemented", ["RFC-1: rejected"])


def test_review_is_overdue_after_its_days(project: Project, row: RequestForChange, lead: Person) -> None:
    authorised(project, row, lead)
    done = datetime(2026, 1, 5, 18, tzinfo=UTC)
    carried_out(project, row, lead, done)
    due = done.date() + timedelta(days=30)
    assert (proofs.review_overdue(project.id, due), proofs.review_overdue(project.id, due + TOMORROW)) == ([], ["RFC-1"])


def test_acceptance_is_open_until_explained(project: Project, lead: Person) -> None:
    an_acceptance_run(project, by=lead)
    run = an_acceptance_run(project, by=lead, got_amount="99")
    first = proofs.acceptance_open(project.id)
    exception = an_exception(project, run, by=lead)
    actions.decide_exception(project=project, run=run, exception=exception, decision="credit note", by=lead)
    assert (first, proofs.acceptance_open(project.id)) == (["AR-2"], [])


def test_secrets_are_found_in_what_was_stored(project: Project, lead: Person) -> None:
    connection = a_connection(project, by=lead)
    a_request_for_change(project, by=lead, implementation_plan="log in with password=winter")
    before = proofs.secrets_found(project.id)
    connection.key_custody = "Bearer abcdefghijklmnop"
    assert (before, proofs.secrets_found(project.id)) == (["RFC-1"], ["CX-1", "RFC-1"])


@pytest.mark.parametrize("number", [1, 10])
def test_each_proof_asks_at_most_three_queries(
    app: Flask, project: Project, lead: Person, home: Path, count_queries: Counting, number: int
) -> None:
    people = two_approvers(project)
    for _each in range(number):
        submitted(project, a_whole_request(project, by=lead, home=home), people, by=lead)
    on: dict[str, Any] = {"on": clock.today()}
    asked: list[tuple[Callable[..., list[str]], dict[str, Any]]] = [
        (proofs.request_missing, {}), (proofs.plan_missing, {}), (proofs.plan_not_rehearsed, {}), (proofs.fake_in_plan, {}),
        (proofs.plan_not_as_approved, {}), (proofs.back_out_missing, {}), (proofs.approvals_missing, {}),
        (proofs.approvals_undecided, on), (proofs.acceptance_open, {}), (proofs.secrets_found, {}), (proofs.review_overdue, on),
    ]
    numbers = []
    for proof, told in asked:
        with count_queries() as seen:
            proof(project.id, **told)
        numbers.append(len([each for each in seen if each.startswith("SELECT")]))
    assert numbers == [1, 1, 3, 1, 3, 1, 2, 2, 1, 2, 1]


def test_approval_without_an_answer_waits_whatever_day_it_is_due(
    project: Project, row: RequestForChange, lead: Person
) -> None:
    asked = [each.id for each in two_approvers(project)]
    actions.submit_request(project=project, request_for_change=row, asked=asked, due_on=date.max, by=lead)
    names = ["RFC-1: Olga Owner, due 9999-12-31", "RFC-1: Tom Tech, due 9999-12-31"]
    assert (proofs.approvals_undecided(project.id), proofs.approvals_undecided(project.id, date.max)) == (names, [])
