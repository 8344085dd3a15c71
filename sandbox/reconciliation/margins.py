"""What is billed beside what the supplier's units cost: exact, by currency; an unknown part gives no margin."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.reconciliation.book import PricedLine
from sandbox.reconciliation.quantities import Result
from sandbox.reconciliation.reasons import EXACT, Row, money


@dataclass(frozen=True)
class Margin:
    """Of one client: its packages together, or one service beside them.

    The cost of packages is that of the units used inside them; the cost of a service is that of the units used beyond
    (extra and over, billed or not). `amount`, `cost` and `currency` are None where they are unknown.
    """

    client: str
    contract: str
    kind: str
    item: str
    amount: Decimal | None
    cost: Decimal | None
    currency: str | None

    @property
    def margin(self) -> Decimal | None:
        return None if self.amount is None or self.cost is None else EXACT.subtract(self.amount, self.cost)

    def as_json(self) -> dict[str, object]:
        return {"client": self.client, "contract": self.contract, "kind": self.kind, "item": self.item,
                "amount": _text(self.amount), "cost": _text(self.cost), "margin": _text(self.margin),
                "currency": self.currency}


@dataclass(frozen=True)
class MarginTotal:
    """The sums of one currency over all margins that are known."""

    currency: str
    amount: Decimal
    cost: Decimal

    def as_json(self) -> dict[str, object]:
        margin = EXACT.subtract(self.amount, self.cost)
        return {"currency": self.currency, "amount": money(self.amount), "cost": money(self.cost),
                "margin": _text(margin)}


def client_margins(result: Result) -> tuple[Margin, ...]:
    """For every client its packages, then each service; sorted."""
    lines: dict[tuple[str, str], list[PricedLine]] = defaultdict(list)
    rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in result.rows:
        rows[row.client, row.contract].append(row)
    for line in result.lines:
        lines[line.client, line.contract if result.rules.pool == "contract" else ""].append(line)
    return tuple(one for key in sorted({*lines, *rows}) for one in _of_client(*key, lines[key], rows[key]))


def margin_totals(found: Iterable[Margin]) -> tuple[MarginTotal, ...]:
    """By currency, over the entries whose margin is known."""
    amounts: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for one in found:
        if one.amount is not None and one.cost is not None and one.currency is not None:
            both = amounts[one.currency]
            both[0], both[1] = EXACT.add(both[0], one.amount), EXACT.add(both[1], one.cost)
    return tuple(MarginTotal(currency, *both) for currency, both in sorted(amounts.items()))


def margins_json(result: Result) -> dict[str, object]:
    """The key `margins` of the reconciliation's JSON."""
    found = client_margins(result)
    return {"rows": [one.as_json() for one in found], "totals": [one.as_json() for one in margin_totals(found)],
            "without_margin": sum(one.margin is None for one in found)}


def _of_client(client: str, contract: str, lines: Sequence[PricedLine], rows: Sequence[Row]) -> list[Margin]:
    packages = [line for line in lines if line.kind == "package"]
    found = [_margin(client, contract, "packages", ", ".join(sorted({line.item for line in packages})), packages,
                     [(row, row.included_used) for row in rows])] if packages else []
    for row in rows:
        own = [line for line in lines if line.kind == "service" and line.item == row.service]
        beyond = row.used - row.included_used
        if own or beyond:
            found.append(_margin(client, contract, "service", row.service, own, [(row, beyond)]))
    return found


def _margin(client: str, contract: str, kind: str, item: str, lines: Sequence[PricedLine],
            used: Sequence[tuple[Row, int]]) -> Margin:
    billed = _sum((line.amount, line.currency) for line in lines if line.billed_units)
    cost = _sum((None if row.unit_cost is None else EXACT.multiply(Decimal(units), row.unit_cost), row.cost_currency)
                for row, units in used if units)
    sold_in, bought_in = (known[1] if known else None for known in (billed, cost))
    if sold_in and bought_in and sold_in != bought_in:
        cost = None  # there is no difference between two currencies
    return Margin(client, contract, kind, item, billed[0] if billed else None, cost[0] if cost else None,
                  sold_in or bought_in)


def _sum(amounts: Iterable[tuple[Decimal | None, str | None]]) -> tuple[Decimal, str | None] | None:
    """The sum and its currency; nothing is zero of no currency; None where one is unknown or currencies differ."""
    total, currencies = Decimal(0), set()
    for amount, currency in amounts:
        if amount is None or currency is None:
            return None
        total = EXACT.add(total, amount)
        currencies.add(currency)
    return (total, next(iter(currencies), None)) if len(currencies) <= 1 else None


def _text(amount: Decimal | None) -> str | None:
    if amount is None:
        return None
    return f"-{money(-amount)}" if amount < 0 else money(amount)
