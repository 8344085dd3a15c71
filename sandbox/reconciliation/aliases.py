"""Names of clients: the spellings people have mapped, and those that look alike and are only proposed."""
from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
    """Client by spelling, through as many spellings as lead to it; one given to two clients, or that leads back to itself,
    is refused, its rows named, and maps to none.
    """
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
    return _followed(mapped, rows, refused)


def _followed(mapped: Mapping[str, str], rows: Mapping[str, Sequence[Alias]], refused: list[Refusal]) -> dict[str, str]:
    """Where each spelling leads in the end: what stands for B, and B for C, stands for C."""
    ends: dict[str, str] = {}
    circles: dict[str, str] = {}  # what is wrong with a spelling that has no end
    for spelling in mapped:
        way, at = dict[str, None](), spelling
        while at not in ends and at not in circles and at not in way and mapped.get(at, at) != at:
            way[at] = None
            at = mapped[at]
        if at in way or at in circles:
            circles |= dict.fromkeys(way, circles.get(at) or _circle(list(way), at, rows))
        else:
            ends |= dict.fromkeys(way, ends.get(at, at))
    refused += [Refusal(one.file, one.line, "alias", name, message) for name, message in circles.items() for one in rows[name]]
    return {spelling: ends.get(spelling, client) for spelling, client in mapped.items() if spelling not in circles}


def _circle(way: Sequence[str], at: str, rows: Mapping[str, Sequence[Alias]]) -> str:
    lines = sorted({one.line for name in way[way.index(at):] for one in rows[name]})
    return f"the spellings on rows {', '.join(map(str, lines))} lead back to one another"


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
