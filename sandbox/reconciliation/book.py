"""What contracts hold of each service on a day, what was counted, and what each line bills."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from sandbox.reconciliation.catalogue import Catalogue
from sandbox.reconciliation.policies import ANY, AT_START, Rules
from sandbox.reconciliation.proration import DAY, cents, is_in_force
from sandbox.reconciliation.reasons import EXACT, Row, money
from sandbox.reconciliation.records import ContractLine, Count, PackagePart, Price

Key = tuple[str, str, str]  # client, service, contract; the contract is empty where units are pooled per client


@dataclass(frozen=True)
class PricedLine:
    """A contract line with the price that counts for it: its own, else the list's.

    Where the reconciliation is of a period, `days` of `of_days` are those of the line, `due` is its amount by day, and
    `is_counted` says whether its units count on the day of the snapshot. `billed` are the units that are billed where
    extra units are billed as used.
    """

    client: str
    kind: str
    item: str
    quantity: int
    unit_price: Decimal | None
    currency: str | None
    origin: str
    contract: str = ""
    is_counted: bool = True
    billed: int | None = None
    days: int | None = None
    of_days: int | None = None
    due: Decimal | None = None

    @property
    def billed_units(self) -> int:
        return self.quantity if self.billed is None else self.billed

    @property
    def amount(self) -> Decimal | None:
        """What the line bills; None where its price is not known."""
        if self.unit_price is None or self.currency is None:
            return None
        return EXACT.multiply(Decimal(self.billed_units), self.unit_price) if self.days is None else self.due


@dataclass
class Holding:
    """What one client's contract holds of one service on one day."""

    included: int = 0
    extra: int = 0
    parts: dict[str, tuple[int, int]] = field(default_factory=dict)  # by package: how many, and units in one of them
    # A dictionary keeps the order of the files and holds each price once.
    own_prices: dict[tuple[Decimal, str], None] = field(default_factory=dict)
    origins: list[str] = field(default_factory=list)


@dataclass
class Counted:
    """What the supplier counted for one client and service; `used` is None where nothing was taken."""

    used: int | None = None
    origins: list[str] = field(default_factory=list)
    refused_at: list[str] = field(default_factory=list)


