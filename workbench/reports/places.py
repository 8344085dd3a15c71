"""Where a line of a checklist stands: its pack, its clause or gate, and the audit or run that the checklist was made for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from workbench.checklists.library import Pack
from workbench.checklists.models import Checklist
from workbench.checklists.queries import exact_packs, installed, item_in
from workbench.database import db
from workbench.web.filters import on


@dataclass(frozen=True)
class Place:
    """One line. `ref` is a clause, or “gate 5”; both it and `title` are "" for a line that the pack does not have any more."""

    checklist_id: int
    pack_id: str
    pack: str
    occasion: str
    item: str
    ref: str = ""
    title: str = ""
    step: int | None = None
    rank: int = 0  # its place among the lines of the pack

    @property
    def occasion_told(self) -> str:
        """What the checklist was made for: the number of an audit, or the day of a run of a recurring checklist."""
        try:
            return str(_("run of %(day)s", day=on(date.fromisoformat(self.occasion.partition(":")[2]))))
        except ValueError:  # it has no day
            return self.occasion


def nowhere() -> Place:
    """Where a finding stands that was raised on the project itself."""
    return Place(0, "", "", "", "", title=str(_("raised on the project, on no line of a checklist")))


@dataclass(frozen=True)
class Places:
    """The lines of some checklists, in one language."""

    checklists: Mapping[int, Checklist]
    packs: Mapping[str, Pack | None]
    language: str

    def of(self, checklist_id: int | None, item_key: str) -> Place | None:
        """One line; None where it belongs to none of these checklists."""
        checklist = self.checklists.get(checklist_id or 0)
        if checklist is None:
            return None
        pack = self.packs.get(checklist.pack_digest) or installed(checklist.pack_id)
        called = checklist.pack_id if pack is None else pack.title.in_(self.language)
        found = Place(checklist.id, checklist.pack_id, called, checklist.occasion, item_key)
        return found if pack is None else self._in_pack(found, pack)

    def _in_pack(self, found: Place, pack: Pack) -> Place:
        item = item_in(pack, found.item)
        if item is None:
            return found
        ref = item.clause or str(_("gate %(number)s", number=item.step))
        title = ""
        if item.clause and pack.has_clause(item.clause):
            title = pack.clause(item.clause).title.in_(self.language)
        elif item.step:
            title = pack.step(item.step).title.in_(self.language)
        rank = pack.items.index(item) + 1
        return Place(
            found.checklist_id, found.pack_id, found.pack, found.occasion, found.item, ref, title, item.step, rank
        )


def places(project_ids: Collection[int], language: str) -> Places:
    """The lines of every checklist of some projects. A few queries, however many."""
    wanted = select(Checklist).where(Checklist.project_id.in_(project_ids)).order_by(Checklist.id)
    found: Sequence[Checklist] = db.session.scalars(wanted).all()
    return Places({each.id: each for each in found}, exact_packs(found), language)
