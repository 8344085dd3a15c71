"""What the mirror received, to take away: its sources, the readings of one source, and its snapshots."""

from __future__ import annotations

from flask import Response, g
from flask_babel import gettext as _

from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.trials.forms import mirror as forms
from workbench.trials.queries import mirror as queries
from workbench.trials.views.blueprint import pages
from workbench.trials.views.mirror import MIRROR, source_at
from workbench.web.sheets import ALL, csv_answer


@pages.get(MIRROR + ".csv")
@requires(P.PROJECT_READ, on="project")
def export_sources(key: str) -> Response:
    """The sources of the mirror, those withdrawn too, each with its newest reading."""
    head = [
        _("Name"), _("Source"), _("How it comes"), _("Tool"), _("Trial licence ends"), _("Tables"), _("Rows"), _("Received"),
        _("SHA-256 before"), _("SHA-256 after"), _("Live data"), _("Withdrawn"), _("Reason"),
    ]
    rows = []
    for line in queries.sources(g.rights.project_id, withdrawn=True):
        one, pull, tool = line.source, line.pull, line.tool
        is_on_trial = tool is not None and tool.standing == "trial"
        rows.append([
            one.name, one.title, forms.CONNECTORS[one.connector][0], tool.name if tool else "",
            tool.trial_ends_on if tool and is_on_trial else None, ", ".join(each.table_name for each in line.snapshots),
            line.rows, pull.pulled_at if pull else None, pull.source_before if pull else "", pull.source_after if pull else "",
            forms.LIVE[queries.live_state(pull)] if pull else "", one.withdrawn_at, one.withdrawn_reason,
        ])
    return csv_answer([head, *rows], f"{key}-mirror.csv")


@pages.get(MIRROR + "/<source>/readings.csv")
@requires(P.PROJECT_READ, on="project")
def export_readings(key: str, source: str) -> Response:
    """Every reading of a source, the newest first; the page shows the last twelve."""
    found = source_at(source)
    head = [
        _("Reading"), _("Received"), _("By"), _("Rows"), _("Requests"), _("SHA-256 before"), _("SHA-256 after"), _("Live data"),
    ]
    rows = [
        [line.pull.number, line.pull.pulled_at, line.by, sum(each.row_count for each in line.snapshots),
         _requests(line, found.connector), line.pull.source_before, line.pull.source_after, forms.LIVE[line.live]]
        for line in queries.pulls(found.id, most=ALL)
    ]
    return csv_answer([head, *rows], f"{key}-{found.name}-readings.csv")


def _requests(line: queries.PullLine, connector: str) -> str:
    """The verbs of a reading, counted, as its page says them."""
    if connector == "hand":
        return str(_("none, read by hand"))
    if not line.pull.requests:
        return str(_("a file"))
    verbs = [f"{count} {verb}" for verb, count in line.verbs.items()]
    return ", ".join([*verbs, _("%(count)s other", count=line.others)])


@pages.get(MIRROR + "/<source>/snapshots.csv")
@requires(P.PROJECT_READ, on="project")
def export_snapshots(key: str, source: str) -> Response:
    """Every snapshot of a source, those removed too, the newest first."""
    found = source_at(source)
    head = [
        _("Table"), _("Reading"), _("Rows"), _("Columns"), _("Masked"), "SHA-256", _("Refused"), _("Removed"), _("Reason"),
    ]
    rows = [
        [one.table_name, line.pull_number, one.row_count, ", ".join(one.columns), ", ".join(one.masked), one.content_sha256,
         one.refused_count, one.removed_at, one.removed_reason]
        for line in queries.snapshots(found.id, per_page=ALL).rows
        for one in [line.snapshot]
    ]
    return csv_answer([head, *rows], f"{key}-{found.name}-snapshots.csv")
