"""The whole answer of a reconciliation: as one JSON object, and as the sheets of a workbook."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sandbox.reconciliation.bills import bill_lines, psa_view
from sandbox.reconciliation.margins import margins_json
from sandbox.reconciliation.months import Drift
from sandbox.reconciliation.quantities import Result
from sandbox.workbook import Cell

_MONEY = ("amount_over", "amount", "unit_price", "cost", "margin")
_STATE = ("used", "entitled", "verdict", "amount_over", "amount")


def answer_json(result: Result, drift: Sequence[Drift] | None = None) -> dict[str, Any]:
    """What `workbench reconcile --format json` writes (schema `reconciliation`); `margins` where a cost is known."""
    answer: dict[str, Any] = {**result.as_json(), "rules": result.rules.as_json(), "psa": psa_view(result).as_json(),
                              "bills": bill_lines(result)}
    if any(row.unit_cost is not None for row in result.rows):
        answer["margins"] = margins_json(result)
    if drift is not None:
        answer["drift"] = [one.as_json() for one in drift]
    return answer


def answer_sheets(result: Result, drift: Sequence[Drift] | None = None) -> dict[str, list[list[Cell]]]:
    """Every part of the answer as the rows of a sheet, its head first; amounts are exact decimals."""
    answer = answer_json(result, drift)
    found = {
        "Rows": _table(answer["rows"], _row_columns(answer["rows"])),
        "Totals": [["what", "units"], *([name, number] for name, number in answer["totals"].items())],
        "Rules": [["rule", "chosen"], *([name, value] for name, value in answer["rules"].items())],
        "Unmatched": [["what", "name"], *([what, name] for what, names in answer["unmatched"].items()
                                          for name in names)],
        "Refused": _table(answer["refused"], ["file", "row", "field", "value", "message"]),
        "Bills": _table(answer["bills"], ["client", "contract", "kind", "item", "quantity", "billed", "unit_price",
                                          "days", "of_days", "amount", "currency", "from"]),
        "PSA": _psa(result),
    }
    if "margins" in answer:
        found["Margins"] = _table(answer["margins"]["rows"], ["client", "contract", "kind", "item", "amount", "cost",
                                                              "margin", "currency"])
    if drift is not None:
        found["Drift"] = _drift(answer["drift"])
    return found


def _row_columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    plain = ["client", "service", "included", "extra", "entitled", "used", "included_used", "extra_used", "over",
             "unused", "verdict", "amount_over", "currency", "why", "from"]
    return [*plain[:2], "contract", *plain[2:]] if any("contract" in row for row in rows) else plain


def _table(records: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[list[Cell]]:
    return [list(columns), *([_cell(column, record.get(column)) for column in columns] for record in records)]


def _cell(column: str, value: Any) -> Cell:
    if column in _MONEY and value is not None:
        return Decimal(value)
    found: Cell = ", ".join(value) if isinstance(value, list) else value
    return found


def _psa(result: Result) -> list[list[Cell]]:
    """Both bills of every client, one line for each currency."""
    head: list[Cell] = ["client", "packages", "right_units", "synced_units", "units_too_many", "currency",
                        "right_amount", "synced_amount", "without_price"]
    lines: list[list[Cell]] = [head]
    clients = sorted({row.client for row in result.rows} | {line.client for line in result.lines})
    for client in clients:
        view = psa_view(result, client)
        right, synced = dict(view.right.amounts), dict(view.synced.amounts)
        for place, currency in enumerate(sorted({*right, *synced}) or [""]):
            units: list[Cell] = [view.right.packages, view.right.separate_units, view.synced.separate_units,
                                 view.units_too_many]
            # Units stand once for a client, or a sum over the column would count them by currency.
            lines.append([client, *(units if place == 0 else [None] * 4), currency, right.get(currency),
                          synced.get(currency), view.synced.without_price if place == 0 else None])
    return lines


def _drift(records: Sequence[Mapping[str, Any]]) -> list[list[Cell]]:
    head: list[Cell] = ["client", "contract", "kind", "item", *(f"{when}.{name}" for when in ("before", "after")
                                                                for name in _STATE), "currency", "reasons", "why"]
    return [head, *([record["client"], record["contract"], record["kind"], record["item"],
                     *(_cell(name, record[when][name]) for when in ("before", "after") for name in _STATE),
                     record["after"]["currency"] or record["before"]["currency"],
                     ", ".join(record["reasons"]), record["why"]] for record in records)]
