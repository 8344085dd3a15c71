"""Named reads about what people put on top of the mirror: fake records, edits and rows taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

import sandbox
from workbench.database import db
from workbench.people.models import Person
from workbench.trials import rules, store
from workbench.trials.models import MirrorSnapshot, MirrorSource, OverlayEdit
from workbench.trials.queries import mirror


@dataclass(frozen=True)
class EditLine:
    """One edit of the overlay with its source and maker; `orphaned` says why it no longer fits, if it does not."""

    edit: OverlayEdit
    source: str
    by: str
    orphaned: str = ""


def edits_of(source_id: int, table: str) -> Sequence[OverlayEdit]:
    """The edits of one mirrored table that stand, in the order in which they were made. One query."""
    wanted = select(OverlayEdit).where(OverlayEdit.source_id == source_id, OverlayEdit.table_name == table)
    return db.session.scalars(wanted.where(OverlayEdit.withdrawn_at.is_(None)).order_by(OverlayEdit.id)).all()


def edit(project_id: int, edit_id: int) -> OverlayEdit | None:
    """One edit of this project's overlay."""
    return db.session.scalar(select(OverlayEdit).where(OverlayEdit.project_id == project_id, OverlayEdit.id == edit_id))


def as_edits(found: Sequence[OverlayEdit]) -> list[tuple[int, sandbox.Edit]]:
    """(id, edit as the sandbox applies it): an edit of several cells is one for each cell."""
    made: list[tuple[int, sandbox.Edit]] = []
    for each in found:
        if each.kind == rules.EditKind.FAKE:
            made.append((each.id, sandbox.FakeRow(dict(each.cells), each.id)))
        elif each.kind == rules.EditKind.WITHDRAWN:
            made.append((each.id, sandbox.Withdrawn(dict(each.key))))
        else:
            made += [(each.id, sandbox.CellEdit(dict(each.key), name, value, each.was.get(name, "")))
                     for name, value in each.cells.items()]
    return made


def overlaid_table(home: Path, key: str, snapshot: MirrorSnapshot) -> tuple[Path, dict[int, str]]:
    """(the snapshot's table with the edits that stand, {id of an edit that no longer fits: why})."""
    edits = as_edits(edits_of(snapshot.source_id, snapshot.table_name))
    if not edits:
        return store.parquet(home, key, snapshot.store_id)[0], {}
    made = store.overlaid(home, key, snapshot.store_id, [one for _id, one in edits])
    return made.path, {edits[each.number][0]: each.why for each in made.orphaned}


def overlay(project_id: int, home: Path, key: str) -> list[EditLine]:
    """Every edit that stands, newest first, with why it no longer fits the newest snapshot of its table, if so."""
    wanted = select(OverlayEdit, MirrorSource.name, Person.name).join(MirrorSource, MirrorSource.id == OverlayEdit.source_id)
    wanted = wanted.join(Person, Person.id == OverlayEdit.made_by_id).where(OverlayEdit.project_id == project_id)
    found = db.session.execute(wanted.where(OverlayEdit.withdrawn_at.is_(None)).order_by(OverlayEdit.id.desc())).all()
    touched = {(each.source_id, each.table_name) for each, _source, _by in found}
    orphaned: dict[int, str] = {}
    for snapshot in mirror.newest_snapshots(project_id) if found else ():
        if (snapshot.source_id, snapshot.table_name) in touched:
            orphaned |= overlaid_table(home, key, snapshot)[1]
    return [EditLine(each, source, by, orphaned.get(each.id, "")) for each, source, by in found]


def count_of_edits(project_id: int) -> dict[str, int]:
    """{kind: how many edits of it stand}. One query."""
    wanted = select(OverlayEdit.kind, func.count()).where(OverlayEdit.project_id == project_id)
    found = db.session.execute(wanted.where(OverlayEdit.withdrawn_at.is_(None)).group_by(OverlayEdit.kind))
    return {kind: count for kind, count in found}
