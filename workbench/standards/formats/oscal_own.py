"""Writes a pack as an OSCAL catalogue (JSON) and reads such a catalogue back without loss.

What OSCAL has a place for stands there; the rest stands in parts of our own namespace, one for each field, titled with
the field's path in pack.toml.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from workbench.checklists.library import Clause, Pack
from workbench.standards.formats import rows, toml
from workbench.standards.formats.base import Document
from workbench.standards.formats.marked import Cursor
from workbench.standards.formats.rows import BadCell, Column

NAMESPACE = "urn:ninefold:pack"
OSCAL_VERSION = "1.1.2"
_TOKEN = re.compile(r"[^A-Za-z0-9._-]")


class NoCatalogue(ValueError):
    """The pack is no catalogue of controls: the gates."""


def write(pack: Pack, modified: datetime) -> bytes:
    """The pack as the bytes of an OSCAL catalogue. The gates are none: NoCatalogue."""
    if pack.kind == "gates":
        raise NoCatalogue(pack.id)
    tables = toml.document(pack)
    main = pack.languages[0]
    whole = _Writer(pack, tables, main)
    catalog = {
        "uuid": _uuid(pack, "catalog"),
        "metadata": {
            "title": pack.title.in_(main), "last-modified": modified.isoformat(), "version": pack.version,
            "oscal-version": OSCAL_VERSION, "language": main, "props": [_prop("pack-id", pack.id)],
        },
        **whole.tree(),
        "back-matter": {"resources": whole.resources()},
    }  # fmt: skip
    return (json.dumps({"catalog": catalog}, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def identifiers(pack: Pack) -> dict[str, tuple[str, str]]:
    """{item: (id of its control or group, id of its statement)} in the catalogue that `write` makes."""
    whole = _Writer(pack, toml.document(pack), pack.languages[0])
    return {
        item["key"]: (whole.ids[ref], f"{whole.ids[ref]}_smt{place}")
        for ref, items in whole.items.items()
        for place, (_number, item) in enumerate(items)
    }


def _uuid(pack: Pack, part: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{NAMESPACE}:{pack.id}:{pack.version}:{part}"))


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": NAMESPACE, "value": value}


class _Writer:
    """One pack on its way to a catalogue."""

    def __init__(self, pack: Pack, tables: Document, main: str) -> None:
        self.pack, self.main = pack, main
        self.clauses = dict(zip((clause.ref for clause in pack.clauses), tables["clauses"], strict=True))
        self.items: dict[str, list[tuple[int, Document]]] = {}
        for number, item in enumerate(tables["items"]):
            self.items.setdefault(item["clause"], []).append((number, item))
        self.tables = tables
        self.children: dict[str | None, list[tuple[int, Clause]]] = {}
        for number, clause in enumerate(pack.clauses):
            self.children.setdefault(clause.parent, []).append((number, clause))
        self.ids: dict[str, str] = {}
        for ref in self.clauses:
            wished = "c-" + _TOKEN.sub(".", ref)
            self.ids[ref] = wished if wished not in self.ids.values() else f"{wished}_{len(self.ids)}"

    def tree(self) -> Document:
        """The groups and controls at the top."""
        return self._inside(None, in_control=False)

    def _inside(self, parent: str | None, *, in_control: bool) -> Document:
        """What lies in a clause: below a control everything is a control, elsewhere what bears nothing is a group."""
        found: Document = {"groups": [], "controls": []}
        for number, clause in self.children.get(parent, []):
            control = in_control or clause.bearing or bool(self.items.get(clause.ref))
            found["controls" if control else "groups"].append(self._node(number, clause, control=control))
        return {key: nodes for key, nodes in found.items() if nodes}

    def _node(self, number: int, clause: Clause, *, control: bool) -> Document:
        own = self.ids[clause.ref]
        fields = rows.flat(self.clauses[clause.ref], rows.CLAUSES)
        parts = [_field(f"{own}_f{place}", column, value) for place, (column, value) in enumerate(fields)]
        parts += [self._item(f"{own}_smt{place}", *each) for place, each in enumerate(self.items.get(clause.ref, []))]
        return {
            "id": own, "class": clause.kind or "clause", "title": clause.title.in_(self.main),
            "props": [{"name": "label", "value": clause.ref}, _prop("position", str(number))], "parts": parts,
            **self._inside(clause.ref, in_control=control),
        }  # fmt: skip

    def _item(self, own: str, number: int, item: Document) -> Document:
        parts = []
        question = ""
        for place, (column, value) in enumerate(rows.flat(item, rows.ITEMS)):
            if column.path == f"question.{self.main}":
                question = value
            else:
                plain = column.path == f"guidance.{self.main}"
                parts.append(_field(f"{own}.{place}", column, value, name="guidance" if plain else "field"))
        props = [_prop("item-key", item["key"]), _prop("position", str(number))]
        return {"id": own, "name": "statement", "props": props, "prose": question, "parts": parts}

    def resources(self) -> list[Document]:
        """The fields of the pack and its groupings, as resources that describe themselves."""
        head = rows.flat(self.tables["pack"], rows.HEAD)
        found = [self._resource(f"pack.{column.path}", value) for column, value in head]
        for number, grouping in enumerate(self.tables.get("groupings", [])):
            found.append(self._resource(f"grouping.{number}", json.dumps(grouping, ensure_ascii=False)))
        return found

    def _resource(self, path: str, value: str) -> Document:
        return {"uuid": _uuid(self.pack, path), "title": path, "props": [_prop("field", path)], "description": value}


def _field(own: str, column: Column, value: str, name: str = "field") -> Document:
    space = {"ns": NAMESPACE} if name == "field" else {}
    return {"id": own, "name": name, **space, "title": column.path, "prose": value}


def is_own(catalog: Mapping[str, Any]) -> bool:
    """Whether a catalogue was written here."""
    metadata = catalog.get("metadata")
    props = metadata.get("props") if isinstance(metadata, Mapping) else None
    return isinstance(props, list) and any(_is_prop(prop, "pack-id") for prop in props)


def _is_prop(prop: Any, name: str) -> bool:
    return isinstance(prop, Mapping) and prop.get("ns") == NAMESPACE and prop.get("name") == name


def document(catalog: Cursor) -> Document:
    """The pack of a catalogue that was written here, as the tables of its file."""
    main = catalog.inner("metadata").text("language") or "en"
    clauses: list[tuple[int, Document]] = []
    items: list[tuple[int, Document]] = []
    _gather(catalog, main, clauses, items)
    found: Document = {"pack": {}, "clauses": _in_order(clauses), "items": _in_order(items)}
    head, groupings = dict[str, str](), list[Any]()
    for resource in catalog.inner("back-matter").each("resources"):
        path = _own_prop(resource, "field")
        if path.startswith("pack."):
            head[path.removeprefix("pack.")] = _raw(resource, "description")
        elif path.startswith("grouping."):
            groupings.append(_loaded(resource))
    found["pack"] = _table(catalog, head, rows.HEAD)
    return found | ({"groupings": groupings} if groupings else {})


def _loaded(resource: Cursor) -> Any:
    try:
        found = json.loads(_raw(resource, "description"))
    except (ValueError, RecursionError):
        found = None
    groups = found.get("groups") if isinstance(found, dict) else None
    if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
        resource.fault("description", "is no grouping", "export the pack again")
        return {}
    return found


def _gather(table: Cursor, main: str, clauses: list[tuple[int, Document]], items: list[tuple[int, Document]]) -> None:
    for node in (*table.each("groups"), *table.each("controls")):
        fields = {}
        for part in node.each("parts"):
            if part.text("name") == "statement":
                items.append((_position(part), _item(part, main)))
            else:
                fields[part.text("title")] = _raw(part, "prose")
        clauses.append((_position(node), _table(node, fields, rows.CLAUSES)))
        _gather(node, main, clauses, items)


def _item(part: Cursor, main: str) -> Document:
    fields = {field.text("title"): _raw(field, "prose") for field in part.each("parts")}
    fields[f"question.{main}"] = _raw(part, "prose")
    return _table(part, fields, rows.ITEMS)


def _table(place: Cursor, fields: Mapping[str, str], columns: Iterable[Column]) -> Document:
    known = {column.path: column for column in columns}
    meant = {}
    for path, value in fields.items():
        if path not in known:
            place.fault("", f'"{path[:60]}" is no field of a pack', "export the pack again")
            continue
        try:
            meant[path] = rows.meant(value, known[path].kind)
        except BadCell as bad:
            place.fault("", f"{path}: {bad.problem}", bad.remedy)
    return rows.nested(meant, tuple(known.values()))


def _raw(table: Cursor, key: str) -> str:
    """A text as it is written, spaces at its ends included."""
    table.text(key, required=True)
    value = table.table.get(key)
    return value if isinstance(value, str) else ""


def _own_prop(table: Cursor, name: str) -> str:
    return next((prop.text("value") for prop in table.each("props") if _is_prop(prop.table, name)), "")


def _position(table: Cursor) -> int:
    found = _own_prop(table, "position")
    return int(found) if found.isdecimal() and len(found) < 10 else 0


def _in_order(numbered: list[tuple[int, Document]]) -> list[Document]:
    return [table for _, table in sorted(numbered, key=lambda each: each[0])]
