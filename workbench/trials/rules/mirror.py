"""Words of the mirror: names of sources and tables, settings as TOML, what was asked of a source, what can be used."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any

NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
TAKEN_NAMES = ("new", "describe", "described", "overlay", "snapshots")  # what addresses of the mirror say themselves
SECRET_NAME = re.compile(r"[a-z0-9-]{1,40}")
TABLE_NAME = re.compile(r"[^\x00-\x1f/\\]{1,120}")
PORTS = {"https": 443, "http": 80, "postgresql": 5432, "mariadb": 3306, "sqlite": 0}
READING_VERBS = ("GET", "HEAD", "SELECT")
_FITS = 0.5  # share of the columns of a table and of a header that both have
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_MASK = re.compile(r"(?P<table>.+?)\.(?P<column>[^.=]+(?:\.[^.=]+)*?)\s*=\s*(?P<mask>\S+)")
# What a column of names is usually called; a fake record carries its mark there.
_NAMES = ("name", "client", "customer", "title", "label", "company", "account", "party", "nom", "client_name")


class Contract(StrEnum):
    """What happens with a column that was not there before. A missing one always stops the reading."""

    ALLOW = "allow"
    FREEZE = "freeze"
    DISCARD = "discard"


class Mask(StrEnum):
    """What becomes of a sensitive column on the way in."""

    DROP = "drop"
    HASH = "hash"
    SHAPE = "shape"


class EditKind(StrEnum):
    """The kinds of overlay edits."""

    FAKE = "fake"
    EDIT = "edit"
    WITHDRAWN = "withdrawn"


def table_name(file_name: str, known: Sequence[str] = ()) -> str:
    """The table that a file belongs to: the one table known, else the file's name without its month and ending."""
    if len(known) == 1:
        return known[0]
    stem = PurePosixPath(file_name).stem
    plain = re.sub(r"[\s_.-]*(19|20)\d\d([\s_.-]?\d\d){0,2}[\s_.-]*", "", stem).strip(" _.-") or stem
    folded = {one.casefold(): one for one in known}
    return folded.get(plain.casefold(), plain[:120] or "table")


def likely_table(file_name: str, known: Mapping[str, Sequence[str]], columns: Sequence[str]) -> str:
    """The table that a file belongs to: the one table known, else the one whose columns its header has most of, and half of
    them at least, else what its name says. `known` is {table: its columns}.
    """
    come = {column.casefold() for column in columns}
    shares = {table: len(come & {one.casefold() for one in held}) / len(come | {one.casefold() for one in held})
              for table, held in known.items() if come or held}
    best = max(shares.values(), default=0.0)
    fitting = [table for table, share in shares.items() if share == best]
    return fitting[0] if len(known) > 1 and best >= _FITS and len(fitting) == 1 else table_name(file_name, list(known))


def verbs(requests: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How often each verb was sent, such as {"GET": 214}."""
    counted: dict[str, int] = {}
    for one in requests:
        counted[str(one.get("verb", "?"))] = counted.get(str(one.get("verb", "?")), 0) + 1
    return counted


def other_verbs(requests: Iterable[Mapping[str, Any]]) -> int:
    """How many requests were not reading ones; the client can send none."""
    return sum(count for verb, count in verbs(requests).items() if verb not in READING_VERBS)


def places(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """What the account of a connection may be judged by: changing one of them asks for a new acceptance."""
    wanted = ("dialect", "host", "port", "database", "user")
    return tuple(str(settings.get(name, "")) for name in wanted)


def is_same_database(settings: Mapping[str, Any], host: str | None, port: int | None, database: str | None) -> bool:
    """Whether a source's settings name this very database of a server; a SQLite file is judged by its approval."""
    dialect = str(settings.get("dialect", ""))
    if dialect not in ("postgresql", "mariadb") or not host:
        return False
    there = (str(settings.get("host", "")).lower().rstrip("."), int(settings.get("port") or PORTS[dialect]))
    return there == (host.lower(), port or PORTS[dialect]) and settings.get("database") == database


def masks_of(lines: str) -> tuple[dict[str, dict[str, str]], str]:
    """({table: {column: mask}}, the first line that does not fit) of lines such as `clients.email = drop`."""
    found: dict[str, dict[str, str]] = {}
    for line in filter(str.strip, lines.splitlines()):
        matched = _MASK.fullmatch(line.strip())
        if matched is None or matched["mask"] not in list(Mask):
            return found, line.strip()
        found.setdefault(matched["table"].strip(), {})[matched["column"].strip()] = matched["mask"]
    return found, ""


def masks_text(masks: Mapping[str, Mapping[str, str]]) -> str:
    """The lines of `masks_of`."""
    return "\n".join(f"{table}.{column} = {mask}" for table, columns in masks.items() for column, mask in columns.items())


def name_column(columns: Sequence[str]) -> str:
    """The column that seems to hold names; nothing where none does."""
    folded = {column.casefold(): column for column in columns}
    exact = next((folded[name] for name in _NAMES if name in folded), "")
    return exact or next((column for column in columns if "name" in column.casefold()), "")


def as_toml(settings: Mapping[str, Any]) -> str:
    """Settings as TOML: plain keys first, then each list of tables."""
    plain = {key: value for key, value in settings.items() if not _is_tables(value)}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in settings.items():
        if _is_tables(value):
            for one in value:
                lines += ["", f"[[{_key(key)}]]", *(f"{_key(name)} = {_value(inner)}" for name, inner in one.items())]
    return "\n".join(lines).strip() + "\n" if lines else ""


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(name)} = {_value(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
