"""Pages of checklists and their answers."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from workbench.checklists import actions, forms, proofs, queries
from workbench.checklists.queries import ItemAnswer, Opened, Wanted
from workbench.checklists.rules import AnswerState
from workbench.evidence import actions as evidence_actions
from workbench.evidence import forms as evidence_forms
from workbench.evidence import queries as evidence_queries
from workbench.evidence.views import home, limit
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as project_queries
from workbench.trail import queries as trail_queries
from workbench.web.fragments import DrawnRows, wants_fragment
from workbench.web.paging import wanted_page
from workbench.web.refusals import BadValue, NotThere, Refused
from workbench.web.sheets import csv_answer

pages = Blueprint("checklists", __name__, url_prefix="/projects/<key>/checklists")
drawn = DrawnRows()
ALL = 100_000  # items on one page of an export


def _language() -> str:
    locale = get_locale()
    return str(locale.language) if locale is not None else "en"


def _opened(checklist_id: int) -> Opened:
    """The checklist in the address with its pack; a pack that is gone is said so."""
    checklist = queries.checklist_in(g.rights.project_id, checklist_id)
    if checklist is None:
        raise NotThere
    pack = queries.installed(checklist.pack_id)
    if pack is None:
        raise Refused(_("The pack “%(pack)s” is not installed any more.", pack=checklist.pack_id))
    return Opened(checklist, proofs.as_pinned(checklist, pack), queries.is_pinned(checklist))


def _item(started: Opened, item_key: str) -> ItemAnswer:
    try:
        item = started.pack.item(item_key)
    except KeyError as error:
        raise NotThere from error
    return queries.item_answer(started.checklist, item)


def _wanted(started: Opened, default_step: int) -> Wanted:
    """The filter in the address; the gates open at the project's own step."""
    step = request.args.get("step", str(default_step))
    state = request.args.get("state", "")
    return Wanted(
        step=int(step) if started.pack.steps and step in set("123456789") else 0,
        chapter=request.args.get("chapter", "")[:10],
        state=state if forms.typed_state(state) else "",
        search=request.args.get("q", "")[:100],
    )


def _kept(wanted: Wanted, page: int) -> dict[str, Any]:
    """The filter as it goes into addresses, so that a saved answer leads back to where it was given."""
    named = {"chapter": wanted.chapter, "state": wanted.state, "q": wanted.search, "page": page if page > 1 else ""}
    return {"step": wanted.step or "all"} | {name: value for name, value in named.items() if value}


@pages.get("/")
@requires(P.PROJECT_READ, on="project")
def index(key: str) -> str:
    """The checklists of a project, and the packs it can start."""
    started = queries.checklists_of_project(g.rights.project_id)
    return render_template(
        "checklists/index.html",
        project=project_queries.project(g.rights.project_id),
        started=started,
        packs=queries.packs_to_start(started),
    )


@pages.post("/")
@requires(P.CHECKLIST_START, on="project")
def start(key: str) -> Answer:
    """Put a pack to the project."""
    form = forms.StartChecklist.of_request()
    if not form.accepted():
        raise Refused(_("Choose one of the packs that are offered."), code=422)
    try:
        project = project_queries.project(g.rights.project_id)
        made = actions.start_checklist(project=project, pack_id=form.pack_id.data, by=g.person)
    except BadValue as refusal:
        raise Refused(refusal.message, code=422) from refusal
    return redirect(url_for(".show", key=key, checklist_id=made.id), code=303)


@pages.get("/<int:checklist_id>")
@requires(P.PROJECT_READ, on="project")
def show(key: str, checklist_id: int) -> str:
    """A page of items with their answers."""
    project, started = project_queries.project(g.rights.project_id), _opened(checklist_id)
    pack, wanted = started.pack, _wanted(started, project.current_step)
    found = queries.checklist_page(
        started.checklist, pack, wanted, language=_language(), page=wanted_page(request.args.get("page"))
    )
    return render_template(
        "checklists/show.html",
        drawn=drawn,
        project=project,
        started=started,
        checklist=started.checklist,
        pack=pack,
        page=found,
        wanted=wanted,
        kept=_kept(wanted, found.page),
        words=forms,
        chapters=queries.chapters(pack),
        groups=[(ref, list(each)) for ref, each in groupby(found.rows, lambda row: row.item.clause or row.item.step)],
        may_answer=started.is_pinned and may(P.CHECKLIST_ANSWER),
    )


