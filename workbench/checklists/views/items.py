"""Pages of a checklist, its items and their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from workbench.checklists import actions, forms, queries
from workbench.checklists.queries import ItemAnswer, Opened
from workbench.checklists.rules import AnswerState
from workbench.checklists.views.applicability import switched_with_clause
from workbench.checklists.views.blueprint import ALL, check_item, closed_to, drawn, item_of, language, opened, pages
from workbench.checklists.views.filters import kept_of, place_of, sent_filter, wanted_of
from workbench.evidence import queries as evidence_queries
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as project_queries
from workbench.trail import queries as trail_queries
from workbench.trail.queries import Event
from workbench.web.fragments import wants_fragment
from workbench.web.paging import wanted_page
from workbench.web.refusals import BadValue, NotThere, Refused
from workbench.web.sheets import csv_answer

TOGETHER = ("items_answered_together", "evidence_attached_together", "answers_imported")


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
    project, started = project_queries.project(g.rights.project_id), opened(checklist_id)
    pack, asked = started.pack, queries.asked_of(started.checklist)
    wanted = wanted_of(started, project.current_step, asked)
    found = queries.checklist_page(
        started.checklist, pack, wanted, language=language(), page=wanted_page(request.args.get("page"))
    )
    found = replace(found, rows=queries.with_mapped(started.checklist, pack, found.rows))
    keys, shut = [each.key for each in found.rows], closed_to(started)
    return render_template(
        "checklists/show.html",
        drawn=drawn,
        project=project,
        started=started,
        checklist=started.checklist,
        pack=pack,
        page=found,
        wanted=wanted,
        kept=kept_of(wanted, found.page),
        words=forms,
        chapters=queries.chapters(pack),
        groups=[(ref, list(each)) for ref, each in groupby(found.rows, lambda row: row.item.clause or row.item.step)],
        asked=asked,
        comments=queries.comment_counts(checklist_id, keys),
        shut=shut,
        barred=frozenset(
            each.key
            for each in found.rows
            if each.off or queries.why_item_not(asked.get(each.key), g.person, g.rights) is not None
        ),
        later=queries.later_editions(pack.id),
        passage=None if pack.steps else queries.transition_of(checklist_id),
        may_ask=started.is_pinned and may(P.CHECKLIST_ASSIGN),
    )


@pages.get("/<int:checklist_id>/export.csv")
@requires(P.PROJECT_READ, on="project")
def export(key: str, checklist_id: int) -> Response:
    """The items that the filter shows, on all its pages, as CSV."""
    project, started = project_queries.project(g.rights.project_id), opened(checklist_id)
    pack, spoken = started.pack, language()
    wanted = wanted_of(started, project.current_step, queries.asked_of(started.checklist))
    found = queries.checklist_page(started.checklist, pack, wanted, language=spoken, per_page=ALL)
    rows = queries.with_off(started.checklist, pack, found.rows)
    return csv_answer([forms.HEAD, *forms.cells(rows, spoken)], f"{key}-{pack.id}.csv")


@pages.get("/<int:checklist_id>/matrix")
@requires(P.PROJECT_READ, on="project")
def matrix(key: str, checklist_id: int) -> str:
    """Every clause, or step, with what was answered."""
    started = opened(checklist_id)
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
    started = opened(checklist_id)
    return _item_page(started, item_of(started, item_key))


def _item_page(started: Opened, answer: ItemAnswer, message: str = "") -> str:
    asked = queries.asked_of(started.checklist, [answer.key]).get(answer.key)
    may_ask = started.is_pinned and may(P.CHECKLIST_ASSIGN)
    return render_template(
        "checklists/item.html",
        project=project_queries.project(g.rights.project_id),
        started=started,
        checklist=started.checklist,
        pack=started.pack,
        answer=answer,
        words=forms,
        kept=place_of(started, answer),
        message=message,
        shut=closed_to(started),
        barred=bool(answer.off) or queries.why_item_not(asked, g.person, g.rights) is not None,
        history=_history(started, answer) if may(P.TRAIL_READ) else [],
        asked=asked,
        comments=queries.comments_on(started.checklist.id, answer.key),
        ask=forms.AskTogether.of_request().offer(queries.respondents(started.checklist)) if may_ask else None,
        may_ask=may_ask,
    )


def _history(started: Opened, answer: ItemAnswer) -> list[Event]:
    """What happened to an answer, also where it was given together with others."""
    alone = trail_queries.history("answer", answer.answer_id) if answer.answer_id is not None else []
    together = [
        replace(each, old=each.old.get("items", {}).get(answer.key, {}), new=_of_item(each.new, answer.key))
        for each in trail_queries.history("checklist", started.checklist.id)
        if each.act in TOGETHER and answer.key in each.new.get("items", ())
    ]
    switched = switched_with_clause(started.checklist.id, answer.key)
    return sorted([*alone, *together, *switched], key=lambda each: each.seq)


def _of_item(new: Mapping[str, Any], item_key: str) -> Any:
    """What an entry about several items says of one: its own part where each has one, else what all share."""
    items = new["items"]
    return {**items[item_key], "evidence": ", ".join(items[item_key]["evidence"])} if isinstance(items, dict) else new


@pages.post("/<int:checklist_id>/items/<item_key>")
@requires(P.ANSWER_GIVE, on="project")
def answer(key: str, checklist_id: int, item_key: str) -> str | Answer:
    """Answer one item: back to it on its page, or only its row where the page's own script asks."""
    started = opened(checklist_id)
    before = item_of(started, item_key)
    form = forms.AnswerItem.of_request()
    if form.accepted():
        check_item(started, item_key)
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
    kept = sent_filter() or place_of(started, before)
    if wants_fragment():
        return row_of(started, item_of(started, before.key), kept, saved=True)
    page = ".mine" if kept.pop("back", "") == "mine" else ".show"
    where = url_for(
        page, key=g.rights.project_key, checklist_id=started.checklist.id, _anchor=f"item-{before.key}", **kept
    )
    return redirect(where, code=303)


