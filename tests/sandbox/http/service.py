"""A real HTTP server on loopback for tests: answers what a function says and writes down every request it gets."""
from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answering = Callable[["Asked"], Any]


@dataclass
class Asked:
    """One request as the server saw it, with the handler for answers that misbehave."""

    verb: str
    target: str
    headers: dict[str, str]
    body: bytes
    handler: Any = field(repr=False, default=None)


@dataclass
class Service:
    port: int
    asked: list[Asked]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def verbs(self) -> set[str]:
        return {each.verb for each in self.asked}

    @property
    def targets(self) -> list[str]:
        return [each.target for each in self.asked]


class Handler(BaseHTTPRequestHandler):
    """Takes every verb, notes it, and gives what the server's function says."""

    protocol_version = "HTTP/1.1"
    server: Server

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        one = Asked(self.command, self.path, dict(self.headers.items()), self.rfile.read(length), self)
        self.server.asked.append(one)
        given = self.server.answering(one)
        if given is None:
            self.close_connection = True
            return
        status, headers, body = given
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.handle_any
        raise AttributeError(name)

    def log_message(self, *given: object) -> None:
        """Nothing on the test's output."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.asked: list[Asked] = []
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some tests are about."""


@contextmanager
def service(answering: Answering, context: ssl.SSLContext | None = None) -> Iterator[Service]:
    """`answering` gives (status, headers, body), or None where it has written to the handler itself."""
    server = Server(answering)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Service(server.server_address[1], server.asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
