"""Pages of promotion plans: choose rows of a run, the dry run, the plan against live, conflicts, rehearsal, way back."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from workbench.people.guards import may, requires
from workbench.people.queries import allowed
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.trials.actions import plans as actions
from workbench.trials.forms import plans as forms
from workbench.trials.forms.runs import ROW_KINDS
from workbench.trials.forms.sayings import said
from workbench.trials.queries import plans as queries
from workbench.trials.queries import runs
from workbench.trials.queries.moved import moved_said
from workbench.trials.rules.plans import (
    MOST_TICKED,
    STATES,
    Choice,
    Wanted,
    control_now,
    row_name,
    rows_named,
    typed_decimal,
)
from workbench.trials.store import plans as store
from workbench.trials.store.reconciliations import keep_upload
from workbench.trials.views.blueprint import PREFIX, pages
from workbench.web import sheets
from workbench.web.addresses import row_number
from workbench.web.filters import at
from workbench.web.paging import PER_PAGE, Page, wanted_page
from workbench.web.refusals import BadValue, NotThere, Refused
from workbench.web.transactions import pause

PLAN_ROWS = 25  # on a page: each row of a plan is a line for each of its fields


def _home() -> Any:
    return current_app.extensions["ninefold"].home


@pages.get(PREFIX + "/plans")
@requires(P.PROJECT_READ, on="project")
def plans(key: str) -> str:
    """The plans of a project, newest first."""
    project = project_of(g.rights.project_id)
    page = queries.plans_of_project(project.id, request.args, page=wanted_page(request.args.get("page")))
    return render_template(
        "trials/plans.html", project=project, page=page, words=forms, runs=queries.run_choices(project.id),
        states=STATES,
    )


@pages.get(PREFIX + "/plans.csv")
@requires(P.PROJECT_READ, on="project")
def export_plans(key: str) -> Response:
    """Exactly the plans shown, as CSV."""
    head = [_("Number"), _("Title"), _("Run"), _("State"), _("Rows"), *(str(word) for word in forms.KINDS.values()), "SHA-256",
            _("Made"), _("By")]
    rows = [
        [one.number, one.title, one.run, str(forms.STATES[one.state]), one.counts["rows"],
         *(one.counts[kind] for kind in forms.KINDS), one.sha256, sheets.Told(at(one.made_at), one.made_at), one.made_by]
        for one in queries.all_plans(g.rights.project_id, request.args)
    ]
    return sheets.csv_answer([head, *rows], f"{key}-plans.csv")


# ── Choosing ──────────────────────────────────────────────────────────────────


def _run() -> Any:
    """The run that the address names, else the newest one. Raises NotThere."""
    project_id = g.rights.project_id
    known = queries.run_choices(project_id)
    number = row_number(request.args.get("run")) or (known[0][0] if known else 0)
    found = runs.mapping_run(project_id, number)
    if found is None:
        raise NotThere
    return found


def _target(run: Any) -> dict[str, Any]:
    targets: list[dict[str, Any]] = run.result["details"]["targets"]
    return next((one for one in targets if one["table"] == request.args.get("table")), targets[0])


def _wanted(target: dict[str, Any]) -> Wanted:
    """The filter in the address; a value it does not know counts as none."""
    kind, field, value = (request.args.get(name, "")[:200] for name in ("kind", "field", "value"))
    known = [*target["key"], *target["compare"]]
    asked = (field, value) if field in known and value else ("", "")
    if str(target["types"].get(asked[0], "")).startswith("decimal"):
        asked = (field, typed_decimal(value))
    return Wanted(target["table"], kind if kind in ROW_KINDS else "", *asked, is_compared=asked[0] in target["compare"])


def _key_of(target: dict[str, Any], row: dict[str, Any]) -> str:
    return row_name(target["table"], [row[name] for name in target["key"]])


@pages.get(PREFIX + "/plans/new")
@requires(P.TRIAL_RUN, on="project")
def choose_plan(key: str) -> str:
    """Choose rows of a run: by filter, all on the page, or one by one; ticks are kept from page to page."""
    run, project = _run(), project_of(g.rights.project_id)
    target = _target(run)
    wanted, number = _wanted(target), wanted_page(request.args.get("page"))
    rows, total = store.choosable(_home(), key, run.run_id, target, wanted, page=number, per_page=PER_PAGE)
    named = {_key_of(target, row): row for row in rows}
    ticked = list(dict.fromkeys([*request.args.getlist("row"), *request.args.getlist("flagged")]))[:MOST_TICKED]
    return render_template(
        "trials/choose_plan.html", project=project, run=run, target=target, wanted=wanted, named=named, words=forms,
        page=Page(rows, number, total), ticked=set(ticked), row_kinds=ROW_KINDS, most=MOST_TICKED,
        elsewhere={name: [each for each in request.args.getlist(name) if each not in named] for name in ("row", "flagged")},
    )


def _choice(run: Any, key: str) -> Choice:
    """What the address chooses: ticked rows, those of its page, or those of its filter."""
    target, scope = _target(run), request.args.get("scope", "rows")
    wanted, flagged = _wanted(target), rows_named(request.args.getlist("flagged")[:MOST_TICKED])
    if scope == "filter":
        return Choice(only=wanted.only, flagged=flagged, among=wanted.among)
    if scope == "page":
        number = wanted_page(request.args.get("page"))
        rows, _total = store.choosable(_home(), key, run.run_id, target, wanted, page=number, per_page=PER_PAGE)
        enter = [_key_of(target, row) for row in rows if _may_enter(row)]
        return Choice(rows=rows_named(enter), flagged=flagged)
    return Choice(rows=rows_named(request.args.getlist("row")[:MOST_TICKED]), flagged=flagged)


def _may_enter(row: dict[str, Any]) -> bool:
    return row["_kind"] in forms.KINDS and not (row["_fake"] or row["_masked"] or row.get("_edited"))


@pages.route(PREFIX + "/plans/dry-run", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def make_plan(key: str) -> str | Redirect:
    """The dry run of what is chosen: counts, control totals, what is left out and why; then the plan is made."""
    run, project = _run(), project_of(g.rights.project_id)
    choice, form = _choice(run, key), forms.MakePlan.of_request()
    if choice.is_empty and not form.is_submitted():
        flash(_("Tick a row first, or choose all rows."), "warning")
        return redirect(url_for(".choose_plan", key=key, **{**request.args.to_dict(), "run": run.number}))
    if choice.is_empty:
        raise Refused(_("No row is chosen. Tick a row first, or choose all rows."))
    if form.accepted():
        try:
            made = actions.make_plan(project=project, run=run, title=form.title.data, choice=choice, home=_home(),
                                     by=g.person, pause=pause)
            return redirect(url_for(".plan", key=key, number=made.number), code=303)
        except BadValue as blamed:
            form.blame(blamed.field, said(blamed.message))
    try:
        dry, refusal = store.choose(_home(), key, run.run_id, choice), list[str]()
    except Refused as error:
        dry, refusal = None, forms.reasons(error.message, error.details)
    return render_template(
        "trials/dry_run.html", form=form, project=project, run=run, dry=dry, refusal=refusal, choice=choice, words=forms,
        back={name: request.args.getlist(name) for name in request.args if name != "scope"},
    )


# ── One plan ──────────────────────────────────────────────────────────────────


def _plan(number: int) -> Any:
    found = queries.plan(g.rights.project_id, number)
    if found is None:
        raise NotThere
    return found


def _shown(found: queries.PlanPage) -> Page[Any]:
    """A page of the plan's rows that fit the filter, each with what the check says of it."""
    given = store.read_plan(found.plan.text)
    moved = {row["number"]: row for row in found.check.result["rows"]} if found.check else {}
    kind, state, text = (request.args.get(name, "") for name in ("kind", "state", "q"))
    rows = [
        row for row in given.rows
        if kind in ("", row.kind) and text.casefold() in " ".join(row.row_key[1]).casefold()
        and (not state or (moved[row.number]["state"] if row.number in moved else "ok") == state)
    ]
    number = wanted_page(request.args.get("page"))
    part = [(row, moved.get(row.number)) for row in rows[(number - 1) * PLAN_ROWS : number * PLAN_ROWS]]
    return Page(part, number, len(rows), PLAN_ROWS)


