"""From ISO 9001:2015 to ISO 9001:2026: what is carried over, what is asked again, and the report of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_link
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.checklists import actions, library, queries
from workbench.checklists.models import Checklist
from workbench.checklists.queries import AGAIN, CARRIED, GONE, NEW, Report
from workbench.checklists.rules import AnswerState
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trail.queries import verify
from workbench.web import transactions
from workbench.web.refusals import BadValue, Refused

Counter = Callable[[], AbstractContextManager[list[str]]]
OLD, LATER = "iso9001_2015", "iso9001_2026"
BASE = "/projects/INV-1/checklists"


@pytest.fixture
def project(app: Flask) -> Project:
    return a_project(key="INV-1")


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(name="Lea Quality", role=Role.QUALITY_LEAD)


@pytest.fixture
def checklist(project: Project, lead: Person) -> Checklist:
    return a_checklist(project, by=lead, pack=OLD)


def planned(checklist: Checklist) -> Report:
    """What would become of each question."""
    found = queries.planned_transition(checklist, library.pack(OLD), LATER)
    assert found is not None
    return found


def migrated(project: Project, checklist: Checklist, by: Person) -> Checklist:
    return actions.migrate_checklist(project=project, checklist=checklist, to_pack=LATER, by=by)


def test_the_numbers_of_the_report_add_up_to_both_editions(project: Project, checklist: Checklist) -> None:
    report, old, later = planned(checklist), library.pack(OLD), library.pack(LATER)
    counts = {kind: len(report.of_kind(kind)) for kind in (CARRIED, AGAIN, NEW, GONE)}
    assert counts[CARRIED] + counts[AGAIN] + counts[NEW] == len(later.items) == report.total
    assert counts == {CARRIED: 60, AGAIN: 57, NEW: 0, GONE: 0}
    assert [line.key for line in report.lines if line.kind != GONE] == [item.key for item in later.items]
    carried = [line.origins[0].key for line in report.of_kind(CARRIED)]
    assert len(carried) == len(set(carried))
    named = {origin.key for line in report.lines for origin in line.origins}
    assert named == {item.key for item in old.items}
    assert {line.why for line in report.of_kind(AGAIN)} <= {"changed", "into_parent", "moved", "reworded"}
    assert {line.why for line in report.of_kind(CARRIED)} <= {"same", "moved"}


def test_only_unchanged_answers_go_over_and_the_changed_ones_are_proposed(
    project: Project, lead: Person, checklist: Checklist, home: Path
) -> None:
    member, piece = a_person(name="Ada Martin"), a_link(project, by=lead)
    report = planned(checklist)
    kept, changed = report.of_kind(CARRIED)[0], next(each for each in report.of_kind(AGAIN) if each.why == "changed")
    for key in (kept.origins[0].key, *(origin.key for origin in changed.origins)):
        given = an_answer(project, checklist, key, by=member, state=AnswerState.MINOR, note="Two gaps.")
        actions.attach_evidence(project=project, checklist=checklist, item_key=key, evidence=piece, by=member)
    made = migrated(project, checklist, lead)
    pack = library.pack(LATER)
    row = queries.item_answer(made, pack.item(kept.key))
    assert (row.answer_state, row.note, row.answered_by_name, row.answered_at) == (
        AnswerState.MINOR,
        "Two gaps.",
        "Ada Martin",
        queries.stored_answers(checklist.id, [kept.origins[0].key])[kept.origins[0].key].answered_at,
    )
    assert [each.code for each in row.evidence] == [piece.code]
    assert given.note == "Two gaps."
    row = queries.with_mapped(made, pack, [queries.item_answer(made, pack.item(changed.key))])[0]
    assert (row.answer_state, row.evidence) == (AnswerState.NOT_CHECKED, ())
    assert [(each.checklist_id, each.answer_state, each.is_sure) for each in row.proposals] == [
        (checklist.id, AnswerState.MINOR, False)
    ]
    assert made.counts == queries.counted(made)
    assert made.counts["minor"] == 1
    transactions.commit()
    assert verify(home / "keys").faults == ()


def test_the_earlier_checklist_is_closed_and_both_know_the_report(
    project: Project, lead: Person, checklist: Checklist
) -> None:
    report = planned(checklist)
    made = migrated(project, checklist, lead)
    assert checklist.closed_at is not None
    with pytest.raises(Refused):
        an_answer(project, checklist, "4.1-1", by=lead)
    for number in (checklist.id, made.id):
        done = queries.transition_of(number)
        assert done is not None
        assert (done.from_id, done.to_id, done.report, done.by_name) == (checklist.id, made.id, report, "Lea Quality")
    with pytest.raises(Refused):
        migrated(project, checklist, lead)


def test_what_was_switched_off_is_decided_again(project: Project, lead: Person, checklist: Checklist) -> None:
    before = planned(checklist)
    why = "We design nothing: every service is taken from the catalogue."
    actions.exclude_clause(project=project, checklist=checklist, clause="8.3", reason=why, by=lead)
    off = set(queries.excluded_items(checklist, library.pack(OLD)))
    report = planned(checklist)
    lost = {line.key for line in before.of_kind(CARRIED)} - {line.key for line in report.of_kind(CARRIED)}
    assert lost == {line.key for line in before.of_kind(CARRIED) if line.origins[0].key in off}
    assert {line.why for line in report.lines if line.key in lost and line.kind != GONE} == {"switched_off"}
    made = migrated(project, checklist, lead)
    assert made.counts["not_applicable"] == 0


def test_no_way_leads_to_another_standard_from_an_audit_or_onto_a_started_one(
    project: Project, lead: Person, checklist: Checklist
) -> None:
    with pytest.raises(BadValue):
        actions.migrate_checklist(project=project, checklist=checklist, to_pack="iso20000_1_2018", by=lead)
    with pytest.raises(Refused):
        actions.migrate_checklist(project=project, checklist=checklist, to_pack=OLD, by=lead)
    audit = actions.start_checklist(project=project, pack_id=OLD, by=lead, occasion="AUD-1")
    with pytest.raises(Refused):
        migrated(project, audit, lead)
    a_checklist(project, by=lead, pack=LATER)
    with pytest.raises(Refused):
        migrated(project, checklist, lead)
    assert checklist.closed_at is None


def test_the_page_reports_before_and_after_and_exports(
    client: Any, project: Project, lead: Person, checklist: Checklist, count_queries: Counter
) -> None:
    client.sign_in(lead)
    with count_queries() as few:
        page = client.get(f"{BASE}/1/transition")
    assert "Take over into ISO 9001:2026" in page.text
    for item in library.pack(OLD).items[:50]:
        an_answer(project, checklist, item.key, by=lead)
    transactions.commit()
    with count_queries() as many:
        client.get(f"{BASE}/1/transition")
    assert len(many) == len(few)
    done = client.post(f"{BASE}/1/transition", {"to_pack": LATER})
    assert (done.status_code, done.location) == (303, f"{BASE}/2/transition")
    after = client.get(f"{BASE}/2/transition").text
    assert ("by Lea Quality" in after, "Take over into" in after) == (True, False)
    assert f'href="{BASE}/2"' in client.get(f"{BASE}/1").text
    exported = client.get(f"{BASE}/1/transition.csv").text.lstrip("\ufeff")
    rows = list(csv.DictReader(io.StringIO(exported)))
    assert sum(row["what_becomes"] != GONE for row in rows) == len(library.pack(LATER).items)
    assert client.post(f"{BASE}/1/transition", {"to_pack": "nonsense"}).status_code in (409, 422)


def test_who_does_not_steer_the_project_reads_the_report_only(
    client: Any, project: Project, lead: Person, checklist: Checklist
) -> None:
    member = a_person(name="Ada Martin")
    a_member(project, member)
    client.sign_in(member)
    assert "Take over into" not in client.get(f"{BASE}/1/transition").text
    assert client.post(f"{BASE}/1/transition", {"to_pack": LATER}).status_code == 403
