"""What browsers and scripts send that no form of ours would: answered, never with an error of ours."""

from __future__ import annotations

import pytest
from flask import Flask
from wtforms import Form, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from tests.conftest import Inspector
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench.people.rules import Role
from workbench.projects import queries
from workbench.web.forms import Box
from workbench.web.transactions import commit

ADDRESSES = [
    "/projects/?q=%00",
    "/projects/?q=%25_%5C",
    "/projects/?q=" + "x" * 5000,
    "/projects/?page=%00",
    "/projects/?state=%00",
    "/projects/INV-1%00/",
    "/projects/%F0%9F%98%80/",
    "/projects/../../etc/passwd",
    "/people/99999999999999999999/role",
    "/people/2147483648/role",
    "/people?q=%FF%FE",
    "/projects/INV-1/steps/99999999999999999999",
    "/jobs/-1",
    "/jobs/0",
    "/trail?page=9999999999999999",
    "/trail?page=999999",
    "/projects/INV-1/trail?page=1e9",
    "/static/../workbench/app.py",
    "/static/%2e%2e/app.py",
    "/tools/?q=%00&state=%00",
    "/projects/INV-1/evidence/?q=%00",
    "/people?q=%27%3B--",
]


@pytest.fixture
def visitor(any_app: Flask) -> Inspector:
    any_app.test_client_class = Inspector
    a_project(key="INV-1")
    found: Inspector = any_app.test_client()
    return found.sign_in(a_person(role=Role.ADMIN))


def test_odd_addresses_are_answered(visitor: Inspector) -> None:
    codes = {address: visitor.get(address, follow_redirects=True).status_code for address in ADDRESSES}
    assert {address: code for address, code in codes.items() if code >= 500} == {}


@pytest.mark.parametrize(
    "text",
    ["\x00", "a\x00b", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "\u202e", "{{7*7}}", "=1+1"],
)
def test_odd_texts_are_kept_as_they_are_less_what_no_database_keeps(visitor: Inspector, text: str) -> None:
    person = a_person(role=Role.QUALITY_LEAD)
    visitor.sign_in(person)
    answer = visitor.post(
        "/projects/new", {"key": "CRM-1", "name": f"n{text}", "purpose": text, "confidentiality": "internal"}
    )
    commit()
    assert answer.status_code == 303
    kept = queries.project_with_key("CRM-1")
    assert (kept.name, kept.purpose) == (f"n{text}".replace("\x00", ""), text.replace("\x00", ""))
    assert visitor.get("/projects/").status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"key": "CRM-1\x00", "name": "n", "confidentiality": "\x00"},
        {"idempotency_key": "\x00" * 100},
        {"version": "\x00"},
        {"name": "x" * 100_000},
        {},
    ],
)
def test_odd_forms_are_refused(visitor: Inspector, form: dict[str, object]) -> None:
    visitor.sign_in(a_person(role=Role.QUALITY_LEAD))
    assert visitor.post("/projects/new", form).status_code in (400, 422)
    assert queries.project_with_key("CRM-1") is None


def test_body_that_is_no_form_is_refused(visitor: Inspector) -> None:
    for kind in ("application/json", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded"):
        answer = visitor.open("/language", method="POST", data=b"\xff\x00{", content_type=kind)
        assert answer.status_code == 400


def test_one_box_of_several_is_enough_for_a_browser() -> None:
    offered = [SelectChoice("0", "a"), SelectChoice("1", "b")]
    boxes = SelectMultipleField("Key", choices=offered, option_widget=Box(), validators=[DataRequired()])
    form = type("Key", (Form,), {"key": boxes})()
    assert [str(each()).count("required") for each in form.key] == [0, 0]
