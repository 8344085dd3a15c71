"""The records of steps 1 to 3: codes, trail, refusals; verdicts, revisions, answered cautions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from tests.factories.inquiry import (
    a_baseline,
    a_consultation,
    a_criterion,
    a_guest_link,
    a_missed_objective,
    a_need,
    a_source,
    an_objective,
)
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.database import db
from workbench.inquiry import actions, queries
from workbench.inquiry.models import Objective
from workbench.inquiry.registers import CONSULTATIONS, OBJECTIVES
from workbench.inquiry.rules import ContributionKind, DispositionKind, SourceKind
from workbench.people.models import Person
from workbench.people.rules import Function, Hub, Role
from workbench.projects.actions import name_participant
from workbench.projects.models import Project
from workbench.projects.rules import Layer
from workbench.registers.actions import change_record, withdraw_record
from workbench.trail.queries import history
from workbench.web.refusals import BadValue, Refused


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead)


@pytest.fixture
def sponsor(project: Project) -> Person:
    person = a_person(name="C. Roux")
    a_member(project, person, functions=[Function.SPONSOR])
    return person


def revised(project: Project, missed: Objective, sponsor: Person, by: Person, **facts: Any) -> Objective:
    known = {"statement": "half of it by hand", "measure": "lines typed by hand", **facts}
    return actions.revise_objective(project=project, objective=missed, decided_by_id=sponsor.id, by=by, **known)


def test_codes_count_up_within_one_project(lead: Person, project: Project) -> None:
    other = a_project(by=lead)
    rows: list[Any] = [
        a_need(project, by=lead), a_need(project, by=lead), a_need(other, by=lead), an_objective(project, by=lead),
        a_source(project, by=lead), a_consultation(project, by=lead), a_baseline(project, by=lead),
        a_criterion(project, by=lead),
    ]
    assert [each.code for each in rows] == ["N-1", "N-2", "N-1", "O1", "S-1", "C-1", "B-1", "K-1"]


def test_codes_go_on_after_nine(lead: Person, project: Project) -> None:
    codes = [a_need(project, by=lead).code for _ in range(11)]
    assert codes[-2:] == ["N-10", "N-11"]


@pytest.mark.parametrize(
    ("make", "facts", "field"),
    [
        (a_baseline, {"value": "half a day"}, "value"),
        (a_baseline, {"measured_on": date(2999, 1, 1)}, "measured_on"),
        (a_source, {"kind": SourceKind.NOTHING_FOUND}, "search_terms"),
        (a_source, {"url": "ftp://files.example.test"}, "url"),
        (a_consultation, {"layer": Layer.EDITOR, "hub": Hub.SALES}, "hub"),
        (a_consultation, {"held_on": date(2999, 1, 1)}, "held_on"),
    ],
)
def test_record_that_cannot_be_right_is_refused(
    lead: Person, project: Project, make: Any, facts: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadValue) as refusal:
        make(project, by=lead, **facts)
    assert refusal.value.field == field


def test_judge_objective_keeps_its_text_and_the_limitations_named(lead: Person, project: Project) -> None:
    objective = an_objective(project, by=lead, statement="full automation")
    actions.judge_objective(
        project=project, objective=objective, is_met=False, reason="L-03 shows it", cause="no export", by=lead,
        limitation_codes=["L-01"],
    )
    event = history("objective", objective.id)[-1]
    assert (objective.statement, objective.state, objective.cause) == ("full automation", "not_met", "no export")
    assert objective.limitation_codes == ["L-01", "L-03"]
    assert (event.act, event.reason, event.old["state"], event.new["state"]) == (
        "objective_judged", "L-03 shows it", "set", "not_met",
    )


def test_judge_objective_without_a_reason_is_refused(lead: Person, project: Project) -> None:
    objective = an_objective(project, by=lead)
    with pytest.raises(BadValue) as refusal:
        actions.judge_objective(project=project, objective=objective, is_met=True, reason=" ", by=lead)
    assert (refusal.value.field, objective.state) == ("state_reason", "set")


def test_text_of_an_objective_never_changes(lead: Person, project: Project) -> None:
    objective = an_objective(project, by=lead, statement="full automation")
    facts = {"statement": "something easier", "measure": "less", "target": "9", "due_on": date(2026, 5, 1)}
    change_record(OBJECTIVES, project=project, row=objective, facts=facts, by=lead)
    assert (objective.statement, objective.measure, objective.target, objective.due_on) == (
        "full automation", "lines typed by hand", "0", date(2026, 5, 1),
    )


def test_judged_objective_is_neither_changed_nor_withdrawn(lead: Person, project: Project) -> None:
    missed = a_missed_objective(project, by=lead)
    with pytest.raises(Refused, match="O1 is judged"):
        change_record(OBJECTIVES, project=project, row=missed, facts={"due_on": None}, by=lead)
    with pytest.raises(Refused, match="O1 is judged"):
        withdraw_record(OBJECTIVES, project=project, row=missed, reason="not nice", by=lead)


def test_revision_takes_the_code_and_names_the_decider(lead: Person, project: Project, sponsor: Person) -> None:
    first = a_missed_objective(project, by=lead, statement="full automation")
    an_objective(project, by=lead)
    second = revised(project, first, sponsor, lead, decided_on=date(2025, 3, 4), savings="two days a month")
    actions.judge_objective(project=project, objective=second, is_met=False, reason="L-03", by=lead)
    third = revised(project, second, sponsor, lead)
    assert [second.code, third.code, an_objective(project, by=lead).code] == ["O1b", "O1c", "O3"]
    assert (first.statement, second.revises_id, second.decided_by_id) == ("full automation", first.id, sponsor.id)
    event = history("objective", second.id)[0]
    assert (event.act, event.new["revises"], event.new["savings"]) == ("objective_revised", "O1", "two days a month")


def test_only_a_missed_objective_is_followed_and_only_once(lead: Person, project: Project, sponsor: Person) -> None:
    first = an_objective(project, by=lead)
    with pytest.raises(Refused, match="O1 is not judged as not met"):
        revised(project, first, sponsor, lead)
    actions.judge_objective(project=project, objective=first, is_met=False, reason="L-01", by=lead)
    revised(project, first, sponsor, lead)
    with pytest.raises(Refused, match="O1b follows O1 already"):
        revised(project, first, sponsor, lead)
    with pytest.raises(Refused, match="O1b follows O1 already"):
        actions.judge_objective(project=project, objective=first, is_met=True, reason="it was, after all", by=lead)


def test_revision_is_decided_by_sponsor_or_quality_lead_of_the_team(lead: Person, project: Project, sponsor: Person) -> None:
    missed, member = a_missed_objective(project, by=lead), a_person()
    a_member(project, member, functions=[Function.TECHNICAL_LEAD])
    for somebody in (member, lead):
        with pytest.raises(BadValue) as refusal:
            revised(project, missed, somebody, lead)
        assert refusal.value.field == "decided_by_id"
    with pytest.raises(BadValue) as refusal:
        revised(project, missed, sponsor, lead, decided_on=date(2999, 1, 1))
    assert (refusal.value.field, queries.deciders(project.id)) == ("decided_on", [(sponsor.id, "C. Roux")])


@pytest.mark.parametrize("facts", [{}, {"has_consent": True}, {"has_consent": True, "is_confidential": True}])
def test_name_and_words_enter_the_trail_as_hashes(lead: Person, project: Project, facts: dict[str, bool]) -> None:
    row = a_consultation(project, by=lead, **facts)
    said = history("consultation", row.id)[0].new
    assert [(said[name][:7], len(said[name])) for name in ("said_by", "statement", "participant_id")] == [("sha256:", 71)] * 3


def test_change_of_a_consultation_tells_neither_the_old_nor_the_new_name(lead: Person, project: Project) -> None:
    row = a_consultation(project, by=lead, has_consent=True)
    change_record(CONSULTATIONS, project=project, by=lead, row=row, facts={
        "said_by": "Ondine Verhaeghe", "layer": Layer.EDITOR, "hub": "", "held_on": date(2025, 3, 5),
        "statement": "said anew", "is_confidential": True,
    })
    event = history("consultation", row.id)[-1]
    assert ("Maud" in str(event), "Ondine" in str(event), event.new["layer"]) == (False, False, "editor")


def test_two_equal_consultations_are_pinned_by_different_hashes(lead: Person, project: Project) -> None:
    """A row's hash must not be matched against a list of names: each row holds a salt."""
    salts = [a_consultation(project, by=lead).salt for _ in range(2)]
    assert ([len(each or "") for each in salts], salts[0] == salts[1]) == ([32, 32], False)


