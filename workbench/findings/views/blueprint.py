"""The blueprint of findings, and what its pages have in common."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, url_for
from werkzeug.wrappers import Response

from workbench.findings import forms, queries
from workbench.web.refusals import NotThere

pages = Blueprint("findings", __name__)
PROJECT = "/projects/<key>/findings"
ONE = f"{PROJECT}/<int:number>"


def finding_of(number: int) -> Any:
    """The finding in the address."""
    found = queries.finding(g.rights.project_id, number)
    if found is None:
        raise NotThere
    return found


def to_finding(key: str, number: int) -> Response:
    """Back to the finding."""
    return redirect(url_for("findings.show", key=key, number=number), code=303)


@pages.app_context_processor
def on_lines() -> dict[str, Any]:
    """For the templates of checklists: the findings raised on the lines of a checklist, read once for a page."""

    def findings_on(checklist_id: int) -> dict[str, tuple[queries.OnLine, ...]]:
        known: dict[int, dict[str, tuple[queries.OnLine, ...]]] = g.setdefault("findings_on", {})
        if checklist_id not in known:
            known[checklist_id] = queries.by_line(checklist_id)
        return known[checklist_id]

    return {"findings_on": findings_on, "finding_words": forms}
