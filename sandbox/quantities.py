"""Package versus extra: what the contract holds against what the supplier counts, row by row and to the unit."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sandbox.aliases import ProposedAlias, alias_map, proposed_aliases
from sandbox.reasons import Row, money
from sandbox.records import ContractLine, Count, Entries, PackagePart, Price
from sandbox.tables import Refusal

Key = tuple[str, str]
Composition = dict[str, dict[str, int]]
TOTALS = ("included", "extra", "entitled", "used", "over", "unused")


@dataclass(frozen=True)
class PricedLine:
    """A contract line with the price that counts for it: its own, else the list's."""

    client: str
    kind: str
    item: str
    quantity: int
    unit_price: Decimal | None
    currency: str | None
    origin: str


@dataclass(frozen=True)
class Result:
    """The whole reconciliation; `as_json` is the format of `docs/formats/reconciliation.md`."""

    rows: tuple[Row, ...]
    clients_only_in_usage: tuple[str, ...]
    clients_only_in_contracts: tuple[str, ...]
    unknown_services: tuple[str, ...]
    refused: tuple[Refusal, ...]
    proposed_aliases: tuple[ProposedAlias, ...]
    lines: tuple[PricedLine, ...]

    @property
    def totals(self) -> dict[str, int]:
        return {name: sum(getattr(row, name) for row in self.rows) for name in TOTALS}

    def as_json(self) -> dict[str, object]:
        return {
            "rows": [row.as_json() for row in self.rows],
            "totals": self.totals,
            "unmatched": {
                "clients_only_in_usage": list(self.clients_only_in_usage),
                "clients_only_in_contracts": list(self.clients_only_in_contracts),
                "services_not_in_any_package_or_line": list(self.unknown_services),
            },
            "refused": [refusal.as_json() for refusal in self.refused],
            "proposed_aliases": [proposal.as_json() for proposal in self.proposed_aliases],
        }


def reconcile(entries: Entries, *, sum_duplicates: bool = False) -> Result:
    """Use consumes the included units first, then the extra ones; what is left is over. Nothing is merged silently."""
    refused = list(entries.refused)
    aliases = alias_map(entries.aliases, refused)
    composition = _composition(entries.packages, refused)
    contracts = [replace(line, client=aliases.get(line.client, line.client)) for line in entries.contracts]
    lines = [line for line in contracts if _is_known(line, composition, refused)]
    counts = [replace(count, client=aliases.get(count.client, count.client)) for count in entries.usage]
    duplicates = set() if sum_duplicates else _duplicates(counts, refused)

    book = _Book(composition, _price_list(entries.prices, refused))
    for line in lines:
        book.enter(line)
    for count in counts:
        book.count(count, is_refused=(count.client, count.service) in duplicates)

    with_lines, with_use = {line.client for line in contracts}, {count.client for count in counts}
    known = {part.service for part in entries.packages} | {line.item for line in lines if line.kind == "service"}
    return Result(
        rows=tuple(book.row(key) for key in sorted(book.keys)),
        clients_only_in_usage=tuple(sorted(with_use - with_lines)),
        clients_only_in_contracts=tuple(sorted(with_lines - with_use)),
        unknown_services=tuple(sorted({count.service for count in counts if count.service} - known)),
        refused=tuple(sorted(refused, key=lambda one: (one.file, one.row, one.field, one.message))),
        proposed_aliases=proposed_aliases([line.client for line in contracts], [count.client for count in counts]),
        lines=tuple(book.priced(line) for line in lines),
    )


def _composition(parts: Sequence[PackagePart], refused: list[Refusal]) -> Composition:
    """Units by service of each package; a service named twice in one package is refused, both rows named."""
    rows: dict[Key, list[PackagePart]] = defaultdict(list)
    composition: Composition = {}
    for part in parts:
        rows[part.package, part.service].append(part)
        composition.setdefault(part.package, {})
    for (package, service), same in rows.items():
        if len(same) > 1:
            refused += _twice(same, "package,service", f"{package}, {service}", "the same package and service stand")
        elif service:
            composition[package][service] = same[0].units
    return composition


def _is_known(line: ContractLine, composition: Composition, refused: list[Refusal]) -> bool:
    if line.kind == "package" and line.item not in composition:
        refused.append(Refusal(line.file, line.line, "item", line.item, "no such package in the packages file"))
        return False
    return True


