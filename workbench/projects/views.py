"""Pages of a project as a whole: opening, facts, team and participants. Its own page is lifecycle's, the list the desk's."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask import Response as Table
from flask_babel import gettext as _
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from workbench.people import actions as people_actions
from workbench.people import queries as people_queries
from workbench.people.guards import requires
from workbench.people.rules import Function, Hub, Role
from workbench.people.rules import Permission as P
from workbench.projects import actions, forms, queries
from workbench.projects.rules import Confidentiality, Layer, ProjectKind
from workbench.web.refusals import BadValue, NotThere, check_version
from workbench.web.sheets import csv_answer

pages = Blueprint("projects", __name__, url_prefix="/projects")


@pages.route("/new", methods=["GET", "POST"])
@requires(P.PROJECT_OPEN)
def new() -> str | Response:
    """Open a project."""
    form = forms.OpenProject.of_request()
    if form.accepted():
        try:
            project = actions.open_project(
                key=form.key.data,
                name=form.name.data,
                purpose=form.purpose.data,
                scope=form.scope.data,
                out_of_scope=form.out_of_scope.data,
                confidentiality=Confidentiality(form.confidentiality.data),
                kind=ProjectKind(form.kind.data),
                by=g.person,
            )
            return redirect(url_for("lifecycle.project", key=project.key), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("projects/new.html", form=form)


@pages.route("/<key>/facts", methods=["GET", "POST"])
@requires(P.PROJECT_MANAGE, on="project")
def describe(key: str) -> str | Response:
    """Change a project's facts."""
    project = queries.project(g.rights.project_id)
    form = forms.DescribeProject.of_request(obj=project)
    if form.accepted():
        fields = (form.name, form.purpose, form.scope, form.out_of_scope)
        check_version(project, form.seen_version(), {each.name: (each.label.text, each.data) for each in fields})
        actions.describe_project(
            project=project,
            name=form.name.data,
            purpose=form.purpose.data,
            scope=form.scope.data,
            out_of_scope=form.out_of_scope.data,
            confidentiality=Confidentiality(form.confidentiality.data),
            by=g.person,
        )
        return redirect(url_for("lifecycle.project", key=key), code=303)
    return render_template("projects/describe.html", form=form, project=project)


@pages.get("/<key>/team")
@requires(P.PROJECT_READ, on="project")
def team(key: str) -> str:
    """The team by hub and the parties around it."""
    project = queries.project(g.rights.project_id)
    members = people_queries.team(project.id)
    parties = queries.participants(project.id)
    return render_template("projects/team.html", project=project, members=members, parties=parties, words=forms)


@pages.get("/<key>/team.csv")
@requires(P.PROJECT_READ, on="project")
def export_team(key: str) -> Table:
    """The team by hub."""
    return csv_answer(forms.team_table(people_queries.team(g.rights.project_id)), f"{key}-team.csv")


@pages.get("/<key>/participants.csv")
@requires(P.PROJECT_READ, on="project")
def export_participants(key: str) -> Table:
    """The parties around the project; who is kept confidential is named in no file."""
    return csv_answer(forms.participants_table(queries.participants(g.rights.project_id)), f"{key}-participants.csv")


@pages.route("/<key>/thresholds", methods=["GET", "POST"])
@requires(P.PROJECT_MANAGE, on="project")
def thresholds(key: str) -> str | Response:
    """What the conditions of the gates compare with; only a quality lead sets it."""
    project = queries.project(g.rights.project_id)
    may_set = g.person.access is Role.QUALITY_LEAD or Function.QUALITY_LEAD in g.rights.functions
    if request.method == "POST" and not may_set:
        raise Forbidden
    now = queries.thresholds(project.id)
    form = forms.SetThresholds.of_request(data=now)
    if form.accepted():
        try:
            actions.set_thresholds(project=project, values={name: form[name].data for name in now}, by=g.person)
            flash(_("The thresholds are set."), "success")
            return redirect(url_for(".team", key=key), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("projects/thresholds.html", form=form, project=project, now=now, may_set=may_set)


@pages.route("/<key>/team/new", methods=["GET", "POST"])
@requires(P.PROJECT_MANAGE, on="project")
def add_member(key: str) -> str | Response:
    """Put a person on the team."""
    project = queries.project(g.rights.project_id)
    taken = [each.person_id for each in people_queries.team(project.id)]
    form = forms.AddMember.of_request().offer(taken)
    if form.accepted():
        person = people_queries.person(form.person_id.data)
        if person is None:
            raise NotThere
        try:
            people_actions.add_member(
                project_id=project.id,
                project_key=key,
                person=person,
                role=Role(form.role.data),
                hub=Hub(form.hub.data),
                functions=[Function(each) for each in form.functions.data],
                by=g.person,
            )
            flash(_("%(name)s is on the team.", name=person.name), "success")
            return redirect(url_for(".team", key=key), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("projects/add_member.html", form=form, project=project)


@pages.post("/<key>/team/<int:person_id>/remove")
@requires(P.PROJECT_MANAGE, on="project")
def remove_member(key: str, person_id: int) -> Response:
    """Take a person off the team."""
    member = people_queries.membership(g.rights.project_id, person_id)
    if member is None:
        raise NotThere
    people_actions.remove_member(member=member, project_key=key, by=g.person)
    return redirect(url_for(".team", key=key), code=303)


@pages.route("/<key>/participants/new", methods=["GET", "POST"])
@requires(P.PROJECT_MANAGE, on="project")
def name_participant(key: str) -> str | Response:
    """Name a party around the project."""
    project = queries.project(g.rights.project_id)
    form = forms.NameParticipant.of_request()
    if form.accepted():
        actions.name_participant(
            project=project,
            name=form.name.data,
            organisation=form.organisation.data,
            layer=Layer(form.layer.data),
            expects=form.expects.data,
            is_confidential=form.is_confidential.data,
            by=g.person,
        )
        return redirect(url_for(".team", key=key), code=303)
    return render_template("projects/name_participant.html", form=form, project=project)
