"""Pages of the programme: the year at a glance, its areas in the order of risk, describing and approving it."""

from __future__ import annotations

from typing import Any

from flask import Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from workbench import clock
from workbench.audits import actions, forms, queries
from workbench.audits.rules import AuditState
from workbench.audits.views.blueprint import check_as_read, pages, project_at_hand
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.registers.forms import check_seen
from workbench.web import sheets
from workbench.web.addresses import row_number
from workbench.web.filters import on
from workbench.web.paging import PER_PAGE, Page, wanted_page
from workbench.web.refusals import BadValue, NotThere

_YEARS = range(2000, 2101)


def _year() -> int:
    asked = row_number(request.args.get("year"))
    return asked if asked is not None and asked in _YEARS else clock.today().year


def _checked(year: int) -> int:
    if year not in _YEARS:
        raise NotThere
    return year


def _here(year: int) -> Answer:
    return redirect(url_for("audits.programme", year=year), code=303)


@pages.get("/audits")
@requires(P.AUDIT_READ)
def programme() -> str:
    """The programme of a year: what it is for, its areas with the highest score first, its months with their audits."""
    year, seen = _year(), projects.ids_seen_by(g.person)
    areas = queries.areas(seen, year, clock.today())
    page = wanted_page(request.args.get("page"))
    shown = areas[(page - 1) * PER_PAGE : page * PER_PAGE]
    return render_template(
        "audits/programme.html", year=year, years=sorted({year, year + 1, *queries.years()}), words=forms.words(),
        programme=queries.programme(year), page=Page(shown, page, len(areas)), sentence=forms.sentence,
        months=_months(areas, queries.audits_of_year(seen, year)), month_names=dict(forms.months()),
    )


def _months(areas: list[Any], audits: Any) -> list[tuple[int, str, list[Any], list[Any]]]:
    """(month, its name, audits that begin in it, areas foreseen for it that have no audit yet)."""
    return [
        (
            number, name,
            [each for each in audits if each.planned_from.month == number],
            [each for each in areas if each.planned_month == number and not _is_planned(each)],
        )
        for number, name in forms.months()
    ]


def _is_planned(area: Any) -> bool:
    return any(each.state != AuditState.CANCELLED for each in area.audits)


@pages.get("/audits/programme.csv")
@requires(P.AUDIT_READ)
def export_programme() -> Response:
    """The areas of a year in the order of risk, as CSV."""
    year, names = _year(), dict(forms.months())
    head = [_("Project"), _("Name"), _("Score"), _("Why"), _("Month foreseen"), _("Last audit"), _("Audits"), _("Note")]
    rows = [
        [
            each.key, each.name, each.points, "; ".join(forms.sentence(part) for part in each.parts),
            names.get(each.planned_month or 0, ""), sheets.Told(on(each.last_on), each.last_on) if each.last_on else "",
            ", ".join(one.number for one in each.audits), each.note,
        ]
        for each in queries.areas(projects.ids_seen_by(g.person), year, clock.today())
    ]
    return sheets.csv_answer([head, *rows], f"audit-programme-{year}.csv")


@pages.route("/audits/<int:year>/describe", methods=["GET", "POST"])
@requires(P.AUDIT_PLAN)
def describe_programme(year: int) -> str | Answer:
    """Say what the audits of a year are for."""
    row = queries.programme(_checked(year))
    form = forms.DescribeProgramme.of_request(**({} if row is None else {"obj": row, "reason": ""}))
    if form.accepted():
        if row is not None:
            check_seen(row, form)
        try:
            names = ("objectives", "risks_and_opportunities", "resources", "reason")
            actions.describe_programme(year=year, by=g.person, **{name: form[name].data for name in names})
            return _here(year)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("audits/describe_programme.html", form=form, year=year)


@pages.route("/audits/<int:year>/approve", methods=["GET", "POST"])
@requires(P.AUDIT_PLAN)
def approve_programme(year: int) -> str | Answer:
    """Approve the programme of a year."""
    row = queries.programme(_checked(year))
    if row is None:
        raise NotThere
    form = forms.GiveReason.of_request(version=row.version)
    if form.accepted():
        check_as_read(row, form)
        try:
            actions.approve_programme(programme=row, reason=form.reason.data, by=g.person)
            return _here(year)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("audits/approve_programme.html", form=form, year=year)


@pages.route("/projects/<key>/audits/area/<int:year>", methods=["GET", "POST"])
@requires(P.AUDIT_PLAN, on="project")
def weigh_area(key: str, year: int) -> str | Answer:
    """Say how much hangs on an area and when it is to be audited."""
    project = project_at_hand()
    area = queries.area_row(project.id, _checked(year))
    names = ("importance", "planned_month", "note", "version")
    known = {"importance": 3} if area is None else {name: getattr(area, name) for name in names}
    form = forms.WeighArea.of_request(**known).offer()
    if form.accepted():
        if area is not None:
            check_seen(area, form)
        try:
            actions.set_area(
                year=year, project=project, importance=form.importance.data, planned_month=form.planned_month.data,
                note=form.note.data, reason=form.reason.data, by=g.person,
            )
            return _here(year)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("audits/weigh_area.html", form=form, project=project, year=year)