def _duplicates(counts: Sequence[Count], refused: list[Refusal]) -> set[Key]:
    """The clients and services counted more than once; which count is right is not ours to say."""
    rows: dict[Key, list[Count]] = defaultdict(list)
    for count in counts:
        if count.quantity is not None:
            rows[count.client, count.service].append(count)
    for (client, service), same in rows.items():
        if len(same) > 1:
            refused += _twice(same, "client,service", f"{client}, {service}", "the same client and service stand")
    return {key for key, same in rows.items() if len(same) > 1}


def _price_list(prices: Sequence[Price], refused: list[Refusal]) -> dict[str, Price]:
    rows: dict[str, list[Price]] = defaultdict(list)
    for price in prices:
        rows[price.service].append(price)
    for service, same in rows.items():
        if len(same) > 1:
            refused += _twice(same, "service", service, "the same service stands")
    return {service: same[0] for service, same in rows.items() if len(same) == 1}


def _twice(same: Sequence[PackagePart | Count | Price], field: str, value: str, what: str) -> list[Refusal]:
    numbers = [str(one.line) for one in same]
    at = f"{', '.join(numbers[:-1])} and {numbers[-1]}"
    return [Refusal(one.file, one.line, field, value, f"{what} on rows {at}") for one in same]


class _Book:
    """Gathers lines and counts by client and service."""

    def __init__(self, composition: Composition, prices: Mapping[str, Price]) -> None:
        self.composition, self.prices = composition, prices
        self.keys: set[Key] = set()
        self.covered: set[Key] = set()
        self.included: dict[Key, int] = defaultdict(int)
        self.extra: dict[Key, int] = defaultdict(int)
        self.used: dict[Key, int] = defaultdict(int)
        # Dictionaries keep the order of the files and hold each name once.
        self.packages: dict[Key, dict[str, None]] = defaultdict(dict)
        self.own_prices: dict[Key, dict[tuple[Decimal, str], None]] = defaultdict(dict)
        self.counted_at: dict[Key, list[str]] = defaultdict(list)
        self.contracted_at: dict[Key, list[str]] = defaultdict(list)
        self.refused_at: dict[Key, list[str]] = defaultdict(list)

    def enter(self, line: ContractLine) -> None:
        services = self.composition[line.item] if line.kind == "package" else {line.item: 1}
        for service, units in services.items():
            key = (line.client, service)
            self.keys.add(key)
            self.covered.add(key)
            self.contracted_at[key].append(f"{line.file}:{line.line}")
            if line.kind == "package":
                self.included[key] += line.quantity * units
                self.packages[key].update({line.item: None} if line.quantity * units else {})
            else:
                self.extra[key] += line.quantity
                self.own_prices[key].update({} if line.unit_price is None else {(line.unit_price, line.currency): None})

    def count(self, count: Count, *, is_refused: bool) -> None:
        key, origin = (count.client, count.service), f"{count.file}:{count.line}"
        if count.quantity is None or is_refused:
            self.refused_at[key].append(origin)
            return
        self.keys.add(key)
        self.used[key] += count.quantity
        self.counted_at[key].append(origin)

    def row(self, key: Key) -> Row:
        client, service = key
        own = list(self.own_prices[key])
        price, currency = self._price(service, own)
        return Row(
            client=client, service=service, included=self.included[key], extra=self.extra[key], used=self.used[key],
            in_contract=key in self.covered, unit_price=price, currency=currency,
            origins=(*self.counted_at[key], *self.contracted_at[key]), packages=tuple(self.packages[key]),
            refused_at=tuple(self.refused_at[key]),
            differing_prices=tuple(f"{money(one)} {code}" for one, code in own) if len(own) > 1 else (),
        )

    def _price(self, item: str, own: Sequence[tuple[Decimal, str]]) -> tuple[Decimal | None, str | None]:
        """The client's own price, else the list's; none where the client's own lines disagree."""
        if own:
            return own[0] if len(own) == 1 else (None, None)
        listed = self.prices.get(item)
        return (listed.unit_price, listed.currency) if listed else (None, None)

    def priced(self, line: ContractLine) -> PricedLine:
        own = [] if line.unit_price is None else [(line.unit_price, line.currency)]
        price, currency = self._price(line.item, own)
        return PricedLine(line.client, line.kind, line.item, line.quantity, price, currency, f"{line.file}:{line.line}")
