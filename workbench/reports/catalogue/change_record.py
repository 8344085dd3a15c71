"""The change record: each request for change from its reason to its review, with the plans of the sandbox it promotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.changes.queries import as_held, moved_in, requests_for_change
from workbench.changes.rules import RequestState
from workbench.evidence.queries import File, files_of_project
from workbench.people.rules import Permission
from workbench.reports import judging, reads
from workbench.reports.boards import Change, changes_of
from workbench.reports.headings import Headed
from workbench.reports.rules import Brief, Options, numbered
from workbench.trials.queries.whole import PlanTold, plans_told

KEY = "change_record"
TITLE = _l("Change record")
NOTE = _l("For whoever approves or audits changes: risk, plan, approvals, rehearsals, what was done and its review.")
PERMISSION = Permission.REPORT_BUILD
SECTIONS = (
    ("summary", _l("Requests for change")),
    ("requests", _l("Each request in full")),
    ("acceptance", _l("Acceptance runs and their exceptions")),
)
ANNEXES = (
    ("signed", _l("What was signed")),
    ("plans", _l("Plans of the sandbox that were never attached")),
)
SUBJECTS = _l("Requests for change")


@dataclass(frozen=True)
class Promoted:
    """The plan of the sandbox that a request promotes, and why it is not what it was, where it is not."""

    told: PlanTold
    code: str  # of its evidence
    file_sha256: str
    moved: tuple[str, ...]


@dataclass(frozen=True)
class Recorded:
    """One request for change with its plan, its rehearsals' evidence by number, and its way in order."""

    change: Change
    promoted: Promoted | None
    way: tuple[tuple[str, datetime], ...]

    @property
    def row(self) -> Any:
        """The request."""
        return self.change.row


@dataclass(frozen=True)
class ChangeRecord(Headed):
    """Everything the template prints. `exceptions` are (code of the run, exception, who decided)."""

    requests: tuple[Recorded, ...]
    runs: tuple[Any, ...]
    exceptions: Sequence[tuple[str, Any, str]]
    plans: tuple[PlanTold, ...]
    codes: Mapping[int, str]  # of evidence by its id


def build(brief: Brief) -> ChangeRecord:
    """Read the requests that are asked for, as they stand at the checkpoint of the brief."""
    number, options = brief.project.id, brief.options
    evidence = tuple(judging.as_of(each, brief.point.on) for each in files_of_project(number))
    plans = {each.row.evidence_id: each for each in plans_told(number)}
    every = changes_of(number, evidence)
    requests = tuple(_recorded(each, plans, evidence) for each in every if _takes(options, each))
    runs = tuple(each for each in reads.acceptance_runs(number) if not options.subjects and _in_period(options, each.period))
    attached = {each.row.plan_evidence_id for each in every}
    return ChangeRecord(
        brief=brief,
        sections=numbered(SECTIONS, ANNEXES, options),
        cover=(
            (str(_("Requests for change")), [f"{each.row.code}, {each.row.title}" for each in requests] or str(_("none drafted"))),
            (str(_("Scope")), brief.project.scope),
        ),
        requests=requests,
        runs=runs,
        exceptions=[each for each in reads.exceptions(number) if each[0] in {run.code for run in runs}],
        plans=tuple(each for each in plans.values() if each.row.evidence_id not in attached and not options.subjects),
        codes={each.id: each.code for each in evidence},
    )


def subjects(project_id: int) -> list[tuple[str, str]]:
    """The requests for change, the newest first."""
    return [(each.code, f"{each.code} {each.title}") for each in reversed(requests_for_change(project_id))]


def _takes(options: Options, change: Change) -> bool:
    """A request is told where it is asked for and was under way in the period; one that was never submitted has no beginning."""
    row = change.row
    if not options.takes(row.code) or not options.takes_step(6):
        return False
    is_done = row.standing in (RequestState.REVIEWED, RequestState.WITHDRAWN, RequestState.REJECTED)
    ends = [each for each in (row.submitted_at, row.actual_end or row.actual_start or row.window_start) if each is not None]
    return options.period.meets(row.submitted_at, max(ends) if is_done and ends else None)


def _in_period(options: Options, month: str) -> bool:
    """Whether a month, as 2026-01, touches the period."""
    first, last = options.period.first, options.period.last
    return (first is None or month >= first.isoformat()[:7]) and (last is None or month <= last.isoformat()[:7])


def _recorded(change: Change, plans: Mapping[int | None, PlanTold], evidence: Sequence[File]) -> Recorded:
    row = change.row
    told = plans.get(row.plan_evidence_id) if row.plan_evidence_id is not None else None
    promoted = None
    if told is not None:
        held = as_held(row, told.held)
        code = next((each.code for each in evidence if each.id == row.plan_evidence_id), "")
        promoted = Promoted(told, code, held.sha256 if held else "", moved_in(held))
    steps = (
        (_("submitted"), row.submitted_at), (_("authorised"), row.authorised_at),
        (_("begun"), row.actual_start), (_("carried out"), row.actual_end),
    )
    return Recorded(change, promoted, tuple((str(label), at) for label, at in steps if at is not None))
