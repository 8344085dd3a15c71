"""Package versus extra: what the contract holds against what the supplier counts, row by row and to the unit."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sandbox.reconciliation.aliases import ProposedAlias, alias_map, proposed_aliases
from sandbox.reconciliation.book import Book, Key, PricedLine
from sandbox.reconciliation.catalogue import Catalogue, twice
from sandbox.reconciliation.policies import DEFAULT, Rules
from sandbox.reconciliation.reasons import Row
from sandbox.reconciliation.records import ContractLine, Count, Entries
from sandbox.tables import Refusal

TOTALS = ("included", "extra", "entitled", "used", "over", "unused")


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
    rules: Rules = DEFAULT

    @property
    def totals(self) -> dict[str, int]:
        return {name: sum(getattr(row, name) for row in self.rows) for name in TOTALS}

    def as_json(self) -> dict[str, object]:
        """The keys that every reconciliation has; `sandbox.reconciliation.answers.answer_json` adds bills, margins and drift."""
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


def reconcile(entries: Entries, *, sum_duplicates: bool = False, rules: Rules | None = None) -> Result:
    """Use consumes the included units first, then the extra ones; what is left is over. Nothing is merged silently.

    With a period, lines outside it do not count and lines inside a part of it are billed by day.
    """
    rules = rules or DEFAULT
    refused = list(entries.refused)
    aliases = alias_map(entries.aliases, refused)
    catalogue = Catalogue(entries.packages, entries.prices, refused, is_dated=rules.period is not None)
    contracts = [replace(line, client=aliases.get(line.client, line.client)) for line in entries.contracts
                 if rules.period is None or rules.period.part(line.starts_on, line.ends_on)]
    lines = [line for line in contracts if _is_known(line, catalogue, refused)]
    counts = [_of_a_contract(replace(count, client=aliases.get(count.client, count.client)), rules, refused)
              for count in entries.usage]
    book = Book(catalogue, rules, lines)
    duplicates = set() if sum_duplicates else _duplicates(counts, book, refused)
    for count in counts:
        book.count(count, is_refused=book.key(count, count.service) in duplicates)

    with_lines, with_use = {line.client for line in contracts}, {count.client for count in counts}
    known = catalogue.services | {line.item for line in lines if line.kind == "service"}
    rows = book.rows()
    return Result(
        rows=tuple(rows),
        clients_only_in_usage=tuple(sorted(with_use - with_lines)),
        clients_only_in_contracts=tuple(sorted(with_lines - with_use)),
        unknown_services=tuple(sorted({count.service for count in counts if count.service} - known)),
        refused=tuple(sorted(refused, key=lambda one: (one.file, one.row, one.field, one.message))),
        proposed_aliases=proposed_aliases([line.client for line in contracts], [count.client for count in counts]),
        lines=tuple(book.priced(rows)), rules=rules,
    )


def _is_known(line: ContractLine, catalogue: Catalogue, refused: list[Refusal]) -> bool:
    if line.kind == "package" and line.item not in catalogue.packages:
        refused.append(Refusal(line.file, line.line, "item", line.item, "no such package in the packages file"))
        return False
    return True


def _of_a_contract(count: Count, rules: Rules, refused: list[Refusal]) -> Count:
    """The count; without its quantity where each contract counts by itself and it names none."""
    if rules.pool != "contract" or count.contract or count.quantity is None:
        return count
    refused.append(Refusal(count.file, count.line, "contract", "",
                           "a contract is missing; by the rule pool = contract each count names its own"))
    return replace(count, quantity=None)


def _duplicates(counts: Sequence[Count], book: Book, refused: list[Refusal]) -> set[Key]:
    """The clients and services counted more than once; which count is right is not ours to say."""
    rows: dict[Key, list[Count]] = defaultdict(list)
    for count in counts:
        if count.quantity is not None:
            rows[book.key(count, count.service)].append(count)
    for (client, service, contract), same in rows.items():
        if len(same) > 1:
            field, what = ("client,service,contract", "client, service and contract") if contract else (
                "client,service", "client and service")
            value = ", ".join([client, service, *([contract] if contract else [])])
            refused += twice(same, field, value, f"the same {what} stand")
    return {key for key, same in rows.items() if len(same) > 1}
