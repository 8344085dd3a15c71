"""Page-or-fragment answers: the same template part serves a full page and a request that improves one in place."""

from __future__ import annotations

from flask import request


def wants_fragment() -> bool:
    """Whether the page's own script asks for a part; without JavaScript this is never so."""
    return request.headers.get("X-Requested-With") == "fragment" or request.headers.get("HX-Request") == "true"
