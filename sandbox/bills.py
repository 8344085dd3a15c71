"""What the contract bills, beside what a PSA would bill that syncs every count as a line of its own."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sandbox.quantities import PricedLine, Result
from sandbox.reasons import EXACT


@dataclass(frozen=True)
class Bill:
    """Packages, separate units beside them, the amount by currency, and how many of these have no known price."""

    packages: int
    separate_units: int
    amounts: tuple[tuple[str, Decimal], ...]
    without_price: int


@dataclass(frozen=True)
class PsaView:
    """The two bills side by side; `units_too_many` is what the sync bills beyond the extra units of the contract."""

    right: Bill
    synced: Bill

    @property
    def units_too_many(self) -> int:
        return self.synced.separate_units - self.right.separate_units


def right_bill(result: Result, client: str | None = None) -> Bill:
    """Contract lines as they stand: packages, and extra units only. What is over waits for a decision."""
    lines = [line for line in result.lines if client in (None, line.client)]
    packages, extras = _of_kind(lines, "package"), _of_kind(lines, "service")
    return _bill(packages, [(line.quantity, line.unit_price, line.currency) for line in extras])


def synced_bill(result: Result, client: str | None = None) -> Bill:
    """The packages, and on top of them every counted unit as a line: what the package holds is billed twice."""
    packages = _of_kind((line for line in result.lines if client in (None, line.client)), "package")
    rows = [row for row in result.rows if client in (None, row.client)]
    return _bill(packages, [(row.used, row.unit_price, row.currency) for row in rows])


def psa_view(result: Result, client: str | None = None) -> PsaView:
    """Both bills, of one client or of all."""
    return PsaView(right_bill(result, client), synced_bill(result, client))


def _of_kind(lines: Iterable[PricedLine], kind: str) -> list[PricedLine]:
    return [line for line in lines if line.kind == kind]


def _bill(packages: list[PricedLine], units: list[tuple[int, Decimal | None, str | None]]) -> Bill:
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    without_price = 0
    for quantity, price, currency in [*((line.quantity, line.unit_price, line.currency) for line in packages), *units]:
        if price is None or currency is None:
            without_price += quantity
        else:
            amounts[currency] = EXACT.add(amounts[currency], EXACT.multiply(Decimal(quantity), price))
    return Bill(sum(line.quantity for line in packages), sum(quantity for quantity, _, _ in units),
                tuple(sorted(amounts.items())), without_price)
