"""Names of clients: the spellings people have mapped, and those that look alike and are only proposed."""
from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.reconciliation.records import Alias
from sandbox.tables import Refusal


@dataclass(frozen=True)
class ProposedAlias:
    """Two spellings that differ by so little that a person should say whether they are one client."""

    alias: str
    client: str
    reason: str

    def as_json(self) -> dict[str, object]:
        return {"alias": self.alias, "client": self.client, "reason": self.reason}


def alias_map(aliases: Iterable[Alias], refused: list[Refusal]) -> dict[str, str]:
    """Client by spelling; a spelling given to two clients is refused, both rows named, and maps to none."""
    rows: dict[str, list[Alias]] = defaultdict(list)
    for alias in aliases:
        rows[alias.alias].append(alias)
    mapped = {}
    for spelling, same in rows.items():
        if len({one.client for one in same}) == 1:
            mapped[spelling] = same[0].client
            continue
        at = " and ".join(str(one.line) for one in same)
        message = f"the same spelling stands for two clients on rows {at}"
        refused += [Refusal(one.file, one.line, "alias", spelling, message) for one in same]
    return mapped


def proposed_aliases(contract_clients: Iterable[str], usage_clients: Iterable[str]) -> tuple[ProposedAlias, ...]:
    """Names that equal a contract client but for case, spaces or the coding of accents; nothing is merged."""
    canonical: dict[str, str] = {}
    proposed = {}
    for name in contract_clients:
        canonical.setdefault(_bare(name), name)
    for name in [*contract_clients, *usage_clients]:
        client = canonical.get(_bare(name), name)
        if client != name:
            proposed[name] = ProposedAlias(name, client, _reason(name, client))
    return tuple(proposed[name] for name in sorted(proposed))


def _unspaced(name: str) -> str:
    return "".join(name.split())


def _bare(name: str) -> str:
    return _unspaced(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()))


def _reason(name: str, client: str) -> str:
    if name.casefold() == client.casefold():
        return "differs only by case"
    if _unspaced(name) == _unspaced(client):
        return "differs only by spaces"
    if unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", client):
        return "differs only by how its accents are stored"
    return "differs only by case and spaces"
