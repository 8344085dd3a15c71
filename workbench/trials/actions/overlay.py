"""What is put on top of the mirror: a fake record, an edit, a row taken out; each can be undone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask_babel import gettext as _

import sandbox
from workbench import clock
from workbench.database import db
from workbench.people.models import Person
from workbench.projects import queries as projects
from workbench.trail.actions import record
from workbench.trials import rules, store
from workbench.trials.models import MirrorSnapshot, OverlayEdit
from workbench.web.refusals import BadValue, Refused

_MAX_CELL = 10_000


def add_fake(
    *, snapshot: MirrorSnapshot, cells: Mapping[str, str], name_column: str, reason: str, by: Person
) -> OverlayEdit:
    """Add a record that stands in no tool; the cell of its name carries the mark [FAKE]."""
    typed = {column: value.strip() for column, value in cells.items() if value.strip()}
    if not typed:
        raise BadValue("cell_0", _("Fill at least one cell."))
    _check_columns(snapshot, [*typed, *([name_column] if name_column else [])])
    if name_column:
        typed[name_column] = sandbox.marked(typed.get(name_column, ""))
    return _made(snapshot, rules.EditKind.FAKE, {}, typed, {}, reason, by)


def edit_row(
    *, snapshot: MirrorSnapshot, key: Mapping[str, str], cells: Mapping[str, str], was: Mapping[str, str], reason: str,
    home: Path, by: Person,
) -> OverlayEdit:
    """Put other texts in the place of cells of the one mirrored row with this key; cells that stay are left out."""
    changed = {column: value for column, value in cells.items() if value != was.get(column, "")}
    if not changed:
        raise BadValue("", _("Nothing was changed."))
    _check_columns(snapshot, [*changed, *key])
    _check_one_row(snapshot, key, home)
    for column in changed:
        if column in snapshot.masked:
            raise BadValue("", _("%(column)s is masked: its text was never received.", column=column))
    return _made(snapshot, rules.EditKind.EDIT, key, changed, {column: was.get(column, "") for column in changed}, reason, by)


def withdraw_row(*, snapshot: MirrorSnapshot, key: Mapping[str, str], reason: str, home: Path, by: Person) -> OverlayEdit:
    """Leave the one mirrored row with this key out of trials."""
    if not reason.strip():
        raise BadValue("reason", _("A reason is needed: who reads the trial later asks for it."))
    _check_columns(snapshot, list(key))
    _check_one_row(snapshot, key, home)
    return _made(snapshot, rules.EditKind.WITHDRAWN, key, {}, {}, reason, by)


def undo_edit(*, edit: OverlayEdit, by: Person) -> None:
    """Take an edit of the overlay back; the entry that it was made stays."""
    if edit.withdrawn_at is not None:
        raise Refused(_("This edit is undone already."))
    edit.withdrawn_at, edit.withdrawn_by_id = clock.now(), by.id
    key = projects.project(edit.project_id).key
    record("overlay_undone", edit, by=by, project=key, before={"table": edit.table_name, "kind": edit.kind})


def _made(
    snapshot: MirrorSnapshot, kind: rules.EditKind, key: Mapping[str, str], cells: Mapping[str, str], was: Mapping[str, str],
    reason: str, by: Person,
) -> OverlayEdit:
    for value in cells.values():
        if len(value) > _MAX_CELL:
            raise BadValue("", _("A cell has at most %(most)s characters.", most=_MAX_CELL))
    made = OverlayEdit(
        project_id=snapshot.project_id, source_id=snapshot.source_id, table_name=snapshot.table_name, kind=kind,
        key=dict(key), cells=dict(cells), was=dict(was), reason=reason.strip(), made_at=clock.now(), made_by_id=by.id,
    )
    db.session.add(made)
    acts = {rules.EditKind.FAKE: "fake_added", rules.EditKind.EDIT: "row_edited", rules.EditKind.WITHDRAWN: "row_left_out"}
    project = projects.project(snapshot.project_id)
    record(acts[kind], made, by=by, project=project.key, reason=made.reason, before={"cells": made.was} if was else {},
           after={"table": made.table_name, "key": made.key, "cells": made.cells})
    return made


def _check_columns(snapshot: MirrorSnapshot, names: list[str]) -> None:
    for name in names:
        if name not in snapshot.columns:
            raise BadValue("", _("The table has no column %(column)s.", column=name))


def _check_one_row(snapshot: MirrorSnapshot, key: Mapping[str, str], home: Path) -> None:
    if not key:
        raise BadValue("key", _("Tick the columns that tell this row from all others."))
    path, _snapshot = store.parquet(home, projects.project(snapshot.project_id).key, snapshot.store_id)
    found = store.rows(path, snapshot.columns, equal=dict(key), limit=1).total
    if found != 1:
        raise BadValue("key", _("%(count)s rows have these cells. Tick more columns, so that they mean this row alone.",
                                count=found))
