"""The lists of the sandbox as tables, head first: what their pages export, and what a bundle takes home."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _

from workbench.tools.rules import Able, CapabilityKind
from workbench.trials.forms.knowledge import ABLE, CAPABILITIES, OUTCOMES
from workbench.trials.forms.mirror import CONNECTORS, LIVE
from workbench.trials.forms.reconciliations import month
from workbench.trials.forms.sayings import said
from workbench.trials.queries.crosswalks import CrosswalkLine
from workbench.trials.queries.knowledge import ProposalLine
from workbench.trials.queries.mappings import MappingLine
from workbench.trials.queries.mirror import PullLine, SnapshotLine, SourceLine, live_state
from workbench.trials.queries.reconciliations import FIGURES, RunLine
from workbench.web.sheets import Told

Table = list[list[Any]]


def sources_table(lines: Iterable[SourceLine]) -> Table:
    """The sources of the mirror, each with its newest reading."""
    rows: Table = [[
        _("Name"), _("Source"), _("How it comes"), _("Tool"), _("Trial licence ends"), _("Tables"), _("Rows"), _("Received"),
        _("SHA-256 before"), _("SHA-256 after"), _("Live data"), _("Withdrawn"), _("Reason"),
    ]]
    for line in lines:
        one, pull, tool = line.source, line.pull, line.tool
        is_on_trial = tool is not None and tool.standing == "trial"
        rows.append([
            one.name, one.title, CONNECTORS[one.connector][0], tool.name if tool else "",
            tool.trial_ends_on if tool and is_on_trial else None, ", ".join(each.table_name for each in line.snapshots),
            line.rows, pull.pulled_at if pull else None, pull.source_before if pull else "", pull.source_after if pull else "",
            LIVE[live_state(pull)] if pull else "", one.withdrawn_at, one.withdrawn_reason,
        ])
    return rows


def readings_table(lines: Iterable[PullLine], connector: str) -> Table:
    """The readings of one source."""
    return [
        [_("Reading"), _("Received"), _("By"), _("Rows"), _("Requests"), _("SHA-256 before"), _("SHA-256 after"), _("Live data")],
        *(
            [line.pull.number, line.pull.pulled_at, line.by, sum(each.row_count for each in line.snapshots),
             _requests(line, connector), line.pull.source_before, line.pull.source_after, LIVE[line.live]]
            for line in lines
        ),
    ]  # fmt: skip


def _requests(line: PullLine, connector: str) -> str:
    """The verbs of a reading, counted, as its page says them."""
    if connector == "hand":
        return str(_("none, read by hand"))
    if not line.pull.requests:
        return str(_("a file"))
    verbs = [f"{count} {verb}" for verb, count in line.verbs.items()]
    return ", ".join([*verbs, _("%(count)s other", count=line.others)])


def snapshots_table(lines: Iterable[SnapshotLine]) -> Table:
    """The snapshots of one source, those removed too."""
    return [
        [_("Table"), _("Reading"), _("Rows"), _("Columns"), _("Masked"), "SHA-256", _("Refused"), _("Removed"), _("Reason")],
        *(
            [one.table_name, line.pull_number, one.row_count, ", ".join(one.columns), ", ".join(one.masked), one.content_sha256,
             one.refused_count, one.removed_at, one.removed_reason]
            for line in lines for one in [line.snapshot]
        ),
    ]  # fmt: skip


def of_each(named: Sequence[tuple[str, Table]], empty: Table) -> Table:
    """The tables of several sources as one, the name of the source before each row."""
    head = [_("Source"), *(named[0][1] if named else empty)[0]]
    return [head, *([name, *row] for name, table in named for row in table[1:])]


def crosswalks_table(lines: Iterable[CrosswalkLine]) -> Table:
    """The crosswalks with how many names were decided."""
    return [
        [_("Name"), _("Title"), _("From"), _("To"), _("Mapped"), _("Left aside"), _("Last decision"), _("Withdrawn"), _("Reason")],
        *(
            [one.crosswalk.name, one.crosswalk.title, one.crosswalk.left_column, one.crosswalk.right_column, one.mapped,
             one.ignored, one.decided_at, one.crosswalk.withdrawn_at, one.crosswalk.withdrawn_reason]
            for one in lines
        ),
    ]  # fmt: skip


def mappings_table(lines: Iterable[MappingLine]) -> Table:
    """The mappings with their newest version."""
    return [
        [_("Name"), _("Title"), _("Version"), _("Saved"), _("By"), _("Draft")],
        *([one.name, one.title, one.number, one.made_at, one.made_by, one.has_draft] for one in lines),
    ]


def learned_table(lines: Iterable[ProposalLine]) -> Table:
    """What was learned about the tools, and what was decided about it."""
    return [
        [_("Tool"), _("Capability"), _("Answer"), _("Because"), _("Found in"), _("Evidence"), _("Outcome"), _("Reason"),
         _("Decided by"), _("In the register")],
        *(
            [one.tool, CAPABILITIES[CapabilityKind(row.kind)], ABLE[Able(row.state)], said(row.because), row.found_in,
             f"E-{one.evidence}" if one.evidence else "", OUTCOMES[row.outcome], row.reason, one.decided_by,
             ABLE[Able(one.known)] if one.known else ""]
            for one in lines for row in [one.proposal]
        ),
    ]  # fmt: skip


def reconciliations_table(lines: Iterable[RunLine]) -> Table:
    """The reconciliations, a column for each total, as the page names it."""
    words = {
        "included": _("In package"), "extra": _("Extra"), "entitled": _("Entitled"), "used": _("Used"), "over": _("Over"),
        "unused": _("Unused"),
    }
    return [
        [_("Run"), _("Title"), _("Month"), *(words[name] for name in FIGURES), _("Live data unchanged"), _("Run at"), _("By")],
        *(
            [line.number, line.title, Told(month(line.period_on), line.period_on) if line.period_on else "",
             *(line.totals.get(name, 0) for name in FIGURES), line.is_live_unchanged, line.run_at, line.run_by]
            for line in lines
        ),
    ]  # fmt: skip
