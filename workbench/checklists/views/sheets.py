"""Pages of the answers as a spreadsheet: export, import with a preview, confirmation."""

from __future__ import annotations

from flask import Response, flash, g, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as Answer

from workbench.checklists import actions, forms, queries
from workbench.checklists.actions import BARRED
from workbench.checklists.queries import Opened
from workbench.checklists.views.blueprint import ALL, closed_to, language, opened, pages
from workbench.checklists.views.filters import wanted_of
from workbench.evidence.views import limit
from workbench.people import queries as people
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as project_queries
from workbench.web.refusals import BadValue, NotThere, Refused
from workbench.web.transactions import pause

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/<int:checklist_id>/answers.xlsx")
@requires(P.PROJECT_READ, on="project")
def export_sheet(key: str, checklist_id: int) -> Response:
    """The items that the filter shows, on all its pages, as a workbook to answer in."""
    project, started = project_queries.project(g.rights.project_id), opened(checklist_id)
    wanted = wanted_of(started, project.current_step, queries.asked_of(started.checklist))
    found = queries.checklist_page(started.checklist, started.pack, wanted, language=language(), per_page=ALL)
    made = actions.answers_workbook(checklist=started.checklist, answers=found.rows, language=language())
    response = make_response(made)
    response.headers["Content-Type"] = XLSX
    response.headers.set("Content-Disposition", "attachment", filename=f"{key}-{started.pack.id}.xlsx")
    return response


@pages.route("/<int:checklist_id>/import", methods=["GET", "POST"])
@requires(P.ANSWER_GIVE, on="project")
def import_answers(key: str, checklist_id: int) -> str | Answer:
    """Send a workbook back; what it would change is shown before anything is saved."""
    project, started = project_queries.project(g.rights.project_id), opened(checklist_id)
    if closed_to(started):
        raise Refused(closed_to(started))
    form = forms.ImportAnswers.of_request()
    if form.accepted():
        sent = form.file.data
        data = sent.stream.read(limit() + 1)
        pause()  # opening a workbook takes a moment, in which others may write
        try:
            made = actions.read_answers(
                project=project, checklist=started.checklist, data=data, filename=sent.filename, by=g.person
            )
            return redirect(url_for(".imported", key=key, checklist_id=checklist_id, import_id=made.id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("checklists/import.html", **_about(started), form=form, multipart=True)


@pages.route("/<int:checklist_id>/imports/<int:import_id>", methods=["GET", "POST"])
@requires(P.ANSWER_GIVE, on="project")
def imported(key: str, checklist_id: int, import_id: int) -> str | Answer:
    """What a workbook would change, or did; taking it over."""
    started = opened(checklist_id)
    sheet = queries.import_in(checklist_id, import_id)
    if sheet is None:
        raise NotThere
    found = queries.preview(started.checklist, started.pack, sheet, g.person, g.rights)
    form = forms.take_over([each.item.key for each in found.conflicts]).of_request()
    if form.accepted():
        done = actions.apply_answers(
            project=project_queries.project(g.rights.project_id),
            checklist=started.checklist,
            sheet=sheet,
            seen=form.versions(),
            picks=form.picks(),
            by=g.person,
            rights=g.rights,
        )
        told = ngettext("%(num)s answer is taken over.", "%(num)s answers are taken over.", len(done.done))
        flash(told, "success")
        return redirect(url_for(".imported", key=key, checklist_id=checklist_id, import_id=import_id), code=303)
    form.seen.data = form.seen.data or found.seen
    return render_template(
        "checklists/imported.html",
        **_about(started),
        sheet=sheet,
        found=found,
        form=form,
        words=forms,
        reasons=BARRED,
        reader=reader.name if (reader := people.person(sheet.read_by_id)) is not None else "",
        is_mine=sheet.read_by_id == g.person.id,
    )


@pages.post("/<int:checklist_id>/imports/<int:import_id>/discard")
@requires(P.ANSWER_GIVE, on="project")
def discard_import(key: str, checklist_id: int, import_id: int) -> Answer:
    """Put a workbook aside without taking anything over."""
    started = opened(checklist_id)
    sheet = queries.import_in(started.checklist.id, import_id)
    if sheet is None:
        raise NotThere
    actions.discard_answers(sheet=sheet, by=g.person)
    flash(_("The spreadsheet is discarded; no answer changed."), "success")
    return redirect(url_for(".show", key=key, checklist_id=checklist_id), code=303)


def _about(started: Opened) -> dict[str, object]:
    return {
        "project": project_queries.project(g.rights.project_id),
        "checklist": started.checklist,
        "pack": started.pack,
    }
