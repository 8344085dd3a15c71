"""What a tool can do, learnt from its description or from a copy, and confirmed by a person."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.factories.mirror import a_mirror_source, a_reading, the_snapshot
from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_limitation, a_tool
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.tools import queries as tools
from workbench.tools.actions import set_capability
from workbench.tools.rules import Able, CapabilityKind
from workbench.trials import queries
from workbench.trials.actions.knowledge import learn_from_snapshot

DESCRIPTION = {
    "openapi": "3.0.3", "info": {"title": "Portal", "version": "1"},
    "paths": {
        "/usage": {"get": {"operationId": "listUsage", "responses": {"200": {"description": "x", "content": {"application/json": {
            "schema": {"type": "array", "items": {"type": "object", "properties": {
                "customer": {"type": "string"}, "quantity": {"type": "integer"}}}}}}}}}},
        "/clients": {"post": {"operationId": "addClient", "responses": {"201": {"description": "x"}}}},
    },
}
BASE = "/projects/INV-1/sandbox/knowledge"


@pytest.fixture
def lead(app: Any) -> Person:
    return a_person(role=Role.QUALITY_LEAD, name="S. Petit")


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def learn(client: Any, tool: int, body: bytes, name: str = "portal.json") -> Any:
    sent = {"tool_id": str(tool), "snapshot_id": "", "file": (io.BytesIO(body), name)}
    return client.post(f"{BASE}/learn", sent, content_type="multipart/form-data")


def test_a_description_becomes_proposals_that_a_person_decides(
    client: Any, lead: Person, project: Project, count_queries: Any
) -> None:
    portal = a_tool(by=lead, name="Portal", project=project)
    limit = a_limitation(project, portal, by=lead)
    for kind, state in ((CapabilityKind.CREATE, Able.NO), (CapabilityKind.QUANTITY_PER_CUSTOMER, Able.YES)):
        set_capability(
            project=project, tool=portal, kind=kind, state=state, note="asked by telephone", limitation_id=limit.id, by=lead
        )
    number, tool, limit_id = project.id, portal.id, limit.id
    client.sign_in(lead)
    assert "Nothing learnt yet" in client.get(BASE).text
    answer = learn(client, tool, json.dumps(DESCRIPTION).encode())
    assert (answer.status_code, answer.location) == (303, f"{BASE}?tool={tool}&outcome=open")
    found = {each.proposal.kind: each.proposal for each in queries.knowledge.all_proposals(number)}
    assert {kind: each.state for kind, each in found.items()} == {
        "read": "yes", "quantity_per_customer": "yes", "create": "yes", "remove": "no"
    }
    page = client.get(answer.location).text
    assert [each in page for each in ("4 proposals wait for a decision.", "GET /usage: customer, quantity", "E-1")] == [True] * 3
    assert tools.capability(tool, "read") is None  # nothing is confirmed silently
    read, remove = found["read"].id, found["remove"].id
    empty = client.post(f"{BASE}/{read}/decide", {"decision": "confirm", "note": " ", "version": "1"})
    assert empty.status_code == 422
    assert "1 path answers GET with a list of records: GET /usage" in client.get(f"{BASE}/{read}/decide").text
    client.post(f"{BASE}/{read}/decide", {"decision": "confirm", "note": "its description", "version": "1"})
    client.post(f"{BASE}/{remove}/decide", {"decision": "dismiss", "note": "the portal has a button", "version": "1"})
    known = tools.capability(tool, "read")
    assert (known.state, known.note, known.evidence_id, tools.capability(tool, "remove")) == ("yes", "its description", 1, None)
    assert client.post(f"{BASE}/{read}/decide", {"decision": "dismiss", "note": "x", "version": "2"}).status_code == 409
    # What the register says already is shown before it is overruled; a limitation stays where the answer stays.
    create, counts = found["create"].id, found["quantity_per_customer"].id
    overruled, kept = client.get(f"{BASE}/{create}/decide").text, client.get(f"{BASE}/{counts}/decide").text
    asked = ("Confirming overrules what the register says.", "asked by telephone", "L-01 no export", "S. Petit")
    assert [each in overruled for each in asked] == [True] * 4
    assert "Its limitation stays behind it." in kept
    for each in (create, counts):
        client.post(f"{BASE}/{each}/decide", {"decision": "confirm", "note": "its description", "version": "1"})
    behind = [tools.capability(tool, kind) for kind in ("create", "quantity_per_customer")]
    assert [(each.state, each.limitation_id) for each in behind] == [("yes", None), ("yes", limit_id)]
    table = client.get(f"{BASE}.csv?outcome=dismissed").text.splitlines()
    assert (table[1].split(",")[:3], "the portal has a button,S. Petit," in table[1]) == (["Portal", "remove", "no"], True)
    learn(client, tool, json.dumps(DESCRIPTION).encode())
    outcomes = sorted(each.proposal.outcome for each in queries.knowledge.all_proposals(number))
    assert outcomes == ["confirmed", "confirmed", "confirmed", "dismissed", "open", "open", "open", "open"]
    with count_queries() as seen:
        client.get(BASE)
    assert len([each for each in seen if each.startswith("SELECT")]) == 5


def test_what_is_no_description_is_refused_in_words(client: Any, lead: Person, project: Project) -> None:
    tool = a_tool(by=lead, name="Portal", project=project).id
    other = a_tool(by=lead, name="Elsewhere").id
    client.sign_in(lead)
    assert "this is no OpenAPI description" in learn(client, tool, b"a: 1\n", "x.yaml").text
    assert learn(client, other, json.dumps(DESCRIPTION).encode()).status_code == 422
    none = client.post(f"{BASE}/learn", {"tool_id": str(tool), "snapshot_id": ""})
    assert "Choose a description or a snapshot, one of the two." in none.text
    assert queries.knowledge.all_proposals(project.id) == []


def test_a_snapshot_of_the_mirror_becomes_proposals(lead: Person, project: Project, home: Path, tmp_path: Path) -> None:
    tool, source = a_tool(by=lead, name="Portal", project=project), a_mirror_source(project, by=lead)
    a_reading(source, tmp_path, by=lead, home=home)
    made = learn_from_snapshot(project=project, tool=tool, snapshot_id=the_snapshot(source).id, home=home, by=lead)
    assert [(each.kind, each.state) for each in made][:2] == [("read", "yes"), ("export", "yes")]
    assert made[0].evidence_id == 2  # the reading itself is the first
