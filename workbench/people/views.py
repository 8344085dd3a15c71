"""Pages about persons: set-up, the list, adding one, roles, language and theme."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from workbench.config import LANGUAGES
from workbench.people import actions, forms, queries
from workbench.people.guards import public, requires
from workbench.people.rules import Permission as P
from workbench.people.rules import Role
from workbench.web import sheets
from workbench.web.paging import wanted_page
from workbench.web.refusals import BadValue, NotThere

pages = Blueprint("people", __name__)
THEMES = ("auto", "light", "dark")


@pages.route("/set-up", methods=["GET", "POST"])
@public
def set_up() -> str | Response:
    """First run: make the admin. Gone once anybody is there."""
    if queries.anybody_there():
        raise NotThere
    form = forms.SetUp.of_request()
    if form.accepted():
        try:
            actions.set_up(name=form.name.data, email=form.email.data, password=form.password.data)
            flash(_("The installation is set up. Sign in with the address and password you chose."), "success")
            return redirect(url_for("security.login"), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("people/set_up.html", form=form)


@pages.get("/people")
@requires(P.PERSON_READ)
def index() -> str:
    """Everybody who can sign in."""
    found = queries.persons(search=request.args.get("q", "")[:100], page=wanted_page(request.args.get("page")))
    return render_template("people/index.html", page=found, role_names=forms.ROLE_NAMES)


@pages.get("/people.csv")
@requires(P.PERSON_READ)
def export() -> Response:
    """The people that the filter shows, on all its pages."""
    found = queries.persons(search=request.args.get("q", "")[:100], per_page=sheets.ALL)
    rows = [[each.name, each.email, forms.ROLE_NAMES[Role(each.role)]] for each in found.rows]
    return sheets.csv_answer([[_("Name"), _("E-mail address"), _("Access role")], *rows], "people.csv")


@pages.route("/people/new", methods=["GET", "POST"])
@requires(P.PERSON_MANAGE)
def new() -> str | Response:
    """Add a person."""
    form = forms.AddPerson.of_request()
    if form.accepted():
        try:
            actions.add_person(
                name=form.name.data,
                email=form.email.data,
                password=form.password.data,
                role=Role(form.role.data),
                by=g.person,
            )
            flash(_("%(name)s can now sign in.", name=form.name.data), "success")
            return redirect(url_for(".index"), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("people/new.html", form=form)


@pages.route("/people/<int:person_id>/role", methods=["GET", "POST"])
@requires(P.PERSON_MANAGE)
def change_role(person_id: int) -> str | Response:
    """Give a person another access role."""
    person = queries.person(person_id)
    if person is None:
        raise NotThere
    form = forms.ChangeRole.of_request(role=person.role)
    if form.accepted():
        actions.change_role(person=person, role=Role(form.role.data), by=g.person)
        return redirect(url_for(".index"), code=303)
    return render_template("people/change_role.html", form=form, subject=person)


@pages.route("/password", methods=["GET", "POST"])
@requires(P.SESSION_USE)
def change_password() -> str | Response:
    """Change one's own password; every session ends, this one too."""
    form = forms.ChangePassword.of_request()
    if form.accepted():
        try:
            actions.confirm_identity(person=g.person, password=form.present.data)
        except BadValue as refusal:
            form.blame("present", refusal.message)
            return render_template("people/change_password.html", form=form)
        try:
            actions.set_password(person=g.person, password=form.password.data, by=g.person)
            flash(_("Your password is changed. Sign in with the new one."), "success")
            return redirect(url_for("security.login"), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("people/change_password.html", form=form)


@pages.post("/language")
@public
def set_language() -> Response:
    """Keep the language, for the person and for this browser."""
    language = request.form.get("language", "")
    if language in LANGUAGES:
        session["language"] = language
        if g.person is not None:
            actions.set_preference(person=g.person, language=language)
    return _back()


@pages.post("/theme")
@public
def set_theme() -> Response:
    """Keep the theme, for the person and for this browser."""
    theme = request.form.get("theme", "")
    if theme in THEMES:
        session["theme"] = theme
        if g.person is not None:
            actions.set_preference(person=g.person, theme=theme)
    return _back()


def _back() -> Response:
    """To the page the form stood on; only an address of our own is followed."""
    target = urlsplit(request.form.get("next", ""))
    inside = (
        not target.scheme and not target.netloc and target.path.startswith("/") and not target.path.startswith("//")
    )
    return redirect(
        f"{target.path}?{target.query}".rstrip("?") if inside and "\\" not in target.path else "/", code=303
    )
