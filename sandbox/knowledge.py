"""Proposes what a tool can do, from its OpenAPI description or from a received sample, each time with the evidence."""
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.connectors.rest.description import Description, LeftOut
from sandbox.connectors.rest.openapi import Offered, answer_fields, check_only_reads, openapi_offer, words
from sandbox.receiving.received import Received
from sandbox.receiving.writing import locked, quoted

_SHOWN = 8
_CUSTOMER = frozenset(("client", "clients", "customer", "customers", "account", "tenant", "company", "organisation", "organization",
                       "party", "subscriber", "kunde", "kundin", "kunden", "mandant", "compte", "société"))
_CUSTOMERS = _CUSTOMER | {"accounts", "tenants", "companies", "organisations", "organizations", "parties", "subscribers",
                          "mandanten", "comptes", "sociétés"}  # as a step of a path, where they hold one by its number
_NUMBERS = ("integer", "number", "text")
_QUANTITY = frozenset(("quantity", "quantities", "qty", "count", "units", "seats", "seat", "licences", "licenses", "usage",
                       "used", "consumed", "menge", "anzahl", "stück", "quantité", "quantite", "nombre", "nb", "volume"))
_FILES = ("text/csv", "spreadsheet", "ms-excel", "octet-stream", "application/zip", "application/pdf", "application/xml",
          "text/xml")
_EXPORT_WORDS = frozenset(("export", "exports", "download", "downloads"))
_LINES = frozenset(("line", "lines", "contract", "contracts", "subscription", "subscriptions", "agreement", "agreements",
                    "addition", "additions", "invoice", "invoices", "order", "orders", "item", "items"))


@dataclass(frozen=True)
class Proposal:
    """One capability (a key of the register of tools): the answer yes, no or unknown, why, and what shows it."""

    capability: str
    answer: str
    because: str
    evidence: tuple[str, ...] = ()


def capabilities_from_openapi(document: Mapping[str, Any] | bytes | str) -> list[Proposal]:
    """Proposals for read, export, quantity_per_customer, create and remove from what a description offers."""
    description = Description(document)
    tables = openapi_offer(document).tables
    operations: dict[str, list[str]] = {}
    exports, one_by_one = [], []
    for verb, path, operation, _ in description.operations():
        shown = f"{verb.upper()} {path}" + (f" ({operation['operationId']})" if operation.get("operationId") else "")
        operations.setdefault(verb, []).append(shown)
        if verb == "get" and _gives_a_file(description, path, operation):
            exports.append(shown)
        if verb == "get" and (counted := _of_one_customer(description, path, operation)):
            one_by_one.append(f"{shown}: {counted}")
    return [_read(tables, operations.get("get", [])), _export(exports), _quantity(tables, one_by_one),
            _writes("create", "a POST operation creates", operations.get("post", [])),
            _writes("remove", "a DELETE operation removes", operations.get("delete", []))]


def capabilities_from_sample(tables: Iterable[Received], *, is_export: bool = True) -> list[Proposal]:
    """Proposals from received tables; `is_export` says that they came as a file, else they were read over a connection."""
    given = list(tables)
    shown = tuple(f"{table.name}: {table.rows} rows" for table in given if table.rows)[:_SHOWN]
    received = Proposal("read", "yes", "tables with rows were received", shown) if shown else \
        Proposal("read", "unknown", "the sample holds no row")
    export = Proposal("export", "yes", "the sample came as a file", shown) if shown and is_export else \
        Proposal("export", "unknown", "the sample did not come as a file" if shown else "the sample holds no row")
    found = [evidence for table in given for evidence in _counted(table)]
    columns = tuple(f"{table.name}: {', '.join(table.columns)}"[:200] for table in given[:_SHOWN])
    quantity = Proposal("quantity_per_customer", "yes", "a table has a customer and a whole number for each",
                        tuple(found[:_SHOWN])) if found else \
        Proposal("quantity_per_customer", "unknown", "no table has both a customer and a quantity of whole numbers", columns)
    silent = "a copy does not show whether the tool can be written to, and the sandbox never tries"
    return [received, export, quantity, Proposal("create", "unknown", silent), Proposal("remove", "unknown", silent)]


