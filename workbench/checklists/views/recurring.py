"""Pages of checklists that come again: their register, the runs of each, and the heat map over the runs."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as Answer

from workbench import clock
from workbench.checklists import actions, forms, queries
from workbench.checklists.registers import REGISTERS
from workbench.checklists.views.blueprint import ALL, language, pages
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as project_queries
from workbench.registers.views import serve
from workbench.web.refusals import NotThere
from workbench.web.sheets import csv_answer

serve(pages, *REGISTERS, under="/")


def _recurrence(record_id: int) -> Any:
    found = queries.recurrence_in(g.rights.project_id, record_id)
    if found is None:
        raise NotThere
    return found


@pages.post("/recurrences/due")
@requires(P.CHECKLIST_ASSIGN, on="project")
def start_due(key: str) -> Answer:
    """Make the checklists of the runs that are due on this project."""
    made = actions.start_due_checklists(clock.today(), by=g.person, project_id=g.rights.project_id)
    count = len(made)
    told = ngettext("%(num)s checklist is started.", "%(num)s checklists are started.", count)
    flash(told if made else _("No run is due that is not started already."), "success")
    return redirect(url_for(".all_runs", key=key), code=303)


@pages.get("/runs")
@requires(P.PROJECT_READ, on="project")
def all_runs(key: str) -> str:
    """Every recurrence of the project that stands, with its last run."""
    found = queries.running_recurrences(g.rights.project_id)
    return render_template(
        "checklists/all_runs.html",
        project=project_queries.project(g.rights.project_id),
        rows=[(each, queries.title_of(each.pack_id, language()), last) for each, last in queries.last_runs(found)],
    )


@pages.get("/runs.csv")
@requires(P.PROJECT_READ, on="project")
def export_all_runs(key: str) -> Response:
    """The recurrences that stand, each with its last run."""
    last = queries.last_runs(queries.running_recurrences(g.rights.project_id))
    rows = [forms.last_run_cells(each, queries.title_of(each.pack_id, language()), run) for each, run in last]
    return csv_answer([forms.last_run_head(), *rows], f"{key}-recurring-checklists.csv")


@pages.get("/recurrences/<int:record_id>/runs.csv")
@requires(P.PROJECT_READ, on="project")
def export_runs(key: str, record_id: int) -> Response:
    """The runs of one recurrence, newest first, with how often each answer was given."""
    found = _recurrence(record_id)
    rows = [forms.run_cells(each) for each in queries.runs_of(found)]
    return csv_answer([forms.run_head(), *rows], f"{key}-{found.code}-runs.csv")


@pages.get("/recurrences/<int:record_id>/runs")
@requires(P.PROJECT_READ, on="project")
def runs(key: str, record_id: int) -> str:
    """The runs of one recurrence, newest first, and how far each is."""
    found = _recurrence(record_id)
    return render_template(
        "checklists/runs.html",
        project=project_queries.project(g.rights.project_id),
        recurrence=found,
        runs=queries.runs_of(found),
        pack_title=queries.title_of(found.pack_id, language()),
    )


@pages.get("/recurrences/<int:record_id>/heat-map")
@requires(P.PROJECT_READ, on="project")
def heat_map(key: str, record_id: int) -> str:
    """Clauses down, runs across: the worst answer and the share that satisfies."""
    found, by_clause = _recurrence(record_id), request.args.get("by") != "chapter"
    pack = queries.installed(found.pack_id)
    return render_template(
        "checklists/heat_map.html",
        project=project_queries.project(g.rights.project_id),
        recurrence=found,
        pack_title=queries.title_of(found.pack_id, language()),
        has_steps=pack is not None and bool(pack.steps),
        by_clause=by_clause,
        map=queries.heat_map(found, by_clause=by_clause),
        words=forms,
    )


@pages.get("/recurrences/<int:record_id>/heat-map.csv")
@requires(P.PROJECT_READ, on="project")
def export_heat_map(key: str, record_id: int) -> Response:
    """The heat map over all runs as CSV."""
    found = _recurrence(record_id)
    shown = queries.heat_map(found, by_clause=request.args.get("by") != "chapter", columns=ALL)
    return csv_answer(forms.heat_cells(shown, language()), f"{key}-{found.code}-heat-map.csv")
