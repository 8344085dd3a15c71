"""What of an OpenAPI description can be mirrored: the GET paths that answer a list of records, and how they page."""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sandbox.connectors.rest.description import Description, LeftOut, Node

_HOLDERS = ("data", "items", "results", "records", "value", "values", "content", "entries", "rows", "list", "_embedded")
_PAGE = ("page", "page[number]", "page_number", "pagenumber", "pageno", "page_no", "pageindex")
_OFFSET = ("offset", "page[offset]", "skip", "$skip", "start", "startat", "start_at", "from")
_CURSOR = ("cursor", "page[cursor]", "after", "page[after]", "starting_after", "page_token", "pagetoken", "next_token",
           "nexttoken", "continuation", "continuation_token", "bookmark", "marker")
_SIZE = ("per_page", "perpage", "page_size", "pagesize", "page[size]", "page[limit]", "limit", "$top", "top", "size", "take",
         "count", "maxresults", "max_results", "pagelen")
_NEXT_CURSOR = ("next_cursor", "nextcursor", "next_page_token", "nextpagetoken", "next_token", "nexttoken", "cursor",
                "continuation", "continuation_token", "bookmark", "end_cursor", "endcursor")
_NEXT_LINK = ("next", "next_url", "nexturl", "next_page_url", "@odata.nextlink", "nextlink", "next_link")
_KEYS = ("id", "uuid", "guid", "key", "code")
_DOES = frozenset((
    "activate", "add", "approve", "assign", "cancel", "close", "copy", "create", "deactivate", "delete",
    "destroy", "disable", "do", "edit", "enable", "execute", "generate", "import", "insert", "login", "logout",
    "merge", "move", "patch", "post", "publish", "put", "rebuild", "refresh", "reject", "remove", "rename",
    "reset", "restart", "restore", "revoke", "run", "save", "send", "set", "start", "stop", "submit", "sync",
    "trigger", "undo", "update", "upload", "upsert", "write",
))
_MAX_FIELDS = 500
_USUAL_SIZE = 100


@dataclass(frozen=True)
class Offered:
    """One table that the description offers; `fields` give each column its type, `needs` parameters without a value."""

    name: str
    path: str
    at: str = ""
    key: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    page: Mapping[str, Any] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    says: str = ""

    def settings(self) -> dict[str, Any]:
        """The table as the settings of a REST source have it; a person fills in the parameters it needs."""
        table: dict[str, Any] = {"name": self.name, "path": self.path, "page": dict(self.page)}
        if self.at:
            table["at"] = self.at
        if self.key:
            table["key"] = list(self.key)
        if self.needs:
            table["query"] = dict.fromkeys(self.needs, "")
        return table


@dataclass(frozen=True)
class Offer:
    """All that a description offers, and the GET paths that it leaves out with why."""

    base: str
    tables: tuple[Offered, ...]
    left_out: tuple[tuple[str, str], ...]


def openapi_tables(document: Mapping[str, Any] | bytes | str) -> list[Offered]:
    """The tables that can be mirrored from this description (OpenAPI 3.0, 3.1 or Swagger 2.0; JSON or YAML)."""
    return list(openapi_offer(document).tables)


def openapi_offer(document: Mapping[str, Any] | bytes | str) -> Offer:
    """The tables of a description, its address, and what was left out; raises InputRefused where it is none."""
    description = Description(document)
    tables: list[Offered] = []
    left_out: list[tuple[str, str]] = []
    for verb, path, operation, parameters in description.operations():
        if verb != "get":
            continue
        try:
            tables.append(_offered(description, path, operation, parameters, {table.name for table in tables}))
        except LeftOut as error:
            left_out.append((path, str(error)))
    return Offer(description.base(), tuple(tables), tuple(left_out))


