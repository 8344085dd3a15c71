"""Response headers: a content security policy without inline script or style, and the cookie flags."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request

POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)
SAFE = {"GET", "HEAD", "OPTIONS"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def nonce() -> str:
    """This request's nonce for the one script tag of the frame."""
    if not hasattr(g, "csp_nonce"):
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def check_origin() -> None:
    """A form is sent from a page of ours: a browser that says otherwise is refused, whatever token came along."""
    origin = request.headers.get("Origin")
    if origin is not None and request.method not in SAFE and urlsplit(origin).netloc != request.host:
        abort(403)


def init_app(app: Flask) -> None:
    """Set the headers on every answer; files that people sent keep their own, stricter policy."""
    app.before_request(check_origin)

    @app.after_request
    def set_headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce()))
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.context_processor(lambda: {"csp_nonce": nonce()})
