"""What the demo tells about checklists, findings, audits and reviews."""

from __future__ import annotations

import json
import re

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from tests.reports import nist
from tests.reports.briefs import brief_of
from tests.showcase.test_loading import PROJECTS, project
from workbench import clock
from workbench.audits.models import Audit
from workbench.audits.queries import conflicts, programme
from workbench.checklists.models import Answer, AnswerEvidence, Checklist, Recurrence
from workbench.checklists.queries import asked_of, checklists_of_project, heat_map, newest_checklist
from workbench.config import Settings
from workbench.database import db
from workbench.findings.proofs import lacking_to_close
from workbench.findings.queries import actions_of, checks_of, findings_of_project
from workbench.lifecycle.models import GateDecision
from workbench.oversight.queries.holdings import held_by
from workbench.oversight.queries.reviews import actions_of as review_actions
from workbench.oversight.queries.reviews import last_held
from workbench.people.models import Person
from workbench.people.queries import person_with_email
from workbench.projects.rules import ProjectKind
from workbench.reports import document
from workbench.reports.conformity import audited, differing, treated
from workbench.reports.formats import oscal
from workbench.reports.lists import lists_of
from workbench.reports.rules import Point
from workbench.showcase.loading import SYSTEM_KEY

AROUND = {"team": 10, "participants": 4, "tools": 4, "tool-connections": 3, "hand-overs": 0, "surveys": 0}  # rows of each


def person(key: str) -> Person:
    """Somebody of the cast."""
    found = person_with_email(f"{key}@example.test")
    assert found is not None
    return found


def standing(key: str, pack_id: str) -> Checklist:
    """The standing checklist of a project."""
    found = newest_checklist(project(key).id, pack_id)
    assert found is not None
    return found


@pytest.mark.parametrize(("key", "language"), PROJECTS)
def test_rekeying_waits_for_its_judgement_and_another_finding_is_closed(shown: Settings, key: str, language: str) -> None:
    found = findings_of_project(project(key).id)
    assert [(each.code, each.kind, each.state) for each in found] == [
        ("F-1", "minor", "acted"), ("F-2", "minor", "closed"), ("F-3", "opportunity", "raised"),
    ]
    rekeying, closed, chance = found
    with force_locale("en"):
        assert lacking_to_close(rekeying) == ["effectiveness not evaluated"]
    assert (rekeying.item_key, rekeying.cause_method, len(rekeying.whys or ())) == ("8.5.1-2", "five_whys", 5)
    assert rekeying.check_due_on is not None
    assert rekeying.check_due_on <= clock.today()
    assert [(each.code, each.kind, each.state) for each in actions_of(rekeying.id)] == [
        ("F-1.1", "containment", "done"), ("F-1.2", "corrective", "done"),
    ]
    assert [(each.checked_by.name, each.verdict, each.score) for each in checks_of(closed.id)] == [
        ("Judith Klein", "effective", 100)
    ]
    assert [(each.code, each.owner.name, each.state) for each in actions_of(chance.id)] == [("F-3.1", "Claire Roux", "open")]


@pytest.mark.parametrize(("key", "language"), PROJECTS)
def test_an_answer_was_taken_over_with_the_same_evidence(shown: Settings, key: str, language: str) -> None:
    proofs = {}
    for pack_id, item in (("iso9001_2015", "8.5.6-1"), ("iso20000_1_2018", "8.5.1.3-1")):
        answer = db.session.scalars(
            select(Answer).where(Answer.checklist_id == standing(key, pack_id).id, Answer.item_key == item)
        ).one()
        links = select(AnswerEvidence.evidence_id).where(AnswerEvidence.answer_id == answer.id)
        proofs[item] = set(db.session.scalars(links))
    assert len(proofs["8.5.6-1"]) == 1
    assert proofs["8.5.6-1"] <= proofs["8.5.1.3-1"]
    assert list(standing(key, "iso9001_2015").excluded or {}) == ["8.3"]


