"""Addresses: numbers that no row has and texts that no database keeps are answered as what they are, on both engines."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.conftest import Inspector
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench.people.rules import Role
from workbench.web.addresses import row_number

HUGE = "9" * 25
CODES = {
    "/projects/INV-1/evidence/2147483648": 404,
    f"/projects/INV-1/decisions/{HUGE}": 404,
    f"/jobs/{HUGE}": 404,
    f"/projects/INV-1/findings/new?checklist={HUGE}&item=G1-01": 404,
    f"/projects/INV-1/records/objectives/{HUGE}": 404,
    f"/projects/INV-1/records/objectives/{HUGE}/revise": 404,
    f"/projects/INV-1/sandbox/new?again={'9' * 5000}": 200,
    "/projects/INV-1/findings/new?checklist=1&item=%00": 400,
    "/projects/a%00b/": 400,
    "/projects/?q=%00": 400,
    "/projects/?%00=q": 400,
}


def test_odd_numbers_and_nul_are_answered_alike_on_both_engines(any_app: Flask) -> None:
    any_app.test_client_class = Inspector
    a_project(key="INV-1")
    client = any_app.test_client().sign_in(a_person(role=Role.QUALITY_LEAD))
    assert {address: client.get(address).status_code for address in CODES} == CODES


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("7", 7), ("0", 0), ("999999999", 999_999_999), ("1000000000", None), ("-1", None), ("²", None), ("٣", None),
        ("", None), (None, None),
    ],
)
def test_number_of_a_row_is_a_short_row_of_digits(text: str | None, found: int | None) -> None:
    assert row_number(text) == found


def test_version_that_is_no_number_counts_as_none(client: Inspector) -> None:
    project = a_project()
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    form = {"name": "x", "purpose": "", "scope": "", "out_of_scope": "", "confidentiality": "internal", "version": "²"}
    assert client.post(f"/projects/{project.key}/facts", form).status_code == 303