def _read(tables: tuple[Offered, ...], gets: list[str]) -> Proposal:
    if tables:
        counted = f"{len(tables)} paths answer GET with a list of records"
        return Proposal("read", "yes", counted if len(tables) > 1 else "1 path answers GET with a list of records",
                        tuple(f"GET {table.path}" for table in tables[:_SHOWN]))
    if gets:
        return Proposal("read", "unknown", "GET is offered, but no path answers with a list of records", tuple(gets[:_SHOWN]))
    return Proposal("read", "no", "the description offers no GET operation")


def _gives_a_file(description: Description, path: str, operation: Mapping[str, Any]) -> bool:
    if _EXPORT_WORDS & {*words(path), *words(str(operation.get("operationId", "")))}:
        return True
    try:
        kinds = description.answer(operation)[1]
    except LeftOut:
        return False
    return any(part in kind for kind in kinds for part in _FILES)


def _export(found: list[str]) -> Proposal:
    if found:
        return Proposal("export", "yes", "an operation gives a file or is named after exporting", tuple(found[:_SHOWN]))
    return Proposal("export", "unknown", "no operation gives a file; the tool's own pages may")


def _of_one_customer(description: Description, path: str, operation: Mapping[str, Any]) -> str:
    """What counts in a path such as `/customers/{id}/usage`: its customer and its quantity; empty where it is no such path."""
    steps = path.strip("/").split("/")
    customer = next((step for before, step in zip(["", *steps], steps, strict=False) if re.fullmatch(r"{.*}", step)
                     and (_CUSTOMERS & set(words(before)) or _CUSTOMER & set(words(step)))), "")
    if not customer:
        return ""
    try:
        check_only_reads(path, str(operation.get("operationId", "")))
        fields = answer_fields(description, operation)
    except LeftOut:
        return ""
    counts = [name for name, kind in fields.items() if kind in _NUMBERS and _QUANTITY & set(words(name))]
    named = [step for step in steps[steps.index(customer) + 1:] if not step.startswith("{") and _QUANTITY & set(words(step))]
    return ", ".join([customer, *(counts or named)]) if counts or named else ""


def _quantity(tables: tuple[Offered, ...], one_by_one: list[str]) -> Proposal:
    found = [f"GET {table.path}: {customer}, {quantity}" for table in tables
             for customer, quantity in _pairs(table.fields, {name for name, kind in table.fields.items() if kind in _NUMBERS})]
    if found:
        return Proposal("quantity_per_customer", "yes", "a table has a customer and a quantity",
                        tuple([*found, *one_by_one][:_SHOWN]))
    if one_by_one:
        return Proposal("quantity_per_customer", "yes", "a path gives a quantity for one customer at a time",
                        tuple(one_by_one[:_SHOWN]))
    return Proposal("quantity_per_customer", "unknown",
                    "no table has fields named after both a customer and a quantity, and no path counts for one customer")


def _writes(capability: str, because: str, operations: list[str]) -> Proposal:
    if not operations:
        return Proposal(capability, "no", f"the description has no operation by which it would {capability}")
    first = sorted(operations, key=lambda shown: not _LINES & set(words(shown)))
    return Proposal(capability, "yes", f"{because}; that the tool offers it does not mean that this account may",
                    tuple(first[:_SHOWN]))


def _pairs(columns: Iterable[str], numbers: set[str]) -> list[tuple[str, str]]:
    """The first column named after a customer with each one named after a quantity."""
    names = list(columns)
    customer = next((name for name in names if _CUSTOMER & set(words(name))), "")
    counts = [name for name in names if name in numbers and name != customer and _QUANTITY & set(words(name))]
    return [(customer, name) for name in counts] if customer else []


def _counted(table: Received) -> list[str]:
    wanted = _pairs(table.columns, set(table.columns))
    evidence = []
    with locked(table.path.parent) as connection:
        for customer, quantity in wanted:
            name = quoted(quantity)
            whole, filled = connection.execute(
                f"SELECT count(*) FILTER (regexp_full_match({name}, '[0-9]+([.,]0+)?')), count(*) FILTER ({name} <> '') "  # noqa: S608 – quoted
                "FROM read_parquet(?)", [str(table.path)]).fetchall()[0]
            if filled and whole == filled:
                evidence.append(f"{table.name}: {customer}, {quantity} ({whole} whole numbers)")
    return evidence
