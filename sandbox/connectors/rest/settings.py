"""The settings of a REST source, checked against their schema and turned into what is asked."""
from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from sandbox.errors import InputRefused
from sandbox.formats import schema
from sandbox.http.addresses import pairs_of, place_of
from sandbox.naming import nearest as nearest_name

FORMAT = "rest"
_USUAL_PARAMETER = {"page": "page", "offset": "offset", "cursor": "cursor", "link": "", "none": ""}


@dataclass(frozen=True)
class Paging:
    """How one page leads to the next."""

    style: str = "none"
    parameter: str = ""
    size_parameter: str = ""
    size: int = 0
    first: int = 1
    total: str = ""
    next: str = ""


@dataclass(frozen=True)
class Wanted:
    """One table to read; `fields` are (column, field) pairs, empty for all fields under their own names."""

    name: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    at: str = ""
    key: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    also: tuple[str, ...] = ()
    page: Paging = field(default_factory=Paging)


@dataclass(frozen=True)
class Source:
    """A checked connection; the secret itself is not in it."""

    base: str
    tables: tuple[Wanted, ...]
    secret: str = ""
    auth: Mapping[str, str] = field(default_factory=dict)
    authority: str = ""
    rate: float = 0
    verify: str = "first-page"


def source_of(settings: Mapping[str, Any]) -> Source:
    """The checked settings; raises InputRefused naming the setting, what was expected and the nearest name."""
    fault = next(iter(sorted(Draft202012Validator(schema(FORMAT)).iter_errors(dict(settings)), key=_depth)), None)
    if fault is not None:
        raise InputRefused(_told(fault))
    place = place_of(str(settings["base"]))
    if "?" in place.target:
        raise InputRefused("base: parameters belong to each table's query, not to the address")
    tables = tuple(_wanted(table) for table in settings["tables"])
    names = [table.name for table in tables]
    for name in names:
        if names.count(name) > 1:
            raise InputRefused(f'tables: the name "{name}" stands twice')
    auth = dict(settings.get("auth", {"style": "bearer" if settings.get("secret") else "none"}))
    _check_auth(auth, settings.get("secret", ""))
    return Source(place.url, tables, str(settings.get("secret", "")), auth, str(settings.get("authority", "")),
                  float(settings.get("rate", 0)), str(settings.get("verify", "first-page")))


def _wanted(table: Mapping[str, Any]) -> Wanted:
    given = dict(table.get("page", {"style": "none"}))
    style = str(given["style"])
    page = Paging(**{"parameter": _USUAL_PARAMETER[style], **given})
    if style == "cursor" and not page.next:
        raise InputRefused(f'table {table["name"]}: page.next should say where an answer holds the next cursor')
    if bool(page.size) != bool(page.size_parameter):
        raise InputRefused(f'table {table["name"]}: page.size and page.size_parameter go together')
    fields = table.get("fields", {})
    pairs = fields.items() if isinstance(fields, Mapping) else ((name, name) for name in fields)
    return Wanted(str(table["name"]), str(table["path"]), tuple(pairs_of(table.get("query", {}))),
                  str(table.get("at", "")), tuple(table.get("key", ())), tuple(pairs), tuple(table.get("also", ())), page)


def _check_auth(auth: Mapping[str, str], secret: str) -> None:
    needs = {"header": "header", "basic": "user"}.get(auth["style"])
    if needs and not auth.get(needs):
        raise InputRefused(f"auth: the style {auth['style']} needs the setting {needs}")
    if auth["style"] != "none" and not secret:
        raise InputRefused(f"auth: the style {auth['style']} needs the setting secret, which names a secret")
    if auth["style"] == "none" and secret:
        raise InputRefused("auth: a secret is named, but the style none does not use one")


def credentials(source: Source, secrets: Mapping[str, str]) -> tuple[dict[str, str], str, tuple[str, ...]]:
    """(headers, the name of a header for a key, every text that must never be shown)."""
    if source.auth["style"] == "none":
        return {}, "", ()
    if source.secret not in secrets:
        raise InputRefused(f'the secret "{source.secret}" is not at hand; an administrator enters it')
    value = secrets[source.secret]
    if source.auth["style"] == "header":
        return {source.auth["header"]: value}, source.auth["header"], (value,)
    if source.auth["style"] == "bearer":
        return {"Authorization": f"Bearer {value}"}, "", (value,)
    pair = base64.b64encode(f"{source.auth['user']}:{value}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}, "", (value, pair)


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a sentence that names the nearest of the known names, or nothing."""
    near = nearest_name(name, known, least=0.5)
    return f'; the nearest is "{near}"' if near else ""


def _depth(error: ValidationError) -> tuple[int, str]:
    return -len(error.absolute_path), error.json_path


def _told(error: ValidationError) -> str:
    where = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in error.absolute_path) or "settings"
    if error.validator == "additionalProperties" and isinstance(error.schema.get("properties"), Mapping):
        known = sorted(error.schema["properties"])
        unknown = sorted(set(error.instance) - set(known))[0]
        return f'{where}: "{unknown}" is not a setting{nearest(unknown, known)}; known: {", ".join(known)}'
    if error.validator == "required":
        missing = next(name for name in error.schema["required"] if name not in error.instance)
        return f'{where}: the setting "{missing}" is missing'
    if error.validator == "enum":
        known = error.schema["enum"]
        return f"{where}: {error.instance!r} is not known{nearest(str(error.instance), known)}; known: {', '.join(known)}"
    return f"{where}: {error.message}"