class Book:
    """Gathers lines and counts, and chooses for each client and service the day on which its units count."""

    def __init__(self, catalogue: Catalogue, rules: Rules, lines: Sequence[ContractLine]) -> None:
        self.catalogue, self.rules, self.lines = catalogue, rules, lines
        self.counts: dict[Key, Counted] = defaultdict(Counted)
        self.days = self._days()
        self.held: dict[Key, tuple[date | None, Holding]] = {}
        for day in self.days:
            for key, holding in self._holdings(day).items():
                if key not in self.held or holding.included + holding.extra >= _entitled(self.held[key][1]):
                    self.held[key] = (day, holding)

    def key(self, entry: ContractLine | Count | PricedLine, service: str) -> Key:
        """Where the units of this entry count."""
        return entry.client, service, entry.contract if self.rules.pool == "contract" else ""

    def count(self, count: Count, *, is_refused: bool) -> None:
        """Enter what the supplier counted."""
        counted, origin = self.counts[self.key(count, count.service)], f"{count.file}:{count.line}"
        if count.quantity is None or is_refused:
            counted.refused_at.append(origin)
            return
        counted.used = (counted.used or 0) + count.quantity
        counted.origins.append(origin)

    def rows(self) -> list[Row]:
        """A row for every client and service with any contract or use, sorted."""
        used = {key for key, counted in self.counts.items() if counted.used is not None}
        elsewhere = self._in_force_elsewhere()
        return [self._row(key, elsewhere) for key in sorted(used | set(self.held))]

    def priced(self, rows: Iterable[Row]) -> list[PricedLine]:
        """Each line that is in force on a day of the period, with what it bills."""
        left = {(row.client, row.service, row.contract): row.extra_used for row in rows}
        chosen = self._package_days()
        priced = []
        for line in self.lines:
            key = self.key(line, line.item)
            day = chosen.get(key) if line.kind == "package" else self.held.get(key, (self.days[-1], None))[0]
            counts = is_in_force(line.starts_on, line.ends_on, day)
            billed = None
            if self.rules.under_use == "use" and line.kind == "service" and counts:
                billed = min(line.quantity, left.get(key, 0))
                left[key] = left.get(key, 0) - billed
            priced.append(self._priced(line, counts, billed))
        return priced

    def _days(self) -> list[date | None]:
        """The days on which units may count, in order; None where dates do not count."""
        period = self.rules.period
        if period is None:
            return [None]
        if self.rules.snapshot != ANY:
            return [period.first if self.rules.snapshot == AT_START else period.last]
        dated: list[ContractLine | PackagePart] = [*self.lines]
        for parts in self.catalogue.parts.values():
            dated += parts
        changes = {day for one in dated for day in (one.starts_on, one.ends_on and _day_after(one.ends_on)) if day}
        changes |= {price.from_on for prices in self.catalogue.prices.values() for price in prices if price.from_on}
        return [period.first, *sorted(day for day in changes if period.first < day <= period.last)]

    def _holdings(self, day: date | None) -> dict[Key, Holding]:
        held: dict[Key, Holding] = defaultdict(Holding)
        for line in self.lines:
            if not is_in_force(line.starts_on, line.ends_on, day):
                continue
            if line.kind == "service":
                holding = held[self.key(line, line.item)]
                holding.extra += line.quantity
                holding.own_prices.update({} if line.unit_price is None else {(line.unit_price, line.currency): None})
                holding.origins.append(f"{line.file}:{line.line}")
                continue
            for service, units in self.catalogue.held(line.item, day).items():
                holding = held[self.key(line, service)]
                holding.included += line.quantity * units
                holding.parts[line.item] = (holding.parts.get(line.item, (0, 0))[0] + line.quantity, units)
                holding.origins.append(f"{line.file}:{line.line}")
        return held

    def _in_force_elsewhere(self) -> dict[Key, list[str]]:
        """Lines of the period that do not count on the chosen day, by the services they would hold."""
        found: dict[Key, list[str]] = defaultdict(list)
        for line in self.lines if self.rules.period else ():
            services = [line.item] if line.kind == "service" else \
                sorted({part.service for part in self.catalogue.parts[line.item]})
            for key in (self.key(line, service) for service in services):
                day = self.held[key][0] if key in self.held else self.days[-1]
                if not is_in_force(line.starts_on, line.ends_on, day):
                    found[key].append(f"{line.file}:{line.line}")
        return found

    def _row(self, key: Key, elsewhere: Mapping[Key, list[str]]) -> Row:
        client, service, contract = key
        day, holding = self.held.get(key, (self.days[-1], Holding()))
        counted = self.counts.get(key) or Counted()
        own = list(holding.own_prices)
        listed = self.catalogue.price(service, day)
        price, currency = _price(own, listed)
        return Row(
            client=client, service=service, included=holding.included, extra=holding.extra, used=counted.used or 0,
            in_contract=key in self.held, unit_price=price, currency=currency,
            origins=(*counted.origins, *holding.origins),
            packages=tuple(name for name, (quantity, units) in holding.parts.items() if quantity * units),
            refused_at=tuple(counted.refused_at),
            differing_prices=tuple(f"{money(one)} {code}" for one, code in own) if len(own) > 1 else (),
            contract=contract, parts=tuple((name, *two) for name, two in sorted(holding.parts.items())),
            elsewhere=tuple(elsewhere.get(key, ())),
            unit_cost=listed.unit_cost if listed else None,
            cost_currency=listed.currency if listed and listed.unit_cost is not None else None,
        )

    def _package_days(self) -> dict[Key, date | None]:
        """For each client and package, the day with most of it; the last of such days."""
        chosen: dict[Key, tuple[int, date | None]] = {}
        for day in self.days:
            sums: dict[Key, int] = defaultdict(int)
            for line in self.lines:
                if line.kind == "package":
                    sums[self.key(line, line.item)] += line.quantity * is_in_force(line.starts_on, line.ends_on, day)
            for key, total in sums.items():
                if key not in chosen or total >= chosen[key][0]:
                    chosen[key] = (total, day)
        return {key: day for key, (_, day) in chosen.items()}

    def _priced(self, line: ContractLine, is_counted: bool, billed: int | None) -> PricedLine:
        own = [] if line.unit_price is None else [(line.unit_price, line.currency)]
        period = self.rules.period
        part = period.part(line.starts_on, line.ends_on) if period else None
        price, currency = _price(own, self.catalogue.price(line.item, part[1] if part else None))
        plain = PricedLine(line.client, line.kind, line.item, line.quantity, price, currency,
                           f"{line.file}:{line.line}", line.contract, is_counted, billed)
        if period is None or part is None:
            return plain
        days = (part[1] - part[0]).days + 1
        prices = [(days, (price, currency))] if own else [
            (some, _price([], listed)) for some, listed in self.catalogue.price_days(line.item, *part)]
        due = None
        if all(one is not None and code == currency for _, (one, code) in prices):
            due = cents(sum((Fraction(one or 0) * some for some, (one, _) in prices), Fraction())
                        * plain.billed_units / period.days)
        return PricedLine(**{**vars(plain), "days": days, "of_days": period.days, "due": due,
                             "unit_price": None if due is None else price})


def _price(own: Sequence[tuple[Decimal, str]], listed: Price | None) -> tuple[Decimal | None, str | None]:
    """The client's own price, else the list's; none where the client's own lines disagree."""
    if own:
        return own[0] if len(own) == 1 else (None, None)
    return (listed.unit_price, listed.currency) if listed else (None, None)


def _entitled(holding: Holding) -> int:
    return holding.included + holding.extra


def _day_after(day: date) -> date | None:
    return day + DAY if day < date.max else None
