"""What a level withholds beyond names and single amounts, and what a printed record still says after others were withdrawn."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import force_locale

from tests.factories.findings import a_finding
from tests.factories.inquiry import a_baseline, a_consultation, a_need, a_source, an_objective
from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_tool
from workbench import clock
from workbench.adoption.registers import BENEFITS
from workbench.findings.actions import withdraw_finding
from workbench.inquiry.registers import BASELINES, CONSULTATIONS, NEEDS, OBJECTIVES, SOURCES
from workbench.lifecycle.actions import write_artefact
from workbench.lifecycle.artefacts.governance_matrix import GovernanceMatrix
from workbench.lifecycle.artefacts.specification_note import SpecificationNote
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.actions import name_participant
from workbench.projects.models import Project
from workbench.projects.rules import Confidentiality, Layer
from workbench.registers.actions import add_record, withdraw_record
from workbench.reports import conformity
from workbench.reports.names import Names, names_withheld
from workbench.reports.records import Sheet, sheet_of
from workbench.reports.redaction import COUNTED, redactor_of
from workbench.reports.rules import Options

PUBLIC, INTERNAL, ALL = (Options(confidentiality=each) for each in (
    Confidentiality.PUBLIC, Confidentiality.INTERNAL, Confidentiality.CONFIDENTIAL,
))


@pytest.fixture
def lead(app: Flask) -> Iterator[Person]:
    with force_locale("en"):
        yield a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead)


def told(sheet: Sheet) -> list[str]:
    """Every text of a table."""
    return [cell.text for line in sheet.rows for cell in (*line.cells, *line.more)]


@pytest.mark.parametrize(("text", "kept"), [
    ("between 8.00 and 9.30 € a month", "between [withheld] a month"),
    ("8.00 and €9.30; 12–14 €; from EUR 12 to 14", "[withheld]; [withheld]; from [withheld]"),
    ("2.5 million euros, 2 millions d’euros, 1.2 bn €, 5 Mio. €", "[withheld], [withheld], [withheld], [withheld]"),
    ("1'200.- CHF, €12.–", "[withheld], [withheld]"),
    ("R-1 and €9, 12 of 14, G1-01", "R-1 and [withheld], 12 of 14, G1-01"),
])
def test_ranges_and_round_amounts_are_amounts(app: Flask, text: str, kept: str) -> None:
    assert redactor_of(Names(), INTERNAL).text(text) == kept


@pytest.mark.parametrize("text", ["000 " * 5000, "1.00 and " * 2200, "1-" * 10_000, "1 mille " * 2500, "€1" + "-1" * 9000])
def test_a_long_hostile_text_takes_no_longer_than_another(app: Flask, text: str) -> None:
    done, began = redactor_of(Names(), INTERNAL), time.process_time()
    done.text(text)
    assert time.process_time() - began < 1


def test_what_became_of_a_confidential_statement_is_marked_too(project: Project, lead: Person) -> None:
    made = a_consultation(
        project, by=lead, said_by="Ms Q", layer=Layer.EDITOR, statement="spring", is_confidential=True, has_consent=True
    )
    made.disposition, made.accepted_by = "No script of ours", "Ada Martin"
    kept = {level: told(sheet_of(CONSULTATIONS, project.id, level)) for level in (PUBLIC, INTERNAL, ALL)}
    seen = {level: ["No script of ours" in texts, "Ada Martin" in texts] for level, texts in kept.items()}
    assert seen == {PUBLIC: [False, False], INTERNAL: [False, False], ALL: [True, True]}
    made.is_confidential = False
    assert "No script of ours" in told(sheet_of(CONSULTATIONS, project.id, INTERNAL))


def test_a_record_names_what_it_refers_to_after_that_was_withdrawn(project: Project, lead: Person) -> None:
    need = a_need(project, by=lead, statement="Typed once")
    a_source(project, by=lead, need_id=need.id)
    before = told(sheet_of(SOURCES, project.id))
    withdraw_record(NEEDS, project=project, row=need, reason="twice", by=lead)
    after = told(sheet_of(SOURCES, project.id))
    assert [str(need.id) in after, any("N-1" in text for text in before), any("N-1" in text for text in after)] == [
        False, True, True,
    ]


def test_a_number_beside_a_currency_is_an_amount(project: Project, lead: Person) -> None:
    cost = a_baseline(project, by=lead, measure="Cost of a run", value="412.50", unit="EUR a month")
    now = {"baseline_id": cost.id, "value_now": "98.70", "measured_on": clock.today(), "saving": "314"}
    add_record(BENEFITS, project=project, facts=now, by=lead)
    a_baseline(project, by=lead, measure="Time of a run", value="6.5", unit="hours")
    an_objective(project, by=lead, measure="Cost", unit="€", baseline="1250", target="300")
    kept = [told(sheet_of(each, project.id, INTERNAL)) for each in (BASELINES, OBJECTIVES, BENEFITS)]
    assert [text in kept[0] for text in ("412.50", "6.5")] == [False, True]
    assert [text in each for each, text in zip((kept[1], kept[1], kept[2]), ("1250", "300", "98.70"), strict=True)] == [False] * 3
    assert "412.50" in told(sheet_of(BASELINES, project.id, ALL))


def test_a_withdrawn_finding_is_not_open(project: Project, lead: Person) -> None:
    made = a_finding(project, by=lead)
    withdraw_finding(project=project, finding=made, reason="wrong clause", by=lead)
    (found,) = conformity.treated(project.id, clock.today(), withdrawn=True)
    assert found.age == "–"


def test_who_is_named_in_a_need_or_a_document_is_known_by_name(project: Project, lead: Person) -> None:
    a_need(project, by=lead, source="Marta Quiroga, warehouse; C-1")
    write_artefact(project=project, artefact=SpecificationNote(sponsor="Wilma Outsider, owner"), by=lead)
    here = {"domain": "investment", "decides": "feudal", "who": "Board of the company and Otto Grün"}
    write_artefact(project=project, artefact=GovernanceMatrix(domains=(here,)), by=lead)
    voices = names_withheld().voices
    assert [name in voices for name in ("Marta Quiroga", "Wilma Outsider", "Otto Grün", "warehouse")] == [True, True, True, False]


def test_roles_and_companies_that_spoke_are_no_persons(project: Project, lead: Person) -> None:
    a_tool(by=lead, project=project, name="PSA", vendor="Editor E")
    for name, organisation, is_confidential in (
        ("Jean Seul", "Jean Seul", False), ("The desk", "Reseller D", False), ("Ada Quiet", "Quiet Works", True),
    ):
        name_participant(
            project=project, name=name, organisation=organisation, layer=Layer.RESELLER, expects="", by=lead,
            is_confidential=is_confidential,
        )
    for said_by in ("Sales", "Ventes", "Editor E", "Reseller D", "Marta Quiroga", "Quiet Works"):
        a_consultation(project, by=lead, said_by=said_by)
    said = "hardware sales, Editor E, Reseller D, Marta Quiroga, Jean Seul, Quiet Works"
    told = redactor_of(names_withheld(), PUBLIC).text(said)
    shown = [each in told for each in ("hardware sales, Editor E, Reseller D,", "Marta", "Jean", "Seul", "Quiet", "Works")]
    assert shown == [True, False, False, False, False, False]


def test_a_word_that_names_somebody_is_withheld_as_it_is_written(app: Flask) -> None:
    done = redactor_of(Names(voices=("Baker",), clients=("Alpha",)), PUBLIC)
    assert done.text("Baker, BAKER of ALPHA is a baker") == "[person 1], [person 1] of [client 1] is a baker"


def test_a_name_drawn_over_two_lines_is_withheld_and_counted_once(app: Flask) -> None:
    done = redactor_of(Names(clients=("Imprimerie Saint-Luc", "Alpha"), hosts=("psa.test",)), PUBLIC)
    lines = '<tspan x="1" y="1">Imprimerie</tspan><tspan x="1" y="18">Saint-Luc</tspan>'
    page = f'<text fill="x">{lines}</text><text><tspan x="1">to</tspan><tspan x="2">psa.test</tspan></text>{COUNTED}'
    assert done.page(page) == (
        '<text fill="x"><tspan x="1" y="1">[client 1]</tspan><tspan x="1" y="18"></tspan></text>'
        '<text><tspan x="1">to</tspan><tspan x="2">[withheld]</tspan></text>2'
    )
    kept = '<text><tspan x="1">Nothing &amp;</tspan><tspan x="2">nobody</tspan></text>'
    assert done.page(kept) == kept