def test_dispose_caution_is_recorded(lead: Person, project: Project) -> None:
    row = a_consultation(project, by=lead)
    actions.dispose_caution(
        project=project, consultation=row, disposition="checked before each import", by=lead,
        kind=DispositionKind.PATH_CONSTRAINT,
    )
    event = history("consultation", row.id)[-1]
    assert (event.act, event.old["disposition"], event.new["disposition"], event.new["disposition_kind"]) == (
        "caution_disposed", "", "checked before each import", "path_constraint",
    )


def test_dispose_caution_refuses_advice_silence_and_acceptance_by_nobody(lead: Person, project: Project) -> None:
    advice = a_consultation(project, by=lead, kind=ContributionKind.ADVICE)
    caution = a_consultation(project, by=lead)
    with pytest.raises(Refused):
        actions.dispose_caution(project=project, consultation=advice, disposition="noted", by=lead)
    with pytest.raises(BadValue) as silence:
        actions.dispose_caution(project=project, consultation=caution, disposition="  ", by=lead)
    with pytest.raises(BadValue) as nobody:
        actions.dispose_caution(
            project=project, consultation=caution, disposition="we live with it", by=lead, kind=DispositionKind.ACCEPTED
        )
    assert (silence.value.field, nobody.value.field, caution.disposition) == ("disposition", "accepted_by", "")


