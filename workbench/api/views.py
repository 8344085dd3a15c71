"""The programming interface: JSON over the same queries. Tokens and OpenAPI come with a later release; now the session counts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g
from flask_babel import get_locale

from workbench import clock
from workbench.lifecycle.gates import as_json
from workbench.people.guards import requires
from workbench.people.rules import Permission as P

pages = Blueprint("api", __name__, url_prefix="/api/v1")


@pages.get("/projects/<key>/lifecycle")
@requires(P.PROJECT_READ, on="project")
def lifecycle(key: str) -> dict[str, Any]:
    """The nine steps with every gate condition, as `workbench lifecycle show` prints it (docs/formats/lifecycle.md)."""
    return as_json(project_id=g.rights.project_id, key=key, on=clock.today(), language=str(get_locale())[:2])
