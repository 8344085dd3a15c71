"""Pages of reports and bundles: what can be built, what was built, and taking it away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as Answer

from workbench.config import Settings
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.reports import actions, forms, pdf, queries
from workbench.reports.rules import BUNDLE, Options
from workbench.reports.views.blueprint import pages
from workbench.web import sheets
from workbench.web.paging import wanted_page
from workbench.web.refusals import NotThere

TYPES = {BUNDLE: "application/zip"}


def settings_at_hand() -> Settings:
    """The installation's settings."""
    found: Settings = current_app.extensions["ninefold"]
    return found


def language_at_hand() -> str:
    """The language of who looks."""
    locale = get_locale()
    return locale.language if locale is not None else "en"


def _form() -> forms.Build:
    return forms.Build.of_request(language=language_at_hand())


def _wanted() -> queries.Wanted:
    """Which built files the address asks for; words that are none are left out."""
    asked = request.args
    return queries.Wanted(
        key=asked.get("report", "") if asked.get("report", "") in (*queries.catalogue(), BUNDLE) else "",
        language=asked.get("language", "") if asked.get("language", "") in forms.LANGUAGES else "",
        sort=asked.get("sort", "") if asked.get("sort", "") in queries.SORTS else "newest",
    )


@pages.get("/")
@requires(P.PROJECT_READ, on="project")
def index(key: str) -> str:
    """What can be built, what is kept under a name, and what was built."""
    project, wanted = project_of(g.rights.project_id), _wanted()
    recent = queries.recent_jobs(project.id)
    return render_template(
        "reports/index.html",
        project=project,
        page=queries.built_page(project.id, wanted, page=wanted_page(request.args.get("page"))),
        named=queries.named_reports(project.id, recent),
        under_way=[each for each in recent if not each.is_over],
        latest=queries.latest_built(project.id),
        wanted=wanted,
        catalogue=queries.catalogue(),
        form=_form(),
        bundle=BUNDLE,
        words=forms,
        tell=teller(),
        missing=pdf.missing_libraries(),
    )


def teller() -> Callable[[Any], str]:
    """The options of a built file in words, in the language of who looks."""
    reports, language = queries.catalogue(), language_at_hand()

    def tell(row: Any) -> str:
        report = reports.get(row.key)
        return forms.all_chosen(Options.of_json(row.options or {}), report.ANNEXES if report else (), language)

    return tell


@pages.get("/built.csv")
@requires(P.PROJECT_READ, on="project")
def export_built(key: str) -> Response:
    """Exactly the built files shown, as CSV."""
    head = [_("File"), _("Report"), _("Language"), _("Options"), _("Built"), _("By"), _("From checkpoint"), _("Bytes"), "SHA-256"]
    tell = teller()
    lines = [
        [
            row.filename, forms.title_of(row.key, queries.catalogue()), row.language, tell(row), row.built_at,
            row.built_by.name if row.built_by else "Ninefold", row.checkpoint_size, row.size, row.sha256,
        ]
        for row in queries.built_all(g.rights.project_id, _wanted())
    ]
    return sheets.csv_answer([head, *lines], f"{key}-reports.csv")


@pages.post("/")
@requires(P.REPORT_BUILD, on="project")
def build(key: str) -> Answer:
    """Build a report or bundle in the background."""
    form = _form()
    if not form.accepted():
        raise NotThere
    report = queries.catalogue().get(form.report.data)
    if report is not None and not may(report.PERMISSION):
        raise Forbidden
    settings = settings_at_hand()
    job = actions.order(
        project=project_of(g.rights.project_id),
        key=form.report.data,
        language=form.language.data,
        home=settings.home,
        keys=settings.keys,
        organisation=settings.organisation,
        address=url_for(".index", key=key, _anchor="built"),
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
    if not may(queries.needed_to_read(found.key)):
        raise Forbidden
    return attachment(found, actions.read_built(found, home=settings_at_hand().home))


def attachment(found: Any, data: bytes) -> Response:
    """The bytes of a built file as a file to keep: the browser opens it nowhere inside a page of ours."""
    return sent(
        data, found.media_type or TYPES.get(found.key, "application/pdf"), disposition="attachment", filename=found.filename,
        policy="sandbox; default-src 'none'",
    )


def sent(data: bytes, media_type: str, *, disposition: str = "inline", filename: str = "", policy: str = "") -> Response:
    """Bytes as a file of this type, kept by no cache that others use; a policy of its own where it must do even less."""
    response = make_response(data)
    response.headers["Content-Type"] = media_type
    if filename:
        response.headers.set("Content-Disposition", disposition, filename=filename)
    if policy:
        response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = "private, no-store"
    return response
