"""What a connection's settings say, checked against `connection.json` and told in words where they are wrong."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from sandbox.errors import InputRefused
from sandbox.formats import schema
from sandbox.naming import nearest as nearest_name

_PORTS = {"postgresql": 5432, "mariadb": 3306, "sqlite": 0}
_NEEDED = {"postgresql": ("host", "database", "user"), "mariadb": ("host", "database", "user"), "sqlite": ("file",)}
_TEXTS = ("host", "database", "file", "user", "secret", "authority", "accepts_writer")
_SECONDS = 600


@dataclass(frozen=True)
class TableWish:
    """One table to read; empty fields are what the database itself says."""

    table: str
    schema: str = ""
    name: str = ""
    columns: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    since: str = ""
    after: str = ""

    @property
    def shown(self) -> str:
        return f"{self.schema}.{self.table}" if self.schema else self.table


@dataclass(frozen=True)
class Connecting:
    """Where the database is, who reads it, and what."""

    dialect: str
    host: str
    port: int
    database: str
    file: str
    user: str
    secret: str
    tls: str
    authority: str
    accepts_writer: str
    seconds: int
    tables: tuple[TableWish, ...]

    @property
    def place(self) -> str:
        """The database in one word, without the account."""
        if self.dialect == "sqlite":
            return f"sqlite:{self.file}"
        return f"{self.dialect}://{self.host}:{self.port}/{self.database}"


def checked(settings: Mapping[str, Any]) -> Connecting:
    """The settings as a value; raises InputRefused with the first fault."""
    given = dict(settings)
    errors = sorted(Draft202012Validator(schema("connection")).iter_errors(given), key=lambda one: [*map(str, one.path)])
    if errors:
        raise InputRefused(f"connection settings: {_in_words(errors[0])}")
    dialect = given["dialect"]
    for needed in _NEEDED[dialect]:
        if needed not in given:
            raise InputRefused(f'connection settings: "{needed}" is missing; {dialect} needs '
                               f"{', '.join(_NEEDED[dialect])}")
    tables = tuple(_table(one) for one in given["tables"])
    _check_names(tables)
    texts = {key: str(given.get(key, "")) for key in _TEXTS}
    return Connecting(dialect=dialect, port=int(given.get("port", _PORTS[dialect])), tls=given.get("tls", "verify"),
                      seconds=int(given.get("seconds", _SECONDS)), tables=tables, **texts)


def nearest(name: str, known: list[str]) -> str:
    """The end of a message: the nearest known name, or all of a few."""
    near = nearest_name(name, known)
    return f"; the nearest is {near}" if near else f"; there are {', '.join(sorted(known)[:20]) or 'none'}"


def _table(given: Mapping[str, Any]) -> TableWish:
    texts = {key: str(given.get(key, "")) for key in ("schema", "since", "after")}
    return TableWish(given["table"], name=given.get("name", given["table"]), columns=tuple(given.get("columns", ())),
                     key=tuple(given.get("key", ())), **texts)


def _check_names(tables: tuple[TableWish, ...]) -> None:
    seen: set[str] = set()
    for one in tables:
        if one.name.casefold() in seen:
            raise InputRefused(f'connection settings: two tables are called "{one.name}"; give one of them another "name"')
        seen.add(one.name.casefold())


def _in_words(error: ValidationError) -> str:
    where = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in error.path).lstrip(".")
    inside = f"{where}: " if where else ""
    rule: Any = error.schema
    if error.validator == "additionalProperties":
        known = sorted(rule["properties"])
        unknown = sorted(set(error.instance) - set(known))[0]
        return f'{inside}there is no key "{unknown}"{nearest(unknown, known)}'
    if error.validator == "required":
        missing = next(key for key in rule["required"] if key not in error.instance)
        return f'{inside}"{missing}" is missing'
    if error.validator == "enum":
        return f"{inside}{error.instance!r} is not one of {', '.join(rule['enum'])}"
    return f"{inside}{error.message}"
