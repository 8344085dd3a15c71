"""Reads and validates the packs; nothing else knows the file format (docs/formats/pack.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from workbench.checklists import store
from workbench.checklists.store import ID, KEY, LANGUAGES, REF, Fault, PackInvalid, Reader, Text, UnknownPack, parse

PACKS = Path(__file__).resolve().parent / "packs"
DOCUMENTED_INFORMATION = (
    "none", "maintain", "retain", "maintain_and_retain", "available", "as_determined", "control", "amend", "consider",
)  # fmt: skip
GATE_VOCABULARIES = ("mandatory", "origin", "evidence", "roles", "decisions", "rules")
_BACK_TO = re.compile(r"back_to_S([1-9])")


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered clause of a standard: its number and short title, never its sentences."""

    ref: str
    parent: str | None
    title: Text
    title_origin: str  # iso | ours
    title_fr_origin: str  # iso | carried_over | ours
    bearing: bool  # carries requirements of its own, so at least one item asks about it
    grade: str | None  # A | B | C: how far number and title are trusted
    note: Text | None


@dataclass(frozen=True, slots=True)
class DocumentedInformation:
    """Whether a document or record is asked for, and which, in our own words."""

    kind: str  # one of DOCUMENTED_INFORMATION
    note: Text


@dataclass(frozen=True, slots=True)
class Ref:
    """A pointer from an item to a clause of a standard."""

    standard: str
    clause: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to answer. Standard items have a clause, gate items have a step."""

    key: str
    clause: str | None
    step: int | None
    question: Text
    guidance: Text | None
    expected_evidence: tuple[Text, ...]
    documented_information: DocumentedInformation | None
    mandatory: str  # yes | no | conditional
    condition: Text | None
    role: str | None
    evidence_kinds: tuple[str, ...]
    refs: tuple[Ref, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class Step:
    """One of the nine steps as the gate pack states it."""

    number: int
    key: str
    gate: str
    title: Text
    purpose: Text
    pdca: str
    bpm_phases: tuple[str, ...]
    itil_ci_steps: tuple[str, ...]
    itil5_lifecycle: tuple[str, ...]
    decisions: tuple[str, ...]


@dataclass(frozen=True)
class Pack:
    """A standard or the gates as data. `digest` is the SHA-256 of the bytes of pack.toml: an exact pin."""

    id: str
    kind: str  # standard | gates
    title: Text
    edition: str
    version: str
    languages: tuple[str, ...]
    wording: str
    source: Text
    notice: Text
    digest: str
    clauses: tuple[Clause, ...]
    items: tuple[Item, ...]
    steps: tuple[Step, ...]
    vocabularies: Mapping[str, Mapping[str, Text]]

    @cached_property
    def _by_key(self) -> dict[str, Item]:
        return {item.key: item for item in self.items}

    @cached_property
    def _by_ref(self) -> dict[str, Clause]:
        return {clause.ref: clause for clause in self.clauses}

    def item(self, key: str) -> Item:
        """KeyError tells that the pack has no such item."""
        return self._by_key[key]

    def clause(self, ref: str) -> Clause:
        return self._by_ref[ref]

    def step(self, number: int) -> Step:
        return next(step for step in self.steps if step.number == number)

    def has_clause(self, ref: str) -> bool:
        return ref in self._by_ref

    def items_of_step(self, number: int) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.step == number)

    def items_of_clause(self, ref: str) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.clause == ref)

    def word(self, vocabulary: str, key: str) -> Text:
        return self.vocabularies[vocabulary][key]

    def decision(self, key: str) -> Text:
        """The words of a gate decision, `back_to_S4` included."""
        back = _BACK_TO.fullmatch(key)
        if back is None:
            return self.word("decisions", key)
        return Text(f"send back to step {back[1]}", f"renvoyer à l’étape {back[1]}")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a clause of one edition went in the other."""

    from_clause: str
    to_clause: str
    relation: str  # same | changed | moved | into_parent
    confidence: str  # high | medium | low
    note: Text | None


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """All links between the clauses of two packs."""

    from_pack: str
    to_pack: str
    version: str
    source: Text
    digest: str
    links: tuple[Link, ...]

    def onward(self, clause: str) -> tuple[Link, ...]:
        return tuple(link for link in self.links if link.from_clause == clause)


