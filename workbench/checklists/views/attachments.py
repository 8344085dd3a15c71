"""New evidence for one item: several files at once, photos, files dropped on a row, a link."""

from __future__ import annotations

from typing import Any

from flask import flash, g, render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from workbench.checklists import actions
from workbench.checklists.actions import Attached
from workbench.checklists.queries import ItemAnswer, Opened
from workbench.checklists.views.blueprint import check_item, item_of, opened, pages
from workbench.checklists.views.filters import place_of, sent_filter
from workbench.checklists.views.items import back_to_evidence, row_of
from workbench.evidence import actions as evidence_actions
from workbench.evidence import forms as evidence_forms
from workbench.evidence.views import home, limit
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as project_queries
from workbench.web.fragments import wants_fragment
from workbench.web.refusals import BadValue, Refused


@pages.route("/<int:checklist_id>/items/<item_key>/evidence/<any(file, link):kind>", methods=["GET", "POST"])
@requires(P.EVIDENCE_ADD, on="project")
def add_evidence(key: str, checklist_id: int, item_key: str, kind: str) -> str | Answer:
    """Add files or a link to the project's evidence and attach them to an item at once."""
    started = opened(checklist_id)
    shown = item_of(started, item_key)
    form = (evidence_forms.AddFiles if kind == "file" else evidence_forms.AddLink).of_request()
    if form.accepted():
        check_item(started, item_key)
        try:
            found = _attached(started, item_key, form)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
        else:
            for each in found.refused:
                flash(_("Not attached: %(why)s", why=each), "error")
            return back_to_evidence(started, item_key, _("Added and attached: %(codes)s.", codes=found.codes))
    return render_template(
        "checklists/add_evidence.html",
        project=project_queries.project(g.rights.project_id),
        checklist=started.checklist,
        answer=shown,
        form=form,
        multipart=kind == "file",
    )


@pages.post("/<int:checklist_id>/items/<item_key>/evidence/files")
@requires(P.EVIDENCE_ADD, on="project")
def drop_files(key: str, checklist_id: int, item_key: str) -> str | Answer:
    """Files dropped on a row of the checklist: the row as it is now, with each file that was refused by name."""
    started = opened(checklist_id)
    shown, form = item_of(started, item_key), evidence_forms.AddFiles.of_request()
    message = ""
    if form.accepted():
        check_item(started, item_key)
        try:
            found = _attached(started, item_key, form)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
        else:
            message = " ".join(_("Not attached: %(why)s", why=each) for each in found.refused)
            return _shown(started, item_of(started, item_key), message, _("Attached: %(codes)s.", codes=found.codes))
    errors = [str(each) for field in form for each in field.errors] + [str(each) for each in form.form_errors]
    return _shown(started, shown, _("Not attached: %(why)s", why=" ".join(errors)))


def _shown(started: Opened, answer: ItemAnswer, message: str, done: str = "") -> str | Answer:
    if wants_fragment():
        return row_of(started, answer, sent_filter() or place_of(started, answer), message=f"{done} {message}".strip())
    if not done:
        raise Refused(message, code=422)
    if message:
        flash(message, "error")
    return back_to_evidence(started, answer.key, done)


def _attached(
    started: Opened, item_key: str, form: evidence_forms.AddFiles | evidence_forms.AddLink
) -> Attached:
    project = project_queries.project(g.rights.project_id)
    about: dict[str, Any] = {"title": form.title.data, "valid_until": form.valid_until.data, "note": form.note.data}
    where: dict[str, Any] = {"project": project, "checklist": started.checklist, "item_key": item_key, "by": g.person}
    if isinstance(form, evidence_forms.AddFiles):
        return actions.attach_files(files=form.sent(), home=home(), limit=limit(), **where, **about)
    piece = evidence_actions.add_link(project=project, url=form.url.data, by=g.person, **about)
    actions.attach_evidence(evidence=piece, **where)
    return Attached([piece])
