"""What happens to the programme and to an audit: numbers, independence, signatures, refusals, the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests.factories.audits import (
    LINES,
    PLAN,
    a_concluded_audit,
    a_line,
    an_agreed_audit,
    an_audit,
    an_audit_member,
    an_opened_audit,
    conclude,
)
from tests.factories.checklists import a_checklist, an_answer
from tests.factories.findings import a_finding
from tests.factories.inquiry import a_need
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.audits import actions, proofs, queries
from workbench.audits.models import Audit
from workbench.audits.registers import PARTS
from workbench.audits.rules import AuditKind, MemberRole
from workbench.database import db
from workbench.desk.waiting import Kind
from workbench.desk.work import tasks_of
from workbench.findings.actions import withdraw_finding
from workbench.flow import TransitionRefused
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.projects.models import Project
from workbench.web.refusals import BadValue, Refused

PACK = "iso9001_2015"


@pytest.fixture
def planner(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD, name="Planner")


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.AUDITOR, name="Ada", password=PASSWORD)


@pytest.fixture
def project(planner: Person) -> Project:
    return a_project(by=planner, key="INV-1")


def test_numbers_count_through_the_year_on_every_engine(any_app: Flask, save: Callable[[], None]) -> None:
    by = a_person(role=Role.QUALITY_LEAD)
    first, second = a_project(by=by), a_project(by=by)
    made = [an_audit(each, by=by) for each in (first, second, first)]
    later = an_audit(first, by=by, planned_from=date(2027, 1, 4), planned_to=date(2027, 1, 5))
    save()
    assert [each.number for each in (*made, later)] == ["A-2026-01", "A-2026-02", "A-2026-03", "A-2027-01"]
    double = Audit(
        number="A-2026-03", serial=9, programme_id=made[0].programme_id, project_id=first.id, title="x", kind="internal",
        planned_from=date(2026, 1, 1), planned_to=date(2026, 1, 1), planned_at=clock.now(), planned_by_id=by.id,
    )
    db.session.add(double)
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()
    areas = queries.areas(select(Project.id), 2026, date(2026, 12, 31))
    assert [len(each.audits) for each in sorted(areas, key=lambda each: each.project_id)] == [2, 1]
    assert [row.number for row in db.session.execute(queries.all_audits(select(Project.id)))] != []


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"planned_to": date(2026, 11, 30)}, "planned_to"),
        ({"period_from": date(2026, 2, 1), "period_to": date(2026, 1, 1)}, "period_to"),
        ({"kind": AuditKind.FOLLOW_UP}, "follows_id"),
        ({"follows_id": 99}, "follows_id"),
    ],
)
def test_plan_that_cannot_be_is_refused(planner: Person, project: Project, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(BadValue) as refusal:
        an_audit(project, by=planner, **facts)
    assert refusal.value.field == field


def test_programme_changes_after_approval_with_a_reason_only(planner: Person, project: Project) -> None:
    told = {"year": 2026, "risks_and_opportunities": "", "resources": "two auditors", "by": planner}
    programme = actions.describe_programme(objectives="", **told)
    with pytest.raises(BadValue):
        actions.approve_programme(programme=programme, reason="fit", by=planner)
    actions.describe_programme(objectives="Every area once.", **told)
    actions.approve_programme(programme=programme, reason="Fits the year.", by=planner)
    area = {"year": 2026, "project": project, "importance": 5, "planned_month": 3, "note": "", "by": planner}
    for change in (
        lambda: actions.describe_programme(objectives="More.", **told), lambda: actions.set_area(**area),
        lambda: actions.approve_programme(programme=programme, reason="again", by=planner),
    ):
        with pytest.raises((BadValue, Refused)):
            change()
    actions.set_area(**area, reason="A new client.")
    found = queries.area_row(project.id, 2026)
    assert (found.importance, found.planned_month, programme.approved_by_id) == (5, 3, planner.id)
    with pytest.raises(BadValue):
        actions.set_area(**{**area, "importance": 6}, reason="x")


def of_the_team(project: Project, person: Person, by: Person) -> None:
    a_member(project, person)


def who_answered(project: Project, person: Person, by: Person) -> None:
    an_answer(project, a_checklist(project, by=by), "G1-01", by=person)


def who_worked(project: Project, person: Person, by: Person) -> None:
    a_need(project, by=person)


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        (of_the_team, ("is in the team of the project (contributor)",)),
        (who_answered, ("answered 1 item of its checklists",)),
        (who_worked, ("wrote 1 entry in its trail: added: need",)),
    ],
)
def test_nobody_audits_their_own_work(
    planner: Person, lead: Person, project: Project, deed: Callable[..., None], told: tuple[str, ...]
) -> None:
    deed(project, lead, planner)
    audit = an_audit(project, by=planner)
    with pytest.raises(Refused) as refusal:
        an_audit_member(project, audit, lead, by=planner)
    assert refusal.value.details == told
    an_audit_member(project, audit, lead, by=planner, role=MemberRole.GUIDE)
    assert [each.role for each in queries.members(audit.id)] == ["guide"]


def test_internal_auditor_of_the_team_may_audit_and_work_outside_the_period_counts_not(
    planner: Person, lead: Person, project: Project
) -> None:
    a_member(project, lead, functions=[Function.INTERNAL_AUDITOR])
    a_need(project, by=lead)
    audit = an_audit(project, by=planner, period_from=date(2020, 1, 1), period_to=date(2020, 12, 31))
    an_audit_member(project, audit, lead, by=planner)
    assert proofs.conflicts_of(project, audit, queries.members(audit.id)) == {}


def test_work_done_after_joining_stands_against_the_plan_and_the_opening(
    planner: Person, lead: Person, project: Project
) -> None:
    audit = an_agreed_audit(project, by=planner, lead=lead)
    a_need(project, by=lead)
    with pytest.raises(Refused) as refusal:
        actions.open_audit(
            project=project, audit=audit, held_at=clock.now(), attendees="x", points="", questions="", by=lead
        )
    assert refusal.value.details == (
        "independence: somebody in the team would audit their own work", "Ada: wrote 1 entry in its trail: added: need",
    )
    actions.change_audit(project=project, audit=audit, facts=dict(PLAN), by=planner)
    with pytest.raises(Refused):
        sign(project, audit, lead)
    assert audit.state == "planned"


def sign(project: Project, audit: Audit, by: Person, **facts: Any) -> None:
    told = {"told": "Billing lead", "told_on": clock.today(), "password": PASSWORD, **facts}
    actions.agree_plan(project=project, audit=audit, by=by, **told)


def test_plan_names_everything_it_lacks_before_it_is_signed(planner: Person, lead: Person, project: Project) -> None:
    empty = dict.fromkeys(("objectives", "scope", "sampling", "client", "criteria", "method"), "")
    audit = an_audit(project, by=planner, **empty)
    lacks = proofs.lacking_to_agree(audit, queries.members(audit.id), {})
    assert lacks == ["objectives", "scope", "method", "sampling", "client", "criteria", "lead", "agenda"]
    with pytest.raises(Refused) as refusal:
        sign(project, audit, lead)
    assert len(refusal.value.details) == 8


def test_only_the_lead_signs_and_with_the_password(planner: Person, lead: Person, project: Project) -> None:
    audit = an_audit(project, by=planner)
    an_audit_member(project, audit, lead, by=planner)
    a_line(project, audit, "agenda", by=planner)
    for by, facts in (
        (planner, {}), (lead, {"password": "wrong"}), (lead, {"told_on": clock.today() + timedelta(days=1)}),
    ):
        with pytest.raises((Refused, BadValue)):
            sign(project, audit, by, **facts)
    sign(project, audit, lead)
    signature = queries.signatures_of(audit.id)["plan"]
    assert (audit.state, signature.signed_name, signature.content["team"]) == (
        "agreed", "Ada", [{"name": "Ada", "role": "lead"}],
    )
    actions.change_audit(project=project, audit=audit, facts={**PLAN, "scope": "More."}, by=lead)
    assert audit.state == "planned"


def test_lead_from_outside_is_signed_for_by_who_plans(project: Project) -> None:
    planner = a_person(role=Role.QUALITY_LEAD, password=PASSWORD)
    audit = an_audit(project, by=planner, kind=AuditKind.EXTERNAL)
    member = an_audit_member(project, audit, None, by=planner, name="Registrar")
    a_line(project, audit, "agenda", by=planner)
    sign(project, audit, planner)
    actions.remove_member(project=project, audit=audit, member=member, reason="Another one comes.", by=planner)
    assert (audit.state, proofs.lacking_to_open(queries.members(audit.id), {})) == ("agreed", ["lead"])


def test_team_holds_one_lead_and_each_person_once(planner: Person, lead: Person, project: Project) -> None:
    audit = an_audit(project, by=planner)
    member = an_audit_member(project, audit, lead, by=planner)
    an_audit_member(project, audit, None, by=planner, role=MemberRole.EXPERT, name="Outsider")
    for person, role, name in (
        (lead, MemberRole.AUDITOR, ""), (a_person(), MemberRole.LEAD, ""), (None, MemberRole.EXPERT, "Outsider"),
        (None, MemberRole.EXPERT, ""),
    ):
        with pytest.raises(BadValue):
            an_audit_member(project, audit, person, by=planner, role=role, name=name)
    with pytest.raises(BadValue):
        actions.remove_member(project=project, audit=audit, member=member, reason=" ", by=planner)
    actions.remove_member(project=project, audit=audit, member=member, reason="Ill.", by=planner)
    with pytest.raises(Refused):
        actions.remove_member(project=project, audit=audit, member=member, reason="Ill.", by=planner)
    assert [each.name for each in queries.members(audit.id)] == ["Outsider"]


def test_checklists_are_kept_to_those_who_audit_and_close_with_the_conclusion(
    planner: Person, lead: Person, project: Project
) -> None:
    audit = an_opened_audit(project, by=planner, lead=lead, packs=[PACK])
    second = a_person(role=Role.AUDITOR)
    an_audit_member(project, audit, second, by=planner, role=MemberRole.AUDITOR)
    [started] = queries.checklists_of(audit)
    assert (started.checklist.occasion, started.checklist.reserved_for) == (audit.number, sorted([lead.id, second.id]))
    assert proofs.lacking_to_conclude(audit) == ["met", "answers"]
    an_answer(project, started.checklist, started.pack.items[0].key, by=lead)
    conclude(project, audit, lead)
    assert (audit.state, started.checklist.closed_at is not None) == ("concluded", True)
    assert queries.conflicts(project, [lead.id]) == {lead.id: []}  # answering as an auditor is no work of the area


def test_audit_closes_with_its_findings_or_with_the_audit_that_follows(
    planner: Person, lead: Person, project: Project
) -> None:
    audit = an_opened_audit(project, by=planner, lead=lead, packs=[PACK])
    [started] = queries.checklists_of(audit)
    key = started.pack.items[0].key
    an_answer(project, started.checklist, key, by=lead)
    finding = a_finding(project, by=lead, checklist_id=started.checklist.id, item_key=key)
    conclude(project, audit, lead)
    with pytest.raises(Refused):
        actions.report_audit(project=project, audit=audit, by=lead)
    a_line(project, audit, "distribution", by=lead)
    actions.report_audit(project=project, audit=audit, by=lead)
    with pytest.raises(Refused) as refusal:
        actions.close_audit(project=project, audit=audit, note="", by=lead)
    assert refusal.value.details == (finding.code,)
    after = an_audit(project, by=planner, kind=AuditKind.FOLLOW_UP, follows_id=audit.id)
    assert [(each.number, each.finding.code, each.is_open) for each in queries.previous_findings(after)] == [
        (audit.number, finding.code, True)
    ]
    actions.close_audit(project=project, audit=audit, note="Followed up.", by=lead)
    assert (audit.state, [each.id for each in queries.follow_ups(audit)]) == ("closed", [after.id])
    actions.cancel_audit(project=project, audit=after, reason="Not needed.", by=planner)
    assert proofs.lacking_to_close(audit) == [finding.code]
    withdraw_finding(project=project, finding=finding, reason="It does not hold.", by=planner)
    assert (proofs.lacking_to_close(audit), after.state) == ([], "cancelled")


@pytest.mark.parametrize("part", sorted(PARTS))
def test_lines_are_written_changed_and_withdrawn_until_it_is_too_late(
    planner: Person, lead: Person, project: Project, part: str
) -> None:
    audit, register = an_audit(project, by=planner), PARTS[part]
    row = a_line(project, audit, part, by=planner)
    told = dict(LINES[part])
    actions.change_line(project=project, audit=audit, register=register, row=row, facts=told, by=planner)
    actions.withdraw_line(project=project, audit=audit, register=register, row=row, reason="Twice.", by=planner)
    assert queries.lines_of(audit.id, register.model) == []
    actions.cancel_audit(project=project, audit=audit, reason="No time.", by=planner)
    with pytest.raises(Refused):
        a_line(project, audit, part, by=planner)
    with pytest.raises(TransitionRefused):
        actions.close_audit(project=project, audit=audit, note="", by=planner)


@pytest.mark.parametrize(
    ("part", "facts", "field"),
    [
        ("samples", {"drawn": 121}, "drawn"), ("agenda", {"ends": "08:00"}, "ends"),
        ("disagreements", {"is_settled": True}, "settlement"),
    ],
)
def test_line_that_cannot_be_is_refused(
    planner: Person, project: Project, part: str, facts: dict[str, Any], field: str
) -> None:
    audit = an_audit(project, by=planner)
    with pytest.raises(BadValue) as refusal:
        a_line(project, audit, part, by=planner, **facts)
    assert refusal.value.field == field


def test_areas_come_in_the_order_of_risk_and_one_finds_ones_audits(
    planner: Person, lead: Person, project: Project
) -> None:
    other = a_project(by=planner, key="CRM-1")
    actions.set_area(year=2026, project=other, importance=4, planned_month=None, note="", by=planner)
    audit = a_concluded_audit(project, by=planner, lead=lead)
    a_finding(project, by=planner)
    found = queries.areas(select(Project.id), 2026, clock.today())
    parts = {each.key: {part.name: part.points for part in each.parts} for each in found}
    assert [each.key for each in found] == ["CRM-1", "INV-1"]
    assert parts == {"CRM-1": {"importance": 4, "never": 5}, "INV-1": {"importance": 3, "minors": 1}}
    assert [(each.code, each.record_id) for each in tasks_of(lead)[Kind.AUDIT]] == [(audit.number, audit.id)]
