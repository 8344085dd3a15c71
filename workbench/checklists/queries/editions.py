"""Which packs there are to answer: the shipped ones and the editions of our own, and the one a checklist is pinned to."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from workbench.checklists import library
from workbench.checklists.library import DocumentedInformation, Item, Pack, Ref
from workbench.checklists.models import Checklist, PackEdition, PackWording
from workbench.checklists.store import Text, UnknownPack
from workbench.database import db

# The newest edition first, by its day: one that came with a project from elsewhere may be older than what is here.
_NEWEST = (PackEdition.published_at.desc(), PackEdition.id.desc())
_PARSED_AT_MOST = 24  # an imported catalogue of a thousand controls takes seconds to read and some megabytes to hold
_parsed: OrderedDict[str, Pack] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class Offer:
    """A pack that a project may start, as the list of packs shows it."""

    id: str
    title: Text
    version: str
    digest: str
    notice: Text
    questions: int


def shipped(pack_id: str) -> Pack | None:
    """The pack of this name that comes with the program, or None."""
    try:
        return library.pack(pack_id)
    except UnknownPack:
        return None


def installed(pack_id: str) -> Pack | None:
    """The pack of this name that is answered now: the shipped one, else the newest edition of our own; None without either."""
    found = shipped(pack_id)
    if found is not None:
        return found
    digest = db.session.scalar(
        select(PackEdition.digest).where(PackEdition.pack_id == pack_id).order_by(*_NEWEST).limit(1)
    )
    return None if digest is None else editions_by_digest([digest])[digest]


def editions_by_digest(digests: Collection[str]) -> dict[str, Pack]:
    """The editions of our own with these digests, parsed; what this process has parsed lately is not read again."""
    found = {digest: pack for digest in digests if (pack := _remembered(digest)) is not None}
    missing = sorted(set(digests) - set(found))
    if missing:
        wanted = select(PackEdition.digest, PackEdition.pack_id, PackEdition.body).where(PackEdition.digest.in_(missing))
        for digest, pack_id, body in db.session.execute(wanted):
            found[digest] = library.read(body.encode("utf-8"), f"{pack_id}.toml")
            _remember(digest, found[digest])
    return found


def _remembered(digest: str) -> Pack | None:
    with _lock:
        if digest in _parsed:
            _parsed.move_to_end(digest)
        return _parsed.get(digest)


def _remember(digest: str, pack: Pack) -> None:
    with _lock:
        _parsed[digest] = pack
        while len(_parsed) > _PARSED_AT_MOST:
            _parsed.popitem(last=False)


def is_pinned(checklist: Checklist) -> bool:
    """Whether the pack installed now is byte for byte the one the checklist was started with."""
    found = installed(checklist.pack_id)
    return found is not None and found.digest == checklist.pack_digest


def exact_pack(checklist: Checklist) -> Pack | None:
    """The pack word for word as the checklist was started with it; None where that wording was not kept.

    A shipped pack or an edition of our own of the same digest; else the items as they were kept, in the tree of the pack
    that is installed now.
    """
    return exact_packs([checklist])[checklist.pack_digest]


def exact_packs(checklists: Sequence[Checklist]) -> dict[str, Pack | None]:
    """{digest: pack} as `exact_pack` says, for several checklists in a few queries."""
    found: dict[str, Pack | None] = {}
    for each in checklists:
        pack = shipped(each.pack_id)
        found[each.pack_digest] = pack if pack is not None and pack.digest == each.pack_digest else None
    found |= editions_by_digest([digest for digest, pack in found.items() if pack is None])
    for each in checklists:
        if found[each.pack_digest] is None:
            newest = installed(each.pack_id)
            worded = None if newest is None else as_pinned(each, newest)
            found[each.pack_digest] = worded if worded and worded.digest == each.pack_digest else None
    return found


def wording(digest: str) -> PackWording | None:
    """The items of a pack as they were worded under this digest, where they were kept."""
    return db.session.scalar(select(PackWording).where(PackWording.pack_digest == digest))


def as_pinned(checklist: Checklist, pack: Pack) -> Pack:
    """The pack in the wording that the checklist was started with, where it differs and was kept; else as installed."""
    kept = None if pack.digest == checklist.pack_digest else wording(checklist.pack_digest)
    if kept is None:
        return pack
    return replace(pack, items=items_of(kept), version=kept.pack_version, digest=kept.pack_digest)


def items_of(kept: PackWording) -> tuple[Item, ...]:
    """The items of a wording that was kept."""
    return tuple(_item(each) for each in kept.items)


def newest_editions() -> Sequence[PackEdition]:
    """The newest edition of each pack of our own, without its text, in the order of their names."""
    rank = func.row_number().over(partition_by=PackEdition.pack_id, order_by=_NEWEST)
    ranked = select(PackEdition.id, rank.label("rank")).subquery()
    newest = select(ranked.c.id).where(ranked.c.rank == 1)
    wanted = select(PackEdition).where(PackEdition.id.in_(newest)).order_by(PackEdition.pack_id)
    return db.session.scalars(wanted.options(defer(PackEdition.body))).all()


def offers() -> list[Offer]:
    """Every pack that can be started: the shipped ones, then our own. One query."""
    ours = [
        Offer(
            each.pack_id,
            Text(each.title_en, each.title_fr),
            each.version,
            each.digest,
            Text(each.notice_en, each.notice_fr),
            each.items,
        )
        for each in newest_editions()
    ]
    return [
        *(Offer(each.id, each.title, each.version, each.digest, each.notice, len(each.items))
          for each in library.library().values()),
        *ours,
    ]  # fmt: skip


def _item(kept: dict[str, Any]) -> Item:
    """An item as it was kept."""
    note = kept["documented_information"]
    known = {
        **kept,
        "question": Text(**kept["question"]),
        "guidance": _text(kept["guidance"]),
        "condition": _text(kept["condition"]),
        "expected_evidence": tuple(Text(**each) for each in kept["expected_evidence"]),
        "documented_information": DocumentedInformation(note["kind"], Text(**note["note"])) if note else None,
        "evidence_kinds": tuple(kept["evidence_kinds"]),
        "refs": tuple(Ref(**each) for each in kept["refs"]),
    }
    return Item(**known)


def _text(kept: dict[str, str] | None) -> Text | None:
    return Text(**kept) if kept else None
