"""Resolves an OSCAL profile: the controls it chooses from a catalogue, with its parameters and alterations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from workbench.checklists.library import Pack
from workbench.standards.formats import marked, oscal, toml
from workbench.standards.formats.base import (
    Document,
    Faults,
    Imported,
    Remarks,
    alike,
    finished,
    plain_id,
    plain_version,
    shortened,
)
from workbench.standards.formats.marked import Cursor, Table

Shelf = Callable[[str], Pack | None]  # an imported catalogue by its uuid or its file's name
_CRITERIA = ("by-id", "by-name", "by-class", "by-ns")
_LISTS = ("params", "props", "parts", "links")


def read(
    data: bytes, name: str, *, catalog: bytes | None = None, catalog_name: str = "", shelf: Shelf | None = None,
    pack_id: str = "", version: str = "",
) -> Imported:  # fmt: skip
    """The pack of a profile and its catalogue. PackInvalid with every fault."""
    faults, remarks = Faults(name), Remarks()
    top = Cursor(marked.of_json(data, faults), "", faults)
    faults.check()
    profile = _Profile(top.inner("profile"), remarks, faults)
    if catalog is not None:
        resolved = profile.resolve(_catalog(catalog, catalog_name))
        faults.check()
        return oscal.taken(Cursor(resolved, "", faults), faults, remarks, name=name, pack_id=pack_id, version=version)
    pack = profile.found_on(shelf) if shelf else None
    if pack is None:
        faults.add(
            profile.place(), f"takes its controls from {profile.hrefs()}", "give that catalogue too, or import it first"
        )
        faults.check()
        raise AssertionError("a fault was just added")
    document = profile.of_pack(pack, name, pack_id, version)
    faults.check()
    return finished(document, name=name, kind="oscal", nodes=len(document["clauses"]), remarks=remarks)


def _catalog(data: bytes, name: str) -> Table:
    faults = Faults(name)
    top = Cursor(marked.of_json(data, faults), "", faults)
    if "catalog" not in top.table:
        raise faults.stop("", "holds no catalog", "give the catalogue the profile takes its controls from")
    found = top.inner("catalog").table
    faults.check()
    return found


class _Profile:
    """A profile's choices."""

    def __init__(self, profile: Cursor, remarks: Remarks, faults: Faults) -> None:
        self.profile, self.remarks, self.faults = profile, remarks, faults
        self.imports = list(profile.each("imports"))
        self.metadata = profile.inner("metadata")
        if not self.imports:
            profile.fault("imports", "there are none", "choose a profile that imports controls")

    def place(self) -> str:
        """Where the first import stands."""
        return self.imports[0].place("href") if self.imports else self.profile.place("imports")

    def hrefs(self) -> str:
        """What the imports name, resolved to the names of files where the profile knows them."""
        return (
            ", ".join(dict.fromkeys(name for each in self.imports for name in list(self._names(each))[-1:]))
            or "nothing"
        )

    def _names(self, each: Cursor) -> Iterator[str]:
        """The uuid and the file names that an import may mean."""
        href = each.text("href", required=True)
        yield href.removeprefix("#")
        for resource in self.profile.inner("back-matter").each("resources"):
            if resource.text("uuid") == href.removeprefix("#"):
                for link in resource.each("rlinks"):
                    if link.text("href").endswith(".json"):
                        yield link.text("href").rsplit("/", 1)[-1]

    def found_on(self, shelf: Shelf) -> Pack | None:
        """The imported catalogue that every import names."""
        found = [next(filter(None, map(shelf, self._names(each))), None) for each in self.imports]
        return (
            found[0] if found and all(each is not None and each.id == (found[0] or each).id for each in found) else None
        )

    def resolve(self, catalog: Table) -> Table:
        """A catalogue with the chosen controls only, altered as the profile asks."""
        controls = {each["id"]: each for each in _controls(catalog)}
        chosen = self._chosen(list(controls), {own: _children(each) for own, each in controls.items()})
        self._modify(catalog, controls)
        merge = self.profile.inner("merge")
        if merge.inner("custom").table:
            self.remarks.add("merge_custom")
        if "flat" in merge.table:
            kept = [_without_children(control) for own, control in controls.items() if own in chosen]
            catalog["controls"], catalog["groups"] = kept, []
        else:
            _prune(catalog, chosen)
        catalog["metadata"] = self.metadata.table
        catalog["uuid"] = self.profile.text("uuid")
        return catalog

    def _chosen(self, known: list[str], children: dict[str, list[str]]) -> set[str]:
        chosen: set[str] = set()
        for each in self.imports:
            inside: set[str] = set() if "include-controls" in each.table else set(known)
            for rule in each.each("include-controls"):
                inside |= self._matched(rule, known, children)
            for rule in each.each("exclude-controls"):
                inside -= self._matched(rule, known, children)
            chosen |= inside
        return chosen

    def _matched(self, rule: Cursor, known: list[str], children: dict[str, list[str]]) -> set[str]:
        found: set[str] = set()
        spelt = {alike(own): own for own in known}
        for wished in rule.words("with-ids"):
            own = wished if wished in children else spelt.get(alike(wished))
            if own is None:
                self.remarks.add("unknown_control", wished)
            else:
                found.add(own)
        for pattern in rule.each("matching"):
            wanted = pattern.text("pattern", required=True)
            found |= {own for own in known if fnmatchcase(own, wanted)}
        if rule.text("with-child-controls") == "yes":
            waiting = list(found)
            while waiting:
                inner = [own for own in children[waiting.pop()] if own not in found]
                found.update(inner)
                waiting += inner
        return found

    def _modify(self, catalog: Table, controls: dict[str, Table]) -> None:
        modify = self.profile.inner("modify")
        self._set(
            modify, {str(param.get("id")): param for table in _tables(catalog) for param in _dicts(table, "params")}
        )
        for alter in modify.each("alters"):
            own = alter.text("control-id", required=True)
            if own in controls:
                self._alter(alter, own, controls[own])
            else:
                self.remarks.add("unknown_control", own)

    def _set(self, modify: Cursor, params: dict[str, Table]) -> None:
        for wanted in modify.each("set-parameters"):
            own = wanted.text("param-id", required=True)
            if own not in params:
                self.remarks.add("unknown_param", own)
            else:
                params[own].update({key: value for key, value in wanted.table.items() if key != "param-id"})

    def _alter(self, alter: Cursor, own: str, control: Table) -> None:
        for remove in alter.each("removes"):
            if not _remove(control, remove.table):
                what = ", ".join(f"{key} {value}" for key, value in remove.table.items())
                self.remarks.add("unknown_part", f"{own}: {what}")
        for add in alter.each("adds"):
            if not _add(control, add):
                self.remarks.add("unknown_part", f"{own}: {add.text('by-id')}")

    def of_pack(self, pack: Pack, name: str, pack_id: str, version: str) -> Document:
        """The chosen controls of an imported catalogue. Its texts are whole already, so parameters are not set anew."""
        bearing = [clause.ref for clause in pack.clauses if clause.bearing]
        children: dict[str, list[str]] = {ref: [] for ref in bearing}
        for clause in pack.clauses:
            if clause.bearing and clause.parent in children:
                children[str(clause.parent)].append(clause.ref)
        chosen = self._chosen(bearing, children)
        modify = self.profile.inner("modify")
        for key, code in (("set-parameters", "set_parameter"), ("alters", "alter")):
            if asked := modify.values(key):
                self.remarks.add(code, count=len(asked))
        document = toml.document(pack)
        document["clauses"] = list(_kept(document["clauses"], chosen))
        document["items"] = [item for item in document["items"] if item["clause"] in chosen]
        for grouping in document.get("groupings", ()):
            for group in grouping["groups"]:
                group["refs"] = [ref for ref in group["refs"] if ref in chosen]
        title, own = self.metadata.text("title", required=True), self.metadata.text("version", required=True)
        document["pack"] |= {
            "id": pack_id or plain_id(title), "title": {pack.languages[0]: title},
            "version": version or plain_version(own, self.remarks),
            "edition": shortened(own, 60),
            "languages": list(pack.languages), "source": _told(name, pack),
        }  # fmt: skip
        return document


