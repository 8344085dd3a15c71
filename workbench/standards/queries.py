"""Named reads of packs: the shelf, one pack with its versions and neighbours, drafts and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import defer

from workbench.checklists import library
from workbench.checklists import queries as checklists
from workbench.checklists.library import Clause, Crosswalk, Link, Neighbour, Pack
from workbench.checklists.models import Checklist, PackEdition
from workbench.checklists.store import Fault, Text
from workbench.database import db
from workbench.standards.formats.base import Imported
from workbench.standards.formats.mapping import Tied, tied
from workbench.standards.models import PackDraft, PackMapping
from workbench.standards.rules import DraftState, Origin, Part
from workbench.web.paging import Page

PER_PAGE = 25
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class OnShelf:
    """A pack as the shelf shows it."""

    id: str
    title: Text
    origin: str
    edition: str
    version: str
    languages: tuple[str, ...]
    clauses: int
    items: int
    used: int  # how many checklists were started with it, in whatever version


@dataclass(frozen=True)
class Tie:
    """A crosswalk of a pack, seen from that pack."""

    other: str
    title: Text
    is_edition: bool
    leads_there: bool
    source: Text
    strengths: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Near:
    """A clause of another pack that is near to one at hand, with its title."""

    found: Neighbour
    pack: Text
    title: Text


SORTS = {
    "title": lambda row: row.title.en.casefold(), "origin": lambda row: row.origin, "version": lambda row: row.version,
    "items": lambda row: row.items, "used": lambda row: row.used,
}  # fmt: skip


def shelf(*, search: str = "", origin: str = "", sort: str = "", page: int = 1, per_page: int = PER_PAGE) -> Page[OnShelf]:
    """The packs that fit, each in its newest version. Two queries whatever the number."""
    used = _used()
    rows = [_shipped(each, used) for each in library.library().values()]
    rows += [_own(each, used) for each in checklists.newest_editions()]
    words = search.casefold()
    fitting = [
        each for each in rows
        if words in f"{each.id} {each.title.en} {each.title.fr} {each.edition}".casefold() and origin in ("", each.origin)
    ]  # fmt: skip
    name = sort.removeprefix("-")
    fitting.sort(key=SORTS.get(name, SORTS["title"]), reverse=sort.startswith("-"))
    return Page(fitting[(page - 1) * per_page : page * per_page], page, len(fitting), per_page)


def _used() -> dict[str, int]:
    wanted = select(Checklist.pack_id, func.count()).group_by(Checklist.pack_id)
    return {pack_id: int(number) for pack_id, number in db.session.execute(wanted)}


def _shipped(pack: Pack, used: dict[str, int]) -> OnShelf:
    return OnShelf(
        pack.id, pack.title, Origin.SHIPPED, pack.edition, pack.version, pack.languages, len(pack.clauses),
        len(pack.items), used.get(pack.id, 0),
    )  # fmt: skip


def _own(row: PackEdition, used: dict[str, int]) -> OnShelf:
    return OnShelf(
        row.pack_id, Text(row.title_en, row.title_fr), row.origin, row.edition, row.version, tuple(row.languages),
        row.clauses, row.items, used.get(row.pack_id, 0),
    )  # fmt: skip


def versions(pack_id: str) -> Sequence[PackEdition]:
    """The editions of a pack of our own, the newest first, without their text."""
    wanted = select(PackEdition).where(PackEdition.pack_id == pack_id).order_by(PackEdition.id.desc())
    return db.session.scalars(wanted.options(defer(PackEdition.body))).all()


def edition_of(pack_id: str, version: str) -> PackEdition | None:
    """One edition with its text."""
    return db.session.scalar(select(PackEdition).where(PackEdition.pack_id == pack_id, PackEdition.version == version))


def pack_at(pack_id: str, version: str = "") -> Pack | None:
    """A pack in the version asked for, or as it is answered now; None where there is none such."""
    newest = checklists.installed(pack_id)
    if newest is None or version in ("", newest.version):
        return newest
    found = edition_of(pack_id, version)
    return None if found is None else checklists.editions_by_digest([found.digest])[found.digest]


def used_by(pack_id: str) -> int:
    """How many checklists were started with a pack."""
    return db.session.scalar(select(func.count()).where(Checklist.pack_id == pack_id)) or 0


def clauses_of(pack: Pack, search: str = "", *, page: int = 1, per_page: int = PER_PAGE) -> Page[Clause]:
    """The clauses whose number, title or questions have these words in them."""
    words = search.casefold()
    fitting = [each for each in pack.clauses if not words or words in _said(pack, each)]
    return Page(fitting[(page - 1) * per_page : page * per_page], page, len(fitting), per_page)


def _said(pack: Pack, clause: Clause) -> str:
    texts = [clause.title, *(item.question for item in pack.items_of_clause(clause.ref))]
    return " ".join([clause.ref, *(f"{each.en} {each.fr}" for each in texts)]).casefold()


def ties(pack_id: str) -> list[Tie]:
    """The shipped crosswalks from and to a pack, with how many links there are of each strength."""
    packs, found = library.library(), []
    for walk in library.crosswalks():
        if pack_id not in (walk.from_pack, walk.to_pack):
            continue
        leads_there = walk.from_pack == pack_id
        other = walk.to_pack if leads_there else walk.from_pack
        counts = {each: sum(link.strength == each for link in walk.links) for each in library.STRENGTHS}
        strengths = tuple((each, number) for each, number in counts.items() if number)
        found.append(Tie(other, packs[other].title, walk.kind == "transition", leads_there, walk.source, strengths))
    return found


def near(pack_id: str, ref: str) -> list[Near]:
    """The clauses of the shipped packs that are near to a clause of a shipped pack, the nearest first."""
    packs = library.library()
    return [
        Near(each, packs[each.pack_id].title, packs[each.pack_id].clause(each.clause).title)
        for each in library.neighbours(pack_id, ref)
    ]


def draft(draft_id: int) -> PackDraft | None:
    """One draft."""
    return db.session.get(PackDraft, draft_id)


def open_drafts() -> Sequence[PackDraft]:
    """The drafts that are neither published nor discarded, the one changed last first."""
    wanted = select(PackDraft).where(PackDraft.state == DraftState.OPEN).order_by(PackDraft.changed_at.desc(), PackDraft.id)
    return db.session.scalars(wanted).all()


def open_draft_of(pack_id: str) -> PackDraft | None:
    """The open draft of a pack, if there is one."""
    return db.session.scalar(select(PackDraft).where(PackDraft.pack_id == pack_id, PackDraft.state == DraftState.OPEN))


def checked(row: PackDraft) -> tuple[Pack, list[Fault]]:
    """A draft as far as it is a pack, and what is still wrong with it, in the words of the reader."""
    return library.faults_of(row.body, row.pack_id)


def entries(row: PackDraft, part: Part, search: str = "", *, page: int = 1, per_page: int = PER_PAGE) -> Page[dict[str, Any]]:
    """A page of a draft's clauses or questions that have these words in them."""
    words = search.casefold()
    lines = [each for each in row.body.get(part, []) if not words or words in _in_words(each)]
    return Page(lines[(page - 1) * per_page : page * per_page], page, len(lines), per_page)


