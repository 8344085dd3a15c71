"""Pages over many subjects: my work, the portfolio, the trail, jobs. The list of projects looks into all of them, so it is here."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from workbench import clock, jobs
from workbench.desk import portfolio as projects_at_sight
from workbench.desk import queries, words, work
from workbench.desk.portfolio import Asked, by_step, projects_of
from workbench.desk.registers import OVERVIEWS
from workbench.desk.tables import waiting_table
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.projects.rules import STEPS
from workbench.projects.views import pages as projects_pages
from workbench.registers.views import serve_overviews
from workbench.trail import forms
from workbench.trail import queries as trails
from workbench.trials.forms import said
from workbench.web import sheets
from workbench.web.fragments import wants_fragment
from workbench.web.paging import Page, wanted_page
from workbench.web.refusals import NotThere

pages = Blueprint("desk", __name__)
serve_overviews(pages, *OVERVIEWS)
VERIFIED_AT_ONCE, SHOWN_FAULTS = 300_000, 50  # entries: about a second; a longer trail is for the command
FILTERS = ("q", "state", "step", "mine", "sort")
BROKEN_OFF = {
    jobs.STOPPED: _l("The worker stopped before the job was done. Try again."),
    jobs.BROKEN: _l(
        "Something in Ninefold broke while this was done. Try again; if it happens again, tell the admin: the log says why."
    ),
}


def _language() -> str:
    return str(get_locale())[:2]


@pages.get("/")
@requires(P.SESSION_USE)
def my_work() -> str:
    """What waits for the person: gates, items, conditions, approvals, readings, what falls due, relapses, their jobs."""
    seats = queries.seats_of(g.person)
    return render_template(
        "desk/my_work.html",
        gates=[each for each in seats if each.decides(g.person.access)],
        items=[each for seat in seats for each in seat.open_items()],
        relapses=[each for each in seats if each.cures],
        tasks=work.tasks_of(g.person),
        projects=projects.visible(g.person, state="open", per_page=10),
        jobs=queries.jobs_of(g.person),
        words=words,
        lang=_language(),
        today=clock.today(),
    )


@pages.get("/my-work.csv")
@requires(P.SESSION_USE)
def export_my_work() -> Response:
    """Everything that waits for the person, also what the page leaves to its twenty first lines."""
    seats, language = queries.seats_of(g.person), _language()
    gates, relapses = [each for each in seats if each.decides(g.person.access)], [each for each in seats if each.cures]
    items = [each for seat in seats for each in seat.open_items()]
    return sheets.csv_answer(waiting_table(relapses, gates, work.tasks_of(g.person), items, language), "my-work.csv")


def _asked() -> Asked:
    """The filter and the order in the address; what is not known there is left out."""
    told = request.args
    sort, step = told.get("sort", ""), told.get("step", "")
    return Asked(
        words=told.get("q", "").strip()[:100],
        state=told.get("state", "") if told.get("state") in words.STATES else "",
        step=int(step) if step.isdecimal() and len(step) == 1 and int(step) in range(1, STEPS + 1) else None,
        mine=told.get("mine") == "1",
        sort=sort if sort.removeprefix("-") in words.SORTS else Asked().sort,
    )


@projects_pages.get("/", endpoint="index")
@requires(P.SESSION_USE)
def portfolio() -> str:
    """The projects the person may see: where each stands and whom it waits for, as a list or as a board by step."""
    asked, board = _asked(), request.args.get("view") == "board"
    per_page = projects_at_sight.PER_BOARD if board else projects_at_sight.PER_PAGE
    page = projects_of(g.person, asked, page=wanted_page(request.args.get("page")), per_page=per_page)
    return render_template(
        "desk/portfolio.html",
        page=page,
        asked=asked,
        columns=by_step(page.rows) if board else None,
        kept={name: request.args[name] for name in FILTERS if request.args.get(name)},
        filtered=asked != Asked(sort=asked.sort),
        step_names={number: words.step_name(number, _language()) for number in range(1, STEPS + 1)},
        today=clock.today(),
        words=words,
    )


@pages.get("/projects.csv")
@requires(P.SESSION_USE)
def export_portfolio() -> Response:
    """Exactly the projects that the list shows with this filter, in its order, every page of it."""
    found = projects_of(g.person, _asked(), per_page=None)
    return sheets.csv_answer(words.exported(found.rows, _language()), "projects.csv")


@pages.get("/trail")
@requires(P.TRAIL_READ)
def trail() -> str:
    """Every entry of the installation, newest first, with the newest checkpoint."""
    page = wanted_page(request.args.get("page"))
    events, total = trails.all_events(page=page)
    return render_template(
        "desk/trail.html",
        page=Page(events, page, total),
        checkpoint=trails.newest_checkpoint(),
        project=None,
        words=forms,
    )


@pages.get("/trail/verify")
@requires(P.TRAIL_READ)
def verify_trail() -> str:
    """What `workbench trail verify` finds, now: whether every entry, checkpoint and pinned record is as it was written."""
    entries = trails.size()
    verdict = trails.verify(current_app.extensions["ninefold"].keys) if entries <= VERIFIED_AT_ONCE else None
    return render_template("desk/trail_verified.html", verdict=verdict, entries=entries, most=SHOWN_FAULTS)


@pages.get("/trail.csv")
@requires(P.TRAIL_READ)
def export_trail() -> Response:
    """The newest entries of the installation, as many as a sheet takes."""
    return sheets.csv_answer(words.entries(trails.all_events(per_page=sheets.ALL)[0]), "trail.csv")


@pages.get("/projects/<key>/trail.csv")
@requires(P.TRAIL_READ, on="project")
def export_project_trail(key: str) -> Response:
    """The newest entries about one project, as many as a sheet takes."""
    return sheets.csv_answer(words.entries(trails.events_of_project(key, per_page=sheets.ALL)[0]), f"{key}-trail.csv")


@pages.get("/projects/<key>/trail")
@requires(P.TRAIL_READ, on="project")
def project_trail(key: str) -> str:
    """The entries about one project, newest first; those of before it was moved here by the number of their log."""
    page = wanted_page(request.args.get("page"))
    logs = trails.earlier_logs(g.rights.project_id)
    shown = next((each for each in logs if str(each.number) == request.args.get("log", "")), None)
    if shown is None:
        events, total = trails.events_of_project(key, page=page)
    else:
        events, total = trails.events_of_earlier(g.rights.project_id, shown.number, page=page)
    return render_template(
        "desk/trail.html",
        page=Page(events, page, total),
        checkpoint=trails.newest_checkpoint() if shown is None else None,
        project=projects.project(g.rights.project_id),
        words=forms,
        logs=logs,
        shown=shown,
    )


def _job(job_id: int) -> jobs.Job:
    found = jobs.job_of(job_id)
    if found is None or found.person_id != g.person.id:
        raise NotThere
    return found


@pages.get("/jobs/<int:job_id>")
@requires(P.JOB_READ)
def job(job_id: int) -> str:
    """How far a piece of long work is; it goes on when the person leaves."""
    found = _job(job_id)
    template = "desk/_job.html" if wants_fragment() else "desk/job.html"
    return render_template(template, job=found, error=_in_words(found.error), about=_about(found))


def _about(job: jobs.Job) -> tuple[str, str] | None:
    """The page of what a piece of work is about, and its name; None for work that is about no page of a project."""
    if job.kind not in words.ABOUT:
        return None
    label, end = words.ABOUT[job.kind]
    return str(job.payload["address"]).removesuffix(end), str(label)


def _in_words(error: str) -> str:
    """Why a job failed, in the language of who looks; a refusal of the sandbox was kept in English."""
    return str(BROKEN_OFF[error]) if error in BROKEN_OFF else said(error)


@pages.post("/jobs/<int:job_id>/cancel")
@requires(P.JOB_READ)
def cancel_job(job_id: int) -> Response:
    """Stop a piece of long work."""
    if jobs.cancel(_job(job_id)):
        flash(_("The work is cancelled. What it was making is not kept."), "success")
    else:
        flash(_("The work was over already."), "info")
    return redirect(url_for(".job", job_id=job_id), code=303)


@pages.post("/jobs/<int:job_id>/retry")
@requires(P.JOB_READ)
def retry_job(job_id: int) -> Response:
    """Try a failed piece of work again."""
    jobs.retry(_job(job_id))
    return redirect(url_for(".job", job_id=job_id), code=303)
