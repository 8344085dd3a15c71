"""Pages of runs of mappings: the list, a new run, what came out row by row, refused rows, and two runs side by side."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from flask import Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.trials import forms as words
from workbench.trials.actions import runs as actions
from workbench.trials.forms import runs as forms
from workbench.trials.queries import runs as queries
from workbench.trials.rules.runs import COUNTED
from workbench.trials.store import runs as store
from workbench.trials.views.blueprint import PREFIX, pages
from workbench.web.addresses import row_number
from workbench.web.paging import PER_PAGE, Page, wanted_page
from workbench.web.refusals import BadValue, NotThere, Refused
from workbench.web.sheets import csv_answer, xlsx_answer

SHOWN = 200  # rows that moved between two runs, on their page; all of the first thousand are in the export
WORKBOOK_ROWS = 200_000  # more do not open in reasonable time; CSV and JSON hold all


@pages.get(PREFIX + "/runs")
@requires(P.PROJECT_READ, on="project")
def mapping_runs(key: str) -> str:
    """The runs of mappings of a project, newest first."""
    project = project_of(g.rights.project_id)
    name, text = request.args.get("mapping", "")[:100], request.args.get("text", "")[:200]
    page = queries.mapping_runs(project.id, name=name, text=text, page=wanted_page(request.args.get("page")))
    return render_template(
        "trials/mapping_runs.html", project=project, page=page, name=name, text=text, words=words, kinds=forms.COUNTS,
        mappings=queries.run_mappings(project.id), can_run=bool(queries.version_choices(project.id)),
    )


@pages.get(PREFIX + "/runs.csv")
@requires(P.PROJECT_READ, on="project")
def export_mapping_runs(key: str) -> Response:
    """Every run that the filter leaves."""
    name, text = request.args.get("mapping", "")[:100], request.args.get("text", "")[:200]
    found = queries.mapping_runs(g.rights.project_id, name=name, text=text, per_page=100_000).rows
    head = ["run", "title", "month", "mapping", "version", *COUNTED, "live_unchanged", "fake", "run_at", "run_by"]
    rows = [
        [f"M{each.number}", each.title, f"{each.period_on:%Y-%m}" if each.period_on else "", each.mapping, each.version,
         *(each.counts[kind] for kind in COUNTED), str(each.is_live_unchanged).lower(), str(each.fakes).lower(),
         each.run_at, each.run_by]
        for each in found
    ]
    return csv_answer([head, *rows], f"{key}-mapping-runs.csv")


@pages.route(PREFIX + "/runs/new", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def new_mapping_run(key: str) -> str | Redirect:
    """Choose a version, then what each of its sources reads; the run is done in the background."""
    project = project_of(g.rights.project_id)
    again = _again(project.id)
    asked = row_number(request.values.get("version_id")) or (again.version_id if again else None)
    choices = queries.version_choices(project.id)
    version = queries.version(project.id, asked) if asked else None
    if version is None:
        return render_template("trials/choose_version.html", project=project, choices=choices)
    form = forms.run_form(project.id, version, again)
    if form.accepted():
        wish = actions.Wish(
            version_id=version.id, title=form.title.data, period_on=form.period_on.data, chosen=form.chosen(),
            uploads=form.uploads(), parameters=form.values(), has_overlay=form["has_overlay"].data,
            again=again.number if again else 0, note=form["note"].data,
        )
        try:
            job = actions.start_mapping_run(
                project=project, wish=wish, home=current_app.extensions["ninefold"].home, by=g.person,
                keys=current_app.extensions["ninefold"].keys, address=url_for(".mapping_runs", key=key) + "/",
            )
            return redirect(url_for("desk.job", job_id=job.id), code=303)
        except BadValue as refusal:
            form.blame_source(refusal.field, words.said(refusal.message))
    return render_template("trials/new_mapping_run.html", form=form, project=project, version=version, again=again,
                           choices=choices)


def _again(project_id: int) -> queries.RunRecipe | None:
    """The run whose recipe is to be run again. Raises NotThere for a number that no run has."""
    number = row_number(request.values.get("again"))
    found = queries.recipe_of(project_id, number) if number else None
    if number and found is None:
        raise NotThere
    return found


def _rows_wanted(target: Any) -> store.Rows:
    """The filter in the address; a value it does not know counts as none."""
    kind, changed = request.args.get("kind", ""), request.args.get("field", "")
    return store.Rows(
        kinds=(kind,) if kind in forms.ROW_KINDS else (), changed=changed if changed in target["compare"] else "",
        holding=request.args.get("text", "")[:200].strip(), only_fake=request.args.get("fake") == "y",
    )


def _kept(target: Any, wanted: store.Rows) -> dict[str, str]:
    """The filter as it stands in an address."""
    found = {"target": target["table"], "kind": wanted.kinds[0] if wanted.kinds else "", "field": wanted.changed,
             "text": wanted.holding, "fake": "y" if wanted.only_fake else ""}
    return {name: value for name, value in found.items() if value}


@pages.get(PREFIX + "/runs/<int:number>")
@requires(P.PROJECT_READ, on="project")
def mapping_run(key: str, number: int) -> str:
    """What a run would change, field by field, and why; what was refused; and what it was made of."""
    found = queries.mapping_run_page(g.rights.project_id, number)
    target, page_number = found.target(request.args.get("target", "")), wanted_page(request.args.get("page"))
    wanted, gone = _rows_wanted(target), ""
    try:
        folder = store.run_folder(_home(), key, found.run.run_id, found.result)
        rows, total = store.difference_page(folder, target["table"], wanted, page=page_number, per_page=PER_PAGE)
    except Refused as refusal:
        rows, total, gone = [], 0, words.said(refusal.message)
    return render_template(
        "trials/mapping_run.html", found=found, project=found.project, run=found.run, result=found.result, target=target,
        wanted=wanted, kept=_kept(target, wanted), page=Page(rows, page_number, total), gone=gone, words=words, told=forms,
        evidence=found.evidence, crosswalks=_crosswalks(found),
    )


def _crosswalks(found: queries.MappingRunPage) -> dict[str, str]:
    """The addresses of the crosswalks that the run's lookups read, by table."""
    tables = [one["table"] for one in found.result["details"]["inputs"].values()]
    known = queries.crosswalks_of(found.project.id, tables)
    return {table: url_for(".crosswalk", key=found.project.key, crosswalk_id=one[0]) for table, one in known.items()}


