"""Pages of step 9: measures and weeks, the ladder, surveys, the second look, and the registers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from workbench.adoption import actions, forms, queries, store
from workbench.adoption.registers import REGISTERS
from workbench.adoption.rules import Count, CountSource, Fault, Level, Perspective, Plan, chart, plan
from workbench.findings.actions import raise_finding
from workbench.findings.forms import RaiseFinding
from workbench.findings.rules import FindingKind
from workbench.people.guards import may, public, requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.registers.forms import check_seen
from workbench.registers.views import serve
from workbench.trials import queries as trials
from workbench.trials.store import received_rows
from workbench.web.filters import on
from workbench.web.refusals import BadValue, NotThere
from workbench.web.sheets import csv_answer

ANSWERS_PER_MINUTE = "60 per minute"  # from one address: enough for people, too few for trying tokens
pages = Blueprint("adoption", __name__, url_prefix="/projects/<key>/adoption")
serve(pages, *REGISTERS)


def _there(found: Any) -> Any:
    if found is None:
        raise NotThere
    return found


def _measure(measure_id: int) -> Any:
    return _there(queries.measure(g.rights.project_id, measure_id))


def _names_people() -> bool:
    return may(P.RECORD_WRITE) or may(P.TRAIL_READ)


def _index(key: str, anchor: str = "") -> Response:
    return redirect(url_for(".index", key=key, _anchor=anchor or None), code=303)


@pages.get("")
@requires(P.PROJECT_READ, on="project")
def index(key: str) -> str:
    """The measures, their weeks and what they show."""
    project = projects.project(g.rights.project_id)
    counted = [(each, chart(each.weeks, each.measure.limit_percent, each.window)) for each in queries.counted(project.id)]
    return render_template(
        "adoption/index.html", project=project, counted=counted, sentence=queries.sentence, words=forms,
        relapses=queries.relapses(project.id), verifications=queries.verifications(project.id),
    )


@pages.get("/weeks.csv")
@requires(P.PROJECT_READ, on="project")
def export_weeks(key: str) -> Response:
    """Every week of every measure."""
    return csv_answer(forms.weeks_table(queries.counted(g.rights.project_id)), f"{key}-weeks.csv")


@pages.route("/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def new(key: str) -> str | Response:
    """Set a measure."""
    project = projects.project(g.rights.project_id)
    form = forms.SetMeasure.of_request().offer(project.id)
    if form.accepted():
        try:
            made = actions.set_measure(project=project, by=g.person, **form.facts())
            return _index(key, made.code)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("adoption/new.html", form=form, project=project)


@pages.route("/<int:measure_id>/edit", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def edit(key: str, measure_id: int) -> str | Response:
    """Change a measure."""
    project, measure = projects.project(g.rights.project_id), _measure(measure_id)
    form = forms.SetMeasure.of_request(obj=measure).offer(project.id)
    if form.accepted():
        check_seen(measure, form)
        try:
            actions.change_measure(project=project, measure=measure, by=g.person, **form.facts())
            return _index(key, measure.code)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("adoption/edit.html", form=form, project=project, measure=measure)


@pages.route("/<int:measure_id>/readings/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def note_reading(key: str, measure_id: int) -> str | Response:
    """Note one week's count."""
    project, measure = projects.project(g.rights.project_id), _measure(measure_id)
    form = forms.NoteReading.of_request().offer(project.id)
    if form.accepted():
        try:
            actions.note_reading(project=project, measure=measure, by=g.person, **form.facts())
            return _index(key, measure.code)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("adoption/note_reading.html", form=form, project=project, measure=measure)


