"""What an address may hold: numbers that a database can compare, and no character that it refuses."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1  # the largest number of a row; SQLite would take more, PostgreSQL raises


class Number(IntegerConverter):
    """`<int:…>` in an address. What is no number of a row is no address of ours: 404."""

    def __init__(self, map: Map, **options: Any) -> None:
        super().__init__(map, **{"max": LARGEST, **options})


def row_number(text: str | None) -> int | None:
    """A number sent as text, or None for anything that cannot be the number of a row."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= 9 else None


def refuse_nul() -> None:
    """NUL has no place in an address, and PostgreSQL refuses it in every text."""
    if "\x00" in request.path or any("\x00" in part for pair in request.args.items(multi=True) for part in pair):
        abort(400)


def init_app(app: Flask) -> None:
    """Check each address before a page sees it. Comes before the pages, so that their addresses know the converter."""
    app.url_map.converters["int"] = Number
    app.before_request(refuse_nul)
