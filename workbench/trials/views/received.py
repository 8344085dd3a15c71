"""What the mirror received, to take away: its sources, the readings of one source, and its snapshots."""

from __future__ import annotations

from flask import Response, g

from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.trials.forms import lists
from workbench.trials.queries import mirror as queries
from workbench.trials.views.blueprint import pages
from workbench.trials.views.mirror import MIRROR, source_at
from workbench.web.sheets import ALL, csv_answer


@pages.get(MIRROR + ".csv")
@requires(P.PROJECT_READ, on="project")
def export_sources(key: str) -> Response:
    """The sources of the mirror, those withdrawn too, each with its newest reading."""
    return csv_answer(lists.sources_table(queries.sources(g.rights.project_id, withdrawn=True)), f"{key}-mirror.csv")


@pages.get(MIRROR + "/<source>/readings.csv")
@requires(P.PROJECT_READ, on="project")
def export_readings(key: str, source: str) -> Response:
    """Every reading of a source, the newest first; the page shows the last twelve."""
    found = source_at(source)
    table = lists.readings_table(queries.pulls(found.id, most=ALL), found.connector)
    return csv_answer(table, f"{key}-{found.name}-readings.csv")


@pages.get(MIRROR + "/<source>/snapshots.csv")
@requires(P.PROJECT_READ, on="project")
def export_snapshots(key: str, source: str) -> Response:
    """Every snapshot of a source, those removed too, the newest first."""
    found = source_at(source)
    return csv_answer(lists.snapshots_table(queries.snapshots(found.id, per_page=ALL).rows), f"{key}-{found.name}-snapshots.csv")