@pages.get("/<int:checklist_id>/export.csv")
@requires(P.PROJECT_READ, on="project")
def export(key: str, checklist_id: int) -> Response:
    """The items that the filter shows, on all its pages, as CSV."""
    project, started = project_queries.project(g.rights.project_id), _opened(checklist_id)
    pack, language = started.pack, _language()
    wanted = _wanted(started, project.current_step)
    found = queries.checklist_page(started.checklist, pack, wanted, language=language, per_page=ALL)
    return csv_answer([forms.HEAD, *forms.cells(found.rows, language)], f"{key}-{pack.id}.csv")


@pages.get("/<int:checklist_id>/matrix")
@requires(P.PROJECT_READ, on="project")
def matrix(key: str, checklist_id: int) -> str:
    """Every clause, or step, with what was answered."""
    started = _opened(checklist_id)
    return render_template(
        "checklists/matrix.html",
        project=project_queries.project(g.rights.project_id),
        started=started,
        pack=started.pack,
        checklist=started.checklist,
        rows=queries.matrix_of(started.checklist),
        chapter_of=queries.chapter_of,
    )


@pages.get("/<int:checklist_id>/items/<item_key>")
@requires(P.PROJECT_READ, on="project")
def item(key: str, checklist_id: int, item_key: str) -> str:
    """One item by itself, with what happened to its answer."""
    started = _opened(checklist_id)
    return _item_page(started, _item(started, item_key))


def _item_page(started: Opened, answer: ItemAnswer, message: str = "") -> str:
    has_history = answer.answer_id is not None and may(P.TRAIL_READ)
    return render_template(
        "checklists/item.html",
        project=project_queries.project(g.rights.project_id),
        started=started,
        checklist=started.checklist,
        pack=started.pack,
        answer=answer,
        words=forms,
        kept=_place(started, answer),
        message=message,
        may_answer=started.is_pinned and may(P.CHECKLIST_ANSWER),
        history=trail_queries.history("answer", answer.answer_id or 0) if has_history else [],
    )


def _place(started: Opened, answer: ItemAnswer) -> dict[str, Any]:
    """Where in the checklist an item stands: the filter of its step or chapter, and the page."""
    pack, item = started.pack, answer.item
    wanted = Wanted(step=item.step or 0, chapter=queries.chapter_of(item.clause) if item.clause else "")
    return _kept(wanted, queries.page_of(pack, item, wanted))


@pages.post("/<int:checklist_id>/items/<item_key>")
@requires(P.CHECKLIST_ANSWER, on="project")
def answer(key: str, checklist_id: int, item_key: str) -> str | Answer:
    """Answer one item: back to it on its page, or only its row where the page's own script asks."""
    started = _opened(checklist_id)
    before = _item(started, item_key)
    form = forms.AnswerItem.of_request()
    if form.accepted():
        try:
            actions.answer_item(
                project=project_queries.project(g.rights.project_id),
                checklist=started.checklist,
                item_key=item_key,
                state=AnswerState(form.state.data),
                note=form.note.data,
                by=g.person,
                seen_version=form.seen_version() or 0,
            )
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
        else:
            return _saved(started, before)
    return _not_saved(started, before, form)


def _saved(started: Opened, before: ItemAnswer) -> str | Answer:
    sent = {name: value for name, value in request.args.items() if name in ("step", "chapter", "state", "q", "page")}
    kept: dict[str, Any] = sent or _place(started, before)
    if wants_fragment():
        return _row(started, _item(started, before.key), kept, saved=True)
    where = url_for(
        ".show", key=g.rights.project_key, checklist_id=started.checklist.id, _anchor=f"item-{before.key}", **kept
    )
    return redirect(where, code=303)


def _not_saved(started: Opened, before: ItemAnswer, form: forms.AnswerItem) -> str:
    """The row as it was typed, with what is missing."""
    state = forms.typed_state(form.state.data) or before.answer_state
    typed = replace(before, answer_state=state, note=form.note.data or "", version=form.seen_version() or 0)
    messages = [str(each) for field in form for each in field.errors] + [str(each) for each in form.form_errors]
    message = _("Not saved. %(why)s", why=" ".join(messages))
    if wants_fragment():
        return _row(started, typed, dict(request.args.items()), message=message)
    return _item_page(started, typed, message)


