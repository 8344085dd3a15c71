"""The nine gates one after another: each refuses a bare project, naming what is missing, and passes a ready one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask, url_for

from tests.conftest import Inspector
from tests.factories.findings import a_finding
from tests.factories.inquiry import a_baseline, a_consultation, a_need, an_objective
from tests.factories.lifecycle import a_decision, a_ready_gate, a_sponsor
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_limitation, a_tool
from tests.lifecycle.asking import gate, missing
from workbench import clock
from workbench.adoption.actions import correct_reading
from workbench.adoption.queries import measures, readings_by_week
from workbench.findings.rules import FindingKind
from workbench.lifecycle import queries
from workbench.lifecycle.actions import write_artefact
from workbench.lifecycle.artefacts.source_of_issue import SourceOfIssue
from workbench.lifecycle.gates import gates_of
from workbench.lifecycle.rules import Outcome, Result
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.projects.models import Project
from workbench.web.refusals import Refused
from workbench.web.transactions import commit

Ready = tuple[Project, Person, Person]

BARE = {
    1: [
        "tools_described", "swot_filled:strengths", "swot_filled:weaknesses", "swot_filled:opportunities",
        "swot_filled:threats", "source_chosen", "objectives_measured", "sponsor_named",
    ],
    2: ["steps_before_passed", "independent_source", "synthesis_written"],
    3: ["steps_before_passed", "hub_heard:administration", "hub_heard:technical", "hub_heard:sales"],
    4: ["steps_before_passed", "paths_compared", "path_chosen", "trial_plan_bounded"],
    5: [
        "steps_before_passed", "live_data_unchanged", "reconciliation_explained", "back_out_rehearsed", "plan_clean",
        "presentation_held",
    ],
    6: ["steps_before_passed", "plan_as_approved", "back_out_present", "change_authorised", "acceptance_closed"],
    7: ["steps_before_passed", "roles_instructed", "support_tested"],
    8: ["steps_before_passed", "instructions_read", "one_channel_a_message", "old_way_ends"],
    9: ["steps_before_passed", "habit_reached", "benefit_measured", "follow_ups_set", "second_person_verified"],
}


@pytest.mark.parametrize("step", range(1, 10))
def test_gate_of_a_bare_project_names_what_is_missing_and_where_to_mend_it(app: Flask, step: int) -> None:
    found = gate(a_project(), step)
    assert [each.key for each in found.missing if each.key != "gates_checklist"] == BARE[step]
    with app.test_request_context():
        for each in found.conditions:
            assert not each.blocks or each.reason, each.key
            if each.link is not None:
                assert url_for(each.link[0], **each.link[1]).startswith("/projects/"), each.key


def test_nine_gates_pass_one_after_another_and_a_relapse_opens_the_last_again(
    ready: Ready, keys: Path, home: Path
) -> None:
    project, contributor, sponsor = ready
    for step in range(1, 10):
        if step > 1:
            assert missing(project, step) != []
            a_ready_gate(project, step, by=contributor, home=home)
        assert (step, missing(project, step)) == (step, [])
        a_decision(project, step, by=sponsor, keys=keys)
    assert (project.state, [each.state for each in queries.timeline(project.id)]) == ("closed", ["passed"] * 9)
    measure = measures(project.id)[0]
    weeks = list(readings_by_week(measure.id).values())
    correct_reading(project=project, measure=measure, reading=weeks[-1], new_way=10, old_way=90, by=contributor)
    for each in weeks[:3]:
        correct_reading(project=project, measure=measure, reading=each, new_way=10, old_way=90, by=contributor)
    walk = queries.timeline(project.id)
    assert (project.state, walk[8].state, walk[8].pass_number) == ("watch", "reopened", 2)
    with pytest.raises(Refused):
        a_decision(project, 9, by=sponsor, keys=keys)
    with pytest.raises(Refused, match="not open any more"):
        a_decision(project, 8, by=sponsor, keys=keys, outcome=Outcome.HOLD)
    assert "habit_reached" in missing(project, 9)


@pytest.mark.parametrize(("source", "asked"), [("practice", []), ("tool", []), ("strategy", ["strategy_signed"])])
def test_source_of_the_issue_changes_what_gate_one_asks(ready: Ready, source: str, asked: list[str]) -> None:
    project, contributor, _sponsor = ready
    write_artefact(project=project, artefact=SourceOfIssue(source, "operational", "seen", "because"), by=contributor)
    assert missing(project) == asked


def test_issue_of_a_tool_demands_its_limitation_before_paths(ready: Ready) -> None:
    project, contributor, _sponsor = ready
    write_artefact(project=project, artefact=SourceOfIssue("tool", "operational", "seen", "because"), by=contributor)
    assert "limitation_recorded" in missing(project, 3)
    a_limitation(project, a_tool(project=project), by=contributor)
    assert "limitation_recorded" not in missing(project, 3)


def test_sponsor_is_not_the_project_manager(app: Flask) -> None:
    project, person = a_project(), a_person()
    a_member(project, person, functions=[Function.SPONSOR, Function.PROJECT_MANAGER])
    found = {each.key: each for each in gate(project).conditions}
    assert found["sponsor_named"].reason == "The sponsor is also the project manager."
    a_sponsor(project)
    assert "sponsor_named" not in missing(project)


def test_what_is_recommended_does_not_block(app: Flask) -> None:
    found = {each.key: each for each in gate(a_project()).conditions}
    assert [(found[key].result, found[key].blocks) for key in ("baseline_measured", "map_confirmed")] == [
        (Result.FAIL, False)
    ] * 2


def test_open_caution_keeps_every_gate_shut(ready: Ready) -> None:
    project, contributor, _sponsor = ready
    a_consultation(project, by=contributor)
    assert [step for step in range(1, 10) if "cautions_answered" in missing(project, step)] == list(range(1, 10))


def test_open_major_finding_keeps_the_last_gate_shut(ready: Ready) -> None:
    project, contributor, _sponsor = ready
    a_finding(project, by=contributor, kind=FindingKind.MINOR)
    assert "no_major_finding" not in missing(project, 9)
    a_finding(project, by=contributor, kind=FindingKind.MAJOR)
    assert "no_major_finding" in missing(project, 9)


def test_french_gate_speaks_french(client: Inspector, ready: Ready) -> None:
    project, contributor, _sponsor = ready
    client.sign_in(contributor)
    client.post("/language", {"language": "fr"})
    page = client.get(f"/projects/{project.key}/steps/1/gate").text
    assert f"/projects/{project.key}/artefacts/swot/edit" in page


def test_every_gate_asks_the_database_as_often_for_a_hundred_records_as_for_one(
    client: Inspector, ready: Ready, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    project, contributor, _sponsor = ready
    client.sign_in(contributor)
    asked: dict[int, list[int]] = {step: [] for step in range(1, 10)}
    for more in (1, 9, 90):
        for _number in range(more):
            for make in (a_need, an_objective, a_baseline, a_consultation):
                make(project, by=contributor)
        commit()
        client.get(f"/projects/{project.key}/steps/1/gate")
        for step, counts in asked.items():
            with count_queries() as seen:
                assert client.get(f"/projects/{project.key}/steps/{step}/gate").status_code == 200
            counts.append(len(seen))
    assert asked == {step: [counts[0]] * 3 for step, counts in asked.items()}


def test_all_gates_together_read_what_they_share_once(
    ready: Ready, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    project, _contributor, _sponsor = ready
    commit()
    with count_queries() as seen:
        gates_of(project_id=project.id, key=project.key, on=clock.today(), language="en")
    assert len([each for each in seen if "FROM waiver" in each]) <= 2
    assert len([each for each in seen if "FROM artefact_revision" in each and "artefact_signature" not in each]) == 1


def test_quality_lead_sees_where_each_line_is_mended(client: Inspector, ready: Ready) -> None:
    project, _contributor, _sponsor = ready
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    for step in range(1, 10):
        assert client.get(f"/projects/{project.key}/steps/{step}/gate").status_code == 200
