"""What applies: clauses of a checklist switched off with a reason, and on again."""

from __future__ import annotations

from dataclasses import replace

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from workbench.checklists import actions, forms, queries
from workbench.checklists.queries import Opened
from workbench.checklists.rules import AnswerState
from workbench.checklists.views.blueprint import closed_to, opened, pages
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as project_queries
from workbench.trail import queries as trail_queries
from workbench.trail.queries import Event
from workbench.web.refusals import BadValue, Refused


@pages.get("/<int:checklist_id>/applicability")
@requires(P.PROJECT_READ, on="project")
def applicability(key: str, checklist_id: int) -> str:
    """Every clause of a checklist, and what is switched off why."""
    return _page(opened(checklist_id), forms.ExcludeClause.of_request(formdata=None))


@pages.post("/<int:checklist_id>/applicability")
@requires(P.CHECKLIST_START, on="project")
def exclude(key: str, checklist_id: int) -> str | Response:
    """Switch a clause off with all below it."""
    started, form = opened(checklist_id), forms.ExcludeClause.of_request()
    if form.accepted():
        try:
            actions.exclude_clause(
                project=project_queries.project(g.rights.project_id),
                checklist=started.checklist,
                clause=form.clause.data,
                reason=form.reason.data,
                by=g.person,
            )
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
        else:
            return _back(checklist_id, _("Clause %(clause)s is switched off.", clause=form.clause.data))
    return _page(started, form)


@pages.post("/<int:checklist_id>/applicability/on")
@requires(P.CHECKLIST_START, on="project")
def include(key: str, checklist_id: int) -> Response:
    """Switch a clause on again."""
    started, form = opened(checklist_id), forms.IncludeClause.of_request()
    if not form.accepted():
        raise Refused(_("Choose a clause that is switched off."), code=422)
    actions.include_clause(
        project=project_queries.project(g.rights.project_id),
        checklist=started.checklist,
        clause=form.clause.data,
        by=g.person,
    )
    return _back(checklist_id, _("Clause %(clause)s is switched on again.", clause=form.clause.data))


def _page(started: Opened, form: forms.ExcludeClause) -> str:
    return render_template(
        "checklists/applicability.html",
        project=project_queries.project(g.rights.project_id),
        started=started,
        checklist=started.checklist,
        pack=started.pack,
        rows=queries.applies(started.checklist, started.pack),
        past=queries.exclusions(started.checklist.id),
        form=form,
        may_switch=may(P.CHECKLIST_START) and not closed_to(started) and not started.pack.steps,
    )


def _back(checklist_id: int, message: str) -> Response:
    flash(message, "success")
    return redirect(url_for(".applicability", key=g.rights.project_key, checklist_id=checklist_id), code=303)


def switched_with_clause(checklist_id: int, item_key: str) -> list[Event]:
    """What a question's history tells of its clause: each time it was switched off, and given back what it said before."""
    found = []
    for each in queries.exclusions_over(checklist_id, item_key):
        was = {"state": each.before[item_key][0], "note": each.before[item_key][1]}
        off = {"state": AnswerState.NOT_APPLICABLE.value, "note": each.reason}
        for event in trail_queries.history("exclusion", each.id):
            if event.act == "clause_excluded":
                found.append(replace(event, old=was, new=off))
            elif item_key in event.new["items"]:
                found.append(replace(event, old=off, new=was))
    return found
