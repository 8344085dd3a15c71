"""Pages over many subjects: my work, the trail, jobs."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from workbench import clock, jobs
from workbench.desk import queries
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.trail import forms
from workbench.trail import queries as trails
from workbench.trials.forms import said
from workbench.web.fragments import wants_fragment
from workbench.web.paging import Page, wanted_page
from workbench.web.refusals import NotThere

pages = Blueprint("desk", __name__)
BROKEN_OFF = {
    jobs.STOPPED: _l("The worker stopped before the job was done. Try again."),
    jobs.BROKEN: _l(
        "Something in Ninefold broke while this was done. Try again; if it happens again, tell the admin: the log says why."
    ),
}


@pages.get("/")
@requires(P.SESSION_USE)
def my_work() -> str:
    """What waits for the person: their projects, items asked of them, conditions they own, the jobs they started."""
    seats = queries.seats_of(g.person)
    return render_template(
        "desk/my_work.html",
        items=[each for seat in seats for each in seat.open_items()],
        decides={seat.key for seat in seats if seat.decides(g.person.access)},
        lang=str(get_locale())[:2],
        projects=projects.visible(g.person, state="open", per_page=20),
        conditions=queries.open_conditions_of(g.person),
        jobs=queries.jobs_of(g.person),
        today=clock.today(),
    )


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


@pages.get("/projects/<key>/trail")
@requires(P.TRAIL_READ, on="project")
def project_trail(key: str) -> str:
    """The entries about one project, newest first."""
    page = wanted_page(request.args.get("page"))
    events, total = trails.events_of_project(key, page=page)
    return render_template(
        "desk/trail.html",
        page=Page(events, page, total),
        checkpoint=trails.newest_checkpoint(),
        project=projects.project(g.rights.project_id),
        words=forms,
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
    return render_template(template, job=found, error=_in_words(found.error))


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
