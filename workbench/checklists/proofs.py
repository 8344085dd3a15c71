"""What the wording of a pack installed now would change for a project that began with another one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from workbench.checklists.library import Item, Pack
from workbench.checklists.models import Answer, Checklist
from workbench.checklists.queries import as_pinned as as_pinned
from workbench.checklists.queries import installed
from workbench.checklists.queries import items_of as items_of
from workbench.checklists.queries import wording as wording
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
    wanted = wanted.where(Checklist.project_id == project_id, Checklist.pack_id == pack_id, Checklist.occasion == "")
    return {number: key for number, key in db.session.execute(wanted.where(Answer.item_key.in_(list(item_keys))))}


def kept_items(pack: Pack) -> list[dict[str, Any]]:
    """The items of a pack as they are kept."""
    return [asdict(each) for each in pack.items]
