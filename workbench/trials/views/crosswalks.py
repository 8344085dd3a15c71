"""Pages of crosswalks: the list, a new one, the names with what may belong together, and who decided what."""

from __future__ import annotations

import io
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response as Redirect

from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.registers.forms import Withdraw, check_seen
from workbench.trials import actions, forms, queries
from workbench.trials.queries.crosswalks import NameLine, Names
from workbench.trials.views.blueprint import PREFIX, pages
from workbench.trials.views.mappings import home
from workbench.web.paging import PER_PAGE, Page, wanted_page
from workbench.web.refusals import BadValue, NotThere, Refused
from workbench.web.sheets import csv_answer

ONE = PREFIX + "/names/<int:crosswalk_id>"
MOST_FAULTS = 50  # rows of a file that are named on its page


def _found(crosswalk_id: int) -> Any:
    found = queries.crosswalks.crosswalk(g.rights.project_id, crosswalk_id)
    if found is None:
        raise NotThere
    return found


def _wanted() -> tuple[str, str]:
    """The state and the text that the filter asks for."""
    state = request.args.get("show", "open")
    return state if state in forms.crosswalks.SHOW else "open", request.args.get("q", "")[:200]


@pages.get(PREFIX + "/names")
@requires(P.PROJECT_READ, on="project")
def crosswalks(key: str) -> str:
    """The crosswalks of a project."""
    project = project_of(g.rights.project_id)
    return render_template("trials/crosswalks.html", project=project, lines=queries.crosswalks.crosswalks_of_project(project.id))


@pages.get(PREFIX + "/names.csv")
@requires(P.PROJECT_READ, on="project")
def export_crosswalks(key: str) -> Response:
    """The crosswalks of a project, with how many names were decided."""
    found = queries.crosswalks.crosswalks_of_project(g.rights.project_id)
    return csv_answer(forms.lists.crosswalks_table(found), f"{key}-crosswalks.csv")


