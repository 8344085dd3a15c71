"""Pages of reports and bundles: what can be built, what was built, and taking it away."""

from __future__ import annotations

from flask import Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as Answer

from workbench.config import Settings
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.reports import actions, forms, pdf, queries
from workbench.reports.rules import BUNDLE
from workbench.reports.views.blueprint import pages
from workbench.web.paging import wanted_page
from workbench.web.refusals import NotThere

TYPES = {BUNDLE: "application/zip"}


def _settings() -> Settings:
    found: Settings = current_app.extensions["ninefold"]
    return found


def _form() -> forms.Build:
    locale = get_locale()
    return forms.Build.of_request(language=locale.language if locale is not None else "en")


@pages.get("/")
@requires(P.PROJECT_READ, on="project")
def index(key: str) -> str:
    """What can be built and what was built."""
    project = project_of(g.rights.project_id)
    built = queries.built_reports(project.id, page=wanted_page(request.args.get("page")))
    return render_template(
        "reports/index.html",
        project=project,
        page=built,
        catalogue=queries.catalogue(),
        form=_form(),
        bundle=BUNDLE,
        missing=pdf.missing_libraries(),
    )


@pages.post("/")
@requires(P.REPORT_BUILD, on="project")
def build(key: str) -> Answer:
    """Build a report or bundle in the background."""
    form = _form()
    if not form.accepted():
        raise NotThere
    settings = _settings()
    job = actions.order(
        project=project_of(g.rights.project_id),
        key=form.report.data,
        language=form.language.data,
        home=settings.home,
        keys=settings.keys,
        organisation=settings.organisation,
        address=url_for(".index", key=key),
        by=g.person,
    )
    return redirect(url_for("desk.job", job_id=job.id), code=303)


@pages.get("/<int:built_id>/file")
@requires(P.PROJECT_READ, on="project")
def download(key: str, built_id: int) -> Response:
    """A built file: hashed anew before it leaves, and never shown inside a page of ours."""
    found = queries.built_report(g.rights.project_id, built_id)
    if found is None:
        raise NotThere
    if found.key == BUNDLE and not may(P.TRAIL_READ):  # a bundle holds the project's entries as they were written
        raise Forbidden
    response = make_response(actions.read_built(found, home=_settings().home))
    response.headers["Content-Type"] = TYPES.get(found.key, "application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=found.filename)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response
