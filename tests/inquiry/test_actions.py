"""Needs, objectives, sources and consultations: codes, trail, refusals."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from tests.factories.inquiry import a_consultation, a_need, a_source, an_objective
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.inquiry import actions
from workbench.inquiry.rules import ContributionKind, Priority, SourceKind
from workbench.people.models import Person
from workbench.people.rules import Hub, Role
from workbench.projects.models import Project
from workbench.projects.rules import Layer
from workbench.trail.queries import history
from workbench.web.refusals import BadValue, Refused


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead)


def test_codes_count_up_within_one_project(lead: Person, project: Project) -> None:
    other = a_project(by=lead)
    rows = [
        a_need(project, by=lead), a_need(project, by=lead), a_need(other, by=lead), an_objective(project, by=lead),
        a_source(project, by=lead), a_consultation(project, by=lead),
    ]
    assert [each.code for each in rows] == ["N-1", "N-2", "N-1", "O1", "S-1", "C-1"]


def test_codes_go_on_after_nine(lead: Person, project: Project) -> None:
    codes = [a_need(project, by=lead).code for _ in range(11)]
    assert codes[-2:] == ["N-10", "N-11"]


def test_state_need_is_recorded(lead: Person, project: Project) -> None:
    need = a_need(project, by=lead, source="billing")
    (event,) = history("need", need.id)
    assert (event.act, event.project, event.new["code"], event.new["source"]) == (
        "need_stated", project.key, "N-1", "billing",
    )


def test_change_need_keeps_the_old_text_in_the_trail(lead: Person, project: Project) -> None:
    need = a_need(project, by=lead, statement="old")
    actions.change_need(
        project=project, need=need, statement="new", priority=Priority.COULD, source="", acceptance="", by=lead
    )
    event = history("need", need.id)[-1]
    assert (event.act, event.old["statement"], event.new["statement"]) == ("need_changed", "old", "new")


def test_judge_objective_keeps_its_text(lead: Person, project: Project) -> None:
    objective = an_objective(project, by=lead, statement="full automation")
    actions.judge_objective(project=project, objective=objective, is_met=False, reason="L-01", by=lead)
    event = history("objective", objective.id)[-1]
    assert (objective.statement, objective.state, objective.state_reason) == ("full automation", "not_met", "L-01")
    assert (event.act, event.reason, event.old["state"], event.new["state"]) == (
        "objective_judged", "L-01", "set", "not_met",
    )


def test_judge_objective_without_a_reason_is_refused(lead: Person, project: Project) -> None:
    objective = an_objective(project, by=lead)
    with pytest.raises(BadValue) as refusal:
        actions.judge_objective(project=project, objective=objective, is_met=True, reason=" ", by=lead)
    assert (refusal.value.field, objective.state) == ("state_reason", "set")


def test_objective_that_follows_a_missed_one_takes_its_code(lead: Person, project: Project) -> None:
    first = an_objective(project, by=lead)
    an_objective(project, by=lead)
    actions.judge_objective(project=project, objective=first, is_met=False, reason="L-01", by=lead)
    second = an_objective(project, by=lead, revises=first, statement="half of it by hand")
    actions.judge_objective(project=project, objective=second, is_met=False, reason="L-03", by=lead)
    third = an_objective(project, by=lead, revises=second)
    assert [second.code, third.code, an_objective(project, by=lead).code] == ["O1b", "O1c", "O3"]


def test_only_a_missed_objective_is_followed_and_only_once(lead: Person, project: Project) -> None:
    first = an_objective(project, by=lead)
    with pytest.raises(Refused, match="O1 is not judged as not met"):
        an_objective(project, by=lead, revises=first)
    actions.judge_objective(project=project, objective=first, is_met=False, reason="L-01", by=lead)
    an_objective(project, by=lead, revises=first)
    with pytest.raises(Refused, match="O1b follows O1 already"):
        an_objective(project, by=lead, revises=first)


def test_change_source_is_recorded(lead: Person, project: Project) -> None:
    source = a_source(project, by=lead)
    actions.change_source(
        project=project, source=source, reference="a search for “export”", kind=SourceKind.NOTHING_FOUND, dated_on=None,
        claim="", fit="", is_independent=False, by=lead,
    )
    event = history("source", source.id)[-1]
    assert (event.act, event.old["kind"], event.new["kind"]) == ("source_changed", "case", "nothing_found")


def test_words_said_with_consent_stand_in_the_trail(lead: Person, project: Project) -> None:
    row = a_consultation(project, by=lead, has_consent=True)
    said = history("consultation", row.id)[0].new
    assert (said["said_by"], said["statement"]) == ("Maud Perrin", "the export changes its columns without notice")


@pytest.mark.parametrize("facts", [{"has_consent": False}, {"has_consent": True, "is_confidential": True}])
def test_words_that_stay_in_the_house_enter_the_trail_as_hashes(
    lead: Person, project: Project, facts: dict[str, bool]
) -> None:
    row = a_consultation(project, by=lead, **facts)
    said = history("consultation", row.id)[0].new
    assert [(said[name][:7], len(said[name])) for name in ("said_by", "statement")] == [("sha256:", 71)] * 2


def test_hub_belongs_to_the_inside_only(lead: Person, project: Project) -> None:
    inside = a_consultation(project, by=lead, layer=Layer.INTERNAL, hub=Hub.SALES)
    with pytest.raises(BadValue) as refusal:
        a_consultation(project, by=lead, layer=Layer.EDITOR, hub=Hub.SALES)
    assert (inside.hub, refusal.value.field) == ("sales", "hub")


def test_consultation_of_tomorrow_is_refused(lead: Person, project: Project) -> None:
    tomorrow = date.fromordinal(clock.today().toordinal() + 1)
    with pytest.raises(BadValue) as refusal:
        a_consultation(project, by=lead, held_on=tomorrow)
    assert refusal.value.field == "held_on"


def test_dispose_caution_is_recorded(lead: Person, project: Project) -> None:
    row = a_consultation(project, by=lead)
    actions.dispose_caution(project=project, consultation=row, disposition="checked before each import", by=lead)
    event = history("consultation", row.id)[-1]
    assert (event.act, event.old["disposition"], event.new["disposition"]) == (
        "caution_disposed", "", "checked before each import",
    )


def test_dispose_caution_refuses_advice_and_silence(lead: Person, project: Project) -> None:
    advice = a_consultation(project, by=lead, kind=ContributionKind.ADVICE)
    caution = a_consultation(project, by=lead)
    with pytest.raises(Refused):
        actions.dispose_caution(project=project, consultation=advice, disposition="noted", by=lead)
    with pytest.raises(BadValue) as refusal:
        actions.dispose_caution(project=project, consultation=caution, disposition="  ", by=lead)
    assert refusal.value.field == "disposition"
