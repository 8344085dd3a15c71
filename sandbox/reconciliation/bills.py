"""What the contract bills, beside what a PSA would bill that syncs every count as a line of its own."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.reconciliation.book import PricedLine
from sandbox.reconciliation.quantities import Result
from sandbox.reconciliation.reasons import EXACT, money

_Billed = tuple[int, Decimal | None, str | None]  # units, their amount, its currency


@dataclass(frozen=True)
class Bill:
    """Packages, separate units beside them, the amount by currency, and how many of these have no known price."""

    packages: int
    separate_units: int
    amounts: tuple[tuple[str, Decimal], ...]
    without_price: int

    def as_json(self) -> dict[str, Any]:
        return {"packages": self.packages, "separate_units": self.separate_units,
                "amounts": {currency: money(amount) for currency, amount in self.amounts},
                "without_price": self.without_price}


@dataclass(frozen=True)
class PsaView:
    """The two bills side by side; `units_too_many` is what the sync bills beyond the extra units of the contract."""

    right: Bill
    synced: Bill

    @property
    def units_too_many(self) -> int:
        return self.synced.separate_units - self.right.separate_units

    def as_json(self) -> dict[str, object]:
        return {"right": self.right.as_json(), "synced": self.synced.as_json(), "units_too_many": self.units_too_many}


def right_bill(result: Result, client: str | None = None) -> Bill:
    """Contract lines as they stand: packages, and extra units only. What is over waits for a decision."""
    lines = [line for line in result.lines if client in (None, line.client)]
    packages, extras = _of_kind(lines, "package"), _of_kind(lines, "service")
    units = sum(line.billed_units for line in extras if line.is_counted)
    return _bill(packages, [(line.billed_units, line.amount, line.currency) for line in extras], units)


def synced_bill(result: Result, client: str | None = None) -> Bill:
    """The packages, and on top of them every counted unit as a line: what the package holds is billed twice."""
    packages = _of_kind((line for line in result.lines if client in (None, line.client)), "package")
    rows = [row for row in result.rows if client in (None, row.client)]
    amounts = [(row.used, None if row.unit_price is None else EXACT.multiply(Decimal(row.used), row.unit_price),
                row.currency) for row in rows]
    return _bill(packages, amounts, sum(row.used for row in rows))


def psa_view(result: Result, client: str | None = None) -> PsaView:
    """Both bills, of one client or of all."""
    return PsaView(right_bill(result, client), synced_bill(result, client))


def bill_lines(result: Result) -> list[dict[str, object]]:
    """The key `bills` of the JSON: each contract line of the period with what it bills, by client."""
    return [{
        "client": line.client, "contract": line.contract, "kind": line.kind, "item": line.item,
        "quantity": line.quantity, "billed": line.billed_units,
        "unit_price": None if line.unit_price is None else money(line.unit_price),
        "days": line.days, "of_days": line.of_days,
        "amount": None if line.amount is None else money(line.amount), "currency": line.currency, "from": line.origin,
    } for line in sorted(result.lines, key=lambda one: (one.client, one.contract))]


def _of_kind(lines: Iterable[PricedLine], kind: str) -> list[PricedLine]:
    return [line for line in lines if line.kind == kind]


def _bill(packages: list[PricedLine], others: list[_Billed], separate_units: int) -> Bill:
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    without_price = 0
    of_packages: list[_Billed] = [(line.quantity, line.amount, line.currency) for line in packages]
    for quantity, amount, currency in [*of_packages, *others]:
        if amount is None or currency is None:
            without_price += quantity
        else:
            amounts[currency] = EXACT.add(amounts[currency], amount)
    return Bill(sum(line.quantity for line in packages if line.is_counted), separate_units,
                tuple(sorted(amounts.items())), without_price)
