"""Page-or-fragment answers, and rows kept drawn: the same part serves a page, a request that improves it, and the next reader."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from flask import request


def wants_fragment() -> bool:
    """Whether the page's own script asks for a part; without JavaScript this is never so."""
    return request.headers.get("X-Requested-With") == "fragment" or request.headers.get("HX-Request") == "true"


class DrawnRows:
    """Rows of a list as HTML, kept by everything they show, since drawing them is most of a page's work (speed.md).

    What is each form's own (CSRF token, idempotency key) is drawn as a mark that nobody can know and put in afterwards.
    """

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self._rows: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()
        self._marks = (secrets.token_hex(16), secrets.token_hex(16))

    def row(self, shown: Hashable, draw: Callable[..., Any], *args: Any, csrf_token: str, idempotency_key: str) -> Any:
        """The row that shows `shown`: kept, or drawn by the macro `draw` from `args` and the two marks."""
        with self._lock:
            html = self._rows.get(shown)
            if html is not None:
                self._rows.move_to_end(shown)
        if html is None:
            html = draw(*args, csrf_token=self._marks[0], idempotency_key=self._marks[1])
            with self._lock:
                self._rows[shown] = html
                if len(self._rows) > self._most:
                    self._rows.popitem(last=False)
        return html.replace(self._marks[0], csrf_token).replace(self._marks[1], idempotency_key)
