"""Pages of step 6: the request for change with its approval, and the exceptions of an acceptance run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from workbench.changes import actions, checks, forms, proofs, queries, rules
from workbench.changes.registers import ACCEPTANCE, REGISTERS
from workbench.changes.rules import ChangeType
from workbench.changes.views.attached import on_plans, told_of
from workbench.changes.views.calendar import serve_calendar, told_at
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.people.rules import Role
from workbench.projects import queries as projects
from workbench.projects.forms import FUNCTIONS, HUBS
from workbench.registers.forms import check_seen
from workbench.registers.queries import record_in
from workbench.registers.views import serve
from workbench.risks.forms import LEVELS
from workbench.tools.forms import nearness
from workbench.trail.forms import act_in_words
from workbench.trail.queries import history
from workbench.trials.forms import plans as plan_words
from workbench.trials.queries.plans import exports_of, plan_counts_of, rehearsed_files
from workbench.web import sheets
from workbench.web.paging import wanted_page
from workbench.web.refusals import BadValue, NotThere, Refused

pages = Blueprint("changes", __name__, url_prefix="/projects/<key>/changes")
serve(pages, *REGISTERS)
pages.app_context_processor(on_plans)
Answered = str | Response | tuple[str, int]


def _row(request_id: int) -> Any:
    found = queries.request_for_change(g.rights.project_id, request_id)
    if found is None:
        raise NotThere
    return found


def _project() -> Any:
    return projects.project(g.rights.project_id)


def _to(key: str, request_id: int) -> Response:
    return redirect(url_for("changes.show", key=key, request_id=request_id), code=303)


@pages.get("")
@requires(P.PROJECT_READ, on="project")
def index(key: str) -> str:
    """The requests for change: filter, sort, page."""
    project = _project()
    page = queries.page_of(project.id, request.args, page=wanted_page(request.args.get("page")))
    return render_template(
        "changes/index.html", project=project, page=page, words=forms, nearness=nearness, columns=queries.COLUMNS,
        level_of=rules.level_of, levels=LEVELS, registers=REGISTERS,
    )


@pages.get("/requests.csv")
@requires(P.PROJECT_READ, on="project")
def export(key: str) -> Response:
    """Exactly the requests shown, as CSV."""
    words = (_("Title"), _("Type"), _("State"), _("Planned start (UTC)"), _("Planned end (UTC)"))
    head = ["code", *(str(each) for each in words)]
    rows = [
        [
            row.code, row.title, str(forms.TYPES[ChangeType(row.change_type)]), str(forms.STATES[row.standing]),
            told_at(row.window_start), told_at(row.window_end),
        ]
        for row in queries.rows_of(g.rights.project_id, request.args)
    ]
    return sheets.csv_answer([head, *rows], f"{key}-changes.csv")


@pages.route("/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def new(key: str) -> str | Response:
    """Draft a request for change."""
    project = _project()
    form = forms.DraftRequest.of_request().offer(project.id)
    if form.accepted():
        try:
            made = actions.draft_request(project=project, by=g.person, **form.facts())
            return _to(key, made.id)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("changes/new.html", form=form, project=project)


@pages.route("/<int:request_id>/edit", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def edit(key: str, request_id: int) -> str | Response:
    """Change a request for change."""
    project, row = _project(), _row(request_id)
    form = forms.DraftRequest.of_request(obj=row).offer(project.id)
    if form.accepted():
        check_seen(row, form)
        try:
            actions.change_request(project=project, request_for_change=row, by=g.person, **form.facts())
            return _to(key, row.id)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("changes/edit.html", form=form, project=project, row=row)


@pages.get("/<int:request_id>")
@requires(P.PROJECT_READ, on="project")
def show(key: str, request_id: int) -> str:
    """One request: where it stands, what is missing, who answered what, and what can be done with it."""
    return _page(_row(request_id), forms.DecideRequest.of_request())


def _page(row: Any, form: forms.DecideRequest, refusal: Refused | None = None) -> str:
    project = _project()
    plan, tried = queries.plan_of(row), queries.rehearsals(row.id)
    given = queries.answers(project.id, row.id).get(row.id, [])
    undecided = actions.is_undecided(row, queries.verdict(row, given))
    held, in_sandbox = queries.held_plan(row), rehearsed_files(project.id)
    rehearsed = queries.is_rehearsed(row, [each for each, _code in tried], in_sandbox)
    events = history("request_for_change", row.id)
    other_text = checks.is_of_other_plan(row, events)
    return render_template(
        "changes/show.html", project=project, row=row, form=form, refusal=refusal, words=forms, plan=plan, tried=tried,
        given=given, undecided=undecided, terms=queries.terms_of(row), level=rules.level_of(row), levels=LEVELS,
        lacking=queries.LACKING, hubs=HUBS, functions=FUNCTIONS,
        tools=queries.tool_names(row.tool_ids or ()), review=queries.review_of(row.id),
        people=queries.names([row.requested_by_id, row.submitted_by_id]), review_due=proofs.review_due(row),
        lacks=rules.lacking(
            row, newest=plan.sha256 if plan else "", rehearsed=rehearsed, also=checks.plan_lacks(row, held, events)),
        other_text=other_text, proposed=checks.proposed_text(held) if other_text else "", plan_words=plan_words,
        held=held, told=told_of(held), in_sandbox=row.plan_sha256 in in_sandbox,
        verbs=queries.verbs(row, g.rights.permissions), given_on=rules.given_on(row), nearness=nearness,
        is_asked=undecided and _is_asked(row, given),
        events=events if may(P.TRAIL_READ) else [], act_in_words=act_in_words,
    )


def _is_asked(row: Any, given: list[queries.Answer]) -> bool:
    """Whether the person at hand is asked in this round and has not answered."""
    mine = (each for each in given if each.round == row.round and each.person_id == g.person.id and each.signed is None)
    return g.person.access is not Role.ADMIN and g.person.id not in row.authors and next(mine, None) is not None


@pages.post("/<int:request_id>/decide")
@requires(P.PROJECT_READ, on="project")
def decide(key: str, request_id: int) -> Answered:
    """Sign an answer. Who is asked is looked at in the action; nothing typed is lost where it is refused."""
    row, form = _row(request_id), forms.DecideRequest.of_request()
    if form.accepted():
        try:
            actions.decide_request(
                project=_project(), request_for_change=row, verdict=form.verdict.data, reason=form.reason.data,
                password=form.password.data, by=g.person,
            )
            flash(_("Your answer is signed."), "success")
            return _to(key, row.id)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
        except Refused as refusal:
            return _page(row, form, refusal), refusal.code
    return _page(row, form)


def _verb(request_id: int, kind: type[Any], template: str, act: Callable[..., Any], **told: Any) -> str | Response:
    """A page with one form that does one thing with a request, and leads back to it."""
    project, row = _project(), _row(request_id)
    form = kind.of_request(version=row.version)
    if hasattr(form, "offer"):
        form.offer(project.id)
    if form.accepted():
        check_seen(row, form)
        try:
            act(project=project, request_for_change=row, by=g.person, **_typed(form), **told)
            return _to(project.key, row.id)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template(template, form=form, project=project, row=row, words=forms)


def _typed(form: Any) -> dict[str, Any]:
    return {each.name: each.data for each in form if each.name not in ("csrf_token", "idempotency_key", "version")}


@pages.route("/<int:request_id>/submit", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def submit(key: str, request_id: int) -> str | Response:
    """Name who is asked, and submit."""
    project, row = _project(), _row(request_id)
    form = forms.SubmitRequest.of_request(version=row.version)
    form.offer(queries.candidates(project.id, row, also=g.person.id))
    if form.accepted():
        check_seen(row, form)
        try:
            actions.submit_request(
                project=project, request_for_change=row, asked=form.asked.data, due_on=form.due_on.data, by=g.person
            )
            return _to(key, row.id)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    quorum = projects.thresholds(project.id)["quorum"]
    terms = rules.terms(row.change_type, rules.level_of(row), quorum)
    return render_template(
        "changes/submit.html", form=form, project=project, row=row, terms=terms, words=forms
    )


@pages.route("/<int:request_id>/plan", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def attach_plan(key: str, request_id: int) -> str | Response:
    """Attach the promotion plan, where the request stands so that its content may change."""
    rules.FLOW.target("change", _row(request_id).standing)
    home = current_app.extensions["ninefold"].home
    return _verb(request_id, forms.AttachPlan, "changes/attach_plan.html", actions.attach_plan, home=home)


@pages.post("/<int:request_id>/back-out-text")
@requires(P.RECORD_WRITE, on="project")
def settle_back_out(key: str, request_id: int) -> Response:
    """Take the plan's own way back as the back-out text, or keep the text for the plan at hand."""
    project, row = _project(), _row(request_id)
    checks.check_plan_seen(row, request.form.get("plan", ""))
    text = checks.proposed_text(queries.held_plan(row))
    if request.form.get("take") == "plan" and text:
        actions.change_request(project=project, request_for_change=row, by=g.person, back_out_plan=text)
    else:
        actions.keep_back_out(project=project, request_for_change=row, by=g.person)
    return _to(key, row.id)


