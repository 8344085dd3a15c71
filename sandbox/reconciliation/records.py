"""From received text to typed records: every cell is checked against its format before it is converted."""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

from sandbox.errors import InputRefused
from sandbox.formats import schema
from sandbox.naming import nearest
from sandbox.tables import Record, Refusal, Table

T = TypeVar("T")
_SPACES = re.compile(r"(?<=[0-9])[ \u00a0\u202f](?=[0-9]{3}(?![0-9]))")
_NAMES = frozenset({"client", "alias", "package", "service", "item", "contract"})


@dataclass(frozen=True)
class PackagePart:
    """So many units of a service in one package; no service where the package is declared empty."""

    package: str
    service: str
    units: int
    file: str
    line: int
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class ContractLine:
    """One line of a contract; its dates count where the reconciliation is of a period."""

    client: str
    contract: str
    kind: str
    item: str
    quantity: int
    unit_price: Decimal | None
    currency: str
    starts_on: date | None
    ends_on: date | None
    file: str
    line: int


@dataclass(frozen=True)
class Count:
    """What the supplier counted; a quantity of None was refused, but the names still stand in the file."""

    client: str
    service: str
    quantity: int | None
    file: str
    line: int
    contract: str = ""


@dataclass(frozen=True)
class Alias:
    alias: str
    client: str
    file: str
    line: int


@dataclass(frozen=True)
class Price:
    service: str
    unit_price: Decimal
    currency: str
    file: str
    line: int
    from_on: date | None = None
    unit_cost: Decimal | None = None


@dataclass
class Entries:
    """All that a reconciliation works on, with what was refused on the way."""

    packages: list[PackagePart] = field(default_factory=list)
    contracts: list[ContractLine] = field(default_factory=list)
    usage: list[Count] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def entries_from(tables: Mapping[str, Table]) -> Entries:
    """The typed records of `packages`, `contracts`, `usage` and, where given, `clients` and `prices`."""
    for role in ("packages", "contracts", "usage"):
        if role not in tables:
            raise InputRefused(f"the {role} file is missing")
        if not tables[role].records and not tables[role].refused:
            raise InputRefused(f"{tables[role].name}: a header and no records")
    entries = Entries()
    entries.packages = _typed(entries, "packages", tables, _package_part)
    entries.contracts = _typed(entries, "contracts", tables, _contract_line)
    entries.usage = _typed(entries, "usage", tables, _count)
    entries.aliases = _typed(entries, "clients", tables, _alias)
    entries.prices = _typed(entries, "prices", tables, _price)
    return entries


class _Reader:
    """Hands out the cells of one record and collects what is wrong with them."""

    def __init__(self, role: str, table: Table, record: Record) -> None:
        self.table, self.record = table, record
        self.properties = schema(role)["properties"]
        self.faults: list[Refusal] = []

    def refuse(self, column: str, message: str) -> None:
        value = self.record.cells.get(column, "")
        self.faults.append(Refusal(self.table.name, self.record.line, column, value, message))

    def text(self, column: str) -> str:
        """The cell, checked; names keep their spaces, since names that differ by them are for people to join."""
        value = self.record.cells.get(column, "")
        value = (value if value.strip() else "") if column in _NAMES else value.strip()
        if column in ("unit_price", "unit_cost"):
            value = self._pointed(value)
        rule = self.properties[column]
        fits = len(value) >= rule.get("minLength", 0) and value in rule.get("enum", [value])
        if not fits or not re.fullmatch(rule.get("pattern", r"[\s\S]*"), value):
            self.refuse(column, rule["message"])
            return ""
        return value

    def _pointed(self, value: str) -> str:
        """A price with a decimal point, whatever the file writes; the other mark is left to be refused."""
        mark = str(self.table.settings.get("decimal", "."))
        value = _SPACES.sub("", value)
        return value if mark == "." else value.replace(".", "?").replace(mark, ".")

    def quantity(self, column: str) -> int:
        value = self.text(column)
        return int(value) if value else 0

    def price(self, column: str = "unit_price") -> Decimal | None:
        value = self.text(column)
        return Decimal(value) if value else None

    def day(self, column: str) -> date | None:
        value = self.text(column)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            self.refuse(column, "no such day in the calendar")
            return None


def _typed(entries: Entries, role: str, tables: Mapping[str, Table], make: Callable[[_Reader], T]) -> list[T]:
    if role not in tables:
        return []
    table = tables[role]
    _check_columns(role, table)
    entries.refused.extend(table.refused)
    made: list[T] = []
    for record in table.records:
        reader = _Reader(role, table, record)
        one = make(reader)
        # A count that was refused still names its client and service, which must not look absent from the file.
        if not reader.faults or (role == "usage" and record.cells["client"].strip()):
            made.append(one)
        entries.refused.extend(reader.faults)
    return made


def _check_columns(role: str, table: Table) -> None:
    for column in schema(role)["required"]:
        if column not in table.columns:
            unknown = [name for name in table.columns if name not in schema(role)["properties"]]
            # One name that holds the signs between names: the header was cut at another sign.
            uncut = len(table.columns) == 1 and any(sign in table.columns[0] for sign in ",;\t|")
            near = "" if uncut else nearest(column, unknown, least=0.5)
            hint = f'; the nearest is "{near}"' if near else ""
            raise InputRefused(f'{table.name}: column "{column}" is missing{hint}; '
                               f"the header holds: {', '.join(table.columns)}"
                               + (f" in one piece; check delimiter under [{role}] of the settings" if uncut else ""))


def _package_part(reader: _Reader) -> PackagePart:
    service = reader.text("service")
    units = reader.quantity("units")
    if service and not reader.record.cells["units"].strip():
        reader.refuse("units", schema("packages")["properties"]["units"]["message"])
    if units and not service:
        reader.refuse("service", schema("packages")["properties"]["service"]["message"])
    part = PackagePart(reader.text("package"), service, units, reader.table.name, reader.record.line,
                       reader.day("starts_on"), reader.day("ends_on"))
    _check_dates(reader, part)
    return part


def _contract_line(reader: _Reader) -> ContractLine:
    line = ContractLine(
        reader.text("client"), reader.text("contract"), reader.text("kind"), reader.text("item"),
        reader.quantity("quantity"), reader.price(), reader.text("currency"),
        reader.day("starts_on"), reader.day("ends_on"), reader.table.name, reader.record.line)
    if line.unit_price is not None and not line.currency and not reader.faults:
        reader.refuse("currency", "a price needs its currency")
    _check_dates(reader, line)
    return line


def _check_dates(reader: _Reader, dated: ContractLine | PackagePart) -> None:
    if dated.starts_on and dated.ends_on and dated.ends_on < dated.starts_on:
        reader.refuse("ends_on", f"ends before it starts on {dated.starts_on.isoformat()}")


def _count(reader: _Reader) -> Count:
    client, service, quantity = reader.text("client"), reader.text("service"), reader.quantity("quantity")
    return Count(client, service, None if reader.faults else quantity, reader.table.name, reader.record.line,
                 reader.text("contract"))


def _alias(reader: _Reader) -> Alias:
    return Alias(reader.text("alias"), reader.text("client"), reader.table.name, reader.record.line)


def _price(reader: _Reader) -> Price:
    price = reader.price()
    return Price(reader.text("service"), Decimal(0) if price is None else price, reader.text("currency"),
                 reader.table.name, reader.record.line, reader.day("from_on"), reader.price("unit_cost"))
