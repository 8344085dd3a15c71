"""Turns the tables of a pack.toml or a crosswalk into what shapes.py describes, and lists every fault on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from workbench.checklists.library.shapes import (
    CLAUSE_KINDS,
    DOCUMENTED_INFORMATION,
    OF_RELATION,
    STRENGTHS,
    Clause,
    Crosswalk,
    DocumentedInformation,
    Group,
    Grouping,
    Item,
    Link,
    Pack,
    Ref,
    Step,
)  # fmt: skip
from workbench.checklists.store import ID, KEY, LANGUAGES, REF, Fault, Reader, Text, parse, parse_bytes

GATE_VOCABULARIES = ("mandatory", "origin", "evidence", "roles", "decisions", "rules")


def read_folder(folder: Path) -> tuple[Pack, list[Fault]]:
    """The pack in a folder by the strict rules of shipped packs, with its faults."""
    faults: list[Fault] = []
    top, digest = parse(folder / "pack.toml", faults)
    if faults:
        return _pack(Reader({}, "", [], top.file), digest), faults
    read = _pack(top, digest)
    for place, problem, remedy in (*_loose_ends(read), *_head_faults(read, folder.resolve().name)):
        faults.append(Fault(top.file, place, problem, remedy))
    return read, faults


def read_bytes(data: bytes, name: str) -> tuple[Pack, list[Fault]]:
    """A pack that is not shipped, by the rules for own and imported ones, with its faults."""
    faults: list[Fault] = []
    top, digest = parse_bytes(data, Path(name), faults)
    if faults:
        return _pack(Reader({}, "", [], top.file), digest), faults
    return read_tables(top, digest)


def read_tables(top: Reader, digest: str = "") -> tuple[Pack, list[Fault]]:
    """The same from the tables themselves."""
    faults, head = top.faults, top.rest.get("pack")
    spoken = head.get("languages") if isinstance(head, dict) else None
    top.main = next((each for each in spoken if each in LANGUAGES), "en") if isinstance(spoken, list) else "en"
    read = _pack(top, digest)
    if isinstance(spoken, list) and not spoken:
        faults.append(Fault(top.file, "[pack]", '"languages" is empty', "use one of: en, fr"))
    faults += [Fault(top.file, *each) for each in _loose_ends(read)]
    return read, faults


def _pack(top: Reader, digest: str) -> Pack:
    head = top.table("pack")
    lenient = bool(top.main)
    kind = head.word("kind", ("standard",) if lenient else ("standard", "gates"))
    gates = kind == "gates"
    words = top.table("vocabularies") if gates else Reader({}, "", [], top.file)
    vocabularies = {name: _vocabulary(words, name) for name in GATE_VOCABULARIES} if gates else {}
    read = Pack(
        id=head.word("id", ID), kind=kind, title=head.text("title"), edition=head.word("edition"),
        version=head.word("version"), languages=head.words("languages", LANGUAGES),
        wording=head.word("wording", ("own", "others") if lenient else ("own",)), source=head.text("source"),
        notice=head.text("notice"), digest=digest,
        clauses=() if gates else tuple(_clause(table) for table in top.tables("clauses", optional=lenient)),
        items=tuple(
            _gate_item(table, vocabularies) if gates else _item(table) for table in top.tables("items", optional=lenient)
        ),
        steps=tuple(_step(table, vocabularies) for table in top.tables("steps")) if gates else (),
        vocabularies=vocabularies,
        groupings=tuple(_grouping(table) for table in top.tables("groupings")) if "groupings" in top.rest else (),
    )  # fmt: skip
    for reader in (head, words, top):
        reader.close()
    return read


def _vocabulary(words: Reader, name: str) -> dict[str, Text]:
    reader = words.inner(words.take(name, dict, {}), f"[vocabularies.{name}]")
    return {key: reader.text(key) for key in tuple(reader.rest)}


def _clause(table: Reader) -> Clause:
    lenient = bool(table.main)
    clause = Clause(
        ref=table.word("ref", REF), parent=table.word("parent", REF, optional=True) or None,
        title=table.text("title"),
        title_origin=table.word("title_origin", ("iso", "publisher", "ours"), optional=lenient) or "ours",
        title_fr_origin=table.word("title_fr_origin", ("iso", "carried_over", "ours"), optional=lenient) or "ours",
        bearing=table.take("bearing", bool, False, optional=lenient),
        grade=table.word("grade", ("A", "B", "C"), optional=True) or None, note=table.maybe_text("note"),
        kind=table.word("kind", CLAUSE_KINDS, optional=True),
    )  # fmt: skip
    table.close()
    return clause


def _grouping(table: Reader) -> Grouping:
    grouping = Grouping(table.word("key", ID), table.text("title"), tuple(map(_group, table.tables("groups"))))
    table.close()
    return grouping


def _group(table: Reader) -> Group:
    group = Group(table.word("key", REF), table.text("title"), table.words("refs"))
    table.close()
    return group


def _item(table: Reader) -> Item:
    """An item of a standard: every one of them blocks nothing by itself, so it is mandatory to answer."""
    lenient = bool(table.main)
    has_evidence = not lenient or "expected_evidence" in table.rest
    item = Item(
        key=table.word("key", KEY), clause=table.word("clause", REF), step=None, question=table.text("question"),
        guidance=table.maybe_text("guidance") if lenient else table.text("guidance"),
        expected_evidence=table.texts("expected_evidence") if has_evidence else (),
        documented_information=_documented_information(table), mandatory="yes", condition=None, role=None,
        evidence_kinds=(), refs=_refs(table) if "refs" in table.rest else (), origin="ours",
    )  # fmt: skip
    table.close()
    return item


def _documented_information(table: Reader) -> DocumentedInformation | None:
    key = "documented_information"
    if table.main and key not in table.rest:
        return None
    if not isinstance(table.rest.get(key), dict):
        return DocumentedInformation("", table.text(key))
    inner = table.inner(table.rest[key], f"{table.place}, {key}")
    kind = inner.word("kind", DOCUMENTED_INFORMATION)
    if table.main and not inner.rest:
        del table.rest[key]
        return DocumentedInformation(kind, Text("", ""))
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
        reader = table.inner(value, f"{table.place}, refs")
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
    yield from _loose_groups(read)


def _loose_groups(read: Pack) -> Iterator[tuple[str, str, str]]:
    for number, grouping in enumerate(read.groupings, start=1):
        for group in grouping.groups:
            for ref in group.refs:
                if not read.has_clause(ref):
                    place = f'groupings[{number}] "{grouping.key}", "{group.key}"'
                    yield place, f'"{ref}" is not among the clauses', "add the clause or correct refs"


def _head_faults(read: Pack, folder: str) -> Iterator[tuple[str, str, str]]:
    """What is asked of a folder, and of every pack in one: its name, both languages, each clause in one group."""
    if read.id and read.id != folder:
        yield "[pack]", f'"id" is "{read.id}", but the folder is called "{folder}"', "give both the same name"
    if read.languages and not set(LANGUAGES) <= set(read.languages):
        yield "[pack]", f'"languages" is {", ".join(read.languages)}', "every pack speaks en and fr"
    for number, grouping in enumerate(read.groupings, start=1):
        times = Counter(ref for group in grouping.groups for ref in group.refs)
        for clause in read.clauses:
            if clause.bearing and times[clause.ref] != 1:
                problem = f'clause "{clause.ref}" is in {times[clause.ref]} of its groups'
                yield f'groupings[{number}] "{grouping.key}"', problem, "put it in exactly one"


def read_crosswalk(file: Path, packs: Mapping[str, Pack]) -> tuple[Crosswalk, list[Fault]]:
    """The crosswalk in a file, with its faults."""
    faults: list[Fault] = []
    top, digest = parse(file, faults)
    if faults:
        return Crosswalk("", "", "", Text("", ""), digest, ()), faults
    head = top.table("crosswalk")
    kind = head.word("kind", ("transition", "mapping"), optional=True) or "transition"
    read = _link if kind == "transition" else _mapped
    walk = Crosswalk(
        from_pack=head.word("from", packs), to_pack=head.word("to", packs), version=head.word("version"),
        source=head.text("source"), digest=digest, links=tuple(read(table) for table in top.tables("links")), kind=kind,
    )  # fmt: skip
    head.close()
    top.close()
    faults += _loose_links(file, walk, packs)
    return walk, faults


def _loose_links(file: Path, walk: Crosswalk, packs: Mapping[str, Pack]) -> Iterator[Fault]:
    """Links that end nowhere, a link written twice, and for a transition the clauses left out."""
    seen: set[tuple[str, str]] = set()
    for number, link in enumerate(walk.links, start=1):
        place = f'links[{number}] "{link.from_clause}"'
        for name, ref in ((walk.from_pack, link.from_clause), (walk.to_pack, link.to_clause)):
            if name in packs and ref and not packs[name].has_clause(ref):
                yield Fault(file, place, f'{name} has no clause "{ref}"', "correct the link")
        if (link.from_clause, link.to_clause) in seen:
            yield Fault(file, place, f'its link to "{link.to_clause}" stands above already', "remove one")
        seen.add((link.from_clause, link.to_clause))
    if walk.kind == "transition" and walk.from_pack in packs:
        linked = {link.from_clause for link in walk.links}
        for clause in packs[walk.from_pack].clauses:
            if clause.ref not in linked:
                yield Fault(file, "", f'clause "{clause.ref}" of {walk.from_pack} has no link', "add one")


def _link(table: Reader) -> Link:
    relation = table.word("relation", ("same", "changed", "moved", "into_parent"))
    link = Link(
        from_clause=table.word("from", REF), to_clause=table.word("to", REF), relation=relation,
        confidence=table.word("confidence", ("high", "medium", "low")), note=table.maybe_text("note"),
        strength=OF_RELATION.get(relation, ""),
    )  # fmt: skip
    table.close()
    return link


def _mapped(table: Reader) -> Link:
    link = Link(
        from_clause=table.word("from", REF), to_clause=table.word("to", REF), relation="", confidence="",
        note=table.maybe_text("note"), strength=table.word("strength", STRENGTHS),
    )  # fmt: skip
    table.close()
    return link