def _in_words(entry: dict[str, Any]) -> str:
    texts = [*entry.get("title", {}).values(), *entry.get("question", {}).values()]
    return " ".join([entry.get("ref", ""), entry.get("key", ""), entry.get("clause", ""), *texts]).casefold()


@dataclass(frozen=True)
class Ties:
    """What the mappings of an import lead to: those whose packs are both here, and the others by name."""

    tied: tuple[Tied, ...]
    waiting: tuple[str, ...]  # mapping: pack that is not here


def tie_mappings(imported: Imported) -> Ties:
    """Tie the mappings of a file to the packs that are here, or come in the same file."""
    found, waiting = list[Tied](), list[str]()
    for mapping in imported.mappings:
        own = {imported.pack.id: imported.pack} if imported.pack else {}
        ends = {name: own.get(name) or checklists.installed(name) for name in (mapping.from_pack, mapping.to_pack)}
        start, end = ends[mapping.from_pack], ends[mapping.to_pack]
        if start is None or end is None:
            missing = ", ".join(name for name, pack in ends.items() if pack is None)
            waiting.append(f"{mapping.name}: {missing}")
        else:
            found.append(tied(mapping, start, end))
    return Ties(tuple(found), tuple(waiting))


def catalog_named(name: str) -> Pack | None:
    """The newest imported catalogue of that file name, or with that uuid in its source."""
    fits = PackEdition.source_name == name
    if _UUID.fullmatch(name.lower()):
        fits = or_(fits, PackEdition.body.contains(name.lower(), autoescape=True))
    wanted = select(PackEdition.digest).where(PackEdition.origin == Origin.IMPORTED, fits).order_by(PackEdition.id.desc())
    digest = db.session.scalar(wanted.limit(1))
    return None if digest is None else checklists.editions_by_digest([digest])[digest]


def file_of(pack: Pack) -> bytes:
    """The bytes of a pack's file as they were published or shipped, so that its fingerprint stays the same."""
    body = db.session.scalar(select(PackEdition.body).where(PackEdition.digest == pack.digest))
    return body.encode("utf-8") if body is not None else (library.PACKS / pack.id / "pack.toml").read_bytes()


def mappings_of(pack_id: str) -> Sequence[PackMapping]:
    """The imported mappings from and to a pack."""
    wanted = select(PackMapping).where(or_(PackMapping.from_pack == pack_id, PackMapping.to_pack == pack_id))
    return db.session.scalars(wanted.order_by(PackMapping.id)).all()


def mappings() -> Sequence[PackMapping]:
    """Every imported mapping, the newest first."""
    return db.session.scalars(select(PackMapping).order_by(PackMapping.id.desc())).all()


def mapping(mapping_id: int) -> PackMapping | None:
    """One imported mapping."""
    return db.session.get(PackMapping, mapping_id)


def mapping_with(digest: str) -> PackMapping | None:
    """The mapping with these links, if it was imported already."""
    return db.session.scalar(select(PackMapping).where(PackMapping.digest == digest))


def crosswalks_of(pack_id: str) -> list[Crosswalk]:
    """The shipped crosswalks from and to a pack, and the imported mappings in the same form."""
    found = [walk for walk in library.crosswalks() if pack_id in (walk.from_pack, walk.to_pack)]
    for row in mappings_of(pack_id):
        links = tuple(Link(each["from"], each["to"], "", "", _noted(each), each["strength"]) for each in row.links)
        found.append(Crosswalk(row.from_pack, row.to_pack, "", Text(row.source, ""), row.digest, links, "mapping"))
    return found


def _noted(link: dict[str, str]) -> Text:
    return Text(" · ".join(part for part in (link["relationship"], link.get("note", "")) if part), "")
