"""What the wording of a pack installed now would change for a project that began with another one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from workbench.checklists.library import DocumentedInformation, Item, Pack, Ref
from workbench.checklists.models import Answer, Checklist, PackWording
from workbench.checklists.queries import installed
from workbench.checklists.store import Text
from workbench.database import db


@dataclass(frozen=True)
class Renewal:
    """What changes for a checklist when the wording installed now is taken over. Old wordings are None where not kept."""

    checklist: Checklist
    pack: Pack
    is_known: bool  # whether the old wording was kept; if not, every item asked before counts as reworded
    same: tuple[Item, ...]
    reworded: tuple[tuple[Item | None, Item], ...]
    added: tuple[Item, ...]
    removed: tuple[tuple[str, Item | None], ...]


def wording(digest: str) -> PackWording | None:
    """The items of a pack as they were worded under this digest, where they were kept."""
    return db.session.scalar(select(PackWording).where(PackWording.pack_digest == digest))


def items_of(kept: PackWording) -> tuple[Item, ...]:
    """The items of a wording that was kept."""
    return tuple(_item(each) for each in kept.items)


def as_pinned(checklist: Checklist, pack: Pack) -> Pack:
    """The pack in the wording that the checklist was started with, where it differs and was kept; else as installed."""
    kept = None if pack.digest == checklist.pack_digest else wording(checklist.pack_digest)
    return (
        pack
        if kept is None
        else replace(pack, items=items_of(kept), version=kept.pack_version, digest=kept.pack_digest)
    )


def renewal(checklist: Checklist) -> Renewal | None:
    """What taking over the installed wording would change; None where the checklist is pinned to it, or none is installed."""
    pack = installed(checklist.pack_id)
    if pack is None or pack.digest == checklist.pack_digest:
        return None
    kept = wording(checklist.pack_digest)
    old = {each.key: each for each in items_of(kept)} if kept is not None else {}
    known = set(old) if kept is not None else set(_answered_keys(checklist.id))
    asked = {each.key: each for each in pack.items}
    same = tuple(each for key, each in asked.items() if key in old and asks_the_same(old[key], each))
    reworded = tuple((old.get(key), each) for key, each in asked.items() if key in known and each not in same)
    added = tuple(each for key, each in asked.items() if key not in known)
    removed = tuple((key, old.get(key)) for key in sorted(known - set(asked)))
    return Renewal(checklist, pack, kept is not None, same, reworded, added, removed)


def asks_the_same(old: Item, new: Item) -> bool:
    """Whether an answer to one wording holds for the other; guidance, role and references may differ."""
    return all(
        getattr(old, each) == getattr(new, each)
        for each in ("question", "step", "clause", "mandatory", "condition", "expected_evidence", "evidence_kinds")
    )


def _answered_keys(checklist_id: int) -> Sequence[str]:
    return db.session.scalars(select(Answer.item_key).where(Answer.checklist_id == checklist_id)).all()


def answers_of(checklist_id: int, item_keys: Iterable[str]) -> Sequence[Answer]:
    """The stored answers to some items, each with its links to evidence. Two queries."""
    wanted = select(Answer).where(Answer.checklist_id == checklist_id, Answer.item_key.in_(list(item_keys)))
    return db.session.scalars(wanted.order_by(Answer.id).options(selectinload(Answer.evidence))).all()


def answers_ever(project_id: int, pack_id: str, item_keys: Iterable[str]) -> dict[int, str]:
    """{answer id: item key} of the answers to these items in every version of the checklist the project has started."""
    wanted = select(Answer.id, Answer.item_key).join(Checklist, Checklist.id == Answer.checklist_id)
    wanted = wanted.where(Checklist.project_id == project_id, Checklist.pack_id == pack_id)
    return {number: key for number, key in db.session.execute(wanted.where(Answer.item_key.in_(list(item_keys))))}


def kept_items(pack: Pack) -> list[dict[str, Any]]:
    """The items of a pack as they are kept."""
    return [asdict(each) for each in pack.items]


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
