"""Requests straight into a WSGI application, as a server hands them over: no client library in the figures."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import Engine, event

Application = Callable[..., Any]


class Caller:
    """Sends requests to one application with one session's cookie."""

    def __init__(self, application: Application, cookie: str = "") -> None:
        self.application, self.cookie = application, cookie
        self.keys = itertools.count(1)

    def get(self, path: str) -> bytes:
        """The page; anything but 200 stops the benchmark."""
        status, body = self.send("GET", path)
        assert status.startswith("200"), f"{path}: {status}"
        return body

    def post(self, path: str, form: dict[str, str]) -> None:
        """Send a form; anything but a redirect stops the benchmark."""
        status, _body = self.send("POST", path, urlencode(form).encode())
        assert status.startswith("303"), f"{path}: {status}"

    def send(self, method: str, path: str, body: bytes = b"") -> tuple[str, bytes]:
        """One request and its answer."""
        address, _mark, query = path.partition("?")
        seen: list[str] = []
        environment = {
            "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": address, "QUERY_STRING": query,
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost", "HTTP_COOKIE": self.cookie, "HTTP_ACCEPT_LANGUAGE": "en",
            "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        }  # fmt: skip
        answer = self.application(environment, lambda status, headers, *rest: seen.append(status))
        try:
            return seen[0] if seen else "", b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()


def signed_in(app: Flask, person: str) -> Caller:
    """A caller with the session of this person, as the sign-in page sets it."""
    client = app.test_client()
    with client.session_transaction() as session:
        session.update({"_user_id": person, "_fresh": True, "fs_cc": "set"})
    name = app.config["SESSION_COOKIE_NAME"]
    found = client.get_cookie(name)
    assert found is not None
    page = client.get("/projects/")
    assert page.status_code == 200, page.status
    found = client.get_cookie(name)
    assert found is not None
    return Caller(app.wsgi_app, f"{name}={found.value}")


def csrf_token(caller: Caller, path: str = "/projects/") -> str:
    """The token that stands in the forms of a page."""
    found = re.search(rb'name="csrf_token" value="([^"]+)"', caller.get(path))
    assert found is not None
    return found.group(1).decode()


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that reach this database meanwhile."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)
