"""Named reads of what follows from runs: month against month, and what is billed beside what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

import sandbox
from workbench.database import db
from workbench.projects.models import Project
from workbench.trials.models import TrialRun
from workbench.trials.queries.reconciliations import choices, result_of
from workbench.web.refusals import NotThere

REASONS = ("contract", "package", "price", "rules", "usage")


@dataclass(frozen=True)
class DriftFilter:
    """Which rows of a comparison are shown: a part of the client's name, and a reason."""

    client: str = ""
    reason: str = ""

    def as_args(self) -> dict[str, str]:
        """What of it stands in an address."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class DriftPage:
    """Two runs of a project, the earlier one first, and what is not the same in both."""

    project: Project
    run: TrialRun
    against: TrialRun
    rows: tuple[sandbox.Drift, ...]
    same: int
    runs: Sequence[tuple[int, str]]

    def shown(self, wanted: DriftFilter) -> list[sandbox.Drift]:
        """The rows that the filter lets through."""
        part = wanted.client.casefold()
        return [
            row for row in self.rows if part in row.client.casefold() and (not wanted.reason or wanted.reason in row.reasons)
        ]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows each reason moved."""
        return {reason: sum(reason in row.reasons for row in self.rows) for reason in REASONS}

    @property
    def has_other_rules(self) -> bool:
        """Whether the two runs were reckoned by different rules: then the months are no like with like."""
        one, other = ({**result_of(run).rules.as_json(), "period": None} for run in (self.run, self.against))
        return one != other


def drift_page(project_id: int, number: int, against: int | None) -> DriftPage:
    """One run against another: the one named, else the run of the month before, else the run before. Raises NotThere."""
    wanted = select(TrialRun, Project).join(Project, Project.id == TrialRun.project_id).options(joinedload(TrialRun.run_by))
    mine = wanted.where(TrialRun.project_id == project_id)
    found = db.session.execute(mine.where(TrialRun.number == number)).first()
    if found is None:
        raise NotThere
    run, project = found
    other = db.session.execute(mine.where(TrialRun.number == (against or _before(run)))).first()
    if other is None or other[0].number == run.number:
        raise NotThere
    later, earlier = result_of(run), result_of(other[0])
    rows = sandbox.compare_months(earlier, later)
    moved = {(row.client, row.item, row.contract) for row in rows if row.kind == "service"}
    keys = {(row.client, row.service, row.contract) for row in (*later.rows, *earlier.rows)}
    listed = [each for each in choices(project_id) if each[0] != number]
    return DriftPage(project, run, other[0], rows, len(keys - moved), listed)


def _before(run: TrialRun) -> int:
    """The number of the newest run of an earlier month, else of the run before; 0 where there is none."""
    wanted = select(TrialRun.number).where(TrialRun.project_id == run.project_id, TrialRun.number != run.number)
    if run.period_on is not None:
        earlier = wanted.where(TrialRun.period_on < run.period_on)
        found = db.session.scalar(earlier.order_by(TrialRun.period_on.desc(), TrialRun.number.desc()).limit(1))
        if found is not None:
            return int(found)
    older = wanted.where(TrialRun.number < run.number).order_by(TrialRun.number.desc())
    return int(db.session.scalar(older.limit(1)) or 0)


@dataclass(frozen=True)
class MarginPage:
    """What a run bills beside what the supplier's units cost, by client and service, and the sums by currency."""

    project: Project
    run: TrialRun
    rows: tuple[sandbox.Margin, ...]
    totals: tuple[sandbox.MarginTotal, ...]

    @property
    def unknown(self) -> int:
        """Of how many rows the margin is not known."""
        return sum(row.margin is None for row in self.rows)

    def shown(self, client: str) -> list[sandbox.Margin]:
        """The rows of the clients whose name holds this."""
        return [row for row in self.rows if client.casefold() in row.client.casefold()]


def margin_page(project_id: int, number: int) -> MarginPage:
    """The margins of one run. Raises NotThere."""
    wanted = select(TrialRun, Project).join(Project, Project.id == TrialRun.project_id)
    found = db.session.execute(wanted.where(TrialRun.project_id == project_id, TrialRun.number == number)).first()
    if found is None:
        raise NotThere
    rows = sandbox.client_margins(result_of(found[0]))
    return MarginPage(found[1], found[0], rows, sandbox.margin_totals(rows))


def margins_of(result: sandbox.Result) -> tuple[tuple[sandbox.MarginTotal, ...], int] | None:
    """(the sums by currency, of how many rows the margin is not known), or None where no cost is known at all."""
    if all(row.unit_cost is None for row in result.rows):
        return None
    rows = sandbox.client_margins(result)
    return sandbox.margin_totals(rows), sum(row.margin is None for row in rows)


def margin_texts(one: sandbox.Margin | sandbox.MarginTotal) -> dict[str, Any]:
    """Amount, cost and margin as exact texts, None where unknown, with the currency."""
    found = one.as_json()
    return {name: found[name] for name in ("amount", "cost", "margin", "currency")}
