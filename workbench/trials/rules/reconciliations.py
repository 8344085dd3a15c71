"""Words of the trials: what can be decided, which rows need a decision, and how a row is named."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# The inputs of a reconciliation, in the order in which people think of them.
ROLES = ("packages", "contracts", "usage", "clients", "prices")
REQUIRED_ROLES = ("packages", "contracts", "usage")
SETTINGS = "settings"
LONGEST_KEY = 300


class Verdict(StrEnum):
    """What the comparison of one client and service comes to."""

    EQUAL = "equal"
    OVER = "over"
    UNUSED = "unused"
    NOT_IN_CONTRACT = "not_in_contract"


class Decision(StrEnum):
    """What a person decides about an unexplained row."""

    CORRECT_THE_CONTRACT = "correct_the_contract"
    BILL_IT = "bill_it"
    ASK_THE_SUPPLIER = "ask_the_supplier"
    MAP_THE_NAME = "map_the_name"
    ACCEPT_DIFFERENCE = "accept_difference"
    NOT_OURS = "not_ours"


class Kind(StrEnum):
    """Why a row is unexplained."""

    OVER = "over"
    NOT_IN_CONTRACT = "not_in_contract"
    ONLY_IN_USAGE = "only_in_usage"
    ONLY_IN_CONTRACTS = "only_in_contracts"
    UNKNOWN_SERVICE = "unknown_service"
    REFUSED = "refused"


UNEXPLAINED = frozenset({Verdict.OVER, Verdict.NOT_IN_CONTRACT})
_SAID = {
    Kind.ONLY_IN_USAGE: "counted by the supplier, in no contract",
    Kind.ONLY_IN_CONTRACTS: "in a contract, never counted by the supplier",
    Kind.UNKNOWN_SERVICE: "in no package and on no contract line",
}


@dataclass(frozen=True)
class Unexplained:
    """Something a gate waits for: `what` names it, `why` says in a sentence what is wrong."""

    key: str
    kind: Kind
    what: str
    why: str
    client: str = ""
    run: int = 0
    service: str = ""


def _key(*parts: str) -> str:
    """The parts with a bar between them; a key too long for its column ends in its own hash."""
    key = "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)
    if len(key) <= LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: LONGEST_KEY - len(digest) - 1]}|{digest}"


def row_key(client: str, service: str, contract: str = "") -> str:
    """The key of one row of the reconciliation; its contract, where each one has units of its own."""
    return _key("row", client, service, *([contract] if contract else []))


def client_key(name: str) -> str:
    """The key of a client that stands on one side only."""
    return _key("client", name)


def service_key(sku: str) -> str:
    """The key of a service in no package and on no line."""
    return _key("service", sku)


def refused_key(file: str, row: int) -> str:
    """The key of a record that was left out; one key a record, however many of its fields are wrong."""
    return _key("refused", file, str(row))


def unexplained(result: Mapping[str, Any]) -> list[Unexplained]:
    """What of a result needs a decision: rows over or not in contract, unmatched names, refused records."""
    rows = [
        Unexplained(
            row_key(row["client"], row["service"], row.get("contract", "")),
            Kind(row["verdict"]),
            ", ".join(filter(None, (row["client"], row.get("contract"), row["service"]))),
            row["why"],
            row["client"],
            service=row["service"],
        )
        for row in result["rows"]
        if row["verdict"] in UNEXPLAINED
    ]
    return [*rows, *_unmatched(result["unmatched"]), *_refused(result["refused"])]


def _unmatched(lists: Mapping[str, list[str]]) -> list[Unexplained]:
    clients = [(Kind.ONLY_IN_USAGE, name) for name in lists["clients_only_in_usage"]]
    clients += [(Kind.ONLY_IN_CONTRACTS, name) for name in lists["clients_only_in_contracts"]]
    found = [Unexplained(client_key(name), kind, name, _SAID[kind], name) for kind, name in clients]
    services = lists["services_not_in_any_package_or_line"]
    kind = Kind.UNKNOWN_SERVICE
    return found + [Unexplained(service_key(sku), kind, sku, _SAID[kind], service=sku) for sku in services]


def _refused(refusals: list[dict[str, Any]]) -> list[Unexplained]:
    """One entry a record; what is wrong with its fields is listed together."""
    said: dict[tuple[str, int], list[str]] = {}
    for one in refusals:
        said.setdefault((one["file"], one["row"]), []).append(one["message"])
    return [
        Unexplained(refused_key(file, row), Kind.REFUSED, f"{file}:{row}", "; ".join(dict.fromkeys(messages)))
        for (file, row), messages in said.items()
    ]


def canonical(result: Mapping[str, Any]) -> bytes:
    """The bytes that are hashed and filed: the same result gives the same bytes on every machine."""
    return json.dumps(result, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(result: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical bytes."""
    return hashlib.sha256(canonical(result)).hexdigest()


def is_live_unchanged(inputs: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether every source had the same bytes before and after."""
    return all(each["sha256"] == each["after"] for each in inputs.values())


def file_name(given: str) -> str:
    """The name of an uploaded file as it may stand in a folder: its last part, printable, at most 200 bytes."""
    last = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    plain = "".join(sign for sign in last if sign.isprintable()).strip().lstrip(".")
    stem, dot, ending = plain.rpartition(".")
    kept = stem.encode()[: 190 - len(ending.encode()[:9])].decode(errors="ignore") if dot else ""
    return f"{kept}.{ending[:9]}" if kept else plain.encode()[:200].decode(errors="ignore") or "unnamed"
