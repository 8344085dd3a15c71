"""What a connector gives: tables as Parquet files of text cells, with what was refused on the way."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.tables import Refusal

LINE = "_line"
Setting = str | int | bool | list[str] | dict[str, str]
Settings = Mapping[str, Setting]
Report = Callable[[int, str], None]  # percent, what is being done
KEPT_REFUSALS = 1000


@dataclass(frozen=True)
class Received:
    """One received table.

    The Parquet file at `path` has `_line` (BIGINT, ascending: the physical line, sheet row or record number) and
    every column as text, exactly as received; numbers of typed sources in plain notation, dates in ISO form, empty
    where the source holds nothing. `refused` holds the first thousand records left out, `refused_count` all.
    """

    name: str
    path: Path
    columns: tuple[str, ...]
    rows: int
    refused: tuple[Refusal, ...] = ()
    refused_count: int = 0
    settings: Settings = field(default_factory=dict)


@dataclass(frozen=True)
class Pulled:
    """What a connector that reads a live source gives.

    `before` and `after` are the SHA-256 of the source's rows as received and as read again afterwards; `after` is
    empty where the source was not read again. `requests` is the log of all that was asked, in order.
    """

    tables: tuple[Received, ...]
    before: str
    after: str
    requests: tuple[dict[str, str | int], ...] = ()
