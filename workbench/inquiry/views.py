"""Pages of steps 1 to 3: the project's records, and what is written into them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from workbench.inquiry import actions, forms, queries
from workbench.inquiry.registers import REGISTERS
from workbench.inquiry.rules import ContributionKind, ObjectiveState, SourceKind, next_revision
from workbench.people.guards import may, requires
from workbench.people.rules import Hub
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.projects.rules import Layer
from workbench.registers.views import serve
from workbench.tools.forms import check_seen
from workbench.web.addresses import row_number
from workbench.web.refusals import BadValue, NotThere

pages = Blueprint("inquiry", __name__, url_prefix="/projects/<key>/records")
serve(pages, *REGISTERS)


def _there(found: Any) -> Any:
    if found is None:
        raise NotThere
    return found


def _back(key: str, panel: str) -> Response:
    return redirect(url_for(".index", key=key, _anchor=panel), code=303)


@pages.get("")
@requires(P.PROJECT_READ, on="project")
def index(key: str) -> str:
    """Needs, objectives, sources and consultations, and the way to the records of the later steps."""
    project_id = g.rights.project_id
    return render_template(
        "inquiry/index.html", project={"key": key}, needs=queries.needs(project_id), objectives=queries.objectives(project_id),
        sources=queries.sources(project_id), consultations=queries.consultations(project_id), words=forms,
        shown_name=queries.shown_name, sees_names=may(P.RECORD_WRITE), next_revision=next_revision,
    )


@pages.route("/objectives/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def set_objective(key: str) -> str | Response:
    """Set an objective, or with ?revises=… the one that follows a missed one."""
    project = projects.project(g.rights.project_id)
    missed = request.args.get("revises")
    revises = None if missed is None else _there(queries.objective(project.id, row_number(missed) or 0))
    form = forms.SetObjective.of_request()
    if form.accepted():
        actions.set_objective(
            project=project, statement=form.statement.data, measure=form.measure.data, unit=form.unit.data,
            baseline=form.baseline.data, target=form.target.data, due_on=form.due_on.data, revises=revises, by=g.person,
        )
        return _back(key, "objectives")
    return render_template("inquiry/set_objective.html", form=form, project=project, revises=revises)


@pages.route("/objectives/<int:objective_id>/judge", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def judge_objective(key: str, objective_id: int) -> str | Response:
    """Say whether an objective was reached."""
    project = projects.project(g.rights.project_id)
    objective = _there(queries.objective(project.id, objective_id))
    form = forms.JudgeObjective.of_request(obj=objective)
    if form.accepted():
        check_seen(objective, form)
        is_met = ObjectiveState(form.state.data) is ObjectiveState.MET
        reason = form.state_reason.data
        actions.judge_objective(project=project, objective=objective, is_met=is_met, reason=reason, by=g.person)
        return _back(key, "objectives")
    return render_template("inquiry/judge_objective.html", form=form, project=project, objective=objective)


def _source_facts(form: forms.NoteSource) -> dict[str, Any]:
    return {
        "reference": form.reference.data, "kind": SourceKind(form.kind.data), "dated_on": form.dated_on.data,
        "claim": form.claim.data, "fit": form.fit.data, "is_independent": form.is_independent.data,
    }


@pages.route("/sources/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def note_source(key: str) -> str | Response:
    """Note something read."""
    project = projects.project(g.rights.project_id)
    form = forms.NoteSource.of_request()
    if form.accepted():
        actions.note_source(project=project, by=g.person, **_source_facts(form))
        return _back(key, "sources")
    return render_template("inquiry/note_source.html", form=form, project=project)


@pages.route("/sources/<int:source_id>/edit", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def change_source(key: str, source_id: int) -> str | Response:
    """Change what is noted about a source."""
    project = projects.project(g.rights.project_id)
    source = _there(queries.source(project.id, source_id))
    form = forms.NoteSource.of_request(obj=source)
    if form.accepted():
        check_seen(source, form)
        actions.change_source(project=project, source=source, by=g.person, **_source_facts(form))
        return _back(key, "sources")
    return render_template("inquiry/change_source.html", form=form, project=project, source=source)


@pages.route("/consultations/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def note_consultation(key: str) -> str | Response:
    """Note what somebody said."""
    project = projects.project(g.rights.project_id)
    form = forms.NoteConsultation.of_request()
    if form.accepted():
        try:
            actions.note_consultation(
                project=project, said_by=form.said_by.data, layer=Layer(form.layer.data),
                hub=Hub(form.hub.data) if form.hub.data else None, held_on=form.held_on.data,
                kind=ContributionKind(form.kind.data), statement=form.statement.data, has_consent=form.has_consent.data,
                is_confidential=form.is_confidential.data, disposition=form.disposition.data, by=g.person,
            )
            return _back(key, "consultations")
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("inquiry/note_consultation.html", form=form, project=project)


@pages.route("/consultations/<int:consultation_id>/dispose", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def dispose_caution(key: str, consultation_id: int) -> str | Response:
    """Say what became of a caution."""
    project = projects.project(g.rights.project_id)
    consultation = _there(queries.consultation(project.id, consultation_id))
    form = forms.DisposeCaution.of_request(obj=consultation)
    if form.accepted():
        check_seen(consultation, form)
        text = form.disposition.data
        actions.dispose_caution(project=project, consultation=consultation, disposition=text, by=g.person)
        return _back(key, "consultations")
    return render_template("inquiry/dispose_caution.html", form=form, project=project, consultation=consultation)
