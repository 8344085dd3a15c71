"""Pages of step 4: the board of the ways forward, the decision matrix, hypotheses and meetings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from workbench.paths import actions, forms, queries
from workbench.paths.registers import REGISTERS
from workbench.paths.rules import FLOW, NEVER_ON_THE_PRESENT_WAY, PathState
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.registers.forms import check_seen
from workbench.registers.views import serve
from workbench.tools.forms import ABLE, CAPABILITIES
from workbench.web.refusals import BadValue, NotThere
from workbench.web.sheets import csv_answer

pages = Blueprint("paths", __name__, url_prefix="/projects/<key>/paths")
serve(pages, *REGISTERS)


def _path(path_id: int) -> Any:
    found = queries.path(g.rights.project_id, path_id)
    if found is None:
        raise NotThere
    return found


def _back(key: str, code: str = "") -> Response:
    return redirect(url_for(".index", key=key, _anchor=code or None), code=303)


@pages.get("")
@requires(P.PROJECT_READ, on="project")
def index(key: str) -> str:
    """The board: every way forward with its place, what it needs, and what stands against it."""
    project_id = g.rights.project_id
    cards = queries.board(project_id)
    return render_template(
        "paths/index.html", project={"key": key}, cards=cards, withdrawn=queries.withdrawn(project_id), words=forms,
        kinds=CAPABILITIES, states=ABLE, verbs={each.path.id: _verbs(each.path) for each in cards},
        lacks_present=not any(each.path.keeps_present for each in cards),
    )


@pages.get("/list.csv")
@requires(P.PROJECT_READ, on="project")
def export(key: str) -> Response:
    """Every way forward, those withdrawn too."""
    project_id = g.rights.project_id
    return csv_answer(forms.paths_table(queries.board(project_id), queries.withdrawn(project_id)), f"{key}-paths.csv")


@pages.get("/matrix.csv")
@requires(P.PROJECT_READ, on="project")
def export_matrix(key: str) -> Response:
    """The decision matrix with every score and its note."""
    return csv_answer(forms.matrix_table(queries.matrix(g.rights.project_id)), f"{key}-decision-matrix.csv")


def _verbs(path: Any) -> set[str]:
    """What the person at hand may do with a path."""
    open_to = {each.verb for each in FLOW.open_to(PathState(path.state), g.rights.permissions)}
    return open_to - NEVER_ON_THE_PRESENT_WAY if path.keeps_present else open_to


def _facts(form: forms.DescribePath) -> dict[str, Any]:
    names = ("description", "needs_covered", "cost", "effort", "reversibility", "way_back", "data_exposure")
    return {"name": form.name.data, "tool_ids": form.tool_ids.data, "needs": form.needs.data} | {
        name: form[name].data for name in names
    }


@pages.route("/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def new(key: str) -> str | Response:
    """Describe a way forward."""
    project = projects.project(g.rights.project_id)
    form = forms.DescribePath.of_request().offer(project.id)
    if form.accepted():
        path = actions.describe_path(project=project, by=g.person, **_facts(form))
        return _back(key, path.code)
    return render_template("paths/new.html", form=form, project=project, kinds=CAPABILITIES)


@pages.post("/present-way")
@requires(P.RECORD_WRITE, on="project")
def keep_present(key: str) -> Response:
    """Put the present way among the paths."""
    path = actions.keep_present_way(project=projects.project(g.rights.project_id), by=g.person)
    return _back(key, path.code)


@pages.route("/<int:path_id>/edit", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def edit(key: str, path_id: int) -> str | Response:
    """Describe a way forward anew."""
    project = projects.project(g.rights.project_id)
    path = _path(path_id)
    form = forms.DescribePath.of_request(obj=path, needs=queries.needs_of(path.id)).offer(project.id)
    if form.accepted():
        check_seen(path, form)
        actions.change_path(project=project, path=path, by=g.person, **_facts(form))
        return _back(key, path.code)
    return render_template("paths/edit.html", form=form, project=project, path=path, kinds=CAPABILITIES)


@pages.route("/<int:path_id>/choose", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def choose(key: str, path_id: int) -> str | Response:
    """Choose a way forward; a killed one only with a waiver."""
    path = _path(path_id)
    kind = forms.ChooseKilled if path.state == PathState.KILLED and may(P.GATE_WAIVE) else forms.GiveReason
    form = kind.of_request(version=path.version)
    told = {name: form[name].data for name in ("in_spite_of", "waiver") if name in form}
    act: Callable[..., None] = actions.choose_path
    return _decide(key, path, form, act, "paths/choose.html", may_waive=may(P.GATE_WAIVE), **told)


@pages.route("/<int:path_id>/reject", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def reject(key: str, path_id: int) -> str | Response:
    """Reject a way forward."""
    return _with_reason(key, path_id, actions.reject_path, "paths/reject.html")


@pages.route("/<int:path_id>/kill", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def kill(key: str, path_id: int) -> str | Response:
    """Say which limitation makes a way forward impossible."""
    path = _path(path_id)
    form = forms.KillPath.of_request(version=path.version).offer(g.rights.project_id)
    killer = queries.limitation(g.rights.project_id, form.limitation_id.data)
    return _decide(key, path, form, actions.kill_path, "paths/kill.html", limitation=killer)


@pages.route("/<int:path_id>/confirm", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def confirm(key: str, path_id: int) -> str | Response:
    """Confirm the chosen path after the trial."""
    return _with_reason(key, path_id, actions.confirm_path, "paths/confirm.html")


@pages.route("/<int:path_id>/reopen", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def reopen(key: str, path_id: int) -> str | Response:
    """Take back what was decided about a path."""
    return _with_reason(key, path_id, actions.reopen_path, "paths/reopen.html")


@pages.route("/<int:path_id>/withdraw", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def withdraw(key: str, path_id: int) -> str | Response:
    """Take a path off the board."""
    return _with_reason(key, path_id, actions.withdraw_path, "paths/withdraw.html")


@pages.post("/<int:path_id>/put-back")
@requires(P.RECORD_WRITE, on="project")
def put_back(key: str, path_id: int) -> Response:
    """Undo a withdrawal."""
    path = _path(path_id)
    actions.put_back_path(project=projects.project(g.rights.project_id), path=path, by=g.person)
    return _back(key, path.code)


def _with_reason(key: str, path_id: int, act: Callable[..., None], template: str) -> str | Response:
    path = _path(path_id)
    return _decide(key, path, forms.GiveReason.of_request(version=path.version), act, template)


def _decide(key: str, path: Any, form: Any, act: Callable[..., None], template: str, **told: Any) -> str | Response:
    project = projects.project(g.rights.project_id)
    if form.accepted():
        check_seen(path, form)
        try:
            act(project=project, path=path, reason=form.reason.data, by=g.person, **told)
            return _back(key, path.code)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template(template, form=form, project=project, path=path)


@pages.get("/matrix")
@requires(P.PROJECT_READ, on="project")
def matrix(key: str) -> str:
    """The decision matrix: scores, weighted sums, places, and whether the first place hangs on a weight."""
    found = queries.matrix(g.rights.project_id)
    return _matrix(key, found, forms.score_form(found))


def _matrix(key: str, found: queries.Matrix, form: forms.ScoreForm) -> str:
    return render_template("paths/matrix.html", project={"key": key}, found=found, form=form, words=forms)


@pages.post("/matrix")
@requires(P.RECORD_WRITE, on="project")
def score(key: str) -> str | Response:
    """Keep the scores as typed."""
    project = projects.project(g.rights.project_id)
    found = queries.matrix(project.id)
    form = forms.score_form(found)
    if not form.accepted():
        return _matrix(key, found, form)
    number = actions.score_paths(project=project, given=form.given(), seen=form.seen.data or "", by=g.person)
    said = ngettext("%(num)s score is kept.", "%(num)s scores are kept.", number) if number else _("No score was changed.")
    flash(said, "success")
    return redirect(url_for(".matrix", key=key), code=303)