def _told(name: str, pack: Pack) -> dict[str, str]:
    told = {
        "en": f"Imported from {name}, an OSCAL profile of {pack.id} {pack.version}.",
        "fr": f"Importé de {name}, un profil OSCAL de {pack.id} {pack.version}.",
    }
    return {language: told[language] for language in pack.languages}


def _kept(clauses: list[Document], chosen: set[str]) -> Iterator[Document]:
    """The chosen clauses with the groups above them; a chosen one below one left out moves up."""
    parents = {clause["ref"]: clause.get("parent", "") for clause in clauses}
    bearing = {clause["ref"] for clause in clauses if clause["bearing"]}
    needed: set[str] = set(chosen)
    for ref in chosen:
        while ref := parents.get(ref, ""):
            if ref not in bearing:
                needed.add(ref)
    for clause in clauses:
        if clause["ref"] in needed:
            above = clause.get("parent", "")
            while above and above not in needed:
                above = parents.get(above, "")
            yield {key: value for key, value in {**clause, "parent": above}.items() if key != "parent" or value}


def _dicts(table: dict[str, Any], key: str) -> list[Table]:
    found = table.get(key)
    return [each for each in found if isinstance(each, Table)] if isinstance(found, list) else []


def _tables(table: Table) -> Iterator[Table]:
    """A catalogue or group with every group and control below it."""
    yield table
    for key in ("groups", "controls"):
        for inner in _dicts(table, key):
            yield from _tables(inner)