def _home() -> Any:
    return current_app.extensions["ninefold"].home


@pages.get(PREFIX + "/runs/<int:number>/export/<any(csv, json, xlsx):kind>")
@requires(P.PROJECT_READ, on="project")
def export_mapping_run(key: str, number: int, kind: str) -> Response:
    """Exactly the rows that the filter shows, of all pages."""
    found = queries.mapping_run_page(g.rights.project_id, number)
    target = found.target(request.args.get("target", ""))
    wanted, folder = _rows_wanted(target), store.run_folder(_home(), key, found.run.run_id, found.result)
    rows, name = store.all_rows(folder, target["table"], wanted), f"{key}-run-M{number}.{kind}"
    if kind == "json":
        public = {part: value for part, value in found.result.items() if part != "details"}
        shown = {"project": key, "number": number, "filter": _kept(target, wanted), **public, "target": target,
                 "rows": list(rows)}
        answer = Response(json.dumps(shown, ensure_ascii=False, indent=1) + "\n", mimetype="application/json")
        answer.headers.set("Content-Disposition", "attachment", filename=name)
        return answer
    table = _table(target, rows)
    if kind == "xlsx":
        total = store.difference_page(folder, target["table"], wanted, page=1, per_page=1)[1]
        if total > WORKBOOK_ROWS:
            raise Refused(_("%(count)s rows are too many for a workbook: filter them, or take the CSV.", count=total))
        return xlsx_answer(table, name)
    return csv_answer(([_text(cell) for cell in row] for row in table), name)


def _table(target: Any, rows: Iterator[dict[str, Any]]) -> Iterator[list[Any]]:
    columns = store.header([target])
    yield columns
    for row in rows:
        yield store.cells(columns, target, row)


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    return "" if cell is None else str(cell)