@pages.get(PREFIX + "/plans/<int:number>")
@requires(P.PROJECT_READ, on="project")
def plan(key: str, number: int) -> str:
    """One plan: its rows three ways, its control totals, whether it is fresh and rehearsed, and what can be done with it."""
    found = queries.plan_page(g.rights.project_id, number)
    control, is_counted = control_now(found.plan.counts, found.check.result if found.check else None)
    asks = found.state == "stale" and not may(P.TRIAL_DISPOSE)  # whoever may not decide is told who may
    return render_template(
        "trials/plan.html", found=found, project=found.project, page=_shown(found), words=forms,
        control=control, is_counted=is_counted,
        deciders=sorted(allowed(found.project.id, P.TRIAL_DISPOSE).values()) if asks else [],
        types={one.table: one.types for one in store.read_plan(found.plan.text).targets},
        moved=moved_said(found.check.result, found.plan.counts) if found.check else [],
    )


@pages.get(PREFIX + "/plans/<int:number>/plan.json")
@requires(P.PROJECT_READ, on="project")
def plan_file(key: str, number: int) -> Response:
    """The plan's file, as approvals are bound to it."""
    found = _plan(number)
    answer = Response(found.text.encode("utf-8", "surrogatepass"), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{key}-plan-{number}.json"'
    return answer


@pages.route(PREFIX + "/plans/<int:number>/check", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def check_plan(key: str, number: int) -> str | Redirect:
    """Hold the plan against the live tables as they are now: the newest snapshots, or uploaded exports."""
    found = queries.plan_page(g.rights.project_id, number)
    tables = [one.table for one in store.read_plan(found.plan.text).targets]
    form = forms.check_form(tables, runs.snapshots_of(found.project.id, tables))
    if form.accepted():
        live = _live(form, key)
        if live is not None:
            try:
                done = actions.check_plan(plan=found.plan, live=live, home=_home(), by=g.person, is_after=form.is_after.data,
                                          pause=pause)
            except Refused as error:
                form.blame_uploads(error)
            else:
                flash(*_checked(done))
                return redirect(url_for(".plan", key=key, number=number), code=303)
    return render_template("trials/check_plan.html", form=form, found=found, project=found.project, multipart=True)


def _checked(done: Any) -> tuple[str, str]:
    if done.is_stale:
        return _("The plan is stale: live moved."), "warning"
    return _("Checked: no field of the plan moved."), "success"


def _live(form: forms.CheckPlan, key: str) -> dict[str, dict[str, Any]] | None:
    """The live tables that were chosen; None where a file is missing, which the form then says."""
    uploads, chosen = form.uploads(), form.chosen()
    missing = [table for table, one in chosen.items() if one == forms.FILE and table not in uploads]
    for table in missing:
        form.blame_file(table, _("This file is needed: export the live table and choose it here."))
    if missing:
        return None
    files = {
        table: {"file": keep_upload(_home(), key, *upload), "decimal": form.decimal.data} for table, upload in uploads.items()
    }
    return {table: files.get(table) or {"snapshot": int(one)} for table, one in chosen.items()}


@pages.route(PREFIX + "/plans/<int:number>/resolve", methods=["GET", "POST"])
@requires(P.TRIAL_DISPOSE, on="project")
def resolve_plan(key: str, number: int) -> str | Redirect:
    """Decide each conflict: take the trial, keep live, or another value. A new plan takes the place of this one."""
    found = queries.plan_page(g.rights.project_id, number)
    given = store.read_plan(found.plan.text)
    kinds, types = {row.number: row.kind for row in given.rows}, {one.table: one.types for one in given.targets}
    waiting = forms.conflicts(found.check.result, kinds, types) if found.check and found.is_stale else []
    form, refusal = forms.resolve_form(waiting), list[str]()
    if form.accepted():
        try:
            made = actions.resolve_plan(plan=found.plan, decisions=form.decisions(), home=_home(), by=g.person, pause=pause)
            flash(_("Plan %(number)s takes the place of plan %(earlier)s.", number=made.number, earlier=number), "success")
            return redirect(url_for(".plan", key=key, number=made.number), code=303)
        except Refused as error:
            if not waiting:
                raise
            g.form_refused, refusal = True, forms.reasons(error.message, error.details)
    return render_template(
        "trials/resolve_plan.html", form=form, found=found, project=found.project, words=forms, refusal=refusal
    )


@pages.post(PREFIX + "/plans/<int:number>/rehearse")
@requires(P.TRIAL_RUN, on="project")
def rehearse_plan(key: str, number: int) -> Redirect:
    """Try the plan and its way back on a copy; in the background where the tables are large."""
    found, here = _plan(number), url_for(".plan", key=key, number=number, _anchor="rehearsal")
    if actions.is_large(found):
        job = actions.start_rehearsal(plan=found, home=_home(), by=g.person, address=here)
        return redirect(url_for("desk.job", job_id=job.id), code=303)
    done = actions.rehearse_plan(plan=found, home=_home(), by=g.person, pause=pause)
    if done.is_equal:
        flash(_("Rehearsed: the way back gives the very same tables."), "success")
    else:
        flash(_("Rehearsed: the tables are not the same after the way back."), "warning")
    return redirect(here, code=303)


@pages.post(PREFIX + "/plans/<int:number>/revert")
@requires(P.TRIAL_RUN, on="project")
def revert_plan(key: str, number: int) -> Redirect:
    """Make the way back as a plan of its own."""
    made = actions.revert_plan(plan=_plan(number), home=_home(), by=g.person)
    return redirect(url_for(".plan", key=key, number=made.number), code=303)
