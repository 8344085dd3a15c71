"""What the registers of the catalogue say: findings, management review, adoption, limitations, evidence, applicability."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from tests.conftest import Inspector
from tests.factories.adoption import a_climber, a_measure, a_reading, a_relapse, a_survey, an_answer_to
from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_file
from tests.factories.findings import a_check, a_finding, a_finding_action, a_treated_finding, later
from tests.factories.oversight import a_review, a_review_action
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_limitation, a_promise, a_tool
from tests.reports.briefs import brief_of, built
from workbench import clock
from workbench.adoption import actions as adoption
from workbench.checklists.actions import attach_evidence, exclude_clause
from workbench.checklists.rules import AnswerState
from workbench.database import db
from workbench.evidence import store
from workbench.evidence.actions import withdraw
from workbench.findings import actions as findings
from workbench.findings.rules import FindingKind
from workbench.lifecycle.models import Waiver
from workbench.oversight.actions import reviews
from workbench.oversight.rules.reviews import DecisionKind
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.projects.rules import Confidentiality, ProjectKind
from workbench.reports import document, queries
from workbench.reports.models import BuiltReport
from workbench.reports.rules import Options, Period
from workbench.trail.actions import record

KEYS = (
    "nonconformity_register", "management_review", "adoption_status", "limitations_register", "evidence_index",
    "statement_of_applicability",
)


def lead() -> Person:
    """Who may do what the factories do."""
    return a_person(role=Role.QUALITY_LEAD, name="Sylvie Petit")


@pytest.mark.parametrize("key", KEYS)
def test_an_empty_project_is_told_calmly(app: Flask, home: Path, key: str) -> None:
    project = a_project()
    page = document.html(key, brief_of(project, home))
    assert queries.catalogue()[key].subjects(project.id) == []
    assert ("class=\"none\"" in page, "class=\"figures\"" in page) == (True, False)


@pytest.mark.parametrize("key", KEYS)
def test_an_appendix_left_out_is_not_printed(app: Flask, home: Path, key: str) -> None:
    annexes = tuple(name for name, _title in queries.catalogue()[key].ANNEXES)
    page = document.html(key, brief_of(a_project(), home, Options(without=annexes)))
    assert [name for name in annexes if f'id="{name}"' in page] == []


# Findings


def findings_of(home: Path) -> tuple[Project, Person]:
    """F-1 closed after 31 days, F-2 with a late action, F-3 an opportunity, F-4 withdrawn."""
    by, judge = lead(), a_person(role=Role.AUDITOR, name="Judith Klein")
    project = a_project(by=by)
    checklist = a_checklist(project, by=by, pack="iso9001_2015")
    line = {"checklist_id": checklist.id, "item_key": "8.5.1-1"}
    cured = a_treated_finding(project, by=by, owner_id=by.id, **line)
    with later(31):
        a_check(project, cured, by=judge)
        findings.close_finding(project=project, finding=cured, by=judge)
    again = a_finding(project, by=by, kind=FindingKind.MAJOR, **line)
    a_finding_action(project, again, by=by, due_on=clock.today() - timedelta(days=5), what="Lock the sheet.")
    a_finding(project, by=by, kind=FindingKind.OPPORTUNITY)
    gone = a_finding(project, by=by)
    findings.withdraw_finding(project=project, finding=gone, reason="Held against the wrong line.", by=judge)
    return project, by


def test_register_tells_origin_clause_lateness_and_history(app: Flask, home: Path) -> None:
    with force_locale("en"):
        project, by = findings_of(home)
    report = built("nonconformity_register", project, home)
    first, second, third, fourth = report.findings
    assert [(each.place.ref, each.again, each.same) for each in (first, second)] == [
        ("8.5.1", "", ("F-2",)), ("8.5.1", "", ("F-1",))
    ]
    assert (third.place, fourth.found.row.state) == (None, "withdrawn")
    assert [(name, [(one.code, one.lateness) for one in waiting]) for name, waiting in report.owners] == [
        (by.name, [("F-2.1", "5 days late")])
    ]
    assert [(each.ref, each.counts["major"], each.counts["minor"], each.open, each.codes) for each in report.clauses] == [
        ("8.5.1", 1, 1, 1, ("F-1", "F-2")), ("", 0, 0, 1, ("F-3",)),  # raised on the project itself
    ]
    assert report.ages == {("0-30", "major"): 1, ("0-30", "opportunity"): 1}
    assert [each.act for each in first.history][:2] == ["finding_raised", "finding_action_added"]
    assert [each.act for each in fourth.history] == ["finding_raised", "finding_withdrawn"]
    assert (report.usual_days, len(report.open), len(report.late)) == (31, 2, 1)


def test_register_honours_its_options(app: Flask, home: Path) -> None:
    with force_locale("en"):
        project, _by = findings_of(home)
    key = "nonconformity_register"

    def told(options: Options) -> list[str]:
        return [each.code for each in built(key, project, home, options).findings]

    long_ago = Period(date(2001, 1, 1), date(2001, 12, 31))
    assert told(Options(subjects=("F-2", "F-9"))) == ["F-2"]
    assert told(Options(period=long_ago)) == []  # nothing was raised yet
    tomorrow = clock.today() + timedelta(days=1)
    assert told(Options(period=Period(tomorrow))) == ["F-1", "F-2", "F-3"]  # closed later, or open still
    assert told(Options(period=Period(tomorrow + timedelta(days=40)))) == ["F-2", "F-3"]
    assert told(Options(packs=("iso9001_2015",))) == ["F-1", "F-2"]
    assert [code for code, _label in queries.catalogue()[key].subjects(project.id)] == ["F-4", "F-3", "F-2", "F-1"]


# Management review


def test_figures_of_a_project_say_nothing_of_others(app: Flask, home: Path) -> None:
    with force_locale("en"):
        by = lead()
        mine, other = a_project(by=by), a_project(by=by)
        a_finding(mine, by=by)
        a_finding(other, by=by, statement="A secret of the other project.")
        review = a_review(by=by)
        a_review_action(review, by=by, text="Only for those who lead.")
        reviews.add_decision(review=review, kind=DecisionKind.CHANGE, text="Sell the other project.", by=by)
    brief = brief_of(mine, home, Options(subjects=(review.number,)))
    page = document.html("management_review", brief)
    assert [each for each in ("A secret", "Only for those", "Sell the other", other.key) if each in page] == []
    assert "Decisions: 1, actions: 1." in page


def test_pack_of_the_management_system_names_waivers_as_people_do(app: Flask, home: Path) -> None:
    with force_locale("en"):
        by = lead()
        system, other = a_project(by=by), a_project(by=by)
        system.kind = ProjectKind.SYSTEM
        for step, key in ((1, "item:G1-02"), (3, "hub_heard:technical")):
            row = Waiver(
                project_id=other.id, step=step, condition_key=key, reason="later", risk_accepted="none", granted_by_id=by.id,
                ends_on=clock.today() + timedelta(days=30), granted_at=clock.now(),
            )
            db.session.add(row)
            record("waiver_granted", row, by=by, project=other.key)
        page = document.html("management_review", brief_of(system, home))
    named = [each in page for each in ("<td>G1-02</td>", "<td>Heard: technical</td>", "item:", "hub_heard")]
    assert named == [True, True, False, False]


def test_pack_of_the_management_system_tells_of_every_project(app: Flask, home: Path) -> None:
    with force_locale("en"):
        by = lead()
        system, other = a_project(by=by), a_project(by=by)
        system.kind = ProjectKind.SYSTEM
        tool = a_tool(by=by, project=other)
        a_limitation(other, tool, by=by, promise="in the spring", promised_on=date(2024, 4, 1))
        a_finding(other, by=by, kind=FindingKind.MAJOR)
        review = a_review(by=by)
        reviews.add_decision(review=_prepared(review, by), kind=DecisionKind.CHANGE, text="One auditor more.", by=by)
    report = built("management_review", system, home, Options(subjects=(review.number,)))
    assert [each.row.number for each in report.packs] == [review.number]
    assert report.decisions(report.packs[0], "change") == ["D1: One auditor more."]
    assert [(each.row.key, each.waiting, each.open["major"]) for each in report.projects.projects] == sorted(
        [(system.key, 0, 0), (other.key, 1, 1)]
    )
    assert [(each.project, each.code, each.promised) for each in report.projects.waiting] == [
        (other.key, "L-01", "in the spring")
    ]
    assert report.projects.by_step == [(1, [other.key])]
    assert [each.asked.key for each in report.packs[0].considered][:3] == ["actions", "issues", "parties"]
    assert report.packs[0].considered[2].heard == {"internal": 0, "reseller": 0, "supplier": 0, "editor": 0}


def test_pack_of_the_management_system_stands_on_the_changes_of_every_project(app: Flask, home: Path) -> None:
    with force_locale("en"):
        by = lead()
        system, other = a_project(by=by), a_project(by=by)
        system.kind = ProjectKind.SYSTEM
        brief_of(system, home)  # signs a checkpoint
        a_finding(other, by=by)
    found = [
        queries.checkpoint_to_print(project.key, everywhere=queries.looks_at_all(key, project)) is None
        for key, project in (("management_review", system), ("evidence_index", system), ("management_review", other))
    ]
    assert found == [True, False, True]


def _prepared(review: Any, by: Person) -> Any:
    reviews.prepare_review(review=review, by=by)
    return review


def test_only_those_who_hold_reviews_build_the_pack_and_no_guest_opens_it(client: Inspector, home: Path) -> None:
    by, manager, guest = lead(), a_person(role=Role.PROJECT_MANAGER), a_person(role=Role.GUEST)
    project = a_project(by=by)
    a_member(project, manager, role=Role.PROJECT_MANAGER)
    a_member(project, guest, role=Role.GUEST)
    row = BuiltReport(
        project_id=project.id, key="management_review", language="en", sha256=store.keep(b"%PDF-1.7", home=home), size=8,
        filename="pack.pdf", checkpoint_size=3, built_at=clock.now(), built_by_id=by.id,
    )
    db.session.add(row)
    record("report_built", row, by=by, project=project.key)
    page = f"/projects/{project.key}/reports/"
    answers = [
        client.sign_in(manager).post(page, {"report": "management_review", "language": "en"}).status_code,
        client.get(f"{page}{row.id}/file").status_code,
        client.sign_in(guest).get(f"{page}{row.id}/file").status_code,
    ]
    assert answers == [403, 200, 403]


# Adoption


def test_adoption_tells_verdicts_surveys_and_relapses(app: Flask, home: Path) -> None:
    with force_locale("en"):
        by = lead()
        project = a_project(by=by)
        kept, broken = a_measure(project, by=by), a_measure(project, by=by, behaviour="count read from the export")
        for week in range(6):
            a_reading(project, kept, by=by, week=week)
            a_reading(project, broken, by=by, week=week, old_way=50)
        a_relapse(project, broken, by=by)
        a_measure(project, by=by, behaviour="not counted by anybody")
        a_climber(project, by=by)
        survey, _secret = a_survey(project, by=by)
        for _each in range(4):
            an_answer_to(project, survey)
        adoption.close_survey(project=project, survey=survey, by=by)
    report = built("adoption_status", project, home)
    assert ([each.counted.measure.code for each in report.kept], report.index) == (["AM-1"], 100)
    assert report.weakest(report.surveys[0].results)[1] == 4
    assert report.in_short == "1 measure does not show a habit yet. 1 measure was not counted yet."
    assert [(code, told) for _row, code, told in report.seen.relapses] == [("AM-2", "within 5 % in 5 of the last 8 weeks")]
    second = built("adoption_status", project, home, Options(subjects=("AM-1",), period=Period(date(2025, 1, 20))))
    assert ([len(second.weeks(each)) for each in second.seen.habits], second.seen.relapses) == ([4], ())
    assert "Hélène" not in document.html("adoption_status", brief_of(project, home))  # the ladder tells of roles only


# Limitations and tools


def test_limitations_tell_age_promise_and_licences(app: Flask, home: Path) -> None:
    with force_locale("en"):
        by = lead()
        project = a_project(by=by)
        ends = clock.today() + timedelta(days=12)
        tool = a_tool(by=by, name="Portal", project=project, standing="trial", trial_ends_on=ends)
        a_limitation(project, tool, by=by, first_reported_on=clock.today() - timedelta(days=800))
        older = clock.today() - timedelta(days=900)
        second = a_limitation(project, tool, by=by, statement="no price list", first_reported_on=older)
        a_promise(project, tool, by=by, limitation_id=second.id, due_on=clock.today() - timedelta(days=1))
    report = built("limitations_register", project, home)
    assert [(each.row.code, each.age, each.is_waiting) for each in report.seen.limits] == [
        ("L-02", "2 years 5 months", True), ("L-01", "2 years 2 months", False)
    ]
    assert [(each.tool, each.days) for each in report.seen.licences] == [("Portal", 12)]
    assert (report.count("reseller", None), report.count("", None), report.count("reseller", "wait")) == (2, 2, 0)
    only = built("limitations_register", project, home, Options(subjects=("L-01",)))
    assert [each.row.code for each in only.seen.limits] == ["L-01"]


# Evidence


def test_index_tells_what_rests_on_each_piece_and_turns_it_round(app: Flask, home: Path) -> None:
    with force_locale("en"):
        by = lead()
        project = a_project(by=by)
        checklist = a_checklist(project, by=by, pack="iso9001_2015")
        old = a_file(project, by=by, home=home, filename="old-map.pdf", valid_until=clock.today())
        a_file(project, by=by, home=home, title="Unused")
        gone = a_file(project, by=by, home=home, title="Wrong one")
        finding = a_finding(project, by=by)
        action = a_finding_action(project, finding, by=by)
        findings.finish_action(
            project=project, finding=finding, action=action, done_on=clock.today(), evidence_id=old.id, by=by
        )
        an_answer(project, checklist, "4.1-1", by=by)
        attach_evidence(project=project, checklist=checklist, item_key="4.1-1", evidence=old, by=by)
        withdraw(project=project, evidence=gone, reason="Of another client.", by=by)
        with later(1):
            report = built("evidence_index", project, home)
            page = document.html("evidence_index", brief_of(project, home, Options(confidentiality=Confidentiality.PUBLIC)))
    first, unused, third = report.pieces
    assert [each.file.state for each in report.pieces] == ["expired", "current", "withdrawn"]
    assert ([(place.item, state) for place, state in first.lines], [each.code for each in first.cited]) == (
        [("4.1-1", "conform")], ["F-1.1"]
    )
    assert (report.unused, third.withdrawn_because, first.added_by) == ([unused], "Of another client.", by.name)
    assert [(each.place.item, [one.file.code for one in each.pieces]) for each in report.bare] == [("4.1-1", ["E-1"])]
    assert "old-map.pdf" not in page


# Applicability


def test_statement_prints_every_line_and_why_it_does_not_apply(app: Flask, home: Path) -> None:
    with force_locale("en"):
        by = lead()
        project = a_project(by=by)
        a_checklist(project, by=by, pack="iso9001_2015")
        controls = a_checklist(project, by=by, pack="iso27001_2022")
        an_answer(project, controls, "A.5.1-1", by=by)
        an_answer(project, controls, "A.5.2-1", by=by, state=AnswerState.NOT_APPLICABLE, note="Nobody works from home.")
        exclude_clause(project=project, checklist=controls, clause="A.7", reason="The company has no premises.", by=by)
    report = built("statement_of_applicability", project, home)
    assert [each.checklist.pack_id for each in report.checklists] == ["iso27001_2022", "iso9001_2015"]
    first = report.checklists[0]
    assert [each.ref for each in first.chapters][:5] == ["A.5", "A.6", "A.7", "A.8", "4"]
    told = {each.answer.key: (each.applies, each.why_not, each.responsible) for each in first.chapters[0].lines}
    assert [told["A.5.1-1"], told["A.5.2-1"]] == [(True, "", by.name), (False, "Nobody works from home.", by.name)]
    seventh = first.chapters[2]
    assert {(each.applies, each.why_not) for each in seventh.lines} == {(False, "The company has no premises.")}
    assert (seventh.totals.applicable, first.totals.lines, first.totals.bare) == (0, controls.total, 1)
    page = document.html("statement_of_applicability", brief_of(project, home, Options(subjects=("iso27001_2022",))))
    keys = [line.answer.key for chapter in first.chapters for line in chapter.lines]
    assert (set(re.findall(r"<td>([A-Z0-9.]+-\d+)</td>", page)), len(keys)) == (set(keys), controls.total)


def test_number_of_queries_does_not_grow(
    app: Flask, home: Path, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with force_locale("en"):
        by = lead()
        project = a_project(by=by)
        checklist = a_checklist(project, by=by, pack="iso9001_2015")

        def asked() -> list[int]:
            found = []
            brief = brief_of(project, home)
            for key in KEYS:
                with clock.as_of(brief.point.at), count_queries() as seen:
                    queries.catalogue()[key].build(brief)
                found.append(len(seen))
            return found

        def more() -> None:
            tool = a_tool(by=by, project=project)
            a_limitation(project, tool, by=by)
            finding = a_finding(project, by=by, checklist_id=checklist.id, item_key="4.1-1")
            a_finding_action(project, finding, by=by)
            a_file(project, by=by, home=home)
            a_reading(project, a_measure(project, by=by), by=by)

        more()
        before = asked()
        for _each in range(3):
            more()
        assert asked() == before
