"""Makes a Tryton database with parties, services and subscription lines; runs in the environment of the peers.

Usage: tryton_stage.py CONFIG DATABASE CONTRACTS.csv – prints the key of its REST application.
"""

from __future__ import annotations

import csv
import datetime
import sys
from decimal import Decimal
from pathlib import Path

from proteus import Model, Wizard, config
from trytond.modules.account.tests.tools import create_chart, get_accounts
from trytond.modules.company.tests.tools import create_company


def activate() -> None:
    """The module of subscriptions, and what it needs."""
    module = Model.get("ir.module")
    [one] = module.find([("name", "=", "sale_subscription")])
    one.click("activate")
    Wizard("ir.module.activate_upgrade").execute("upgrade")


def make_service(code: str, unit: Model, category: Model, monthly: Model) -> Model:
    """A product of type service under this code, offered as a subscription."""
    template = Model.get("product.template")()
    template.name = f"Service {code}"
    template.code = code
    template.default_uom = unit
    template.type = "service"
    template.list_price = Decimal("4.00")
    template.account_category = category
    template.save()
    service = Model.get("sale.subscription.service")()
    service.product = template.products[0]
    service.consumption_recurrence = monthly
    service.save()
    return service


def main(settings: str, database: str, contracts: str) -> None:
    config.set_trytond(f"sqlite:///{database}", config_file=settings)
    activate()
    create_company()
    create_chart()
    monthly = Model.get("sale.subscription.recurrence.rule.set")(name="Monthly")
    monthly.rules[0].freq = "monthly"
    monthly.rules[0].interval = 1
    monthly.save()
    category = Model.get("product.category")(name="Services")
    category.accounting = True
    category.account_revenue = get_accounts()["revenue"]
    category.save()
    [unit] = Model.get("product.uom").find([("name", "=", "Unit")])
    with Path(contracts).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    services = {code: make_service(code, unit, category, monthly) for code in sorted({row["item"] for row in rows})}
    for name in sorted({row["client"] for row in rows}):
        party = Model.get("party.party")(name=name)
        party.save()
        subscription = Model.get("sale.subscription")()
        subscription.party = party
        subscription.start_date = datetime.date(2026, 1, 1)
        subscription.invoice_start_date = datetime.date(2026, 2, 1)
        subscription.invoice_recurrence = monthly
        for row in rows:
            if row["client"] == name:
                line = subscription.lines.new()
                line.service = services[row["item"]]
                line.quantity = float(row["quantity"])
                line.unit_price = Decimal(row["unit_price"].replace(",", "."))
        subscription.save()
        subscription.click("quote")
        subscription.click("run")
    application = Model.get("res.user.application")()
    [application.user] = Model.get("res.user").find([("login", "=", "admin")])
    application.application = "rest"
    application.save()
    print(application.key)


if __name__ == "__main__":
    main(*sys.argv[1:])
