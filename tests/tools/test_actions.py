"""Registering tools, connecting them, their scope and their limitations."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_limitation, a_tool
from workbench import clock
from workbench.people.rules import Role
from workbench.projects.rules import Layer
from workbench.tools import actions, queries
from workbench.tools.rules import ConnectionKind, Sensitivity, Standing
from workbench.trail.queries import history
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


def test_change_limitation_records_the_disposition(app: Flask) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    row = a_limitation(project, a_tool(by=lead, project=project), by=lead)
    actions.change_limitation(
        project=project, limitation=row, statement=row.statement, layer=Layer.RESELLER,
        first_reported_on=row.first_reported_on, promise="", promised_on=None, disposition="work around by hand", by=lead,
    )
    event = history("limitation", row.id)[-1]
    assert (event.act, event.project, event.old["disposition"], event.new["disposition"]) == (
        "limitation_changed", project.key, "", "work around by hand",
    )