def load(folder: Path) -> Pack:
    """The pack in `folder`, or PackInvalid with every fault."""
    read, faults = _read(folder)
    if faults:
        raise PackInvalid(faults)
    return read


def pack_ids(shelf: Path = PACKS) -> tuple[str, ...]:
    """The names of the packs on a shelf, without reading them."""
    return tuple(sorted(file.parent.name for file in shelf.glob("*/pack.toml")))


@cache
def pack(pack_id: str) -> Pack:
    """A shipped pack, read once per process at its first use."""
    if pack_id not in pack_ids():
        raise UnknownPack(f'no pack is called "{pack_id}"; there are: {", ".join(pack_ids())}')
    return load(PACKS / pack_id)


def library() -> dict[str, Pack]:
    """Every shipped pack by its id."""
    return {pack_id: pack(pack_id) for pack_id in pack_ids()}


@cache
def crosswalk(from_pack: str, to_pack: str) -> Crosswalk | None:
    """The shipped crosswalk between two packs, if there is one; it lies in the folder of the later pack."""
    packs = {from_pack: pack(from_pack), to_pack: pack(to_pack)}
    found = (load_crosswalk(file, packs) for file in sorted((PACKS / to_pack).glob("crosswalk_*.toml")))
    return next((walk for walk in found if (walk.from_pack, walk.to_pack) == (from_pack, to_pack)), None)


def load_crosswalk(file: Path, packs: Mapping[str, Pack]) -> Crosswalk:
    """The crosswalk in `file`, or PackInvalid when a link ends nowhere or a clause is left out."""
    walk, faults = _read_crosswalk(file, packs)
    if faults:
        raise PackInvalid(faults)
    return walk


def examine(folder: Path) -> tuple[Pack, list[Fault]]:
    """All that `workbench packs check` looks at: the pack, its README, its references and its crosswalks."""
    read, faults = _read(folder)
    packs = _neighbours(folder) | {read.id: read}
    faults += store.folder_faults(folder)
    for number, item in enumerate(read.items, start=1):
        faults += [
            Fault(folder / "pack.toml", f'items[{number}] "{item.key}"', f'{ref.standard} has no clause "{ref.clause}"',
                  "correct the reference")
            for ref in item.refs if ref.standard in packs and not packs[ref.standard].has_clause(ref.clause)
        ]  # fmt: skip
    for file in sorted(folder.glob("crosswalk_*.toml")):
        faults += _read_crosswalk(file, packs)[1]
    return read, faults


def _neighbours(folder: Path) -> dict[str, Pack]:
    """The sound packs a folder may refer to: those beside it and the shipped ones."""
    folders = {shelf / name for shelf in (PACKS, folder.resolve().parent) for name in pack_ids(shelf)}
    sound = (found for found, faults in map(_read, sorted(folders)) if not faults)
    return {found.id: found for found in sound}


def _read(folder: Path) -> tuple[Pack, list[Fault]]:
    faults: list[Fault] = []
    top, digest = parse(folder / "pack.toml", faults)
    if faults:
        return _pack(Reader({}, "", [], top.file), digest), faults
    read = _pack(top, digest)
    for place, problem, remedy in (*_loose_ends(read), *_head_faults(read, folder.resolve().name)):
        faults.append(Fault(top.file, place, problem, remedy))
    return read, faults


