"""Pages that take packs in from files and give them out: upload, preview, publish; downloads; imported mappings."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as Answer

from workbench import clock
from workbench.checklists.store import Fault, PackInvalid
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.standards import actions, forms, queries, store
from workbench.standards.formats import oscal_own, sheet
from workbench.standards.formats.base import LARGEST_FILE, Imported
from workbench.standards.formats.reading import Wishes, read
from workbench.standards.views.blueprint import language, pack_or_404, pages
from workbench.web.refusals import BadValue, NotThere, Refused

SHOWN_FAULTS, SHOWN_LINKS = 50, 200
_TYPES = {
    "toml": "application/toml", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "oscal": "application/json",
}  # fmt: skip


def _home() -> Any:
    return current_app.extensions["ninefold"].home


@pages.route("/import", methods=["GET", "POST"])
@requires(P.PACK_EDIT)
def upload() -> str | Answer:
    """Choose a file; it is read and shown before anything is kept."""
    form = forms.Upload.of_request()
    faults: tuple[Fault, ...] = ()
    if form.accepted():
        sent, catalog = form.file.data, form.catalog.data
        facts = {"name": sent.filename, "data": sent.stream.read(LARGEST_FILE + 1)}
        if catalog:
            facts |= {"catalog_name": catalog.filename, "catalog": catalog.stream.read(LARGEST_FILE + 1)}
        try:
            _read(store.Upload(token="", **facts))
            return redirect(url_for(".preview", token=store.keep(_home(), **facts)), code=303)
        except PackInvalid as invalid:
            faults = invalid.faults
            form.blame("file", ngettext("The file has %(num)s fault. Nothing was imported.",
                                        "The file has %(num)s faults. Nothing was imported.", len(faults)))  # fmt: skip
    return render_template("standards/import.html", form=form, faults=faults[:SHOWN_FAULTS], total=len(faults))


def _read(sent: store.Upload, pack_id: str = "", version: str = "") -> Imported:
    wishes = Wishes(pack_id, version, sent.catalog, sent.catalog_name, queries.catalog_named)
    return read(sent.data, sent.name, wishes)


@pages.route("/import/<token>", methods=["GET", "POST"])
@requires(P.PACK_EDIT)
def preview(token: str) -> str | Answer:
    """What a file would become, with everything that is not taken over; then publish it."""
    sent = store.waiting(_home(), token)
    if sent is None:
        raise NotThere
    form = forms.Take.of_request()
    if form.accepted():
        try:
            found = _read(sent, form.pack_id.data, form.number.data)
            return _taken(actions.import_file(imported=found, by=g.person, source_name=sent.name))
        except PackInvalid as invalid:
            form.blame("pack_id", str(invalid.faults[0]))
        except BadValue as refusal:
            form.blame("number" if refusal.field == "version" else refusal.field, refusal.message)
        except Refused as refusal:
            form.blame("", " ".join((refusal.message, *refusal.details)))
    found = _read(sent)
    return render_template(
        "standards/import_preview.html", form=form, sent=sent, found=found, ties=queries.tie_mappings(found), words=forms,
        language=language(), remarks=[each.as_json() for each in found.remarks],
    )  # fmt: skip


def _taken(taken: actions.Taken) -> Answer:
    if taken.edition is not None:
        flash(_("%(pack)s is published.", pack=f"{taken.edition.pack_id} {taken.edition.version}"), "success")
        return redirect(url_for(".show", pack_id=taken.edition.pack_id), code=303)
    kept = ngettext("%(num)s mapping is imported.", "%(num)s mappings are imported.", len(taken.mappings))
    flash(kept if taken.mappings else _("These mappings were imported before; nothing is changed."), "success")
    return redirect(url_for(".mappings"), code=303)


@pages.get("/<pack_id>/export/<any(toml, xlsx, oscal):form>")
@requires(P.PACK_READ)
def export(pack_id: str, form: str) -> Response:
    """A pack as a file, in the version asked for."""
    pack = pack_or_404(pack_id, request.args.get("version", "")[:20])
    try:
        if form == "xlsx":
            data = sheet.write(pack, queries.crosswalks_of(pack_id))
        else:
            data = oscal_own.write(pack, clock.now()) if form == "oscal" else queries.file_of(pack)
    except sheet.TextTooLong as refusal:
        raise Refused(_("A text is too long for a cell of a workbook."), (str(refusal),)) from refusal
    except oscal_own.NoCatalogue as refusal:
        raise Refused(_("The gates are no catalogue of controls. Take pack.toml or the workbook.")) from refusal
    suffix = {"oscal": "json"}.get(form, form)
    response = Response(data, mimetype=_TYPES[form])
    response.headers.set("Content-Disposition", "attachment", filename=f"{pack.id}-{pack.version}.{suffix}")
    return response


@pages.get("/mappings")
@requires(P.PACK_READ)
def mappings() -> str:
    """The imported mappings between packs."""
    return render_template("standards/mappings.html", rows=queries.mappings())


@pages.get("/mappings/<int:mapping_id>")
@requires(P.PACK_READ)
def mapping(mapping_id: int) -> str:
    """One imported mapping with its links and the ends that were no clause."""
    row = queries.mapping(mapping_id)
    if row is None:
        raise NotThere
    return render_template("standards/mapping.html", row=row, links=row.links[:SHOWN_LINKS], words=forms)
