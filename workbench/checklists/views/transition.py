"""From one edition of a standard to the next: what becomes of each question, before and after."""

from __future__ import annotations

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from workbench.checklists import actions, forms, queries
from workbench.checklists.queries import Done, Opened, Report
from workbench.checklists.views.blueprint import closed_to, language, opened, pages
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as project_queries
from workbench.web.refusals import BadValue
from workbench.web.sheets import csv_answer


@pages.get("/<int:checklist_id>/transition")
@requires(P.PROJECT_READ, on="project")
def transition(key: str, checklist_id: int) -> str:
    """What a transition would do, or what the one that was made did."""
    return _page(opened(checklist_id), forms.GoOver.of_request(formdata=None))


@pages.post("/<int:checklist_id>/transition")
@requires(P.CHECKLIST_START, on="project")
def go_over(key: str, checklist_id: int) -> str | Answer:
    """Make the checklist of the later edition."""
    started, form = opened(checklist_id), forms.GoOver.of_request()
    if form.accepted():
        try:
            made = actions.migrate_checklist(
                project=project_queries.project(g.rights.project_id),
                checklist=started.checklist,
                to_pack=form.to_pack.data,
                by=g.person,
            )
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
        else:
            flash(_("The checklist of the later edition is made. The earlier one is closed."), "success")
            return redirect(url_for(".transition", key=key, checklist_id=made.id), code=303)
    return _page(started, form)


@pages.get("/<int:checklist_id>/transition.csv")
@requires(P.PROJECT_READ, on="project")
def transition_export(key: str, checklist_id: int) -> Response:
    """The report as CSV."""
    started = opened(checklist_id)
    report = _report(started, queries.transition_of(checklist_id))
    rows = forms.transition_cells(report, language()) if report is not None else []
    return csv_answer([forms.TRANSITION_HEAD, *rows], f"{key}-{started.pack.id}-transition.csv")


def _report(started: Opened, done: Done | None) -> Report | None:
    """The report of the transition that was made; else of the one that is looked at, by default the only one there is."""
    if done is not None:
        return done.report
    later = queries.later_editions(started.pack.id)
    wanted = request.args.get("to") or (later[0].id if later else "")
    return queries.planned_transition(started.checklist, started.pack, wanted)


def _page(started: Opened, form: forms.GoOver) -> str:
    done = queries.transition_of(started.checklist.id)
    is_standing = not started.checklist.occasion and done is None
    return render_template(
        "checklists/transition.html",
        project=project_queries.project(g.rights.project_id),
        started=started,
        checklist=started.checklist,
        pack=started.pack,
        done=done,
        report=_report(started, done),
        form=form,
        words=forms,
        may_go=is_standing and may(P.CHECKLIST_START) and not closed_to(started),
    )