def _row(started: Opened, answer: ItemAnswer, kept: dict[str, Any], *, saved: bool = False, message: str = "") -> str:
    return render_template(
        "checklists/_row.html",
        key=g.rights.project_key,
        checklist=started.checklist,
        pack=started.pack,
        answer=answer,
        words=forms,
        kept=kept,
        saved=saved,
        message=message,
    )


@pages.route("/<int:checklist_id>/items/<item_key>/evidence", methods=["GET", "POST"])
@requires(P.CHECKLIST_ANSWER, on="project")
def evidence(key: str, checklist_id: int, item_key: str) -> str | Answer:
    """Attach evidence of the project to an item."""
    started = _opened(checklist_id)
    shown = _item(started, item_key)
    choices = evidence_queries.choices(g.rights.project_id)
    form = forms.AttachEvidence.of_request().offer(choices, [each.id for each in shown.evidence])
    project = project_queries.project(g.rights.project_id)
    if form.accepted():
        piece = evidence_queries.evidence_in(project.id, form.evidence_id.data)
        if piece is None:
            raise NotThere
        actions.attach_evidence(
            project=project, checklist=started.checklist, item_key=item_key, evidence=piece, by=g.person
        )
        return _back_to_evidence(started, item_key, _("%(code)s is attached.", code=piece.code))
    return render_template(
        "checklists/evidence.html",
        project=project,
        started=started,
        checklist=started.checklist,
        pack=started.pack,
        answer=shown,
        form=form,
        words=forms,
        kept=_place(started, shown),
    )


@pages.route("/<int:checklist_id>/items/<item_key>/evidence/<any(file, link):kind>", methods=["GET", "POST"])
@requires(P.EVIDENCE_ADD, on="project")
def add_evidence(key: str, checklist_id: int, item_key: str, kind: str) -> str | Answer:
    """Add a file or a link to the project's evidence and attach it to an item at once."""
    started = _opened(checklist_id)
    shown = _item(started, item_key)
    project = project_queries.project(g.rights.project_id)
    form = (evidence_forms.AddFile if kind == "file" else evidence_forms.AddLink).of_request()
    if form.accepted():
        facts: dict[str, Any] = {
            "project": project,
            "title": form.title.data,
            "by": g.person,
            "valid_until": form.valid_until.data,
            "note": form.note.data,
        }
        try:
            piece = _added(form, facts)
            actions.attach_evidence(
                project=project, checklist=started.checklist, item_key=item_key, evidence=piece, by=g.person
            )
            return _back_to_evidence(started, item_key, _("%(code)s is added and attached.", code=piece.code))
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template(
        "checklists/add_evidence.html",
        project=project,
        checklist=started.checklist,
        answer=shown,
        form=form,
        multipart=kind == "file",
    )


def _added(form: evidence_forms.AddFile | evidence_forms.AddLink, facts: dict[str, Any]) -> Any:
    if isinstance(form, evidence_forms.AddLink):
        return evidence_actions.add_link(url=form.url.data, **facts)
    sent = form.file.data
    return evidence_actions.add_file(stream=sent.stream, filename=sent.filename, home=home(), limit=limit(), **facts)


@pages.post("/<int:checklist_id>/items/<item_key>/evidence/<int:evidence_id>/detach")
@requires(P.CHECKLIST_ANSWER, on="project")
def detach(key: str, checklist_id: int, item_key: str, evidence_id: int) -> Answer:
    """Take evidence away from an item."""
    started = _opened(checklist_id)
    piece = evidence_queries.evidence_in(g.rights.project_id, evidence_id)
    if piece is None:
        raise NotThere
    actions.detach_evidence(
        project=project_queries.project(g.rights.project_id),
        checklist=started.checklist,
        item_key=item_key,
        evidence=piece,
        by=g.person,
    )
    return _back_to_evidence(started, item_key, _("%(code)s no longer bears on this item.", code=piece.code))


def _back_to_evidence(started: Opened, item_key: str, message: str) -> Answer:
    flash(message, "success")
    where = url_for(".evidence", key=g.rights.project_key, checklist_id=started.checklist.id, item_key=item_key)
    return redirect(where, code=303)