def _pack(top: Reader, digest: str) -> Pack:
    head = top.table("pack")
    kind = head.word("kind", ("standard", "gates"))
    gates = kind == "gates"
    words = top.table("vocabularies") if gates else Reader({}, "", [], top.file)
    vocabularies = {name: _vocabulary(words, name) for name in GATE_VOCABULARIES} if gates else {}
    read = Pack(
        id=head.word("id", ID), kind=kind, title=head.text("title"), edition=head.word("edition"),
        version=head.word("version"), languages=head.words("languages", LANGUAGES),
        wording=head.word("wording", ("own",)), source=head.text("source"), notice=head.text("notice"), digest=digest,
        clauses=() if gates else tuple(_clause(table) for table in top.tables("clauses")),
        items=tuple(_gate_item(table, vocabularies) if gates else _item(table) for table in top.tables("items")),
        steps=tuple(_step(table, vocabularies) for table in top.tables("steps")) if gates else (),
        vocabularies=vocabularies,
    )  # fmt: skip
    for reader in (head, words, top):
        reader.close()
    return read


def _vocabulary(words: Reader, name: str) -> dict[str, Text]:
    reader = Reader(words.take(name, dict, {}), f"[vocabularies.{name}]", words.faults, words.file)
    return {key: reader.text(key) for key in tuple(reader.rest)}


def _clause(table: Reader) -> Clause:
    clause = Clause(
        ref=table.word("ref", REF), parent=table.word("parent", REF, optional=True) or None,
        title=table.text("title"), title_origin=table.word("title_origin", ("iso", "ours")),
        title_fr_origin=table.word("title_fr_origin", ("iso", "carried_over", "ours")),
        bearing=table.take("bearing", bool, False),
        grade=table.word("grade", ("A", "B", "C"), optional=True) or None, note=table.maybe_text("note"),
    )  # fmt: skip
    table.close()
    return clause


def _item(table: Reader) -> Item:
    """An item of a standard: every one of them blocks nothing by itself, so it is mandatory to answer."""
    item = Item(
        key=table.word("key", KEY), clause=table.word("clause", REF), step=None, question=table.text("question"),
        guidance=table.text("guidance"), expected_evidence=table.texts("expected_evidence"),
        documented_information=_documented_information(table), mandatory="yes", condition=None, role=None,
        evidence_kinds=(), refs=_refs(table) if "refs" in table.rest else (), origin="ours",
    )  # fmt: skip
    table.close()
    return item


def _documented_information(table: Reader) -> DocumentedInformation:
    key = "documented_information"
    if not isinstance(table.rest.get(key), dict):
        return DocumentedInformation("", table.text(key))
    inner = Reader(table.rest[key], f"{table.place}, {key}", table.faults, table.file)
    kind = inner.word("kind", DOCUMENTED_INFORMATION)
    table.rest[key] = inner.rest
    return DocumentedInformation(kind, table.text(key))


def _gate_item(table: Reader, vocabularies: Mapping[str, Mapping[str, Text]]) -> Item:
    kinds = table.words("evidence", vocabularies["evidence"])
    item = Item(
        key=table.word("key", KEY), clause=None, step=table.take("step", int, 0), question=table.text("question"),
        guidance=table.maybe_text("guidance"),
        expected_evidence=tuple(vocabularies["evidence"][kind] for kind in kinds if kind in vocabularies["evidence"]),
        documented_information=None, mandatory=table.word("mandatory", vocabularies["mandatory"]),
        condition=table.maybe_text("condition"), role=table.word("role", vocabularies["roles"]), evidence_kinds=kinds,
        refs=_refs(table), origin=table.word("origin", vocabularies["origin"]),
    )  # fmt: skip
    if (item.mandatory == "conditional") != (item.condition is not None):
        table.fault('"condition" and mandatory = "conditional" belong together', "give both or neither")
    table.close()
    return item


def _refs(table: Reader) -> tuple[Ref, ...]:
    found = []
    for value in table.take("refs", list, []):
        reader = Reader(value, f"{table.place}, refs", table.faults, table.file)
        found.append(Ref(reader.word("standard", ID), reader.word("clause", REF)))
        reader.close()
    return tuple(found)


