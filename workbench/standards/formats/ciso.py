"""Reads the libraries of CISO Assistant (YAML): a framework as a pack, requirement mapping sets as mappings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.standards.formats import marked
from workbench.standards.formats.base import (
    MOST_NODES,
    Document,
    Faults,
    Imported,
    MappedLink,
    MappingSet,
    Refs,
    Remarks,
    alike,
    finished,
    plain_id,
    plain_version,
    shortened,
    spoken,
)  # fmt: skip
from workbench.standards.formats.marked import Cursor

Words = dict[str, str]
STRENGTH_OF = {"equal": "identical", "subset": "direct", "superset": "direct", "intersect": "partial"}
_QUESTIONS = {"en": "Questions of the library:", "fr": "Questions de la bibliothèque :"}
_MEASURES = {"en": "Suggested measures:", "fr": "Mesures suggérées :"}
_NO_NOTICE = {
    "en": "The file names no copyright. Ask its provider what may be done with the texts.",
    "fr": "Le fichier n’indique aucun droit d’auteur. Demandez à son fournisseur ce qu’il est permis de faire des textes.",
}
_LEFT = (
    "threats",
    "risk_matrix",
    "risk_matrices",
    "metric_definitions",
    "preset",
    "ttp_catalogs",
    "tactics",
    "techniques",
)


def read(data: bytes, name: str, *, pack_id: str = "", version: str = "") -> Imported:
    """What a library holds. PackInvalid with every fault."""
    faults, remarks = Faults(name), Remarks()
    top = Cursor(marked.of_yaml(data, faults), "", faults)
    faults.check()
    objects = top.inner("objects")
    mappings = tuple(_mappings(objects, top, remarks))
    frameworks = [*objects.each("frameworks"), *([objects.inner("framework")] if "framework" in objects.table else [])]
    if len(frameworks) > 1:
        raise faults.stop(objects.place(), f"holds {len(frameworks)} frameworks", "import one file for each framework")
    if not frameworks and not mappings:
        held = ", ".join(objects.table) or "nothing"
        faults.add(
            objects.place(), f"holds no framework and no mapping, but: {held}", "choose a library with a framework"
        )
    if not frameworks:
        faults.check()
        return Imported(None, b"", "ciso", 0, 0, remarks.all(), mappings)
    library = _Library(top, objects, frameworks[0], remarks)
    document = library.document(name, pack_id, version)
    faults.check()
    return finished(document, name=name, kind="ciso", nodes=len(library.refs), remarks=remarks, mappings=mappings)


def _mappings(objects: Cursor, top: Cursor, remarks: Remarks) -> Iterator[MappingSet]:
    """The mapping sets; a set that only says another one backwards is counted, not taken."""
    single = [objects.inner("requirement_mapping_set")] if "requirement_mapping_set" in objects.table else []
    known: list[set[tuple[str, str]]] = []
    for each in (*single, *objects.each("requirement_mapping_sets")):
        links = tuple(_link(link) for link in each.each("requirement_mappings"))
        ends = {(link.source, link.target) for link in links}
        title = each.text("name") or each.text("ref_id", required=True)
        source, target = (
            each.text("source_framework_urn", required=True),
            each.text("target_framework_urn", required=True),
        )
        if {(to, from_) for from_, to in ends} in known:
            remarks.add("mapping_backwards", title)
            continue
        known.append(ends)
        told = " · ".join(part for part in (top.text("urn"), top.text("version"), top.text("copyright")) if part)
        yield MappingSet(title, plain_id(source.rsplit(":", 1)[-1]), plain_id(target.rsplit(":", 1)[-1]), told, links)


def _link(link: Cursor) -> MappedLink:
    relationship = link.text("relationship", required=True)
    if relationship and relationship not in STRENGTH_OF:
        link.fault("relationship", f'is "{relationship[:40]}"', f"use one of: {', '.join(STRENGTH_OF)}")
    strength = link.text("strength_of_relationship")
    notes = (link.text("rationale"), link.text("annotation"), f"strength {strength}" if strength else "")
    return MappedLink(
        _tail(link.text("source_requirement_urn", required=True)), _tail(link.text("target_requirement_urn", required=True)),
        relationship, " · ".join(note for note in notes if note),
    )  # fmt: skip


def _tail(urn: str) -> str:
    """What a node is called inside its framework: `a.5.1` of `urn:intuitem:risk:req_node:iso27001-2022:a.5.1`."""
    parts = urn.split(":", 5)
    return parts[5] if len(parts) > 5 and parts[5] else urn.rsplit(":", 1)[-1]  # urn, two names, kind, framework, node


class _Library:
    """One framework of a library on its way to a pack."""

    def __init__(self, top: Cursor, objects: Cursor, framework: Cursor, remarks: Remarks) -> None:
        self.top, self.objects, self.framework, self.remarks = top, objects, framework, remarks
        locale = (top.text("locale") or "en")[:2].lower()
        self.locale, self.main = locale, "fr" if locale == "fr" else "en"
        self.refs: dict[str, str] = {}
        self.groups: dict[str, list[str]] = {}
        self.other_languages: dict[str, int] = {}
        self.both = False
        self.measures: dict[str, Words] = {}

    def document(self, name: str, pack_id: str, version: str) -> Document:
        """The pack as the tables of its file."""
        self._read_measures()
        nodes = list(self.framework.each("requirement_nodes"))
        if not nodes:
            self.framework.fault("requirement_nodes", "there are none", "choose a library with requirements")
        if len(nodes) > MOST_NODES:
            self.framework.fault("requirement_nodes", f"there are {len(nodes):,}", f"at most {MOST_NODES:,} are read")
            nodes = []
        clauses, items = self._tables(self._sorted(nodes))
        head = self._head(name, pack_id, version)
        self._remark_the_rest()
        document: Document = {"pack": head, "clauses": clauses, "items": items}
        if groupings := self._groupings():
            document["groupings"] = groupings
        return document

    def _tables(self, nodes: list[Cursor]) -> tuple[list[Document], list[Document]]:
        names, clauses, items = Refs(self.remarks), list[Document](), list[Document]()
        for node in nodes:
            urn = node.text("urn", required=True)
            wished, tail = node.text("ref_id"), _tail(urn)
            ref = names.take(wished if wished and alike(wished) == alike(tail) else tail or "node")
            self.refs[urn] = ref
            clause, item = self._node(node, ref, f"{wished} " if wished and wished != ref else "")
            clauses.append(clause)
            items += [item] if item else []
            node.seen.add("depth")  # the parents tell it
            for field in node.rest():
                self.remarks.add("field", field)
        return clauses, items

    def _sorted(self, nodes: list[Cursor]) -> list[Cursor]:
        """The nodes, each after its parent; faults for a parent that is missing or is its own descendant."""
        by_urn: dict[str, Cursor] = {}
        for node in nodes:
            urn = node.text("urn")
            if urn and urn in by_urn:
                node.fault("urn", f'"{urn}" is already the urn of another node', "give each its own")
            by_urn.setdefault(urn, node)
        done: dict[str, Cursor] = {}
        for node in nodes:
            chain: list[tuple[str, Cursor]] = []
            urn, current = node.text("urn"), node
            while urn not in done and all(urn != known for known, _ in chain):
                chain.append((urn, current))
                urn = current.text("parent_urn")
                if not urn:
                    break
                if urn not in by_urn:
                    current.fault("parent_urn", f'"{urn}" is no node of this framework', "add the node or correct it")
                    break
                current = by_urn[urn]
            else:
                if urn not in done:
                    node.fault("parent_urn", "the node lies below itself", "correct parent_urn")
            done.update(reversed(chain))
        return list(done.values())

    def _node(self, node: Cursor, ref: str, prefix: str) -> tuple[Document, Document | None]:
        title, told = self._words(node, "name"), self._words(node, "description")
        annotation, evidence = self._words(node, "annotation"), self._words(node, "typical_evidence")
        asks = node.truth("assessable")
        clause: Document = {"ref": ref}
        if parent := node.text("parent_urn"):
            clause["parent"] = self.refs.get(parent, "")
        clause["kind"] = "clause" if asks else "chapter"
        shown = {language: title.get(language) or shortened(told.get(language, "")) for language in ("en", "fr")}
        shown = {language: f"{prefix}{words}".strip() for language, words in shown.items() if words}
        clause["title"] = self._spoken(shown) or spoken(*_in(self.main, prefix.strip() or ref))
        clause |= {"title_origin": "publisher", "title_fr_origin": "ours", "bearing": asks}
        more = (annotation, self._questions(node), self._measures_of(node))
        for group in dict.fromkeys(node.words("implementation_groups")):
            self.groups.setdefault(group, []).append(ref)
        if not asks:
            notes = self._joined(told if title else _whole(told), annotation, evidence, *more[1:])
            return clause | ({"note": notes} if notes else {}), None
        item: Document = {"key": f"{ref}-1", "clause": ref, "question": self._spoken(told or title) or clause["title"]}
        if guidance := self._joined(*more):
            item["guidance"] = guidance
        if evidence:
            item["expected_evidence"] = self._evidence(evidence)
        return clause, item

    def _questions(self, node: Cursor) -> Words:
        """The questions a library asks about one requirement, as lines of its guidance, with the answers it offers."""
        asked = node.inner("questions")
        lines = []
        for urn in asked.table:
            question = asked.inner(urn)
            question.text("type")
            choices = [choice.text("value") for choice in question.each("choices")]
            offered = " / ".join(choice for choice in choices if choice)
            lines.append(f"– {question.text('text')}" + (f" ({offered})" if offered else ""))
            for field in question.rest():
                self.remarks.add("field", f"questions.{field}")
        return {self.main: "\n".join((_QUESTIONS[self.main], *lines))} if lines else {}

    def _measures_of(self, node: Cursor) -> Words:
        lines: dict[str, list[str]] = {}
        for urn in node.words("reference_controls"):
            for language, words in (self.measures.get(urn) or {self.main: urn.rsplit(":", 1)[-1]}).items():
                lines.setdefault(language, [_MEASURES[language]]).append(f"– {words}")
        return {language: "\n".join(each) for language, each in lines.items()}

    def _read_measures(self) -> None:
        for control in self.objects.each("reference_controls"):
            named = self._words(control, "name") or {self.main: control.text("ref_id")}
            number = control.text("ref_id")
            self.measures[control.text("urn")] = {
                language: words if words == number else f"{number} {words}".strip() for language, words in named.items()
            }
            self.remarks.add("measure", number)

    def _evidence(self, evidence: Words) -> Document:
        lists = {
            language: [line.strip(" \t-–•*") for line in words.splitlines() if line.strip(" \t-–•*")] or [words]
            for language, words in self._spoken(evidence).items()
        }
        if len({len(entries) for entries in lists.values()}) > 1:
            lists = {language: [words] for language, words in self._spoken(evidence).items()}
        return lists

    def _words(self, table: Cursor, key: str) -> Words:
        """A field in the languages a pack speaks; translations into other ones are counted."""
        found = {self.locale: table.text(key)}
        translations = table.inner("translations")
        for language in translations.table:
            words = translations.inner(language).text(key)
            if language in ("en", "fr") and language != self.locale:
                found[language] = words
            elif words:
                self.other_languages[language] = self.other_languages.get(language, 0) + 1
        if self.locale not in ("en", "fr"):
            own = found.pop(self.locale)
            if own and not found.get("en"):
                found["en"] = own
                self.remarks.add("foreign_text", f"{self.locale}: {own}")
        return {language: words for language, words in found.items() if words}

    def _spoken(self, words: Words) -> Words:
        """A text whose main language always says something."""
        if not words:
            return {}
        filled = {self.main: next(iter(words.values())), **words}
        self.both = self.both or len(filled) > 1
        return spoken(filled.get("en", ""), filled.get("fr", ""))

    def _joined(self, *parts: Words) -> Words:
        """Parts one below the other, in each language; what one language lacks is told in the main one."""
        languages = {language for part in parts for language in part}
        if not languages:
            return {}
        found = {}
        for language in languages | {self.main}:
            said = [part.get(language) or part.get(self.main) or next(iter(part.values())) for part in parts if part]
            found[language] = "\n\n".join(said)
        return self._spoken(found)

    def _head(self, name: str, pack_id: str, version: str) -> Document:
        top, framework = self.top, self.framework
        title = self._words(framework, "name") or self._words(top, "name")
        facts = (top.text("urn"), top.text("provider"), top.text("packager"), top.text("publication_date"))
        known = " · ".join(fact for fact in facts if fact)
        about = self._words(framework, "description") or self._words(top, "description")
        notice = self._spoken(self._words(top, "copyright")) or {self.main: _NO_NOTICE[self.main]}
        source = {
            "en": f"Imported from {name}, a library of CISO Assistant ({known}).",
            "fr": f"Importé de {name}, une bibliothèque de CISO Assistant ({known}).",
        }
        if about:
            source = {
                lang: f"{words} {about.get(lang) or next(iter(about.values()))}" for lang, words in source.items()
            }
        other = "en" if self.main == "fr" else "fr"
        languages = [self.main, other] if self.both else [self.main]
        return {
            "id": pack_id or plain_id(framework.text("urn").rsplit(":", 1)[-1] or framework.text("ref_id")),
            "kind": "standard", "edition": (top.text("publication_date") or top.text("version") or "1")[:60],
            "version": version or plain_version(top.text("version"), self.remarks), "languages": languages, "wording": "others",
            "title": self._spoken(title) or {self.main: framework.text("ref_id") or name},
            "source": {lang: words for lang, words in source.items() if lang in languages},
            "notice": notice,
        }  # fmt: skip

    def _groupings(self) -> list[Document]:
        """The implementation groups as one grouping; a clause may be in several of them."""
        titles: dict[str, Words] = {}
        for group in self.framework.each("implementation_groups_definition"):
            key = group.text("ref_id", required=True)
            titles[key] = self._spoken(self._words(group, "name")) or {self.main: key or "–"}
            if told := self._words(group, "description"):
                self.remarks.add("group_description", next(iter(told.values())))
        for key in self.groups:
            titles.setdefault(key, {self.main: key.strip() or "–"})
        if not titles:
            return []
        taken: dict[str, int] = {}
        groups = []
        for key, title in titles.items():
            plain = plain_id(key)
            taken[plain] = taken.get(plain, 0) + 1
            own = plain if taken[plain] == 1 else f"{plain}_{taken[plain]}"
            groups.append({"key": own, "title": title, "refs": self.groups.get(key, [])})
        title = spoken(*(words if self.both or self.main == lang else "" for lang, words in _GROUPS.items()))
        return [{"key": "implementation_groups", "title": title, "groups": groups}]

    def _remark_the_rest(self) -> None:
        for language, times in sorted(self.other_languages.items()):
            self.remarks.add("language", language, times)
        if self.framework.values("scores_definition") or self.framework.text("max_score"):
            self.remarks.add("score", count=max(len(self.framework.values("scores_definition")), 1))
        for key in _LEFT:
            held: Any = self.objects.table.get(key)
            if held:
                self.remarks.add("object", key, len(held) if isinstance(held, list) else 1)


_GROUPS = {"en": "Implementation groups", "fr": "Groupes de mise en œuvre"}


def _in(language: str, words: str) -> tuple[str, str]:
    return ("", words) if language == "fr" else (words, "")


def _whole(told: Words) -> Words:
    """What a shortened title leaves out."""
    return {language: words for language, words in told.items() if shortened(words) != " ".join(words.split())}
