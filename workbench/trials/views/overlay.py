"""Pages of received rows and of what people put on top: fake records, edits, rows taken out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

import sandbox
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.trials import rules, store
from workbench.trials.actions import overlay as actions
from workbench.trials.forms import mirror as forms
from workbench.trials.forms import said
from workbench.trials.queries import mirror as queries
from workbench.trials.queries import overlay as overlays
from workbench.trials.views.blueprint import pages
from workbench.trials.views.mirror import MIRROR, blame, form_page
from workbench.trials.views.pulls import home
from workbench.web.addresses import row_number
from workbench.web.paging import PER_PAGE, Page, wanted_page
from workbench.web.refusals import BadValue, NotThere, Refused
from workbench.web.sheets import csv_answer

_MOST_EXPORTED = 100_000


def _snapshot(snapshot_id: int) -> Any:
    found = queries.snapshot(g.rights.project_id, snapshot_id)
    if found is None:
        raise NotThere
    return found


def _kept(snapshot_id: int) -> Any:
    found = _snapshot(snapshot_id)
    if found.removed_at is not None:
        raise Refused(_("This snapshot was removed: %(reason)s", reason=found.removed_reason or ""))
    return found


def _wanted(columns: list[str]) -> dict[str, Any]:
    """The filter in the address; a column that is not there counts as any."""
    column = request.args.get("column", "")
    return {
        "contains": request.args.get("q", "")[:200], "column": column if column in columns else "",
        "marked_only": request.args.get("show") == "marked", "line": row_number(request.args.get("line")),
    }


def _table(key: str, found: Any) -> tuple[Path, dict[int, str]]:
    """The snapshot's table, with its overlay unless the address says without."""
    if request.args.get("overlay") == "off":
        return store.parquet(home(), key, found.store_id)[0], {}
    return overlays.overlaid_table(home(), key, found)


@pages.get(MIRROR + "/snapshots/<int:snapshot_id>")
@requires(P.PROJECT_READ, on="project")
def snapshot(key: str, snapshot_id: int) -> str:
    """The rows of a received table, with the marks of what people made up."""
    found = _snapshot(snapshot_id)
    project, source = project_of(g.rights.project_id), queries.source_by_id(found.source_id)
    number, wanted = wanted_page(request.args.get("page")), _wanted(found.columns)
    shown, orphaned = sandbox.RowPage(0, ()), dict[int, str]()
    if found.removed_at is None:
        path, orphaned = _table(key, found)
        shown = store.rows(path, found.columns, **wanted, offset=(number - 1) * PER_PAGE, limit=PER_PAGE)
    return render_template(
        "trials/snapshot.html", project=project, source=source, snapshot=found, wanted=wanted, words=forms, said=said,
        page=Page(shown.rows, number, shown.total), orphaned=orphaned, edits=overlays.edits_of(found.source_id, found.table_name),
        raw=request.args.get("overlay") == "off", kept=request.args.to_dict())


@pages.get(MIRROR + "/snapshots/<int:snapshot_id>/export")
@requires(P.PROJECT_READ, on="project")
def export_snapshot(key: str, snapshot_id: int) -> Response:
    """The rows that the filter shows, of all pages, as CSV with the marks."""
    found = _kept(snapshot_id)
    path, _orphaned = _table(key, found)
    shown = store.rows(path, found.columns, **_wanted(found.columns), limit=_MOST_EXPORTED)
    if shown.total > _MOST_EXPORTED:
        raise Refused(_("%(count)s rows are too many for one file; at most %(most)s. Use a filter.", count=shown.total,
                        most=_MOST_EXPORTED))
    marks = [["FAKE" if row.is_fake else "EDITED" if row.is_edited else "", row.line] for row in shown.rows]
    cells = [[*mark, *(row.cells[column] for column in found.columns)] for mark, row in zip(marks, shown.rows, strict=True)]
    head = ["mark", "line", *found.columns]
    return csv_answer([head, *cells], f"{key}-snapshot-{snapshot_id}.csv", text=sandbox.csv_text(head, cells))


@pages.get(MIRROR + "/overlay")
@requires(P.PROJECT_READ, on="project")
def overlay(key: str) -> str:
    """Everything that people put on top of the mirror of this project."""
    project = project_of(g.rights.project_id)
    lines = overlays.overlay(project.id, home(), key)
    number = wanted_page(request.args.get("page"))
    start = (number - 1) * PER_PAGE
    return render_template("trials/overlay.html", project=project, words=forms, said=said,
                           page=Page(lines[start : start + PER_PAGE], number, len(lines)))


