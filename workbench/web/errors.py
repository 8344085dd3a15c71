"""From a domain exception to a page that helps: what happened, what was expected, what to do next."""

from __future__ import annotations

import logging
import secrets
import sqlite3
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, current_app, g, render_template, request
from flask_babel import gettext as _
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import IntegerConverter, Map

from workbench.flow import TransitionRefused
from workbench.web.refusals import BadValue, Conflict, NotThere, Refused, Side
from workbench.web.transactions import rollback

log = logging.getLogger("workbench")
Page = tuple[str, int] | tuple[str, int, dict[str, str]]
PAGES = {400, 403, 404, 409, 413, 422, 429, 500, 503}
# How PostgreSQL names what SQLite says in words: a lock not had in time, a deadlock, two at once; and a full disk.
BUSY, FULL = {"40001", "40P01", "55P03"}, {"53100"}


def page(code: int, message: str = "", *, missing: tuple[str, ...] = (), headers: dict[str, str] | None = None) -> Page:
    """The error page of `code` with its message and the list of what is missing."""
    shown = code if code in PAGES else (500 if code >= 500 else 400)
    back = request.path if request.method != "GET" and code != 404 else ""
    body = render_template(
        f"errors/{shown}.html",
        message=message,
        missing=missing,
        typed=typed(),
        back_url=_back(back),
        reference=g.get("request_id", "") if code >= 500 else "",
    )
    return body, code, headers or {}


def _back(path: str) -> str:
    """The page the refused form stood on, where the browser says so and it is ours."""
    referrer = urlsplit(request.referrer or "")
    return referrer.path if path and referrer.netloc == request.host else ""


def typed() -> list[tuple[str, str]]:
    """What the person typed into the refused form, so that nothing is lost."""
    hidden = {"csrf_token", "idempotency_key", "version", "password", "present", "submit", "next"}
    try:
        sent = list(request.form.items(multi=True))
    except RequestEntityTooLarge:  # too large to be read, so there is nothing to give back
        return []
    return [(name, value) for name, value in sent if name not in hidden and value.strip()]


def _leave_the_database() -> None:
    """Let the page be drawn without the database, which has just refused: no row is read again, not even the person."""
    rollback()
    g.person = g.rights = None
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]  # or Flask-Login would load it


class Number(IntegerConverter):
    """A number in an address, no larger than a record's can be: beyond it there is nothing, and the database would choke."""

    def __init__(self, map: Map, fixed_digits: int = 0) -> None:
        super().__init__(map, fixed_digits, max=2**31 - 1)


def init_app(app: Flask) -> None:
    """Register the handlers; anything not foreseen is logged with its reference and answers 500."""
    app.url_map.converters["int"] = Number
    app.before_request(name_request)
    for kind, handler in HANDLERS.items():
        app.register_error_handler(kind, handler)


def name_request() -> None:
    """Give the request a name that its log lines, trail entries and error page share."""
    g.request_id = secrets.token_hex(6)


def http_error(error: HTTPException) -> Page:
    """What Flask itself refuses: no such address, too large, not allowed."""
    return page(error.code or 500)


def not_there(error: NotThere) -> Page:
    """The record is not there, or is not to be known."""
    return page(404)


def refused(error: Refused) -> Page:
    """A rule of the domain, with what is missing."""
    return page(error.code, error.message, missing=error.details)


def bad_value(error: BadValue) -> Page:
    """A value that no form of the page could show beside its field."""
    return page(422, error.message)


def transition_refused(error: TransitionRefused) -> Page:
    """The record's state does not allow it."""
    state = _(error.state.replace("_", " "))  # the words of the states are in the catalogue: the pages show them
    return page(409, _("The record stands at “%(state)s”, where this cannot be done.", state=state))


def conflict(error: Conflict) -> Page:
    """Mine and theirs side by side; what was typed is kept and can be sent again."""
    shown = {side.name for side in error.sides}
    rest = tuple(Side(name, name, value, value) for name, value in typed() if name not in shown)
    fields = [*error.sides, *rest]
    again = {"fields": fields, "action": request.full_path, "version": error.version, "back_url": _back("/")}
    return render_template("errors/conflict.html", **again), 409, {}


def stale(error: StaleDataError) -> Page:
    """Somebody saved the row between our reading and our writing it."""
    _leave_the_database()
    return page(409)


def database_error(error: DBAPIError) -> Page:
    """Busy: come back in a moment. Full: saving is not possible, reading is. Two at once: the second is told so."""
    _leave_the_database()
    text = str(error.orig) if isinstance(error.orig, sqlite3.OperationalError) else ""
    code = getattr(error.orig, "sqlstate", None)
    if isinstance(error, IntegrityError):
        return page(409)
    if isinstance(error, DataError):  # such as a NUL, which PostgreSQL keeps in no text
        return page(400)
    if "locked" in text or "busy" in text or code in BUSY:
        return page(503, headers={"Retry-After": "5"})
    if "full" in text or code in FULL:
        return page(507)
    return unforeseen(error)


def unforeseen(error: Exception) -> Page:
    """Anything else is our fault: logged with its reference, and said so."""
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    log.exception("request %s failed", g.get("request_id"))
    return page(500)


HANDLERS: dict[type[Exception], Callable[..., Page]] = {
    HTTPException: http_error,
    NotThere: not_there,
    Refused: refused,
    BadValue: bad_value,
    TransitionRefused: transition_refused,
    Conflict: conflict,
    StaleDataError: stale,
    DBAPIError: database_error,
    Exception: unforeseen,
}
