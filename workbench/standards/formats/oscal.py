"""Reads OSCAL catalogues (JSON): groups and controls as clauses, statements as questions, parameters as [labels]."""

from __future__ import annotations

import re

from workbench.standards.formats import marked, oscal_own
from workbench.standards.formats.base import (
    MOST_NODES,
    Document,
    Faults,
    Imported,
    Refs,
    Remarks,
    alike,
    finished,
    plain_id,
    plain_version,
    shortened,
)  # fmt: skip
from workbench.standards.formats.marked import Cursor

_INSERT = re.compile(r"\{\{\s*(?:insert:\s*)?(?:param\s*,\s*)?([\w.\-]+)\s*\}\}")
_OBJECTIVES = {"assessment-objective", "objective"}
_METHODS = {"assessment-method", "assessment"}
_HEADS = {
    "objective": {"en": "Assessment objectives:", "fr": "Objectifs d’évaluation :"},
    "INTERVIEW": {"en": "Interview:", "fr": "Entretiens :"},
    "TEST": {"en": "Test:", "fr": "Essais :"},
}
_QUIET_PROPS = {"label", "sort-id", "status", "alt-identifier", "method"}
_NO_NOTICE = {
    "en": "The file names no rights. Ask its publisher what may be done with the texts.",
    "fr": "Le fichier n’indique aucun droit. Demandez à son éditeur ce qu’il est permis de faire des textes.",
}


def read(data: bytes, name: str, *, pack_id: str = "", version: str = "") -> Imported:
    """The pack of a catalogue. PackInvalid with every fault."""
    faults = Faults(name)
    top = Cursor(marked.of_json(data, faults), "", faults)
    faults.check()
    if "catalog" not in top.table:
        held = ", ".join(list(top.table)[:5]) or "nothing"
        raise faults.stop("", f"holds no catalog, but: {held}", "choose an OSCAL catalog or profile")
    return taken(top.inner("catalog"), faults, Remarks(), name=name, pack_id=pack_id, version=version)


def taken(
    catalog: Cursor, faults: Faults, remarks: Remarks, *, name: str, pack_id: str = "", version: str = ""
) -> Imported:
    """The pack of a catalogue that is read already, or put together by a profile."""
    if oscal_own.is_own(catalog.table):
        document = oscal_own.document(catalog)
        head = document["pack"]
        head |= {key: value for key, value in (("id", pack_id), ("version", version)) if value}
    else:
        document = _Catalogue(catalog, remarks).document(name, pack_id, version)
    faults.check()
    return finished(document, name=name, kind="oscal", nodes=len(document["clauses"]), remarks=remarks)


