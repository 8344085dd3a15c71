"""Pages of one report of the catalogue with its options, and of reports under a name."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as Answer

from workbench import clock
from workbench.checklists.library import pack
from workbench.checklists.queries import checklists_of_project
from workbench.checklists.rules import GATES_PACK
from workbench.config import Settings
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.projects.rules import ProjectKind
from workbench.reports import actions, forms, pdf, queries
from workbench.reports.rules import BUNDLE, Cadence, Options, options_on
from workbench.reports.views.blueprint import pages
from workbench.reports.views.building import language_at_hand, sent, settings_at_hand, teller
from workbench.web import sheets, transactions
from workbench.web.forms import Form
from workbench.web.refusals import BadValue, NotThere, Refused, check_version


def _where() -> dict[str, Any]:
    settings: Settings = settings_at_hand()
    return {"home": settings.home, "keys": settings.keys, "organisation": settings.organisation}


def _offered(kind: type[forms.Choose], report: queries.Report, project: Any, language: str, **kwargs: Any) -> Any:
    """The form for a report, with what this project has to choose among."""
    packs = {
        each.checklist.pack_id: each.pack.title.in_(language_at_hand()) if each.pack else each.checklist.pack_id
        for each in checklists_of_project(project.id)
    }
    subjects = report.subjects(project.id)
    chooses_packs = any(code in packs for code, _label in subjects)  # then they are not asked for twice
    return kind.offered(
        report, language=language, steps=[] if project.kind == ProjectKind.SYSTEM else _steps(),
        packs=[] if chooses_packs else list(packs.items()), subjects=subjects, **kwargs,
    )


def _steps() -> list[tuple[str, str]]:
    return [(str(each.number), f"{each.number} {each.title.in_(language_at_hand())}") for each in pack(GATES_PACK).steps]


def _report(name: str) -> queries.Report:
    report = queries.catalogue().get(name)
    if report is None:
        raise NotThere
    if not may(report.PERMISSION):
        raise Forbidden
    return report


def _named_subject(report: queries.Report, project: Any) -> tuple[str, ...]:
    """What the address asks the report to tell of, where the project has it: its box is then ticked."""
    asked = request.args.get("subject", "")
    return (asked,) if asked in {code for code, _label in report.subjects(project.id)} else ()


@pages.route("/build/<report>", methods=["GET", "POST"])
@requires(P.REPORT_BUILD, on="project")
def choose(key: str, report: str) -> str | Answer:
    """The options of one report; building it with them in the background."""
    found, project = _report(report), project_of(g.rights.project_id)
    form = _offered(forms.Choose, found, project, language_at_hand(), options=Options(subjects=_named_subject(found, project)))
    if form.accepted():
        job = actions.order(
            project=project, key=report, language=form.language.data, options=form.options(),
            address=url_for(".index", key=key, _anchor="built"), by=g.person, **_where(),
        )
        return redirect(url_for("desk.job", job_id=job.id), code=303)
    return _choosing(found, project, form)


def _choosing(report: queries.Report, project: Any, form: Any) -> str:
    """The page with the options of a report that is built now."""
    return render_template(
        "reports/named_form.html", project=project, report=report, form=form, row=None, is_kept=False, is_bundle=False,
        missing=pdf.missing_libraries(), action=url_for(".choose", key=project.key, report=report.KEY),
    )


@pages.post("/build/<report>/first-page")
@requires(P.REPORT_BUILD, on="project")
def first_page(key: str, report: str) -> str | Response:
    """The first page of a report with the options typed, opened in the browser; nothing of it is kept."""
    found, project = _report(report), project_of(g.rights.project_id)
    form = _offered(forms.Choose, found, project, language_at_hand())
    if not form.accepted():
        return _choosing(found, project, form)
    g.replayed = True  # asked for again, it is set again
    try:
        data = actions.first_page(
            project=project, key=report, language=form.language.data, options=form.options(), pause=transactions.commit, **_where()
        )
    except pdf.PdfFailed as failure:
        raise Refused(_("The first page could not be set."), (str(failure),)) from failure
    return sent(data, "application/pdf", filename=f"{key}-{report.replace('_', '-')}-1.pdf")


@pages.route("/build/bundle", methods=["GET", "POST"])
@requires(P.REPORT_BUILD, on="project")
def choose_bundle(key: str) -> str | Answer:
    """The options of the report in the bundle; building the bundle with them in the background."""
    found, project = _report("audit_report"), project_of(g.rights.project_id)
    form = _offered(forms.ChooseBundle, found, project, language_at_hand())
    if form.accepted():
        job = actions.order(
            project=project, key=BUNDLE, language=form.language.data, options=form.options(),
            address=url_for(".index", key=key, _anchor="built"), by=g.person, **_where(),
        )
        return redirect(url_for("desk.job", job_id=job.id), code=303)
    return render_template(
        "reports/named_form.html", project=project, report=found, form=form, row=None, is_kept=False, is_bundle=True,
        missing=pdf.missing_libraries(), action=url_for(".choose_bundle", key=key),
    )


@pages.route("/build/<report>/keep", methods=["GET", "POST"])
@requires(P.REPORT_BUILD, on="project")
def keep(key: str, report: str) -> str | Answer:
    """Keep a report with its options under a name."""
    found, project = _report(report), project_of(g.rights.project_id)
    form = _offered(forms.ChooseAndKeep, found, project, language_at_hand())
    if form.accepted():
        try:
            made = actions.name_report(project=project, key=report, by=g.person, **form.plan())
            flash(_("“%(title)s” is kept.", title=made.title), "success")
            return redirect(url_for(".named", key=key, named_id=made.id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("reports/named_form.html", project=project, report=found, form=form, row=None, is_kept=True,
                           is_bundle=False, missing="", action=request.path)


@pages.get("/named.csv")
@requires(P.PROJECT_READ, on="project")
def export_named(key: str) -> Response:
    """The reports under a name as CSV: what each builds, when, and where it stands."""
    catalogue = queries.catalogue()
    head = [_("Name"), _("Report"), _("Language"), _("By itself"), _("Next on"), _("Files"), _("Built"), _("Owner"), _("State")]
    lines = []
    for line in queries.named_reports(g.rights.project_id):
        row, built = line.row, line.last_built
        state = _("withdrawn") if row.withdrawn_at else _("the last try failed") if line.failed else _("in place")
        lines.append([
            row.title, forms.title_of(row.key, catalogue), forms.LANGUAGES[row.language], forms.CADENCES[Cadence(row.cadence)],
            None if row.withdrawn_at else row.next_on, line.built, built.built_at if built else None, row.owner.name, state,
        ])
    return sheets.csv_answer([head, *lines], f"{key}-named-reports.csv")


def _named(named_id: int) -> Any:
    row = queries.named_report(g.rights.project_id, named_id)
    if row is None:
        raise NotThere
    return row


@pages.get("/named/<int:named_id>")
@requires(P.PROJECT_READ, on="project")
def named(key: str, named_id: int) -> str:
    """One report under a name: what was chosen, when it is built next, what was built, and whether the last try failed."""
    row = _named(named_id)
    report, options = queries.catalogue().get(row.key), options_on(row.options, clock.today())
    told = forms.all_chosen(options, report.ANNEXES if report else (), language_at_hand())
    built = queries.built_page(g.rights.project_id, queries.Wanted(named_id=row.id))
    return render_template(
        "reports/named.html", project=project_of(g.rights.project_id), row=row, report=report, line=queries.named_line(row),
        told=told, page=built, words=forms, catalogue=queries.catalogue(), tell=teller(),
    )


@pages.route("/named/<int:named_id>/change", methods=["GET", "POST"])
@requires(P.REPORT_BUILD, on="project")
def change_named(key: str, named_id: int) -> str | Answer:
    """Say anew what is built under a name, and when."""
    row, project = _named(named_id), project_of(g.rights.project_id)
    report = _report(row.key)
    form = _offered(
        forms.ChooseAndKeep, report, project, row.language, options=Options.of_json(row.options), title=row.title,
        cadence=row.cadence, moves=row.options.get("moves", ""),
    )
    if form.accepted():
        check_version(row, form.seen_version(), {"title": (str(form.title.label.text), form.title.data)})
        try:
            actions.change_named(project=project, named=row, by=g.person, **form.plan())
            return redirect(url_for(".named", key=key, named_id=named_id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("reports/named_form.html", project=project, report=report, form=form, row=row, is_kept=True,
                           is_bundle=False, missing="", action=request.path)


@pages.post("/named/<int:named_id>/build")
@requires(P.REPORT_BUILD, on="project")
def build_named(key: str, named_id: int) -> Answer:
    """Build it now."""
    row, project = _named(named_id), project_of(g.rights.project_id)
    _report(row.key)
    if not Form.of_request().accepted():
        raise NotThere
    job = actions.order_named(project=project, named=row, by=g.person, **_where())
    return redirect(url_for("desk.job", job_id=job.id), code=303)


@pages.route("/named/<int:named_id>/withdraw", methods=["GET", "POST"])
@requires(P.REPORT_BUILD, on="project")
def withdraw_named(key: str, named_id: int) -> str | Answer:
    """Build it no more."""
    row, project = _named(named_id), project_of(g.rights.project_id)
    form = forms.Reason.of_request()
    if form.accepted():
        actions.withdraw_named(project=project, named=row, reason=form.reason.data, by=g.person)
        return redirect(url_for(".named", key=key, named_id=named_id), code=303)
    return render_template("reports/named_withdraw.html", project=project, row=row, form=form)


@pages.post("/named/<int:named_id>/put-back")
@requires(P.REPORT_BUILD, on="project")
def put_back_named(key: str, named_id: int) -> Answer:
    """Take a withdrawn one up again."""
    if not Form.of_request().accepted():
        raise NotThere
    actions.put_back_named(project=project_of(g.rights.project_id), named=_named(named_id), by=g.person)
    return redirect(url_for(".named", key=key, named_id=named_id), code=303)
