"""Who opens a part of a mapping finds a process waiting for the preview; a testing installation keeps none."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from sandbox import starting
from tests.factories.mappings import a_mapping_row, demo_tables
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench.people.rules import Role

AT = "/projects/INV-1/sandbox/mappings/1/edit"


CASES = [("map/1", False, True), ("head/0", False, False), ("map/1", True, False)]


@pytest.mark.parametrize(("part", "testing", "expected"), CASES)
def test_part_that_can_be_previewed_has_a_process_at_hand(part, testing, expected, app, client, home):
    lead = a_person(role=Role.QUALITY_LEAD, name="S. Petit")
    project = a_project(by=lead, key="INV-1")
    demo_tables(project, by=lead, home=home)
    a_mapping_row(project, by=lead)
    client.sign_in(lead)
    settings = app.extensions["ninefold"]
    app.extensions["ninefold"] = replace(settings, testing=testing)
    try:
        answer = client.get(f"{AT}/{part}")
        assert (answer.status_code, starting._ready.until > time.monotonic()) == (200, expected)
    finally:
        app.extensions["ninefold"] = settings
        starting._ready.until = 0
        starting._ready.end()
