"""What an entry of the trail says: its canonical fields, and the state of a row as text that can be hashed."""

from __future__ import annotations

import base64
import hashlib
import json
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Protocol

ORIGIN = "ninefold"
LONGEST_REASON = 200  # of a checkpoint
# The request at hand, set by the guards, so that the entries of one request can be found together.
REQUEST: ContextVar[str] = ContextVar("request", default="")


class Actor(Protocol):
    """Who acts: a person, or the system itself."""

    @property
    def id(self) -> int:
        """The person's number; 0 for the system."""

    @property
    def name(self) -> str:
        """The name as printed."""


@dataclass(frozen=True)
class System:
    """The installation itself, for what no person did: start-up, background work, the command line."""

    id: int = 0
    name: str = "Ninefold"


SYSTEM = System()


def plain(value: Any) -> Any:
    """A value as canonical JSON can hold it: no floats, dates in ISO form, bytes in base64."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in (sorted(value) if isinstance(value, set | frozenset) else value)]
    return str(value)


def state_digest(state: dict[str, Any]) -> str:
    """SHA-256 of a row's columns; `trail verify` compares it with the row as it is now."""
    text = json.dumps(plain(state), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def salted(value: str, salt: str) -> str:
    """How a personal value stands in the log: its salted hash, so that the value itself can be erased."""
    return "sha256:" + hashlib.sha256(f"{salt}\n{value}".encode()).hexdigest()
