"""What was decided, waived and signed comes in as its entries recorded it, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from tests.factories.checklists import a_checklist
from tests.factories.lifecycle import a_decision, a_sponsor
from tests.factories.people import PASSWORD, a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.lifecycle.actions import waive
from workbench.lifecycle.rules import Outcome
from workbench.people.rules import Role
from workbench.transfer import actions
from workbench.web.refusals import Refused

Change = Callable[[dict[str, Any]], Any]


@pytest.fixture
def written(app: Flask, home: Path) -> dict[str, Any]:
    """A project whose first gate is held, with a waiver."""
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead, key="INV-1")
    a_checklist(project, by=lead)
    sponsor = a_sponsor(project)
    with force_locale("en"):
        waive(
            project=project, step=1, condition_key="item:G1-01", reason="It comes later.", risk_accepted="A gap.",
            ends_on=clock.today() + timedelta(days=30), by=sponsor, password=PASSWORD,
        )
        a_decision(project, 1, by=sponsor, keys=home / "keys", outcome=Outcome.HOLD, reason="Wait for the map.")
        data = actions.export_project(project=project, home=home, keys=home / "keys", by=lead)
    document: dict[str, Any] = json.loads(data)
    return document


def taken(document: dict[str, Any], home: Path) -> Any:
    by = a_person(role=Role.QUALITY_LEAD)
    with force_locale("en"):
        return actions.import_project(data=json.dumps(document).encode(), home=home, by=by, key="INV-2", is_dry=True)


def put(table: str, **values: Any) -> Change:
    return lambda document: document["tables"][table][0].update(values)


@pytest.mark.parametrize(("change", "place"), [
    (put("gate_decision", reason="Go on."), "/tables/gate_decision/0/reason: entry "),
    (put("gate_decision", outcome="pass"), "/tables/gate_decision/0/outcome: entry "),
    (put("gate_decision", meaning="I was not there."), "/tables/gate_decision/0/meaning: entry "),
    (put("gate_decision", snapshot={}), "/tables/gate_decision/0/snapshot: this is not what was signed"),
    (put("waiver", risk_accepted="None."), "/tables/waiver/0/risk_accepted: entry "),
    (lambda document: document.update(history=[]), "/tables/gate_decision/0: no entry of the history tells of it"),
])
def test_what_was_altered_past_the_trail_is_refused(written: dict[str, Any], home: Path, change: Change, place: str) -> None:
    change(written)
    with pytest.raises(Refused) as refusal:
        taken(written, home)
    assert refusal.value.details[0].startswith(place)


def test_what_was_not_altered_is_taken_in(written: dict[str, Any], home: Path) -> None:
    assert taken(written, home).rows["gate_decision"] == 1
