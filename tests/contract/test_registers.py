"""Every register of every subject, on both engines: what its form asks can be typed, listed, sorted, filtered, exported."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask
from wtforms import BooleanField, DateField, IntegerField, SelectField, SelectMultipleField

from tests.conftest import Inspector
from tests.factories.evidence import a_link
from tests.factories.inquiry import a_baseline
from tests.factories.people import a_member, a_person
from tests.factories.practices import an_instruction
from tests.factories.projects import a_project
from tests.factories.tools import a_tool
from workbench.database import db
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.registers import queries
from workbench.registers.queries import Wanted
from workbench.registers.rules import Register
from workbench.registers.views import _SERVED as SERVED
from workbench.trail.queries import verify

# What a register's own rule asks beyond its form.
ALSO: dict[str, dict[str, Any]] = {
    "acceptance": {"currency": "EUR"},
    "announcements": {"edition_number": "1", "tells_old_way_stop": "y"},
    "comparisons": {"currency": "EUR", "use_to": "20", "uses": "Sales; 3"},
    "consultations": {"hub": ""},
    "offers": {"fees": "SIM; 2; line", "tiers": ""},
    "recurrences": {"pack_id": "iso9001_2015", "part": "9"},
    "sources": {"url": "https://example.test/page"},
}
OUTSIDE = {"csrf_token", "idempotency_key", "version"}


@pytest.fixture
def lead(any_app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    """A project that offers each kind of row that a form may ask for."""
    made = a_project(by=lead, key="INV-1")
    a_member(made, lead)
    for _each in range(2):
        a_tool(by=lead, project=made)
    a_link(made, by=lead)
    a_baseline(made, by=lead)
    for _each in range(2):
        an_instruction(made, by=lead)
    return made


def typed(app: Flask, register: Register, project: Project, lead: Person, number: int) -> dict[str, Any]:
    """What somebody types who fills in every field."""
    with app.test_request_context():
        form = register.form(meta={"csrf": False}).offer(project.id)
        told = {each.name: _value(each, number, lead) for each in form if each.name not in OUTSIDE}
    told.update(ALSO.get(register.key, {}))
    return {name: value for name, value in told.items() if value is not None}


def _value(field: Any, number: int, lead: Person) -> Any:
    if isinstance(field, BooleanField):
        return "y" if number % 2 else None
    if isinstance(field, SelectMultipleField):
        return [str(each.value) for each in field.choices][:2]
    if isinstance(field, SelectField):
        values = [str(each.value) for each in field.choices if each.value not in ("", None)]
        return values[(number + (field.name == "target_tool_id")) % len(values)] if values else ""
    if isinstance(field, DateField):
        return f"2026-0{number + 1}-05"
    if isinstance(field, IntegerField):
        return str(number + 1)
    return {"period": f"2026-0{number + 1}", "value": str(number + 3), "value_now": "2"}.get(
        field.name, f"{number + 1}"
    )


def walk(app: Flask, client: Any, project: Project, lead: Person, blueprint: str, register: Register) -> list[str]:
    """Two records through the pages of one register; gives what went wrong."""
    with app.test_request_context():
        address = app.url_for(f"{blueprint}.records", key=project.key, register=register.key)
    for number in (0, 1):
        answer = client.post(f"{address}/new", typed(app, register, project, lead, number))
        if answer.status_code != 303:
            told = re.findall(r'<a href="#[^"]+">[^<]*</a>: [^<]*|<li>[^<]*</li>', answer.text)
            return [f"{address}/new: {answer.status_code} {told}"]
    number = _first(register)
    pages = (address, f"{address}.csv", f"{address}/{number}", f"{address}/{number}/edit")
    faults = [f"{page}: {status}" for page in pages if (status := client.get(page).status_code) != 200]
    table = client.get(f"{address}.csv").get_data(as_text=True).removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(table)))
    standing = len(queries.standing(register.model, project.id))
    if (len(rows), len({len(row) for row in rows})) != (1 + standing, 1):
        faults.append(f"{address}.csv: {rows}")
    for act, form in (("withdraw", {"reason": "typed twice"}), ("put-back", {})):
        if (status := client.post(f"{address}/{number}/{act}", form).status_code) != 303:
            faults.append(f"{address}/{number}/{act}: {status}")
    return faults


def looked_up(app: Flask, register: Register, project: Project) -> int:
    """Every order and every filter of the list, asked of the database; gives how many were asked."""
    with app.test_request_context():
        form = register.form(meta={"csrf": False}).offer(project.id)
        filters = [each for each in form if isinstance(each, SelectField) and not isinstance(each, SelectMultipleField)]
        equal = [{each.name: each.coerce(each.choices[-1].value)} for each in filters if each.choices]
    wanted = [Wanted(sort=f"{sign}{name}") for name in register.columns for sign in ("", "-")]
    wanted += [Wanted(search="1"), *(Wanted(equal=each) for each in equal)]
    for each in wanted:
        queries.page_of(register, project.id, each)
    return len(wanted)


def _first(register: Register) -> int:
    return int(db.session.scalars(db.select(register.model.id).order_by(register.model.id)).first())


def test_every_register_works_on_both_engines(any_app: Flask, lead: Person, project: Project) -> None:
    any_app.test_client_class = Inspector
    client: Any = any_app.test_client()
    client.sign_in(lead)
    faults = []
    for (blueprint, _key), register in SERVED.items():
        faults += walk(any_app, client, project, lead, blueprint, register)
        assert looked_up(any_app, register, project) > len(register.columns)
    assert faults == [], "\n".join(faults)
    assert verify(any_app.extensions["ninefold"].keys).faults == ()
