"""What packages hold and what things cost, on a given day; without a day, dates do not count."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sandbox.reconciliation.proration import DAY, is_in_force
from sandbox.reconciliation.records import Count, PackagePart, Price
from sandbox.tables import Refusal


class Catalogue:
    """Packages and prices; what contradicts itself is refused, both rows named, and counts nowhere."""

    def __init__(self, parts: Sequence[PackagePart], prices: Sequence[Price], refused: list[Refusal], *,
                 is_dated: bool) -> None:
        self.packages = {part.package for part in parts}
        self.services = {part.service for part in parts}
        self.parts = _parts(parts, refused, is_dated)
        self.prices = _prices(prices, refused, is_dated)

    def held(self, package: str, day: date | None) -> dict[str, int]:
        """Units by service in one of that package on that day."""
        return {part.service: part.units for part in self.parts[package]
                if is_in_force(part.starts_on, part.ends_on, day)}

    def price(self, item: str, day: date | None) -> Price | None:
        """The list price on that day: the one that began last."""
        begun = [price for price in self.prices[item] if is_in_force(price.from_on, None, day)]
        return begun[-1] if begun else None

    def price_days(self, item: str, first: date, last: date) -> list[tuple[int, Price | None]]:
        """The list prices from `first` to `last`, each with the number of days on which it holds."""
        starts = [first, *(price.from_on for price in self.prices[item]
                           if price.from_on is not None and first < price.from_on <= last)]
        ends = [*starts[1:], last + DAY]
        return [((end - start).days, self.price(item, start)) for start, end in zip(starts, ends, strict=True)]


def twice(same: Sequence[PackagePart | Count | Price], field: str, value: str, what: str,
          why: str = "") -> list[Refusal]:
    """A refusal for each of these records, all of them named."""
    numbers = [str(one.line) for one in same]
    at = f"{', '.join(numbers[:-1])} and {numbers[-1]}"
    return [Refusal(one.file, one.line, field, value, f"{what} on rows {at}{why}") for one in same]


def _parts(parts: Sequence[PackagePart], refused: list[Refusal], is_dated: bool) -> dict[str, list[PackagePart]]:
    rows: dict[tuple[str, str], list[PackagePart]] = defaultdict(list)
    for part in parts:
        rows[part.package, part.service].append(part)
    held: dict[str, list[PackagePart]] = defaultdict(list)
    for (package, service), same in rows.items():
        clashing = _overlapping(same) if is_dated else same if len(same) > 1 else []
        if len(clashing) > 1:
            refused += twice(clashing, "package,service", f"{package}, {service}", "the same package and service stand",
                             " with dates that overlap" if is_dated else "")
        held[package] += [part for part in same if service and part not in clashing]
    return held


def _overlapping(same: Sequence[PackagePart]) -> list[PackagePart]:
    """Those in force on a day on which another is too."""
    def begins(part: PackagePart) -> date:
        return part.starts_on or date.min

    return [one for one in same if any(
        other is not one and is_in_force(one.starts_on, one.ends_on, max(begins(one), begins(other)))
        and is_in_force(other.starts_on, other.ends_on, max(begins(one), begins(other))) for other in same)]


def _prices(prices: Sequence[Price], refused: list[Refusal], is_dated: bool) -> dict[str, list[Price]]:
    """List prices by item, the earliest first."""
    rows: dict[tuple[str, date | None], list[Price]] = defaultdict(list)
    for price in prices:
        rows[price.service, price.from_on if is_dated else None].append(price)
    listed: dict[str, list[Price]] = defaultdict(list)
    for (service, from_on), same in rows.items():
        if len(same) == 1:
            listed[service] += same
            continue
        value = f"{service}, {from_on}" if from_on else service
        advice = "" if is_dated or not any(one.from_on for one in same) else "; name a period to choose by date"
        refused += twice(same, "service,from_on" if from_on else "service", value, "the same service stands", advice)
    return defaultdict(list, {service: sorted(same, key=lambda one: one.from_on or date.min)
                              for service, same in listed.items()})
