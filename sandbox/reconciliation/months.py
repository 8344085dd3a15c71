"""Month against month: what drifted for each client and service, and why, in a sentence."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.reconciliation.book import PricedLine
from sandbox.reconciliation.quantities import Result
from sandbox.reconciliation.reasons import EXACT, Row, money

Key = tuple[str, str, str]  # client, service or package, contract (empty where units are pooled per client)


@dataclass(frozen=True)
class State:
    """One client and service in one month; None where the month does not say."""

    used: int | None = None
    entitled: int | None = None
    verdict: str | None = None
    amount_over: Decimal | None = None
    amount: Decimal | None = None
    currency: str | None = None

    def as_json(self) -> dict[str, object]:
        return {"used": self.used, "entitled": self.entitled, "verdict": self.verdict,
                "amount_over": _money(self.amount_over), "amount": _money(self.amount), "currency": self.currency}


@dataclass(frozen=True)
class Drift:
    """What changed; `reasons` are among contract, package, price, rules and usage, `why` says them."""

    client: str
    contract: str
    kind: str
    item: str
    before: State
    after: State
    reasons: tuple[str, ...]
    why: str

    def as_json(self) -> dict[str, object]:
        return {"client": self.client, "contract": self.contract, "kind": self.kind, "item": self.item,
                "before": self.before.as_json(), "after": self.after.as_json(),
                "reasons": list(self.reasons), "why": self.why}


class _Month:
    """One result, by client and item."""

    def __init__(self, result: Result) -> None:
        self.rules = result.rules
        self.rows = {(row.client, row.service, row.contract): row for row in result.rows}
        self.lines: dict[tuple[str, Key], list[PricedLine]] = defaultdict(list)
        for line in result.lines:
            contract = line.contract if result.rules.pool == "contract" else ""
            self.lines[line.kind, (line.client, line.item, contract)].append(line)

    def keys(self, kind: str) -> set[Key]:
        return {key for of, key in self.lines if of == kind} | (set(self.rows) if kind == "service" else set())

    def state(self, kind: str, key: Key) -> State:
        row = self.rows.get(key) if kind == "service" else None
        lines = self.lines.get((kind, key), [])
        amount, currency = _amount(lines)
        if row is None:
            return State(amount=amount, currency=currency)
        return State(row.used, row.entitled, row.verdict, row.amount_over, amount, currency or row.currency)

    def quantity(self, kind: str, key: Key) -> int | None:
        """Units on the lines that count; None where there is no such line."""
        lines = [line.quantity for line in self.lines.get((kind, key), []) if line.is_counted]
        return sum(lines) if lines else None

    def prices(self, kind: str, key: Key) -> tuple[str, ...]:
        """The prices of the lines, and where there is none, that of the row."""
        row = self.rows.get(key) if kind == "service" else None
        known = {(line.unit_price, line.currency) for line in self.lines.get((kind, key), [])} or (
            {(row.unit_price, row.currency)} if row else set())
        return tuple(sorted(f"{money(price)} {currency}" for price, currency in known if price is not None))

    def days(self, kind: str, key: Key) -> tuple[str, ...]:
        return tuple(f"{line.days} of {line.of_days}" for line in self.lines.get((kind, key), [])
                     if line.days != line.of_days)


def compare_months(before: Result, after: Result) -> tuple[Drift, ...]:
    """What is not the same in both, sorted by client, services first; what stayed the same is left out."""
    earlier, later = _Month(before), _Month(after)
    found = []
    for kind in ("service", "package"):
        for key in earlier.keys(kind) | later.keys(kind):
            said = list(_reasons(kind, key, earlier, later))
            states = earlier.state(kind, key), later.state(kind, key)
            if said or states[0] != states[1]:
                if before.rules != after.rules and not said:
                    said.append(("rules", f"by other rules: {later.rules.in_words()}"))
                found.append(Drift(key[0], key[2], kind, key[1], *states, tuple(sorted({one for one, _ in said})),
                                   "; ".join(text for _, text in said)))
    return tuple(sorted(found, key=lambda one: (one.client, one.kind == "package", one.item, one.contract)))


def _reasons(kind: str, key: Key, before: _Month, after: _Month) -> Iterable[tuple[str, str]]:
    """What changed of the contract, of its packages, of the price and of the use, in this order."""
    name = f"{key[1]} lines" if kind == "service" else f"package {key[1]}"
    yield from _of_quantity(name, before.quantity(kind, key), after.quantity(kind, key))
    if kind == "service":
        yield from _of_packages(before.rows.get(key), after.rows.get(key))
    days = [_or_none(month.days(kind, key), "every day") for month in (before, after)]
    if days[0] != days[1]:
        yield "contract", f"{name} in force: {days[0]} → {days[1]}"
    prices = [_or_none(month.prices(kind, key), "none") for month in (before, after)]
    both = key in before.keys(kind) and key in after.keys(kind)
    if prices[0] != prices[1] and both:
        yield "price", f"price of {key[1]} {prices[0]} → {prices[1]}"
    if kind == "service":
        yield from _of_use(before.rows.get(key), after.rows.get(key))


def _of_quantity(name: str, before: int | None, after: int | None) -> Iterable[tuple[str, str]]:
    if before == after:
        return
    if before is None:
        yield "contract", f"{name} added: {after}"
    elif after is None:
        yield "contract", f"{name} ended: {before} before"
    else:
        yield "contract", f"{name} {before} → {after}"


def _of_packages(before: Row | None, after: Row | None) -> Iterable[tuple[str, str]]:
    earlier, later = _parts(before), _parts(after)
    for name in sorted({*earlier, *later}):
        (quantity, units), (quantity_now, units_now) = earlier.get(name, (None, None)), later.get(name, (None, None))
        if units is not None and units_now is not None and units != units_now:
            yield "package", f"one package {name} holds {units} → {units_now}"
        yield from _of_quantity(f"package {name}", quantity, quantity_now)


def _of_use(before: Row | None, after: Row | None) -> Iterable[tuple[str, str]]:
    used, used_now = (before.used if before else 0), (after.used if after else 0)
    if used != used_now:
        yield "usage", f"used {used} → {used_now} ({used_now - used:+d})"
    refused, refused_now = (tuple(row.refused_at) if row else () for row in (before, after))
    if bool(refused) != bool(refused_now):
        month, places = ("earlier", refused) if refused else ("later", refused_now)
        yield "usage", f"usage of the {month} month refused at {', '.join(places)}"


def _parts(row: Row | None) -> Mapping[str, tuple[int, int]]:
    return {name: (quantity, units) for name, quantity, units in row.parts} if row else {}


def _amount(lines: Sequence[PricedLine]) -> tuple[Decimal | None, str | None]:
    """What the lines bill together; nothing is known where one has no price or currencies differ."""
    total, currencies = Decimal(0), {line.currency for line in lines}
    for line in lines:
        if line.amount is None or len(currencies) > 1:
            return None, None
        total = EXACT.add(total, line.amount)
    return (total, currencies.pop()) if currencies else (None, None)


def _or_none(texts: Sequence[str], none: str) -> str:
    return ", ".join(texts) or none


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else money(amount)


compare = compare_months
