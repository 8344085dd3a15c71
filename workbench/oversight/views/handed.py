"""Hand-overs to take away: all of them, what one moved, what they meant for a project, and what one inherited."""

from __future__ import annotations

from flask import Response, g

from workbench.oversight.forms import handed as forms
from workbench.oversight.queries import handover as queries
from workbench.oversight.views.blueprint import pages
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.web.refusals import NotThere
from workbench.web.sheets import ALL, csv_answer


@pages.get("/hand-overs.csv")
@requires(P.TRAIL_READ)
def export_hand_overs() -> Response:
    """Every hand-over, the newest first."""
    return csv_answer(forms.hand_overs_table(queries.page_of_hand_overs(per_page=ALL).rows), "hand-overs.csv")


@pages.get("/hand-overs/<int:hand_over_id>.csv")
@requires(P.TRAIL_READ)
def export_hand_over(hand_over_id: int) -> Response:
    """What one hand-over moved, and what stayed and why."""
    row = queries.hand_over_of(hand_over_id)
    if row is None:
        raise NotThere
    return csv_answer(forms.hand_over_table(row), f"hand-over-{row.id}.csv")


@pages.get("/projects/<key>/hand-overs.csv")
@requires(P.PROJECT_READ, on="project")
def export_hand_overs_of_project(key: str) -> Response:
    """What hand-overs moved in one project, the newest first."""
    return csv_answer(forms.project_table(queries.hand_overs_of_project(g.rights.project_id), key), f"{key}-hand-overs.csv")


@pages.get("/inherited.csv")
@requires(P.SESSION_USE)
def export_inherited() -> Response:
    """What was handed to the person at hand and still waits."""
    waits = [each for each in queries.inherited(g.person) if each.is_open]
    return csv_answer(forms.inherited_table(waits), "inherited.csv")
