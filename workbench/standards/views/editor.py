"""Pages of a draft: its head, its clauses and questions line by line, what is still wrong, publishing it."""

from __future__ import annotations

import re
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from workbench.checklists import queries as checklists
from workbench.checklists.store import Fault
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.registers.forms import check_seen
from workbench.standards import actions, forms, queries
from workbench.standards.rules import NAMES, Part, difference, next_version, place_of
from workbench.standards.views.blueprint import draft_or_404, language, pages
from workbench.web.forms import Form
from workbench.web.paging import wanted_page
from workbench.web.refusals import BadValue, NotThere

_PLACE = re.compile(r"(clauses|items)\[([0-9]+)\]")
SHOWN_FAULTS = 50


@pages.route("/new", methods=["GET", "POST"])
@requires(P.PACK_EDIT)
def new_draft() -> str | Response:
    """Begin a pack: empty, or adapted from another one."""
    offered = [(each.id, each.title.in_(language())) for each in checklists.offers() if each.id != "lifecycle_gates"]
    form = forms.NewDraft.of_request(data={"from_pack": request.args.get("from", "")}).offer(offered)
    if form.accepted():
        try:
            row = actions.start_draft(
                pack_id=form.pack_id.data, title={"en": form.title_en.data, "fr": form.title_fr.data}, by=g.person,
                from_pack=form.from_pack.data,
            )  # fmt: skip
            return redirect(url_for(".draft", draft_id=row.id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("standards/new.html", form=form)


@pages.post("/<pack_id>/next")
@requires(P.PACK_EDIT)
def new_version(pack_id: str) -> Response:
    """Begin the next version of a pack of our own."""
    if checklists.installed(pack_id) is None:
        raise NotThere
    row = queries.open_draft_of(pack_id)
    if row is None:
        try:
            row = actions.start_draft(pack_id=pack_id, title={}, by=g.person, from_pack=pack_id)
        except BadValue as refusal:
            raise NotThere from refusal
    return redirect(url_for(".draft", draft_id=row.id), code=303)


@pages.get("/drafts/<int:draft_id>")
@requires(P.PACK_EDIT)
def draft(draft_id: int) -> str:
    """A draft: what it says about itself, what is still wrong, what it changes."""
    row = draft_or_404(draft_id)
    pack, faults = queries.checked(row)
    before = checklists.installed(row.pack_id)
    return render_template(
        "standards/draft.html", draft=row, pack=pack, faults=[(each, _mended_at(row, each)) for each in faults[:SHOWN_FAULTS]],
        many=len(faults), before=before, change=difference(before, pack) if before is not None else None, words=forms,
        language=language(),
    )  # fmt: skip


def _mended_at(row: Any, fault: Fault) -> str:
    """The address of the page on which a fault can be mended."""
    found = _PLACE.match(fault.place)
    if found is None:
        return url_for(".describe", draft_id=row.id)
    part, number = Part(found[1]), int(found[2])
    lines = row.body.get(part, [])
    if not 1 <= number <= len(lines) or not lines[number - 1].get(NAMES[part]):
        return url_for(".entries", draft_id=row.id, part=part.value)
    return url_for(".change_entry", draft_id=row.id, part=part.value, name=lines[number - 1][NAMES[part]])


@pages.route("/drafts/<int:draft_id>/head", methods=["GET", "POST"])
@requires(P.PACK_EDIT)
def describe(draft_id: int) -> str | Response:
    """What the pack says about itself."""
    row = draft_or_404(draft_id)
    shown = forms.Head.shown(row.body["pack"])
    form = forms.Head.of_request(data={**shown, "version": row.version})
    if form.accepted():
        check_seen(forms.seen(shown, row.version), form)
        actions.describe_draft(row=row, facts=form.facts(), by=g.person)
        return redirect(url_for(".draft", draft_id=row.id), code=303)
    return render_template("standards/head.html", draft=row, form=form)


@pages.get("/drafts/<int:draft_id>/<any(clauses, items):part>")
@requires(P.PACK_EDIT)
def entries(draft_id: int, part: str) -> str:
    """A page of the draft's clauses or questions, with what can be done with each."""
    row, search = draft_or_404(draft_id), request.args.get("q", "").strip()[:100]
    found = queries.entries(row, Part(part), search, page=wanted_page(request.args.get("page")))
    return render_template(
        "standards/entries.html", draft=row, part=Part(part), page=found, words=forms, name=NAMES[Part(part)],
        language=language(),
    )  # fmt: skip


@pages.route("/drafts/<int:draft_id>/<any(clauses, items):part>/new", methods=["GET", "POST"])
@requires(P.PACK_EDIT)
def add_entry(draft_id: int, part: str) -> str | Response:
    """Add a clause or a question."""
    return _written(draft_or_404(draft_id), Part(part), "", {"clause": request.args.get("clause", "")[:50]})


@pages.route("/drafts/<int:draft_id>/<any(clauses, items):part>/<name>", methods=["GET", "POST"])
@requires(P.PACK_EDIT)
def change_entry(draft_id: int, part: str, name: str) -> str | Response:
    """Say a clause or a question anew."""
    row = draft_or_404(draft_id)
    here = place_of(row.body, Part(part), name)
    if here is None:
        raise NotThere
    return _written(row, Part(part), name, row.body[part][here])


def _written(row: Any, part: Part, name: str, old: dict[str, Any]) -> str | Response:
    kind = forms.WRITES[part]
    shown = kind.shown(old)
    form = kind.of_request(data={**shown, "version": row.version if name else ""})
    if form.accepted():
        check_seen(forms.seen(shown, row.version), form)
        try:
            called = actions.write_entry(row=row, part=part, entry=form.entry(old), by=g.person, name=name)
            return _back(row, part, called)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("standards/entry.html", draft=row, part=part, name=name, form=form, words=forms)


def _back(row: Any, part: Part, name: str) -> Response:
    """The page of the list on which a line stands."""
    here = place_of(row.body, part, name) or 0
    page = here // queries.PER_PAGE + 1
    where = url_for(
        ".entries", draft_id=row.id, part=part.value, page=page if page > 1 else None, _anchor=f"{part.value}-{name}"
    )
    return redirect(where, code=303)


@pages.post("/drafts/<int:draft_id>/<any(clauses, items):part>/<name>/<any(up, down):direction>")
@requires(P.PACK_EDIT)
def move_entry(draft_id: int, part: str, name: str, direction: str) -> Response:
    """Put a line one place up or down."""
    row = draft_or_404(draft_id)
    actions.move_entry(row=row, part=Part(part), name=name, up=direction == "up", by=g.person)
    return _back(row, Part(part), name)


@pages.post("/drafts/<int:draft_id>/<any(clauses, items):part>/<name>/remove")
@requires(P.PACK_EDIT)
def remove_entry(draft_id: int, part: str, name: str) -> Response:
    """Take a line out of the draft."""
    row = draft_or_404(draft_id)
    before = place_of(row.body, Part(part), name) or 0
    actions.remove_entry(row=row, part=Part(part), name=name, by=g.person)
    flash(_("%(name)s is taken out of the draft.", name=name), "success")
    lines = row.body[part]
    return _back(row, Part(part), str(lines[max(0, before - 1)][NAMES[Part(part)]]) if lines else "")


@pages.route("/drafts/<int:draft_id>/publish", methods=["GET", "POST"])
@requires(P.PACK_EDIT)
def publish(draft_id: int) -> str | Response:
    """Publish a draft for good."""
    row = draft_or_404(draft_id)
    pack, faults = queries.checked(row)
    before = checklists.installed(row.pack_id)
    suggested = next_version(before.version) if before is not None else pack.version
    form = forms.Publish.of_request(data={"number": suggested, "version": row.version})
    if form.accepted():
        check_seen(forms.seen({"number": suggested}, row.version), form)
        try:
            edition = actions.publish_draft(row=row, version=form.number.data, by=g.person)
            flash(_("Version %(version)s is published.", version=edition.version), "success")
            return redirect(url_for(".show", pack_id=row.pack_id), code=303)
        except BadValue as refusal:
            form.blame("number" if refusal.field == "version" else refusal.field, refusal.message)
    return render_template(
        "standards/publish.html", draft=row, pack=pack, many=len(faults), before=before, form=form, language=language(),
        change=difference(before, pack) if before is not None else None,
    )  # fmt: skip


@pages.route("/drafts/<int:draft_id>/discard", methods=["GET", "POST"])
@requires(P.PACK_EDIT)
def discard(draft_id: int) -> str | Response:
    """Give a draft up."""
    row = draft_or_404(draft_id)
    form: Form = forms.Discard.of_request()
    if form.accepted():
        actions.discard_draft(row=row, reason=form.reason.data, by=g.person)
        flash(_("The draft is discarded."), "success")
        return redirect(url_for(".index"), code=303)
    return render_template("standards/discard.html", draft=row, form=form)
