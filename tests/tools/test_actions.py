"""Registering tools, connecting them, their scope and their limitations."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_customisation, a_limitation, a_promise, a_tool
from workbench import clock
from workbench.people.rules import Role
from workbench.projects.rules import Layer
from workbench.registers.actions import withdraw_record
from workbench.tools import actions, queries
from workbench.tools.registers import LIMITATIONS
from workbench.tools.rules import (
    Able,
    CapabilityKind,
    ConnectionKind,
    Decision,
    PromiseState,
    Retest,
    RetestResult,
    Sensitivity,
    Standing,
)
from workbench.trail.queries import history, verify
from workbench.web.refusals import BadValue, Refused


def test_add_tool_records_what_is_known(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    tool = actions.add_tool(name="Deskline", by=lead, layer=Layer.RESELLER)
    (event,) = history("tool", tool.id)
    assert (tool.layer, tool.sensitivity, tool.owner_id) == ("reseller", "", None)
    assert (event.act, event.new["name"], event.new["layer"], event.new["owner_id"]) == ("tool_added", "Deskline", "reseller", None)


def test_add_tool_refuses_a_name_twice_whatever_its_case(app: Flask) -> None:
    a_tool(name="Deskline")
    with pytest.raises(BadValue) as refusal:
        a_tool(name="deskline")
    assert refusal.value.field == "name"


def test_add_tool_on_trial_needs_the_end_of_the_licence(app: Flask) -> None:
    with pytest.raises(BadValue) as refusal:
        a_tool(standing=Standing.TRIAL)
    assert refusal.value.field == "trial_ends_on"


def test_change_tool_records_before_and_after(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    tool = a_tool(by=lead, name="Deskline")
    actions.change_tool(
        tool=tool, name="Deskline", purpose="tickets", vendor="", edition="", owner_id=lead.id, layer=Layer.EDITOR,
        sensitivity=Sensitivity.PERSONAL, data_held="", standing=Standing.LIVE, trial_ends_on=None, by=lead,
    )
    event = history("tool", tool.id)[-1]
    assert (event.act, event.old["sensitivity"], event.new["sensitivity"], event.new["purpose"]) == (
        "tool_changed", "internal", "personal", "tickets",
    )


def test_change_tool_refuses_the_name_of_another(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    a_tool(by=lead, name="Deskline")
    other = a_tool(by=lead, name="Portal")
    with pytest.raises(BadValue) as refusal:
        actions.change_tool(
            tool=other, name="DESKLINE", purpose="", vendor="", edition="", owner_id=None, layer=None, sensitivity=None,
            data_held="", standing=Standing.LIVE, trial_ends_on=None, by=lead,
        )
    assert refusal.value.field == "name"


def test_connection_is_recorded_and_taken_off_again(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    source, target = a_tool(by=lead, name="Portal"), a_tool(by=lead, name="Deskline")
    made = actions.connect_tools(source=source, target=target, kind=ConnectionKind.FILE, carries="counts", by=lead)
    found = queries.connection(source.id, made.id)
    assert found is not None
    actions.disconnect(connection=found, by=lead)
    assert [event.act for event in history("tool_connection", made.id)] == ["tools_connected", "tools_disconnected"]
    assert history("tool_connection", made.id)[-1].old == {
        "source": "Portal", "target": "Deskline", "kind": "file", "carries": "counts",
    }
    assert queries.connections_of_tool(source.id) == []


def test_connection_to_itself_is_refused(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    tool = a_tool(by=lead)
    with pytest.raises(BadValue) as refusal:
        actions.connect_tools(source=tool, target=tool, kind=ConnectionKind.API, by=lead)
    assert refusal.value.field == "target_id"


def test_tool_goes_into_scope_once_and_out_again(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project, tool = a_project(by=lead), a_tool(by=lead, name="Portal")
    link = actions.put_in_scope(project=project, tool=tool, by=lead)
    with pytest.raises(BadValue):
        actions.put_in_scope(project=project, tool=tool, by=lead)
    actions.take_out_of_scope(project=project, tool=tool, by=lead)
    assert queries.tools_of_project(project.id) == []
    acts = [(event.act, event.project) for event in history("project_tool", link.id)]
    assert acts == [("tool_put_in_scope", project.key), ("tool_taken_out_of_scope", project.key)]


def test_tool_with_limitations_stays_in_scope_and_says_which(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    tool = a_tool(by=lead, project=project)
    a_limitation(project, tool, by=lead)
    with pytest.raises(Refused) as refusal:
        actions.take_out_of_scope(project=project, tool=tool, by=lead)
    assert refusal.value.details == ("L-01",)


def test_limitations_get_codes_of_their_project(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    one, other = a_project(by=lead), a_project(by=lead)
    here, there = a_tool(by=lead, project=one), a_tool(by=lead, project=other)
    codes = [a_limitation(one, here, by=lead).code for _ in range(2)] + [a_limitation(other, there, by=lead).code]
    assert codes == ["L-01", "L-02", "L-01"]


def test_limitation_of_a_tool_out_of_scope_is_refused(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    with pytest.raises(BadValue) as refusal:
        a_limitation(a_project(by=lead), a_tool(by=lead), by=lead)
    assert refusal.value.field == "tool_id"


def test_limitation_known_since_tomorrow_is_refused(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    tool = a_tool(by=lead, project=project)
    tomorrow = date.fromordinal(clock.today().toordinal() + 1)
    with pytest.raises(BadValue) as refusal:
        a_limitation(project, tool, by=lead, first_reported_on=tomorrow)
    assert refusal.value.field == "first_reported_on"


def test_limitation_decision_keeps_reason_day_and_person(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    row = a_limitation(project, a_tool(by=lead, project=project), by=lead)
    actions.decide_limitation(
        project=project, limitation=row, decision=Decision.TEMPORARY, reason="the file will do",
        temporary_solution="the month-end file", by=lead,
    )
    event = history("limitation", row.id)[-1]
    assert (row.decision, row.temporary_solution, row.disposition, row.decided_on, row.decided_by_id) == (
        "temporary", "the month-end file", "the file will do", clock.today(), lead.id,
    )
    assert (event.act, event.project, event.old["decision"], event.new["decision"], event.reason) == (
        "limitation_decided", project.key, None, "temporary", "the file will do",
    )


@pytest.mark.parametrize(
    ("decision", "reason", "solution", "field"),
    [(Decision.WAIT, " ", "", "disposition"), (Decision.TEMPORARY, "it will do", " ", "temporary_solution")],
)
def test_limitation_decision_asks_for_what_it_needs(
    app: Flask, decision: Decision, reason: str, solution: str, field: str
) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    row = a_limitation(project, a_tool(by=lead, project=project), by=lead)
    with pytest.raises(BadValue) as refusal:
        actions.decide_limitation(
            project=project, limitation=row, decision=decision, reason=reason, temporary_solution=solution, by=lead
        )
    assert (refusal.value.field, row.decision) == (field, None)


def test_withdrawn_limitation_is_not_decided_and_leaves_the_list(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    row = a_limitation(project, a_tool(by=lead, project=project), by=lead)
    withdraw_record(LIMITATIONS, project=project, row=row, reason="twice", by=lead)
    with pytest.raises(Refused, match="L-01 is withdrawn"):
        actions.decide_limitation(project=project, limitation=row, decision=Decision.DROP, reason="no", by=lead)
    assert queries.limitations_of_project(project.id) == []


def test_capability_is_unknown_until_said_and_needs_a_reason(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    tool = a_tool(by=lead, project=project)
    assert queries.capabilities_of_project(project.id) == {}
    with pytest.raises(BadValue) as refusal:
        actions.set_capability(project=project, tool=tool, kind=CapabilityKind.EXPORT, state=Able.NO, by=lead)
    for state in (Able.NO, Able.YES):
        actions.set_capability(
            project=project, tool=tool, kind=CapabilityKind.EXPORT, state=state, note="tried", by=lead
        )
    found = queries.capabilities_of_project(project.id)
    assert (refusal.value.field, {where: each.state for where, each in found.items()}) == (
        "note", {(tool.id, "export"): "yes"},
    )
    last = history("capability", found[tool.id, "export"].id)[-1]
    assert (last.old["state"], last.new["state"]) == ("no", "yes")


def test_capability_takes_only_tools_and_limitations_of_the_project(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    one, other = a_project(by=lead), a_project(by=lead)
    here, there = a_tool(by=lead, project=one), a_tool(by=lead, project=other)
    foreign = a_limitation(other, there, by=lead).id
    asked = {"kind": CapabilityKind.READ, "state": Able.NO, "note": "tried", "by": lead}
    with pytest.raises(BadValue) as first:
        actions.set_capability(project=one, tool=there, **asked)
    with pytest.raises(BadValue) as second:
        actions.set_capability(project=one, tool=here, limitation_id=foreign, **asked)
    assert (first.value.field, second.value.field) == ("tool_id", "limitation_id")


def test_promise_is_settled_with_what_shows_it_and_opened_again(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    row = a_promise(project, a_tool(by=lead, project=project), by=lead)
    with pytest.raises(BadValue) as refusal:
        actions.settle_promise(project=project, promise=row, state=PromiseState.KEPT, outcome="", by=lead)
    actions.settle_promise(project=project, promise=row, state=PromiseState.KEPT, outcome="release 9", by=lead)
    kept = (row.state, row.settled_on)
    actions.settle_promise(project=project, promise=row, state=PromiseState.OPEN, outcome="not for us", by=lead)
    assert (refusal.value.field, kept, row.state, row.settled_on) == ("outcome", ("kept", clock.today()), "open", None)


def test_customisation_is_due_again_when_its_tool_moves_on(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    tool = a_tool(by=lead, project=project, edition="8.1")
    row = a_customisation(project, tool, by=lead)
    seen = [row.retest]
    for version, result in (("8.0", RetestResult.WORKS), ("8.1", RetestResult.FAILS), ("8.1", RetestResult.WORKS)):
        actions.retest_customisation(
            project=project, customisation=row, version_tested=version, tested_on=clock.today(), result=result,
            note="tried", by=lead,
        )
        seen.append(row.retest)
    assert seen == [Retest.DUE, Retest.DUE, Retest.FAILED, Retest.FRESH]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"version_tested": " "}, "version_tested"),
        ({"result": RetestResult.FAILS}, "result_note"),
        ({"tested_on": date(2999, 1, 1)}, "tested_on"),
    ],
)
def test_retest_asks_for_what_it_needs(app: Flask, facts: dict[str, Any], field: str) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    row = a_customisation(project, a_tool(by=lead, project=project), by=lead)
    told = {"version_tested": "8", "tested_on": clock.today(), "result": RetestResult.WORKS, "note": "", **facts}
    with pytest.raises(BadValue) as refusal:
        actions.retest_customisation(project=project, customisation=row, by=lead, **told)
    assert refusal.value.field == field


def test_records_about_tools_stand_in_the_trail_as_they_are(app: Flask, home: Path) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    tool = a_tool(by=lead, project=project)
    row = a_limitation(project, tool, by=lead)
    actions.decide_limitation(project=project, limitation=row, decision=Decision.WAIT, reason="soon", by=lead)
    actions.set_capability(project=project, tool=tool, kind=CapabilityKind.READ, state=Able.YES, note="tried", by=lead)
    a_promise(project, tool, by=lead)
    a_customisation(project, tool, by=lead)
    assert verify(home / "keys").faults == ()
