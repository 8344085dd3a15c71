"""The trial and reconciliation report: what was tried on copies, what came out row by row, what was decided, what is planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.evidence.queries import files_of_project
from workbench.people.rules import Permission
from workbench.reports.headings import Headed
from workbench.reports.rules import Brief, Options, numbered
from workbench.reports.trying import Bill, Target, bills_of, targets_of
from workbench.trials.queries import DriftPage, RunPage, margin_texts, margins_of
from workbench.trials.queries.whole import (
    MappingRunTold,
    PlanTold,
    Snapshot,
    mapping_runs_told,
    months,
    plans_told,
    run_pages,
    snapshots,
)

KEY = "trial_comparison"
TITLE = _l("Trial and reconciliation report")
NOTE = _l("For whoever decides on a path or a change: reconciliations, runs of mappings and plans, with hashes and decisions.")
PERMISSION = Permission.REPORT_BUILD
SECTIONS = (
    ("summary", _l("What was tried")),
    ("reconciliations", _l("Reconciliations")),
    ("months", _l("Month against month")),
    ("mappings", _l("Runs of mappings")),
    ("plans", _l("Plans")),
)
ANNEXES = (
    ("rows", _l("Rows that would change")),
    ("snapshots", _l("Tables received")),
)
SUBJECTS = _l("Reconciliations, runs and plans")


@dataclass(frozen=True)
class Reconciled:
    """One reconciliation with its bills beside a tool's, and its margins where costs are known. `code` is R1, R2 …"""

    page: RunPage
    code: str
    evidence: str
    bills: tuple[Bill, ...]
    margins: tuple[Mapping[str, Any], ...]
    unknown_margins: int


@dataclass(frozen=True)
class Ran:
    """One run of a mapping with the tables it would change, and the codes of what it filed."""

    told: MappingRunTold
    targets: tuple[Target, ...]
    evidence: tuple[str, ...]

    @property
    def code(self) -> str:
        """How people name it."""
        return self.told.code

    @property
    def refused(self) -> int:
        """How many rows were refused."""
        return sum(int(one["count"]) for one in self.told.row.result["refused"])


@dataclass(frozen=True)
class TrialComparison(Headed):
    """Everything the template prints."""

    reconciled: tuple[Reconciled, ...]
    months: tuple[DriftPage, ...]
    runs: tuple[Ran, ...]
    plans: tuple[PlanTold, ...]
    snapshots: tuple[Snapshot, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was tried, or nothing of it was asked for."""
        return not (self.reconciled or self.runs or self.plans)


def build(brief: Brief) -> TrialComparison:
    """Read the runs and plans that are asked for, as they stand at the checkpoint of the brief."""
    number, options = brief.project.id, brief.options
    in_scope = options.takes_step(5)
    filed = {each.sha256: each.code for each in files_of_project(number)}
    pages = run_pages(number, language=brief.language) if in_scope else ()
    received = snapshots(number) if in_scope else ()
    told = [each for each in mapping_runs_told(number, received) if _takes(options, each.code, each.row.run_at)] if in_scope else []
    reconciled = tuple(
        _reconciled(each, filed) for each in pages if _takes(options, f"R{each.run.number}", each.run.run_at)
    )
    shown = {each.page.run.id for each in reconciled}
    runs = tuple(_ran(each, filed, brief) for each in told)
    plans = tuple(each for each in plans_told(number) if _takes(options, each.code, each.row.made_at)) if in_scope else ()
    return TrialComparison(
        brief=brief,
        sections=numbered(SECTIONS, ANNEXES, options),
        cover=(
            (str(_("Reconciliations")), ", ".join(each.code for each in reconciled) or "–"),
            (str(_("Runs of mappings")), ", ".join(each.code for each in runs) or "–"),
            (str(_("Plans")), ", ".join(each.code for each in plans) or "–"),
            (str(_("Scope")), brief.project.scope),
        ),
        reconciled=reconciled,
        months=tuple(each for each in months(pages) if each.run.id in shown),
        runs=runs,
        plans=plans,
        snapshots=tuple(each for each in received if _was_read(each, runs)) if options.subjects else received,
    )


def subjects(project_id: int) -> list[tuple[str, str]]:
    """Every reconciliation (R1 …), run of a mapping (M1 …) and plan (P1 …), the newest of each first."""
    found = [(f"R{each.run.number}", each.run.title) for each in reversed(run_pages(project_id, language="en"))]
    found += [(each.code, each.row.title) for each in reversed(mapping_runs_told(project_id, ()))]
    found += [(each.code, each.row.title) for each in reversed(plans_told(project_id))]
    return [(code, f"{code} {title}") for code, title in found]


def _takes(options: Options, code: str, at: Any) -> bool:
    return options.takes(code) and options.period.holds(at)


def _was_read(snapshot: Snapshot, runs: Sequence[Ran]) -> bool:
    return any(one.snapshot is not None and one.snapshot.row.id == snapshot.row.id for each in runs for one in each.told.reads)


def _reconciled(page: RunPage, filed: Mapping[str, str]) -> Reconciled:
    margins = margins_of(page.result)
    totals, unknown = margins if margins is not None else ((), 0)
    return Reconciled(
        page=page,
        code=f"R{page.run.number}",
        evidence=filed.get(page.run.result_sha256, ""),
        bills=bills_of(page),
        margins=tuple(margin_texts(each) for each in totals),
        unknown_margins=unknown,
    )


def _ran(told: MappingRunTold, filed: Mapping[str, str], brief: Brief) -> Ran:
    home = current_app.extensions["ninefold"].home
    hashes = (told.row.result_sha256, *told.row.recipe.get("filed", ()))
    codes = tuple(filed[each] for each in hashes if each in filed)
    return Ran(told, targets_of(told, home=home, key=brief.project.key), codes)
