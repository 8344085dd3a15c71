"""What the records of work say: internal audits, gates, changes, trials; as many queries whatever their number."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import text as sql

from tests.factories.audits import a_line, an_audit, an_opened_audit, conclude
from tests.factories.changes import (
    a_request_for_change,
    a_whole_request,
    an_acceptance_run,
    an_exception,
    submitted,
    two_approvers,
)
from tests.factories.changes import an_answer as an_approval
from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_file
from tests.factories.findings import a_finding, a_finding_action
from tests.factories.people import PASSWORD, a_person
from tests.factories.plans import a_plan
from tests.factories.projects import a_project
from tests.factories.reports import a_decision
from tests.factories.runs import a_fake, a_mapping_run, a_mirror, a_snapshot, a_version
from tests.factories.trials import a_run, golden_files
from tests.reports.briefs import ALL, brief_of, built
from workbench import clock
from workbench.audits.models import Audit
from workbench.audits.queries import checklists_of
from workbench.checklists.actions import attach_evidence
from workbench.checklists.rules import AnswerState
from workbench.database import db
from workbench.findings.rules import FindingKind
from workbench.lifecycle.models import DecisionCondition, Waiver
from workbench.lifecycle.rules import Outcome
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.actions import name_participant
from workbench.projects.models import Project
from workbench.projects.rules import Confidentiality, Layer
from workbench.reports import auditing, document, queries
from workbench.reports.rules import Options, Period
from workbench.trail.actions import record
from workbench.trials.models import PlanCheck
from workbench.trials.store import runs as store

KEYS = ("internal_audit", "gate_review", "change_record", "trial_comparison")
PACK = "iso20000_1_2018"
Counting = Callable[[], AbstractContextManager[list[str]]]


def text_of(key: str, project: Project, home: Path, options: Options = ALL) -> str:
    """What a report says, tags taken out."""
    page = document.html(key, brief_of(project, home, options)).partition("<main>")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def an_audit_held(project: Project, by: Person, lead: Person, **facts: Any) -> Audit:
    """An audit of service management: one answer with its evidence, two findings, a sample, a point that stays open."""
    audit = an_opened_audit(project, by=by, lead=lead, packs=[PACK], **facts)
    [started] = checklists_of(audit)
    assert started.pack is not None
    item = next(each for each in started.pack.items if (each.clause or "").startswith("8.5.1"))
    an_answer(project, started.checklist, item.key, by=lead, state=AnswerState.MINOR, note="Two were not authorised.")
    about = {"checklist_id": started.checklist.id, "item_key": item.key}
    minor = a_finding(project, by=lead, **about)
    a_finding_action(project, minor, by=lead)
    a_finding(project, by=lead, kind=FindingKind.CONFORMITY, statement="The calendar is read by all.", **about)
    a_line(project, audit, "samples", by=lead, clause="8.5.1.2")
    a_line(project, audit, "disagreements", by=lead)
    a_line(project, audit, "met", by=lead, name="Ondine Verhaeghe")
    conclude(project, audit, lead)
    return audit


@pytest.mark.parametrize("key", KEYS)
def test_a_project_without_records_is_told_calmly(app: Flask, home: Path, key: str) -> None:
    with force_locale("en"):
        project = a_project()
        said = text_of(key, project, home)
        found = built(key, project, home)
        page = document.html(key, found.brief)
    told = {
        "internal_audit": "No audit of this project is recorded", "gate_review": "No decision was taken at this gate.",
        "change_record": "No request for change was drafted.", "trial_comparison": "Nothing was tried in the sandbox yet",
    }
    assert told[key] in said
    assert [each.id for each in found.sections if f'id="{each.id}"' not in page] == []


def test_an_internal_audit_is_told_in_the_sections_of_the_conventions(app: Flask, home: Path) -> None:
    with force_locale("en"):
        by, lead = a_person(role=Role.QUALITY_LEAD), a_person(role=Role.AUDITOR, name="Judith Klein", password=PASSWORD)
        project = a_project(by=by)
        name_participant(
            project=project, name="Ondine Verhaeghe", by=by, layer=Layer.SUPPLIER, organisation="", expects="", is_confidential=True
        )
        audit = an_audit_held(project, by, lead)
        found = built("internal_audit", project, home)
        said = text_of("internal_audit", project, home)
    assert [each.id for each in found.sections] == [
        "summary", "scope", "people", "method", "previous", "gates", "clauses", "service", "findings", "good", "opportunities",
        "disagreements", "conclusion", "actions", "limits", "approval", "evidence", "items",
    ]
    part = found.parts[0]
    assert ([each.row.code for each in part.told.nonconformities], [each.row.code for each in part.told.of_kind("conformity")]) == (
        ["F-1"], ["F-2"],
    )
    assert (part.told.answered, part.topics[2].samples[0].code) == (1, "AS-1")
    assert part.questions[0] == "Findings that nobody owns yet – 1"
    for words_of_it in (audit.number, "10 of 120", "at random", "F-1.1", "AD-1", "December", "A sample of thirty.", "Judith Klein"):
        assert words_of_it in said
    assert "Verhaeghe" not in said
    assert "a person at the supplier (name withheld)" in said


def test_audits_one_after_the_other_know_those_before_them(app: Flask, home: Path, count_queries: Counting) -> None:
    with force_locale("en"):
        by, lead = a_person(role=Role.QUALITY_LEAD), a_person(role=Role.AUDITOR, password=PASSWORD)
        project = a_project(by=by)
        first = an_audit_held(project, by, lead)
        brief = brief_of(project, home)
        with count_queries() as one, clock.as_of(brief.point.at):
            queries.catalogue()["internal_audit"].build(brief)
        second = an_audit_held(project, by, lead, planned_from=date(2027, 3, 1), planned_to=date(2027, 3, 2))
        an_audit(project, by=by, planned_from=date(2028, 3, 1), planned_to=date(2028, 3, 1))
        db.session.expire_all()
        brief = brief_of(project, home)
        with count_queries() as three, clock.as_of(brief.point.at):
            found = queries.catalogue()["internal_audit"].build(brief)
        assert [(each.told.row.number, each.heading.number, each.prefix) for each in found.parts] == [
            (first.number, "1", "audit-1-"), (second.number, "2", "audit-2-"), (found.parts[2].told.row.number, "3", "audit-3-"),
        ]
        assert [[(number, each.row.code) for number, each in part.told.earlier] for part in found.parts[:2]] == [
            [], [(first.number, "F-1"), (first.number, "F-2")],
        ]
        ahead = found.parts[2]
        assert ahead.conclusion == ("The audit has not been held yet: this document tells what is planned.",)
        assert list(found.parts[1].told.disagreed_on.values()) == [(clock.today(), None)] * 2
        chosen = built("internal_audit", project, home, Options(subjects=(second.number,), without=("items",)))
        late = built("internal_audit", project, home, Options(period=Period(date(2027, 6, 1), None)))
    assert len(three) <= len(one) + 2  # the objects of the test itself are read again
    assert ([each.told.row.number for each in chosen.parts], chosen.has("items"), chosen.has("evidence")) == (
        [second.number], False, True,
    )
    assert [each.told.row.state for each in late.parts] == ["concluded", "concluded", "planned"]  # open ones are kept


def test_clauses_that_nobody_looked_at_are_gathered_under_the_highest(app: Flask) -> None:
    def row(ref: str, depth: int, total: int, answered: int) -> Any:
        return type("Row", (), {"ref": ref, "depth": depth, "total": total, "answered": answered})()

    rows: Sequence[Any] = [
        row("4", 0, 0, 0), row("4.1", 1, 2, 0), row("4.2", 1, 1, 0), row("5", 0, 0, 0), row("5.1", 1, 2, 1), row("5.2", 1, 1, 0),
        row("6", 0, 0, 0),
    ]
    assert auditing._unseen(rows) == ["4", "5.2"]


def test_a_gate_review_sets_what_was_decided_beside_what_stands_now(app: Flask, home: Path, count_queries: Counting) -> None:
    with force_locale("en"):
        by = a_person(role=Role.QUALITY_LEAD, name="Claire Roux")
        project = a_project(by=by)
        gates = a_checklist(project, by=by)
        an_answer(project, gates, "G1-01", by=by)
        proof = a_file(project, by=by, home=home)
        attach_evidence(project=project, checklist=gates, item_key="G1-01", evidence=proof, by=by)
        held = a_decision(project, 1, Outcome.HOLD, by=by, reason="The map is not drawn.")
        brief = brief_of(project, home)
        with count_queries() as few, clock.as_of(brief.point.at):
            queries.catalogue()["gate_review"].build(brief)
        passed = a_decision(project, 1, Outcome.PASS_WITH_CONDITIONS, by=by)
        due = DecisionCondition(
            decision_id=passed.id, project_id=project.id, step=1, text="Name the sponsor.", owner_id=by.id,
            due_on=clock.today() - timedelta(days=3),
        )
        waiver = Waiver(
            project_id=project.id, step=1, condition_key="item:G1-02", reason="later", risk_accepted="none", granted_by_id=by.id,
            ends_on=clock.today() + timedelta(days=30), granted_at=clock.now(),
        )
        measured = Waiver(
            project_id=project.id, step=3, condition_key="layer_heard:reseller", reason="no reseller", risk_accepted="none",
            granted_by_id=by.id, ends_on=clock.today() + timedelta(days=30), granted_at=clock.now(),
        )
        for row, act in ((due, "condition_set"), (waiver, "waiver_granted"), (measured, "waiver_granted")):
            db.session.add(row)
            record(act, row, by=by, project=project.key)
        an_answer(project, gates, "G1-01", by=by, state=AnswerState.PARTLY, note="Half of it.")
        a_decision(project, 2, Outcome.BACK, by=by, back_to=1)
        db.session.expire_all()
        brief = brief_of(project, home)
        with count_queries() as many, clock.as_of(brief.point.at):
            found = queries.catalogue()["gate_review"].build(brief)
        said = text_of("gate_review", project, home)
        only = built("gate_review", project, home, Options(subjects=(held.code,), without=("items",)))
        steps = built("gate_review", project, home, Options(steps=(2, 3)))
    first = found.gates[0]
    assert ([each.code for each in first.shown], first.last.code, len(first.passes)) == (["D-1", "D-2"], "D-2", 2)
    moved = next(each for each in first.answers if each.now.key == "G1-01")
    assert (moved.frozen["state"], moved.now.answer_state, moved.has_moved) == ("conform", "partly", True)
    assert ([each.what for each in first.later if each.weighs][:1], first.weighs) == (["G1-01"], True)
    assert ([each.text for each in first.open_conditions], [each.condition_key for each in found.waivers]) == (
        ["Name the sponsor."], ["item:G1-02", "layer_heard:reseller"],
    )
    assert ("layer_heard" in said, "no longer asked gate 3" in said) == (False, True)
    for words_of_it in ("D-1", "The map is not drawn.", "Name the sponsor.", "overdue", "E-1", "Half of it.", "Snapshot SHA-256"):
        assert words_of_it in said
    assert ([each.id for each in only.gates], [each.code for each in only.decisions], only.has("items")) == (["G1"], ["D-1"], False)
    assert [each.id for each in steps.gates] == ["G2", "G3"]
    assert len(many) <= len(few) + 3


def test_a_gate_review_names_a_decision_that_was_changed_by_hand(app: Flask, home: Path) -> None:
    with force_locale("en"):
        by = a_person(role=Role.QUALITY_LEAD)
        project = a_project(by=by)
        for step in (1, 2):
            a_decision(project, step, Outcome.PASS, by=by)
        untouched = text_of("gate_review", project, home)
        db.session.execute(sql("DROP TRIGGER sealed_gate_decision_update"))
        db.session.execute(sql("UPDATE gate_decision SET outcome = 'hold' WHERE number = 2"))
        db.session.expire_all()
        said = text_of("gate_review", project, home)
    assert "not as it was signed" not in untouched
    assert re.findall(r"not as it was signed (D-.) was changed in the database after entry", said) == ["D-2"]


def test_a_change_record_tells_each_request_from_its_plan_to_its_approvals(app: Flask, home: Path, count_queries: Counting) -> None:
    with force_locale("en"):
        by = a_person(role=Role.QUALITY_LEAD)
        project = a_project(by=by)
        approvers = two_approvers(project)
        row = a_whole_request(project, by=by, home=home)
        submitted(project, row, approvers, by=by)
        for each in approvers:
            an_approval(project, row, by=each)
        run = an_acceptance_run(project, by=by, got_units=33)
        an_exception(project, run, by=by)
        brief = brief_of(project, home)
        with count_queries() as one, clock.as_of(brief.point.at):
            queries.catalogue()["change_record"].build(brief)
        for _number in range(3):
            a_request_for_change(project, by=by, title="Drop the old list")
        db.session.expire_all()
        brief = brief_of(project, home)
        with count_queries() as four, clock.as_of(brief.point.at):
            found = queries.catalogue()["change_record"].build(brief)
        said = text_of("change_record", project, home)
        withheld = text_of("change_record", project, home, Options(confidentiality=Confidentiality.INTERNAL))
        only = built("change_record", project, home, Options(subjects=("RFC-2",)))
    assert ([each.row.code for each in found.requests], [label for label, _at in found.requests[0].way]) == (
        ["RFC-1", "RFC-2", "RFC-3", "RFC-4"], ["submitted", "authorised"],
    )
    for words_of_it in ("as discussed", "Olga Owner", row.plan_sha256[:32], "AR-1", "€124.00", "S3 counted twice for one client"):
        assert words_of_it in said
    assert ("€124.00" in withheld, "[withheld]" in withheld) == (False, True)
    assert ([each.row.code for each in only.requests], only.runs) == (["RFC-2"], ())
    assert len(four) <= len(one) + 1


def test_trials_are_told_with_their_rows_hashes_and_plans(app: Flask, home: Path, count_queries: Counting) -> None:
    with force_locale("en"):
        by = a_person(role=Role.QUALITY_LEAD, name="Nadia Benali")
        project = a_project(by=by)
        for month in (1, 2):
            a_run(project=project, by=by, home=home, files=golden_files(home / f"m{month}", month), month=month)
        a_mirror(project, by=by, home=home)
        a_fake(project, "supplier.usage", {"account": "A-2", "sku": "BS", "units": "9"}, by=by)
        version = a_version(project, by=by)
        first = a_mapping_run(project, by=by, home=home, version_id=version.id)
        plan = a_plan(project, first, by=by, home=home, only=(("kind", "update"),))
        stale = PlanCheck(
            plan_id=plan.id, live={}, is_stale=True, checked_at=clock.now(), checked_by_id=by.id,
            result={"messages": ["stale: line 7 S3 quantity 5 → 6"], "is_after": False, "counts": {}, "rows": [
                {"number": 1, "table": "psa.lines", "row": "line 7 S3", "state": "conflict", "fields": [
                    {"field": "quantity", "original": 5, "trial": 7, "now": 6, "state": "conflict"}]}]},
        )
        db.session.add(stale)
        record("plan_checked", stale, by=by, project=project.key)
        brief = brief_of(project, home)
        with count_queries() as one, clock.as_of(brief.point.at):
            queries.catalogue()["trial_comparison"].build(brief)
        a_snapshot(project, "supplier.usage", "account,sku,units\nA-1,BS,18\n", by=by, home=home)
        a_mapping_run(project, by=by, home=home, version_id=version.id, title="February", again=first.number)
        db.session.expire_all()
        brief = brief_of(project, home)
        with count_queries() as two, clock.as_of(brief.point.at):
            found = queries.catalogue()["trial_comparison"].build(brief)
        said = text_of("trial_comparison", project, home)
        report = queries.catalogue()["trial_comparison"]
        codes = [code for code, _title in report.subjects(project.id)]
        only = built("trial_comparison", project, home, Options(subjects=("M2",), without=("rows", "snapshots")))
        public = text_of("trial_comparison", project, home, Options(subjects=("M1", "P1"), confidentiality=Confidentiality.PUBLIC))
        whole = text_of("audit_report", project, home)
        store.run_folder(home, project.key, first.run_id).joinpath("run.json").chmod(0o644)
        store.run_folder(home, project.key, first.run_id).joinpath("run.json").unlink()
        gone = built("trial_comparison", project, home, Options(subjects=("M1",)))
    assert codes == ["R2", "R1", "M2", "M1", "P1"]
    assert [(each.against.number, each.run.number) for each in found.months] == [(1, 2)]
    january, february = found.runs
    counts = january.told.row.result["targets"][january.targets[0].table]
    assert len(january.targets[0].rows) == sum(count for kind, count in counts.items() if kind != "unchanged")
    assert (february.told.before.number, february.told.is_repeated, {each["source"] for each in february.told.row.drift}) == (
        1, True, {"usage"},
    )
    told = found.plans[0]
    assert (told.state, told.moved_in(told.check)) == ("stale", ["line 7 S3 quantity 5 → 6"])
    moved = next(each for each in january.targets[0].rows if each.kind == "update")
    assert (moved.origins != (), [each.moves for each in moved.fields]) == (True, [True] * len(moved.fields))
    for words_of_it in ("R1 ·", "M1 ·", "P1 ·", first.run_id[:32], plan.sha256[:32], "usage:", "fake", "supplier.usage"):
        assert words_of_it in said
    assert ("A-9" in said, "A-9" in public, "[withheld]" in public) == (True, False, True)
    assert ([each.code for each in only.runs], only.reconciled, only.plans, only.has("rows")) == (["M2"], (), (), False)
    assert ("Runs of mappings, tables received and plans" in whole, plan.sha256[:32] in whole) == (True, True)
    assert (gone.runs[0].targets[0].rows, "no longer kept" in gone.runs[0].targets[0].gone) == ((), True)
    assert len(two) <= len(one) + 1
