"""Downloads of what other tools take in."""

from __future__ import annotations

from flask import Response, g, make_response, request
from flask_babel import get_locale

from workbench.checklists.queries import checklist_in, started_with
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects.queries import project as project_of
from workbench.projects.rules import Confidentiality
from workbench.reports.formats import oscal
from workbench.reports.rules import Options
from workbench.reports.views.blueprint import pages
from workbench.reports.views.building import settings_at_hand
from workbench.web.refusals import NotThere


@pages.get("/checklists/<int:checklist_id>/oscal.json")
@requires(P.PROJECT_READ, on="project")
def export_oscal(key: str, checklist_id: int) -> Response:
    """The answers to one checklist as OSCAL assessment results; `level` withholds as reports for such readers do."""
    found = checklist_in(g.rights.project_id, checklist_id)
    level = request.args.get("level", Confidentiality.CONFIDENTIAL)
    if found is None or level not in list(Confidentiality):
        raise NotThere
    locale = get_locale()
    data = oscal.results(
        project=project_of(g.rights.project_id), checklists=started_with([found]), organisation=settings_at_hand().organisation,
        language=locale.language if locale is not None else "en", options=Options(confidentiality=Confidentiality(level)),
    )
    response = make_response(data)
    response.headers["Content-Type"] = oscal.MEDIA_TYPE
    response.headers.set("Content-Disposition", "attachment", filename=f"{key}-{found.pack_id}-{checklist_id}-oscal.json")
    return response
