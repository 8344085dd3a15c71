"""A habit that is lost after the project was closed, and what the gate of step 9 asks."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.adoption import (
    MONDAY,
    a_benefit,
    a_climber,
    a_measure,
    a_reading,
    a_reevaluation,
    a_survey,
    an_answer_to,
)
from tests.factories.inquiry import a_baseline
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.projects import a_project
from workbench.adoption import actions, proofs, queries
from workbench.adoption.models import AdoptionMeasure
from workbench.adoption.registers import BENEFITS
from workbench.adoption.rules import Count, CountSource, Level, Plan
from workbench.database import db
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.projects.models import Project
from workbench.projects.rules import ProjectState
from workbench.registers.actions import withdraw_record
from workbench.trail import queries as trail
from workbench.trail.actions import checkpoint, record
from workbench.trail.queries import history
from workbench.web.refusals import BadValue, Refused
from workbench.web.transactions import SealedRowChanged, commit


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def a_habit(project: Project, lead: Person) -> AdoptionMeasure:
    """Six of eight weeks within the limit, the first two above it."""
    measure = a_measure(project, by=lead)
    for week in range(8):
        a_reading(project, measure, by=lead, week=week, new_way=95 if week > 1 else 80, old_way=5 if week > 1 else 20)
    return measure


def closed(project: Project, lead: Person) -> None:
    project.state = ProjectState.CLOSED
    record("project_described", project, by=lead, project=project.key)


def test_week_that_breaks_the_habit_of_a_closed_project_puts_it_under_watch(lead: Person, project: Project) -> None:
    measure = a_habit(project, lead)
    closed(project, lead)
    for week in (8, 9):  # the two weeks above the limit leave the window, so that six good ones are left
        a_reading(project, measure, by=lead, week=week, new_way=50, old_way=50)
    assert (list(queries.relapses(project.id)), project.state) == ([], ProjectState.CLOSED)
    a_reading(project, measure, by=lead, week=10, new_way=50, old_way=50)
    (found,) = queries.relapses(project.id)
    (event,) = history("relapse", found.id)
    assert (found.week_of, found.sentence, project.state) == (
        MONDAY + timedelta(weeks=10), "within 5 % in 5 of the last 8 weeks", ProjectState.WATCH,
    )
    assert (event.act, event.old, event.new["state"]) == ("relapse_noted", {"state": "closed"}, "watch")


def test_correction_breaks_the_habit_of_a_closed_project_too(lead: Person, project: Project) -> None:
    measure = a_habit(project, lead)
    closed(project, lead)
    last = queries.reading(measure.id, 8)
    assert last is not None
    actions.correct_reading(project=project, measure=measure, reading=last, new_way=50, old_way=50, by=lead)
    (found,) = queries.relapses(project.id)
    assert (found.sentence, found.verdict.is_habit) == ("within 5 % in 5 of the last 8 weeks", False)


def test_import_breaks_it_once_however_many_weeks_it_brings(lead: Person, project: Project) -> None:
    measure = a_habit(project, lead)
    closed(project, lead)
    counts = tuple(Count(at, MONDAY + timedelta(weeks=at), 50, 50) for at in range(8, 12))
    done = actions.import_readings(
        project=project, measure=measure, plan=Plan(counts, (), ()), source=CountSource.CSV, by=lead
    )
    assert (done, [each.week_of for each in queries.relapses(project.id)]) == ((4, 0), [MONDAY + timedelta(weeks=11)])


def test_open_project_has_no_relapse(lead: Person, project: Project) -> None:
    measure = a_habit(project, lead)
    for week in (8, 9, 10):
        a_reading(project, measure, by=lead, week=week, new_way=1, old_way=9)
    assert (list(queries.relapses(project.id)), project.state) == ([], ProjectState.OPEN)


def test_week_within_the_limit_leaves_a_closed_project_closed(lead: Person, project: Project) -> None:
    measure = a_habit(project, lead)
    closed(project, lead)
    a_reading(project, measure, by=lead, week=8)
    assert (list(queries.relapses(project.id)), project.state) == ([], ProjectState.CLOSED)


def test_relapse_is_noted_once_and_never_changes(lead: Person, project: Project) -> None:
    measure = a_habit(project, lead)
    closed(project, lead)
    for week in range(8, 14):
        a_reading(project, measure, by=lead, week=week, new_way=1, old_way=9)
    (found,) = queries.relapses(project.id)
    found.sentence = "it was nothing"
    with pytest.raises(SealedRowChanged):
        db.session.flush()


def test_import_corrects_known_weeks_only_when_asked_and_the_trail_keeps_the_old_count(
    lead: Person, project: Project
) -> None:
    measure = a_measure(project, by=lead)
    row = a_reading(project, measure, by=lead)
    again = Plan((Count(3, MONDAY + timedelta(weeks=1), 7, 3),), (Count(2, MONDAY, 90, 10),), ())
    first = actions.import_readings(project=project, measure=measure, plan=again, source=CountSource.CSV, by=lead)
    assert (first, row.old_way) == ((1, 0), 5)
    later = Plan((), (Count(2, MONDAY, 90, 10),), ())
    with pytest.raises(Refused, match="no week that could be taken"):
        actions.import_readings(project=project, measure=measure, plan=later, source=CountSource.CSV, by=lead)
    second = actions.import_readings(
        project=project, measure=measure, plan=later, source=CountSource.CSV, update=True, by=lead
    )
    event = history("adoption_reading", row.id)[-1]
    assert (second, row.new_way, row.source) == ((0, 1), 90, "csv")
    assert (event.act, event.old) == ("reading_corrected", {"new_way": 95, "old_way": 5, "source": "typed"})


def test_habit_missing_tells_each_measure_in_a_sentence(lead: Person, project: Project) -> None:
    assert proofs.habit_missing(project.id) == ["no measure set"]
    a_habit(project, lead)
    a_measure(project, by=lead)
    bad = a_measure(project, by=lead, needed_weeks=1, window_weeks=2)
    a_reading(project, bad, by=lead, new_way=1, old_way=1)
    assert proofs.habit_missing(project.id) == [
        "AM-2: no week noted", "AM-3: within 5 % in 0 of the last 1 week, a habit is 1 of 2",
    ]


def test_benefit_missing_names_each_baseline_not_measured_again(lead: Person, project: Project) -> None:
    assert proofs.benefit_missing(project.id) == ["no baseline of step 1 to compare with"]
    first, second = a_baseline(project, by=lead, value="40", unit="min"), a_baseline(project, by=lead)
    benefit = a_benefit(project, baseline_id=first.id, by=lead, value_now="12.5")
    assert (proofs.benefit_missing(project.id), benefit.change) == ([second.code], "-27.5 min")
    withdraw_record(BENEFITS, project=project, row=benefit, reason="measured wrongly", by=lead)
    assert proofs.benefit_missing(project.id) == [first.code, second.code]


def test_benefit_without_a_number_is_refused(lead: Person, project: Project) -> None:
    with pytest.raises(BadValue, match="A number is needed"):
        a_benefit(project, baseline_id=a_baseline(project, by=lead).id, by=lead, value_now="less")


def test_reevaluation_missing_wants_one_to_come_and_none_overdue(lead: Person, project: Project) -> None:
    day = date(2026, 3, 2)
    assert proofs.reevaluation_missing(project.id, day) == ["no date set"]
    a_reevaluation(project, by=lead, due_on=day)
    assert proofs.reevaluation_missing(project.id, day) == []
    a_reevaluation(project, by=lead, due_on=day - timedelta(days=1))
    a_reevaluation(project, by=lead, due_on=day - timedelta(days=9), done_on=day)
    assert proofs.reevaluation_missing(project.id, day) == ["RV-2"]


def test_second_person_verifies_and_a_later_count_asks_again(lead: Person, project: Project) -> None:
    second = a_person(name="Second", password=PASSWORD)
    a_member(project, second, functions=[Function.INTERNAL_AUDITOR])
    measure = a_measure(project, by=lead)
    with pytest.raises(Refused, match="nothing to verify"):
        actions.verify_adoption(project=project, statement="seen", password=PASSWORD, by=second)
    row = a_reading(project, measure, by=lead)
    assert proofs.verification_missing(project.id) == ["no second person has verified the counts"]
    with pytest.raises(BadValue, match="password"):
        actions.verify_adoption(project=project, statement="seen", password="not this", by=second)
    made = actions.verify_adoption(project=project, statement="seen", password=PASSWORD, by=second)
    assert (proofs.verification_missing(project.id), made.functions) == ([], ["internal_auditor"])
    actions.correct_reading(project=project, measure=measure, reading=row, new_way=94, old_way=6, by=lead)
    assert proofs.verification_missing(project.id) == ["the counts or their limit changed after they were verified"]


def test_who_entered_a_count_does_not_verify_it(app: Flask, project: Project) -> None:
    clerk, corrector = a_person(password=PASSWORD), a_person(password=PASSWORD)
    measure = a_measure(project, by=clerk)
    row = a_reading(project, measure, by=clerk)
    actions.correct_reading(project=project, measure=measure, reading=row, new_way=1, old_way=0, by=corrector)
    for person in (clerk, corrector):
        with pytest.raises(Refused, match="a second person verifies"):
            actions.verify_adoption(project=project, statement="seen", password=PASSWORD, by=person)


def test_window_and_needed_weeks_go_together(lead: Person, project: Project) -> None:
    for window, needed in ((8, None), (None, 6), (4, 5)):
        with pytest.raises(BadValue) as refusal:
            a_measure(project, by=lead, window_weeks=window, needed_weeks=needed)
        assert refusal.value.field == "needed_weeks"


def test_trail_agrees_with_every_row_of_step_nine(lead: Person, project: Project, home: Path) -> None:
    member = a_person()
    a_member(project, member)
    measure = a_habit(project, lead)
    closed(project, lead)
    for week in (8, 9, 10):
        a_reading(project, measure, by=lead, week=week, new_way=1, old_way=9)
    survey, _token = a_survey(project, by=lead)
    an_answer_to(project, survey, person=member)
    actions.close_survey(project=project, survey=survey, by=lead)
    actions.observe(
        project=project, user_id=a_climber(project, by=lead).id, level=Level.USING, seen_on=MONDAY, note="seen", by=lead
    )
    a_reevaluation(project, by=lead)
    checkpoint(keys=home / "keys", reason="test")
    commit()
    assert trail.verify(home / "keys").faults == ()


def test_tighter_limit_of_a_closed_project_is_a_relapse(lead: Person, project: Project) -> None:
    measure = a_habit(project, lead)
    closed(project, lead)
    actions.change_measure(
        project=project, measure=measure, behaviour=measure.behaviour, counted_from="", limit_percent=4, by=lead
    )
    assert [each.sentence for each in queries.relapses(project.id)] == ["within 4 % in 0 of the last 8 weeks"]
    assert project.state == ProjectState.WATCH


def test_verification_stands_for_the_limit_too_and_for_every_corrector(lead: Person, project: Project) -> None:
    other, second = (a_person(name=name, password=PASSWORD) for name in ("Other", "Second"))
    measure = a_measure(project, by=lead)
    reading = a_reading(project, measure, by=lead, new_way=50, old_way=50)
    for by, number in ((other, 49), (lead, 48)):
        actions.correct_reading(project=project, measure=measure, reading=reading, new_way=50, old_way=number, by=by)
        commit()
    with pytest.raises(Refused, match="a second person verifies"):
        actions.verify_adoption(project=project, statement="compared", password=PASSWORD, by=other)
    actions.verify_adoption(project=project, statement="compared", password=PASSWORD, by=second)
    before = proofs.verification_missing(project.id)
    actions.change_measure(
        project=project, measure=measure, behaviour=measure.behaviour, counted_from="", limit_percent=100, by=lead
    )
    assert (before, proofs.verification_missing(project.id)) == (
        [], ["the counts or their limit changed after they were verified"]
    )
