"""Small projects for the stories of the sandbox, each just before its story begins, and what these stories do on its pages."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.conftest import opened
from tests.e2e.stories import MODES, WAYS, person_of
from tests.factories.changes import WHOLE, a_request_for_change
from tests.factories.mappings import a_mapping_row
from tests.factories.people import a_member
from tests.factories.projects import a_project
from tests.factories.runs import a_fake, a_mapping_run, a_snapshot
from tests.factories.tools import a_tool
from workbench import clock
from workbench.config import Settings
from workbench.people.models import Person
from workbench.people.rules import Function, Hub, Role
from workbench.projects.models import Project
from workbench.tools.rules import Standing
from workbench.trials.queries.mappings import newest_version
from workbench.web import transactions

LETTERS = {"q": Role.QUALITY_LEAD, "p": Role.PROJECT_MANAGER, "o": Role.CONTRIBUTOR, "t": Role.CONTRIBUTOR}
DEMO = Path(__file__).resolve().parents[2] / "demo"
# Story 10: what the portal counts, and what the contracts hold; the contacts are never received.
USAGE = "contract,units,contact\nC-001,10,ada@forge.example\nC-007,17,noe@bakery.example\nC-008,9,mia@mill.example\n"
CONTRACTS = "contract,quantity,contact\nC-001,10,ada@forge.example\nC-007,12,noe@bakery.example\nC-008,9,mia@mill.example\n"
COUNTS = """mapping: 1
name: counts
purpose: Contracts hold what is counted.
sources:
  usage: {table: supplier.usage, fields: {contract: text, units: text}, contract: discard}
  live: {table: psa.contracts, fields: {contract: text, quantity: int}, contract: discard}
steps:
  - map: counted
    from: usage
    fields:
      contract: {formula: contract, type: text}
      quantity: {formula: int(units), type: int, why: "as counted"}
targets:
  - {table: psa.contracts, from: counted, key: [contract], compare: [quantity], missing: keep}
"""
# Story 12: new prices for some contracts; one of them moves live in between.
LIVE = "contract,price,client\nC-001,10.00,Forge\nC-007,12.00,Noe\nC-008,9.00,Mill\nC-009,4.00,Quay\n"
OFFERS = "contract,price,client\nC-001,11.00,Forge\nC-007,13.00,Noe\nC-009,4.50,Quay\nC-010,5.00,Dock\n"
MOVED = LIVE.replace("C-007,12.00", "C-007,12.50")
PRICES = """mapping: 1
name: new-prices
purpose: Contracts get the prices of January.
sources:
  offers: {table: supplier.offers, fields: {contract: text, price: decimal(2), client: text}}
  live: {table: psa.contracts, fields: {contract: text, price: decimal(2), client: text}}
steps:
  - map: priced
    from: offers
    fields:
      contract: {formula: contract, type: text}
      price: {formula: price, type: decimal(2), why: "the price list of January"}
      client: {formula: client, type: text}
targets:
  - {table: psa.contracts, from: priced, key: [contract], compare: [price, client], missing: keep}
"""


def prepare(home: Path) -> None:
    """A project of each story in both ways: q leads quality, p manages, o and t approve for administration and technique."""
    with opened(Settings(home=home, testing=True)):
        for way in MODES:
            people = {letter: person_of(f"{letter}-{way}", role, WAYS[way]) for letter, role in LETTERS.items()}
            for number, story in STORIES.items():
                project = a_project(by=people["q"], key=f"{way.upper()}-{number}", name=f"Story {number}")
                a_member(project, people["p"], role=Role.PROJECT_MANAGER, functions=[Function.PROJECT_MANAGER])
                a_member(project, people["o"], hub=Hub.ADMINISTRATION, functions=[Function.CHANGE_AUTHORITY])
                a_member(project, people["t"], hub=Hub.TECHNICAL, functions=[Function.TECHNICAL_LEAD])
                story(project, people, home)
                transactions.commit()


def played(project: Project, people: dict[str, Person], home: Path) -> None:
    """Story 10: the portal's trial licence ends in twelve days; a first version of the mapping."""
    ends = clock.today() + timedelta(days=12)
    a_tool(by=people["q"], project=project, name=f"Portal {project.key}", standing=Standing.TRIAL, trial_ends_on=ends)
    a_mapping_row(project, by=people["p"], text=COUNTS)


def billed(project: Project, people: dict[str, Person], home: Path) -> None:
    """Story 11: nothing yet; the files are the demo's."""


def promoted(project: Project, people: dict[str, Person], home: Path) -> None:
    """Story 12: a run whose difference has five rows, one of them fake; a request for change that lacks only its plan."""
    by = people["p"]
    for table, text in (("psa.contracts", LIVE), ("supplier.offers", OFFERS)):
        a_snapshot(project, table, text, by=by, home=home)
    a_fake(project, "supplier.offers", {"contract": "C-F", "price": "1.00", "client": "[FAKE] Zoo"}, by=by)
    version = newest_version(a_mapping_row(project, by=by, text=PRICES).id)
    assert version is not None
    a_mapping_run(project, by=by, home=home, version_id=version.id)
    a_request_for_change(project, by=by, **WHOLE)


def written(project: Project, people: dict[str, Person], home: Path) -> None:
    """The editor: two received tables, no mapping."""
    for table, text in (("supplier.usage", USAGE), ("psa.contracts", CONTRACTS)):
        a_snapshot(project, table, text, by=people["p"], home=home)


STORIES = {10: played, 11: billed, 12: promoted, 21: written}


def a_file(name: str, text: str) -> dict[str, Any]:
    """A file as a form takes it."""
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def press(page: Page, value: str, name: str = "do") -> None:
    """Send the form of the page by the button with this value; what it answers is there afterwards."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator(f'main button[type=submit][name="{name}"][value="{value}"]').click()


def done(page: Page) -> str:
    """Wait on a job's page for its end, as people without scripts do, and open what came of it; gives its address."""
    expect(page).to_have_url(re.compile(r"/jobs/\d+"))
    result = page.locator("main a.btn-primary")
    for _look in range(150):
        if result.count():
            break
        page.wait_for_timeout(200)
        page.reload()
    result.click()
    expect(page).not_to_have_url(re.compile(r"/jobs/\d+"))
    return re.sub(r"[?#].*", "", page.url)


def cells(page: Page, rows: str) -> list[list[str]]:
    """The texts of a table's cells, row by row."""
    found = page.locator(rows).all()
    return [[re.sub(r"\s+", " ", each).strip() for each in row.locator("th, td").all_inner_texts()] for row in found]