@pages.get("/<int:request_id>/apply")
@requires(P.PROJECT_READ, on="project")
def apply_plan(key: str, request_id: int) -> str:
    """Carry the attached plan out: what is missing before its files are exported, its control totals, the exports made."""
    project, row = _project(), _row(request_id)
    held, given = queries.held_plan(row), queries.answers(project.id, row.id).get(row.id, [])
    return render_template(
        "changes/apply.html", project=project, row=row, held=held, lacks=queries.export_lacks(row, held, given),
        counts=plan_counts_of(held), exports=exports_of(project.id, held),
    )


@pages.post("/<int:request_id>/apply")
@requires(P.RECORD_WRITE, on="project")
def export_plan(key: str, request_id: int) -> Response:
    """Export the files of the plan: each export is evidence and an entry of the trail."""
    home = current_app.extensions["ninefold"].home
    actions.export_plan(project=_project(), request_for_change=_row(request_id), home=home, by=g.person)
    flash(_("The files are exported."), "success")
    return redirect(url_for(".apply_plan", key=key, request_id=request_id), code=303)


@pages.route("/<int:request_id>/rehearse", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def rehearse(key: str, request_id: int) -> str | Response:
    """Note a rehearsal of the way back."""
    return _verb(request_id, forms.Rehearse, "changes/rehearse.html", actions.rehearse)


@pages.post("/<int:request_id>/schedule")
@requires(P.RECORD_WRITE, on="project")
def schedule(key: str, request_id: int) -> Response:
    """Put an authorised change on the calendar."""
    actions.schedule_change(project=_project(), request_for_change=_row(request_id), by=g.person)
    return _to(key, request_id)


@pages.route("/<int:request_id>/implement", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def implement(key: str, request_id: int) -> str | Response:
    """Note that a change was carried out."""
    return _verb(request_id, forms.Implement, "changes/implement.html", actions.implement_change)


@pages.route("/<int:request_id>/back-out", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def back_out(key: str, request_id: int) -> str | Response:
    """Note that the way back was taken."""
    return _verb(request_id, forms.BackOut, "changes/back_out.html", actions.back_out_change)


@pages.route("/<int:request_id>/withdraw", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def withdraw(key: str, request_id: int) -> str | Response:
    """Withdraw a request."""
    return _verb(request_id, forms.WithdrawRequest, "changes/withdraw.html", actions.withdraw_request)


@pages.route("/<int:request_id>/review", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def review(key: str, request_id: int) -> str | Response:
    """Sign the review after a change."""
    return _verb(request_id, forms.ReviewChange, "changes/review.html", _review)


def _review(
    *, project: Any, request_for_change: Any, by: Any, result: str, incidents: str, reviewed_on: date, **said: str
) -> Any:
    return actions.review_change(
        project=project, request_for_change=request_for_change, by=by, answers=said, result=result,
        incidents=incidents, reviewed_on=reviewed_on,
    )


# ── Acceptance ────────────────────────────────────────────────────────────────


def _run(record_id: int) -> Any:
    found = record_in(ACCEPTANCE.model, g.rights.project_id, record_id)
    if found is None:
        raise NotThere
    return found


@pages.get("/acceptance/<int:record_id>/exceptions")
@requires(P.PROJECT_READ, on="project")
def exceptions(key: str, record_id: int) -> str:
    """The exceptions of an acceptance run, and what was decided about each."""
    return _exceptions(key, _run(record_id), forms.NoteException(), None, 0)


def _exceptions(key: str, run: Any, noting: Any, deciding: Any, number: int) -> str:
    return render_template(
        "changes/exceptions.html", project={"key": key}, register=ACCEPTANCE, run=run, noting=noting, number=number,
        deciding=deciding or forms.DecideException(formdata=None), rows=queries.exceptions(run.id), words=forms,
    )


@pages.post("/acceptance/<int:record_id>/exceptions")
@requires(P.RECORD_WRITE, on="project")
def add_exception(key: str, record_id: int) -> str | Response:
    """Note an exception."""
    run, form = _run(record_id), forms.NoteException.of_request()
    if not form.accepted():
        return _exceptions(key, run, form, None, 0)
    actions.add_exception(project=_project(), run=run, what=form.what.data, by=g.person)
    return redirect(url_for(".exceptions", key=key, record_id=record_id), code=303)


@pages.post("/acceptance/<int:record_id>/exceptions/<int:exception_id>")
@requires(P.RECORD_WRITE, on="project")
def decide_exception(key: str, record_id: int, exception_id: int) -> str | Response:
    """Decide about an exception."""
    run, form = _run(record_id), forms.DecideException.of_request()
    found = queries.exception_in(run.id, exception_id)
    if found is None:
        raise NotThere
    if not form.accepted():
        return _exceptions(key, run, forms.NoteException(formdata=None), form, exception_id)
    actions.decide_exception(project=_project(), run=run, exception=found, decision=form.decision.data, by=g.person)
    return redirect(url_for(".exceptions", key=key, record_id=record_id), code=303)


pages.record(serve_calendar)
