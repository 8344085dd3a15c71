"""Pages on which data are received: an upload with how it is written, a reading, its log, and the removal of a snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import current_app, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

import sandbox
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.trials import rules, store
from workbench.trials.actions import pulls as actions
from workbench.trials.forms import mirror as forms
from workbench.trials.forms import said
from workbench.trials.queries import mirror as queries
from workbench.trials.views.blueprint import pages
from workbench.trials.views.mirror import MIRROR, blame, form_page, source_at
from workbench.web.refusals import BadValue, NotThere, Refused

_SHOWN_REQUESTS = 100


def home() -> Path:
    """The data folder."""
    folder: Path = current_app.extensions["ninefold"].home
    return folder


def _start(key: str, source: Any, **what: Any) -> Redirect:
    job = actions.start_pull(
        source=source, home=home(), keys=current_app.extensions["ninefold"].keys, by=g.person,
        address=url_for(".source", key=key, source=source.name) + "/readings/",
        mend=url_for(".treat_source", key=key, source=source.name), **what)
    return redirect(url_for("desk.job", job_id=job.id), code=303)


@pages.route(MIRROR + "/<source>/receive", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def pull_source(key: str, source: str) -> str | Redirect:
    """Read a source through its connection."""
    found = source_at(source)
    form = forms.Receive.of_request()
    if form.accepted():
        try:
            return _start(key, found, accepts_columns=form.accepts_columns.data, reason=form.reason.data)
        except BadValue as refusal:
            blame(form, refusal)
    return form_page(form, _("Receive %(name)s", name=found.title), url_for(".source", key=key, source=source),
                     submit=_("Receive now"))


@pages.route(MIRROR + "/<source>/upload", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def upload_export(key: str, source: str) -> str | Redirect:
    """Bring the file of an export; how it is written is shown before anything is received."""
    found = source_at(source)
    offering = sandbox.offerings()[found.connector]
    form = forms.Upload.of_request()
    if form.accepted():
        upload = form.file.data
        token = store.keep_arrival(home(), key, upload.filename or "export", upload.stream)
        return redirect(url_for(".receive_upload", key=key, source=source, token=token), code=303)
    lead = _("Files that end in %(endings)s.", endings=", ".join(offering.reads))
    return form_page(form, _("Receive %(name)s from a file", name=found.title), url_for(".source", key=key, source=source),
                     lead=lead, submit=_("Look at it"), multipart=True)


@pages.route(MIRROR + "/<source>/upload/<token>", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def receive_upload(key: str, source: str, token: str) -> str | Redirect:
    """Correct how the file is written, look at its first rows, and receive it."""
    found = source_at(source)
    offering = sandbox.offerings()[found.connector]
    path, name = store.arrival(home(), key, token)
    first, fault = _looked_at(path, name, found, {})
    tables = queries.tables(found)
    table = rules.likely_table(name, tables, first.get("columns", ()))
    kind = forms.correct_form(offering, first.get("sheets", ()), list(tables))
    named = {"table": table if table in tables or not tables else "", "new_table": "" if table in tables else table}
    form: Any = kind.of_request(**named, **forms.as_fields(first.get("settings", {})))
    if form.accepted():
        typed, table = forms.file_settings(form), forms.table_of(form)
        first, fault = _looked_at(path, name, found, typed)
        if form.step.data != "look" and table and not fault and _fits(form, queries.header_of(found, table, first["columns"])):
            try:
                return _start(key, found, arrival=token, table=table, settings=typed,
                              accepts_columns=form.accepts_columns.data, reason=form.reason.data)
            except BadValue as refusal:
                blame(form, refusal)
    return render_template(
        "trials/receive.html", form=form, project=project_of(g.rights.project_id), source=found, name=name, seen=first,
        fault=fault, table=table, header=queries.header_of(found, table, first.get("columns", ())), words=forms, said=said,
        hidden=first.get("hidden", []))


def _fits(form: Any, header: queries.HeaderLine) -> bool:
    """Whether the reading would not stop at the columns; else the form is blamed, and the file need not be sent again."""
    if header.unmasked and header.last is not None:
        form.blame("table", _("Nothing is received as this table: its masked column %(names)s did not come. Correct the mask "
                              "under Contracts and masks, or choose another table.", names=", ".join(header.unmasked)))
    elif header.stops and not form.accepts_columns.data:
        form.blame("accepts_columns", _("The columns are not those of the last snapshot, as listed under Columns: tick this and "
                                        "say why, or correct the file. The file is kept here meanwhile."))
    else:
        return True
    return False


def _looked_at(path: Path, name: str, source: Any, typed: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """(what was found in the file, why nothing was)."""
    try:
        return store.sniffed(path, name, source.connector, {**source.settings, **typed}), ""
    except Refused as refusal:
        return {}, said(refusal.message)


@pages.get(MIRROR + "/<source>/readings/<int:number>")
@requires(P.PROJECT_READ, on="project")
def pull(key: str, source: str, number: int) -> str:
    """One reading: hashes before and after, every request, what was refused."""
    found = source_at(source)
    line = queries.pull_line(found.id, number)
    if line is None:
        raise NotThere
    return render_template(
        "trials/pull.html", project=project_of(g.rights.project_id), source=found, line=line, words=forms, said=said,
        evidence=queries.evidence_of_pull(line.pull), shown_requests=line.pull.requests[:_SHOWN_REQUESTS])


@pages.route(MIRROR + "/snapshots/<int:snapshot_id>/remove", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def remove_snapshot(key: str, snapshot_id: int) -> str | Redirect:
    """Remove a received table for good."""
    found = queries.snapshot(g.rights.project_id, snapshot_id)
    source = queries.source_by_id(found.source_id) if found is not None else None
    if found is None or source is None:
        raise NotThere
    back = url_for(".source", key=key, source=source.name)
    form = forms.Reason.of_request()
    if form.accepted():
        actions.remove_snapshot(snapshot=found, reason=form.reason.data, home=home(), by=g.person)
        return redirect(back, code=303)
    lead = _("The received rows are erased; the entry in the trail and the hashes stay. This cannot be undone.")
    return form_page(form, _("Remove the snapshot of %(table)s", table=found.table_name), back, lead=lead, submit=_("Remove"))