def _step(table: Reader, vocabularies: Mapping[str, Mapping[str, Text]]) -> Step:
    known = (*vocabularies["decisions"], *(f"back_to_S{number}" for number in range(1, 10)))
    step = Step(
        number=table.take("number", int, 0), key=table.word("key", ID), gate=table.word("gate"),
        title=table.text("title"), purpose=table.text("purpose"),
        pdca=table.word("pdca", ("plan", "do", "check", "act")),
        bpm_phases=table.words("bpm_phases"), itil_ci_steps=table.words("itil_ci_steps"),
        itil5_lifecycle=table.words("itil5_lifecycle"), decisions=table.words("decisions", known),
    )  # fmt: skip
    table.close()
    return step


def _loose_ends(read: Pack) -> Iterator[tuple[str, str, str]]:
    """References inside the pack that lead nowhere, and clauses or steps nobody asks about."""
    asked, numbers = {item.clause for item in read.items}, {step.number for step in read.steps}
    above: set[str] = set()
    for number, clause in enumerate(read.clauses, start=1):
        place = f'clauses[{number}] "{clause.ref}"'
        if clause.parent and clause.parent not in above:
            yield place, f'its parent "{clause.parent}" is not among the clauses above it', "put the parent first"
        above.add(clause.ref)
        if clause.bearing and clause.ref not in asked:
            yield place, "it bears requirements, but no item asks about it", f'add an item with clause = "{clause.ref}"'
    for number, item in enumerate(read.items, start=1):
        place = f'items[{number}] "{item.key}"'
        if item.clause and not read.has_clause(item.clause):
            yield place, f'its clause "{item.clause}" is not among the clauses', "add the clause or correct the item"
        if item.step is not None and item.step not in numbers:
            yield place, f"its step {item.step} is not among the steps", "add the step or correct the item"


def _head_faults(read: Pack, folder: str) -> Iterator[tuple[str, str, str]]:
    if read.id and read.id != folder:
        yield "[pack]", f'"id" is "{read.id}", but the folder is called "{folder}"', "give both the same name"
    if read.languages and not set(LANGUAGES) <= set(read.languages):
        yield "[pack]", f'"languages" is {", ".join(read.languages)}', "every pack speaks en and fr"


def _read_crosswalk(file: Path, packs: Mapping[str, Pack]) -> tuple[Crosswalk, list[Fault]]:
    faults: list[Fault] = []
    top, digest = parse(file, faults)
    if faults:
        return Crosswalk("", "", "", Text("", ""), digest, ()), faults
    head = top.table("crosswalk")
    walk = Crosswalk(
        from_pack=head.word("from", packs), to_pack=head.word("to", packs), version=head.word("version"),
        source=head.text("source"), digest=digest, links=tuple(_link(table) for table in top.tables("links")),
    )  # fmt: skip
    head.close()
    top.close()
    for number, link in enumerate(walk.links, start=1):
        for name, ref in ((walk.from_pack, link.from_clause), (walk.to_pack, link.to_clause)):
            if name in packs and ref and not packs[name].has_clause(ref):
                place = f'links[{number}] "{link.from_clause}"'
                faults.append(Fault(file, place, f'{name} has no clause "{ref}"', "correct the link"))
    linked = {link.from_clause for link in walk.links}
    for clause in packs[walk.from_pack].clauses if walk.from_pack in packs else ():
        if clause.ref not in linked:
            faults.append(Fault(file, "", f'clause "{clause.ref}" of {walk.from_pack} has no link', "add one"))
    return walk, faults


def _link(table: Reader) -> Link:
    link = Link(
        from_clause=table.word("from", REF), to_clause=table.word("to", REF),
        relation=table.word("relation", ("same", "changed", "moved", "into_parent")),
        confidence=table.word("confidence", ("high", "medium", "low")), note=table.maybe_text("note"),
    )  # fmt: skip
    table.close()
    return link
