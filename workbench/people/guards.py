"""Deny by default: every page names its permission, and a page that names none opens to nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, cast

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import Security, SQLAlchemyUserDatastore, current_user
from flask_security.signals import user_authenticated
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from workbench.config import Settings, kept_secret
from workbench.database import db
from workbench.people import queries
from workbench.people.models import Person
from workbench.people.rules import Permission
from workbench.trail.actions import record
from workbench.trail.rules import REQUEST
from workbench.web import transactions
from workbench.web.refusals import NotThere

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
_LIGHT = {"argon2__memory_cost": 64, "argon2__time_cost": 1}  # tests sign hundreds of times; nobody guesses their passwords
# Pages that libraries bring; everything else declares its permission beside its route.
BROUGHT: dict[str, str | Permission] = {
    "static": PUBLIC,
    "security.login": PUBLIC,
    "security.logout": Permission.SESSION_USE,
}


def requires(permission: Permission, *, on: str = "") -> Callable[[View], View]:
    """Declare a page's permission; with on="project" it is asked on the project that the address names as `key`."""

    def declare(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        view.scope = on  # type: ignore[attr-defined]
        return view

    return declare


def public(view: View) -> View:
    """Declare a page that needs no sign-in."""
    view.permission = PUBLIC  # type: ignore[attr-defined]
    view.scope = ""  # type: ignore[attr-defined]
    return view


def declared(app: Flask, endpoint: str) -> tuple[str | Permission | None, str]:
    """The permission and scope that an endpoint declares; (None, "") where it declares none."""
    if endpoint in BROUGHT:
        return BROUGHT[endpoint], ""
    view = app.view_functions.get(endpoint)
    return getattr(view, "permission", None), getattr(view, "scope", "")


def may(permission: Permission) -> bool:
    """Whether the person at hand holds a permission, on the project at hand if there is one. For templates and views."""
    rights = g.get("rights")
    if rights is not None and permission in rights.permissions:
        return True
    person = g.get("person")
    return person is not None and permission in queries.anywhere(person)


def init_app(app: Flask) -> None:
    """Check every request before anything else sees it."""
    app.before_request(check)
    app.context_processor(lambda: {"may": may, "P": Permission, "person": g.get("person")})


def check() -> Response | None:
    """Load the person, then their rights on the project at hand, then decide: go on, sign in first, 404 or 403."""
    REQUEST.set(g.get("request_id", ""))
    g.person = g.rights = None
    if request.endpoint is None:
        return None  # no such address: the 404 page
    permission, scope = declared(current_app, request.endpoint)
    if request.endpoint != "static" and current_user.is_authenticated:
        g.person = current_user._get_current_object()
    if permission == PUBLIC:
        return None
    if permission is None:
        raise Forbidden
    if g.person is None:
        return _sign_in_first()
    _check_rights(Permission(permission), scope)
    return None


def _sign_in_first() -> Response:
    if not queries.anybody_there():
        return redirect(url_for("people.set_up"), code=303)
    return redirect(url_for("security.login", next=request.full_path if request.method == "GET" else None), code=303)


def _check_rights(permission: Permission, scope: str) -> None:
    if scope == "project":
        rights = queries.rights_on(g.person, request.view_args["key"] if request.view_args else "")
        if rights is None or not rights.may(Permission.PROJECT_READ):
            raise NotThere
        g.rights = rights
        if not rights.may(permission):
            raise Forbidden
    elif permission not in queries.anywhere(g.person):
        raise Forbidden


class Store(SQLAlchemyUserDatastore):
    """Flask-Security's way to our persons; the request's own commit is the only one."""

    def commit(self) -> None:
        """Leave the commit to web.transactions."""

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> Any:
        """A person; found by address, a password is compared next, which takes its time."""
        found = super().find_user(case_insensitive=case_insensitive, **kwargs)
        if "email" in kwargs:
            transactions.pause()
        return found


def sign_in_settings(settings: Settings) -> dict[str, Any]:
    """Flask-Security, set as trust.md §3 asks. CSRF is checked for the whole app, so its own mechanism stays unset."""
    return {
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": _LIGHT if settings.testing else {},
        "SECURITY_PASSWORD_SALT": kept_secret(settings.keys / "password.salt"),
        "SECURITY_PASSWORD_NORMALIZE_FORM": "NFKC",
        "SECURITY_JOIN_USER_ROLES": False,
        "SECURITY_TRACKABLE": False,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_LOGIN_URL": "/sign-in",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_POST_LOGIN_VIEW": "/",
        "SECURITY_POST_LOGOUT_VIEW": "/sign-in",
        "SECURITY_LOGIN_USER_TEMPLATE": "people/sign_in.html",
        "SECURITY_FLASH_MESSAGES": False,
        "SECURITY_FRESHNESS": timedelta(
            seconds=-1
        ),  # no page of its own to re-enter a password: signing asks for it each time
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": True},
    }


def sign_in(app: Flask, settings: Settings) -> None:
    """Set up sign-in and sign-out, limit attempts, and record each sign-in in the trail."""
    app.config.from_mapping(sign_in_settings(settings))
    security = Security(app, Store(db, Person, cast(Any, Person)))  # no role rows: roles are the table in rules.py
    security.principal.skip_static = True  # a page asks for many files of ours, and none of them asks who it is
    limiter = Limiter(
        get_remote_address, app=app, storage_uri=settings.queue_url or "memory://", strategy="fixed-window"
    )
    login: Any = app.view_functions["security.login"]
    page = limiter.limit(settings.sign_in_limit, methods=["POST"])(login)

    def sign_in_page() -> Any:
        answer = page()
        g.form_refused = request.method == "POST" and not current_user.is_authenticated
        return answer

    app.view_functions["security.login"] = sign_in_page

    @user_authenticated.connect_via(app)
    def signed_in(sender: Flask, user: Person, **extra: Any) -> None:
        session.permanent = True  # the session ends so many hours after the last request, not after the sign-in
        record("signed_in", user, by=user)
