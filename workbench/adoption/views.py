"""Pages of step 9: measures and weekly readings."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from workbench.adoption import actions, forms, queries
from workbench.adoption.rules import NEEDED_WEEKS, WINDOW_WEEKS
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.tools.forms import check_seen
from workbench.web.refusals import BadValue, NotThere

pages = Blueprint("adoption", __name__, url_prefix="/projects/<key>/adoption")


def _there(found: Any) -> Any:
    if found is None:
        raise NotThere
    return found


@pages.get("")
@requires(P.PROJECT_READ, on="project")
def index(key: str) -> str:
    """The measures, their weeks and what they show."""
    project = projects.project(g.rights.project_id)
    return render_template(
        "adoption/index.html", project=project, counted=queries.counted(project.id), sentence=forms.sentence,
        needed=NEEDED_WEEKS, window=WINDOW_WEEKS,
    )


def _facts(form: forms.SetMeasure) -> dict[str, Any]:
    return {
        "behaviour": form.behaviour.data, "counted_from": form.counted_from.data,
        "limit_percent": form.limit_percent.data,
    }


@pages.route("/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def new(key: str) -> str | Response:
    """Set a measure."""
    project = projects.project(g.rights.project_id)
    form = forms.SetMeasure.of_request()
    if form.accepted():
        actions.set_measure(project=project, by=g.person, **_facts(form))
        return redirect(url_for(".index", key=key), code=303)
    return render_template("adoption/new.html", form=form, project=project)


@pages.route("/<int:measure_id>/edit", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def edit(key: str, measure_id: int) -> str | Response:
    """Change a measure."""
    project = projects.project(g.rights.project_id)
    measure = _there(queries.measure(project.id, measure_id))
    form = forms.SetMeasure.of_request(obj=measure)
    if form.accepted():
        check_seen(measure, form)
        actions.change_measure(project=project, measure=measure, by=g.person, **_facts(form))
        return redirect(url_for(".index", key=key), code=303)
    return render_template("adoption/edit.html", form=form, project=project, measure=measure)


@pages.route("/<int:measure_id>/readings/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def note_reading(key: str, measure_id: int) -> str | Response:
    """Note one week's count."""
    project = projects.project(g.rights.project_id)
    measure = _there(queries.measure(project.id, measure_id))
    form = forms.NoteReading.of_request()
    if form.accepted():
        try:
            actions.note_reading(
                project=project, measure=measure, week_of=form.week_of.data, new_way=form.new_way.data,
                old_way=form.old_way.data, by=g.person,
            )
            return redirect(url_for(".index", key=key), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("adoption/note_reading.html", form=form, project=project, measure=measure)


@pages.route("/<int:measure_id>/readings/<int:reading_id>/edit", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def correct_reading(key: str, measure_id: int, reading_id: int) -> str | Response:
    """Correct one week's count."""
    project = projects.project(g.rights.project_id)
    measure = _there(queries.measure(project.id, measure_id))
    reading = _there(queries.reading(measure.id, reading_id))
    form = forms.CorrectReading.of_request(obj=reading)
    if form.accepted():
        check_seen(reading, form)
        actions.correct_reading(
            project=project, measure=measure, reading=reading, new_way=form.new_way.data, old_way=form.old_way.data,
            by=g.person,
        )
        return redirect(url_for(".index", key=key), code=303)
    return render_template(
        "adoption/correct_reading.html", form=form, project=project, measure=measure, reading=reading
    )
