"""The address that the pages of a project's reports share, and a way to serve pages beside it that belong to no project."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

View = TypeVar("View", bound=Callable[..., Any])
pages = Blueprint("reports", __name__, url_prefix="/projects/<key>/reports")


def installation(address: str, *, methods: Sequence[str] = ("GET",)) -> Callable[[View], View]:
    """Serve a view at an address of the installation, under the blueprint's own name."""

    def declare(view: View) -> View:
        def add(state: BlueprintSetupState) -> None:
            state.app.add_url_rule(address, f"{pages.name}.{view.__name__}", view, methods=list(methods))

        pages.record(add)
        return view

    return declare
