"""Pages that write a project into a file and take one in."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, url_for
from flask_babel import get_locale
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as Answer

from workbench.config import Settings
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.transfer import actions, forms, store
from workbench.web.refusals import BadValue, NotThere

pages = Blueprint("transfer", __name__)


def _settings() -> Settings:
    found: Settings = current_app.extensions["ninefold"]
    return found


def _language() -> str:
    locale = get_locale()
    return locale.language if locale is not None else "en"


def _check_trail() -> None:
    """A file holds the project's entries as they were written."""
    if not may(P.TRAIL_READ):
        raise Forbidden


@pages.post("/projects/<key>/export")
@requires(P.REPORT_BUILD, on="project")
def export(key: str) -> Answer:
    """Write the project into a file, in the background."""
    _check_trail()
    settings = _settings()
    job = actions.order_export(
        project=project_of(g.rights.project_id), home=settings.home, keys=settings.keys, language=_language(), by=g.person,
        address=url_for(".exported", key=key, digest="0" * 64).removesuffix("0" * 64),
    )
    return redirect(url_for("desk.job", job_id=job.id), code=303)


@pages.get("/projects/<key>/export/<digest>")
@requires(P.REPORT_BUILD, on="project")
def exported(key: str, digest: str) -> Response:
    """The written file; the newest of each project is kept."""
    _check_trail()
    project = project_of(g.rights.project_id)
    data = store.export(digest, home=_settings().home, key=project.key)
    if data is None:
        raise NotThere
    response = make_response(data)
    response.headers["Content-Type"] = "application/json"
    response.headers.set("Content-Disposition", "attachment", filename=f"{project.key}-project.json")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@pages.route("/imports", methods=["GET", "POST"])
@requires(P.PROJECT_IMPORT)
def take_in() -> str | Answer:
    """Send the file of a project; it is checked and taken in in the background."""
    form = forms.Import.of_request()
    settings = _settings()
    if form.accepted():
        try:
            job = actions.order_import(
                data=form.file.data.stream.read(), home=settings.home, key=form.key.data or "", is_dry=form.is_dry.data,
                language=_language(), by=g.person, address=url_for(".taken_in", token="0" * 32).removesuffix("0" * 32),
            )
            return redirect(url_for("desk.job", job_id=job.id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("transfer/import.html", form=form, most=settings.upload_limit_mb)


@pages.get("/imports/<token>")
@requires(P.PROJECT_IMPORT)
def taken_in(token: str) -> str:
    """What came of a sent file: what was taken in, and whom and what was found here already."""
    found = store.outcome(token, home=_settings().home)
    if found is None:
        raise NotThere
    return render_template("transfer/outcome.html", done=found)
