"""A result as JSON and back: the public format, and beside it what explains the rows and prices the lines."""
from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.reconciliation.aliases import ProposedAlias
from sandbox.reconciliation.book import PricedLine
from sandbox.reconciliation.policies import Rules, rules_from
from sandbox.reconciliation.quantities import Result
from sandbox.reconciliation.reasons import Row
from sandbox.tables import Refusal

# What only a period, a rule or a cost gives: kept where it says something, so that records of other runs stay short.
_OF_ROWS = {"parts": (), "elsewhere": (), "unit_cost": None, "cost_currency": None}
_OF_LINES = {"contract": "", "is_counted": True, "billed": None, "days": None, "of_days": None, "due": None}


def to_record(result: Result) -> dict[str, Any]:
    """`result` is the public format; `details` holds the rest in the same order."""
    details: dict[str, Any] = {
        "rows": [{"in_contract": row.in_contract, "unit_price": _plain(row.unit_price), "packages": list(row.packages),
                  "refused_at": list(row.refused_at), "differing_prices": list(row.differing_prices),
                  **_said(row, _OF_ROWS)} for row in result.rows],
        "lines": [{**{name: _plain(value) for name, value in vars(line).items() if name not in _OF_LINES},
                   **_said(line, _OF_LINES)} for line in result.lines],
    }
    if result.rules != Rules():
        details["rules"] = result.rules.as_json()
    return {"result": result.as_json(), "details": details}


def from_record(record: Mapping[str, Any]) -> Result:
    """The result that `to_record` wrote."""
    public, details = record["result"], record["details"]
    unmatched = public["unmatched"]
    return Result(
        rows=tuple(_row(row, detail) for row, detail in zip(public["rows"], details["rows"], strict=True)),
        clients_only_in_usage=tuple(unmatched["clients_only_in_usage"]),
        clients_only_in_contracts=tuple(unmatched["clients_only_in_contracts"]),
        unknown_services=tuple(unmatched["services_not_in_any_package_or_line"]),
        refused=tuple(Refusal(**refusal) for refusal in public["refused"]),
        proposed_aliases=tuple(ProposedAlias(**proposal) for proposal in public["proposed_aliases"]),
        lines=tuple(_line(line) for line in details["lines"]),
        rules=rules_from(details.get("rules", {})),
    )


def _row(row: Mapping[str, Any], detail: Mapping[str, Any]) -> Row:
    return Row(
        client=row["client"], service=row["service"], included=row["included"], extra=row["extra"], used=row["used"],
        in_contract=detail["in_contract"], unit_price=_decimal(detail["unit_price"]), currency=row["currency"],
        origins=tuple(row["from"]), packages=tuple(detail["packages"]), refused_at=tuple(detail["refused_at"]),
        differing_prices=tuple(detail["differing_prices"]), contract=row.get("contract", ""),
        parts=tuple((name, quantity, units) for name, quantity, units in detail.get("parts", ())),
        elsewhere=tuple(detail.get("elsewhere", ())), unit_cost=_decimal(detail.get("unit_cost")),
        cost_currency=detail.get("cost_currency"),
    )


def _line(line: Mapping[str, Any]) -> PricedLine:
    return PricedLine(**{**line, "unit_price": _decimal(line["unit_price"]), "due": _decimal(line.get("due"))})


def _said(one: Row | PricedLine, defaults: Mapping[str, object]) -> dict[str, Any]:
    return {name: _plain(getattr(one, name)) for name, default in defaults.items() if getattr(one, name) != default}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