class _Catalogue:
    """A catalogue on its way to a pack."""

    def __init__(self, catalog: Cursor, remarks: Remarks) -> None:
        self.catalog, self.remarks = catalog, remarks
        self.metadata = catalog.inner("metadata")
        self.main = "fr" if self.metadata.text("language").lower().startswith("fr") else "en"
        self.refs = Refs(remarks)
        self.params: dict[str, Cursor] = {}
        self.clauses: list[Document] = []
        self.items: list[Document] = []
        self._gather(catalog)

    def _gather(self, table: Cursor) -> None:
        """All parameters, wherever they stand: a control may insert those of another."""
        for param in table.each("params"):
            self.params[param.text("id", required=True)] = param
            for prop in param.each("props"):  # a name the parameter had before
                if prop.text("name") == "alt-identifier":
                    self.params.setdefault(prop.text("value"), param)
        for key in ("groups", "controls"):
            for inner in table.each(key):
                self._gather(inner)

    def document(self, name: str, pack_id: str, version: str) -> Document:
        """The pack as the tables of its file."""
        self._inside(self.catalog, "")
        if not self.items:
            self.catalog.fault("", "holds no control that is in force", "choose a catalog with controls")
        if len(self.clauses) > MOST_NODES:
            self.catalog.fault(
                "", f"holds {len(self.clauses):,} groups and controls", f"at most {MOST_NODES:,} are read"
            )
        if resources := self.catalog.inner("back-matter").values("resources"):
            self.remarks.add("resource", count=len(resources))
        return {"pack": self._head(name, pack_id, version), "clauses": self.clauses, "items": self.items}

    def _head(self, name: str, pack_id: str, version: str) -> Document:
        metadata = self.metadata
        title = metadata.text("title", required=True)
        own = metadata.text("version", required=True)
        known = " · ".join(
            part for part in (self.catalog.text("uuid"), f"OSCAL {metadata.text('oscal-version')}") if part
        )
        sources = {
            "en": f"Imported from {name}, an OSCAL catalogue ({known}).",
            "fr": f"Importé de {name}, un catalogue OSCAL ({known}).",
        }
        notice = metadata.text("remarks") or _NO_NOTICE[self.main]
        return {
            "id": pack_id or plain_id(title), "kind": "standard",
            "edition": shortened(metadata.text("published")[:10] or own, 60),
            "version": version or plain_version(own, self.remarks),
            "languages": [self.main], "wording": "others", "title": {self.main: title or name},
            "source": {self.main: sources[self.main]}, "notice": {self.main: notice},
        }  # fmt: skip

    def _inside(self, table: Cursor, parent: str) -> None:
        for control in table.each("controls"):
            self._control(control, parent)
        for group in table.each("groups"):
            self._group(group, parent)

    def _group(self, group: Cursor, parent: str) -> None:
        title = group.text("title", required=True)
        ref = self.refs.take(group.text("id") or alike(title)[:30] or "group")
        clause = self._clause(ref, parent, "group", title, bears=False)
        told = [self._prose(part, 0) for part in group.each("parts")]
        if note := "\n\n".join(part for part in told if part):
            clause["note"] = {self.main: note}
        self.clauses.append(clause)
        self._inside(group, ref)

    def _clause(self, ref: str, parent: str, kind: str, title: str, *, bears: bool) -> Document:
        above = {"parent": parent} if parent else {}
        return {
            "ref": ref, **above, "kind": kind, "title": {self.main: title or ref}, "title_origin": "publisher",
            "title_fr_origin": "ours", "bearing": bears,
        }  # fmt: skip

    def _control(self, control: Cursor, parent: str) -> None:
        own, title = control.text("id", required=True), control.text("title", required=True)
        label = _prop(control, "label")
        if _prop(control, "status").lower() == "withdrawn":
            self.remarks.add("withdrawn", f"{label or own} {title}")
            self._inside(control, parent)
            return
        ref = self.refs.take(own or "control")
        shown = f"{label} {title}" if label and label.lower() != ref.lower() else title
        self.clauses.append(self._clause(ref, parent, "control", shown, bears=True))
        self._item(control, ref, shown)
        for prop in control.each("props"):
            if prop.text("name") not in _QUIET_PROPS:
                self.remarks.add("prop", prop.text("name"))
        if links := control.values("links"):
            self.remarks.add("link", count=len(links))
        self._inside(control, ref)

    def _item(self, control: Cursor, ref: str, title: str) -> None:
        statements, guidance, evidence = list[str](), list[str](), list[str]()
        for part in control.each("parts"):
            name = part.text("name", required=True)
            if name == "statement":
                statements.append(self._prose(part, 0))
            elif name in _METHODS:
                self._method(part, guidance, evidence)
            elif name in _OBJECTIVES:
                guidance.append(f"{_HEADS['objective'][self.main]}\n{self._prose(part, 0)}")
            else:
                heading = part.text("title") or ("" if name == "guidance" else name)
                guidance.append("\n".join(each for each in (heading, self._prose(part, 0)) if each))
        item: Document = {"key": f"{ref}-1", "clause": ref, "question": {self.main: _whole(statements) or title}}
        if told := _whole(guidance):
            item["guidance"] = {self.main: told}
        if entries := list(dict.fromkeys(evidence)):
            item["expected_evidence"] = {self.main: entries}
        self.items.append(item)

    def _method(self, part: Cursor, guidance: list[str], evidence: list[str]) -> None:
        """What to examine is the evidence expected; whom to ask and what to test stands in the guidance."""
        method = _prop(part, "method").upper()
        told = self._prose(part, 0)
        lines = [line.strip(" –") for line in told.splitlines() if line.strip(" –")]
        if method == "EXAMINE":
            evidence += lines
        elif lines:
            heading = _HEADS.get(method, {}).get(self.main) or method.capitalize()
            guidance.append("\n".join((heading, *(f"– {line}" for line in lines))))

    def _prose(self, part: Cursor, depth: int) -> str:
        """The text of a part with those inside it, each on a line of its own behind its label."""
        label, prose = _prop(part, "label"), self.resolved(part.text("prose"))
        own = " ".join(each for each in (label if depth else "", prose) if each)
        lines = [f"{'  ' * max(depth - 1, 0)}{own}"] if own else []
        return "\n".join((*lines, *(told for inner in part.each("parts") if (told := self._prose(inner, depth + 1)))))

    def resolved(self, prose: str, depth: int = 0) -> str:
        """A text with its parameters filled in: a value as it is, otherwise [what is to be chosen]."""

        def filled(found: re.Match[str]) -> str:
            param = self.params.get(found[1])
            if param is None or depth > 5:  # a parameter that inserts itself
                self.remarks.add("unknown_param", found[1])
                return f"[{found[1]}]"
            if values := param.words("values"):
                return ", ".join(values)
            return f"[{self._label(param, depth)}]"

        return _INSERT.sub(filled, prose)

    def _label(self, param: Cursor, depth: int) -> str:
        if label := param.text("label"):
            return self.resolved(label, depth + 1)
        select = param.inner("select")
        choices = "; ".join(self.resolved(choice, depth + 1) for choice in select.words("choice"))
        if not choices:
            return param.text("id")
        many = {"en": " (one or more)", "fr": " (un ou plusieurs)"}[self.main]
        word = {"en": "Selection", "fr": "Choix"}[self.main]
        colon = {"en": ":", "fr": " :"}[self.main]
        return f"{word}{many if select.text('how-many') == 'one-or-more' else ''}{colon} {choices}"


def _prop(table: Cursor, name: str) -> str:
    """The value of a property; of several labels the one without a class."""
    found = [(prop.text("class"), prop.text("value")) for prop in table.each("props") if prop.text("name") == name]
    return next((value for kind, value in found if not kind), found[0][1] if found else "")


def _whole(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part)