@pages.get(PREFIX + "/runs/<int:number>/refused")
@requires(P.PROJECT_READ, on="project")
def mapping_run_refused(key: str, number: int) -> str:
    """The rows that one rule, lookup or cell refused, as they were; at most a thousand of each are kept."""
    found = queries.mapping_run_page(g.rights.project_id, number)
    asked = {name: request.args.get(name, "")[:200] for name in ("step", "item", "kind")}
    page_number = wanted_page(request.args.get("page"))
    rows, total = store.refused_page(store.run_folder(_home(), key, found.run.run_id, found.result), **asked, page=page_number,
                                     per_page=PER_PAGE)
    counted = sum(one["count"] for one in found.result["refused"]
                  if all(value in ("", one[name]) for name, value in asked.items()))
    return render_template(
        "trials/mapping_run_refused.html", found=found, project=found.project, run=found.run, asked=asked, counted=counted,
        page=Page(rows, page_number, total), words=words, told=forms,
    )


def _pair(key: str, number: int) -> tuple[queries.MappingRunPage, queries.MappingRunPage, Any]:
    """The run to compare with, this run, and what moved from that one to this."""
    second = queries.mapping_run_page(g.rights.project_id, number)
    first = queries.mapping_run_page(g.rights.project_id, row_number(request.args.get("with")) or 0)
    folders = [store.run_folder(_home(), key, each.run.run_id, each.result) for each in (first, second)]
    return first, second, store.compared(*folders)


def _choose_first(key: str, number: int) -> Redirect:
    """Back to the run, where the other one is chosen. Raises NotThere for a number that no run has."""
    if queries.mapping_run(g.rights.project_id, number) is None:
        raise NotThere
    flash(_("Choose the run to compare with."), "info")
    return redirect(url_for(".mapping_run", key=key, number=number), code=303)


@pages.get(PREFIX + "/runs/<int:number>/compare")
@requires(P.PROJECT_READ, on="project")
def compare_mapping_run(key: str, number: int) -> str | Redirect:
    """What moved from another run to this one: by a changed rule, or by other data."""
    if not request.args.get("with"):
        return _choose_first(key, number)
    first, second, moved = _pair(key, number)
    return render_template(
        "trials/compare_mapping_runs.html", first=first, second=second, project=second.project, moved=moved, words=words,
        told=forms, shown=SHOWN,
    )


@pages.get(PREFIX + "/runs/<int:number>/compare.csv")
@requires(P.PROJECT_READ, on="project")
def export_comparison(key: str, number: int) -> Response | Redirect:
    """What moved between the two runs, one line a field; the first thousand rows of each table."""
    if not request.args.get("with"):
        return _choose_first(key, number)
    first, _second, moved = _pair(key, number)
    text = store.comparison_table(moved)
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    return csv_answer(rows, f"{key}-run-M{first.run.number}-M{number}.csv", text=text)


@pages.get("/tools/<int:tool_id>/recipes.csv")
@requires(P.TOOL_READ)
def export_recipes(tool_id: int) -> Response:
    """The recipes that read a tool, as far as the person may see their projects."""
    head = [
        _("Project"), _("Mapping"), _("Version"), _("Newest run"), _("Run at"), _("Came in otherwise"),
        _("Rows that would change"),
    ]
    rows = [
        [one.project_key, one.mapping, one.version, f"M{one.number}", one.run_at, one.drift,
         one.counts["create"] + one.counts["update"] + one.counts["withdraw"]]
        for one in queries.recipes_of_tool(tool_id, g.person)
    ]
    return csv_answer([head, *rows], f"tool-{tool_id}-recipes.csv")


@pages.app_context_processor
def reading_tools() -> dict[str, Any]:
    """For the page of a tool: the recipes that read it, as far as the person may see their projects."""

    def recipes_of_tool(tool_id: int) -> list[queries.ToolRecipe]:
        return queries.recipes_of_tool(tool_id, g.person)

    return {"recipes_of_tool": recipes_of_tool, "run_words": forms}