def test_open_cautions_leave_out_advice_withdrawn_and_what_was_disposed(lead: Person, project: Project) -> None:
    a_consultation(project, by=lead, kind=ContributionKind.ADVICE)
    a_consultation(project, by=lead, disposition="a risk, accepted by the sponsor")
    gone, waiting = a_consultation(project, by=lead), a_consultation(project, by=lead)
    withdraw_record(CONSULTATIONS, project=project, row=gone, reason="said twice", by=lead)
    assert queries.open_cautions(project.id) == [waiting]


def test_objectives_stand_beside_the_one_they_follow(lead: Person, project: Project, sponsor: Person) -> None:
    first = a_missed_objective(project, by=lead)
    an_objective(project, by=lead)
    revised(project, first, sponsor, lead)
    assert [each.code for each in queries.objectives(project.id)] == ["O1", "O1b", "O2"]


@pytest.mark.parametrize(
    ("layer", "shown"),
    [
        (Layer.INTERNAL, "a person inside the company"), (Layer.RESELLER, "a person at the reseller"),
        (Layer.SUPPLIER, "a person at the supplier"), (Layer.EDITOR, "a person at the editor"),
    ],
)
def test_guarded_name_is_shown_as_its_layer(lead: Person, project: Project, layer: Layer, shown: str) -> None:
    rows = [
        a_consultation(project, by=lead, layer=layer, has_consent=True, is_confidential=True),
        a_consultation(project, by=lead, layer=layer), a_consultation(project, by=lead, layer=layer, has_consent=True),
    ]
    assert [queries.shown_name(each) for each in rows] == [shown, shown, "Maud Perrin"]
    assert queries.shown_name(rows[0], sees_names=True) == "Maud Perrin"


def test_guest_link_of_a_past_day_or_to_nobody_is_refused(lead: Person, project: Project) -> None:
    asked = (("", clock.today()), ("Odile", date(2020, 1, 1)), ("Odile", date(2999, 1, 1)))
    fields = []
    for addressee, day in asked:
        with pytest.raises(BadValue) as refusal:
            a_guest_link(project, by=lead, addressee=addressee, expires_on=day)
        fields.append(refusal.value.field)
    assert fields == ["addressee", "expires_on", "expires_on"]


def test_objective_that_follows_a_withdrawn_one_takes_the_next_code(
    lead: Person, project: Project, sponsor: Person
) -> None:
    missed = a_missed_objective(project, by=lead)
    first = revised(project, missed, sponsor, lead)
    withdraw_record(OBJECTIVES, project=project, row=first, reason="decided anew", by=lead)
    db.session.expire(missed, ["followers"])
    assert revised(project, missed, sponsor, lead).code == "O1c"


def test_party_kept_out_of_reports_is_kept_confidential(lead: Person, project: Project) -> None:
    party = name_participant(
        project=project, name="E. Hidden", organisation="", layer=Layer.EDITOR, expects="", is_confidential=True, by=lead
    )
    db.session.flush()
    with pytest.raises(BadValue) as refusal:
        a_consultation(project, by=lead, participant_id=party.id, layer=Layer.EDITOR, has_consent=True)
    assert refusal.value.field == "is_confidential"


def test_unanswered_caution_cannot_be_told_as_something_else(lead: Person, project: Project) -> None:
    said = a_consultation(project, by=lead)
    facts = {each: getattr(said, each) for each in ("hub", "layer", "held_on", "is_confidential", "participant_id")}
    changed = {**facts, "kind": ContributionKind.OPINION}
    with pytest.raises(BadValue, match="A caution stays one until it is answered"):
        change_record(CONSULTATIONS, project=project, row=said, facts=changed, by=lead)
    actions.dispose_caution(project=project, consultation=said, disposition="a constraint on P2", by=lead)
    change_record(CONSULTATIONS, project=project, row=said, facts=changed, by=lead)
    assert said.kind == ContributionKind.OPINION
