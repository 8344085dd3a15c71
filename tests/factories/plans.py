"""Promotion plans of runs of mappings, and a run to make them of: new prices of contracts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.factories.runs import a_fake, a_mapping_run, a_snapshot, a_version
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trials.actions import plans as actions
from workbench.trials.models import MappingRun, PlanCheck, PromotionPlan
from workbench.trials.rules.plans import Choice
from workbench.web.transactions import commit

MAPPING = """mapping: 1
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
  - {table: psa.contracts, from: priced, key: [contract], compare: [price, client], missing: flag}
"""
LIVE = "contract,price,client\nC-001,10.00,Forge\nC-007,12.00,Noe\nC-008,9.00,Mill\nC-009,4.00,Quay\n"
OFFERS = "contract,price,client\nC-001,11.00,Forge\nC-007,13.00,Noe\nC-009,4.50,Quay\nC-010,5.00,Dock\n"
MOVED = LIVE.replace("C-007,12.00", "C-007,12.50")


def a_run_of_prices(
    project: Project, *, by: Person, home: Path, fake: dict[str, str] | None = None, offers: str = OFFERS
) -> MappingRun:
    """A run that finds new prices of contracts, over LIVE and OFFERS, and over a fake offer."""
    for table, text in (("psa.contracts", LIVE), ("supplier.offers", offers)):
        a_snapshot(project, table, text, by=by, home=home)
    if fake is not None:
        a_fake(project, "supplier.offers", fake, by=by)
    version = a_version(project, by=by, text=MAPPING, name="new-prices")
    return a_mapping_run(project, by=by, home=home, version_id=version.id)


def a_plan(project: Project, run: MappingRun, *, by: Person, home: Path, **choice: Any) -> PromotionPlan:
    """A plan of every row of the run's first target that may enter, or of what `choice` says."""
    chosen = Choice(**choice) if choice else Choice(only=(("table", run.result["details"]["targets"][0]["table"]),))
    return actions.make_plan(project=project, run=run, title="January", choice=chosen, home=home, by=by)


def checked(
    plan: PromotionPlan, project: Project, by: Person, home: Path, live: str = MOVED, *, is_after: bool = False
) -> PlanCheck:
    """The plan held against the live table as it is now, received for it."""
    now = a_snapshot(project, "psa.contracts", live, by=by, home=home)
    commit()
    tables = {"psa.contracts": {"snapshot": now.id}}
    done = actions.check_plan(plan=plan, live=tables, home=home, by=by, is_after=is_after)
    commit()
    return done
