"""Pages of steps 1 to 3: their registers, verdicts and revisions, who was heard, and the links for people outside."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from workbench.inquiry import actions, forms, queries
from workbench.inquiry.registers import CONSULTATIONS, REGISTERS
from workbench.inquiry.rules import DispositionKind, ObjectiveState
from workbench.people.guards import may, public, requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.projects.rules import Layer
from workbench.registers.forms import check_seen
from workbench.registers.views import serve
from workbench.web.refusals import BadValue, NotThere
from workbench.web.sheets import csv_answer

ANSWERS_PER_MINUTE = "60 per minute"  # from one address: enough for people, too few for trying tokens

pages = Blueprint("inquiry", __name__, url_prefix="/projects/<key>/records")
guests = Blueprint("guests", __name__)
serve(pages, *REGISTERS)


def _there(found: Any) -> Any:
    if found is None:
        raise NotThere
    return found


def _record_page(key: str, register: str, record_id: int) -> Answer:
    return redirect(url_for(".record", key=key, register=register, record_id=record_id), code=303)


@pages.route("/objectives/<int:record_id>/judge", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def judge_objective(key: str, record_id: int) -> str | Answer:
    """Say whether an objective was reached, and why not."""
    project = projects.project(g.rights.project_id)
    objective = _there(queries.objective(project.id, record_id))
    form = forms.JudgeObjective.of_request(obj=objective).offer(project.id)
    if form.accepted():
        check_seen(objective, form)
        actions.judge_objective(
            project=project, objective=objective, is_met=ObjectiveState(form.state.data) is ObjectiveState.MET,
            reason=form.state_reason.data, cause=form.cause.data, limitation_codes=form.limitation_codes.data, by=g.person,
        )
        return _record_page(key, "objectives", record_id)
    return render_template("inquiry/judge_objective.html", form=form, project=project, objective=objective)


@pages.route("/objectives/<int:record_id>/revise", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def revise_objective(key: str, record_id: int) -> str | Answer:
    """Set the objective that follows a missed one."""
    project = projects.project(g.rights.project_id)
    missed = _there(queries.objective(project.id, record_id))
    form = forms.ReviseObjective.of_request().offer(project.id)
    if form.accepted():
        try:
            made = actions.revise_objective(project=project, objective=missed, by=g.person, **form.facts())
            flash(_("%(code)s is added.", code=made.code), "success")
            return _record_page(key, "objectives", record_id)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("inquiry/revise_objective.html", form=form, project=project, missed=missed)


@pages.route("/consultations/<int:record_id>/dispose", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def dispose_caution(key: str, record_id: int) -> str | Answer:
    """Say what became of a caution."""
    project = projects.project(g.rights.project_id)
    consultation = _there(queries.consultation(project.id, record_id))
    form = forms.DisposeCaution.of_request(obj=consultation)
    if form.accepted():
        check_seen(consultation, form)
        try:
            actions.dispose_caution(
                project=project, consultation=consultation, disposition=form.disposition.data, by=g.person,
                kind=DispositionKind(form.disposition_kind.data), accepted_by=form.accepted_by.data,
            )
            return _record_page(key, "consultations", record_id)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("inquiry/dispose_caution.html", form=form, project=project, consultation=consultation)


@pages.get("/coverage")
@requires(P.PROJECT_READ, on="project")
def coverage(key: str) -> str:
    """Who was heard, by hub and layer, and who is still to be heard. Names of parties are for those who write records."""
    found = queries.coverage(g.rights.project_id)
    return render_template(
        "inquiry/coverage.html", project={"key": key}, found=found, words=forms.GROUPS, kinds=forms.CONTRIBUTIONS,
        sees_names=may(P.RECORD_WRITE),
    )


@pages.get("/coverage.csv")
@requires(P.PROJECT_READ, on="project")
def export_coverage(key: str) -> Response:
    """Who was heard, as the page shows it."""
    table = forms.coverage_table(queries.coverage(g.rights.project_id), names=may(P.RECORD_WRITE))
    return csv_answer(table, f"{key}-who-was-heard.csv")


@pages.get("/guest-links.csv")
@requires(P.RECORD_WRITE, on="project")
def export_guest_links(key: str) -> Response:
    """Every link for people outside, without its address."""
    return csv_answer(forms.guest_links_table(queries.guest_links(g.rights.project_id)), f"{key}-guest-links.csv")


@pages.get("/guest-links")
@requires(P.RECORD_WRITE, on="project")
def guest_links(key: str) -> str:
    """The links by which people outside answer, and where each stands."""
    links = queries.guest_links(g.rights.project_id)
    return render_template("inquiry/guest_links.html", project={"key": key}, links=links, words=forms)


@pages.route("/guest-links/new", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def invite(key: str) -> str | Answer:
    """Make a link; its address is shown once, on the page that follows."""
    project = projects.project(g.rights.project_id)
    form = forms.Invite.of_request().offer(project.id)
    if form.accepted():
        try:
            party = form.participant_id.data
            link, token = actions.invite(
                project=project, participant=party and projects.participant(project.id, party), by=g.person,
                addressee=form.addressee.data, organisation=form.organisation.data, layer=Layer(form.layer.data),
                questions=form.questions.data, expires_on=form.expires_on.data,
            )
            address = url_for("guests.answer", token=token, _external=True)
            message = _("Copy the address of %(code)s now; it is not shown again: %(address)s", code=link.code, address=address)
            flash(message, "success")  # a flash lives in the person's cookie: no table and no log holds the address
            return redirect(url_for(".guest_links", key=key), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("inquiry/invite.html", form=form, project=project)


@pages.post("/guest-links/<int:link_id>/close")
@requires(P.RECORD_WRITE, on="project")
def close_guest_link(key: str, link_id: int) -> Answer:
    """Close a link that nobody has answered."""
    project = projects.project(g.rights.project_id)
    link = _there(queries.guest_link(project.id, link_id))
    actions.close_guest_link(project=project, link=link, by=g.person)
    flash(_("%(code)s is closed. Its address leads nowhere now.", code=link.code), "success")
    return redirect(url_for(".guest_links", key=key), code=303)


@guests.route("/answer/<token>", methods=["GET", "POST"])
@public
def answer(token: str) -> str:
    """What somebody outside is asked, and their answer. Nothing else of the project is shown."""
    link, project = _there(queries.open_link(token))
    asked = {"project_name": project.name, "organisation": link.organisation, "questions": link.questions}
    form = forms.Answer.of_request()
    if form.accepted():
        actions.answer_guest_link(
            CONSULTATIONS, project=project, link=link, said=form.said(), has_consent=form.has_consent.data,
            is_confidential=form.is_confidential.data,
        )
        return render_template("inquiry/thanks.html", **asked)
    return render_template("inquiry/answer.html", form=form, token=token, **asked)


@guests.after_request
def keep_out_of_indexes(response: Response) -> Response:
    """No search engine lists these pages. Other sites never learn their address: every page of ours says so.

    Not "no-referrer": a browser would then send the form without saying where from, and it would be refused.
    """
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@pages.record_once
def open_to_guests(state: BlueprintSetupState) -> None:
    """Guests have pages of their own, outside of any project's address, and few tries."""
    state.app.register_blueprint(guests)
    (limiter,) = state.app.extensions["limiter"]
    views: dict[str, Any] = state.app.view_functions
    views["guests.answer"] = limiter.limit(ANSWERS_PER_MINUTE)(views["guests.answer"])
