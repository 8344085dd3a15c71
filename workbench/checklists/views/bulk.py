"""Several items at once: the same answer, the same evidence, or asked of one person. Rows that are refused stay ticked."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response as Answer

from workbench.checklists import actions, forms, queries
from workbench.checklists.actions import Together
from workbench.checklists.queries import ItemAnswer, Opened, Wanted
from workbench.checklists.rules import AnswerState
from workbench.checklists.views.blueprint import closed_to, language, opened, pages
from workbench.checklists.views.filters import kept_of, sent_filter, wanted_of
from workbench.evidence import queries as evidence_queries
from workbench.people import queries as people
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as project_queries
from workbench.web.refusals import BadValue, NotThere, Refused


def _chosen(started: Opened) -> list[ItemAnswer]:
    """The items ticked, or with which=page or which=all those of the page or of the whole filter, with their answers."""
    which = request.args.get("which", "ticked")
    if request.method == "POST" or which == "ticked":
        named = request.form.getlist("items") if request.method == "POST" else request.args.getlist("items")
        keys = dict.fromkeys(each.partition(":")[0] for each in named)
    elif which == "page":
        keys = dict.fromkeys(request.args.get("shown", "").split())
    else:
        return queries.checklist_all(started.checklist, started.pack, _filter(started), language=language())
    items = [item for key in keys if (item := queries.item_in(started.pack, key)) is not None]
    return list(queries.answers_to(started.checklist, items).values())


def _filter(started: Opened) -> Wanted:
    project = project_queries.project(g.rights.project_id)
    return wanted_of(started, project.current_step, queries.asked_of(started.checklist))


@pages.route("/<int:checklist_id>/together/answer", methods=["GET", "POST"])
@requires(P.ANSWER_GIVE, on="project")
def answer_together(key: str, checklist_id: int) -> str | Answer:
    """The same answer and note for several items."""
    started = opened(checklist_id)
    if closed_to(started):
        raise Refused(closed_to(started))
    form = forms.AnswerTogether.of_request()
    if form.accepted():
        try:
            found = actions.answer_items(
                project=project_queries.project(g.rights.project_id),
                checklist=started.checklist,
                seen=form.items.seen(),
                state=AnswerState(form.state.data),
                note=form.note.data,
                by=g.person,
                rights=g.rights,
            )
            return _done(started, form, found, "answer")
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return _page(started, form, "answer")


@pages.route("/<int:checklist_id>/together/evidence", methods=["GET", "POST"])
@requires(P.ANSWER_GIVE, on="project")
def attach_together(key: str, checklist_id: int) -> str | Answer:
    """The same evidence for several items."""
    started = opened(checklist_id)
    if closed_to(started):
        raise Refused(closed_to(started))
    form = forms.AttachTogether.of_request().offer(evidence_queries.choices(g.rights.project_id))
    if form.accepted():
        piece = evidence_queries.evidence_in(g.rights.project_id, form.evidence_id.data)
        if piece is None:
            raise NotThere
        found = actions.attach_to_items(
            project=project_queries.project(g.rights.project_id), checklist=started.checklist,
            item_keys=form.items.keys(), evidence=piece, by=g.person, rights=g.rights,
        )
        return _done(started, form, found, "evidence")
    return _page(started, form, "evidence")


@pages.route("/<int:checklist_id>/together/ask", methods=["GET", "POST"])
@requires(P.CHECKLIST_ASSIGN, on="project")
def ask_together(key: str, checklist_id: int) -> str | Answer:
    """Several items asked of one person."""
    started = opened(checklist_id)
    form = forms.AskTogether.of_request().offer(queries.respondents(started.checklist))
    if form.accepted():
        person = people.person(form.person_id.data)
        if person is None:
            raise NotThere
        try:
            found = actions.assign_items(
                project=project_queries.project(g.rights.project_id), checklist=started.checklist,
                item_keys=form.items.keys(), person=person, due_on=form.due_on.data, by=g.person,
            )
            return _done(started, form, found, "ask")
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return _page(started, form, "ask")


def _done(started: Opened, form: Any, found: Together, verb: str) -> str | Answer:
    """Back to the checklist; where rows were refused the same form with those rows ticked and the reason of each."""
    count = len(found.done)
    if found.done:
        flash(ngettext("%(num)s question is done.", "%(num)s questions are done.", count), "success")
    if not found.refused:
        where = url_for(".show", key=g.rights.project_key, checklist_id=started.checklist.id, **sent_filter())
        return redirect(where, code=303)
    if not found.done:
        g.form_refused = True
    return _page(started, form, verb, found)


def _page(started: Opened, form: Any, verb: str, found: Together | None = None) -> str:
    rows, refused = _chosen(started), found.refused if found is not None else {}
    if found is not None:
        rows = [each for each in rows if each.key in refused]
    return render_template(
        "checklists/together.html",
        project=project_queries.project(g.rights.project_id),
        started=started,
        checklist=started.checklist,
        pack=started.pack,
        form=form,
        verb=verb,
        rows=rows,
        refused=refused,
        kept=sent_filter() or kept_of(_filter(started), 1),
    )
