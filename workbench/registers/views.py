"""The pages of every register: its list, one record, adding, changing, withdrawing, exporting. Subjects serve theirs here."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as Answer

from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.registers import actions, forms, queries
from workbench.registers.rules import Overview, Register
from workbench.trail.forms import act_in_words
from workbench.trail.queries import history
from workbench.web import sheets
from workbench.web.paging import wanted_page
from workbench.web.refusals import BadValue, NotThere

_SERVED: dict[tuple[str, str], Register] = {}
_OVERVIEWS: dict[str, Overview] = {}  # by endpoint


def serve(pages: Blueprint, *registers: Register, under: str = "") -> None:
    """Give a subject's blueprint the pages of its registers, at /<key of the register> under the blueprint's own address.

    `under` comes before it where the blueprint's own address is not that of a project's records.
    """
    _SERVED.update({(pages.name, each.key): each for each in registers})
    name = f"{under}/<any({', '.join(each.key for each in registers)}):register>"
    one = f"{name}/<int:record_id>"
    pages.add_url_rule(name, "records", records)
    pages.add_url_rule(f"{name}.csv", "export_records", export_records)
    pages.add_url_rule(f"{name}/new", "add_record", add_record, methods=["GET", "POST"])
    pages.add_url_rule(one, "record", record)
    pages.add_url_rule(f"{one}/edit", "change_record", change_record, methods=["GET", "POST"])
    pages.add_url_rule(f"{one}/withdraw", "withdraw_record", withdraw_record, methods=["GET", "POST"])
    pages.add_url_rule(f"{one}/put-back", "put_back_record", put_back_record, methods=["POST"])


def _register(name: str) -> Register:
    return _SERVED[(request.blueprint or "", name)]


def _writable(name: str) -> Register:
    found = _register(name)
    if not may(found.writes):
        raise Forbidden
    return found


def _row(register: Register, record_id: int) -> Any:
    found = queries.record_in(register.model, g.rights.project_id, record_id)
    if found is None:
        raise NotThere
    return found


def _form(register: Register, row: Any = None) -> Any:
    form = register.form.of_request(obj=row).offer(g.rights.project_id)
    forms.keep_chosen(register, form, [] if row is None else [row])
    return form


def _wanted(form: Any) -> queries.Wanted:
    asked = request.args
    equal = {
        each.name: each.coerce(asked[each.name]) for each in _filters(form) if asked.get(each.name)
    }
    return queries.Wanted(asked.get("q", "").strip(), equal, asked.get("state") == "withdrawn", asked.get("sort", ""))


def _filters(form: Any) -> list[Any]:
    """The columns of the list that hold one of a few words, or a row of the project."""
    register = _register(request.view_args["register"] if request.view_args else "")
    shown = set(register.columns) - set(register.guarded)  # a filter would tell what is guarded
    return [each for each in form.fields() if each.name in shown and type(each).__name__ in ("SelectField", "Reference")]


@requires(P.PROJECT_READ, on="project")
def records(key: str, register: str) -> str:
    """A register: filter, sort, page, and the way to add."""
    found = _register(register)
    form = found.form().offer(g.rights.project_id)
    page = queries.page_of(found, g.rights.project_id, _wanted(form), page=wanted_page(request.args.get("page")))
    forms.keep_chosen(found, form, page.rows)
    sees = may(P.RECORD_WRITE)
    shown = [(row, forms.cells(found, form, row, sees=sees)) for row in page.rows]
    return render_template(
        "registers/index.html", project={"key": key}, register=found, page=page, shown=shown, filters=_filters(form),
        form=form, blueprint=request.blueprint,
    )


@requires(P.PROJECT_READ, on="project")
def export_records(key: str, register: str) -> Response:
    """Exactly the records shown, every field, as CSV. What is guarded stays out whoever asks."""
    found = _register(register)
    form = found.form().offer(g.rights.project_id)
    rows = queries.rows_of(found, g.rights.project_id, _wanted(form))
    forms.keep_chosen(found, form, rows)
    head = ["code", *(str(each.label.text) for each in form.fields()), *(str(each.label) for each in found.further)]
    lines = [
        [row.code, *(forms.exported(cell) for cell in forms.cells(found, form, row, sees=False, every=True))] for row in rows
    ]
    return sheets.csv_answer([head, *lines], f"{key}-{found.key}.csv")


@requires(P.RECORD_WRITE, on="project")
def add_record(key: str, register: str) -> str | Answer:
    """Add a record."""
    found, project = _writable(register), projects.project(g.rights.project_id)
    form = _form(found)
    if form.accepted():
        try:
            row = actions.add_record(found, project=project, facts=form.facts(), by=g.person)
            flash(_("%(code)s is added.", code=row.code), "success")
            return redirect(url_for(".records", key=key, register=register, _anchor=row.code), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("registers/add.html", project=project, register=found, form=form)


@requires(P.PROJECT_READ, on="project")
def record(key: str, register: str, record_id: int) -> str:
    """One record with what can be done with it, and its history."""
    found = _register(register)
    row = _row(found, record_id)
    form = found.form().offer(g.rights.project_id)
    forms.keep_chosen(found, form, [row])
    return render_template(
        "registers/record.html", project={"key": key}, register=found, row=row, blueprint=request.blueprint,
        cells=forms.cells(found, form, row, sees=may(P.RECORD_WRITE), every=True),
        events=history(found.table, row.id) if may(P.TRAIL_READ) else [],
        kept=found.keeps(row), act_in_words=act_in_words,
    )


@requires(P.RECORD_WRITE, on="project")
def change_record(key: str, register: str, record_id: int) -> str | Answer:
    """Say a record anew."""
    found, project = _writable(register), projects.project(g.rights.project_id)
    row = _row(found, record_id)
    form = _form(found, row)
    if form.accepted():
        forms.check_seen(row, form)
        try:
            actions.change_record(found, project=project, row=row, facts=form.facts(), by=g.person)
            return redirect(url_for(".records", key=key, register=register, _anchor=row.code), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("registers/change.html", project=project, register=found, row=row, form=form)


@requires(P.RECORD_WRITE, on="project")
def withdraw_record(key: str, register: str, record_id: int) -> str | Answer:
    """Take a record out of the lists, with the reason."""
    found, project = _writable(register), projects.project(g.rights.project_id)
    row, form = _row(found, record_id), forms.Withdraw.of_request()
    if form.accepted():
        actions.withdraw_record(found, project=project, row=row, reason=form.reason.data, by=g.person)
        flash(_("%(code)s is withdrawn. It stays readable under “withdrawn”.", code=row.code), "success")
        return redirect(url_for(".records", key=key, register=register), code=303)
    return render_template("registers/withdraw.html", project=project, register=found, row=row, form=form)


@requires(P.RECORD_WRITE, on="project")
def put_back_record(key: str, register: str, record_id: int) -> Answer:
    """Undo a withdrawal."""
    found, project = _writable(register), projects.project(g.rights.project_id)
    row = _row(found, record_id)
    actions.put_back_record(found, project=project, row=row, by=g.person)
    flash(_("%(code)s is back.", code=row.code), "success")
    return redirect(url_for(".record", key=key, register=register, record_id=row.id), code=303)


def serve_overviews(pages: Blueprint, *overviews: Overview) -> None:
    """Give a blueprint the page and the export of each overview: /registers/<key>, endpoints all_<key>, export_all_<key>."""
    for each in overviews:
        _OVERVIEWS[f"{pages.name}.all_{each.key}"] = each
        pages.add_url_rule(f"/registers/{each.key}", f"all_{each.key}", requires(each.permission)(_shown(each)))
        pages.add_url_rule(f"/registers/{each.key}.csv", f"export_all_{each.key}", requires(each.permission)(_exported(each)))


def overviews() -> dict[str, Overview]:
    """The overviews that the person at hand may open, by endpoint."""
    return {endpoint: each for endpoint, each in _OVERVIEWS.items() if may(each.permission)}


def _wanted_rows(overview: Overview) -> queries.Wanted:
    asked, names = request.args, [each.name for each in overview.columns]
    equal = {each.name: asked[each.name] for each in overview.columns if asked.get(each.name) in each.words}
    sort = asked.get("sort", "")
    return queries.Wanted(
        asked.get("q", "").strip(), equal, sort=sort if sort.removeprefix("-") in names else overview.sort
    )


def _shown(overview: Overview) -> Any:
    def page_of_overview() -> str:
        rows = overview.rows(projects.ids_seen_by(g.person))
        page = queries.overview_page(rows, _wanted_rows(overview), page=wanted_page(request.args.get("page")))
        shown = [(overview.address(row), forms.overview_cells(overview, row)) for row in page.rows]
        return render_template(
            "registers/overview.html", overview=overview, page=page, shown=shown, export=f".export_all_{overview.key}"
        )

    return page_of_overview


def _exported(overview: Overview) -> Any:
    def export_of_overview() -> Response:
        rows = queries.overview_rows(overview.rows(projects.ids_seen_by(g.person)), _wanted_rows(overview))
        cells = [[forms.exported(each) for each in forms.overview_cells(overview, row)] for row in rows]
        return sheets.csv_answer([[str(each.label) for each in overview.columns], *cells], f"{overview.key}.csv")

    return export_of_overview
