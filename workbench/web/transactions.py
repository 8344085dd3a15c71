"""One commit per request; a reading request that writes is refused; a form sent twice has one effect and one answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

from flask import Flask, Response, current_app, g, request
from sqlalchemy import CursorResult, LargeBinary, String, delete, event, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from workbench import clock
from workbench.database import Base, UTCDateTime, db, is_reading, set_reading, unset_reading
from workbench.web.refusals import Refused

SAFE = {"GET", "HEAD", "OPTIONS"}
LONGEST_LOCATION = 2000


class WriteInReadingRequest(Exception):
    """A reading request tried to change a row."""


class UnrecordedChange(Exception):
    """Rows changed in a transaction that has no trail entry."""


class SealedRowChanged(Exception):
    """A row that never changes once written was about to be changed or deleted."""


class Submission(Base):
    """The answer given to one form, kept under the form's key so that a second sending gets the same answer."""

    __tablename__ = "submission"
    __trailed__ = False

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=0)
    path: Mapped[str] = mapped_column(String(500))
    status: Mapped[int]
    location: Mapped[str] = mapped_column(String(LONGEST_LOCATION), default="")
    mimetype: Mapped[str] = mapped_column(String(100), default="text/html")
    body: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    at: Mapped[datetime] = mapped_column(UTCDateTime)


def after_commit(app: Flask, hook: Callable[[], None]) -> None:
    """Run `hook` after each commit of this app."""
    app.extensions.setdefault("ninefold.after_commit", []).append(hook)


def once_committed(work: Callable[[], None]) -> None:
    """Do this after the commit of what is under way, such as erasing a file; never where it is undone."""
    db.session().info.setdefault("once_committed", []).append(work)


def commit() -> None:
    """The one place that commits, for requests, commands and jobs alike."""
    session: Session = db.session()
    session.flush()
    if session.info.get("changed") and not session.info.get("entries"):
        tables = ", ".join(sorted(session.info["changed"]))
        rollback()
        raise UnrecordedChange(f"rows of {tables} changed without a trail entry")
    session.commit()
    _forget(session)
    for work in session.info.pop("once_committed", []):
        try:
            work()
        except (OSError, Refused):  # what was decided stands; it is for the daily sweep to try again
            current_app.logger.exception("what was to follow the commit could not be done")
    for hook in current_app.extensions.get("ninefold.after_commit", []):
        hook()


def pause() -> None:
    """End a transaction that only read, before something slow: nobody waits for the write lock meanwhile."""
    session: Session = db.session()
    if not (session.new or session.dirty or session.deleted or session.info.get("changed")):
        session.commit()


@contextmanager
def noting() -> Iterator[None]:
    """Let a reading request note one thing before it is answered, such as that a guest opened a file.

    What was read before ends with its own transaction, so nobody waits for it; what is written inside is committed when
    the block ends, in one transaction with its trail entry, and nothing is left where it raises.
    """
    pause()
    token = set_reading(False)
    try:
        yield
        commit()
    except BaseException:
        rollback()
        raise
    finally:
        unset_reading(token)


def rollback() -> None:
    """Undo what this request or command did so far."""
    db.session.rollback()
    _forget(db.session())
    forget_undone()


def _forget(session: Session) -> None:
    session.info.pop("changed", None)
    session.info.pop("entries", None)


def forget_undone() -> None:
    """After a rollback nothing is left to publish or to wake."""
    for name in ("notes", "jobs", "once_committed"):
        db.session().info.pop(name, None)


def check_flush(session: Session, context: Any, instances: Any) -> None:
    """What every flush is held to (trust.md §2): no write while reading, no change to a sealed row, no silent change."""
    dirty = [row for row in session.dirty if session.is_modified(row)]
    touched = [*session.new, *dirty, *session.deleted]
    if touched and is_reading():
        raise WriteInReadingRequest(f"{type(touched[0]).__name__} was changed while answering a reading request")
    for row in [*dirty, *session.deleted]:
        if getattr(row, "__sealed__", False):
            raise SealedRowChanged(f"{type(row).__name__} {row.id} is sealed and cannot be changed")
    names = {row.__tablename__ for row in touched if row.__trailed__}
    if names:
        session.info.setdefault("changed", set()).update(names)


def init_app(app: Flask) -> None:
    """Begin and end each request."""
    if not event.contains(db.session, "before_flush", check_flush):
        event.listen(db.session, "before_flush", check_flush)
    app.before_request(begin)
    app.after_request(end)
    app.teardown_request(close)


def begin() -> None:
    """A reading request takes no write lock."""
    g.reading_token = set_reading(request.method in SAFE)


def end(response: Response) -> Response:
    """Commit what an accepted form did; anything refused or failed leaves no trace."""
    if request.method in SAFE:
        return response
    if g.get("form_refused") and response.status_code == 200:
        response.status_code = 422
    if response.status_code >= 400:
        rollback()
        return response
    try:
        _remember(response)
        commit()
    except SQLAlchemyError as error:  # Flask's own handling of errors lies before this point
        _say_instead(response, error)
    return response


def _say_instead(response: Response, error: Exception) -> None:
    """What could not be saved is said in the answer's place; the headers that others set on it stay."""
    said = current_app.make_response(current_app.handle_user_exception(error))
    rollback()
    response.status_code = said.status_code
    response.headers.pop("Location", None)
    response.headers.update({name: said.headers[name] for name in ("Content-Type", "Retry-After") if name in said.headers})
    response.set_data(said.get_data())


def close(error: BaseException | None) -> None:
    """Whatever happened, the next request starts clean."""
    if error is not None:
        rollback()
    token = g.pop("reading_token", None)
    if token is not None:
        unset_reading(token)


def _key() -> str:
    """The form's own key; the same key sent to another page is another form."""
    sent = request.form.get("idempotency_key", "")
    return hashlib.sha256(f"{request.path}\n{sent}".encode()).hexdigest() if sent else ""


def _who() -> int:
    person = g.get("person")
    return int(person.id) if person is not None else 0


def answer_given_before() -> Response | None:
    """The stored answer of this form, if it was accepted before. Registered after the guards, which know the person."""
    if request.method in SAFE or not _key():
        return None
    if db.engine.dialect.name == "postgresql":  # SQLite queues writers by itself
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(_key(), _who()))))
    found = db.session.scalar(select(Submission).where(Submission.key == _key(), Submission.person_id == _who()))
    if found is None:
        return None
    response = Response(found.body, status=found.status, mimetype=found.mimetype)
    if found.location:
        response.headers["Location"] = found.location
    g.replayed = True
    return response


def forget_answers(before: datetime) -> int:
    """Drop the answers kept since before a moment: nobody sends those forms a second time. Says how many."""
    wanted = delete(Submission).where(Submission.at < before)
    done = cast("CursorResult[Any]", db.session.execute(wanted))
    commit()
    return int(done.rowcount)


def _location(response: Response) -> str:
    """Where the answer leads; an address too long to keep leads to its page without what the address said further."""
    location = response.headers.get("Location", "")
    return location if len(location) <= LONGEST_LOCATION else location.partition("?")[0][:LONGEST_LOCATION]


def _remember(response: Response) -> None:
    if not _key() or g.get("replayed"):
        return
    db.session.add(
        Submission(
            key=_key(),
            person_id=_who(),
            path=request.path[:500],
            status=response.status_code,
            at=clock.now(),
            location=_location(response),
            mimetype=response.mimetype or "text/html",
            body=b"" if response.direct_passthrough else response.get_data(),
        )
    )