@pages.route(PREFIX + "/names/new", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def new_crosswalk(key: str) -> str | Redirect:
    """Begin a crosswalk of two lists of names."""
    project = project_of(g.rights.project_id)
    form = forms.crosswalks.NewCrosswalk.of_request().offer(project.id)
    if form.accepted():
        try:
            made = actions.crosswalks.add_crosswalk(
                project=project, name=form.name.data, title=form.title.data, left_column=form.left_column.data,
                right_column=form.right_column.data, left_at=_place(project, form, "left"),
                right_at=_place(project, form, "right"), by=g.person,
            )
            return redirect(url_for(".crosswalk", key=key, crosswalk_id=made.id), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, forms.said(refusal.message))
    return render_template("trials/new_crosswalk.html", form=form, project=project)


def _place(project: Any, form: forms.crosswalks.Names, side: str) -> str:
    """Where the names of a side come from: an uploaded file, typed names kept as one, or a column of the mirror."""
    if upload := form[f"{side}_file"].data:
        return actions.crosswalks.keep_names(
            home=home(), project=project, filename=upload.filename or "names.csv", stream=upload.stream)
    if typed := form[f"{side}_typed"].data:
        quoted = ['"' + name.strip().replace('"', '""') + '"' for name in typed.splitlines() if name.strip()]
        return actions.crosswalks.keep_names(
            home=home(), project=project, filename=f"{side}.csv", stream=io.BytesIO("\n".join(["name", *quoted, ""]).encode()))
    return str(form[f"{side}_at"].data or "")


@pages.route(ONE + "/lists", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def change_names(key: str, crosswalk_id: int) -> str | Redirect:
    """Take the names from other places."""
    project, found = project_of(g.rights.project_id), _found(crosswalk_id)
    form = forms.crosswalks.Names.of_request(obj=found).offer(project.id, found.left_at, found.right_at)
    if form.accepted():
        check_seen(found, form)
        actions.crosswalks.change_names(
            project=project, crosswalk=found, left_at=_place(project, form, "left"), right_at=_place(project, form, "right"),
            by=g.person,
        )
        return redirect(url_for(".crosswalk", key=key, crosswalk_id=found.id), code=303)
    return render_template("trials/change_names.html", form=form, project=project, crosswalk=found)


@pages.get(ONE)
@requires(P.PROJECT_READ, on="project")
def crosswalk(key: str, crosswalk_id: int) -> str:
    """The names of a page with what may belong together."""
    project, found = project_of(g.rights.project_id), _found(crosswalk_id)
    names, (state, text) = _names(project, found), _wanted()
    shown, number = names.shown(state, text), wanted_page(request.args.get("page"))
    page = Page(shown[(number - 1) * PER_PAGE : number * PER_PAGE], number, len(shown))
    return _page(project, found, names, page, forms.crosswalks.names_form(page.rows))


@pages.post(ONE)
@requires(P.TRIAL_RUN, on="project")
def decide_names(key: str, crosswalk_id: int) -> str | Redirect:
    """What was chosen on a page is recorded with who and when."""
    project, found = project_of(g.rights.project_id), _found(crosswalk_id)
    names = _names(project, found)
    form = forms.crosswalks.names_form(_sent(names))
    if form.accepted():
        try:
            return _decide(project, found, form, names)
        except BadValue as refusal:
            form.blame(refusal.field, forms.said(refusal.message))
    return _page(project, found, names, Page(form.lines, 1, len(form.lines)), form)


def _page(project: Any, found: Any, names: Names, page: Page[NameLine], form: forms.crosswalks.NamesForm) -> str:
    state, text = _wanted()
    return render_template(
        "trials/crosswalk.html", project=project, crosswalk=found, names=names, page=page, form=form, words=forms.crosswalks,
        state=state, text=text, may_write=may(P.TRIAL_RUN) and found.withdrawn_at is None,
    )


def _names(project: Any, found: Any) -> Names:
    return queries.crosswalks.names(project, found, home())


def _sent(names: Names) -> list[NameLine]:
    """The names of the page as it was sent: another's decision may have moved them meanwhile."""
    known = {line.left: line for line in names.lines}
    sent = [request.form.get(f"left_{at}", "") for at in range(PER_PAGE)]
    return [known[left] for left in sent if left in known]


def _decide(project: Any, found: Any, form: forms.crosswalks.NamesForm, names: Names) -> Redirect:
    do = form.do.data or ""
    decided = form.all_of(do.removeprefix("all_")) if do.startswith("all_") else form.decided()
    made = actions.crosswalks.decide_names(
        project=project, crosswalk=found, decided=decided, rights=names.rights, by=g.person)
    flash(ngettext("%(num)s decision is recorded.", "%(num)s decisions are recorded.", len(made)), "success")
    state, text = _wanted()
    return redirect(url_for(".crosswalk", key=project.key, crosswalk_id=found.id, show=state, q=text or None), code=303)


@pages.get(ONE + "/history")
@requires(P.PROJECT_READ, on="project")
def name_history(key: str, crosswalk_id: int) -> str:
    """Who decided what about one name, and when."""
    project, found, left = project_of(g.rights.project_id), _found(crosswalk_id), request.args.get("left", "")
    rows = queries.crosswalks.history(found.id, left)
    return render_template(
        "trials/name_history.html", project=project, crosswalk=found, left=left, rows=rows, words=forms.crosswalks)


@pages.get(ONE + "/export/csv")
@requires(P.PROJECT_READ, on="project")
def export_crosswalk(key: str, crosswalk_id: int) -> Response:
    """The names that the filter shows, as the file that can be imported again."""
    project, found = project_of(g.rights.project_id), _found(crosswalk_id)
    rows: list[list[Any]] = [["left", "right", "state", "by", "at", "reason"]]
    for one in _names(project, found).shown(request.args.get("show", "all"), _wanted()[1]):
        at, reason = (one.decision.decided_at.replace(microsecond=0), one.decision.reason) if one.decision else (None, "")
        state = one.state if one.state in ("mapped", "ignored") else "unmapped"
        rows += [[one.left, right, state, one.by, at, reason] for right in one.rights or ("",)]
    return csv_answer(rows, f"{key}-{found.name}.csv")


@pages.route(ONE + "/import", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def import_crosswalk(key: str, crosswalk_id: int) -> str | Redirect:
    """Take over decisions from a file."""
    project, found = project_of(g.rights.project_id), _found(crosswalk_id)
    form, faults = forms.crosswalks.ImportCrosswalk.of_request(), list[str]()
    if form.accepted():
        try:
            number = actions.crosswalks.import_crosswalk(
                project=project, crosswalk=found, data=form.file.data.read(), filename=form.file.data.filename or "names.csv",
                rights=_names(project, found).rights, by=g.person,
            )
            flash(ngettext("%(num)s decision is recorded.", "%(num)s decisions are recorded.", number), "success")
            return redirect(url_for(".crosswalk", key=key, crosswalk_id=found.id, show="all"), code=303)
        except Refused as refusal:
            faults = [forms.said(each) for each in refusal.details or (refusal.message,)]
            form.blame("file", ngettext("Nothing is taken: one row has a fault.", "Nothing is taken: %(num)s rows have a fault.",
                                        len(faults)) if refusal.details else faults.pop())
    return render_template(
        "trials/import_crosswalk.html", form=form, project=project, crosswalk=found, faults=faults[:MOST_FAULTS],
        further=max(0, len(faults) - MOST_FAULTS),
    )


@pages.route(ONE + "/withdraw", methods=["GET", "POST"])
@requires(P.TRIAL_RUN, on="project")
def withdraw_crosswalk(key: str, crosswalk_id: int) -> str | Redirect:
    """Put a crosswalk aside, or back."""
    project, found = project_of(g.rights.project_id), _found(crosswalk_id)
    form = Withdraw.of_request()
    if form.accepted():
        check_seen(found, form)
        actions.crosswalks.withdraw_crosswalk(project=project, crosswalk=found, reason=form.reason.data, by=g.person)
        return redirect(url_for(".crosswalk", key=key, crosswalk_id=found.id), code=303)
    back = url_for(".crosswalk", key=key, crosswalk_id=found.id)
    return render_template("trials/withdraw_part.html", form=form, project=project, row=found, back=back)
