"""A result as JSON and back: the public format, and beside it what explains the rows and prices the lines."""
from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.aliases import ProposedAlias
from sandbox.quantities import PricedLine, Result
from sandbox.reasons import Row
from sandbox.tables import Refusal


def to_record(result: Result) -> dict[str, Any]:
    """`result` is the public format; `details` holds the rest in the same order."""
    return {"result": result.as_json(), "details": {
        "rows": [{"in_contract": row.in_contract, "unit_price": _text(row.unit_price), "packages": list(row.packages),
                  "refused_at": list(row.refused_at), "differing_prices": list(row.differing_prices)}
                 for row in result.rows],
        "lines": [{**vars(line), "unit_price": _text(line.unit_price)} for line in result.lines],
    }}


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
        lines=tuple(PricedLine(**{**line, "unit_price": _decimal(line["unit_price"])}) for line in details["lines"]),
    )


def _row(row: Mapping[str, Any], detail: Mapping[str, Any]) -> Row:
    return Row(
        client=row["client"], service=row["service"], included=row["included"], extra=row["extra"], used=row["used"],
        in_contract=detail["in_contract"], unit_price=_decimal(detail["unit_price"]), currency=row["currency"],
        origins=tuple(row["from"]), packages=tuple(detail["packages"]), refused_at=tuple(detail["refused_at"]),
        differing_prices=tuple(detail["differing_prices"]),
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
