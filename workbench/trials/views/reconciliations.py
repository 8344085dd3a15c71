"""Pages of the sandbox: the runs, a new run, the reconciliation, a decision, a verdict, and what can be taken away."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response as Redirect

from workbench.paths.queries import hypothesis as hypothesis_of
from workbench.paths.rules import Verdict
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.registers.forms import check_seen
from workbench.trials import actions, forms, queries
from workbench.trials.rules import Decision
from workbench.trials.views.blueprint import PREFIX, language, pages
from workbench.web.addresses import row_number
from workbench.web.paging import PER_PAGE, Page, wanted_page
from workbench.web.refusals import BadValue, NotThere
from workbench.web.sheets import ALL, csv_answer

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _filter() -> queries.Filter:
    """The filter in the address; a value it does not know counts as none."""
    verdict, show = request.args.get("verdict", ""), request.args.get("show", "")
    return queries.Filter(
        client=request.args.get("client", "")[:200], verdict=verdict if verdict in list(forms.VERDICTS) else "",
        show=show if show in forms.SHOW else "",
    )


@pages.get(PREFIX + "/")
@requires(P.PROJECT_READ, on="project")
def index(key: str) -> str:
    """The runs of a project, newest first."""
    project = project_of(g.rights.project_id)
    runs = queries.runs_of_project(project.id, page=wanted_page(request.args.get("page")))
    waiting = queries.open_rows(project.id, language=language()) if runs.rows else []
    return render_template("trials/index.html", project=project, page=runs, waiting=waiting, words=forms)


@pages.get(PREFIX + "/reconciliations.csv")
@requires(P.PROJECT_READ, on="project")
def export_reconciliations(key: str) -> Response:
    """Every reconciliation of the project with its totals, the newest first."""
    found = queries.runs_of_project(g.rights.project_id, per_page=ALL).rows
    return csv_answer(forms.lists.reconciliations_table(found), f"{key}-reconciliations.csv")


@pages.route(PREFIX + "/new", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def new(key: str) -> str | Redirect:
    """Choose the files of a run; it is done in the background."""
    project = project_of(g.rights.project_id)
    again = row_number(request.args.get("again")) or 0
    earlier = queries.rules_of(project.id, again) if again else None
    form = forms.StartRun.of_request(data={"again": again, **forms.prefill(earlier)}).offer(project.id)
    if form.accepted():
        try:
            job = actions.start_run(
                project=project, title=form.title.data, period_on=form.period_on.data, uploads=form.uploads(),
                again=form.again.data, sum_duplicates=form.sum_duplicates.data, address=url_for(".index", key=key),
                chosen=forms.chosen_rules(form),
                home=current_app.extensions["ninefold"].home, by=g.person,
            )
            return redirect(url_for("desk.job", job_id=job.id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, forms.said(refusal.message))
    return render_template("trials/new.html", form=form, project=project)


@pages.get(PREFIX + "/<int:number>")
@requires(P.PROJECT_READ, on="project")
def run(key: str, number: int) -> str:
    """The reconciliation: what each client has and uses, why, and what was decided."""
    found, wanted = queries.run_page(g.rights.project_id, number, language=language()), _filter()
    shown, number_of_page = found.shown(wanted), wanted_page(request.args.get("page"))
    start = (number_of_page - 1) * PER_PAGE
    client, bills = found.bills(wanted)
    return render_template(
        "trials/run.html", found=found, project=found.project, wanted=wanted, client=client, bills=bills, words=forms,
        page=Page(shown[start : start + PER_PAGE], number_of_page, len(shown)), totals=queries.totals_of(shown),
        may_decide=may(P.TRIAL_DISPOSE), margins=queries.margins_of(found.result), texts=queries.margin_texts,
    )


@pages.route(PREFIX + "/<int:number>/decide", methods=["GET", "POST"])
@requires(P.TRIAL_DISPOSE, on="project")
def dispose(key: str, number: int) -> str | Redirect:
    """Decide about one unexplained row, about all open rows of its client, or about a service that nothing knows."""
    found, wanted = queries.run_page(g.rights.project_id, number, language=language()), _filter()
    form = forms.Dispose.of_request(row_key=request.args.get("row", ""))
    if form.accepted():
        keys = [form.row_key.data]
        keys += found.same_client(keys[0]) if form.for_client.data else []
        keys += found.same_service(keys[0]) if form.for_service.data else []
        try:
            made = actions.dispose_all(
                run=found.run, row_keys=keys, decision=Decision(form.decision.data), reason=form.reason.data, by=g.person
            )
            flash(ngettext("%(num)s decision is recorded.", "%(num)s decisions are recorded.", len(made)), "success")
            return redirect(url_for(".run", key=key, number=number, **_kept(wanted), _anchor="rows"), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, forms.said(refusal.message))
    return render_template(
        "trials/dispose.html", form=form, found=found, project=found.project, words=forms,
        need=found.need(form.row_key.data),
    )


def _kept(wanted: queries.Filter) -> dict[str, Any]:
    """The filter and the page at hand, to come back to after a decision."""
    page = wanted_page(request.args.get("page"))
    return {**wanted.as_args(), **({"page": page} if page > 1 else {})}


@pages.get(PREFIX + "/<int:number>/export/<any(csv, json, xlsx):kind>")
@requires(P.PROJECT_READ, on="project")
def export(key: str, number: int, kind: str) -> Response:
    """Exactly the rows that the filter shows, of all pages; the workbook has the bills and margins of the whole run beside them."""
    found, wanted = queries.run_page(g.rights.project_id, number, language=language()), _filter()
    body: str | bytes
    if kind == "csv":
        body, mimetype = found.as_csv(wanted), "text/csv"
    elif kind == "xlsx":
        body, mimetype = found.as_xlsx(wanted), XLSX
    else:
        body, mimetype = json.dumps(found.as_json(wanted), ensure_ascii=False, indent=2) + "\n", "application/json"
    answer = Response(body, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{key}-trial-{number}.{kind}"'
    return answer


@pages.route(PREFIX + "/hypotheses/<int:record_id>/verdict", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def judge_hypothesis(key: str, record_id: int) -> str | Redirect:
    """Give the verdict of the trial on a hypothesis."""
    project = project_of(g.rights.project_id)
    hypothesis = hypothesis_of(project.id, record_id)
    if hypothesis is None:
        raise NotThere
    form = forms.JudgeHypothesis.of_request(obj=hypothesis).offer(project.id)
    if form.accepted():
        check_seen(hypothesis, form)
        try:
            actions.judge_hypothesis(
                project=project, hypothesis=hypothesis, verdict=Verdict(form.verdict.data), got=form.got.data,
                run_number=form.run_number.data, mapping_run_number=form.mapping_run_number.data,
                evidence_id=form.evidence_id.data, by=g.person,
            )
            address = url_for("paths.record", key=key, register="hypotheses", record_id=record_id)
            return redirect(address, code=303)
        except BadValue as refusal:
            form.blame(refusal.field, forms.said(refusal.message))
    return render_template("trials/judge_hypothesis.html", form=form, project=project, hypothesis=hypothesis)