def _controls(table: Table) -> Iterator[Table]:
    """Every control in force that has an id, at any depth."""
    for each in _dicts(table, "controls"):
        if isinstance(each.get("id"), str) and not _is_withdrawn(each):
            yield each
        yield from _controls(each)
    for group in _dicts(table, "groups"):
        yield from _controls(group)


def _is_withdrawn(control: Table) -> bool:
    return any(
        prop.get("name") == "status" and str(prop.get("value")).lower() == "withdrawn"
        for prop in _dicts(control, "props")
    )


def _children(control: Table) -> list[str]:
    return [
        own
        for each in _dicts(control, "controls")
        if isinstance(own := each.get("id"), str) and not _is_withdrawn(each)
    ]


def _without_children(control: Table) -> Table:
    control.pop("controls", None)
    return control


def _prune(table: Table, chosen: set[str]) -> None:
    """Keep the chosen controls in their groups; what lies chosen in one left out moves up; empty groups go."""
    kept: list[Table] = []
    for control in _dicts(table, "controls"):
        _prune(control, chosen)
        kept += [control] if control.get("id") in chosen else _dicts(control, "controls")
    table["controls"] = kept
    groups = _dicts(table, "groups")
    for group in groups:
        _prune(group, chosen)
    table["groups"] = [group for group in groups if group["controls"] or group["groups"]]


def _remove(control: Table, wanted: Table) -> bool:
    """Remove what fits every criterion, at any depth of the control but not in controls inside it."""
    fields = {key.removeprefix("by-"): value for key, value in wanted.items() if key in _CRITERIA}
    kinds = [f"{str(wanted['by-item-name']).rstrip('s')}s"] if "by-item-name" in wanted else _LISTS
    removed = False
    if not fields and "by-item-name" not in wanted:
        return removed
    for table in _parts(control):
        for kind in kinds:
            before = _dicts(table, kind)
            kept = [each for each in before if any(each.get(key) != value for key, value in fields.items())]
            if len(kept) != len(before):
                table[kind], removed = kept, True
    return removed


def _parts(table: Table) -> Iterator[Table]:
    yield table
    for part in _dicts(table, "parts"):
        yield from _parts(part)


def _add(control: Table, add: Cursor) -> bool:
    """Add to the control, or to the part named by by-id: at its start or end, or before or after it."""
    by_id, position = add.text("by-id"), add.text("position") or "ending"
    if title := add.text("title"):
        control["title"] = title
    holder, number = control, -1
    if by_id:
        found = _found(control, by_id)
        if found is None:
            return False
        holder, number = found if position in ("before", "after") else (_dicts(found[0], "parts")[found[1]], -1)
    for kind in _LISTS:
        new = [each for each in add.values(kind) if isinstance(each, Table)]
        old = _dicts(holder, kind)
        at = 0 if position == "starting" else len(old)
        if kind == "parts" and number >= 0:
            at = number + (position == "after")
        if new:
            holder[kind] = [*old[:at], *new, *old[at:]]
    return True


def _found(control: Table, own: str) -> tuple[Table, int] | None:
    """The table whose parts hold the part of that id, and its number among them."""
    for table in _parts(control):
        for number, part in enumerate(_dicts(table, "parts")):
            if part.get("id") == own:
                return table, number
    return None