@pages.route(MIRROR + "/snapshots/<int:snapshot_id>/fake", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def add_fake(key: str, snapshot_id: int) -> str | Redirect:
    """Add a record that stands in no tool."""
    found = _kept(snapshot_id)
    form = forms.fake_form(found.columns).of_request(name_column=rules.name_column(found.columns))
    back = url_for(".snapshot", key=key, snapshot_id=snapshot_id)
    if form.accepted():
        try:
            actions.add_fake(snapshot=found, cells=forms.cells_of(form, found.columns), name_column=form["name_column"].data,
                             reason=form["reason"].data, by=g.person)
            return redirect(back, code=303)
        except BadValue as refusal:
            blame(form, refusal)
    lead = _("A fake record is marked everywhere and can never enter a promotion plan.")
    return form_page(form, _("Add a fake record to %(table)s", table=found.table_name), back, lead=lead, submit=_("Add it"))


def _rows_of(key: str, found: Any, line: int) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """(the cells as received, the cells with the overlay) of the mirrored row at this line. Raises NotThere."""
    raw = store.rows(store.parquet(home(), key, found.store_id)[0], found.columns, line=line, limit=1).rows
    now = store.rows(overlays.overlaid_table(home(), key, found)[0], found.columns, line=line, limit=1).rows
    if not raw or not now:
        raise NotThere
    return raw[0].cells, now[0].cells


def _likely_key(key: str, found: Any, line: int) -> list[str]:
    """The numbers of the columns that the source says are its key, else of the fewest that tell this row from all others."""
    named = found.settings.get("key")
    wanted = set(named if isinstance(named, list) else ()) & set(found.columns)
    wanted = wanted or set(store.identifying(home(), key, found.store_id, line))
    return [str(number) for number, column in enumerate(found.columns) if column in wanted]


@pages.route(MIRROR + "/snapshots/<int:snapshot_id>/rows/<int:line>/edit", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def edit_row(key: str, snapshot_id: int, line: int) -> str | Redirect:
    """Put other texts in the place of cells of a mirrored row."""
    found = _kept(snapshot_id)
    raw, now = _rows_of(key, found, line)
    first = {f"cell_{number}": now[column] for number, column in enumerate(found.columns)}
    form = forms.row_form(found.columns, found.masked, cells=True).of_request(**first, key=_likely_key(key, found, line))
    back = url_for(".snapshot", key=key, snapshot_id=snapshot_id)
    if form.accepted():
        try:
            actions.edit_row(
                snapshot=found, key=forms.key_of(form, found.columns, raw), cells=forms.cells_of(form, found.columns), was=now,
                reason=form["reason"].data, home=home(), by=g.person)
            return redirect(back, code=303)
        except BadValue as refusal:
            blame(form, refusal)
    lead = _("Only the sandbox sees this. The received table stays as it is, and the row is marked as edited.")
    return form_page(form, _("Edit line %(line)s of %(table)s", line=line, table=found.table_name), back, lead=lead)


@pages.route(MIRROR + "/snapshots/<int:snapshot_id>/rows/<int:line>/leave-out", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def leave_row_out(key: str, snapshot_id: int, line: int) -> str | Redirect:
    """Leave a mirrored row out of trials."""
    found = _kept(snapshot_id)
    raw, _now = _rows_of(key, found, line)
    form = forms.row_form(found.columns, found.masked, cells=False).of_request(key=_likely_key(key, found, line))
    back = url_for(".snapshot", key=key, snapshot_id=snapshot_id)
    if form.accepted():
        try:
            actions.withdraw_row(snapshot=found, key=forms.key_of(form, found.columns, raw), reason=form["reason"].data,
                                 home=home(), by=g.person)
            return redirect(back, code=303)
        except BadValue as refusal:
            blame(form, refusal)
    lead = " · ".join(f"{column}: {value}" for column, value in list(raw.items())[:8])
    return form_page(form, _("Leave out line %(line)s of %(table)s", line=line, table=found.table_name), back, lead=lead,
                     submit=_("Leave it out"))


@pages.post(MIRROR + "/overlay/<int:edit_id>/undo")
@requires(P.TRIAL_RUN, on="project")
def undo_edit(key: str, edit_id: int) -> Redirect:
    """Take a fake record or an edit back."""
    found = overlays.edit(g.rights.project_id, edit_id)
    if found is None:
        raise NotThere
    actions.undo_edit(edit=found, by=g.person)
    return redirect(url_for(".overlay", key=key), code=303)