def _offered(description: Description, path: str, operation: Node, parameters: Sequence[Any], taken: set[str]) -> Offered:
    known = [description.follow(parameter)[0] for parameter in parameters]
    steps = [str(each.get("name")) for each in known if each.get("in") == "path"] or re.findall(r"{([^}]*)}", path)
    if steps:
        raise LeftOut(f"it needs a value for {', '.join(steps)} in its path")
    check_only_reads(path, str(operation.get("operationId", "")))
    schema, kinds = description.answer(operation)
    if schema is None:
        said = f"it answers {', '.join(sorted(kinds))}" if kinds else "it does not say what it answers"
        raise LeftOut(f"{said}; a list of records in JSON is needed")
    at, record = _records(description, schema)
    fields = dict(_fields(description, record))
    query = [str(each.get("name")) for each in known if each.get("in") == "query"]
    needs = tuple(str(each["name"]) for each in known if each.get("in") == "query" and each.get("required") is True)
    page = _page(description, known, schema, description.answer_headers(operation))
    paging = {page.get("parameter"), page.get("size_parameter")}
    key = next(((name,) for wanted in _KEYS for name in fields if name.lower() == wanted), ())
    says = str(operation.get("summary") or operation.get("description") or "")[:300]
    return Offered(_table_name(path, taken), path, at, key, fields, page, tuple(name for name in query if name not in paging),
                   tuple(name for name in needs if name not in paging), says)


def words(text: str) -> list[str]:
    """The words of a name such as `deleteClient`, `delete_client` or `ClientID`, in lower case."""
    return [part.lower() for part in re.findall(r"[A-Z]+(?![a-zß-ÿ])|[A-Z]?[a-zß-ÿ]+|\d+", text)]


def check_only_reads(path: str, operation: str) -> None:
    """Raises LeftOut where the name of an operation, or the last step of its path, says that it does something."""
    last = path.rstrip("/").rpartition("/")[2]
    for name in (operation, last):
        first = next(iter(words(name)), "")
        if first in _DOES:
            raise LeftOut(f'its name "{name}" says that it does something; only what reads is offered')


def answer_fields(description: Description, operation: Node) -> dict[str, str]:
    """The fields of what an operation answers, of one record or of each in its list; empty where nothing is said of JSON."""
    schema, _ = description.answer(operation)
    if schema is None:
        return {}
    with suppress(LeftOut):  # one record, or none with names
        _, schema = _records(description, schema)
    return dict(_fields(description, schema))


def _records(description: Description, schema: Any) -> tuple[str, Any]:
    """(where the list lies, the schema of one record)."""
    whole = _merged(description, schema)
    if _is_array(whole):
        return "", _record(description, whole)
    found = list(_arrays(description, whole, "", 0))
    if not found:
        raise LeftOut("it answers one record, not a list")
    preferred = [each for each in found if each[0].split(".")[0].lower() in _HOLDERS]
    if len(found) > 1 and len(preferred) != 1:
        raise LeftOut(f"it answers several lists ({', '.join(at for at, _ in found[:5])}); name the one to read")
    return (preferred or found)[0]