def _not_saved(started: Opened, before: ItemAnswer, form: forms.AnswerItem) -> str:
    """The row as it was typed, with what is missing."""
    state = forms.typed_state(form.state.data) or before.answer_state
    typed = replace(before, answer_state=state, note=form.note.data or "", version=form.seen_version() or 0)
    messages = [str(each) for field in form for each in field.errors] + [str(each) for each in form.form_errors]
    message = _("Not saved. %(why)s", why=" ".join(messages))
    if wants_fragment():
        return row_of(started, typed, dict(request.args.items()), message=message)
    return _item_page(started, typed, message)


def row_of(started: Opened, answer: ItemAnswer, kept: dict[str, Any], *, saved: bool = False, message: str = "") -> str:
    """One item as a fragment."""
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
        asked=queries.asked_of(started.checklist, [answer.key]).get(answer.key),
        comments=queries.comment_counts(started.checklist.id, [answer.key]),
    )


@pages.route("/<int:checklist_id>/items/<item_key>/evidence", methods=["GET", "POST"])
@requires(P.ANSWER_GIVE, on="project")
def evidence(key: str, checklist_id: int, item_key: str) -> str | Answer:
    """Attach evidence of the project to an item."""
    started = opened(checklist_id)
    shown = item_of(started, item_key)
    choices = evidence_queries.choices(g.rights.project_id)
    form = forms.AttachEvidence.of_request().offer(choices, [each.id for each in shown.evidence])
    project = project_queries.project(g.rights.project_id)
    if form.accepted():
        check_item(started, item_key)
        piece = evidence_queries.evidence_in(project.id, form.evidence_id.data)
        if piece is None:
            raise NotThere
        actions.attach_evidence(
            project=project, checklist=started.checklist, item_key=item_key, evidence=piece, by=g.person
        )
        return back_to_evidence(started, item_key, _("%(code)s is attached.", code=piece.code))
    return render_template(
        "checklists/evidence.html",
        project=project,
        started=started,
        checklist=started.checklist,
        pack=started.pack,
        answer=shown,
        form=form,
        words=forms,
        kept=place_of(started, shown),
        may_change=_may_change(started, item_key),
    )


def _may_change(started: Opened, item_key: str) -> bool:
    asked = queries.asked_of(started.checklist, [item_key]).get(item_key)
    return not closed_to(started) and queries.why_item_not(asked, g.person, g.rights) is None


@pages.post("/<int:checklist_id>/items/<item_key>/evidence/<int:evidence_id>/detach")
@requires(P.ANSWER_GIVE, on="project")
def detach(key: str, checklist_id: int, item_key: str, evidence_id: int) -> Answer:
    """Take evidence away from an item."""
    started = opened(checklist_id)
    piece = evidence_queries.evidence_in(g.rights.project_id, evidence_id)
    if piece is None:
        raise NotThere
    check_item(started, item_key)
    actions.detach_evidence(
        project=project_queries.project(g.rights.project_id),
        checklist=started.checklist,
        item_key=item_key,
        evidence=piece,
        by=g.person,
    )
    return back_to_evidence(started, item_key, _("%(code)s no longer bears on this item.", code=piece.code))


def back_to_evidence(started: Opened, item_key: str, message: str) -> Answer:
    """To the evidence of an item, with what was done."""
    flash(message, "success")
    where = url_for(".evidence", key=g.rights.project_key, checklist_id=started.checklist.id, item_key=item_key)
    return redirect(where, code=303)