@pytest.mark.parametrize(("key", "language"), PROJECTS)
def test_questions_wait_with_two_people_and_one_answer_for_a_word(shown: Settings, key: str, language: str) -> None:
    asked = asked_of(standing(key, "iso9001_2015"))
    assert {item: (each.person_name, str(each.assignment_state)) for item, each in asked.items()} == {
        "7.2-1": ("Nadia Benali", "submitted"), "7.2-2": ("Nadia Benali", "asked"),
        "5.1.1-1": ("Claire Roux", "asked"), "5.2.1-1": ("Claire Roux", "asked"),
        "9.3.1-1": ("Claire Roux", "asked"),
    }


def test_management_system_has_an_audit_held_and_one_is_planned(shown: Settings) -> None:
    system, invoicing = project(SYSTEM_KEY), project("INV-1")
    held, planned = db.session.scalars(select(Audit).order_by(Audit.id)).all()
    assert system.kind == ProjectKind.SYSTEM
    assert (held.number, held.project_id, held.state) == (f"A-{held.planned_from.year}-01", system.id, "reported")
    assert (planned.project_id, planned.state) == (invoicing.id, "planned")
    of_year = programme(held.planned_from.year)
    assert of_year is not None
    assert of_year.approved_at is not None
    (told,) = audited(system.id, treated(system.id, clock.today()))
    assert (told.lead, [each.row.kind for each in told.findings], told.still_open) == (
        "Judith Klein", ["minor", "opportunity"], ["F-1", "F-2"]
    )
    assert [(each.number, each.row.code) for each in differing(system.id)] == [(held.number, "AD-1")]
    assert conflicts(system, [person("judith").id]) == {person("judith").id: []}


def test_recurring_checklist_has_three_runs_and_gets_better(shown: Settings) -> None:
    recurrence = db.session.scalars(select(Recurrence)).one()
    found = heat_map(recurrence)
    assert len(found.runs) == 3
    cells = [[each for row in found.rows if (each := row.cells[place]) is not None] for place in range(3)]
    assert sorted(sum(each.satisfied for each in column) for column in cells) == [2, 4, 6]


def test_review_has_two_actions_one_of_them_open(shown: Settings) -> None:
    review = last_held()
    assert review is not None
    assert [(each.code, each.state) for each in review_actions(review.id)] == [("A1", "done"), ("A2", "open")]


def test_claire_holds_work_of_every_kind_to_hand_over(shown: Settings) -> None:
    found = held_by(person("claire").id)
    assert {each.holding.key for each in found} == {
        "functions", "items", "findings", "finding_actions", "evidence", "review_actions"
    }
    assert {each.project for each in found} == {"INV-1", "FAC-1", "MAIL-1", SYSTEM_KEY, ""}


def test_both_demo_projects_are_told_in_the_format_of_nist_and_in_every_list(shown: Settings) -> None:
    point = Point(size=1, root="", key_name="", vkey="", note="", at=clock.now())
    for key, language in PROJECTS:
        made = project(key)
        told = json.loads(oscal.results(
            project=made, checklists=checklists_of_project(made.id), language=language, organisation="Nordpont"
        ))
        assert (key, nist.faults(told), len(told["assessment-results"]["results"])) == (key, [], 3)
        tables = {path: data for path, data in lists_of(made, language, point).files().items() if path.endswith(".csv")}
        lists = {path: text.decode("utf-8-sig").count("\r\n") - 1 for path, text in tables.items()}
        around = {name: lists.get(f"lists/{name}.csv") for name in AROUND}
        assert (key, around) == (key, AROUND)


@pytest.mark.parametrize(("key", "language"), PROJECTS)
def test_the_audit_report_names_every_line_finding_and_decision(shown: Settings, key: str, language: str) -> None:
    made = project(key)
    page = document.html("audit_report", brief_of(made, shown.home, language=language))
    said = set(re.findall(r"[\w.-]+", re.sub(r"<[^>]*>", " ", page)))
    lines = {item.key for each in checklists_of_project(made.id) if each.pack for item in each.pack.items}
    findings = {each.code for each in findings_of_project(made.id)}
    taken = select(GateDecision).where(GateDecision.project_id == made.id)
    decisions = {each.code for each in db.session.scalars(taken)}
    assert (len(lines) > 300, len(findings), len(decisions)) == (True, 3, 6)
    assert (lines | findings | decisions) - said == set()