def _arrays(description: Description, schema: Node, prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for name, inner in _properties(schema).items():
        whole = _merged(description, inner)
        if _is_array(whole):
            try:
                yield prefix + name, _record(description, whole)
            except LeftOut:
                continue  # a list of bare values beside the records
        elif depth < 1 and name.lower() in _HOLDERS:
            yield from _arrays(description, whole, f"{prefix}{name}.", depth + 1)


def _record(description: Description, array: Node) -> Any:
    items = array.get("items")
    if not _properties(_merged(description, items)):
        raise LeftOut("the records of its list have no named fields")
    return items


def _fields(description: Description, schema: Any, prefix: str = "", trail: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Columns with their types, nested records as `a.b`; a record inside itself ends there."""
    count = 0
    for name, inner in _properties(_merged(description, schema)).items():
        whole = _merged(description, inner)
        _, reference = description.follow(inner)
        if _properties(whole) and reference not in trail and len(trail) < 3:
            nested = _fields(description, inner, f"{prefix}{name}.", (*trail, reference or name))
        else:
            nested = iter([(prefix + name, _type(whole))])
        for column in nested:
            count += 1
            if count > _MAX_FIELDS:
                return
            yield column


def _merged(description: Description, schema: Any, depth: int = 0) -> Node:
    """The schema with its references followed and its parts (allOf, and the first of oneOf or anyOf) put together."""
    whole, _ = description.follow(schema)
    choices = [each for name in ("oneOf", "anyOf") for each in _parts(whole, name)]
    parts = [*_parts(whole, "allOf"), *_first_record(description, choices)]
    if not parts or depth > 8:
        return whole
    properties: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for part in [*parts, {key: value for key, value in whole.items() if key not in ("allOf", "oneOf", "anyOf")}]:
        each = _merged(description, part, depth + 1)
        properties.update(_properties(each))
        merged.update(each)
    return {**merged, **({"properties": properties} if properties else {})}


def _parts(schema: Node, name: str) -> list[Any]:
    found = schema.get(name)
    return found if isinstance(found, list) else []


def _first_record(description: Description, choices: list[Any]) -> list[Any]:
    known = [choice for choice in choices if description.follow(choice)[0].get("type") != "null"]
    return known[:1]


def _properties(schema: Node) -> dict[str, Any]:
    found = schema.get("properties")
    return {str(name): inner for name, inner in found.items()} if isinstance(found, Mapping) else {}


def _is_array(schema: Node) -> bool:
    return _type(schema) == "array" or ("items" in schema and "type" not in schema)


def _type(schema: Node) -> str:
    given = schema.get("type", "")
    kinds = [kind for kind in given if kind != "null"] if isinstance(given, list) else [given]
    kind = str(kinds[0]) if kinds and kinds[0] else "object" if _properties(schema) else "text"
    shape = str(schema.get("format", ""))
    return {"string": "date" if shape == "date" else "text"}.get(kind, kind)


def _page(description: Description, parameters: Sequence[Node], schema: Any, headers: set[str]) -> dict[str, Any]:
    """The settings of paging that the names of parameters and of the answer's fields suggest."""
    query = {str(each["name"]).lower(): each for each in parameters if each.get("in") == "query" and "name" in each}
    size = _named(query, _SIZE)
    sizing = {"size_parameter": size, "size": _size(query[size.lower()])} if size else {}
    answer = dict(_fields(description, schema)) if not _is_array(_merged(description, schema)) else {}
    cursor, link = _holder(answer, _NEXT_CURSOR), _holder(answer, _NEXT_LINK)
    if cursor and _named(query, _CURSOR):
        return {"style": "cursor", "parameter": _named(query, _CURSOR), "next": cursor, **sizing}
    if link:
        return {"style": "link", "next": link, **sizing}
    if "link" in headers:
        return {"style": "link", **sizing}
    for style, names in (("page", _PAGE), ("offset", _OFFSET)):
        if parameter := _named(query, names):
            first = {"first": 0} if style == "page" and _default(query[parameter.lower()]) == 0 else {}
            return {"style": style, "parameter": parameter, **first, **sizing}
    return {"style": "none"}


def _holder(answer: Mapping[str, str], names: Sequence[str]) -> str:
    return next((name for name in answer if name.rpartition(".")[2].lower() in names), "")


def _named(query: Mapping[str, Node], names: Sequence[str]) -> str:
    return next((str(query[name]["name"]) for name in names if name in query), "")


def _default(parameter: Node) -> Any:
    inner = parameter.get("schema")
    return parameter.get("default", inner.get("default") if isinstance(inner, Mapping) else None)


def _size(parameter: Node) -> int:
    inner = parameter.get("schema") if isinstance(parameter.get("schema"), Mapping) else parameter
    most = inner.get("maximum") if isinstance(inner, Mapping) else None
    return int(most) if isinstance(most, (int, float)) and 0 < most <= 1000 else _USUAL_SIZE


def _table_name(path: str, taken: set[str]) -> str:
    parts = [part for part in path.strip("/").split("/") if part] or ["root"]
    for count in range(1, len(parts) + 1):
        name = ".".join(parts[-count:])
        if name not in taken:
            return name
    return f"{name}-{len(taken)}"