@pages.route("/<int:measure_id>/readings/<int:reading_id>/edit", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def correct_reading(key: str, measure_id: int, reading_id: int) -> str | Response:
    """Correct one week's count."""
    project, measure = projects.project(g.rights.project_id), _measure(measure_id)
    reading = _there(queries.reading(measure.id, reading_id))
    form = forms.CorrectReading.of_request(obj=reading).offer(project.id)
    if form.accepted():
        check_seen(reading, form)
        try:
            actions.correct_reading(project=project, measure=measure, reading=reading, by=g.person, **form.facts())
            return _index(key, measure.code)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("adoption/correct_reading.html", form=form, project=project, measure=measure, reading=reading)


def _plan(measure_id: int, found: tuple[list[Count], list[Fault]]) -> Plan:
    counts, faults = found
    return plan(counts, faults, queries.readings_by_week(measure_id), _("This week stands twice in the file."))


def _said(added: int, corrected: int) -> str:
    told = ngettext("%(num)s week is added.", "%(num)s weeks are added.", added)
    return f"{told} {ngettext('%(num)s week is corrected.', '%(num)s weeks are corrected.', corrected)}"


@pages.route("/<int:measure_id>/readings/import", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def import_readings(key: str, measure_id: int) -> str | Response:
    """Look at a file of weeks: which would be taken, which not and why."""
    project, measure = projects.project(g.rights.project_id), _measure(measure_id)
    form = forms.ImportReadings.of_request().offer(project.id)
    found = None
    if form.accepted():
        try:
            form.text.data = store.text_of(form.file.data.read() if form.file.data else b"")
            found = _plan(measure.id, store.counts_of(form.text.data))
            g.replayed = True  # a look writes nothing: the same form may be sent again with another file
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("adoption/import.html", form=form, project=project, measure=measure, found=found)


@pages.post("/<int:measure_id>/readings/take")
@requires(P.RECORD_WRITE, on="project")
def take_readings(key: str, measure_id: int) -> str | Response:
    """Take the weeks of the file that was looked at."""
    project, measure = projects.project(g.rights.project_id), _measure(measure_id)
    form = forms.ImportReadings.of_request().offer(project.id)
    if form.accepted():
        try:
            found = _plan(measure.id, store.counts_of(store.text_of((form.text.data or "").encode())))
            flash(_said(*actions.import_readings(
                project=project, measure=measure, plan=found, source=CountSource.CSV, update=form.update.data,
                evidence_id=form.evidence_id.data, by=g.person,
            )), "success")
            return _index(key, measure.code)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("adoption/import.html", form=form, project=project, measure=measure, found=None)


def _counts_in_mirror(form: forms.CountFromMirror, key: str) -> tuple[list[Count], list[Fault]]:
    run = _there(trials.run(g.rights.project_id, form.run.data))
    table = run.inputs.get(form.table.data)
    if table is None:
        raise BadValue("table", _("This run received no such table."))
    columns, rows = received_rows(current_app.extensions["ninefold"].home, key, table["snapshot"])
    for field in (form.day, form.marker):
        if field.data not in columns:
            raise BadValue(field.name, _("The table has the columns: %(names)s.", names=", ".join(columns)))
    return store.counts_of_rows(rows, day=form.day.data, marker=form.marker.data, new_way=form.new_way.data)


@pages.route("/<int:measure_id>/readings/mirror", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def count_from_mirror(key: str, measure_id: int) -> str | Response:
    """Look at the weeks that the rows of a received table come to."""
    project, measure = projects.project(g.rights.project_id), _measure(measure_id)
    form = forms.CountFromMirror.of_request().offer(project.id)
    found = None
    if form.accepted():
        try:
            found = _plan(measure.id, _counts_in_mirror(form, key))
            g.replayed = True  # a look writes nothing: the same form may be sent again with another column
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("adoption/mirror.html", form=form, project=project, measure=measure, found=found)


@pages.post("/<int:measure_id>/readings/take-mirror")
@requires(P.RECORD_WRITE, on="project")
def take_from_mirror(key: str, measure_id: int) -> str | Response:
    """Take the weeks counted in a received table."""
    project, measure = projects.project(g.rights.project_id), _measure(measure_id)
    form = forms.CountFromMirror.of_request().offer(project.id)
    if form.accepted():
        try:
            found = _plan(measure.id, _counts_in_mirror(form, key))
            flash(_said(*actions.import_readings(
                project=project, measure=measure, plan=found, source=CountSource.MIRROR, update=form.update.data, by=g.person,
            )), "success")
            return _index(key, measure.code)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("adoption/mirror.html", form=form, project=project, measure=measure, found=None)


@pages.route("/relapses/<int:relapse_id>/finding", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def propose_finding(key: str, relapse_id: int) -> str | Response:
    """Raise a finding about a relapse; what the relapse says is filled in."""
    project = projects.project(g.rights.project_id)
    relapse, measure = _there(queries.relapse(project.id, relapse_id))
    told = {
        "requirement": _("Step 9: %(code)s %(behaviour)s, at most %(limit)s %% the old way.", code=measure.code,
                         behaviour=measure.behaviour, limit=relapse.limit_percent),
        "evidence": _("%(code)s, week of %(day)s: %(sentence)s.", code=measure.code, day=on(relapse.week_of),
                      sentence=queries.sentence(relapse.verdict)),
        "statement": _("The habit was lost again after the project was closed."),
    }
    form = RaiseFinding.of_request(kind=FindingKind.MINOR, **told)
    if form.accepted():
        made = raise_finding(
            project=project, kind=FindingKind(form.kind.data), requirement=form.requirement.data,
            evidence=form.evidence.data, statement=form.statement.data, by=g.person,
        )
        return redirect(url_for("findings.show", key=key, number=made.number), code=303)
    return render_template("adoption/finding.html", form=form, project=project, measure=measure)


@pages.get("/ladder")
@requires(P.PROJECT_READ, on="project")
def ladder(key: str) -> str:
    """Who stands on which rung: counts by role, and names for those who write or audit."""
    return render_template(
        "adoption/ladder.html", project={"key": key}, found=queries.ladder(g.rights.project_id), words=forms,
        names=_names_people(),
    )


@pages.get("/ladder.csv")
@requires(P.PROJECT_READ, on="project")
def export_ladder(key: str) -> Response:
    """The ladder as its page shows it."""
    return csv_answer(forms.ladder_table(queries.ladder(g.rights.project_id), names=_names_people()), f"{key}-ladder.csv")


@pages.route("/ladder/<int:user_id>/observe", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def observe(key: str, user_id: int) -> str | Response:
    """Note what was seen of a user's work."""
    project = projects.project(g.rights.project_id)
    user = _there(queries.user(project.id, user_id))
    form = forms.Observe.of_request()
    if form.accepted():
        try:
            actions.observe(
                project=project, user_id=user_id, level=Level(form.level.data), seen_on=form.seen_on.data,
                note=form.note.data, by=g.person,
            )
            return redirect(url_for(".ladder", key=key, _anchor=user.code), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("adoption/observe.html", form=form, project=project, name=queries.user_name(user))


@pages.get("/surveys")
@requires(P.PROJECT_READ, on="project")
def surveys(key: str) -> str:
    """The surveys, and how many answered."""
    return render_template(
        "adoption/surveys.html", project={"key": key}, rows=queries.surveys(g.rights.project_id, g.person.id)
    )


@pages.get("/surveys.csv")
@requires(P.PROJECT_READ, on="project")
def export_surveys(key: str) -> Any:
    """The surveys, and how many answered."""
    return csv_answer(forms.surveys_table(queries.surveys(g.rights.project_id, g.person.id)), f"{key}-surveys.csv")


@pages.get("/surveys/<int:survey_id>.csv")
@requires(P.PROJECT_READ, on="project")
def export_survey(key: str, survey_id: int) -> Any:
    """What a closed survey shows, and nothing of groups of fewer than four answers; of an open one the head."""
    row = _there(queries.survey(g.rights.project_id, survey_id))
    return csv_answer(forms.results_table(queries.results_of(row)), f"{key}-{row.code}.csv")


@pages.route("/surveys/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def open_survey(key: str) -> str | Response:
    """Put the survey to the team; the link for people without an account is shown this once."""
    project = projects.project(g.rights.project_id)
    form = forms.OpenSurvey.of_request()
    if form.accepted():
        made, token = actions.open_survey(project=project, title=form.title.data, by=g.person)
        address = url_for("adoption.survey_by_link", token=token, _external=True)
        flash(_("%(code)s is open. The link for people without an account, shown only now: %(address)s",
                code=made.code, address=address), "success")
        return redirect(url_for(".surveys", key=key), code=303)
    return render_template("adoption/open_survey.html", form=form, project=project)


@pages.get("/surveys/<int:survey_id>")
@requires(P.PROJECT_READ, on="project")
def survey(key: str, survey_id: int) -> str:
    """What a closed survey shows."""
    row = _there(queries.survey(g.rights.project_id, survey_id))
    return render_template(
        "adoption/survey.html", project={"key": key}, survey=row, results=queries.results_of(row), words=forms
    )


@pages.route("/surveys/<int:survey_id>/answer", methods=["GET", "POST"])
@requires(P.PROJECT_READ, on="project")
def answer_survey(key: str, survey_id: int) -> str | Response:
    """Answer a survey as somebody who was asked."""
    project = projects.project(g.rights.project_id)
    row = _there(queries.survey(project.id, survey_id))
    form = forms.AnswerSurvey.of_request()
    if form.accepted():
        actions.answer_survey(
            project=project, survey=row, perspective=Perspective(form.perspective.data), scores=form.scores(),
            ratings=form.ratings(), person=g.person,
        )
        flash(_("Thank you. Your answer is in, without your name."), "success")
        return redirect(url_for(".surveys", key=key), code=303)
    return render_template("adoption/answer_survey.html", form=form, project=project, survey=row, words=forms)


@pages.post("/surveys/<int:survey_id>/close")
@requires(P.RECORD_WRITE, on="project")
def close_survey(key: str, survey_id: int) -> Response:
    """Close a survey and show what it says."""
    project = projects.project(g.rights.project_id)
    actions.close_survey(project=project, survey=_there(queries.survey(project.id, survey_id)), by=g.person)
    return redirect(url_for(".survey", key=key, survey_id=survey_id), code=303)


@public
def survey_by_link(token: str) -> str | Response:
    """Answer a survey by its link, without an account; the page tells nothing of the project but its name."""
    row, project = _there(queries.survey_of_link(token))
    g.replayed = True  # the address is not kept with the forms that were sent: it holds the secret
    form = forms.AnswerSurvey.of_request()
    if not form.accepted():
        return render_template("adoption/survey_by_link.html", form=form, survey=row, project=project, words=forms, thanks=False)
    actions.answer_survey(
        project=project, survey=row, perspective=Perspective(form.perspective.data), scores=form.scores(),
        ratings=form.ratings(),
    )
    return render_template("adoption/survey_by_link.html", form=form, survey=row, project=project, words=forms, thanks=True)


@pages.record_once
def open_to_guests(state: BlueprintSetupState) -> None:
    """Outside the projects' addresses, since who follows the link knows no project; few tries from one address."""
    (limiter,) = state.app.extensions["limiter"]
    answer = limiter.limit(ANSWERS_PER_MINUTE)(survey_by_link)
    state.app.add_url_rule("/survey/<token>", "adoption.survey_by_link", answer, methods=["GET", "POST"])


@pages.route("/verify", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def verify_adoption(key: str) -> str | Response:
    """Sign for the counts as a second person."""
    project = projects.project(g.rights.project_id)
    form = forms.Verify.of_request()
    if form.accepted():
        try:
            actions.verify_adoption(
                project=project, statement=form.statement.data, password=form.password.data, by=g.person
            )
            return _index(key, "verified")
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template(
        "adoption/verify.html", form=form, project=project, verdicts=queries.verdicts(project.id)
    )
